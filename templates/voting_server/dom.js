// The only module that creates elements. Texts become text nodes and are never parsed as HTML, so
// names and comments cannot inject markup.

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

// Text that a person has typed: dir="auto" keeps right-to-left text from reordering its surroundings.
export const typed = (tag, text, name) => make(tag, { dir: "auto", class: name ?? false }, text);

export const plural = (count, singular, many) => `${count} ${count === 1 ? singular : many}`;

export const pause = (seconds, signal) => new Promise((done) => {
  const timer = setTimeout(done, seconds * 1000);
  signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});

// Controls in the order of the agenda; those not on it come last.
export function sortByAgenda(controls, agenda) {
  const place = (control) => (agenda.includes(control.id) ? agenda.indexOf(control.id) : agenda.length);
  return [...controls].sort((a, b) => place(a) - place(b));
}
