// What is not a ballot: before the first criterion, all criteria, the end.

import { inOrder, make, plural } from "./dom.js";

export function waiting(room, { list }) {
  const first = make("h1", { tabindex: "-1" });
  const lead = make("p", { class: "lead" });
  const ahead = make("button", { type: "button", class: "main", onclick: list }, "Vote ahead");
  return {
    root: make("div", { class: "narrow calm" }, first, lead, ahead), first, title: "You are in",
    update() {
      const begun = room.now.phase !== "waiting";
      first.textContent = room.you.name ? `You are in, ${room.you.name}` : "You are in";
      lead.textContent = begun
        ? "The first criterion shows here as soon as the room turns to it. You may vote ahead: what you choose can be changed until it is revealed."
        : "The facilitator has not begun yet. Keep this page open: it goes on by itself.";
      ahead.hidden = !begun;
    },
  };
}

export function thanks(room, votes, { list }) {
  const first = make("h1", { tabindex: "-1" });
  const lead = make("p", { class: "lead" });
  return {
    root: make("div", { class: "narrow calm" }, first, lead,
      make("p", {}, "The workshop is closed. You can close this page."),
      make("button", { type: "button", class: "quiet", onclick: list }, "Look at the criteria")),
    first, title: "Thank you",
    update() {
      const done = [...room.criteria.keys()].filter((key) => votes.vote(key)).length;
      first.textContent = room.you.name ? `Thank you, ${room.you.name}` : "Thank you";
      lead.textContent = `You voted on ${done} of ${plural(room.criteria.size, "criterion", "criteria")}.`;
    },
  };
}

export function agenda(room, votes, { open, follow, back, leave }) {
  const first = make("h1", { tabindex: "-1" }, "All criteria");
  const bar = make("progress", { max: room.criteria.size, "aria-labelledby": "progress-said" });
  const said = make("p", { id: "progress-said", class: "muted" });
  const box = make("input", { type: "checkbox", role: "switch", onchange: () => follow(box.checked) });
  const places = new Map();
  const sections = make("div", {});
  let order = "";

  function line(one, n) {
    const mark = make("span", { class: "mark" });
    const tags = make("span", { class: "tags" });
    places.set(one.key, { mark, tags });
    return make("li", {}, make("button", { type: "button", onclick: () => open(one.key) },
      mark, make("span", { class: "title" }, `${n + 1}. ${one.title}`), tags));
  }

  function build() {
    sections.replaceChildren(...inOrder(room.controls, room.now.agenda).map((control) =>
      make("section", { class: "card" }, make("h2", {}, control.title), make("ol", { class: "lines" }, control.criteria.map(line)))));
  }

  function mark(key) {
    const { mark: found, tags } = places.get(key);
    const vote = votes.vote(key);
    const matter = room.now.matters[key] ?? {};
    const level = vote?.level ?? null;
    found.className = `mark ${vote ? (level === null ? "abstains" : `fill-${level}`) : "open"}`;
    found.replaceChildren(vote ? (level === null ? "–" : String(level)) : "",
      make("span", { class: "unseen" }, vote ? (level === null ? "You abstained. " : "is your vote. ") : "Not voted. "));
    const words = [
      key === room.now.at && room.now.phase === "open" && ["now", "here"],
      votes.state(key) === "kept" && ["kept", "not sent yet"],
      matter.settled ? ["agreed", `agreed on ${matter.settled.level}`] : matter.revealed && ["shown", "revealed"],
    ].filter(Boolean);
    tags.replaceChildren(...words.map(([name, text]) => make("span", { class: `tag ${name}` }, text)));
  }

  return {
    root: make("div", { class: "narrow" }, first, bar, said,
      make("label", { class: "switch" }, box, make("span", {}, "Follow the room"),
        make("span", { class: "hint" }, "Shows each criterion as the room turns to it.")),
      make("button", { type: "button", class: "quiet wide", onclick: back }, "Back to the vote"),
      sections,
      make("p", { class: "muted other" }, room.you.name ? `You are ${room.you.name}. ` : "", "Somebody else at this device? ",
        make("button", { type: "button", class: "link", onclick: leave }, "Join with another code"))),
    first, title: "All criteria",
    update() {
      const now = room.now.agenda.join();
      if (!places.size || now !== order) { order = now; build(); }
      const done = [...room.criteria.keys()].filter((key) => votes.vote(key)).length;
      bar.value = done;
      said.textContent = `You have voted on ${done} of ${room.criteria.size}.`;
      box.checked = room.follow;
      for (const key of room.criteria.keys()) mark(key);
    },
    changed(key) { if (room.now) this.update(key); },
  };
}
