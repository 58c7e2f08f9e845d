// The list that stays true without jumping: rows that are there change in place, those that left fade,
// new ones wait behind "3 new" until somebody wants them.

import { tellTimes } from "./times.js";

const WAIT_MS = 350;
let timer, asking = false, again = false, waiting = null;

export function startQueue() {
  document.body.addEventListener("comptoir:queue", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, WAIT_MS);
  });
  document.body.addEventListener("comptoir:refresh", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 50);
  });
  document.body.addEventListener("comptoir:chosen", selectNone);
  document.addEventListener("click", (event) => {
    if (event.target.closest("#new-rows")) showNew();
    if (event.target.closest("[data-select-none]")) selectNone();
    const chooser = event.target.closest("#several [data-with]");
    if (chooser) say(chooser);
  }, { capture: true });
  document.addEventListener("change", (event) => {
    if (event.target.matches(".pick input")) countChosen();
  });
  for (const name of ["htmx:after:settle", "htmx:after:swap"]) document.addEventListener(name, markOpen);
  markOpen();
}

/** How many wait behind the button. */
export const newRows = () => (waiting ? waiting.fresh.length : 0);

export async function refresh() {
  const list = document.getElementById("list");
  if (!list) return;
  if (asking) { again = true; return; }
  asking = true;
  try {
    const response = await fetch(list.dataset.rows, { headers: { "HX-Request": "true", "X-Background": "1" } });
    if (response.ok && list.isConnected) merge(await response.text());
  } catch { /* the stream says when the server is back */ } finally {
    asking = false;
    if (again) { again = false; refresh(); }
  }
}

function merge(html) {
  const place = document.getElementById("rows");
  const template = document.createElement("template");
  template.innerHTML = html;
  const shown = [...place.querySelectorAll(".ticket")];
  if (shown.length === 0) { replace(place, template.content); return; }
  const coming = new Map([...template.content.querySelectorAll(".ticket")].map((row) => [row.id, row]));
  const first = place.querySelector(".rows");
  const firstPage = [...first.querySelectorAll(".ticket")];
  for (const row of firstPage) {
    const anew = coming.get(row.id);
    if (anew) update(row, anew); else leave(row);
  }
  const known = new Set(shown.map((row) => row.id));
  const fresh = [...coming.keys()].filter((id) => !known.has(id));
  waiting = fresh.length ? { html, fresh } : null;
  tellNew();
}

function update(row, anew) {
  const before = row.querySelector(".ticket-link");
  const link = anew.querySelector(".ticket-link");
  const open = row.classList.contains("open");
  row.className = anew.className;
  row.classList.toggle("open", open);
  if (words(before) === words(link)) return;
  const focused = before === document.activeElement;
  before.replaceWith(link);
  htmx.process(row);
  if (focused) link.focus({ preventScroll: true });
}

const words = (link) => link.innerHTML.replace(/<time[^>]*>[^<]*<\/time>/g, (time) => time.replace(/>.*</, "><"));

function leave(row) {
  row.classList.add("gone");
}

function showNew() {
  if (!waiting) return;
  const place = document.getElementById("rows");
  const fresh = new Set(waiting.fresh);
  const template = document.createElement("template");
  template.innerHTML = waiting.html;
  waiting = null;
  replace(place, template.content);
  for (const row of place.querySelectorAll(".ticket")) if (fresh.has(row.id)) row.classList.add("fresh");
  place.scrollTop = 0;
  place.querySelector(".ticket-link")?.focus({ preventScroll: true });
  tellNew();
}

function replace(place, content) {
  const chosen = new Set([...place.querySelectorAll(".pick :checked")].map((box) => box.value));
  place.replaceChildren(content);
  for (const box of place.querySelectorAll(".pick input")) box.checked = chosen.has(box.value);
  htmx.process(place);
  markOpen();
  countChosen();
  tellTimes();
}

function tellNew() {
  const button = document.getElementById("new-rows");
  const amount = newRows();
  button.hidden = amount === 0;
  button.lastElementChild.textContent = amount === 1 ? button.dataset.one : button.dataset.more.replace("{n}", amount);
  const title = document.title.replace(/^\(\d+\) /, "");
  document.title = amount ? `(${amount}) ${title}` : title;
}

/** The row of the conversation that is open beside the list. */
export function markOpen() {
  const open = document.getElementById("work")?.dataset.conversation;
  for (const row of document.querySelectorAll("#rows .ticket")) {
    row.classList.toggle("open", Boolean(open) && row.dataset.conversation === open);
  }
}

// Several at once

export function countChosen() {
  const bar = document.getElementById("several");
  if (!bar) return;
  const amount = document.querySelectorAll(".pick :checked").length;
  const count = bar.querySelector(".several-count");
  bar.hidden = amount === 0;
  count.textContent = amount === 1 ? count.dataset.one : count.dataset.more.replace("{n}", amount);
}

export function selectNone() {
  for (const box of document.querySelectorAll(".pick :checked")) box.checked = false;
  countChosen();
}

/** What a choice in a menu says beside the act: "to=paul" becomes a field of the form. */
function say(chooser) {
  const form = chooser.closest("form");
  for (const old of form.querySelectorAll("[data-said]")) old.remove();
  const [name, value] = chooser.dataset.with.split("=");
  const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
  field.dataset.said = "";
  form.append(field);
}
