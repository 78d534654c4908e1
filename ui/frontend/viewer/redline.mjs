// One text with both revisions in it: what went is struck through where it stood, what came is underlined.

import { h } from "./dom.mjs";
import { Flow } from "./flow.mjs";
import { t } from "./messages.mjs";
import { textOf, titleOf } from "./telling.mjs";

const WORDED = new Set(["text", "table", "style"]);
const PARAGRAPH = 1.5; // of a line's height, from which a gap parts paragraphs

export class Redline extends Flow {
  constructor(result, addresses, events) {
    super(result, events, { label: t`Redline: both revisions in one text`, testid: "redline" });
    this.addresses = addresses;
  }

  async build(element, index) {
    const row = this.result.rows[index];
    const title = this.result.rowTitle(index);
    const side = row.new !== null ? "new" : "old";
    const make = async () => {
      const words = await this.addresses.text(this.result.documents[side], row[side]);
      if (!words) return [h("p", { class: "quiet", text: t`The words of this page cannot be had.` })];
      if (row.new === null) return paragraphs(words).map((part) => h("p", { dir: "auto" }, h("del", { text: part.map(([text]) => text).join(" ") })));
      const found = this.told(row);
      if (row.old === null) return paragraphs(words).map((part) => h("p", { dir: "auto" }, h("ins", { text: part.map(([text]) => text).join(" ") })));
      return this.flow(words, row, found);
    };
    const filled = this.filter;
    element.replaceChildren(h("h2", { text: title }), h("div", { class: "sheet" }, ...(element.made ?? [h("p", { class: "quiet", text: "…" })])));
    const made = await make();
    if (this.filter !== filled || !element.isConnected) return;
    if (!words(made)) made.push(h("p", { class: "quiet", text: t`No words on this page.` }));
    const rest = this.result.entries.filter((entry) => entry.row === index && this.filter(entry) && !made.some((part) => part.querySelector?.(`[data-change="${CSS.escape(entry.id)}"]`)));
    if (rest.length) made.push(h("p", { class: "aside" }, ...rest.slice(0, 40).map((entry) => h("button", { type: "button", class: "other", "data-change": entry.id, text: `${titleOf(entry.change)}${textOf(entry.change, "new") ?? textOf(entry.change, "old") ? `: ${(textOf(entry.change, "new") || textOf(entry.change, "old")).slice(0, 60)}` : ""}` }))));
    element.lastChild.replaceChildren(...made);
    element.querySelector(`[data-change="${CSS.escape(this.focused?.id ?? "")}"]`)?.classList.add("on");
  }

  // The changes of words that stand on the new page of a row, or would.
  told(row) {
    return this.result.entries.filter(({ change, at }) => WORDED.has(change.layer) && (at.new?.page === row.new || (!at.new && (change.detail?.anchor?.page === row.new || at.old?.page === row.old)))).filter((entry) => this.filter(entry));
  }

  flow(words, row, told) {
    const owner = new Array(words.length).fill(null);
    const before = new Map(); // word → what went in its place
    const behind = new Map(); // word → what went after the one before it
    for (const entry of told) {
      const { change } = entry;
      const boxes = (change.new?.regions ?? []).filter((region) => region.page === row.new).map((region) => region.box);
      let first = -1;
      words.forEach(([, x0, y0, x1, y1], k) => {
        const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
        if (!boxes.some(([a, b, c, d]) => x >= a && x <= c && y >= b && y <= d)) return;
        if (first < 0) first = k;
        owner[k] ??= entry;
      });
      if (change.kind === "inserted" || change.kind === "moved" || change.layer === "style") continue;
      const went = textOf(change, "old");
      if (!went) continue;
      const [map, at] = first >= 0 ? [before, first] : [behind, this.after(words, change, row)];
      map.set(at, [...(map.get(at) ?? []), h("del", { "data-change": change.id, title: titleOf(change), text: went }), " "]);
    }
    let k = 0;
    return paragraphs(words).map((part) => {
      const line = [];
      const end = k + part.length;
      const begin = k;
      while (k < end) {
        if (k > begin || k === 0) line.push(...(behind.get(k) ?? []));
        line.push(...(before.get(k) ?? []));
        const entry = owner[k];
        const from = k;
        do k += 1;
        while (k < end && owner[k] === entry && !before.has(k) && !behind.has(k));
        const text = words.slice(from, k).map(([word]) => word).join(" ");
        if (!entry) line.push(`${text} `);
        else {
          const { change } = entry;
          const tag = change.layer === "style" || change.kind === "moved" ? "span" : "ins";
          line.push(h(tag, { "data-change": change.id, class: change.layer === "style" ? "styled" : change.kind, title: titleOf(change) }, text), " ");
        }
      }
      line.push(...(behind.get(k) ?? [])); // at the end of the paragraph, not before the next
      return h("p", { dir: "auto" }, ...line);
    });
  }

  // After which word what went stood: by the place that the comparison names, else by its height on the page.
  after(words, change, row) {
    const anchor = change.detail?.anchor?.page === row.new ? change.detail.anchor.box : null;
    const y = anchor ? (anchor[1] + anchor[3]) / 2 : (change.old?.regions?.[0]?.box[3] ?? 0);
    const x = anchor ? anchor[2] : Infinity;
    let best = 0;
    words.forEach(([, x0, y0, , y1], k) => {
      if (y1 < y || (y0 <= y && x0 < x)) best = k + 1;
    });
    return best;
  }
}

const words = (made) => made.some((part) => part.textContent.trim());

// Words by paragraphs: a wide gap, or lines of another size, part them.
function paragraphs(words) {
  const parts = [[]];
  let last = null;
  for (const word of words) {
    const [, , y0, , y1] = word;
    const high = y1 - y0;
    if (last) {
      const gap = y0 - last[4];
      const tall = last[4] - last[2];
      if (gap > (PARAGRAPH - 1) * Math.max(high, tall) || y1 < last[2] || (gap > -high / 2 && Math.abs(high / tall - 1) > 0.25)) parts.push([]);
    }
    parts.at(-1).push(word);
    last = word;
  }
  return parts.filter((part) => part.length);
}

