// The news of the room: asked for again and again, each answer coming when there is something new.

import { pause } from "./dom.js";

const PATIENCE = 25; // seconds; the server answers within twenty
const PAUSES = [0.4, 1, 2, 4];

export class Link {
  // `address` returns where to ask; `news` takes an answer, `line` whether the room is reached,
  // `refused` the answer of a room that does not know us.
  constructor({ address, headers, news, line, refused }) {
    Object.assign(this, { address, headers, news, line, refused });
    this.seen = "";
    this.failed = 0;
    this.turn = 0;
    this.started = false;
    // The network is back, or somebody looks at the page again: what hangs need not be waited for.
    addEventListener("online", () => this.started && this.restart());
    document.addEventListener("visibilitychange", () => this.started && !document.hidden && this.restart());
    addEventListener("offline", () => this.started && this.line(false));
  }

  start() {
    this.seen = "";
    this.restart();
  }

  stop() {
    this.started = false;
    this.turn += 1;
    this.asking?.abort();
    this.sleeping?.abort();
  }

  // Whatever is under way was asked before something happened here: ask anew.
  restart() {
    this.stop();
    this.started = true;
    this.#listen(this.turn);
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
        if (found) {
          this.seen = found.version;
          queueMicrotask(() => turn === this.turn && this.news(found)); // a defect there is none of the line
        }
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
