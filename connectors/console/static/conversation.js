// The open conversation: what was said stays where it is read, the newest is a click away, words can be put
// into the composer from anywhere.

import { insert } from "./composer.js";

const NEAR = 80;
const TYPING_MS = 6_000;
let stuck = true, typingTimer;

export function startConversation() {
  for (const name of ["htmx:after:settle", "htmx:after:swap"]) document.addEventListener(name, settle);
  document.addEventListener("scroll", (event) => {
    if (event.target.id === "transcript") noteWhere(event.target);
  }, { capture: true, passive: true });
  document.addEventListener("click", clicked);
  document.body.addEventListener("comptoir:typing", (event) => showTyping(event.detail.name));
  document.addEventListener("input", filterChoices);
  addEventListener("resize", () => { if (stuck) toNewest(); });
  settle();
  if (!showLine(location.hash)) toNewest();
}

/** After a swap: at the end if that is where the reader was. */
function settle() {
  const transcript = document.getElementById("transcript");
  if (!transcript) return;
  if (transcript.dataset.seen === undefined) {
    transcript.dataset.seen = "";
    stuck = true;
    watch(transcript);
  }
  if (stuck) toNewest();
}

function watch(transcript) {
  let last = newest(transcript);
  new MutationObserver(() => {
    const now = newest(transcript);
    if (now === last) return;
    last = now;
    hideTyping();
    if (stuck) toNewest(); else document.getElementById("to-newest").classList.add("news");
  }).observe(transcript, { childList: true, subtree: true });
}

const newest = (transcript) => transcript.querySelector("#lines > .line:last-child")?.id;

function noteWhere(transcript) {
  stuck = transcript.scrollHeight - transcript.scrollTop - transcript.clientHeight < NEAR;
  const button = document.getElementById("to-newest");
  button.hidden = stuck;
  if (stuck) button.classList.remove("news");
}

function toNewest() {
  const transcript = document.getElementById("transcript");
  if (transcript) transcript.scrollTop = transcript.scrollHeight;
}

function clicked(event) {
  if (event.target.closest("#to-newest")) { stuck = true; toNewest(); }
  const goes = event.target.closest("[data-goes]");
  if (goes) goTo(goes, event);
  const pane = event.target.closest("[data-show-pane]");
  if (pane) showPane(pane.dataset.showPane);
  const words = event.target.closest("[data-insert]");
  if (words) {
    showPane("talk");
    insert(words.dataset.insert, words.dataset.insertNote !== undefined ? "note" : undefined);
    words.closest("details.menu")?.removeAttribute("open");
  }
}

function goTo(link, event) {
  showPane("talk");
  if (showLine(link.getAttribute("href"))) event.preventDefault();
}

/** The line that a link names; where it is among the earlier ones, those are asked for. */
function showLine(hash) {
  if (!/^#line-\d+$/.test(hash)) return false;
  const line = document.querySelector(hash), earlier = document.querySelector("#lines .earlier a");
  if (!line && earlier) location.replace(earlier.href.replace(/#.*/, hash));
  if (!line) return Boolean(earlier);
  stuck = false;
  line.scrollIntoView({ block: "center" });
  line.classList.remove("pointed");
  requestAnimationFrame(() => line.classList.add("pointed"));
  return true;
}

export function showPane(name) {
  const work = document.getElementById("work");
  if (!work?.dataset.pane) return;
  work.dataset.pane = name;
  for (const button of work.querySelectorAll("[data-show-pane]")) {
    button.setAttribute("aria-pressed", String(button.dataset.showPane === name));
  }
}

/** `name`: of a colleague; null: it is the customer. */
function showTyping(name) {
  const place = document.getElementById("typing");
  if (!place || name === document.body.dataset.me) return;
  place.lastElementChild.textContent = place.dataset.said.replace("{name}", name ?? place.dataset.customer);
  place.hidden = false;
  if (stuck) toNewest();
  clearTimeout(typingTimer);
  typingTimer = setTimeout(hideTyping, TYPING_MS);
}

function hideTyping() {
  const place = document.getElementById("typing");
  if (place) place.hidden = true;
}

function filterChoices(event) {
  const filter = event.target.closest?.(".menu-filter");
  if (!filter?.dataset.filters) return;
  const wanted = filter.value.toLowerCase();
  for (const choice of filter.parentElement.querySelectorAll(filter.dataset.filters)) {
    choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
  }
}
