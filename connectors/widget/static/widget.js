/**
 * Comptoir's website widget. One line in a page:
 *
 *   <script type="module" src="https://HOST/widget.js" data-site="shop"></script>
 *
 * It puts a `<comptoir-widget>` at the end of the page, unless there is one already. No cookies and nothing
 * third-party. docs/widget.md has the attributes, the JavaScript API and what a strict Content Security Policy
 * needs. The server sends this file and its parts as one, without comments (connectors/widget/module.py).
 */
import { ComptoirWidget } from "./widget/element.js";

const NAME = "comptoir-widget";

/** What a page can do with the widget; before it is there, calls wait for it. */
class Comptoir {
  #waiting = [];

  constructor(asked = []) {
    addEventListener("comptoir-ready", () => this.#waiting.splice(0).forEach((call) => this.push(call)));
    asked.forEach((call) => this.push(call));
  }

  /** `["ask", "Where is my parcel?"]`: works before this file has come, when Comptoir is still an array. */
  push(call) {
    const [name, ...rest] = call;
    if (name === "on") return this.on(...rest);
    const widget = document.querySelector(NAME);
    return widget?.ready ? widget[name](...rest) : this.#waiting.push(call);
  }

  open() {
    this.push(["open"]);
  }

  close() {
    this.push(["close"]);
  }

  /** Opens the widget and asks `text`. */
  ask(text) {
    this.push(["ask", text]);
  }

  /** `jwt` says who signed in: made by your server, with the site's secret. */
  identify(jwt) {
    this.push(["identify", jwt]);
  }

  /** "open", "close", "message", "answer", "escalation", "reply", "unread" or "error". Gives the way out. */
  on(name, heard) {
    const listener = ({ detail }) => heard(detail);
    addEventListener(`comptoir-${name}`, listener);
    return () => removeEventListener(`comptoir-${name}`, listener);
  }
}

if (!customElements.get(NAME)) {
  ComptoirWidget.home = new URL(".", import.meta.url);
  window.Comptoir = new Comptoir(window.Comptoir);
  customElements.define(NAME, ComptoirWidget);
  const script = [...document.scripts].find((one) => one.src === import.meta.url && "site" in one.dataset);
  if (script && !document.querySelector(NAME)) {
    const widget = document.createElement(NAME);
    for (const [name, value] of Object.entries(script.dataset)) widget.setAttribute(name, value);
    document.body.append(widget);
  }
}
