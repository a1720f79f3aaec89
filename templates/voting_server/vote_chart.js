// The distribution of votes as a chart: one dot for each vote, the participant's own one marked.

import { draw, plural } from "./dom.js";

const ROW = 48;
const WIDTH = 360;

// The chart in words, for screen readers.
export function describeVotes(spread, names, own) {
  const levels = spread.counts.map((count, level) => `${level} ${names[level]}: ${plural(count, "vote", "votes")}`);
  const median = spread.median === null ? "no median" : `the median is ${spread.median}`;
  const mine = own === null || own === undefined ? "" : `; you voted ${own}`;
  return `${levels.join(", ")}; ${spread.abstained} abstained; ${median}${mine}`;
}

export function drawVoteChart(spread, names, own) {
  const label = describeVotes(spread, names, own);
  return draw("svg", { viewBox: `0 0 ${WIDTH} ${5 * ROW}`, role: "img", "aria-label": label, class: "spread" },
    [4, 3, 2, 1, 0].map((level, place) => drawRow(spread, names, own, level, place * ROW)));
}

function drawRow(spread, names, own, level, top) {
  const count = spread.counts[level];
  const mine = own === level;
  const tags = [mine ? "you" : "", spread.median === level ? "median" : ""].filter(Boolean);
  return draw("g", {},
    spread.median === level && draw("rect", { x: 0, y: top + 1, width: WIDTH, height: ROW - 2, rx: 8, class: "median" }),
    draw("rect", { x: 6, y: top + 8, width: 32, height: 32, rx: 8, class: `fill-${level}` }),
    draw("text", { x: 22, y: top + 29.5, class: `number on-${level}` }, String(level)),
    draw("text", { x: 50, y: top + 18, class: "name" }, names[level],
      tags.length > 0 && draw("tspan", { class: "tag", dx: 6 }, tags.join(" · "))),
    drawDots(count, mine, 50, top + 34, 262),
    draw("text", { x: WIDTH - 10, y: top + 30, class: count ? "count" : "count zero" }, String(count)));
}

function drawDots(count, mine, left, middle, width) {
  const step = Math.min(19, width / Math.max(count, 1));
  const radius = Math.min(7.5, step * 0.42);
  return Array.from({ length: count }, (_, n) => draw("circle", {
    cx: left + radius + n * step, cy: middle, r: radius, class: mine && n === 0 ? "dot mine" : "dot",
  }));
}

// For the projector: the votes on one level as a stack of dots, filled from below.
export function drawDotStack(count, level, most) {
  const wide = 4;
  const size = 10;
  const high = Math.max(2, Math.ceil(most / wide));
  return draw("svg", { viewBox: `0 0 ${wide * size} ${high * size}`, class: "heap", "aria-hidden": "true" },
    Array.from({ length: count }, (_, n) => draw("circle", {
      cx: size / 2 + (n % wide) * size, cy: high * size - size / 2 - Math.floor(n / wide) * size, r: 4.3, class: `heap-${level}`,
    })));
}
