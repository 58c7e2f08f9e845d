/** What opens: who answers, the messages, where one writes. */
import { nodesOf } from "./html.js";
import { button, icon, iconButton, link, make } from "./make.js";
import { formOf, initials } from "./said.js";
import { Thread } from "./thread.js";

const NEAR_THE_END = 48;
const FAR_FROM_THE_END = 160;
const PHONE = matchMedia("(max-width: 480px), (max-height: 400px)");

export class Panel {
  #conversation;
  #config;
  #memory;
  #speech;
  #closed;
  #thread = new Thread(this);
  #parts = {};
  #sheet = null;
  #atEnd = true;
  #read = 0;
  #holds = false;
  #overflow = "";
  #sizes = new ResizeObserver(() => this.#keepEnd());

  /** `closed()` is called when the customer closes it. */
  constructor({ conversation, config, memory, speech, closed }) {
    this.#conversation = conversation;
    this.#config = config;
    this.#memory = memory;
    this.#closed = closed;
    this.element = make("dialog", {
      class: "panel",
      keydown: (event) => event.key === "Escape" && !event.isComposing && this.#back(event),
      // Where the system has a gesture for "back".
      cancel: (event) => this.#back(event),
    });
    this.speak(speech);
  }

  // What the messages need to know and to do

  get mayAskPerson() {
    return (
      ["bot", "nobody"].includes(this.#conversation.holder.held) && !this.#conversation.pending("escalate")
    );
  }

  get greeting() {
    return this.#speech.of(this.#config.greeting) ?? this.say("greeting");
  }

  get suggestions() {
    return this.#speech.of(this.#config.suggestions) ?? [];
  }

  /** Whether what was said can be sent by mail. An address for the answer serves colleagues anyway. */
  get mails() {
    return this.#config.mail;
  }

  get limits() {
    return this.#config.limits;
  }

  say(name, places) {
    return this.#speech.say(name, places);
  }

  time(moment) {
    return this.#speech.time(moment);
  }

  /** Without the consent that the site asks for, the text waits in the composer. */
  send(text) {
    if (this.#needsConsent) return this.#askConsent(text);
    this.#atEnd = true;
    return this.#conversation.send(text);
  }

  askPerson() {
    if (this.#needsConsent) return this.#askConsent();
    return this.act("escalate");
  }

  /** What the button did not survive. */
  act(path) {
    this.#atEnd = true;
    this.focus();
    return this.#conversation.act(path);
  }

  judge(position, useful, comment) {
    this.#conversation.judge(position, useful, comment);
  }

  rate(stars, comment) {
    this.#conversation.rate(stars, comment);
  }

  retry(message) {
    this.#conversation.retry(message.client_id);
    this.focus();
  }

  /** Back into the composer, before what is being written there. */
  edit(message) {
    const text = this.#conversation.withdraw(message.client_id);
    this.#write(text, this.#parts.field.value);
    this.focus();
  }

  // Open and closed

  get isOpen() {
    return this.element.open;
  }

  open() {
    this.#show();
    this.#listen("addEventListener");
    this.#toEnd();
  }

  close() {
    this.#closeSheet();
    this.#listen("removeEventListener");
    this.element.close();
    this.#holdPage(false);
  }

  focus() {
    this.#parts.field.focus({ preventScroll: true });
  }

  /** Beside the page, or on a phone over it. */
  #show() {
    const { matches } = PHONE;
    if (matches) this.element.showModal();
    // `show()` would take the focus from the page, also when it is only open again after a reload.
    else this.element.open = true;
    this.element.ariaModal = matches;
    this.#holdPage(matches);
    this.#fit();
  }

  /** The page behind a phone's panel does not scroll. */
  #holdPage(held) {
    const { style } = document.documentElement;
    if (held === this.#holds) return;
    this.#holds = held;
    if (held) this.#overflow = style.overflow;
    style.overflow = held ? "hidden" : this.#overflow;
  }

  #listen(how) {
    PHONE[how]("change", this.#turned);
    visualViewport[how]("resize", this.#fit);
    visualViewport[how]("scroll", this.#fit);
  }

  #turned = () => {
    const focused = this.element.getRootNode().activeElement;
    this.element.close();
    this.#show();
    focused?.focus();
  };

  /** Above the keyboard of a phone, which covers the page without making it smaller. */
  #fit = () => {
    this.element.style.setProperty("--height", `${visualViewport.height}px`);
    this.element.style.setProperty("--top", `${visualViewport.offsetTop}px`);
  };

  /** Closes what lies on top. */
  #back(event) {
    event.preventDefault();
    event.stopPropagation();
    if (this.#sheet) this.#closeSheet();
    else if (!this.#parts.menu.hidden) this.#toggleMenu();
    else this.#closed();
  }

  // Drawing

  /** All of it, in these words. What is being typed stays. */
  speak(speech) {
    this.#speech = speech;
    this.#closeSheet();
    const typed = this.#parts.field?.value ?? this.#memory.get("draft") ?? "";
    this.element.ariaLabel = this.say("panel", this.#config);
    this.element.replaceChildren(this.#main());
    this.#write(typed);
    this.draw();
  }

  draw() {
    const news = this.#thread.show(this.#conversation);
    this.#drawHeader();
    this.#drawBanner();
    this.#drawFoot();
    if (news) this.#keepEnd();
  }

  announce(text) {
    this.#parts.live.replaceChildren(make("p", {}, text));
  }

  #main() {
    const parts = this.#parts;
    parts.banner = make("div", { class: "small row banner", role: "status" });
    parts.live = make("div", { class: "unseen", "aria-live": "polite" });
    parts.latest = button("plain to-end", () => this.#toEnd(true));
    parts.main = make(
      "div",
      { class: "main" },
      this.#header(),
      parts.banner,
      this.#middle(),
      this.#composer(),
      parts.live,
    );
    return parts.main;
  }

  #middle() {
    const { element } = (this.#thread = new Thread(this));
    element.ariaLabel = this.say("history");
    element.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#sizes.disconnect();
    this.#sizes.observe(element);
    return make("div", { class: "middle" }, element, this.#parts.latest);
  }

  #header() {
    const parts = this.#parts;
    parts.avatar = make("span", { class: "avatar", "aria-hidden": "true" });
    parts.status = make("p", { class: "small", role: "status" });
    parts.options = iconButton("plain", "more", this.say("options"), () => this.#toggleMenu());
    parts.menu = this.#menu();
    const who = make("div", { class: "who" }, make("h2", {}, this.#config.company), parts.status);
    const close = iconButton("plain", "close", this.say("hide"), () => this.#closed());
    return make("div", { class: "header" }, parts.avatar, who, parts.options, close, parts.menu);
  }

  #composer() {
    const parts = this.#parts;
    parts.field = make("textarea", {
      rows: 1,
      "aria-label": this.say("write"),
      placeholder: this.say("write"),
      enterkeyhint: "send",
      dir: "auto",
      input: () => {
        this.#typed();
        this.#conversation.typing();
      },
      keydown: (event) =>
        event.key === "Enter" && !event.shiftKey && !event.isComposing && this.#submit(event),
    });
    parts.send = iconButton("send", "send", this.say("send"), (event) => this.#submit(event));
    parts.tooLong = make("p", { class: "tiny refused", role: "status" });
    parts.ask = button("quiet", () => this.askPerson(), icon("person"), this.say("ask"));
    parts.aside = make("p", { class: "tiny" });
    parts.consent = this.#consent();
    const box = make("div", { class: "box" }, parts.field, parts.send);
    return make(
      "div",
      { class: "composer" },
      parts.consent,
      parts.tooLong,
      box,
      make("div", { class: "small row" }, parts.ask, parts.aside),
    );
  }

  /** Who answers now. The bot never passes for a person. */
  #drawHeader() {
    const { held, person, wait } = this.#conversation.holder;
    const { status, avatar, menu } = this.#parts;
    const said = wait?.text ?? this.say(held, { name: person });
    if (status.textContent !== said) status.textContent = said;
    avatar.replaceChildren(
      held === "person" ? initials(person) : icon(held === "waiting" ? "person" : "chat"),
    );
    menu.querySelectorAll("button").forEach((item) => (item.disabled = !this.#conversation.begun));
  }

  #drawBanner() {
    const { banner } = this.#parts;
    const lost = !navigator.onLine || this.#conversation.link === "lost";
    if (lost === banner.hasChildNodes()) return;
    const again = button("quiet", () => this.#conversation.hurry(), this.say("retryNow"));
    banner.replaceChildren(...(lost ? [make("p", {}, this.say("lost")), again] : []));
  }

  #drawFoot() {
    const { ask, aside, consent } = this.#parts;
    ask.hidden = !this.mayAskPerson;
    consent.hidden = !this.#needsConsent;
    const { held } = this.#conversation.holder;
    if (this.#conversation.pending("escalate")) aside.textContent = this.say("calling");
    else aside.textContent = ["waiting", "person"].includes(held) ? "" : this.#hint;
  }

  /** How the keys work, once; then when people are there. */
  get #hint() {
    const known = this.#memory.get("wrote") || matchMedia("(pointer: coarse)").matches;
    return known ? (this.#speech.of(this.#config.hours.text) ?? "") : this.say("keys");
  }

  // Writing

  #write(...texts) {
    this.#parts.field.value = texts.filter(Boolean).join("\n");
    this.#typed();
  }

  #typed() {
    const { field, send, tooLong } = this.#parts;
    this.#memory.set("draft", field.value || null);
    const over = [...field.value].length - this.limits.message_characters;
    tooLong.textContent = over > 0 ? this.say("tooLong", { n: over }) : "";
    send.disabled = over > 0 || !field.value.trim();
    // Where the style sheet cannot let a field grow with its text.
    if (!CSS.supports("field-sizing", "content")) field.rows = Math.min(5, field.value.split("\n").length);
  }

  #submit(event) {
    event.preventDefault();
    const { field, send } = this.#parts;
    if (send.disabled) return;
    const text = field.value.trim();
    this.#memory.set("wrote", true);
    this.#write("");
    this.focus();
    this.send(text);
  }

  // Consent

  get #needsConsent() {
    return this.#config.consent && !this.#memory.get("consent");
  }

  #consent() {
    const agree = () => {
      this.#memory.set("consent", true);
      this.draw();
      this.focus();
    };
    return make(
      "div",
      { class: "small consent" },
      make("p", {}, this.#speech.of(this.#config.consent), " ", this.#privacy()),
      button("action", agree, this.say("agree")),
    );
  }

  #privacy() {
    return this.#config.privacy_url && link(this.#config.privacy_url, "", this.say("privacy"));
  }

  #askConsent(text) {
    this.#write(this.#parts.field.value, text);
    this.announce(this.say("agreeFirst"));
    this.#parts.consent.classList.add("wanted");
    this.#parts.consent.querySelector("button").focus();
  }

  // The menu

  #menu() {
    const item = (name, does) => {
      const click = () => {
        this.#toggleMenu();
        does();
      };
      return button("", click, this.say(name));
    };
    const leave = ({ relatedTarget: to }) =>
      !menu.contains(to) && to !== this.#parts.options && this.#hideMenu();
    const items = [
      item("download", () => this.#download()),
      this.mails && item("transcript/email", () => this.askAddress("transcript/email", this.#parts.options)),
      item("startOver", () => this.#confirm()),
      this.#privacy(),
    ];
    const menu = make("div", { class: "menu", hidden: true, focusout: leave }, items);
    return menu;
  }

  #toggleMenu() {
    const { menu, options } = this.#parts;
    if (!menu.hidden) {
      this.#hideMenu();
      return options.focus();
    }
    menu.hidden = false;
    options.ariaExpanded = true;
    menu.querySelector("a, button:enabled")?.focus();
  }

  #hideMenu() {
    this.#parts.menu.hidden = true;
    this.#parts.options.ariaExpanded = false;
  }

  async #download() {
    try {
      const href = URL.createObjectURL(await this.#conversation.transcript());
      make("a", { href, download: this.say("fileName") }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    } catch {
      this.#conversation.note("tryAgain");
    }
  }

  #confirm() {
    const yes = () => {
      this.#closeSheet();
      this.#conversation.startOver();
      this.focus();
    };
    const row = make(
      "div",
      { class: "row" },
      button("action", () => this.#closeSheet(), this.say("cancel")),
      button("action strong", yes, this.say("startOver")),
    );
    this.#openSheet(this.#parts.options, "alertdialog", this.say("startOverAsk"), [
      make("p", {}, this.say("startOverMore")),
      row,
    ]);
  }

  // What lies over the messages for a while

  /** For the answer ("contact") or for what was said ("transcript/email"). */
  askAddress(path, opener) {
    const field = make("input", { type: "email", required: true, autocomplete: "email" });
    const send = async (email) => {
      const problem = await this.#conversation.leaveAddress(path, email);
      if (problem) return problem;
      this.#closeSheet();
      this.focus();
      if (path !== "contact") this.#conversation.note("mailed");
    };
    const form = formOf(this, this.say("address"), field, "sendThere", send);
    this.#openSheet(opener, "dialog", this.say(path), [form]);
    field.focus();
  }

  /** The quoted words, marked where they stand in their article. */
  openSource({ title, heading, quote_html: quote, before, after, url, updated }, opener) {
    const marked = make("div", { class: "mark text" }, nodesOf(quote));
    const passage = make(
      "div",
      { class: "passage text", dir: "auto", tabindex: 0 },
      make("p", {}, before),
      marked,
      make("p", {}, after),
    );
    const date =
      updated && make("span", { class: "small" }, this.say("updated", { date: this.#speech.day(updated) }));
    const page = url && link(url, "action", this.say("openPage"), icon("out"));
    this.#openSheet(opener, "dialog", title, [
      make("p", { class: "small" }, heading.join(" › ")),
      passage,
      make("div", { class: "row" }, date, page),
    ]);
    marked.scrollIntoView({ block: "nearest" });
  }

  #openSheet(opener, role, title, parts) {
    this.#closeSheet();
    const close = iconButton("plain", "close", this.say("back"), () => this.#closeSheet());
    const head = make("div", { class: "header" }, make("h2", { dir: "auto" }, title), close);
    const element = make(
      "div",
      { class: "sheet", role, "aria-modal": "true", "aria-label": title, tabindex: -1 },
      head,
      parts,
    );
    this.#sheet = { element, opener };
    this.#parts.main.inert = true;
    this.element.append(element);
    element.focus({ preventScroll: true });
  }

  #closeSheet() {
    if (!this.#sheet) return;
    this.#sheet.element.remove();
    this.#parts.main.inert = false;
    this.#sheet.opener.focus();
    this.#sheet = null;
  }

  // Scrolling

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#thread.element;
    const below = scrollHeight - scrollTop - clientHeight;
    this.#atEnd = below < NEAR_THE_END;
    this.#parts.latest.hidden = below < FAR_FROM_THE_END;
    if (this.#atEnd) this.#read = this.#conversation.last;
    this.#drawLatest(this.#conversation.saidSince(this.#read));
  }

  /** How much came while older messages were being read. */
  #drawLatest(n) {
    const { latest } = this.#parts;
    const label = this.say(n ? "latestNew" : "latest", { n });
    if (latest.title === label) return;
    latest.ariaLabel = latest.title = label;
    latest.replaceChildren(icon("latest"), n ? make("span", { class: "badge" }, n) : "");
  }

  #keepEnd() {
    if (this.#atEnd) this.#toEnd();
    this.#scrolled();
  }

  /** An answer that is longer than the panel is shown from its beginning. */
  #toEnd(really = false) {
    const { element } = this.#thread;
    const last = [...element.querySelectorAll(".said")].at(-1);
    this.#read = this.#conversation.last;
    element.scrollTop = really ? element.scrollHeight : Math.min(element.scrollHeight, last.offsetTop - 12);
  }
}
