// Join cards to print and cut: one for each code that nobody has used.

import { make, plural, typed } from "./dom.js";

const key = new URLSearchParams(location.hash.slice(1)).get("key") ?? sessionStorage.getItem("calib-cards") ?? "";
sessionStorage.setItem("calib-cards", key);
history.replaceState(null, "", location.pathname);

const count = document.getElementById("count");
const main = document.getElementById("main");
document.getElementById("print").addEventListener("click", () => print());

function card(one, address) {
  return make("article", { class: "card" },
    make("div", {},
      one.name ? typed("h2", one.name) : make("h2", { class: "blank" }, make("span", { class: "unseen" }, "No name yet")),
      make("p", { class: "hint" }, "Scan, or open"),
      make("p", { class: "address" }, address.replace(/^https?:\/\/|\/$/g, "")),
      make("p", { class: "hint" }, "and enter this code. It works once."),
      make("p", { class: "code" }, one.code)),
    make("img", { src: one.qr, alt: `QR code that joins with ${one.code}` }));
}

async function begin() {
  const response = await fetch("/api/cards", { headers: { Authorization: `Bearer ${key}` }, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) {
    count.textContent = "This window is not the facilitator’s. Open the cards from the notebook.";
    return;
  }
  if (!response?.ok) {
    count.textContent = "The voting server is not reached. It is tried again.";
    setTimeout(begin, 2000);
    return;
  }
  const { address, cards } = await response.json();
  count.textContent = cards.length
    ? `${plural(cards.length, "code waits", "codes wait")}. Whoever has a card has its vote: hand each to its person.`
    : "Every code was used. Make new ones in the notebook.";
  main.replaceChildren(...cards.map((one) => card(one, address)));
}

begin();
