// Dialogs and menus: opened by data-open="id", closed by data-close-dialog, a click beside them, or Escape.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    showSide(Boolean(event.target.closest("[data-side]")) && !document.body.classList.contains("side-open")
      || Boolean(event.target.closest("#side")) && !event.target.closest("#side a"));
    const opener = event.target.closest("[data-open]");
    if (opener) document.getElementById(opener.dataset.open)?.showModal();
    if (event.target.closest("[data-close-dialog]") || event.target.nodeName === "DIALOG") {
      event.target.closest("dialog")?.close();
    }
    closeMenus((menu) => menu.contains(event.target) && !event.target.closest(".menu-items a, .menu-items button"));
  });
  document.addEventListener("toggle", showQuestion, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") showSide(false);
    const open = document.querySelector("details.menu[open]");
    if (event.key !== "Escape" || !open) return;
    closeMenus(() => false);
    open.querySelector("summary").focus();
    event.stopPropagation();
  }, { capture: true });
}

/** A question at the end of a page is no use below its edge. */
function showQuestion({ target }) {
  if (target.open) target.querySelector(":scope > .asking")?.scrollIntoView({ block: "nearest" });
}

/** On a phone the way between rooms comes in from the side. */
function showSide(open) {
  document.body.classList.toggle("side-open", open);
  document.querySelector("[data-side]")?.setAttribute("aria-expanded", String(open));
}

function closeMenus(stays) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!stays(menu)) menu.open = false;
}
