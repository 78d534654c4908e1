// Changes as a line of words, what differs made strong.

import { h } from "./dom.mjs";
import { t } from "./messages.mjs";
import { notesOf, propertiesOf, styleWords, textOf, whereOf } from "./telling.mjs";

// A change in words: what went, what came, a little of what stands around it.
export function describe(change) {
  const { kind, layer, detail } = change;
  const [old, now] = ["old", "new"].map((side) => textOf(change, side));
  const clip = (text, limit = 220) => (text.length > limit ? `${text.slice(0, limit)}…` : text);
  const grey = (text) => h("span", { class: "around", text });
  if (layer === "style") return [h("span", { class: "kept", text: clip(now ?? old, 90) }), grey(` ${styleWords(detail)}`)];
  if (layer === "page" && kind !== "replaced") return [grey(clip(now ?? old, 120) || t`A page without text`)];
  const parts = [];
  const where = whereOf(change);
  if (where) parts.push(h("span", { class: "cell", text: where }), ...(old || now ? [grey(": ")] : []));
  if (kind === "moved" || (kind === "replaced" && old === now)) {
    if (now) parts.push(h("span", { class: "kept", text: clip(now) }));
    const [first] = propertiesOf(change);
    if (first) parts.push(grey(`${now ? "  " : ""}${first[0]}: ${first[1] ?? t`none`} → ${first[2] ?? t`none`}`));
    else if (!parts.length) parts.push(grey(sizeWords(change) ?? notesOf(change)[0] ?? t`Without text`));
    return parts;
  }
  const [before, after] = layer === "text" ? around(change) : ["", ""];
  if (before) parts.push(grey(`${before.length > 28 ? `…${before.slice(-26).replace(/^\S*\s/, "")}` : before} `));
  const said = (tag, text, counterpart) => (text ? h(tag, {}, ...emphasised(clip(text, 160), clip(counterpart ?? "", 160))) : grey(t`empty`));
  if (!old && !now) {
    const noted = sizeWords(change) ?? notesOf(change)[0];
    if (noted || !where) parts.push(grey(`${where ? " " : ""}${noted ?? "Without text"}`));
  } else if (kind === "deleted") parts.push(h("del", { text: clip(old) }));
  else if (kind === "inserted") parts.push(h("ins", { text: clip(now) }));
  else parts.push(said("del", old, now), h("span", { class: "arrow", text: " → " }), said("ins", now, old));
  if (after) parts.push(grey(` ${after}`));
  return parts;
}

// Of a picture: how large it is.
function sizeWords({ layer, old, new: now }) {
  const box = (now ?? old)?.regions?.[0]?.box;
  if (!box || (layer !== "image" && layer !== "drawing")) return null;
  const [wide, high] = [box[2] - box[0], box[3] - box[1]].map((value) => Math.round((value * 25.4) / 72));
  return `${wide} × ${high} mm`;
}

// What stands before and after a change in its sentence.
export function around({ old, new: now, detail }) {
  const side = now ?? old;
  const sentence = detail?.context?.[now ? "new" : "old"];
  if (typeof sentence !== "string" || !side.text) return ["", ""];
  const at = sentence.indexOf(side.text);
  return at < 0 ? ["", ""] : [sentence.slice(0, at).trim(), sentence.slice(at + side.text.length).trim()];
}

// A text in which only the words that differ from its counterpart are strong.
export function emphasised(text, counterpart) {
  const mine = text.split(/(\s+)/);
  const theirs = counterpart.split(/(\s+)/);
  if (mine.length < 5) return [text];
  let head = 0;
  while (head < mine.length && head < theirs.length && mine[head] === theirs[head]) head++;
  let tail = 0;
  while (tail < mine.length - head && tail < theirs.length - head && mine.at(-1 - tail) === theirs.at(-1 - tail)) tail++;
  if (head + tail === 0) return [text];
  const cut = mine.length - tail;
  return [mine.slice(0, head).join(""), h("b", { text: mine.slice(head, cut).join("") }), mine.slice(cut).join("")];
}
