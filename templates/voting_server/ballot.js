// One criterion: question and levels to choose from, and the distribution of votes once revealed.

import { make, plural, sortByAgenda, typed } from "./dom.js";
import { drawVoteChart } from "./vote_chart.js";

const COMMENT_DELAY = 900; // milliseconds without a key press until a comment is sent

export function ballotView(session, votes, { open, settle }) {
  const { key } = session;
  const criterion = session.criteria.get(key);
  const first = make("h1", { tabindex: "-1" }, criterion.title);
  const kicker = make("p", { class: "kicker" });
  const note = make("p", { class: "note", hidden: true });
  const count = make("p", { class: "muted counted" });
  const results = make("section", { class: "results", "aria-label": "Votes of all participants", hidden: true });
  const status = make("p", { class: "status", role: "status" });
  const foot = buildNavigation(session, key, status, open);
  const form = buildForm(session, votes, key, criterion, settle);
  let drawn = "";

  function update() {
    const { now } = session;
    const matter = now.matters[key] ?? {};
    const here = key === now.at;
    kicker.replaceChildren(make("span", { class: here ? "here" : "ahead" }, here ? "Current criterion" : "Voting ahead"),
      ` Criterion ${criterion.number} of ${criterion.control.criteria.length}`, make("br"), criterion.control.title);
    const again = matter.earlier?.length && !matter.revealed;
    note.hidden = !again;
    note.textContent = again ? "Voting is open again. Your vote counts unless you change it." : "";
    form.update(Boolean(matter.revealed) || now.phase !== "open");
    count.hidden = !here || Boolean(matter.revealed) || now.phase !== "open";
    count.textContent = `${now.voted} of ${plural(now.people, "person has", "people have")} voted. The votes stay sealed until the facilitator reveals them.`;
    updateResults(matter, now.spreads[key]);
    changed(key);
  }

  function updateResults(matter, spread) {
    results.hidden = !matter.revealed;
    if (!matter.revealed) { drawn = ""; return; }
    const own = votes.vote(key)?.level;
    // Redrawn only on a change: every update would move the focus and the scroll position.
    const state = JSON.stringify([matter, spread, own]);
    if (state === drawn) return;
    drawn = state;
    results.replaceChildren(...(spread ? buildResults(session, matter, spread, own) : [make("p", { class: "muted" }, "Loading …")]));
  }

  function changed(other) {
    if (other !== key) return;
    const [kind, text] = describeStatus(session, votes, key, form.isOver());
    // Written only on a change: a screen reader announces the status each time it is written.
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

// Returns CSS class and text for the state of the participant's own vote.
function describeStatus(session, votes, key, over) {
  if (votes.notes[key]) return ["warned", votes.notes[key]];
  const state = votes.state(key);
  if (state === "sending") return ["sending", "Sending …"];
  if (state === "kept") return ["kept", "Saved on this device, not sent yet"];
  if (state === "none") return ["none", over ? "You did not vote on this criterion" : "Not voted yet"];
  const { level } = votes.vote(key);
  if (over) return ["none", level === null ? "You abstained" : `You voted ${level} ${session.names[level]}`];
  const at = votes.received[key];
  return ["received", at ? `Received ${new Date(at).toLocaleTimeString("en-GB")}` : "Your vote is saved"];
}

// Buttons to the previous and next criterion, whatever the current criterion is.
function buildNavigation(session, key, status, open) {
  const order = sortByAgenda(session.controls, session.now.agenda).flatMap((control) => control.criteria.map((c) => c.key));
  const at = order.indexOf(key);
  const step = (to, label, mark) => make("button", {
    type: "button", class: "step", disabled: !order[to], "aria-label": label, onclick: () => open(order[to]),
  }, mark);
  return [step(at - 1, "Previous criterion", "‹"), status, step(at + 1, "Next criterion", "›")];
}

function buildForm(session, votes, key, criterion, settle) {
  const named = session.now.naming !== "anonymous";
  const choices = criterion.levels.map((looks, level) => buildChoice(level, session.names[level], looks));
  const abstain = buildChoice(null, "I abstain", "I cannot judge this criterion.");
  const comment = make("textarea", {
    id: "comment", rows: "3", maxlength: "1000", dir: "auto", "aria-describedby": "comment-hint", oninput: saveDraft, onblur: finish,
  });
  const hint = make("p", { id: "comment-hint", class: "hint" }, named
    ? "Optional. Everyone sees it with your name once the votes are revealed."
    : "Optional. Everyone sees it without a name once the votes are revealed.");
  const field = make("fieldset", {},
    make("legend", {}, "Which level is it at today?"),
    make("div", { class: "choices" }, choices.map((c) => c.root), abstain.root));
  const commenting = make("div", { class: "field" }, make("label", { for: "comment" }, "Why?"), comment, hint);
  const levels = make("details", { class: "levels", hidden: true }, make("summary", {}, "Description of the levels"),
    make("dl", {}, criterion.levels.map((looks, level) => [
      make("dt", {}, make("span", { class: `badge fill-${level}` }, String(level)), ` ${session.names[level]}`), make("dd", {}, looks)])));
  const root = make("form", { class: "chooser", onsubmit: (event) => event.preventDefault() }, field, commenting, levels);
  const all = [...choices, abstain];
  let timer = 0;
  let closed = false;

  function buildChoice(level, name, looks) {
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

  function saveDraft() {
    votes.keepDraft(key, comment.value);
    clearTimeout(timer);
    timer = setTimeout(sendComment, COMMENT_DELAY);
  }

  // A comment is sent together with a level; without one it remains a draft on this device.
  function sendComment() {
    clearTimeout(timer);
    const vote = votes.vote(key);
    if (!closed && vote && comment.value !== vote.comment) votes.cast(key, vote.level, comment.value);
  }

  function finish() {
    sendComment();
    // Later: the tap that ended the typing must reach its button before the page may change.
    setTimeout(settle, 300);
  }

  return {
    root,
    refresh() {
      const vote = votes.vote(key);
      for (const choice of all) choice.input.checked = Boolean(vote) && choice.level === vote.level;
      // Never overwrite a comment that is being typed.
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
    leave: sendComment,
  };
}

function buildResults(session, matter, spread, own) {
  const total = spread.counts.reduce((sum, n) => sum + n, 0);
  const facts = [
    plural(total, "vote", "votes"),
    spread.abstained ? `${spread.abstained} abstained` : "",
    spread.median === null ? "" : `median ${spread.median} ${session.names[spread.median]}`,
  ].filter(Boolean).join(" · ");
  return [
    matter.settled && buildConsensus(session, matter.settled),
    make("figure", { class: "card picture" },
      make("figcaption", {}, make("h2", {}, "Votes"), make("p", { class: "muted" }, facts)),
      drawVoteChart(spread, session.names, own),
      matter.earlier?.length > 0 && make("p", { class: "muted earlier" }, describeRounds(matter.earlier))),
    spread.comments.length > 0 && make("section", { class: "card" }, make("h2", {}, "Comments"),
      make("ul", { class: "comments" }, spread.comments.map((comment) => buildComment(comment)))),
  ].filter(Boolean);
}

function buildConsensus(session, settled) {
  return make("section", { class: "card settled" },
    make("h2", {}, "Agreed"),
    make("p", { class: "agreed" }, make("span", { class: `badge fill-${settled.level}` }, String(settled.level)), ` ${session.names[settled.level]}`),
    typed("p", settled.reason), make("p", { class: "muted" }, "Decided by ", typed("bdi", settled.by), "."));
}

function describeRounds(rounds) {
  return rounds.map((counts, n) =>
    `Round ${n + 1}: ${counts.map((count, level) => (count ? `${count} × ${level}` : "")).filter(Boolean).join(", ") || "no votes"}.`).join(" ");
}

function buildComment({ name, level, text }) {
  return make("li", {},
    name !== undefined && make("p", { class: "by" },
      make("span", { class: level === null ? "badge small dash" : `badge small fill-${level}` }, level === null ? "–" : String(level)),
      " ", typed("bdi", name)),
    typed("p", text, "text"));
}
