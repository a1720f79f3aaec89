// Elements are made here alone. Texts become text nodes; nothing is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

export const make = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const draw = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// What a person typed: its direction stays its own.
export const typed = (tag, text, name) => make(tag, { dir: "auto", class: name ?? false }, text);

export const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;

export const pause = (seconds, signal) => new Promise((done) => {
  const timer = setTimeout(done, seconds * 1000);
  signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

// The order in which the room goes through the controls; those off the agenda come last.
export function inOrder(controls, agenda) {
  const place = (control) => (agenda.includes(control.id) ? agenda.indexOf(control.id) : agenda.length);
  return [...controls].sort((a, b) => place(a) - place(b));
}
