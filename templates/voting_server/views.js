// The views without a ballot: waiting for the first criterion, the list of criteria, the end.

import { make, plural, sortByAgenda } from "./dom.js";

export function waitingView(session, { showList }) {
  const first = make("h1", { tabindex: "-1" });
  const lead = make("p", { class: "lead" });
  const ahead = make("button", { type: "button", class: "main", onclick: showList }, "Vote ahead");
  return {
    root: make("div", { class: "narrow calm" }, first, lead, ahead), first, title: "You are in",
    update() {
      const begun = session.now.phase !== "waiting";
      first.textContent = session.you.name ? `You are in, ${session.you.name}` : "You are in";
      lead.textContent = begun
        ? "The first criterion appears here as soon as it is opened. You can vote ahead, and change your vote until it is revealed."
        : "The facilitator has not started the workshop yet. Keep this page open: it continues by itself.";
      ahead.hidden = !begun;
    },
  };
}

export function thanksView(session, votes, { showList }) {
  const first = make("h1", { tabindex: "-1" });
  const lead = make("p", { class: "lead" });
  return {
    root: make("div", { class: "narrow calm" }, first, lead,
      make("p", {}, "The workshop is closed. You can close this page."),
      make("button", { type: "button", class: "quiet", onclick: showList }, "Show all criteria")),
    first, title: "Thank you",
    update() {
      const done = [...session.criteria.keys()].filter((key) => votes.vote(key)).length;
      first.textContent = session.you.name ? `Thank you, ${session.you.name}` : "Thank you";
      lead.textContent = `You voted on ${done} of ${plural(session.criteria.size, "criterion", "criteria")}.`;
    },
  };
}

export function agendaView(session, votes, { open, setFollow, back, leave }) {
  const first = make("h1", { tabindex: "-1" }, "All criteria");
  const bar = make("progress", { max: session.criteria.size, "aria-labelledby": "progress-said" });
  const progress = make("p", { id: "progress-said", class: "muted" });
  const box = make("input", { type: "checkbox", role: "switch", onchange: () => setFollow(box.checked) });
  const rows = new Map();
  const sections = make("div", {});
  let order = "";

  function buildRow(criterion, n) {
    const mark = make("span", { class: "mark" });
    const tags = make("span", { class: "tags" });
    rows.set(criterion.key, { mark, tags });
    return make("li", {}, make("button", { type: "button", onclick: () => open(criterion.key) },
      mark, make("span", { class: "title" }, `${n + 1}. ${criterion.title}`), tags));
  }

  function build() {
    sections.replaceChildren(...sortByAgenda(session.controls, session.now.agenda).map((control) =>
      make("section", { class: "card" }, make("h2", {}, control.title), make("ol", { class: "lines" }, control.criteria.map(buildRow)))));
  }

  function updateRow(key) {
    const { mark: found, tags } = rows.get(key);
    const vote = votes.vote(key);
    const matter = session.now.matters[key] ?? {};
    const level = vote?.level ?? null;
    found.className = `mark ${vote ? (level === null ? "abstains" : `fill-${level}`) : "open"}`;
    found.replaceChildren(vote ? (level === null ? "–" : String(level)) : "",
      make("span", { class: "unseen" }, vote ? (level === null ? "You abstained. " : "is your vote. ") : "Not voted. "));
    const labels = [
      key === session.now.at && session.now.phase === "open" && ["now", "current"],
      votes.state(key) === "kept" && ["kept", "not sent yet"],
      matter.settled ? ["agreed", `agreed on ${matter.settled.level}`] : matter.revealed && ["shown", "revealed"],
    ].filter(Boolean);
    tags.replaceChildren(...labels.map(([name, text]) => make("span", { class: `tag ${name}` }, text)));
  }

  return {
    root: make("div", { class: "narrow" }, first, bar, progress,
      make("label", { class: "switch" }, box, make("span", {}, "Follow the session"),
        make("span", { class: "hint" }, "Shows each criterion as it is opened.")),
      make("button", { type: "button", class: "quiet wide", onclick: back }, "Back to the vote"),
      sections,
      make("p", { class: "muted other" }, session.you.name ? `You are ${session.you.name}. ` : "", "Is someone else using this device? ",
        make("button", { type: "button", class: "link", onclick: leave }, "Join with another code"))),
    first, title: "All criteria",
    update() {
      const now = session.now.agenda.join();
      if (!rows.size || now !== order) { order = now; build(); }
      const done = [...session.criteria.keys()].filter((key) => votes.vote(key)).length;
      bar.value = done;
      progress.textContent = `You have voted on ${done} of ${session.criteria.size}.`;
      box.checked = session.follow;
      for (const key of session.criteria.keys()) updateRow(key);
    },
    changed(key) { if (session.now) this.update(key); },
  };
}
