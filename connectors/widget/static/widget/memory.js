/** What the browser keeps for us: for all tabs, or for this one. Where it may not, this page remembers. */
export class Memory {
  #prefix;
  #otherwise = new Map();

  constructor(prefix) {
    this.#prefix = prefix;
  }

  get(name, storage = "localStorage") {
    try {
      return JSON.parse(window[storage].getItem(this.#prefix + name));
    } catch {
      return this.#otherwise.get(name) ?? null;
    }
  }

  /** null forgets. */
  set(name, value, storage = "localStorage") {
    this.#otherwise.set(name, value);
    try {
      if (value === null) window[storage].removeItem(this.#prefix + name);
      else window[storage].setItem(this.#prefix + name, JSON.stringify(value));
    } catch {
      // Full, or forbidden by the browser's settings: see #otherwise.
    }
  }
}
