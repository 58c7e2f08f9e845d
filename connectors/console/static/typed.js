// Whether somebody is in the middle of writing: nobody who is gets sent to another page.

export function startTyped() {
  document.addEventListener("htmx:config:request", ({ detail }) => {
    if (isTyping()) detail.ctx.request.headers["X-Words"] = "1";
  });
}

/** In the composer, or in a field that says something else than when the page came. */
export function isTyping() {
  const fields = [...document.querySelectorAll("main textarea, main form[method=post] input:not([type=hidden])")];
  return fields.some((field) => field.id === "composer-text" ? field.value.trim() : field.value !== field.defaultValue);
}
