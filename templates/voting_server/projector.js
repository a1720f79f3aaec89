// The projector's page: the criterion, who has voted, and after the reveal the distribution.

import { draw, make, plural, typed } from "./dom.js";
import { LongPoll } from "./long_poll.js";
import { describeVotes, drawDotStack } from "./vote_chart.js";

const byId = (id) => document.getElementById(id);
const page = { line: byId("line"), head: byId("head"), main: byId("main"), foot: byId("foot") };
const MINUTE = 60_000;

// The key is removed from the address bar, which everyone can read on the projector.
function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem("calib-screen", given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? sessionStorage.getItem("calib-screen") ?? "";
}

const headers = { Authorization: `Bearer ${takeKey()}` };
let joinPage = null; // address of the participants' page and its QR code
let clockOffset = 0; // this clock minus the server's, in milliseconds
let state = null;
let drawn = {};

const poll = new LongPoll({
  address: (seen) => `/api/screen?seen=${seen}`,
  headers,
  onChange: ({ screen, now }) => {
    clockOffset = Date.now() - Date.parse(now);
    state = screen;
    show();
  },
  onConnection: (connected) => warn(connected ? "" : "No connection to the voting server. This page shows the last known state."),
  onUnauthorized: () => showUnauthorized(),
});

function warn(sentence) {
  page.line.textContent = sentence;
  page.line.classList.toggle("shown", sentence !== "");
}

function showUnauthorized() {
  page.main.className = "middle";
  page.main.replaceChildren(make("h1", {}, "Only the facilitator can see this page"),
    make("p", { class: "question" }, "Open it from the notebook, or from the address that calib open printed."));
}

// A projector cannot be scrolled: reduce the font size in small steps until everything fits.
function fit() {
  const root = document.documentElement;
  root.style.fontSize = "";
  const full = parseFloat(getComputedStyle(root).fontSize);
  for (let part = 1; part > 0.5 && root.scrollHeight > innerHeight; part -= 0.03) root.style.fontSize = `${full * part}px`;
}

// Replace a part of the page only if it changed, so that nothing flickers.
function updatePart(part, name, data, children) {
  const key = JSON.stringify([name, data]);
  if (drawn[part] === key) return;
  drawn[part] = key;
  page[part].className = name;
  page[part].replaceChildren(...children().flat(Infinity).filter(Boolean));
}

function show() {
  const { criterion, phase } = state;
  const open = criterion && phase === "open";
  updatePart("head", open ? "head" : "none", [state.agenda, criterion?.key, formatClock()], () => (open ? buildHeading() : []));
  if (phase === "closed") updatePart("main", "middle", phase, buildClosing);
  else if (criterion) updatePart("main", state.matter.revealed ? "open revealed" : "open", [criterion, state.spread, state.matter], buildQuestion);
  else updatePart("main", "middle", [phase, state.people, state.joined, joinPage], buildWelcome);
  updatePart("foot", open ? (state.who?.length > 12 ? "foot many" : "foot") : "none", [state.who, state.voted, state.people, criterion, state.matter, state.spread, joinPage], () => (open ? buildFooter() : []));
  fit();
}

function buildWelcome() {
  return [make("div", { class: "welcome" },
    joinPage && make("img", { src: joinPage.qr, alt: `QR code of ${joinPage.address}`, class: "qr" }),
    make("div", {},
      make("h1", {}, "Join the vote"),
      make("p", { class: "address" }, joinPage ? joinPage.address.replace(/^https?:\/\/|\/$/g, "") : ""),
      make("p", { class: "question" }, "Scan the code, or open the address. Then enter the code from your card."),
      make("p", { class: "joined" }, state.people === 0 ? "No one has joined yet." : `${plural(state.people, "person has", "people have")} joined.`),
      make("ul", { class: "chips" }, state.joined.map((name) => make("li", {}, typed("bdi", name)))),
      state.phase === "waiting" && make("p", { class: "muted" }, "The facilitator has not started the workshop yet.")))];
}

function buildClosing() {
  const settled = state.agenda.reduce((sum, control) => sum + control.settled, 0);
  const all = state.agenda.reduce((sum, control) => sum + control.of, 0);
  return [make("h1", {}, "Thank you"), make("p", { class: "question" }, `The workshop is closed. ${settled} of ${all} criteria were agreed.`)];
}

function buildHeading() {
  const { criterion, agenda } = state;
  const index = agenda.findIndex((control) => control.now);
  return [
    make("p", { class: "control" }, make("b", {}, criterion.control_title),
      make("span", { class: "muted" }, ` Criterion ${criterion.number} of ${criterion.of}`)),
    make("p", { class: "muted clock" }, formatClock()),
    make("ol", { class: "agenda", "aria-label": index < 0 ? "Agenda" : `Control ${index + 1} of ${agenda.length}` },
      agenda.map((control) => make("li", { class: control.now ? "now" : false }, drawProgress(control)))),
  ];
}

function drawProgress(control) {
  const part = control.of ? (100 * control.settled) / control.of : 0;
  return draw("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "img",
    "aria-label": `${control.title}: ${control.settled} of ${control.of} agreed` },
    draw("rect", { width: 100, height: 4, class: "way" }), draw("rect", { width: part, height: 4, class: "done" }));
}

function formatClock() {
  const { time } = state;
  if (!time) return "";
  const now = time.since ? Math.max(0, Date.now() - clockOffset - Date.parse(time.since)) : 0;
  const used = Math.floor((time.past * 1000 + now) / MINUTE);
  return time.minutes === null ? plural(used, "minute", "minutes") : `${used} of ${plural(time.minutes, "minute", "minutes")}`;
}

function buildQuestion() {
  const { criterion, matter, spread } = state;
  const names = criterion.levels.map((level) => level.name);
  const most = spread ? Math.max(...spread.counts) : 0;
  return [
    make("h1", {}, criterion.title),
    make("p", { class: "question" }, criterion.question),
    make("ol", { class: "ladder", "aria-label": spread ? describeVotes(spread, names, null) : "The levels" },
      criterion.levels.map((level, n) => buildColumn(level, n, spread, matter, most))),
    matter.settled && make("section", { class: "settled" },
      make("p", { class: "verdict" }, "Agreed: ", make("b", {}, `${matter.settled.level} ${names[matter.settled.level]}`)),
      typed("p", matter.settled.reason, "reason"), make("p", { class: "muted" }, "Decided by ", typed("bdi", matter.settled.by))),
  ];
}

function buildColumn(level, n, spread, matter, most) {
  const evidence = state.criterion.evidence?.level === n;
  const tags = [
    matter.settled?.level === n && ["agreed", "agreed"], spread?.median === n && ["median", "median"],
    evidence && ["evidence", "the evidence"],
  ].filter(Boolean);
  return make("li", { class: matter.settled?.level === n ? "chosen" : false },
    make("p", { class: "rung" }, make("span", { class: `badge fill-${n}` }, String(n)), make("b", {}, level.name)),
    spread ? [
      make("div", { class: "votes" }, drawDotStack(spread.counts[n], n, most), make("p", { class: spread.counts[n] ? "count" : "count zero" }, String(spread.counts[n]))),
      spread.names && make("ul", { class: "voters" }, spread.names[n].map((name) => make("li", {}, typed("bdi", name)))),
    ] : make("p", { class: "looks" }, level.looks),
    make("p", { class: "tags" }, tags.map(([name, text]) => make("span", { class: `tag ${name}` }, text))));
}

function buildFooter() {
  const { criterion, spread } = state;
  return [
    make("section", { class: "evidence" }, make("h2", {}, "Evidence"), buildEvidence(criterion)),
    make("section", { class: "people" }, spread ? buildRevealedFacts(spread) : buildAttendance()),
    joinPage && make("p", { class: "muted late" }, `Joining late? ${joinPage.address.replace(/^https?:\/\/|\/$/g, "")}`),
  ];
}

function buildEvidence({ evidence: found, levels }) {
  if (!found) return make("p", { class: "muted" }, "…");
  return [
    make("p", {}, make("span", { class: `badge small fill-${found.level}` }, String(found.level)), " ",
      make("b", {}, levels[found.level].name), make("span", { class: "muted" }, ` · ${plural(found.documents, "document", "documents")} linked`)),
    typed("p", found.sentence, "sentence"),
  ];
}

function buildAttendance() {
  const head = make("h2", {}, `${state.voted} of ${state.people} have voted`);
  if (!state.who) return [head, buildCrowd(state.voted, state.people)];
  return [head, make("ul", { class: "chips" }, state.who.map((person) => make("li", { class: person.voted ? "voted" : false },
    person.voted && make("span", { "aria-hidden": "true" }, "✓ "), typed("bdi", person.name),
    make("span", { class: "unseen" }, person.voted ? " has voted" : " has not voted"))))];
}

// Anonymous: filled dots only count votes; their order is not that of the participants.
function buildCrowd(voted, people) {
  return make("p", { class: "crowd", "aria-hidden": "true" }, Array.from({ length: people }, (_, n) =>
    make("span", { class: n < voted ? "voted" : false })));
}

function buildRevealedFacts(spread) {
  const facts = [plural(spread.counts.reduce((a, b) => a + b, 0), "vote", "votes"),
    spread.abstained && `${spread.abstained} abstained`, spread.median !== null && `median ${spread.median}`];
  return [
    make("h2", {}, facts.filter(Boolean).join(" · ")),
    spread.sentence && make("p", {}, spread.sentence),
    spread.first?.length > 0 && make("p", { class: "first" }, "Ask first: ",
      spread.first.map((name, n) => [n > 0 && ", ", typed("bdi", name)])),
  ];
}

async function start() {
  const response = await fetch("/api/place", { headers, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) { showUnauthorized(); return; }
  if (!response?.ok) { warn("No connection to the voting server."); setTimeout(start, 2000); return; }
  joinPage = await response.json();
  warn("");
  poll.start();
}

addEventListener("resize", () => state && fit());
setInterval(() => state && show(), 10_000);
start();
