/**
 * The same conversation in several tabs.
 *
 * One tab reads the stream and tells the others: browsers open only six connections to a host over HTTP/1.1,
 * so that a stream for each tab would leave none for the shop. The tab in front of the customer takes the
 * reading over, since browsers slow down those behind. Where there are no Web Locks (pages without https),
 * each tab reads for itself.
 */
export class Tabs {
  #name;
  #channel;
  #queues = new Map();

  constructor(name, hear) {
    this.#name = name;
    this.#channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
    if (this.#channel) this.#channel.onmessage = ({ data }) => hear(data);
  }

  tell(message) {
    this.#channel?.postMessage(message);
  }

  close() {
    this.#channel?.close();
  }

  /** Does `work` while no other tab does work of that name. */
  alone(what, work) {
    if (navigator.locks) return navigator.locks.request(`${this.#name} ${what}`, work);
    const before = this.#queues.get(what) ?? Promise.resolve();
    const after = before.catch(() => {}).then(work);
    this.#queues.set(what, after);
    return after;
  }

  /** Runs `work(signal)` whenever it is this tab's turn to read. Gives a function that ends it. */
  read(work) {
    if (!navigator.locks) {
      const only = new AbortController();
      work(only.signal);
      return () => only.abort();
    }
    return new Turn(`${this.#name} stream`, work).end;
  }
}

class Turn {
  #name;
  #work;
  #mine = null;
  #reading = false;

  constructor(name, work) {
    this.#name = name;
    this.#work = work;
    document.addEventListener("visibilitychange", this.#shown);
    this.#ask(!document.hidden);
  }

  end = () => {
    document.removeEventListener("visibilitychange", this.#shown);
    this.#mine?.abort();
    this.#mine = null;
  };

  #shown = () => {
    if (!document.hidden && !this.#reading) this.#ask(true);
  };

  async #ask(steal) {
    this.#mine?.abort();
    const mine = (this.#mine = new AbortController());
    const how = steal ? { steal } : { signal: mine.signal };
    try {
      await navigator.locks.request(this.#name, how, async () => {
        this.#reading = !mine.signal.aborted;
        if (this.#reading) await this.#work(mine.signal);
      });
      this.#reading = false;
    } catch (error) {
      if (error.name !== "AbortError") throw error;
      // Another tab is in front now: wait behind it.
      mine.abort();
      if (this.#mine !== mine) return;
      this.#reading = false;
      this.#ask(false);
    }
  }
}
