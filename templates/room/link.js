// The news of the room: asked for again and again, each answer coming when there is something new.

import { pause } from "./dom.js";

const PATIENCE = 30;
const PAUSES = [0.4, 1, 2, 4];

export class Link {
  // `address` returns where to ask; `news` takes an answer, `line` whether the room is reached,
  // `refused` the answer of a room that does not know us.
  constructor({ address, headers, news, line, refused }) {
    Object.assign(this, { address, headers, news, line, refused });
    this.seen = "";
    this.failed = 0;
    this.turn = 0;
    for (const event of ["online", "focus"]) addEventListener(event, () => this.wake());
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    addEventListener("offline", () => this.line(false));
  }

  start() {
    this.seen = "";
    this.restart();
  }

  stop() {
    this.turn += 1;
    this.asking?.abort();
  }

  // Whatever is under way was asked before something happened here: ask anew.
  restart() {
    this.stop();
    this.#listen(this.turn);
  }

  // Somebody looks at the page again, or the network is back: do not wait for the next try.
  wake() {
    if (this.failed) this.sleeping?.abort();
  }

  async #listen(turn) {
    while (turn === this.turn) {
      const asking = (this.asking = new AbortController());
      const timer = setTimeout(() => asking.abort(), PATIENCE * 1000);
      try {
        const response = await fetch(this.address(this.seen), {
          headers: this.headers ?? {}, signal: asking.signal, cache: "no-store",
        });
        const found = response.status === 200 ? await response.json() : null;
        if (turn !== this.turn) return;
        if (response.status === 401) { this.refused(); return; }
        if (response.status !== 200 && response.status !== 204) throw new Error(String(response.status));
        this.failed = 0;
        this.line(true);
        if (found) { this.seen = found.version; this.news(found); }
      } catch {
        if (turn !== this.turn) return;
        this.failed += 1;
        if (this.failed > 1 || !navigator.onLine) this.line(false);
        this.sleeping = new AbortController();
        await pause(PAUSES[Math.min(this.failed, PAUSES.length) - 1], this.sleeping.signal);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
