// The participant's own votes: stored on this device and sent again until the server has them.
//
// Each request names the vote that it replaces (`seen`). A vote sent late, from a device that slept,
// therefore never overwrites a newer one from another device of the same person.

import { pause } from "./dom.js";

const TIMEOUT = 8; // seconds for one request

const same = (a, b) => (a && b ? a.level === b.level && a.comment === b.comment : !a && !b);
// The same characters and steps as `clean_text` in schemas.py, so that a stored vote equals the sent one.
const INVISIBLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\p{Noncharacter_Code_Point}]/gu;
export const cleaned = (text) => text.replace(/\r\n?/g, "\n").replace(INVISIBLE, " ").replace(/^[ \n]+|[ \n]+$/g, "");

// Some browsers store nothing in private mode. Votes are then kept while the page is open.
function openStorage() {
  const memory = new Map();
  try {
    localStorage.setItem("calib", "1");
    return localStorage;
  } catch {
    return {
      getItem: (name) => memory.get(name) ?? null,
      setItem: (name, text) => memory.set(name, text),
      removeItem: (name) => memory.delete(name),
      key: (number) => [...memory.keys()][number] ?? null,
      get length() { return memory.size; },
    };
  }
}

export class VoteQueue {
  // `onChange` gets a criterion whose vote changed; `onTrouble` why votes cannot be sent, or null;
  // `onReceived` is called when the server has a vote, `onUnauthorized` if it does not know this
  // device.
  constructor({ onChange, onTrouble, onReceived, onUnauthorized }) {
    Object.assign(this, { onChange, onTrouble, onReceived, onUnauthorized });
    this.storage = openStorage();
    this.stored = {};
    this.waiting = {};
    this.received = {};
    this.notes = {};
    addEventListener("online", () => this.sleeping?.abort());
  }

  // Apply the server's state: the mark of this seat and its votes.
  sync(mark, current) {
    const isOtherSeat = this.mark !== mark;
    this.mark = mark;
    this.stored = current;
    if (isOtherSeat) this.#restore();
    for (const [key, item] of Object.entries(this.waiting)) {
      const now = current[key] ?? null;
      if (same(now, item.known) || !item.sent.some((vote) => same(vote, now))) continue;
      // A vote arrived at the server but its answer was lost.
      if (same(now, item.vote)) this.#drop(key);
      else this.#enqueue(key, { ...item, known: now, sent: [] });
    }
    this.#send();
  }

  vote(key) {
    return this.waiting[key]?.vote ?? this.stored[key] ?? null;
  }

  state(key) {
    if (this.waiting[key]) return this.trouble ? "kept" : "sending";
    return this.stored[key] ? "received" : "none";
  }

  cast(key, level, comment) {
    const vote = { level, comment: cleaned(comment) };
    delete this.notes[key];
    this.#keepDraft(key, null);
    const item = this.waiting[key] ?? { known: this.stored[key] ?? null, sent: [] };
    if (!this.waiting[key] && same(vote, item.known)) { this.onChange(key); return; }
    this.#enqueue(key, { ...item, vote });
    this.onChange(key);
    this.#send();
  }

  // The comment as typed so far, which is not a vote yet.
  draft(key) {
    return this.storage.getItem(this.#name("draft", key)) ?? this.vote(key)?.comment ?? "";
  }

  keepDraft(key, text) {
    this.#keepDraft(key, cleaned(text) === (this.vote(key)?.comment ?? "") ? null : text);
  }

  #keepDraft(key, text) {
    const name = this.#name("draft", key);
    if (text === null) this.storage.removeItem(name);
    else this.#save(name, text);
  }

  #name(kind, key) {
    return `calib-${kind}:${this.mark}:${key}`;
  }

  #enqueue(key, item) {
    this.waiting[key] = item;
    this.#save(this.#name("vote", key), JSON.stringify(item));
  }

  #save(name, text) {
    try {
      this.storage.setItem(name, text);
    } catch {
      // The device's storage is full: the vote is kept while the page is open.
    }
  }

  #drop(key) {
    delete this.waiting[key];
    this.storage.removeItem(this.#name("vote", key));
    this.onChange(key);
  }

  #restore() {
    this.waiting = {};
    this.received = {};
    this.notes = {};
    const head = this.#name("vote", "");
    for (let number = 0; number < this.storage.length; number += 1) {
      const name = this.storage.key(number);
      if (!name?.startsWith(head)) continue;
      try {
        this.waiting[name.slice(head.length)] = JSON.parse(this.storage.getItem(name));
      } catch {
        continue;
      }
    }
  }

  // One vote at a time: two parallel requests for one criterion could arrive in the wrong order.
  async #send() {
    if (this.sending) return;
    this.sending = true;
    let failed = 0;
    try {
      for (let key = this.#next(); key; key = this.#next()) {
        const wait = await this.#post(key);
        if (wait === null) return;
        failed = wait ? failed + 1 : 0;
        if (!wait) continue;
        this.sleeping = new AbortController();
        await pause(Math.min(wait * failed, 5), this.sleeping.signal);
      }
    } finally {
      this.sending = false;
    }
  }

  #next() {
    return Object.keys(this.waiting)[0];
  }

  // Send one vote; returns the seconds to wait before the next try, null to stop.
  async #post(key) {
    const item = this.waiting[key];
    const { vote } = item;
    // Recorded before sending, and stored: if the answer is lost, even by closing the page, this
    // distinguishes the device's own vote from one of another device.
    if (!item.sent.some((earlier) => same(earlier, vote))) {
      this.#enqueue(key, { ...item, sent: [...item.sent, vote] });
    }
    let response, answer;
    try {
      response = await fetch("/api/vote", {
        method: "POST", cache: "no-store", signal: AbortSignal.timeout?.(TIMEOUT * 1000),
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ criterion: key, ...vote, seen: item.known }),
      });
      answer = await response.json();
    } catch {
      this.#setTrouble("lost");
      this.onChange(key);
      return 1;
    }
    return this.#handleAnswer(key, vote, response, answer);
  }

  #handleAnswer(key, vote, response, answer) {
    if (response.status === 401) { this.onUnauthorized(); return null; }
    if (response.status === 429 || response.status >= 500) {
      this.#setTrouble(response.status === 429 ? "crowded" : "unwritable");
      this.onChange(key);
      return Number(response.headers.get("Retry-After")) || 2;
    }
    this.#setTrouble(null);
    const item = this.waiting[key];
    if (!item) return 0;
    if (response.ok) this.#acknowledge(key, vote, item, answer);
    else if (response.status === 409) this.#handleRejection(key, item, answer);
    else this.#giveUp(key, answer.error);
    return 0;
  }

  #acknowledge(key, vote, item, answer) {
    this.stored[key] = answer.vote;
    this.received[key] = answer.received;
    if (same(item.vote, vote) || same(item.vote, answer.vote)) this.#drop(key);
    else this.#enqueue(key, { vote: item.vote, known: answer.vote, sent: [] });
    this.onReceived(key);
  }

  #handleRejection(key, item, answer) {
    const current = answer.standing ?? null;
    // The server has an earlier vote of this device whose answer was lost, which is not a conflict.
    if (answer.reason === "changed" && item.sent.some((vote) => same(vote, current))) {
      this.#enqueue(key, { ...item, known: current, sent: [item.vote] });
      return;
    }
    if (current) this.stored[key] = current;
    else delete this.stored[key];
    this.#giveUp(key, answer.error);
  }

  #giveUp(key, sentence) {
    this.notes[key] = sentence;
    this.#drop(key);
    this.onReceived(key);
  }

  #setTrouble(trouble) {
    this.trouble = trouble;
    this.onTrouble(trouble);
  }
}
