// The stream of what happens now. The server only says that something changed; pages fetch it themselves.
// A tab that nobody looks at lets go of its stream, for browsers open six at most to one server; one tab of
// all keeps it, so that news still come.

import { isTyping } from "./typed.js";

const EVENTS = ["queue", "conversation"];
const FIRST_MS = 500, LONGEST_MS = 15_000, NOTICED_MS = 2_000;
let source = null, conversation, retry = FIRST_MS, leads = false, timer;

export function startLive() {
  if (!document.querySelector("[data-live]")) return;
  lead();
  document.addEventListener("visibilitychange", follow);
  for (const name of ["htmx:after:settle", "htmx:after:swap", "htmx:after:history:push"]) {
    document.addEventListener(name, follow);
  }
  addEventListener("pagehide", close);
  addEventListener("online", () => { retry = FIRST_MS; again(); });
  addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
  follow();
}

/** Open the stream of the conversation that is shown, unless that is open already. */
function follow() {
  if (document.hidden && !leads) { close(); return; }
  const shown = document.getElementById("work")?.dataset.conversation ?? "";
  if (source && source.readyState !== EventSource.CLOSED && shown === conversation) return;
  open(shown);
}

function open(shown) {
  close();
  conversation = shown;
  const address = document.querySelector("[data-live]").dataset.live;
  source = new EventSource(shown ? `${address}?conversation=${encodeURIComponent(shown)}` : address);
  source.addEventListener("here", () => {  // what was said since the page was written is fetched now
    tellOffline(false);
    retry = FIRST_MS;
    tell("comptoir:queue");
    tell("comptoir:conversation");
  });
  for (const name of EVENTS) source.addEventListener(name, () => tell(`comptoir:${name}`));
  source.addEventListener("typing", (event) => tell("comptoir:typing", JSON.parse(event.data)));
  source.addEventListener("news", (event) => tell("comptoir:news", JSON.parse(event.data)));
  source.addEventListener("goodbye", again);
  source.addEventListener("signed-out", () => { if (isTyping()) tell("comptoir:refresh"); else location.reload(); });
  source.onerror = again;
}

function again() {
  close();
  clearTimeout(timer);
  timer = setTimeout(follow, retry);
  retry = Math.min(retry * 2, LONGEST_MS);
  if (retry > NOTICED_MS) tellOffline(true);
}

function tellOffline(lost) {
  const note = document.getElementById("offline");
  if (note) note.hidden = !lost;
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

const tell = (name, detail) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
