// Join cards to print and cut, one for each unused code.

import { make, plural, typed } from "./dom.js";

// The key comes in the fragment, which is never sent to a server. It is removed from the address
// bar, and kept for a reload.
const key = new URLSearchParams(location.hash.slice(1)).get("key") ?? sessionStorage.getItem("calib-cards") ?? "";
sessionStorage.setItem("calib-cards", key);
history.replaceState(null, "", location.pathname);

const count = document.getElementById("count");
const main = document.getElementById("main");
document.getElementById("print").addEventListener("click", () => print());

function buildCard(card, address) {
  return make("article", { class: "card" },
    make("div", {},
      card.name ? typed("h2", card.name) : make("h2", { class: "blank" }, make("span", { class: "unseen" }, "No name yet")),
      make("p", { class: "hint" }, "Scan, or open"),
      make("p", { class: "address" }, address.replace(/^https?:\/\/|\/$/g, "")),
      make("p", { class: "hint" }, "and enter this code. It works once."),
      make("p", { class: "code" }, card.code)),
    make("img", { src: card.qr, alt: `QR code that joins with ${card.code}` }));
}

async function load() {
  const response = await fetch("/api/cards", { headers: { Authorization: `Bearer ${key}` }, cache: "no-store" }).catch(() => null);
  if (response?.status === 401) {
    count.textContent = "Only the facilitator can see this page. Open the cards from the notebook.";
    return;
  }
  if (!response?.ok) {
    count.textContent = "No connection to the voting server. Trying again.";
    setTimeout(load, 2000);
    return;
  }
  const { address, cards } = await response.json();
  count.textContent = cards.length
    ? `${plural(cards.length, "unused code", "unused codes")}. Anyone who has a card can vote with it: give each to its person only.`
    : "All codes have been used. Create new ones in the notebook.";
  main.replaceChildren(...cards.map((card) => buildCard(card, address)));
}

load();
