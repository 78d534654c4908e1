// How the old page lies on the new one: maps [a, b, c, d, e, f] in points, x' = a x + c y + e, y' = b x + d y + f.

import { t } from "./messages.mjs";

const MM = 25.4 / 72;
const NEAR = 3; // points within which a word lies where the map takes it
const LEAST = 3; // words that must agree
const MOST_WORDS = 4000;

const SAME = [1, 0, 0, 1, 0, 0];

export const through = ([a, b, c, d, e, f], [x, y]) => [a * x + c * y + e, b * x + d * y + f];

export function back([a, b, c, d, e, f]) {
  const det = a * d - b * c;
  return [d / det, -b / det, -c / det, a / det, (c * f - d * e) / det, (b * e - a * f) / det];
}

// The box around a box that was mapped.
export function boxThrough(map, [x0, y0, x1, y1]) {
  const points = [[x0, y0], [x1, y0], [x0, y1], [x1, y1]].map((point) => through(map, point));
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function turnedAbout(scale, degrees, [x, y], [toX, toY]) {
  const angle = (degrees * Math.PI) / 180;
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return [a, b, -b, a, toX - (a * x - b * y), toY - (b * x + a * y)];
}

// What the page map says of two drawings: the middle of the old sheet goes to its own place, or to the middle of a sheet
// of another size, and by `shift` beyond; `turn` is clockwise.
function fromRegistration({ shift, turn, scale }, old, now) {
  const middle = [old.width / 2, old.height / 2];
  const sameSize = Math.abs(old.width - now.width) < 1 && Math.abs(old.height - now.height) < 1;
  const goal = sameSize ? middle : [now.width / 2, now.height / 2];
  return turnedAbout(scale, turn, middle, [goal[0] + shift[0] / MM, goal[1] + shift[1] / MM]);
}

// By two points of the old page and where they lie on the new one.
export function fromPairs([[p, q], [r, t]]) {
  const [from, to] = [[r[0] - p[0], r[1] - p[1]], [t[0] - q[0], t[1] - q[1]]];
  const length = Math.hypot(...from);
  if (length < 1 || Math.hypot(...to) < 1) return null;
  const turn = ((Math.atan2(to[1], to[0]) - Math.atan2(from[1], from[0])) * 180) / Math.PI;
  return turnedAbout(Math.hypot(...to) / length, turn, p, q);
}

// Without anything better: edge on edge, and sheets of one shape but another size made as large as each other.
function fromPaper(old, now) {
  const [wide, high] = [now.width / old.width, now.height / old.height];
  return Math.abs(wide / high - 1) < 0.03 ? [wide, 0, 0, wide, 0, 0] : SAME;
}

// By the words that stand once on each page: most of them must agree on a shift, or on a shift, scale and turn.
function fromWords(old, now) {
  const [ours, theirs] = [alone(old), alone(now)];
  const pairs = [...ours].filter(([word]) => theirs.has(word)).map(([word, at]) => [at, theirs.get(word)]);
  if (pairs.length < LEAST) return null;
  const agreeing = (map) => pairs.filter(([p, q]) => distance(through(map, p), q) < NEAR);
  let best = null;
  for (const scaled of [[1, 0], similar(pairs)]) {
    if (!scaled) continue;
    const plain = turnedAbout(scaled[0], scaled[1], [0, 0], [0, 0]);
    const shift = commonest(pairs.map(([p, q]) => { const r = through(plain, p); return [q[0] - r[0], q[1] - r[1]]; }));
    const map = [...plain.slice(0, 4), ...shift];
    const count = agreeing(map).length;
    if (!best || count > best.count * 1.2) best = { map, count, share: count / pairs.length };
  }
  return best.count >= LEAST && best.share > 0.25 ? best : null;
}

const distance = ([a, b], [c, d]) => Math.hypot(a - c, b - d);

function alone(words) {
  const places = new Map();
  for (const [text, x0, y0, x1, y1] of words.slice(0, MOST_WORDS)) if (text.length > 2) places.set(text, places.has(text) ? null : [(x0 + x1) / 2, (y0 + y1) / 2]);
  for (const [text, place] of places) if (!place) places.delete(text);
  return places;
}

// The median scale and turn of far words, [scale, degrees].
function similar(pairs) {
  const half = Math.floor(pairs.length / 2);
  const found = [];
  for (let i = 0; i + half < pairs.length; i++) {
    const [[p, q], [r, s]] = [pairs[i], pairs[i + half]];
    const length = distance(p, r);
    if (length < 60) continue;
    const turn = Math.atan2(s[1] - q[1], s[0] - q[0]) - Math.atan2(r[1] - p[1], r[0] - p[0]);
    found.push([distance(q, s) / length, (Math.atan2(Math.sin(turn), Math.cos(turn)) * 180) / Math.PI]);
  }
  return found.length < LEAST ? null : [0, 1].map((axis) => median(found.map((one) => one[axis])));
}

function commonest(shifts) {
  const votes = new Map();
  for (const [x, y] of shifts) {
    const key = `${Math.round(x / NEAR)},${Math.round(y / NEAR)}`;
    votes.set(key, [...(votes.get(key) ?? []), [x, y]]);
  }
  const most = [...votes.values()].reduce((best, each) => (each.length > best.length ? each : best));
  return [0, 1].map((axis) => median(most.map((shift) => shift[axis])));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

// "shifted 2.0 mm right and 4.0 mm down, turned 90°, 1.047 times as large", seen from the middle of the old page.
function mapWords(map, old) {
  const middle = [old.width / 2, old.height / 2];
  const goal = through(map, middle);
  const scale = Math.hypot(map[0], map[1]);
  const turn = (Math.atan2(map[1], map[0]) * 180) / Math.PI;
  const told = [];
  const shift = [[t`right`, t`left`], [t`down`, t`up`]].map((words, axis) => {
    const by = (goal[axis] - middle[axis]) * MM;
    return Math.abs(by) >= 0.05 ? t`${Math.abs(by).toFixed(1)} mm ${words[by > 0 ? 0 : 1]}` : null;
  }).filter(Boolean);
  if (shift.length) told.push(t`shifted ${shift.length > 1 ? t`${shift[0]} and ${shift[1]}` : shift[0]}`);
  if (Math.abs(turn) >= 0.01) told.push(t`turned ${Number(turn.toFixed(2))}°`);
  if (Math.abs(scale - 1) >= 2e-4) told.push(t`${Number(scale.toFixed(4))} times as large`);
  return told.join(", ");
}

// How the pages of every row of the page map lie on each other: by hand, by what the comparison found, by their words, or by
// their paper.
export class Layings {
  constructor(result, addresses) {
    Object.assign(this, { result, addresses });
    this.byHand = new Map();
    this.byWords = new Map();
  }

  pages(index) {
    const row = this.result.rows[index];
    return ["old", "new"].map((side) => this.result.documents[side].pages[this.result.indexOf[side].get(row[side])] ?? null);
  }

  // {map, how}; what the words say is known after `look`.
  of(index) {
    const [old, now] = this.pages(index);
    if (!old || !now) return { map: SAME, how: "alone" };
    const row = this.result.rows[index];
    if (this.byHand.has(index)) return { map: this.byHand.get(index), how: "hand" };
    if (row.registration) return { map: fromRegistration(row.registration, old, now), how: "drawing" };
    const worded = this.byWords.get(index);
    return worded ? { map: worded.map, how: "words", count: worded.count } : { map: fromPaper(old, now), how: "paper" };
  }

  // Lay a row by its words, once; whether that is better than what was there.
  async look(index) {
    if (this.byWords.has(index) || this.of(index).how !== "paper") return false;
    this.byWords.set(index, null);
    const pages = this.pages(index);
    const words = await Promise.all(["old", "new"].map((side, k) => this.addresses.text(this.result.documents[side], pages[k].number)));
    if (!words[0] || !words[1]) return false;
    const found = fromWords(...words);
    this.byWords.set(index, found);
    return found !== null && found.map.some((value, k) => Math.abs(value - SAME[k]) > (k < 4 ? 1e-4 : 0.1));
  }

  words(index) {
    const { map, how, count } = this.of(index);
    const [old] = this.pages(index);
    const moved = mapWords(map, old);
    const told_ = moved || t`not moved`;
    return { hand: t`laid by hand: ${told_}`, drawing: t`laid by its lines: ${told_}`, words: t`laid by ${count ?? 0} words: ${told_}`, paper: moved ? t`laid edge on edge: ${moved}` : t`laid edge on edge`, alone: "" }[how];
  }
}
