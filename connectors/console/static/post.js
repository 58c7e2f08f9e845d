// Sends a form by script, as htmx would: with the token, and with what the answer asks for.

import { isTyping } from "./typed.js";

export const token = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRF-Token"];

/** Resolves to the response. Its toasts are shown, its triggers fired, its redirect followed. */
export async function post(address, values, { keepalive = false, background = false } = {}) {
  const headers = { "HX-Request": "true", "X-CSRF-Token": token() };
  if (background) headers["X-Background"] = "1";
  if (values.text || isTyping()) headers["X-Words"] = "1";
  const response = await fetch(address, { method: "POST", body: new URLSearchParams(values), headers, keepalive });
  const to = response.headers.get("HX-Redirect");
  if (to) { location.href = to; return response; }
  if (response.status !== 204) showToasts(await response.text());
  const triggers = response.headers.get("HX-Trigger");
  if (triggers) fire(triggers);
  return response;
}

function showToasts(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const place = document.getElementById("toasts");
  for (const toast of template.content.querySelectorAll(".toast")) {
    place.append(toast);
    htmx.process(toast);
  }
  for (const partial of template.content.querySelectorAll("hx-partial")) {
    for (const toast of partial.querySelectorAll(".toast")) { place.append(toast); htmx.process(toast); }
  }
}

function fire(triggers) {
  const names = triggers.startsWith("{") ? Object.keys(JSON.parse(triggers)) : triggers.split(",");
  for (const name of names) document.body.dispatchEvent(new CustomEvent(name.trim(), { bubbles: true }));
}
