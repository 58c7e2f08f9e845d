/** How elements come about here: never from a string of HTML, so that nothing in a string can run. */

/** Attributes that are functions listen; false and null ones are left out, true ones stand alone. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

export function button(kind, click, ...children) {
  return make("button", { type: "button", class: kind, click }, ...children);
}

/** A drawing alone, with its name for a screen reader and under the pointer. */
export function iconButton(kind, shape, label, click) {
  const made = button(kind, click, icon(shape));
  made.ariaLabel = made.title = label;
  return made;
}

/** The drawing says nothing to a screen reader: whatever holds it has a name of its own. */
export function icon(shape) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${shape}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[shape] ?? SHAPES.page);
  svg.append(path);
  return svg;
}

/** In a new tab, so that what is being typed here stays. Where it may not lead, only its words are left. */
export function link(address, kind, ...children) {
  const href = safeAddress(address);
  if (!href) return make("span", {}, ...children);
  return make("a", { href, class: kind, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** Null for "javascript:", "data:" and the like. */
function safeAddress(address) {
  try {
    const { protocol, href } = new URL(address, document.baseURI);
    return /^(https?|mailto|tel):$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

const SVG = "http://www.w3.org/2000/svg";

/** On a grid of 24 by 24. Some are another one turned: styles.js. */
const THUMB = "M7 11v9H4v-9h3l4-8a2 2 0 0 1 2 3l-1 3h6a2 2 0 0 1 2 2l-1 7a2 2 0 0 1-2 2H7";
const ARROW = "M12 20V5m-6 6 6-6 6 6";
const HEAD = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z";
const SHAPES = {
  chat: "M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2ZM8 9h8m-8 4h5",
  close: "m6 6 12 12M18 6 6 18",
  more: "M12 5v.1m0 6.9v.1m0 6.9v.1",
  send: ARROW,
  latest: ARROW,
  person: `${HEAD}M4 20c1-4 4-5 8-5s7 1 8 5`,
  team: `${HEAD}M4 20c1-4 4-5 8-5s7 1 8 5M3 9a3 3 0 0 1 2-3m16 3a3 3 0 0 0-2-3`,
  up: THUMB,
  down: THUMB,
  out: "M10 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-4M14 4h6v6m0-6-9 9",
  page: "M7 3h7l5 5v13H5V3h2m7 0v5h5M9 13h6m-6 4h4",
  form: "M5 4h14v17H5zM9 2h6v4H9zM8 13l3 3 5-6",
  phone: "M6 4h3l2 5-2 1a12 12 0 0 0 5 5l1-2 5 2v3a2 2 0 0 1-2 2A16 16 0 0 1 4 6a2 2 0 0 1 2-2Z",
  star: "m12 4 2.5 5 5.5.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.5-.8Z",
  email: "M4 6h16v12H4V6Zm0 1 8 6 8-6",
};
