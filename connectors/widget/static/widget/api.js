/** The server's door, `/api/v1`. No cookies: a token opens one conversation. */

/** The server, or the way to it, said no. `message` says what to do. */
export class Problem extends Error {
  constructor(status, { code, detail } = {}, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.code = code ?? "unreachable";
    /** Seconds. */
    this.retryAfter = retryAfter;
  }

  /** The token has run out, or the conversation is gone. */
  get expired() {
    return /^(token_|conversation_unknown|not_this_conv)/.test(this.code);
  }

  /** Asking again would change nothing. */
  get final() {
    return this.status >= 400 && this.status < 500 && ![408, 425, 429].includes(this.status);
  }
}

export class Api {
  #base;
  #language;

  /** `language()` is what problems are told in. */
  constructor(base, language) {
    this.#base = new URL("api/v1/", base).href;
    this.#language = language;
  }

  async get(path) {
    return (await this.#ask(path, {})).json();
  }

  /** Null for an empty answer. */
  async post(path, token, body) {
    const headers = { "Content-Type": "application/json" };
    const response = await this.#ask(path, { method: "POST", token, headers, body: JSON.stringify(body) });
    return JSON.parse((await response.text()) || null);
  }

  async download(path, token) {
    return (await this.#ask(path, { token })).blob();
  }

  /** Calls `on(type, data, id)` for each event until the server ends the stream or `signal` aborts. */
  async stream(path, token, after, signal, on) {
    const silence = new AbortController();
    const headers = after ? { "Last-Event-ID": after } : {};
    // The server pings every 15 seconds. A connection that says nothing is one that nobody told us is dead.
    let alarm;
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => silence.abort(), 40_000);
    };
    heard();
    try {
      const response = await this.#ask(path, {
        token,
        headers,
        signal: AbortSignal.any([signal, silence.signal]),
      });
      await eachEvent(response.body.getReader(), heard, on);
    } catch (error) {
      throw error instanceof Problem ? error : new Problem(0);
    } finally {
      clearTimeout(alarm);
    }
  }

  async #ask(path, { token, headers, signal = AbortSignal.timeout(20_000), ...rest }) {
    const known = { "Accept-Language": this.#language(), ...(token && { Authorization: `Bearer ${token}` }) };
    let response;
    try {
      response = await fetch(this.#base + path, {
        ...rest,
        signal,
        headers: { ...known, ...headers },
        credentials: "omit",
      });
    } catch {
      throw new Problem(0);
    }
    if (response.ok) return response;
    const told = await response.json().catch(() => ({}));
    throw new Problem(response.status, told, Number(response.headers.get("Retry-After")));
  }
}

/** Server-sent events, as the HTML standard has them parsed (section 9.2.6). */
async function eachEvent(reader, heard, on) {
  const decoder = new TextDecoder();
  let rest = "";
  let event = {};
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    const lines = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (!line) {
        if (event.data) on(event.event ?? "message", JSON.parse(event.data), Number(event.id) || null);
        event = {};
      } else {
        const [, field, text] = line.match(/^([^:]*):? ?(.*)$/);
        event[field] = field === "data" && event.data ? `${event.data}\n${text}` : text;
      }
    }
  }
}
