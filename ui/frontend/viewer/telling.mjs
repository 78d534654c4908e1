// What a change says, whatever its layer: titles, places, properties. The same words as core/faces/telling.py.

import { language, t, word } from "./messages.mjs";
import { KINDS, LAYERS, SEVERITIES, SIDES } from "./names.mjs";

const OWN = new Set(["context", "from", "to", "pages", "characters", "hidden", "anchor", "properties"]); // of `detail`
const CELL = 120; // letters of a cell; of a longer one the differing words are shown
const MM = 25.4 / 72;
const STYLES = { family: "font", font: "font", size: "size", bold: "bold", italic: "italic", color: "colour", underline: "underline", strike: "strike", highlight: "highlight" };

const ITEMS = new Set(["annotation", "form", "link", "outline", "metadata"]);

// Layers whose changes are places, not words: they get a frame.
export const FRAMED = new Set(["image", "drawing", "annotation", "form"]);

// "Table row inserted", "Image replaced", "Style changed"; a change of text is only "Replaced".
export function titleOf({ layer, kind, detail }) {
  const did = KINDS[kind].word.toLowerCase();
  if (layer === "text") return detail?.running ? t`Running ${word(detail.running)} ${did}` : KINDS[kind].word;
  if (layer === "style") return t`Style changed`;
  if (layer === "image" && detail?.reason?.startsWith("image ")) return t`Image ${word(detail.reason.slice(6))}`;
  if (layer === "table" && ["cell", "row", "column"].includes(detail?.what)) return t`Table ${word(detail.what)} ${did}`;
  return t`${layer === "form" ? t`Form field` : (LAYERS[layer] ?? layer)} ${did}`;
}

// "Major · amount"; of a normal change only that it is one.
export function severityOf({ layer, severity, detail }) {
  const level = SEVERITIES[severity] ?? severity;
  const said = layer === "image" && detail?.reason?.startsWith("image "); // in the title already
  return detail?.reason && detail.reason !== severity && !said ? `${level} · ${word(detail.reason)}` : level;
}

// What it is about within its page: a cell of a table, a field by its name.
export function whereOf({ layer, detail, old, new: now }) {
  if (!detail) return "";
  const named = (...keys) => {
    const value = keys.map((key) => detail[key]).find((each) => (typeof each === "string" && each.trim()) || Number.isInteger(each));
    return typeof value === "string" ? `“${value}”` : value;
  };
  if (ITEMS.has(layer)) {
    const told = [detail.sort && word(detail.sort), named("name")].filter(Boolean).join(" ");
    return told === now?.text || told === old?.text ? "" : told; // what has no words of its own is called by its sort
  }
  if (layer !== "table") return "";
  const row = named("row_key", "row");
  const column = named("header", "column");
  const { what = "cell", table, rows, size } = detail;
  const [, page] = typeof table === "string" ? (table.match(/^Table on page (\d+)$/) ?? []) : [];
  const parts = [page ? t`Table on page ${page}` : typeof table === "string" ? table : Number.isInteger(table) ? t`Table ${table}` : t`Table`];
  if (["cell", "row"].includes(what) && row !== undefined) parts.push(rows > 1 ? t`${rows.toLocaleString(language)} rows from ${row}` : t`row ${row}`);
  if (["cell", "column"].includes(what) && column !== undefined) parts.push(t`column ${column}`);
  if (what === "table" && size?.length === 2) parts.push(t`${size[0]} rows, ${size[1]} columns`);
  return parts.join(" · ");
}

// The words of a side, of a short cell all of them; null where the change has no such side.
export function textOf(change, side) {
  if (!change[side]) return null;
  const cell = change.layer === "table" && (change.detail?.what ?? "cell") === "cell" ? change.detail?.[`${side}_cell`] : null;
  return typeof cell === "string" && cell.length <= CELL ? cell : (change[side].text ?? "");
}

// [name, old, new] of what else differs; null for none.
export function propertiesOf({ detail }) {
  const pairs = (found, sorts) => Object.entries(found ?? {}).filter(([, pair]) => Array.isArray(pair) && pair.length === 2 && pair.every((value) => value === null || sorts.includes(typeof value)));
  const own = pairs(detail, ["string"]).filter(([name]) => !OWN.has(name));
  return [...own, ...pairs(detail?.properties, ["string", "number", "boolean"])].map(([name, [old, now]]) => [word(name.replaceAll("_", " ")), old === "" ? null : old, now === "" ? null : now]);
}

// More in words, one piece each.
export function notesOf(change) {
  const { detail, layer } = change;
  const notes = [];
  if (layer === "style") notes.push(styleWords(detail));
  if (layer === "image" || layer === "drawing") {
    const { changed, samples } = detail ?? {};
    if (changed > 0) notes.push(t`${changed < 0.095 ? Math.max(changed * 100, 0.1).toFixed(1) : Math.round(changed * 100)} % of it differs`);
    if (samples?.[0] && samples[1] && String(samples[0]) !== String(samples[1])) notes.push(t`${samples.map(([wide, high]) => `${wide.toLocaleString(language)} × ${high.toLocaleString(language)}`).join(" → ")} samples`);
    notes.push(...drawingNotes(detail));
    const [old, now] = SIDES.map((side) => sizeWords(change, side));
    notes.push(...(old === now ? [now] : [old && t`old: ${old}`, now && t`new: ${now}`]));
  }
  if (detail?.edited) notes.push(t`edited as well`);
  if (detail?.moved) notes.push(t`moved as well`);
  if (detail?.count > 1) notes.push(t`${detail.count.toLocaleString(language)} alike`);
  if (detail?.places > 1) notes.push(t`in ${detail.places.toLocaleString(language)} places`);
  if (detail?.beside) notes.push(t`with the drawing beside it`);
  if (detail?.words?.length) notes.push(detail.words.length > 1 ? t`with the words beside it` : t`with the word beside it`);
  for (const flag of detail?.hidden ?? []) notes.push(t`hidden: ${word(flag)}`);
  return notes.filter(Boolean);
}

// What a part of a drawing stands by, and by how much it moved, millimetres.
function drawingNotes({ shift, near } = {}) {
  const notes = [];
  if (shift?.length === 2) {
    const words = [[t`right`, t`left`], [t`down`, t`up`]];
    const told = shift.map((by, axis) => Math.abs(by) >= 0.05 && t`${Math.abs(by).toFixed(1)} mm ${words[axis][by > 0 ? 0 : 1]}`).filter(Boolean);
    if (told.length) notes.push(t`by ${told.length > 1 ? t`${told[0]} and ${told[1]}` : told[0]}`);
  }
  if (near) notes.push(t`near “${near.length > 40 ? `${near.slice(0, 39)}…` : near}”`);
  return notes;
}

function sizeWords(change, side) {
  const region = change[side]?.regions?.[0];
  if (!region) return null;
  const [x0, y0, x1, y1] = region.box.map((value) => Math.round(value * MM));
  return t`${x1 - x0} × ${y1 - y0} mm, ${x0} mm from the left, ${y0} mm from the top`;
}

export function styleWords(detail) {
  const from = detail?.from ?? {};
  const to = detail?.to ?? {};
  const told = [];
  for (const key of Object.keys(to)) {
    if (from[key] === to[key] || (key === "font" && "family" in to && from.family !== to.family)) continue;
    const name = (STYLES[key] ? word(STYLES[key]) : null) ?? key.replaceAll("_", " ");
    if (typeof to[key] === "boolean") told.push(to[key] ? name : t`no ${name}`);
    else told.push(`${name} ${styleValue(key, from[key])} → ${styleValue(key, to[key])}`);
  }
  return told.join(", ");
}

function styleValue(key, value) {
  if ((key === "color" || key === "highlight") && typeof value === "number") return `#${value.toString(16).padStart(6, "0")}`;
  return typeof value === "number" ? String(Math.round(value * 10) / 10) : String(value ?? t`none`);
}
