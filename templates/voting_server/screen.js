// The projector's page: the criterion, who has voted, and after the reveal how the votes lie.

import { draw, make, plural, typed } from "./dom.js";
import { Link } from "./link.js";
import { heap, said } from "./spread.js";

const byId = (id) => document.getElementById(id);
const page = { line: byId("line"), head: byId("head"), main: byId("main"), foot: byId("foot") };
const MINUTE = 60_000;

// The key must not stand in the address, which the projector shows.
function ownKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get("key");
  if (given) {
    sessionStorage.setItem("calib-screen", given);
    history.replaceState(null, "", location.pathname);
  }
  return given ?? sessionStorage.getItem("calib-screen") ?? "";
}

const headers = { Authorization: `Bearer ${ownKey()}` };
let place = null;
let behind = 0;
let shown = null;
let drawn = {};

const link = new Link({
  address: (seen) => `/api/screen?seen=${seen}`,
  headers,
  news: ({ screen, now }) => {
    behind = Date.now() - Date.parse(now);
    shown = screen;
    show();
  },
  line: (here) => say(here ? "" : "The voting server is not reached. What is shown is as it was last."),
  refused: () => refuse(),
});

function say(sentence) {
  page.line.textContent = sentence;
  page.line.classList.toggle("shown", sentence !== "");
}

function refuse() {
  page.main.className = "middle";
  page.main.replaceChildren(make("h1", {}, "This window is not the facilitator’s"),
    make("p", { class: "question" }, "Open the screen from the notebook, or from the address that calib open has printed."));
}

// Everything is on the wall at once: type that does not fit becomes smaller, in small steps.
function fit() {
  const root = document.documentElement;
  root.style.fontSize = "";
  const full = parseFloat(getComputedStyle(root).fontSize);
  for (let part = 1; part > 0.5 && root.scrollHeight > innerHeight; part -= 0.03) root.style.fontSize = `${full * part}px`;
}

// Replace a part only where it changed, so that nothing flickers.
function put(part, name, state, children) {
  const key = JSON.stringify([name, state]);
  if (drawn[part] === key) return;
  drawn[part] = key;
  page[part].className = name;
  page[part].replaceChildren(...children().flat(Infinity).filter(Boolean));
}

function show() {
  const { criterion, phase } = shown;
  const open = criterion && phase === "open";
  put("head", open ? "head" : "none", [shown.agenda, criterion?.key, clock()], () => (open ? heading() : []));
  if (phase === "closed") put("main", "middle", phase, closing);
  else if (criterion) put("main", shown.matter.revealed ? "open revealed" : "open", [criterion, shown.spread, shown.matter], question);
  else put("main", "middle", [phase, shown.people, shown.joined, place], welcome);
  put("foot", open ? (shown.who?.length > 12 ? "foot many" : "foot") : "none", [shown.who, shown.voted, shown.people, criterion, shown.matter, shown.spread, place], () => (open ? footing() : []));
  fit();
}

function welcome() {
  return [make("div", { class: "welcome" },
    place && make("img", { src: place.qr, alt: `QR code of ${place.address}`, class: "qr" }),
    make("div", {},
      make("h1", {}, "Join the vote"),
      make("p", { class: "address" }, place ? place.address.replace(/^https?:\/\/|\/$/g, "") : ""),
      make("p", { class: "question" }, "Scan, or type the address. Then enter the code of your card."),
      make("p", { class: "joined" }, shown.people === 0 ? "Nobody has joined yet." : `${plural(shown.people, "person has", "people have")} joined.`),
      make("ul", { class: "chips" }, shown.joined.map((name) => make("li", {}, typed("bdi", name)))),
      shown.phase === "waiting" && make("p", { class: "muted" }, "The facilitator has not begun yet.")))];
}

function closing() {
  const settled = shown.agenda.reduce((sum, one) => sum + one.settled, 0);
  const all = shown.agenda.reduce((sum, one) => sum + one.of, 0);
  return [make("h1", {}, "Thank you"), make("p", { class: "question" }, `The workshop is closed. ${settled} of ${all} criteria were agreed.`)];
}

function heading() {
  const { criterion, agenda } = shown;
  const place = agenda.findIndex((one) => one.now);
  return [
    make("p", { class: "control" }, make("b", {}, criterion.control_title),
      make("span", { class: "muted" }, ` Criterion ${criterion.number} of ${criterion.of}`)),
    make("p", { class: "muted clock" }, clock()),
    make("ol", { class: "agenda", "aria-label": place < 0 ? "Agenda" : `Control ${place + 1} of ${agenda.length}` },
      agenda.map((one) => make("li", { class: one.now ? "now" : false }, portion(one)))),
  ];
}

function portion(one) {
  const part = one.of ? (100 * one.settled) / one.of : 0;
  return draw("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "img",
    "aria-label": `${one.title}: ${one.settled} of ${one.of} agreed` },
    draw("rect", { width: 100, height: 4, class: "way" }), draw("rect", { width: part, height: 4, class: "done" }));
}

function clock() {
  const { time } = shown;
  if (!time) return "";
  const now = time.since ? Math.max(0, Date.now() - behind - Date.parse(time.since)) : 0;
  const used = Math.floor((time.past * 1000 + now) / MINUTE);
  return time.minutes === null ? plural(used, "minute", "minutes") : `${used} of ${plural(time.minutes, "minute", "minutes")}`;
}

function question() {
  const { criterion, matter, spread } = shown;
  const names = criterion.levels.map((level) => level.name);
  const most = spread ? Math.max(...spread.counts) : 0;
  return [
    make("h1", {}, criterion.title),
    make("p", { class: "question" }, criterion.question),
    make("ol", { class: "ladder", "aria-label": spread ? said(spread, names, null) : "The levels" },
      criterion.levels.map((level, n) => column(level, n, spread, matter, most))),
    matter.settled && make("section", { class: "settled" },
      make("p", { class: "verdict" }, "Agreed: ", make("b", {}, `${matter.settled.level} ${names[matter.settled.level]}`)),
      typed("p", matter.settled.reason, "reason"), make("p", { class: "muted" }, "Decided by ", typed("bdi", matter.settled.by))),
  ];
}

function column(level, n, spread, matter, most) {
  const evidence = shown.criterion.evidence?.level === n;
  const tags = [
    matter.settled?.level === n && ["agreed", "agreed"], spread?.median === n && ["median", "median"],
    evidence && ["evidence", "the evidence"],
  ].filter(Boolean);
  return make("li", { class: matter.settled?.level === n ? "chosen" : false },
    make("p", { class: "rung" }, make("span", { class: `badge fill-${n}` }, String(n)), make("b", {}, level.name)),
    spread ? [
      make("div", { class: "votes" }, heap(spread.counts[n], n, most), make("p", { class: spread.counts[n] ? "count" : "count zero" }, String(spread.counts[n]))),
      spread.names && make("ul", { class: "voters" }, spread.names[n].map((name) => make("li", {}, typed("bdi", name)))),
    ] : make("p", { class: "looks" }, level.looks),
    make("p", { class: "tags" }, tags.map(([name, text]) => make("span", { class: `tag ${name}` }, text))));
}

function footing() {
  const { criterion, spread } = shown;
  return [
    make("section", { class: "evidence" }, make("h2", {}, "What the evidence shows"), evidence(criterion)),
    make("section", { class: "people" }, spread ? after(spread) : before()),
    place && make("p", { class: "muted late" }, `Joining late? ${place.address.replace(/^https?:\/\/|\/$/g, "")}`),
  ];
}

function evidence({ evidence: found, levels }) {
  if (!found) return make("p", { class: "muted" }, "…");
  return [
    make("p", {}, make("span", { class: `badge small fill-${found.level}` }, String(found.level)), " ",
      make("b", {}, levels[found.level].name), make("span", { class: "muted" }, ` · ${plural(found.documents, "document", "documents")} linked`)),
    typed("p", found.sentence, "sentence"),
  ];
}

function before() {
  const head = make("h2", {}, `${shown.voted} of ${shown.people} have voted`);
  if (!shown.who) return [head, crowd(shown.voted, shown.people)];
  return [head, make("ul", { class: "chips" }, shown.who.map((one) => make("li", { class: one.voted ? "voted" : false },
    one.voted && make("span", { "aria-hidden": "true" }, "✓ "), typed("bdi", one.name),
    make("span", { class: "unseen" }, one.voted ? " has voted" : " has not voted"))))];
}

// Nobody's name, only how many: the full dots say nothing of who they are.
function crowd(voted, people) {
  return make("p", { class: "crowd", "aria-hidden": "true" }, Array.from({ length: people }, (_, n) =>
    make("span", { class: n < voted ? "voted" : false })));
}

function after(spread) {
  const facts = [plural(spread.counts.reduce((a, b) => a + b, 0), "vote", "votes"),
    spread.abstained && `${spread.abstained} abstained`, spread.median !== null && `median ${spread.median}`];
  return [
    make("h2", {}, facts.filter(Boolean).join(" · ")),
    spread.sentence && make("p", {}, spread.sentence),
    spread.first?.length > 0 && make("p", { class: "first" }, "Ask first: ",
      spread.first.map((name, n) => [n > 0 && ", ", typed("bdi", name)])),
  ];
}

async function begin() {
  const response = await fetch("/api/place", { headers, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) { refuse(); return; }
  if (!response?.ok) { say("The voting server is not reached."); setTimeout(begin, 2000); return; }
  place = await response.json();
  say("");
  link.start();
}

addEventListener("resize", () => shown && fit());
setInterval(() => shown && show(), 10_000);
begin();
