// Changes drawn over a page, in points: tinted words, lines by kind, frames, clouds around parts of drawings.

import { s } from "./dom.mjs";
import { KINDS, LAYERS } from "./names.mjs";
import { FRAMED } from "./telling.mjs";

const ARC = [5, 11]; // px, least and greatest chord of a bow of a cloud
const MOST_ARCS = 240; // of one cloud

const grown = (by, rx, [x0, y0, x1, y1]) =>
  s("rect", { x: x0 - by, y: y0 - by, width: Math.max(x1 - x0 + 2 * by, 1), height: Math.max(y1 - y0 + 2 * by, 1), rx });

// One change on a page: tinted words, a line by kind, a bar with the kind's initial in the margin. Tints and halos lie
// in a group of their own, whose opacity is that of the group: lines of a block overlap unseen.
// `px` is the size of a CSS px in points, `part` the place within an edited picture, `initials` those set so far.
export function mark({ entry, boxes, on, px, part, initials }) {
  const { kind, layer, id, severity } = entry.change;
  const clouded = layer === "drawing";
  const framed = FRAMED.has(layer);
  const classes = ["change", kind, `layer-${layer}`, severity, on && "on", boxes.length > 1 && "block", boxes.length > 8 && "many", framed && "framed", clouded && "clouded"];
  const group = s("g", { class: classes.filter(Boolean).join(" "), "data-change": id });
  if (layer === "page") {
    group.append(s("g", { class: "frame" }, boxes.map((box) => grown(-2, 0, box))));
    return group;
  }
  const shape = (by, box) => (clouded ? cloud(box, by, px) : grown(by, 1.5, box));
  if (on) group.append(s("g", { class: "halo" }, boxes.map((box) => (clouded ? cloud(box, 1.2, px) : grown(2 + 2 * px, 3, box)))));
  if (!framed) group.append(s("g", { class: "tint" }, boxes.map((box) => grown(1.2, 1.5, box))));
  group.append(s("g", { class: "frame", "data-testid": "box" }, boxes.map((box) => shape(1.2, box))));
  for (const [x0, y0, x1, y1] of boxes) {
    const y = kind === "deleted" ? (y0 + y1) / 2 : y1 + 1.2;
    if (framed) group.append(...label(clouded ? KINDS[kind].word : (LAYERS[layer] ?? layer), [x0, y0, x1, y1], px, on, clouded));
    else group.append(s("line", { x1: x0 - 1.2, x2: x1 + 1.2, y1: y, y2: y, class: "stroke" }));
    if (!clouded) group.append(s("line", { x1: -6 * px, x2: -6 * px, y1: y0, y2: y1, class: "bar" }));
  }
  if (part) group.append(s("g", { class: "part" }, grown(0.6, 1, part)));
  const top = boxes[0][1];
  if (!clouded && initials.every((taken) => Math.abs(top - taken) > 11 * px)) {
    group.append(s("text", { x: -10 * px, y: (top + Math.min(boxes[0][3], top + 16)) / 2 + 3.2 * px, "font-size": 9 * px, "text-anchor": "end", class: "initial" }, KINDS[kind].letter));
    initials.push(top);
  }
  return group;
}

// Very many changes of a page as one shape a kind: thousands of elements would make every scroll slow.
export function dense(kind, boxes) {
  const round = (value) => Math.round(value * 10) / 10;
  const d = boxes.map(([x0, y0, x1, y1]) => `M${round(x0 - 1.2)} ${round(y0 - 1.2)}H${round(x1 + 1.2)}V${round(y1 + 1.2)}H${round(x0 - 1.2)}Z`).join("");
  return s("g", { class: `change dense ${kind}`, "data-testid": "dense" }, s("path", { d, class: "tint" }), s("path", { d, class: "outline" }));
}

// A revision cloud around a box: bows of one size all the way round, bulging outwards.
export function cloud([x0, y0, x1, y1], by, px) {
  const bow = Math.min(Math.max(Math.min(x1 - x0, y1 - y0) / 4, ARC[0] * px), ARC[1] * px);
  const out = by + 0.3 * bow;
  const corners = [[x0 - out, y0 - out], [x1 + out, y0 - out], [x1 + out, y1 + out], [x0 - out, y1 + out]];
  const around = 2 * (x1 - x0 + y1 - y0 + 4 * out);
  const chord = Math.max(bow, around / MOST_ARCS);
  const round = (value) => Math.round(value * 100) / 100;
  let path = `M${round(corners[0][0])} ${round(corners[0][1])}`;
  corners.forEach(([x, y], i) => {
    const [toX, toY] = corners[(i + 1) % 4];
    const count = Math.max(1, Math.round(Math.hypot(toX - x, toY - y) / chord));
    const radius = round((Math.hypot(toX - x, toY - y) / count) * 0.58);
    for (let k = 1; k <= count; k++) path += `A${radius} ${radius} 0 0 1 ${round(x + ((toX - x) * k) / count)} ${round(y + ((toY - y) * k) / count)}`;
  });
  return s("path", { d: `${path}Z` });
}

// What a frame is about, in a corner of it: that is not told by colour alone. Beside a frame too small to hold it, where it
// would cover words, only while that is the current one.
function label(word, [x0, y0, x1, y1], px, on, clouded) {
  const high = 13 * px;
  const wide = (word.length * 5.6 + 8) * px;
  const fits = !clouded && x1 - x0 > 1.5 * wide && y1 - y0 > 2.5 * high;
  if (!fits && !on) return [];
  const out = clouded ? 8 * px : 0;
  const top = fits || y0 < high + out + 2 ? y0 - 1.2 : y0 - 1.2 - high - out;
  return [s("g", { class: "label" },
    s("rect", { x: x0 - 1.2, y: top, width: wide, height: high }),
    s("text", { x: x0 - 1.2 + 4 * px, y: top + 9.6 * px, "font-size": 9.5 * px }, word))];
}
