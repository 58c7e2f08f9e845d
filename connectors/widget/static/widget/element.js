/** `<comptoir-widget>`: the launcher in the corner of a page, and what is behind it. */
import { Api } from "./api.js";
import { Conversation } from "./conversation.js";
import { textOf } from "./html.js";
import { icon, make } from "./make.js";
import { Memory } from "./memory.js";
import { Panel } from "./panel.js";
import { paletteOf, sheetOf, STYLES } from "./styles.js";
import { Tabs } from "./tabs.js";
import { chosen, Speech, WORDS } from "./words.js";

export class ComptoirWidget extends HTMLElement {
  /** The address that this file came from, and that the API is at. */
  static home;
  static observedAttributes = ["language"];

  #config = null;
  #file = null;
  #speech = new Speech("en");
  #conversation;
  #memory;
  #tabs;
  #panel;
  #root;
  #launcher;
  #live;
  #drawing = false;
  #leaving;
  #opener;
  #unread = 0;

  connectedCallback() {
    this.#leaving = new AbortController();
    this.#start(this.#leaving.signal);
  }

  disconnectedCallback() {
    this.#leaving.abort();
    if (!this.ready) return;
    if (this.#panel.isOpen) this.#panel.close();
    this.#conversation.leave();
    this.#tabs.close();
    this.#root.remove();
    this.#config = null;
  }

  attributeChangedCallback() {
    this.#speak();
  }

  // What a page may ask for, once it is ready

  get ready() {
    return this.#config !== null;
  }

  open() {
    if (this.#panel.isOpen) return;
    const { activeElement: focused, body } = document;
    this.#opener = this.shadowRoot.activeElement ?? (focused === body ? null : focused);
    this.#show();
    this.#panel.focus();
  }

  close() {
    if (!this.#panel.isOpen) return;
    this.#panel.close();
    this.#memory.set("open", null, "sessionStorage");
    this.#draw();
    (this.#opener?.isConnected ? this.#opener : this.#launcher).focus();
    this.#tellPage("close");
  }

  ask(text) {
    this.open();
    this.#panel.send(text);
  }

  identify(identity) {
    return this.#conversation.identify(identity);
  }

  // Beginning

  async #start(signal) {
    const site = this.getAttribute("site") ?? "default";
    const api = new Api(this.getAttribute("server") ?? ComptoirWidget.home, () => this.#speech.language);
    const [config, file] = await Promise.all([this.#configOf(api, site, signal), this.#wordsFile()]);
    if (!config || signal.aborted) return;
    this.#file = file;
    this.#speech = this.#speechFor(config);
    this.#memory = new Memory(`comptoir ${site} `);
    const cameBack = await this.#cameBack(api);
    if (signal.aborted) return;
    this.#tabs = new Tabs(`comptoir ${site}`, (message) => this.#conversation.overhear(message));
    this.#conversation = new Conversation({
      api,
      memory: this.#memory,
      tabs: this.#tabs,
      asked: () => ({ site, page: location.href, language: this.#speech.language.slice(0, 2) }),
      changed: () => this.#changed(),
      happened: (name, detail) => this.#happened(name, detail),
    });
    this.#conversation.identity = this.getAttribute("identity");
    this.#config = config;
    this.#build();
    this.#listen(signal);
    this.#tellPage("ready");
    this.#conversation.hurry();
    if (cameBack) this.open();
  }

  /** The link in a mail brings its conversation along, behind the # that no server sees. It takes the place of
   * the one in this browser if it can be opened: anybody can make up a link. */
  async #cameBack(api) {
    const [, id, token] = location.hash.match(/^#comptoir=([\w-]+)\.([\w.-]+)$/) ?? [];
    const works = id && (await api.download(`conversations/${id}/transcript`, token).catch(() => null));
    if (!works) return false;
    history.replaceState(history.state, "", location.pathname + location.search);
    if (this.#memory.get("conversation")?.id !== id) this.#memory.set("seen", null);
    this.#memory.set("conversation", { id, token });
    return true;
  }

  /** Asks again until it is there; null where asking is in vain. */
  async #configOf(api, site, signal) {
    for (let wait = 2000; !signal.aborted; wait = Math.min(60_000, wait * 2)) {
      try {
        return await api.get(`sites/${site}`);
      } catch (problem) {
        if (problem.final)
          return console.error(`Comptoir: no widget for the site "${site}" here. ${problem.message}`);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Another language, from a file of the company's: docs/widget.md. */
  async #wordsFile() {
    const address = this.getAttribute("words");
    try {
      return address && (await (await fetch(address)).json());
    } catch {
      console.error(`Comptoir: ${address} holds no words that can be read.`);
    }
  }

  #speechFor({ languages }) {
    const { language: added, words } = this.#file ?? {};
    const spoken = [...languages.filter((one) => WORDS[one]), added].filter(Boolean);
    const wished = [this.getAttribute("language"), document.documentElement.lang, ...navigator.languages];
    const language = chosen(wished, spoken) ?? "en";
    return new Speech(language, language === added ? words : WORDS[language]);
  }

  #build() {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheetOf(STYLES), sheetOf(paletteOf(this.#config.palette))];
    this.#panel = new Panel({
      conversation: this.#conversation,
      config: this.#config,
      memory: this.#memory,
      speech: this.#speech,
      closed: () => this.close(),
    });
    this.#launcher = make("button", {
      type: "button",
      class: "launcher",
      "aria-haspopup": "dialog",
      click: () => this.open(),
    });
    this.#live = make("div", { class: "unseen", "aria-live": "polite" });
    this.#root = make(
      "div",
      { class: `root ${this.#config.position}`, role: "region" },
      this.#launcher,
      this.#live,
      this.#panel.element,
    );
    shadow.append(this.#root);
    this.#speakRoot();
    // Not over a whole phone: the customer has just gone to this page.
    if (this.#memory.get("open", "sessionStorage") && innerWidth > 480) this.#show();
    this.#draw();
  }

  #listen(signal) {
    const on = (target, name, does) => target.addEventListener(name, does, { signal });
    on(window, "online", () => this.#conversation.hurry());
    on(window, "offline", () => this.#changed());
    on(window, "storage", () => this.#conversation.recall());
    on(document, "visibilitychange", () => this.#changed());
    // A page with an open stream could not be kept for the "back" button.
    on(window, "pagehide", () => this.#conversation.leave());
    on(window, "pageshow", () => this.#changed());
    const page = new MutationObserver(() => this.#speak());
    page.observe(document.documentElement, { attributeFilter: ["lang"] });
    on(signal, "abort", () => page.disconnect());
  }

  // Drawing

  /** Once for all changes that come together. */
  #changed() {
    if (this.#drawing) return;
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.ready) this.#draw();
    });
  }

  #draw() {
    const { isOpen } = this.#panel;
    if (isOpen || this.#conversation.lively) this.#conversation.follow();
    if (isOpen && !document.hidden) this.#conversation.seen();
    this.#panel.draw();
    this.#launcher.hidden = isOpen || this.getAttribute("launcher") === "none";
    this.#launcher.ariaExpanded = isOpen;
    const { unread } = this.#conversation;
    if (unread === this.#unread && this.#launcher.ariaLabel) return;
    this.#unread = unread;
    this.#launcher.ariaLabel = this.#speech.say(unread ? "launcherUnread" : "launcher", { n: unread });
    this.#launcher.replaceChildren(
      icon("chat"),
      ...(unread ? [make("span", { class: "badge" }, unread)] : []),
    );
    this.#tellPage("unread", { count: unread });
  }

  #speak() {
    if (!this.ready) return;
    const speech = this.#speechFor(this.#config);
    if (speech.language === this.#speech.language) return;
    this.#speech = speech;
    // Read anew: the place in the queue is told in the language around it.
    this.#conversation.leave();
    this.#speakRoot();
    this.#panel.speak(speech);
    this.#draw();
  }

  #speakRoot() {
    this.#root.lang = this.#speech.language;
    this.#root.dir = this.#speech.direction;
    this.#root.ariaLabel = this.#speech.say("panel", this.#config);
    this.#launcher.ariaLabel = null;
  }

  #show() {
    this.#panel.open();
    this.#memory.set("open", true, "sessionStorage");
    this.#draw();
    this.#tellPage("open");
  }

  // Telling

  /** News from the conversation: to the page, and once, when it is complete, to a screen reader. */
  #happened(name, detail) {
    this.#tellPage(["route", "clarify", "performed", "small_talk"].includes(name) ? "answer" : name, detail);
    const amended = detail.reply && this.#speech.say(name);
    if (!detail.html && !amended) return;
    const who = detail.name ?? this.#speech.say("assistant");
    const text = [who, amended, textOf(detail.html ?? "")].filter(Boolean).join(": ");
    if (this.#panel.isOpen) this.#panel.announce(text);
    else this.#live.replaceChildren(make("p", {}, text));
  }

  #tellPage(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`comptoir-${name}`, { detail, bubbles: true }));
  }
}
