// Taking a seat: the code of a card, and a name where the card carries none.

import { make, pause } from "./dom.js";

export function joining({ joined, tell, note }) {
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
      "It stands on your ballot. The room sees your votes beside it once they are revealed."));
  const form = make("form", { class: "card join", novalidate: true },
    make("div", { class: "field" },
      make("label", { for: "code" }, "Code"), code,
      make("p", { id: "code-hint", class: "hint" }, "Eight letters and digits, on your card.")),
    naming, error, button);
  const first = make("h1", { tabindex: "-1" }, "Join the vote");
  let trying = null;

  async function ask() {
    const asked = { code: code.value };
    if (!naming.hidden) asked.name = name.value;
    const response = await fetch("/api/join", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked), cache: "no-store",
    });
    return { response, answer: await response.json() };
  }

  // Returns the seconds after which to try again by itself, 0 where a person has to do something.
  async function attempt() {
    let found;
    try {
      found = await ask();
    } catch {
      error.textContent = "No connection to the room. It is tried again.";
      return 2;
    }
    const { response, answer } = found;
    if (response.ok) {
      error.textContent = "";
      if (answer.joined) { joined(); return 0; }
      naming.hidden = false;
      name.required = true;
      name.focus();
      tell("The code is right. Say your name.");
      return 0;
    }
    error.textContent = answer.error;
    if (response.status === 409 && answer.reason === "waiting") return 3;
    return response.status === 429 || response.status >= 500 ? Number(response.headers.get("Retry-After")) || 2 : 0;
  }

  async function submit(event) {
    event?.preventDefault();
    trying?.abort();
    if (!code.value.trim()) { error.textContent = "Type the code of your card."; code.focus(); return; }
    if (!naming.hidden && !name.value.trim()) { error.textContent = "Please say who you are."; name.focus(); return; }
    const mine = (trying = new AbortController());
    button.disabled = true;
    for (let wait = await attempt(); wait && !mine.signal.aborted; wait = await attempt()) {
      button.disabled = false;
      await pause(wait, mine.signal);
      if (mine.signal.aborted) return;
    }
    button.disabled = false;
  }

  form.addEventListener("submit", submit);
  code.addEventListener("input", () => { naming.hidden = true; error.textContent = ""; trying?.abort(); });
  const given = location.hash.slice(1);
  if (given) {
    // The code is used up by this: it need not stay in the address.
    history.replaceState(null, "", location.pathname);
    code.value = given.length === 8 ? `${given.slice(0, 4)}-${given.slice(4)}` : given;
    queueMicrotask(submit);
  }
  return {
    root: make("div", { class: "narrow" }, first,
      make("p", { class: "lead" }, "You vote on your own device. Nobody sees a vote before the facilitator reveals all of them."),
      form),
    first, title: "Join the vote",
    leave: () => trying?.abort(),
  };
}
