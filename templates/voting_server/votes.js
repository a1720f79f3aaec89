// The own votes: kept on this device until the room has them, and sent again until then.
//
// A vote says which own vote it was cast over. What is sent late, from a device that slept, never
// overwrites a newer vote from another one.

import { pause } from "./dom.js";

const PATIENCE = 8;

const same = (a, b) => (a && b ? a.level === b.level && a.comment === b.comment : !a && !b);
const UNSEEN = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;
export const cleaned = (text) => text.replace(/\r\n?/g, "\n").replace(UNSEEN, " ").replace(/^[ \n]+|[ \n]+$/g, "");

// Some browsers keep nothing for a page in private mode: then it is kept while the page is open.
function keeper() {
  const kept = new Map();
  try {
    localStorage.setItem("calib", "1");
    return localStorage;
  } catch {
    return {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, text) => kept.set(name, text),
      removeItem: (name) => kept.delete(name),
      key: (number) => [...kept.keys()][number] ?? null,
      get length() { return kept.size; },
    };
  }
}

export class Votes {
  // `changed` is told the criterion; `line` whether the room is reached, or why it takes nothing;
  // `taken` when the room has a vote; `refused` when it does not know this device.
  constructor({ changed, line, taken, refused }) {
    Object.assign(this, { changed, line, taken, refused });
    this.kept = keeper();
    this.standing = {};
    this.waiting = {};
    this.received = {};
    this.notes = {};
    addEventListener("online", () => this.sleeping?.abort());
  }

  // The room says who we are and how our votes stand.
  know(mark, standing) {
    const another = this.mark !== mark;
    this.mark = mark;
    this.standing = standing;
    if (another) this.#recall();
    for (const [key, item] of Object.entries(this.waiting)) {
      const now = standing[key] ?? null;
      if (same(now, item.known) || !item.sent.some((one) => same(one, now))) continue;
      // It had arrived, and the answer was lost.
      if (same(now, item.vote)) this.#drop(key);
      else this.#put(key, { ...item, known: now, sent: [] });
    }
    this.#send();
  }

  vote(key) {
    return this.waiting[key]?.vote ?? this.standing[key] ?? null;
  }

  state(key) {
    if (this.waiting[key]) return this.trouble ? "kept" : "sending";
    return this.standing[key] ? "received" : "none";
  }

  cast(key, level, comment) {
    const vote = { level, comment: cleaned(comment) };
    delete this.notes[key];
    this.#keepDraft(key, null);
    const item = this.waiting[key] ?? { known: this.standing[key] ?? null, sent: [] };
    if (!this.waiting[key] && same(vote, item.known)) { this.changed(key); return; }
    this.#put(key, { ...item, vote });
    this.changed(key);
    this.#send();
  }

  // A comment that is being written.
  draft(key) {
    return this.kept.getItem(this.#name("draft", key)) ?? this.vote(key)?.comment ?? "";
  }

  keepDraft(key, text) {
    this.#keepDraft(key, cleaned(text) === (this.vote(key)?.comment ?? "") ? null : text);
  }

  #keepDraft(key, text) {
    const name = this.#name("draft", key);
    if (text === null) this.kept.removeItem(name);
    else this.#save(name, text);
  }

  #name(kind, key) {
    return `calib-${kind}:${this.mark}:${key}`;
  }

  #put(key, item) {
    this.waiting[key] = item;
    this.#save(this.#name("vote", key), JSON.stringify(item));
  }

  #save(name, text) {
    try {
      this.kept.setItem(name, text);
    } catch {
      // The device is full: the vote is kept while the page is open.
    }
  }

  #drop(key) {
    delete this.waiting[key];
    this.kept.removeItem(this.#name("vote", key));
    this.changed(key);
  }

  #recall() {
    this.waiting = {};
    this.received = {};
    this.notes = {};
    const head = this.#name("vote", "");
    for (let number = 0; number < this.kept.length; number += 1) {
      const name = this.kept.key(number);
      if (!name?.startsWith(head)) continue;
      try {
        this.waiting[name.slice(head.length)] = JSON.parse(this.kept.getItem(name));
      } catch {
        continue;
      }
    }
  }

  // One after the other, so that none overtakes another.
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
    if (!item.sent.some((one) => same(one, vote))) {
      this.#put(key, { ...item, sent: [...item.sent, vote] });
    }
    let response, answer;
    try {
      response = await fetch("/api/vote", {
        method: "POST", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE * 1000),
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ criterion: key, ...vote, seen: item.known }),
      });
      answer = await response.json();
    } catch {
      this.#troubled("lost");
      this.changed(key);
      return 1;
    }
    return this.#answered(key, vote, response, answer);
  }

  #answered(key, vote, response, answer) {
    if (response.status === 401) { this.refused(); return null; }
    if (response.status === 429 || response.status >= 500) {
      this.#troubled(response.status === 429 ? "crowded" : "unwritable");
      this.changed(key);
      return Number(response.headers.get("Retry-After")) || 2;
    }
    this.#troubled(null);
    const item = this.waiting[key];
    if (!item) return 0;
    if (response.ok) this.#took(key, vote, item, answer);
    else if (response.status === 409) this.#turned(key, item, answer);
    else this.#noted(key, answer.error);
    return 0;
  }

  #took(key, vote, item, answer) {
    this.standing[key] = answer.vote;
    this.received[key] = answer.received;
    if (same(item.vote, vote) || same(item.vote, answer.vote)) this.#drop(key);
    else this.#put(key, { vote: item.vote, known: answer.vote, sent: [] });
    this.taken(key);
  }

  #turned(key, item, answer) {
    const standing = answer.standing ?? null;
    if (answer.reason === "changed" && item.sent.some((one) => same(one, standing))) {
      this.#put(key, { ...item, known: standing, sent: [item.vote] });
      return;
    }
    if (standing) this.standing[key] = standing;
    else delete this.standing[key];
    this.#noted(key, answer.error);
  }

  #noted(key, sentence) {
    this.notes[key] = sentence;
    this.#drop(key);
    this.taken(key);
  }

  #troubled(trouble) {
    this.trouble = trouble;
    this.line(trouble);
  }
}
