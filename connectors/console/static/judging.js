// Judging an answer in two keys: m opens the marks of the last answer (again: of the one before), 1 to 5 give
// one. In the room for judging the marks are open already. A mark other than "right" asks what was right; after
// "right", a makes the question another way to ask, where that is offered.

let opened = "";  // the line whose marks were opened last: a page that is drawn anew does not know

export function startJudging() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const verdict = event.target.closest("[data-wants-correction]");
    if (verdict?.closest(".judging-body")) askForCorrection(verdict);
  });
}

function pressed(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return submit(event);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest?.("input, textarea, select")) return;
  if (event.key === "m") return open(event);
  if (event.key === "n") return click(event, "[data-judging] [data-next]");
  if (event.key === "a") return click(event, `[data-offered] [data-other-way], ${current()} [data-other-way]`);
  if (/^[1-5]$/.test(event.key)) return click(event, `${current()} [data-verdict="${event.key}"]`);
}

/** Where a digit goes: the answer of the room, or the one whose marks were opened last. */
function current() {
  return document.querySelector("[data-judging]") ? "[data-judging]" : `[id="${opened}"] .judging[open]`;
}

function click(event, selector) {
  const target = document.querySelector(selector);
  if (!target) return;
  event.preventDefault();
  target.click();
}

function open(event) {
  const all = [...document.querySelectorAll("#lines .judging")];
  if (!all.length) return;
  event.preventDefault();
  const at = all.findIndex((one) => one.open && line(one) === opened);
  const next = all[at > 0 ? at - 1 : all.length - 1];
  for (const one of all) one.open = one === next;
  opened = line(next);
  next.scrollIntoView({ block: "center" });
  next.querySelector("[data-verdict]").focus();
}

const line = (marks) => marks.closest(".line").id;

function askForCorrection(verdict) {
  const box = verdict.closest(".judging-body").querySelector(".correct");
  box.querySelector("input[name=review]").value = verdict.form.elements.review.value || "wrong";
  box.open = true;
  const text = box.querySelector("textarea");
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

function submit(event) {
  event.target.closest?.(".correct form")?.requestSubmit();
}
