// The keys of keyboard.py, and the command palette: everything with data-command, and conversations by words.

import { showPane } from "./conversation.js";
import { post } from "./post.js";
import { countChosen } from "./queue.js";
import { undoLast } from "./toasts.js";

let before = "";

export function startKeyboard() {
  document.addEventListener("keydown", pressed);
  const input = document.getElementById("palette-input");
  if (!input) return;
  input.addEventListener("input", () => { list(input.value); find(input.value); });
  input.addEventListener("keydown", within);
  document.getElementById("palette-list").addEventListener("click", (event) => run(event.target.closest("[role=option]")));
}

function pressed(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.key === "Escape") { escape(event); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]") && !event.target.matches("[type=checkbox]")) return;
  if (handle(event.key, event)) event.preventDefault();
}

function handle(key, event) {
  const waiting = before;
  before = "";
  if (waiting === "g") return go(key);
  switch (key) {
    case "?": document.getElementById("keys").showModal(); return true;
    case "g": before = "g"; return true;
    case "j": return step(1);
    case "k": return step(-1);
    case "x": return choose();
    case "n": { const button = document.getElementById("new-rows"); if (!button || button.hidden) return false; button.click(); return true; }
    case "z": return undoLast();
    case "c": return click("#bar [data-key=c]") || claimRow();
    case "/": return focusOn("[data-key='/']");
    case "r": case "i": showPane("talk"); return click(`#composer [data-key=${key}]`);
    case "e": case "b": return click(`#bar [data-key=${key}]`);
    case "t": case "s": return openMenu(key);
    default: return false;
  }
}

function click(selector) {
  const target = document.querySelector(selector);
  target?.click();
  return Boolean(target);
}

function focusOn(selector) {
  const target = document.querySelector(selector);
  target?.focus();
  target?.select?.();
  return Boolean(target);
}

function go(key) {
  return click(`.side [data-go="${CSS.escape(key)}"]`);
}

function openMenu(key) {
  const summary = document.querySelector(`#bar summary[data-key=${key}]`);
  if (!summary) return false;
  summary.parentElement.open = true;
  summary.parentElement.querySelector(".menu-items :is(a, button, input:not([type=hidden]))")?.focus();
  return true;
}

/** Next or previous row; with a conversation open, that one is opened. */
function step(by) {
  const links = [...document.querySelectorAll("#rows .ticket:not(.gone) .ticket-link")];
  if (!links.length) return false;
  const open = document.querySelector("#rows .ticket.open .ticket-link");
  const at = links.indexOf(document.activeElement.closest?.(".ticket")?.querySelector(".ticket-link") ?? open);
  const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  if (document.querySelector("#work[data-conversation]") && next !== open) next.click();
  return true;
}

const row = () => document.activeElement.closest?.("#rows .ticket");

function choose() {
  const box = row()?.querySelector(".pick input");
  if (!box) return false;
  box.checked = !box.checked;
  countChosen();
  return true;
}

function claimRow() {
  const focused = row();
  if (!focused) return false;
  post(`${document.body.dataset.root}/conversations/${focused.dataset.conversation}/claim`, {});
  return true;
}

function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  const writing = event.target.closest?.("#composer, .search, .menu-items, .judging-body");
  if (writing) { event.target.blur(); document.querySelector("#transcript, #rows")?.focus(); return; }
  document.querySelector("#bar [data-back]")?.click();
}

// The palette

function openPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog || dialog.open) return;
  const input = document.getElementById("palette-input");
  input.value = "";
  dialog.showModal();
  list("");
  input.focus();
}

/** Commands are what the page offers now; the words of each must all be in it. */
function list(words) {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  const seen = new Set();
  const found = [...document.querySelectorAll("[data-command]")].filter((one) => {
    const name = fold(one.dataset.command);
    return !seen.has(name) && seen.add(name) && wanted.every((word) => name.includes(word));
  });
  show(found.slice(0, 12).map((one) => ({ text: one.dataset.command, key: one.dataset.key ?? (one.dataset.go ? `g ${one.dataset.go}` : ""), act: () => use(one) })));
}

let finding, options = [];

function find(words) {
  clearTimeout(finding);
  if (words.trim().length < 2) return;
  finding = setTimeout(async () => {
    const root = document.body.dataset.root;
    const response = await fetch(`${root}/find?${new URLSearchParams({ q: words })}`, { headers: { "HX-Request": "true", "X-Background": "1" } });
    if (!response.ok || document.getElementById("palette-input").value !== words) return;
    const found = await response.json();
    show([...options.filter((option) => option.act), ...found.map((one) => ({ text: one.name, more: one.text, act: () => { location.href = one.to; } }))]);
  }, 150);
}

function show(listed) {
  options = listed;
  const place = document.getElementById("palette-list");
  place.replaceChildren(...listed.map((option, at) => {
    const line = document.createElement("div");
    line.setAttribute("role", "option");
    line.id = `option-${at}`;
    line.setAttribute("aria-selected", String(at === 0));
    const text = document.createElement("span");
    text.textContent = option.text;
    const side = document.createElement("small");
    side.textContent = option.more ?? option.key ?? "";
    line.append(text, side);
    return line;
  }));
  document.querySelector(".palette-none").hidden = listed.length > 0;
  point(0);
}

function within(event) {
  const lines = [...document.querySelectorAll("#palette-list [role=option]")];
  const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    point((at + (event.key === "ArrowDown" ? 1 : lines.length - 1)) % Math.max(1, lines.length));
  } else if (event.key === "Enter") {
    event.preventDefault();
    run(lines[at]);
  }
}

function point(at) {
  const lines = [...document.querySelectorAll("#palette-list [role=option]")];
  lines.forEach((line, n) => line.setAttribute("aria-selected", String(n === at)));
  lines[at]?.scrollIntoView({ block: "nearest" });
  const input = document.getElementById("palette-input");
  if (lines[at]) input.setAttribute("aria-activedescendant", lines[at].id); else input.removeAttribute("aria-activedescendant");
}

function run(line) {
  if (!line) return;
  const option = options[Number(line.id.replace("option-", ""))];
  document.getElementById("palette").close();
  option?.act();
}

function use(element) {
  const menu = element.matches("summary") ? element.parentElement : null;
  if (menu) { menu.open = true; menu.querySelector(".menu-items :is(a, button, input:not([type=hidden]))")?.focus(); } else element.click();
}

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
