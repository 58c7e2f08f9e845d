// Writing an entry: what is begun survives a reload, the preview is a tab where there is no room beside the
// text, Ctrl+Enter saves.

const form = document.getElementById("writing");
const KEPT = ["title", "text", "questions", "tags", "url", "why", "target", "hours", "language"];
const key = () => `comptoir-entry:${form.dataset.draft}`;

restore();
form.addEventListener("input", keep);
form.addEventListener("submit", sent);
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
});
document.addEventListener("click", (event) => {
  const forgets = event.target.closest("[data-forget]");
  if (forgets) { forget(); if (forgets.nodeName === "BUTTON") location.reload(); }
  const tab = event.target.closest(".text-and-preview [role=tab]");
  if (tab) show(tab);
});

function keep() {
  const values = Object.fromEntries(KEPT.map((name) => [name, form.elements[name]?.value]));
  try { localStorage.setItem(key(), JSON.stringify(values)); } catch { /* private windows keep nothing */ }
}

/** What was begun, unless the entry has changed since: then its hash, and with it the key, is another. */
function restore() {
  const kept = read();
  if (!kept) return;
  let changed = false;
  for (const name of KEPT) {
    const field = form.elements[name];
    if (!field || kept[name] === undefined || field.value === kept[name]) continue;
    field.value = kept[name];
    changed = true;
  }
  document.getElementById("restored").hidden = !changed;
  if (changed) form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
}

function read() {
  try { return JSON.parse(localStorage.getItem(key())); } catch { return null; }
}

function forget() {
  form.removeEventListener("input", keep);
  try { localStorage.removeItem(key()); } catch { /* nothing was kept */ }
}

/** It may come to nothing, as when the session is over: it is forgotten when its page is shown (console.js). */
function sent() {
  keep();
  try { sessionStorage.setItem("comptoir-entry-sent", key()); } catch { /* it is kept, at worst */ }
}

function show(tab) {
  form.querySelector(".text-and-preview").dataset.shows = tab.dataset.pane;
  for (const one of tab.parentElement.children) one.setAttribute("aria-selected", String(one === tab));
}
