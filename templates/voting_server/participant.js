// The participant's page: join, vote, follow the session.

import { make, sortByAgenda } from "./dom.js";
import { LongPoll } from "./long_poll.js";
import { VoteQueue } from "./vote_queue.js";
import { joinView } from "./join.js";
import { ballotView } from "./ballot.js";
import { agendaView, thanksView, waitingView } from "./views.js";

const byId = (id) => document.getElementById(id);
const page = { line: byId("line"), head: byId("head"), away: byId("away"), main: byId("main"), foot: byId("foot"), said: byId("said") };

const session = {
  names: [], controls: [], criteria: new Map(), now: null, you: null,
  // `place` is "room" for a ballot or "agenda" for the list; `key` is the criterion shown.
  follow: true, place: "room", key: "",
};
let view = null;
let lost = false;
let trouble = null;

const votes = new VoteQueue({
  onChange: (key) => { updateHead(); view?.changed?.(key); },
  onReceived: () => poll.restart(),
  onTrouble: (found) => { trouble = found; updateWarning(); },
  onUnauthorized: loseSeat,
});

const poll = new LongPoll({
  address: (seen) => `/api/state?seen=${seen}&look=${encodeURIComponent(session.key)}`,
  onChange: (found) => applyState(found),
  onConnection: (connected) => { lost = !connected; updateWarning(); },
  onUnauthorized: loseSeat,
});

// --- messages of the server ---

// Returns false if this device has no seat.
async function enter() {
  const response = await fetch("/api/criteria", { cache: "no-store" });
  if (response.status === 401) return false;
  if (!response.ok) throw new Error(String(response.status));
  const found = await response.json();
  session.names = found.levels;
  session.controls = found.controls;
  session.criteria = new Map(found.controls.flatMap((control) =>
    control.criteria.map((criterion, n) => [criterion.key, { ...criterion, control, number: n + 1 }])));
  // A card scanned a second time: its code is used up, and this device has its seat already.
  if (location.hash) history.replaceState(null, "", location.pathname);
  poll.start();
  return true;
}

function applyState({ room: now, you }) {
  const before = session.now?.at;
  session.now = now;
  session.you = you;
  votes.sync(you.mark, you.votes);
  if (before !== undefined && now.at && now.at !== before) announce(`Current criterion: ${session.criteria.get(now.at).title}.`);
  followSession();
}

// Show the current criterion, unless the participant is elsewhere on purpose or still typing.
function followSession() {
  if (session.follow && session.place === "room" && !view?.busy?.()) session.key = session.now.at;
  show();
}

// Back to the join page: on purpose, or because the server does not know this device any more.
function leave(note = "") {
  poll.stop();
  session.now = null;
  session.you = null;
  showView("join", () => joinView({ joined: begin, announce, note }));
  updateHead();
}

function loseSeat() {
  leave(session.you ? "This device has no seat here any more. Your votes are safe; join again with a new code." : "");
}

async function begin() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 4000)) {
    try {
      if (!(await enter())) leave();
      return;
    } catch {
      lost = true;
      updateWarning();
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

// --- display ---

function show() {
  const { now } = session;
  updateHead();
  updateAwayBar();
  if (session.place === "agenda") showView("agenda", () => agendaView(session, votes, { open, setFollow, back, leave: () => leave() }));
  else if (now.phase === "closed" && (session.follow || !session.key)) showView("thanks", () => thanksView(session, votes, { showList }));
  else if (!session.key) showView("waiting", () => waitingView(session, { showList }));
  else showView(`ballot ${session.key}`, () => ballotView(session, votes, { open, settle }));
  view.update?.();
}

// Replace the view unless it is shown already: a new one would lose focus and typed text.
function showView(name, build) {
  if (view?.name === name) return;
  view?.leave?.();
  view = build();
  view.name = name;
  const inside = page.main.contains(document.activeElement);
  page.main.replaceChildren(view.root);
  page.main.className = name.split(" ")[0];
  page.foot.replaceChildren(...(view.foot ?? []));
  page.foot.hidden = !view.foot;
  scrollTo(0, 0);
  // The focused element is gone: without a new focus, keyboards and screen readers start at the top.
  if (inside || view.focus) (view.first ?? page.main).focus({ preventScroll: true });
  document.title = view.title ?? "Vote";
}

function updateHead() {
  page.head.hidden = !session.you;
  if (!session.you) { page.away.hidden = true; return; }
  const all = session.criteria.size;
  const done = [...session.criteria.keys()].filter((key) => votes.vote(key)).length;
  const inList = session.place === "agenda";
  const who = session.now.naming === "anonymous" ? "Anonymous" : session.you.name;
  const button = make("button", { type: "button", class: "quiet", onclick: inList ? back : showList },
    inList ? "Back to the vote" : "All criteria",
    !inList && make("span", { class: "tally", "aria-label": `${done} of ${all} voted` }, `${done}/${all}`));
  const key = `${who} ${done} ${inList}`;
  if (page.head.dataset.key === key) return;
  page.head.dataset.key = key;
  page.head.replaceChildren(make("p", { class: "who", dir: "auto" }, who), button);
}

// The bar that names the current criterion while another one is shown.
function updateAwayBar() {
  const { now } = session;
  const elsewhere = session.place === "room" && session.key && session.key !== now.at && now.phase === "open";
  page.away.hidden = !elsewhere;
  if (!elsewhere || page.away.dataset.at === now.at) return;
  page.away.dataset.at = now.at;
  page.away.replaceChildren(now.at
    ? make("button", { type: "button", onclick: back }, "Current criterion: ", make("b", {}, session.criteria.get(now.at).title), make("span", { class: "go" }, "Go there"))
    : make("p", {}, "No criterion is open for discussion yet. You are voting ahead."));
}

function updateWarning() {
  // After the end a lost connection does not matter, unless this device still has a vote to send.
  const over = session.now?.phase === "closed" && !Object.keys(votes.waiting).length;
  const text = over ? "" : lost || trouble === "lost"
    ? "No connection to the voting server. Your votes are saved on this device and sent later."
    : trouble === "unwritable"
      ? "The facilitator’s computer cannot save right now. Your vote is saved on this device and sent again."
      : trouble === "crowded" ? "One moment: your votes are sent one by one." : "";
  if (page.line.textContent !== text) page.line.textContent = text;
  page.line.classList.toggle("shown", text !== "");
}

// For screen readers.
function announce(sentence) {
  page.said.textContent = sentence;
}

// --- actions of the participant ---

function open(key) {
  session.place = "room";
  session.key = key;
  session.follow = key === session.now.at && session.now.phase === "open";
  show();
  view.first?.focus({ preventScroll: true });
  poll.restart(); // the request in progress asks for the votes of another criterion
}

function showList() {
  session.place = "agenda";
  show();
  view.first?.focus({ preventScroll: true });
}

function back() {
  session.place = "room";
  session.follow = true;
  session.key = session.now.at;
  show();
  view.first?.focus({ preventScroll: true });
  poll.restart();
}

function setFollow(on) {
  session.follow = on;
}

// The participant has finished typing: the page may now move to the current criterion.
function settle() {
  if (session.now && session.key !== session.now.at) followSession();
}

addEventListener("beforeunload", () => view?.leave?.());
begin();
