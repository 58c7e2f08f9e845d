/** What was said, one element a message. `view` is the panel: its words, and what its buttons do. */
import { nodesOf } from "./html.js";
import { button, icon, iconButton, link, make } from "./make.js";

/** The customer's own message, with what has become of it. */
export function own(message, latest, view) {
  return said(
    "own",
    view.say("you"),
    make("p", { class: "bubble", dir: "auto" }, message.text),
    fate(message, latest, view),
  );
}

/** An outcome of the bot's: an answer, a route, a question back, small talk, an escalation. */
export function outcome(event, view) {
  const { card, choices, hedged, more } = event;
  const [first] = event.citations ?? [];
  const element = said(
    `bot ${event.type}`,
    view.say("assistant"),
    bubble(
      hedged &&
        first &&
        make("p", { class: "small" }, view.say("from"), " ", sourceButton(first, first.title, view)),
      rendered(event, view),
      event.type === "clarify" && choices.length > 2 && wereOffered(choices),
      card && cardOf(card, view),
      more?.url &&
        make("p", { class: "small" }, view.say("more"), " ", link(more.url, "", more.title, icon("out"))),
    ),
    choices &&
      buttons(
        choices.map((choice) => choice.title),
        view,
      ),
    (hedged || event.type === "clarify") && personButton(view),
  );
  const judged = event.feedback ? addThumbs(element, event, view) : () => {};
  element.update = ({ latest, judgement }) => {
    element.classList.toggle("latest", latest);
    judged(judgement);
  };
  return element;
}

/** What the buttons offered, for whoever reads it when they are gone. */
function wereOffered(choices) {
  return make(
    "ul",
    { class: "offered" },
    choices.map(({ title }) => make("li", {}, title)),
  );
}

/** Words of a person, as they stand. */
export function reply(event, view) {
  const { amended, html } = event;
  const avatar = make("span", { class: "avatar", "aria-hidden": "true" }, initials(event.name));
  return make(
    "div",
    { class: "said staff" },
    avatar,
    make("p", { class: "tiny" }, event.name, amended && ` · ${view.say(amended)}`),
    html && bubble(rendered(event, view)),
  );
}

/** The part of an answer that is verified already, and that more is being looked for, or written by a person. */
export function composing(draft, name, view) {
  const dots = make("span", { class: "dots" }, make("i"), make("i"), make("i"));
  const line = make(
    "p",
    { class: "small composing" },
    dots,
    view.say(name ? "typing" : "composing", { name }),
  );
  return said("bot", "", draft && bubble(rendered(draft, view)), line);
}

/** What one can do while waiting for a person: leave an address, before all where nobody is there; go. */
export function meanwhile(wrote, there, contact, view) {
  const act = (path) => button("action", () => view.act(path), view.say(path));
  const leave = there ? "mayLeave" : "leaveAddress";
  const told = contact ? "goesTo" : wrote ? leave : "about";
  const mail = button(
    `action ${there || contact ? "" : "strong"}`,
    () => view.askAddress("contact", mail),
    icon("email"),
    view.say(contact ? "otherAddress" : "byMail"),
  );
  return make(
    "div",
    { class: "small asked" },
    make("p", {}, view.say(told, { email: contact })),
    make("div", { class: "row" }, mail, act("return"), act("close")),
  );
}

/** How it was, now that it is over: stars, then why. */
export function ending(view) {
  let given = {};
  const marks = [1, 2, 3, 4, 5].map((n) =>
    iconButton("plain", "star", view.say("stars", { n }), () => view.rate(n, given.comment)),
  );
  const form = commentForm(view, "why", (comment) => view.rate(given.stars, comment));
  const after = make("div", { class: "after", role: "status" });
  const label = view.say("howWasIt");
  const transcript =
    view.mails &&
    button("quiet", () => view.askAddress("transcript/email", transcript), view.say("transcript/email"));
  const element = make(
    "div",
    { class: "small asked" },
    make("b", {}, label),
    make("div", { class: "thumbs stars", role: "group", "aria-label": label }, marks),
    after,
    transcript,
  );
  element.update = ({ rating }) => {
    given = rating;
    marks.forEach((mark, at) => (mark.ariaPressed = at + 1 === given.stars));
    if (!given.stars || given.comment) after.replaceChildren(given.stars ? view.say("thanks") : "");
    else if (!form.isConnected) {
      after.replaceChildren(form);
      element.scrollIntoView({ block: "nearest" });
    }
  };
  return element;
}

/** A field, its button, and what is wrong if `send` says so. */
export function formOf(view, label, field, name, send, ...more) {
  const wrong = make("p", { class: "tiny refused", role: "alert" });
  const submit = async (happened) => {
    happened.preventDefault();
    const text = field.value.trim();
    const problem = text && (await send(text));
    if (problem) wrong.textContent = problem.message || view.say("tryAgain");
  };
  field.ariaLabel = label;
  const row = make("div", { class: "row" }, make("button", { class: "action strong" }, view.say(name)), more);
  return make("form", { class: "asked", submit }, label, field, wrong, row);
}

export function greeting(view) {
  return said("bot", "", bubble(view.greeting));
}

/** Things to say with one tap; whoever prefers can type them. */
export function buttons(texts, view) {
  return make(
    "div",
    { class: "choices" },
    texts.map((text) => button("choice", () => view.send(text), text)),
  );
}

export function note(text) {
  return make("p", { class: "small note" }, text);
}

export function initials(name) {
  const parts = name.trim().split(/\s+/);
  const taken = parts.length > 1 ? [parts[0], parts.at(-1)] : parts;
  return taken
    .map(([letter]) => letter)
    .join("")
    .toUpperCase();
}

function said(kind, who, ...parts) {
  return make(
    "div",
    { class: `said ${kind}` },
    who && make("span", { class: "unseen" }, `${who}: `),
    ...parts,
  );
}

function bubble(...parts) {
  return make("div", { class: "bubble", dir: "auto" }, ...parts);
}

function rendered({ html, citations = [] }, view) {
  const cited = (number) => {
    const citation = citations.find((one) => one.number === number);
    return citation ? make("sup", {}, sourceButton(citation, number, view)) : "";
  };
  return make("div", { class: "text" }, nodesOf(html, cited));
}

// Parts of an own message

function fate(message, latest, view) {
  const { position, stuck, why } = message;
  if (position) return latest && make("p", { class: "tiny" }, view.say("sent"));
  if (!stuck) return make("p", { class: "tiny" }, view.say("sending"));
  const [name, click] =
    stuck === "refused" ? ["edit", () => view.edit(message)] : [stuck, () => view.retry(message)];
  return make(
    "p",
    { class: `tiny ${stuck}`, role: "alert" },
    why && `${why} `,
    button("quiet", click, view.say(name)),
  );
}

// Parts of an outcome

/** Opens the quoted words; as a citation's mark it is a small number. */
function sourceButton(citation, text, view) {
  const made = button("quiet", () => view.openSource(citation, made), text);
  made.ariaLabel = view.say("source", { n: citation.number, title: citation.title });
  return made;
}

function cardOf(card, view) {
  const words = { form: "openForm", phone: "call", email: "mail" }[card.kind] ?? "openPage";
  return make(
    "div",
    { class: "card" },
    icon(card.kind),
    make(
      "div",
      {},
      make("b", {}, card.title),
      make("div", { class: "small text" }, nodesOf(card.html)),
      hoursOf(card),
    ),
    card.href ? link(card.href, "action", view.say(words, card)) : personButton(view),
  );
}

function hoursOf({ hours_text: text, open_now: open }) {
  return text && make("p", { class: `small hours ${open ? "open" : ""}` }, text);
}

/** The thread hides it while a person has been called already. */
function personButton(view) {
  return button("action ask", () => view.askPerson(), icon("person"), view.say("ask"));
}

/** Gives a function that shows the customer's judgement. A comment under way stays as it is. */
function addThumbs(element, { position }, view) {
  let asking = false;
  let useful;
  const after = make("div", { class: "small after", role: "status" });
  const form = commentForm(view, "missing", (comment) => judge(false, comment), personButton(view));
  const draw = () => {
    up.ariaPressed = useful === true;
    down.ariaPressed = useful === false;
    if (!asking) after.replaceChildren(useful === undefined ? "" : view.say("thanks"));
    else if (!form.isConnected) after.replaceChildren(form);
  };
  const judge = (is, comment) => {
    asking = !is && !comment;
    useful = is;
    draw();
    if (asking) form.querySelector("textarea").focus();
    view.judge(position, is, comment);
  };
  const up = iconButton("plain", "up", view.say("useful"), () => judge(true));
  const down = iconButton("plain", "down", view.say("notUseful"), () => judge(false));
  element.append(make("div", { class: "thumbs" }, up, down), after);
  return (given) => {
    useful = given ?? useful;
    draw();
  };
}

/** "What was missing?" */
function commentForm(view, name, send, ...more) {
  const field = make("textarea", { rows: 2, maxlength: view.limits.comment_characters });
  return formOf(view, view.say(name), field, "missingSend", send, ...more);
}
