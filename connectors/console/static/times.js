// Keeps "5 min" true while the page stays open. The words are those of times.py.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const NO_BREAK = "\u00a0";

export function startTimes() {
  setInterval(tellTimes, 15_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tellTimes(); });
}

export function tellTimes() {
  const french = document.documentElement.lang === "fr";
  const now = Date.now();
  for (const time of document.querySelectorAll("time[datetime]:not([data-still])")) {
    const seconds = Math.floor((now - Date.parse(time.dateTime)) / 1000);
    const { until, since } = time.dataset;
    const said = until !== undefined ? left(-seconds, french) : (since === undefined ? ago : inSentence)(seconds, french);
    if (time.textContent !== said) time.textContent = said;
  }
}

function ago(seconds, french) {
  if (seconds < -MINUTE) return left(-seconds, french);
  if (seconds < MINUTE) return french ? "à l'instant" : "now";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}${NO_BREAK}min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}${NO_BREAK}h`;
  return `${Math.floor(seconds / DAY)}${NO_BREAK}${french ? "j" : "d"}`;
}

function inSentence(seconds, french) {
  const short = ago(seconds, french);
  if (seconds < MINUTE) return short;
  return french ? `il y a ${short}` : `${short} ago`;
}

function left(seconds, french) {
  const sign = seconds < 0 ? "-" : "";
  const minutes = Math.floor(Math.abs(seconds) / MINUTE);
  if (minutes < 60) return `${sign}${minutes}${NO_BREAK}min`;
  if (minutes < 24 * 60) return `${sign}${Math.floor(minutes / 60)}${NO_BREAK}h${NO_BREAK}${String(minutes % 60).padStart(2, "0")}`;
  return `${sign}${Math.floor(minutes / (24 * 60))}${NO_BREAK}${french ? "j" : "d"}`;
}
