/**
 * What is known of the conversation, and what is still to be told to the server. Nothing here is drawn.
 *
 * The server's log is the truth: this is a copy of it that survives reloads, with the position up to which
 * the stream was read. What the customer does goes through an outbox that is kept too, under ids that make
 * sending it twice harmless.
 */
import { Problem } from "./api.js";

const HOUR = 3_600_000;
const KEPT_EVENTS = 500;
const SPOKEN = ["answer", "route", "clarify", "performed", "small_talk", "escalation", "reply"];
const AT_FIRST = {
  /** Position → event. */
  events: new Map(),
  /** Up to which position the stream was read. */
  cursor: 0,
  /** "bot", "waiting" (with the place in the queue), "person" (who has a name) or "nobody". */
  holder: { held: "bot", person: null },
  composing: false,
  draft: null,
  /** The person who is writing. */
  typist: null,
  /** "idle", "connecting", "open" or "lost". */
  link: "idle",
  /** The history is told: what comes now is news. */
  told: false,
};

export class Conversation {
  #api;
  #memory;
  #tabs;
  #asked;
  #changed;
  #happened;
  #self = null;
  #stopReading = null;
  #pauses = new Set();
  #alarm;
  #typedAt = 0;

  /** `asked()` gives the site and the language to open a conversation with. `changed()` is called after each
   * change, `happened(name, detail)` for what pages may listen to. */
  constructor({ api, memory, tabs, asked, changed, happened }) {
    this.#api = api;
    this.#memory = memory;
    this.#tabs = tabs;
    this.#asked = asked;
    this.#changed = changed;
    this.#happened = happened;
    /** A word for what the customer should know: "expired", "busy", … */
    this.notice = null;
    this.#reset();
    this.recall();
  }

  get begun() {
    return this.#self !== null;
  }

  /** Its history is on the way and there is nothing to show yet. */
  get loading() {
    return this.begun && !this.events.size && !this.outbox.length && this.link !== "lost";
  }

  get inOrder() {
    return [...this.events.values()].sort((a, b) => a.position - b.position);
  }

  get unread() {
    return this.saidSince(this.#memory.get("seen") ?? 0);
  }

  /** How many messages of others came after a position. */
  saidSince(seen) {
    return this.inOrder.filter(({ type, position }) => SPOKEN.includes(type) && position > seen).length;
  }

  get last() {
    return Math.max(0, ...this.events.keys());
  }

  /** Somebody is writing, or the bot owes an answer, as far as this side knows. */
  get answering() {
    const last = this.inOrder.findLast(({ type }) => type === "message" || SPOKEN.includes(type));
    const owed = last?.type === "message" && this.holder.held === "bot" && this.link === "open";
    return this.composing || this.typist || owed;
  }

  /** Worth a stream while nobody looks: somebody may still say something. */
  get lively() {
    const age = Date.now() - Date.parse(this.inOrder.at(-1)?.at);
    const awaited = ["waiting", "person"].includes(this.holder.held);
    return this.begun && (this.outbox.length > 0 || age < (awaited ? 168 * HOUR : HOUR));
  }

  // What the customer does

  send(text) {
    this.notice = null;
    return this.#put({ path: "messages", body: { client_id: newId(), text } });
  }

  /** "escalate", "return" (to the bot) or "close". */
  act(path) {
    return this.pending(path) || this.#put({ path, body: {} });
  }

  judge(position, useful, comment) {
    return this.#put({ path: "feedback", body: { position, useful, comment } });
  }

  rate(stars, comment) {
    return this.#put({ path: "rating", body: { stars, comment } });
  }

  /** Where "contact", the answer, or "transcript/email" goes. Gives what is wrong with that, if anything. */
  async leaveAddress(path, email) {
    try {
      await this.#tell(path, { email });
    } catch (problem) {
      this.#tellOf(problem);
      return problem;
    }
  }

  /** The customer is writing, which a person gets to see. */
  typing() {
    if (this.holder.held !== "person" || Date.now() - this.#typedAt < 4000) return;
    this.#typedAt = Date.now();
    this.#tell("typing", {}).catch(() => {});
  }

  /** Who signed in, as the company's server vouches for it. */
  async identify(identity) {
    this.identity = identity;
    if (!this.begun) return;
    try {
      await this.#tell("identify", { identity });
    } catch (problem) {
      this.#tellOf(problem);
      // Somebody else uses this browser now, and may not read what the last one wrote.
      if (problem.code === "another_customer") this.#forget();
    }
  }

  startOver() {
    const old = this.#self;
    this.#forget();
    return old && this.#put({ path: "close", body: {}, of: old });
  }

  transcript() {
    return this.#api.download(`conversations/${this.#self.id}/transcript`, this.#self.token);
  }

  retry(clientId) {
    return this.#tryAgain(this.#inOutbox(clientId));
  }

  /** Takes a message back that was not sent. Gives its text. */
  withdraw(clientId) {
    const [message] = this.#inOutbox(clientId);
    this.#drop(message);
    return message.body.text;
  }

  pending(path) {
    return this.outbox.some((item) => item.path === path && !item.stuck);
  }

  /** Marks all as read. */
  seen() {
    const { last } = this;
    if (last > (this.#memory.get("seen") ?? 0)) this.#keep("seen", last);
  }

  note(notice) {
    this.notice = notice;
    this.#changed();
  }

  // The outbox

  /** In the order in which it came about. One name for each, so that two tabs can put at the same time. */
  get outbox() {
    return this.#memory.all("outbox ");
  }

  /** Sends what waits, in order, from one tab at a time. */
  deliver() {
    return this.#tabs.alone("outbox", async () => {
      for (let next; (next = this.outbox.find((item) => !item.stuck));) await this.#deliverOne(next);
    });
  }

  async #deliverOne(item) {
    for (let attempt = 0; ; attempt++) {
      try {
        const given = await this.#tell(item.path, item.body, item.of ?? (await this.#opened()));
        const event = given.event ?? given;
        if (event.position && !item.of) this.#hear(event.type, event);
        this.notice = null;
        return this.#drop(item);
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        const verdict = this.#verdictOn(problem, item, attempt);
        if (verdict === "drop") return this.#drop(item);
        if (verdict !== "again") return this.#keep(item.name, { ...item, ...verdict });
        await this.#pause((problem.retryAfter || 2 ** attempt) * 1000);
      }
    }
  }

  /** What becomes of an item that could not be delivered: "again", "drop", or how it is marked. */
  #verdictOn(problem, item, attempt) {
    const { code, status, message, retryAfter } = problem;
    if (problem.expired && !item.of && attempt < 3) {
      this.#forget("expired");
      // What was said of the conversation that is gone goes with it; a message goes into the next one.
      return ["messages", "escalate"].includes(item.path) ? "again" : "drop";
    }
    const mistaken = code.startsWith("identity_") && this.identity;
    // Before the page is told, which may have another one at hand.
    if (mistaken) this.identity = null;
    this.#tellOf(problem);
    if (mistaken) return "again";
    if (problem.final) return item.path === "messages" ? { stuck: "refused", why: message } : "drop";
    if (status === 429) this.note("busy");
    if (!status && (!navigator.onLine || this.link === "lost")) return { stuck: "offline" };
    return attempt < (retryAfter ? 5 : 2) ? "again" : { stuck: "failed" };
  }

  #put(item) {
    const name = `outbox ${Date.now()} ${count++} ${newId()}`;
    this.#keep(name, { name, ...item });
    return this.deliver();
  }

  #drop({ name }) {
    this.#keep(name, null);
  }

  #tryAgain(items) {
    items.forEach((item) => this.#keep(item.name, { ...item, stuck: null }));
    return this.deliver();
  }

  #inOutbox(clientId) {
    return this.outbox.filter(({ body }) => body.client_id === clientId);
  }

  #tell(path, body, { id, token } = this.#self) {
    return this.#api.post(`conversations/${id}/${path}`, token, body);
  }

  #tellOf({ status, code, message }) {
    this.#happened("error", { status, code, message });
  }

  // Which conversation it is

  /** Its id and token; opens one if there is none, in one tab only. */
  #opened() {
    return this.#tabs.alone("opening", async () => {
      this.recall();
      if (this.#self) return this.#self;
      const asked = { ...this.#asked(), ...(this.identity && { identity: this.identity }) };
      this.#self = await this.#api.post("conversations", null, asked);
      this.told = true;
      this.#keep("conversation", this.#self);
      this.follow();
      return this.#self;
    });
  }

  /** Takes over what this or another tab has kept. */
  recall() {
    this.#changed();
    const kept = this.#memory.get("conversation");
    if (kept?.id === this.#self?.id) return;
    this.#reset();
    this.#self = kept;
    const copy = this.#memory.get("copy");
    if (!kept || copy?.of !== kept.id) return;
    this.events = new Map(copy.events.map((event) => [event.position, event]));
    this.cursor = copy.cursor;
    this.holder = copy.holder;
  }

  #remember() {
    const { cursor, holder } = this;
    this.#memory.set("copy", {
      of: this.#self?.id,
      cursor,
      holder,
      events: this.inOrder.slice(-KEPT_EVENTS),
    });
  }

  #forget(notice = null) {
    for (const name of ["conversation", "copy", "seen"]) this.#memory.set(name, null);
    this.#reset();
    this.#self = null;
    this.note(notice);
  }

  #reset() {
    this.leave();
    Object.assign(this, AT_FIRST, { events: new Map() });
  }

  #keep(name, value) {
    this.#memory.set(name, value);
    this.#changed();
  }

  // What the server says

  /** Reads the stream from now on. */
  follow() {
    if (!this.begun || this.#stopReading) return;
    this.link = "connecting";
    this.#stopReading = this.#tabs.read((signal) => this.#read(signal));
  }

  leave() {
    this.#stopReading?.();
    this.#stopReading = null;
  }

  /** The way may be free again: what waits goes out now instead of later. */
  hurry() {
    this.#pauses.forEach((end) => end());
    return this.#tryAgain(this.outbox.filter(({ stuck }) => stuck && stuck !== "refused"));
  }

  async #read(signal) {
    for (let failures = 0; !signal.aborted;) {
      const { id, token } = this.#self;
      let wait = 0;
      let connected = false;
      this.told ||= this.cursor > 0;
      try {
        await this.#api.stream(`conversations/${id}/events`, token, this.cursor, signal, (type, data, at) => {
          if (signal.aborted) return;
          if (!connected) this.#connected(failures);
          connected = true;
          failures = 0;
          this.cursor = Math.max(this.cursor, at);
          if (type === "goodbye") wait = data.retry_ms;
          else this.#hear(type, data);
        });
      } catch (problem) {
        if (signal.aborted) return;
        if (problem.expired) return this.#forget("expired");
        if (!failures++) this.#tellOf(problem);
      }
      if (signal.aborted) return;
      this.#say("link", failures ? "lost" : "connecting");
      await this.#pause(wait || Math.min(30_000, 500 * 2 ** failures) * (0.75 + Math.random() / 2), signal);
    }
  }

  /** A new connection knows of no drafts; the server tells again what is being written. */
  #connected(failures) {
    this.#say("composed");
    this.#say("link", "open");
    if (failures) this.hurry();
  }

  /** An event from the server: for us, for the other tabs, for the page. */
  #hear(type, data) {
    const isNews = this.told && data.position && !this.events.has(data.position);
    this.#say(type, data);
    if (isNews && (type === "message" || data.reply || SPOKEN.includes(type))) this.#happened(type, data);
  }

  #say(type, data) {
    this.#tabs.tell({ type, data, of: this.#self?.id });
    this.#take(type, data);
  }

  /** What another tab says. */
  overhear({ type, data, of }) {
    if (of === this.#self?.id) this.#take(type, data);
  }

  #take(type, data) {
    if (type === "link") this.link = data;
    else if (type === "state") this.holder = data;
    else if (type === "waiting") this.holder = { ...this.holder, wait: data };
    else if (type === "composing") this.composing = true;
    else if (type === "draft") this.draft = data;
    else if (type === "typing") this.#typing(data.name);
    else if (type === "caught_up") this.told = true;
    else if (data?.reply) this.#amend(type, data);
    else if (data?.position) this.events.set(data.position, data);
    if (type === "composed" || SPOKEN.includes(type)) this.composing = this.draft = this.typist = null;
    if (type === "message") this.#arrived(data);
    if (type === "state" || type === "waiting" || data?.position) this.#remember();
    this.#changed();
  }

  /** A reply was edited or withdrawn: it reads so where it stands. */
  #amend(amended, { reply, html }) {
    const before = this.events.get(reply);
    if (before) this.events.set(reply, { ...before, html, amended });
  }

  /** Nothing says when they stop. */
  #typing(name) {
    clearTimeout(this.#alarm);
    this.typist = name;
    if (name) this.#alarm = setTimeout(() => this.#take("typing", {}), 6000);
  }

  /** It is in the log, though the answer to its sending may have been lost. */
  #arrived({ client_id: id }) {
    this.#inOutbox(id).forEach((item) => this.#drop(item));
  }

  /** Until `milliseconds` are over, the connection is back, or `signal` aborts. */
  #pause(milliseconds, signal) {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#pauses.add(end);
      signal?.addEventListener("abort", end);
    });
  }
}

let count = 100;

/** Also where pages come without https, and `crypto.randomUUID` is missing. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
