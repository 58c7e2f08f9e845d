/** The messages on the screen: only what has changed is drawn anew, so that focus and typing stay. */
import { make } from "./make.js";
import { buttons, composing, ending, greeting, meanwhile, note, outcome, own, reply } from "./said.js";

const PAUSE = 30 * 60_000;

export class Thread {
  #drawn = new Map();

  constructor(view) {
    this.view = view;
    this.element = make("div", { class: "thread", role: "log", "aria-live": "off", tabindex: 0 });
  }

  /** Whether anything was drawn. */
  show(conversation) {
    const drawn = new Map();
    let news = false;
    for (const entry of entriesOf(conversation, this.view)) {
      const before = this.#drawn.get(entry.key);
      const same = before && before.stamp === entry.stamp;
      const element = same ? before.element : entry.draw();
      news ||= !same;
      element.update?.(entry);
      drawn.set(entry.key, { element, stamp: entry.stamp });
    }
    this.#drawn = drawn;
    this.#place([...drawn.values()].map(({ element }) => element));
    this.element.classList.toggle("may-ask", this.view.mayAskPerson);
    return news;
  }

  /** What stands where it should is not touched: an element that is moved loses the focus. */
  #place(elements) {
    const { children } = this.element;
    [...children].forEach((child) => elements.includes(child) || child.remove());
    elements.forEach((element, at) => {
      if (children[at] !== element) this.element.insertBefore(element, children[at]);
    });
  }
}

/** What is to be seen, in order: `draw()` makes it, and again when its `stamp` has changed. */
function* entriesOf(conversation, view) {
  const { draft, holder, inOrder: events, notice, outbox, typist } = conversation;
  const waiting = outbox.filter((item) => item.path === "messages");
  const wrote = waiting.length > 0 || events.some((event) => event.type === "message");
  yield { key: "greeting", draw: () => greeting(view) };
  if (conversation.loading) yield { key: "loading", draw: () => skeleton(view) };
  else if (!wrote && holder.held === "bot") {
    yield { key: "suggestions", draw: () => buttons(view.suggestions, view) };
  }
  const judgements = judgementsIn(events, outbox);
  const last = !waiting.length && events.findLast((event) => event.html ?? event.text);
  let moment = 0;
  for (const event of events) {
    const entry = entryOf(event, event === last, view);
    if (!entry) continue;
    const at = Date.parse(event.at);
    if (at - moment > PAUSE) yield { key: at, draw: () => note(view.time(at)) };
    moment = at;
    yield { ...entry, judgement: judgements.get(event.position) };
  }
  if (conversation.answering) {
    yield { key: "composing", stamp: `${typist} ${draft?.html}`, draw: () => composing(draft, typist, view) };
  }
  for (const { body, stuck, why } of waiting) yield ownEntry({ ...body, stuck, why }, true, view);
  if (holder.held === "waiting") {
    const there = holder.wait?.there ?? true;
    const contact = events.findLast((event) => event.type === "contact")?.email;
    const draw = () => meanwhile(wrote, there, contact, view);
    yield { key: "meanwhile", stamp: `${wrote} ${there} ${contact}`, draw };
  }
  if (holder.held === "nobody" && wrote) {
    yield { key: "ending", draw: () => ending(view), rating: ratingIn(events, outbox) };
  }
  if (notice) yield { key: "notice", stamp: notice, draw: () => note(view.say(notice)) };
}

function entryOf(event, latest, view) {
  const { type, position } = event;
  if (type === "message") return ownEntry(event, latest, view);
  if (type === "reply") return { key: position, stamp: event.html, draw: () => reply(event, view) };
  if (event.html) return { key: position, latest, draw: () => outcome(event, view) };
  const told = type === "resolved" ? `resolved_${event.by}` : type;
  return NOTES.includes(told) ? { key: position, draw: () => note(view.say(told, event)) } : null;
}

/** Types of events that are words of ours. */
const NOTES = ["person_joined", "handed_back", "resolved_customer", "resolved_staff"];

/** By its own id, so that a message keeps its element when the log has taken it in. */
function ownEntry(message, latest, view) {
  const { client_id: key, position, stuck } = message;
  return { key, stamp: `${position > 0} ${stuck} ${latest}`, draw: () => own(message, latest, view) };
}

/** Position → whether the answer was useful; judgements on their way count. */
function judgementsIn(events, outbox) {
  const judged = events
    .filter((event) => event.type === "feedback")
    .map((event) => [event.position_judged, event.useful]);
  const underWay = outbox
    .filter((item) => item.path === "feedback")
    .map(({ body }) => [body.position, body.useful]);
  return new Map([...judged, ...underWay]);
}

/** Since it was closed; one on its way counts. */
function ratingIn(events, outbox) {
  const last = events.findLast(({ type }) => type === "resolved" || type === "rating");
  return outbox.findLast(({ path }) => path === "rating")?.body ?? last ?? {};
}

function skeleton(view) {
  return make(
    "div",
    { class: "skeleton", role: "img", "aria-label": view.say("loading") },
    make("i"),
    make("i"),
    make("i"),
  );
}
