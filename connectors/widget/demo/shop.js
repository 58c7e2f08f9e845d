/**
 * The demo shop's page: its language, and questions to click.
 *
 * Not a module, so that the language is there before the page is drawn. A real shop needs none of this: the
 * script tag of the widget is enough.
 */
const page = document.documentElement;

function speak(language) {
  page.lang = language;
  try {
    localStorage.setItem("language", language);
  } catch {
    // Without storage, the next page speaks the browser's language again.
  }
}

function kept() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

const wished = new URLSearchParams(location.search).get("lang") ?? kept() ?? navigator.language.slice(0, 2);
page.lang = wished === "fr" ? "fr" : "en";

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { ask, language, open } = button.dataset;
  // An array until the widget has come, which then does what was pushed.
  window.Comptoir ??= [];
  if (language) speak(language);
  else if (ask !== undefined) window.Comptoir.push(["ask", button.textContent.replaceAll("\u00a0", " ")]);
  else if (open !== undefined) window.Comptoir.push(["open"]);
});
