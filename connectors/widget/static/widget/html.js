/**
 * Rendered text as the server sent it, as nodes.
 *
 * The server has sanitised it with a maintained library. This is the second lock: elements are made one by
 * one from a short list, attributes are not copied but read, and no HTML sink of the browser is used, so that
 * it also holds under `require-trusted-types-for 'script'`. What is not understood stays text.
 */
import { link, make } from "./make.js";

/** `cited(number)` gives what stands where `<cite data-n="1"></cite>` is. */
export function nodesOf(html, cited = () => "") {
  const root = document.createDocumentFragment();
  let place = root;
  // A citation's mark does not begin a line.
  for (const [token, closes, tag, attributes] of html.replaceAll(" <cite", "\u202f<cite").matchAll(TOKEN)) {
    if (!tag) place.append(readable(token));
    else if (tag === "cite") place.append(closes ? "" : cited(Number(valueOf("data-n", attributes))));
    else if (closes) place = outOf(tag, place);
    else if (KNOWN.test(tag)) place = into(tag, attributes, place);
  }
  return root;
}

/** What a screen reader is told of it. */
export function textOf(html) {
  return make("p", {}, nodesOf(html.replace(/<(?=\/?(p|li|t[dh]|br)\b)/g, " <"))).textContent;
}

// Small letters and quoted attributes: the server writes no others.
const TOKEN = /<(\/?)([a-z]+)((?: [\w-]+="[^"]*")*) *\/?>|[^<]+|</g;

const KNOWN = /^(a|blockquote|br|code|em|hr|li|ol|p|pre|s|strong|table|tbody|td|th|thead|tr|ul)$/;

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

function into(tag, attributes, place) {
  const start = valueOf("start", attributes);
  const element = tag === "a" ? link(valueOf("href", attributes)) : make(tag, start && { start });
  element.closes = tag;
  // Code or a table may be wider than the panel: it scrolls alone, with the keyboard too.
  if (tag === "pre") element.tabIndex = 0;
  place.append(tag === "table" ? make("div", { class: "wide", tabindex: 0 }, element) : element);
  return tag === "br" || tag === "hr" ? place : element;
}

/** A closing tag that closes nothing is passed over. */
function outOf(tag, place) {
  for (let at = place; at; at = at.parentNode) {
    if (at.closes === tag) return tag === "table" ? at.parentNode.parentNode : at.parentNode;
  }
  return place;
}

function valueOf(name, attributes) {
  return readable(attributes.match(` ${name}="([^"]*)"`)?.[1] ?? "");
}

function readable(text) {
  return text.replace(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}
