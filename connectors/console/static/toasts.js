// Short words at the foot of the page: they go by themselves, unless the pointer or the focus is on them.

const STAYS_MS = 8_000;
const MOST = 3;

export function startToasts() {
  const place = document.getElementById("toasts");
  for (const toast of place.children) letGo(toast);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) {
        if (node.nodeType === 1) { tellOnce(node); letGo(node); } else if (node.data.trim()) sayBroken(node);
      }
    }
    for (const old of [...place.querySelectorAll(".toast:not(.used)")].slice(0, -MOST)) old.remove();
  }).observe(place, { childList: true });
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest(".toast").remove();
  });
  place.addEventListener("submit", (event) => event.target.closest(".toast")?.classList.add("used"));
  document.addEventListener("htmx:after:request", (event) => used(event)?.classList.add("over"));
  document.addEventListener("htmx:finally:request", (event) => {
    const toast = used(event);
    if (toast?.classList.contains("over")) toast.remove();
  });
  document.addEventListener("htmx:error", (event) => {
    const sent = event.detail?.ctx?.request?.method === "POST";
    if (sent && event.detail.error?.name !== "AbortError") sayLost();
  });
}

/** What was pressed. It stays, unseen, until the page has heard from it what to fetch anew. */
const used = (event) => event.detail?.ctx?.sourceElement?.closest?.(".toast.used");

/** The newest word that can be taken back. */
export function undoLast() {
  const undos = document.querySelectorAll("#toasts .toast:not(.used) [data-undo]");
  undos[undos.length - 1]?.click();
  return undos.length > 0;
}

export function say(text, { wrong = false, action, onAction } = {}) {
  const toast = document.createElement("div");
  toast.className = wrong ? "toast wrong" : "toast";
  const words = document.createElement("p");
  words.textContent = text;
  toast.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.dataset.undo = "";
    button.textContent = action;
    button.addEventListener("click", () => { toast.remove(); onAction(); });
    toast.append(button);
  }
  document.getElementById("toasts").append(toast);
  return toast;
}

/** The same mishap three times would hide half a phone; and what stays is not read aloud at every letter. */
function tellOnce(toast) {
  if (!toast.classList.contains("wrong")) return;
  const words = toast.querySelector("p")?.textContent;
  for (const old of document.querySelectorAll("#toasts .toast.wrong")) {
    if (old === toast || old.querySelector("p")?.textContent !== words) continue;
    if (old.dataset.stays === undefined) old.remove(); else toast.remove();
  }
}

function letGo(toast) {
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), STAYS_MS); };
  const stop = () => clearTimeout(timer);
  if (toast.dataset.stays !== undefined) return;
  toast.addEventListener("pointerenter", stop);
  toast.addEventListener("focusin", stop);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  start();
}

/** A fault that nobody foresaw answers in bare words of the server's. */
function sayBroken(words) {
  words.remove();
  const french = document.documentElement.lang === "fr";
  say(french ? "Le service a rencontré une erreur. Rechargez la page pour voir où on en est." : "The service has met with a fault. Load the page again to see how things stand.", { wrong: true });
}

function sayLost() {
  const french = document.documentElement.lang === "fr";
  say(french ? "Connexion perdue. Rien n'a été envoyé : réessayez." : "Connection lost. Nothing was sent: try again.", { wrong: true });
}
