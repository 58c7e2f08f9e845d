/** What the browser keeps for us: for all tabs, or for this one. Where it may not, this page remembers. */
export class Memory {
  #prefix;
  #otherwise = {};

  constructor(prefix) {
    this.#prefix = prefix;
  }

  get(name, storage = "localStorage") {
    return JSON.parse(this.#in(storage)[this.#prefix + name] ?? null);
  }

  /** Values of all names that begin so, in the order of their names. */
  all(beginning) {
    const stored = this.#in("localStorage");
    const names = Object.keys(stored).filter((name) => name.startsWith(this.#prefix + beginning));
    return names.sort().map((name) => JSON.parse(stored[name]));
  }

  /** null forgets. */
  set(name, value, storage = "localStorage") {
    const stored = this.#in(storage);
    try {
      if (value === null) delete stored[this.#prefix + name];
      else stored[this.#prefix + name] = JSON.stringify(value);
    } catch {
      // Full: what does not fit is not kept.
    }
  }

  #in(storage) {
    try {
      return window[storage];
    } catch {
      // The browser's settings forbid it.
      return this.#otherwise;
    }
  }
}
