// One criterion: the question, the levels to choose from, and after the reveal how the votes lie.

import { inOrder, make, plural, typed } from "./dom.js";
import { rows } from "./spread.js";

const QUIET = 900; // milliseconds without a key, after which a comment is sent

export function ballot(room, votes, { open, settle }) {
  const { key } = room;
  const criterion = room.criteria.get(key);
  const first = make("h1", { tabindex: "-1" }, criterion.title);
  const kicker = make("p", { class: "kicker" });
  const note = make("p", { class: "note", hidden: true });
  const count = make("p", { class: "muted counted" });
  const results = make("section", { class: "results", "aria-label": "The votes of the room", hidden: true });
  const status = make("p", { class: "status", role: "status" });
  const foot = stepping(room, key, status, open);
  const form = chooser(room, votes, key, criterion, settle);
  let drawn = "";

  function update() {
    const { now } = room;
    const matter = now.matters[key] ?? {};
    const here = key === now.at;
    kicker.replaceChildren(make("span", { class: here ? "here" : "ahead" }, here ? "The room is here" : "Voting by yourself"),
      ` Criterion ${criterion.number} of ${criterion.control.criteria.length}`, make("br"), criterion.control.title);
    const again = matter.earlier?.length && !matter.revealed;
    note.hidden = !again;
    note.textContent = again ? "The room votes again. Your vote stands until you change it." : "";
    form.update(Boolean(matter.revealed) || now.phase !== "open");
    count.hidden = !here || Boolean(matter.revealed) || now.phase !== "open";
    count.textContent = `${now.voted} of ${plural(now.people, "person has", "people have")} voted. The votes stay sealed until the facilitator reveals them.`;
    reveal(matter, now.spreads[key]);
    changed(key);
  }

  function reveal(matter, spread) {
    results.hidden = !matter.revealed;
    if (!matter.revealed) { drawn = ""; return; }
    const own = votes.vote(key)?.level;
    const state = JSON.stringify([matter, spread, own]);
    if (state === drawn) return;
    drawn = state;
    results.replaceChildren(...(spread ? revealed(room, matter, spread, own) : [make("p", { class: "muted" }, "One moment …")]));
  }

  function changed(other) {
    if (other !== key) return;
    const [kind, text] = said(room, votes, key, form.isOver());
    if (status.dataset.text !== text) {
      status.dataset.text = text;
      status.className = `status ${kind}`;
      status.textContent = text;
    }
    form.refresh();
  }

  return {
    root: make("article", { class: "wide" }, kicker, first, make("p", { class: "lead" }, criterion.question), note, results, form.root, count),
    first, foot, title: criterion.title, update, changed,
    busy: form.busy, leave: form.leave,
  };
}

// Say where the own vote is, in words.
function said(room, votes, key, over) {
  if (votes.notes[key]) return ["warned", votes.notes[key]];
  const state = votes.state(key);
  if (state === "sending") return ["sending", "Sending …"];
  if (state === "kept") return ["kept", "Kept here, not sent yet"];
  if (state === "none") return ["none", over ? "You did not vote on this one" : "Not voted yet"];
  const { level } = votes.vote(key);
  if (over) return ["none", level === null ? "You abstained" : `You voted ${level} ${room.names[level]}`];
  const at = votes.received[key];
  return ["received", at ? `Received ${new Date(at).toLocaleTimeString("en-GB")}` : "Your vote is saved"];
}

// To the neighbours, whatever the room does.
function stepping(room, key, status, open) {
  const order = inOrder(room.controls, room.now.agenda).flatMap((control) => control.criteria.map((one) => one.key));
  const at = order.indexOf(key);
  const step = (to, label, mark) => make("button", {
    type: "button", class: "step", disabled: !order[to], "aria-label": label, onclick: () => open(order[to]),
  }, mark);
  return [step(at - 1, "Previous criterion", "‹"), status, step(at + 1, "Next criterion", "›")];
}

function chooser(room, votes, key, criterion, settle) {
  const named = room.now.naming !== "anonymous";
  const choices = criterion.levels.map((looks, level) => choice(level, room.names[level], looks));
  const abstain = choice(null, "I abstain", "I cannot judge this one.");
  const comment = make("textarea", {
    id: "comment", rows: "3", maxlength: "1000", dir: "auto", "aria-describedby": "comment-hint", oninput: write, onblur: finish,
  });
  const hint = make("p", { id: "comment-hint", class: "hint" }, named
    ? "If you like. The room sees it with your name, once the votes are revealed."
    : "If you like. The room sees it without a name, once the votes are revealed.");
  const field = make("fieldset", {},
    make("legend", {}, "Which level is it at today?"),
    make("div", { class: "choices" }, choices.map((c) => c.root), abstain.root));
  const commenting = make("div", { class: "field" }, make("label", { for: "comment" }, "Why?"), comment, hint);
  const levels = make("details", { class: "levels", hidden: true }, make("summary", {}, "What each level looks like"),
    make("dl", {}, criterion.levels.map((looks, level) => [
      make("dt", {}, make("span", { class: `badge fill-${level}` }, String(level)), ` ${room.names[level]}`), make("dd", {}, looks)])));
  const root = make("form", { class: "chooser", onsubmit: (event) => event.preventDefault() }, field, commenting, levels);
  const all = [...choices, abstain];
  let timer = 0;
  let closed = false;

  function choice(level, name, looks) {
    const input = make("input", { type: "radio", name: "level", value: level ?? "abstain", onchange: () => pick(level) });
    const badge = make("span", { class: level === null ? "badge dash" : `badge fill-${level}`, "aria-hidden": "true" }, level ?? "–");
    return {
      level, input,
      root: make("label", { class: level === null ? "choice abstain" : "choice" }, input,
        make("span", { class: "face" }, badge,
          make("span", { class: "words" },
            make("b", {}, level !== null && make("span", { class: "unseen" }, `${level} `), name), make("span", {}, looks)),
          make("span", { class: "tick", "aria-hidden": "true" }, "✓"))),
    };
  }

  function pick(level) {
    clearTimeout(timer);
    votes.cast(key, level, comment.value);
  }

  function write() {
    votes.keepDraft(key, comment.value);
    clearTimeout(timer);
    timer = setTimeout(send, QUIET);
  }

  function send() {
    clearTimeout(timer);
    const vote = votes.vote(key);
    if (!closed && vote && comment.value !== vote.comment) votes.cast(key, vote.level, comment.value);
  }

  function finish() {
    send();
    setTimeout(settle, 300);
  }

  return {
    root,
    refresh() {
      const vote = votes.vote(key);
      for (const one of all) one.input.checked = Boolean(vote) && one.level === vote.level;
      if (document.activeElement !== comment) {
        const text = votes.draft(key);
        if (comment.value !== text) comment.value = text;
      }
    },
    update(over) {
      closed = over;
      field.hidden = over;
      commenting.hidden = over;
      field.disabled = over;
      comment.disabled = over;
      levels.hidden = !over;
    },
    busy: () => document.activeElement === comment && comment.value !== (votes.vote(key)?.comment ?? ""),
    isOver: () => closed,
    leave: send,
  };
}

function revealed(room, matter, spread, own) {
  const total = spread.counts.reduce((sum, n) => sum + n, 0);
  const facts = [
    plural(total, "vote", "votes"),
    spread.abstained ? `${spread.abstained} abstained` : "",
    spread.median === null ? "" : `median ${spread.median} ${room.names[spread.median]}`,
  ].filter(Boolean).join(" · ");
  return [
    matter.settled && settled(room, matter.settled),
    make("figure", { class: "card picture" },
      make("figcaption", {}, make("h2", {}, "How the room voted"), make("p", { class: "muted" }, facts)),
      rows(spread, room.names, own),
      matter.earlier?.length > 0 && make("p", { class: "muted earlier" }, earlier(matter.earlier))),
    spread.comments.length > 0 && make("section", { class: "card" }, make("h2", {}, "What was said"),
      make("ul", { class: "comments" }, spread.comments.map((one) => comment(room, one)))),
  ].filter(Boolean);
}

function settled(room, found) {
  return make("section", { class: "card settled" },
    make("h2", {}, "Agreed"),
    make("p", { class: "agreed" }, make("span", { class: `badge fill-${found.level}` }, String(found.level)), ` ${room.names[found.level]}`),
    typed("p", found.reason), make("p", { class: "muted" }, "Decided by ", typed("bdi", found.by), "."));
}

function earlier(rounds) {
  return rounds.map((counts, n) =>
    `Round ${n + 1}: ${counts.map((count, level) => (count ? `${count} × ${level}` : "")).filter(Boolean).join(", ") || "no vote"}.`).join(" ");
}

function comment(room, one) {
  return make("li", {},
    one.name !== undefined && make("p", { class: "by" },
      make("span", { class: one.level === null ? "badge small dash" : `badge small fill-${one.level}` }, one.level === null ? "–" : String(one.level)),
      " ", typed("bdi", one.name)),
    typed("p", one.text, "text"));
}
