// The stream of what happens now. The server only says that something changed; pages fetch it themselves.
// A tab that nobody looks at lets go of its stream, for browsers open six at most to one server; one tab of
// all keeps it, so that news still come.

const EVENTS = ["queue", "conversation"];
let source = null, conversation, retry = 500, leads = false, timer;

export function startLive() {
  if (!document.querySelector("[data-live]")) return;
  lead();
  document.addEventListener("visibilitychange", follow);
  for (const name of ["htmx:after:settle", "htmx:after:swap", "htmx:after:history:push"]) {
    document.addEventListener(name, follow);
  }
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) { refreshAll(); follow(); } });
  follow();
}

/** Open the stream of the conversation that is shown, unless that is open already. */
function follow() {
  if (document.hidden && !leads) { close(); return; }
  const shown = document.getElementById("work")?.dataset.conversation ?? "";
  if (source && source.readyState !== EventSource.CLOSED && shown === conversation) return;
  const returning = source === null && conversation !== undefined;
  open(shown);
  if (returning) refreshAll();
}

function open(shown) {
  close();
  conversation = shown;
  const address = document.querySelector("[data-live]").dataset.live;
  source = new EventSource(shown ? `${address}?conversation=${encodeURIComponent(shown)}` : address);
  source.addEventListener("here", () => {
    document.documentElement.classList.remove("offline");
    if (retry > 500) refreshAll();
    retry = 500;
  });
  for (const name of EVENTS) source.addEventListener(name, () => tell(`comptoir:${name}`));
  source.addEventListener("typing", (event) => tell("comptoir:typing", JSON.parse(event.data)));
  source.addEventListener("news", (event) => tell("comptoir:news", JSON.parse(event.data)));
  source.addEventListener("goodbye", again);
  source.addEventListener("signed-out", () => location.reload());
  source.onerror = again;
}

function again() {
  close();
  clearTimeout(timer);
  timer = setTimeout(() => { document.documentElement.classList.add("offline"); follow(); }, retry);
  retry = Math.min(retry * 2, 15_000);
}

function close() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function lead() {
  if (!navigator.locks) { leads = true; return; }
  navigator.locks.request("comptoir console news", () => {
    leads = true;
    follow();
    return new Promise(() => {});
  });
}

function refreshAll() {
  tell("comptoir:queue");
  tell("comptoir:conversation");
}

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
