// Where words are written. Nothing is lost: each draft is kept on the server while it is written, what was
// sent can be taken back for some seconds, and what could not be sent is in its place again.

import { post } from "./post.js";
import { say } from "./toasts.js";

const KEEP_MS = 500;
const TYPING_MS = 2_500;
const KEPT_ALIVE = 5_000;
const REFRESH_MS = 3_000;
let keeping, typedAt = 0;
const held = new Set();

const form = () => document.getElementById("composer");
const field = () => document.getElementById("composer-text");

export function startComposer() {
  document.addEventListener("input", (event) => { if (event.target.id === "composer-text") written(); });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "composer") return;
    event.preventDefault();
    send(event.submitter?.value ?? "");
  }, { capture: true });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "composer-text" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press();
    }
  });
  document.addEventListener("toggle", opened, { capture: true });
  document.addEventListener("input", searched);
  addEventListener("pagehide", () => { keep(); for (const one of [...held]) one.now(true); });
  document.addEventListener("htmx:before:request", () => { asked = Date.now(); });
  document.addEventListener("htmx:before:swap", keep);
  for (const name of ["htmx:after:settle", "htmx:after:swap"]) document.addEventListener(name, arrive);
  arrive();
}

/** Reply or note: the other's words wait in its own draft. */
export function writeAs(kind) {
  const composer = form();
  if (!composer || composer.dataset.writing === kind) { field()?.focus(); return; }
  const area = field(), other = document.getElementById("note-draft");
  keep();
  const words = area.value;
  area.value = other.dataset.words ?? other.content.textContent;
  other.dataset.words = words;
  composer.dataset.writing = kind;
  for (const tab of composer.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.writing === kind;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
  const label = composer.querySelector("label[for=composer-text]");
  label.textContent = label.dataset[kind];
  area.placeholder = area.dataset[`${kind}Placeholder`];
  hidePreview();
  grow();
  area.focus();
}

export function insert(words, kind) {
  if (!form()) return;
  if (kind) writeAs(kind);
  hidePreview();
  const area = field();
  const [start, end] = [area.selectionStart, area.selectionEnd];
  const before = area.value.slice(0, start);
  const gap = before && !before.endsWith("\n") ? "\n\n" : "";
  area.setRangeText(gap + words, start, end, "end");
  area.focus();
  written();
}

/** What Ctrl+Enter does: the first button of what is being written, or why there is none. Whoever has claimed it a
 * moment ago may be quicker than the page: that is asked again before anybody is refused. */
export async function press() {
  const button = firstButton() ?? await refreshed().then(firstButton);
  if (button) button.click(); else say(foot().textContent.trim(), { wrong: true });
}

const foot = () => form().querySelector(form().dataset.writing === "note" ? ".for-note" : ".for-reply");
const firstButton = () => foot().querySelector("[data-send]");

/** Once the page is as things are now, or cannot be. */
function refreshed() {
  return new Promise((resolve) => {
    const over = new AbortController(), patience = setTimeout(end, REFRESH_MS);
    function end() { over.abort(); clearTimeout(patience); resolve(); }
    document.addEventListener("htmx:after:swap", ({ detail }) => {
      if (detail.ctx.sourceElement.id === "transcript") end();
    }, { signal: over.signal });
    document.body.dispatchEvent(new CustomEvent("comptoir:refresh", { bubbles: true }));
  });
}

function arrive() {
  const composer = form();
  if (!composer || composer.dataset.ready !== undefined) return;
  composer.dataset.ready = "";
  takeUp();
  grow();
}

// What the server may not have yet is in this tab too: a reload comes before the last letters arrive there. And
// what arrived there while the page was on its way is not in that page: it stays here until one is asked for.

let asked = performance.timeOrigin;
const place = (kind) => `words ${document.getElementById("work").dataset.conversation} ${kind}`;
const remembered = (key) => JSON.parse(sessionStorage.getItem(key) ?? "{}");
const remember = (key, text, saved = null) => sessionStorage.setItem(key, JSON.stringify({ text, saved }));

/** What is written here and not in the page; null when the page has it all. */
function missing(kind) {
  const { text = null, saved = null } = remembered(place(kind));
  if (saved === null || saved >= asked) return text;
  sessionStorage.removeItem(place(kind));
  return null;
}

function takeUp() {
  const [reply, note] = ["reply", "note"].map(missing);
  if (note !== null) {
    document.getElementById("note-draft").dataset.words = note;
    save("note", note).catch(() => {});
  }
  if (reply === null) return;
  field().value = reply;
  form().dataset.unsaved = "";
  keep();
}

function written() {
  grow();
  remember(place(form().dataset.writing), field().value);
  clearTimeout(keeping);
  keeping = setTimeout(keep, KEEP_MS);
  form().dataset.unsaved = "";
  if (form().dataset.writing === "reply" && field().value && Date.now() - typedAt > TYPING_MS) {
    typedAt = Date.now();
    post(form().dataset.typing, {}, { background: true }).catch(() => {});
  }
}

/** The draft, as it is now. */
function keep() {
  clearTimeout(keeping);
  const composer = form();
  if (!composer || composer.dataset.unsaved === undefined) return;
  delete composer.dataset.unsaved;
  save(composer.dataset.writing, field().value).catch(() => { composer.dataset.unsaved = ""; });
}

/** Outlives the page where it can (what is longer than that, a browser refuses to send behind a page's back). */
async function save(kind, text) {
  const here = place(kind), keepalive = text.length < KEPT_ALIVE;
  const response = await post(form().dataset.draft, { kind, text }, { keepalive, background: true });
  if (response.ok && remembered(here).text === text) remember(here, text, Date.now());
}

function send(then) {
  const composer = form(), area = field(), kind = composer.dataset.writing;
  const text = area.value;
  if (!text.trim()) { area.focus(); return; }
  const sending = {
    address: composer.dataset[kind],
    values: { text, then, client_id: composer.elements.client_id.value },
    work: document.getElementById("work").dataset.conversation, kind, lost: composer.dataset.lost,
  };
  composer.elements.client_id.value = crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
  clearTimeout(keeping);
  delete composer.dataset.unsaved;
  sessionStorage.removeItem(place(kind));
  area.value = "";
  grow();
  hidePreview();
  const seconds = Number(composer.dataset.hold);
  if (seconds) hold(sending, seconds, composer.dataset); else deliver(sending);
}

/** Some seconds in which it can be taken back. Leaving the page sends it. */
function hold(sending, seconds, dataset) {
  let left = seconds;
  const words = dataset[sending.kind === "note" ? "sendingNote" : "sendingReply"];
  const told = () => words.replace("{n}", left);
  const stop = () => { clearInterval(ticking); held.delete(one); toast.remove(); };
  const one = { now(leaving) { stop(); deliver(sending, leaving); } };
  const toast = say(told(), { action: dataset.undoWord, onAction() { stop(); putBack(sending); } });
  toast.dataset.stays = "";
  held.add(one);
  const ticking = setInterval(() => {
    left -= 1;
    if (left <= 0) one.now(false); else toast.firstElementChild.textContent = told();
  }, 1000);
}

async function deliver(sending, leaving = false) {
  try {
    const response = await post(sending.address, sending.values, { keepalive: leaving });
    if (!response.ok) putBack(sending);
  } catch {
    putBack(sending);
    say(sending.lost, { wrong: true });
  }
}

/** The words are where they were, unless others have been written since. */
function putBack(sending) {
  const composer = form();
  if (!composer || document.getElementById("work").dataset.conversation !== sending.work) return;
  if (composer.dataset.writing !== sending.kind) writeAs(sending.kind);
  const area = field();
  area.value = area.value ? `${sending.values.text}\n\n${area.value}` : sending.values.text;
  composer.elements.client_id.value = sending.values.client_id;
  written();
  area.focus();
}

function clicked(event) {
  const tab = event.target.closest("#composer [role=tab]");
  if (tab) writeAs(tab.dataset.writing);
  if (event.target.closest("#preview-button")) togglePreview();
}

async function togglePreview() {
  const button = document.getElementById("preview-button");
  if (button.getAttribute("aria-pressed") === "true") { hidePreview(); field().focus(); return; }
  const place = document.getElementById("preview");
  const headers = { "HX-Request": "true", "X-CSRF-Token": form().elements.token.value, "X-Background": "1" };
  const response = await fetch(button.dataset.preview, { method: "POST", headers, body: new URLSearchParams({ text: field().value }) });
  if (!response.ok) return;
  place.innerHTML = await response.text();
  place.hidden = false;
  field().hidden = true;
  button.setAttribute("aria-pressed", "true");
}

function hidePreview() {
  const place = document.getElementById("preview");
  if (!place) return;
  place.hidden = true;
  field().hidden = false;
  document.getElementById("preview-button").setAttribute("aria-pressed", "false");
}

/** As tall as its words, up to a third of the window (the style says where it ends). */
function grow() {
  const area = field();
  if (!area || CSS.supports("field-sizing", "content")) return;
  area.rows = Math.min(12, Math.max(3, area.value.split("\n").length));
}

// Entries to insert: found while one types

let looking;

function opened(event) {
  const summary = event.target.querySelector?.(":scope > summary[data-articles]");
  if (!summary || !event.target.open) return;
  const place = document.getElementById("articles");
  if (!place.firstElementChild) {
    const search = Object.assign(document.createElement("input"), { type: "search", className: "menu-filter" });
    search.dataset.looks = "";
    search.setAttribute("aria-label", summary.title);
    search.placeholder = summary.title;
    place.append(search, document.createElement("div"));
  }
  place.firstElementChild.focus();
  look(place, summary.dataset.articles);
}

function searched(event) {
  if (event.target.dataset?.looks === undefined) return;
  const place = document.getElementById("articles");
  const address = place.closest("details").querySelector("summary").dataset.articles;
  clearTimeout(looking);
  looking = setTimeout(() => look(place, address), 200);
}

async function look(place, address) {
  const query = new URLSearchParams({ q: place.firstElementChild.value, writing: form().dataset.writing });
  const response = await fetch(`${address}?${query}`, { headers: { "HX-Request": "true", "X-Background": "1" } });
  if (response.ok) place.lastElementChild.innerHTML = await response.text();
}
