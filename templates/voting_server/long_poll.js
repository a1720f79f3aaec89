// Long polling: the server answers a request when the state changes, and the page asks again.

import { pause } from "./dom.js";

const TIMEOUT = 25; // seconds; the server answers within 20 (POLL_SECONDS in long_poll.py)
const RETRY_DELAYS = [0.4, 1, 2, 4];

export class LongPoll {
  // `address` returns the URL to ask; `onChange` gets each new state, `onConnection` whether the
  // server can be reached; `onUnauthorized` is called if the server does not know this device.
  constructor({ address, headers, onChange, onConnection, onUnauthorized }) {
    Object.assign(this, { address, headers, onChange, onConnection, onUnauthorized });
    this.seen = "";
    this.failed = 0;
    this.turn = 0;
    this.started = false;
    // After a change of network, or while the page was hidden, a request may hang without an error
    // until its timeout. Start a new one at once.
    addEventListener("online", () => this.started && this.restart());
    document.addEventListener("visibilitychange", () => this.started && !document.hidden && this.restart());
    addEventListener("offline", () => this.started && this.onConnection(false));
  }

  start() {
    this.seen = "";
    this.restart();
  }

  stop() {
    this.started = false;
    this.turn += 1;
    this.request?.abort();
    this.sleeping?.abort();
  }

  // Abandon the request in progress: its URL is outdated, or it may hang. `turn` marks its loop as
  // obsolete, so that two loops never run at once.
  restart() {
    this.stop();
    this.started = true;
    this.#poll(this.turn);
  }

  async #poll(turn) {
    while (turn === this.turn) {
      const request = (this.request = new AbortController());
      const timer = setTimeout(() => request.abort(), TIMEOUT * 1000);
      try {
        const response = await fetch(this.address(this.seen), {
          headers: this.headers ?? {}, signal: request.signal, cache: "no-store",
        });
        const found = response.status === 200 ? await response.json() : null;
        if (turn !== this.turn) return;
        if (response.status === 401) { this.onUnauthorized(); return; }
        if (response.status !== 200 && response.status !== 204) throw new Error(String(response.status));
        this.failed = 0;
        this.onConnection(true);
        if (found) {
          this.seen = found.version;
          // Outside of this try block: an error in the page is not a lost connection.
          queueMicrotask(() => turn === this.turn && this.onChange(found));
        }
      } catch {
        if (turn !== this.turn) return;
        this.failed += 1;
        // One failure is often only a server restart; the second one is shown.
        if (this.failed > 1 || !navigator.onLine) this.onConnection(false);
        this.sleeping = new AbortController();
        await pause(RETRY_DELAYS[Math.min(this.failed, RETRY_DELAYS.length) - 1], this.sleeping.signal);
      } finally {
        clearTimeout(timer);
      }
    }
  }
}
