// The participant's page: join, vote, follow the room.

import { inOrder, make } from "./dom.js";
import { Link } from "./link.js";
import { Votes } from "./votes.js";
import { joining } from "./join.js";
import { ballot } from "./ballot.js";
import { agenda, thanks, waiting } from "./views.js";

const byId = (id) => document.getElementById(id);
const page = { line: byId("line"), head: byId("head"), away: byId("away"), main: byId("main"), foot: byId("foot"), said: byId("said") };

const room = {
  names: [], controls: [], criteria: new Map(), now: null, you: null,
  follow: true, place: "room", key: "",
};
let view = null;
let lost = false;
let trouble = null;

const votes = new Votes({
  changed: (key) => { head(); view?.changed?.(key); },
  taken: () => link.restart(),
  line: (found) => { trouble = found; line(); },
  refused: expelled,
});

const link = new Link({
  address: (seen) => `/api/state?seen=${seen}&look=${encodeURIComponent(room.key)}`,
  news: (found) => hear(found),
  line: (here) => { lost = !here; line(); },
  refused: expelled,
});

// --- what the room says ---

async function enter() {
  const response = await fetch("/api/criteria", { cache: "no-store" });
  if (response.status === 401) return false;
  if (!response.ok) throw new Error(String(response.status));
  const found = await response.json();
  room.names = found.levels;
  room.controls = found.controls;
  room.criteria = new Map(found.controls.flatMap((control) =>
    control.criteria.map((one, n) => [one.key, { ...one, control, number: n + 1 }])));
  // A card that was scanned once more: its code is used up, and this device has its seat.
  if (location.hash) history.replaceState(null, "", location.pathname);
  link.start();
  return true;
}

function hear({ room: now, you }) {
  const before = room.now?.at;
  room.now = now;
  room.you = you;
  votes.know(you.mark, you.votes);
  if (before !== undefined && now.at && now.at !== before) tell(`The room is at ${room.criteria.get(now.at).title}.`);
  move();
}

// Go where the room is, unless somebody is elsewhere on purpose or still writing.
function move() {
  if (room.follow && room.place === "room" && !view?.busy?.()) room.key = room.now.at;
  show();
}

// Back to the door: on purpose, or since the room does not know this device any more.
function leave(note = "") {
  link.stop();
  room.now = null;
  room.you = null;
  swap("join", () => joining({ joined: begin, tell, note }));
  head();
}

function expelled() {
  leave(room.you ? "This device has no seat here any more. Your votes are safe; join again with a new code." : "");
}

async function begin() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 4000)) {
    try {
      if (!(await enter())) leave();
      return;
    } catch {
      lost = true;
      line();
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}

// --- what is shown ---

function show() {
  const { now } = room;
  head();
  away();
  if (room.place === "agenda") swap("agenda", () => agenda(room, votes, { open, follow, back, leave: () => leave() }));
  else if (now.phase === "closed" && (room.follow || !room.key)) swap("thanks", () => thanks(room, votes, { list }));
  else if (!room.key) swap("waiting", () => waiting(room, { list }));
  else swap(`ballot ${room.key}`, () => ballot(room, votes, { open, settle }));
  view.update?.();
}

function swap(name, build) {
  if (view?.name === name) return;
  view?.leave?.();
  view = typeof build === "function" ? build() : build;
  view.name = name;
  const inside = page.main.contains(document.activeElement);
  page.main.replaceChildren(view.root);
  page.main.className = name.split(" ")[0];
  page.foot.replaceChildren(...(view.foot ?? []));
  page.foot.hidden = !view.foot;
  scrollTo(0, 0);
  if (inside || view.focus) (view.first ?? page.main).focus({ preventScroll: true });
  document.title = view.title ?? "Vote";
}

function head() {
  page.head.hidden = !room.you;
  if (!room.you) { page.away.hidden = true; return; }
  const all = room.criteria.size;
  const done = [...room.criteria.keys()].filter((key) => votes.vote(key)).length;
  const inList = room.place === "agenda";
  const who = room.now.naming === "anonymous" ? "Anonymous" : room.you.name;
  const button = make("button", { type: "button", class: "quiet", onclick: inList ? back : list },
    inList ? "Back to the vote" : "All criteria",
    !inList && make("span", { class: "tally", "aria-label": `${done} of ${all} voted` }, `${done}/${all}`));
  const key = `${who} ${done} ${inList}`;
  if (page.head.dataset.key === key) return;
  page.head.dataset.key = key;
  page.head.replaceChildren(make("p", { class: "who", dir: "auto" }, who), button);
}

// Where the room is, for those who are elsewhere.
function away() {
  const { now } = room;
  const elsewhere = room.place === "room" && room.key && room.key !== now.at && now.phase === "open";
  page.away.hidden = !elsewhere;
  if (!elsewhere || page.away.dataset.at === now.at) return;
  page.away.dataset.at = now.at;
  page.away.replaceChildren(now.at
    ? make("button", { type: "button", onclick: back }, "The room is at ", make("b", {}, room.criteria.get(now.at).title), make("span", { class: "go" }, "Go there"))
    : make("p", {}, "The room is at no criterion yet. You vote ahead."));
}

function line() {
  // After the end nobody waits for anything, unless a vote is still here.
  const over = room.now?.phase === "closed" && !Object.keys(votes.waiting).length;
  const said = over ? "" : lost || trouble === "lost"
    ? "No connection to the room. Your votes are kept here and sent when it is back."
    : trouble === "unwritable"
      ? "The facilitator’s machine cannot save right now. Your vote is kept here and sent again."
      : trouble === "crowded" ? "One moment: your votes are sent one by one." : "";
  if (page.line.textContent !== said) page.line.textContent = said;
  page.line.classList.toggle("shown", said !== "");
}

function tell(sentence) {
  page.said.textContent = sentence;
}

// --- what a person does ---

function open(key) {
  room.place = "room";
  room.key = key;
  room.follow = key === room.now.at && room.now.phase === "open";
  show();
  view.first?.focus({ preventScroll: true });
  link.restart();
}

function list() {
  room.place = "agenda";
  show();
  view.first?.focus({ preventScroll: true });
}

function back() {
  room.place = "room";
  room.follow = true;
  room.key = room.now.at;
  show();
  view.first?.focus({ preventScroll: true });
  link.restart();
}

function follow(on) {
  room.follow = on;
}

// Somebody has finished writing: the page may go where the room went meanwhile.
function settle() {
  if (room.now && room.key !== room.now.at) move();
}

addEventListener("beforeunload", () => view?.leave?.());
begin();
