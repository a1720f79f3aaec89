// The join page: the code of a card, and a name if the card has none.

import { make, pause } from "./dom.js";

export function joinView({ joined, announce, note }) {
  const error = make("p", { class: "error", role: "alert" }, note);
  const code = make("input", {
    id: "code", name: "code", class: "code", autocomplete: "off", autocapitalize: "characters",
    spellcheck: "false", maxlength: "20", "aria-describedby": "code-hint", required: true,
  });
  const name = make("input", {
    id: "name", name: "name", autocomplete: "name", maxlength: "60", "aria-describedby": "name-hint", dir: "auto",
  });
  const button = make("button", { type: "submit", class: "main" }, "Join");
  const naming = make("div", { class: "field", hidden: true },
    make("label", { for: "name" }, "Your name"), name,
    make("p", { id: "name-hint", class: "hint" },
      "It appears on your ballot. Everyone sees it with your votes once they are revealed."));
  const form = make("form", { class: "card join", novalidate: true },
    make("div", { class: "field" },
      make("label", { for: "code" }, "Code"), code,
      make("p", { id: "code-hint", class: "hint" }, "Eight letters and digits from your card.")),
    naming, error, button);
  const first = make("h1", { tabindex: "-1" }, "Join the vote");
  let pending = null;

  async function post() {
    const body = { code: code.value };
    if (!naming.hidden) body.name = name.value;
    const response = await fetch("/api/join", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), cache: "no-store",
    });
    return { response, answer: await response.json() };
  }

  // Returns the seconds after which to try again automatically; 0 if the person has to act.
  async function attempt() {
    let result;
    try {
      result = await post();
    } catch {
      error.textContent = "No connection to the voting server. Trying again.";
      return 2;
    }
    const { response, answer } = result;
    if (response.ok) {
      error.textContent = "";
      if (answer.joined) { joined(); return 0; }
      naming.hidden = false;
      name.required = true;
      name.focus();
      announce("The code is correct. Enter your name.");
      return 0;
    }
    error.textContent = answer.error;
    if (response.status === 409 && answer.reason === "waiting") return 3;
    return response.status === 429 || response.status >= 500 ? Number(response.headers.get("Retry-After")) || 2 : 0;
  }

  async function submit(event) {
    event?.preventDefault();
    pending?.abort();
    if (!code.value.trim()) { error.textContent = "Enter the code on your card."; code.focus(); return; }
    if (!naming.hidden && !name.value.trim()) { error.textContent = "Please enter your name."; name.focus(); return; }
    const current = (pending = new AbortController());
    button.disabled = true;
    for (let wait = await attempt(); wait && !current.signal.aborted; wait = await attempt()) {
      button.disabled = false;
      await pause(wait, current.signal);
      if (current.signal.aborted) return;
    }
    button.disabled = false;
  }

  form.addEventListener("submit", submit);
  code.addEventListener("input", () => { naming.hidden = true; error.textContent = ""; pending?.abort(); });
  const given = location.hash.slice(1);
  if (given) {
    // The code works once, so it need not stay in the address bar or in the history.
    history.replaceState(null, "", location.pathname);
    code.value = given.length === 8 ? `${given.slice(0, 4)}-${given.slice(4)}` : given;
    queueMicrotask(submit);
  }
  return {
    root: make("div", { class: "narrow" }, first,
      make("p", { class: "lead" }, "You vote on your own device. No vote is visible before the facilitator reveals them all."),
      form),
    first, title: "Join the vote",
    leave: () => pending?.abort(),
  };
}
