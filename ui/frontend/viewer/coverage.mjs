// What the comparison covered, in words, and the panel that says it page by page.

import { h, icon, plural } from "./dom.mjs";
import { language, t, word } from "./messages.mjs";
import { LAYERS, SIDES } from "./names.mjs";

const WAYS = { vector: t`drawings`, ocr: t`recognised text`, bytes: t`bytes of the file`, document: t`file properties` };
const MOST = 60; // lines of the table of pages
const LAYER_NOUNS = { text: t`text`, style: t`style`, table: t`tables`, image: t`images`, drawing: t`drawings`, annotation: t`annotations`, form: t`form fields`, link: t`links`, outline: t`outline`, metadata: t`metadata`, page: t`pages` };

export const waysWords = (ways) => ways.map((way) => WAYS[way] ?? word(way)).join(", ");
export const layerNoun = (layer) => LAYER_NOUNS[layer] ?? layer;

export function listed(words) {
  return words.length > 1 ? t`${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? t`nothing`);
}

export class Coverage {
  constructor(result) {
    this.result = result;
    const told = result.summary.coverage;
    this.layers = told?.layers ?? result.json.options?.layers ?? [];
    this.unseen = told?.not_compared ?? Object.keys(LAYERS).filter((layer) => !this.layers.includes(layer));
    this.words = told?.words ?? null;
    this.ocr = told?.ocr ?? result.json.options?.ocr ?? "never";
    this.ignored = Object.entries(result.summary.detail?.ignored ?? {});
    this.hiddenLines = result.summary.detail?.unseen_lines ?? 0;
    this.named = Object.fromEntries(SIDES.map((side) => [side, new Set((result.documents[side].notices ?? []).map((notice) => notice.page).filter(Boolean))]));
    this.counts = Object.fromEntries(SIDES.map((side) => [side, this.counted(side)]));
  }

  stateOf(side, page) {
    if (page.compared?.length === 0) return "failed";
    return page.notices?.length || this.named[side].has(page.number) ? "doubtful" : "compared";
  }

  counted(side) {
    const counts = { compared: 0, doubtful: 0, failed: 0 };
    for (const page of this.result.documents[side].pages) counts[this.stateOf(side, page)] += 1;
    return counts;
  }

  // How many pages of both sides are so.
  sum(state) {
    return this.counts.old[state] + this.counts.new[state];
  }

  // "98 of 98 pages compared"
  get label() {
    const total = (side) => this.result.documents[side].pages.length;
    const { old, new: now } = this.counts;
    const same = total("old") === total("new") && old.failed === now.failed;
    const [seen, all] = [(side) => (total(side) - this.counts[side].failed).toLocaleString(language), (side) => total(side).toLocaleString(language)];
    if (same) return total("new") === 1 ? t`${seen("new")} of ${all("new")} page compared` : t`${seen("new")} of ${all("new")} pages compared`;
    return t`${seen("old")} of ${all("old")} old, ${seen("new")} of ${all("new")} new pages compared`;
  }

  // Pages of a side that were compared alike and stand together: {first, last, state, ways, doubts}.
  stretches(side) {
    const found = [];
    this.result.documents[side].pages.forEach((page) => {
      const state = this.stateOf(side, page);
      const ways = waysWords(page.compared ?? []);
      const last = found.at(-1);
      const doubts = (page.notices ?? []).map((notice) => notice.message);
      if (last && last.state === state && last.ways === ways && last.last + 1 === page.number) {
        last.last = page.number;
        for (const doubt of doubts) if (!last.doubts.includes(doubt)) last.doubts.push(doubt);
      } else found.push({ side, first: page.number, last: page.number, state, ways, doubts });
    });
    return found;
  }

  panel(gotoPage) {
    const doubts = this.sum("doubtful");
    const words = this.words && (this.words.old || this.words.new) ? this.wordsWords() : null;
    const layers = (name, list, iconName) =>
      list.length ? h("div", { class: "covered" }, h("span", { class: "quiet", text: name }), h("span", { class: "tags" }, ...list.map((layer) => h("span", { class: "layer-tag" }, icon(iconName ?? layer, 13), h("span", { text: LAYERS[layer] ?? layer }))))) : null;
    const rows = SIDES.flatMap((side) => this.stretches(side));
    rows.sort((a, b) => (a.state === "compared") - (b.state === "compared"));
    return [
      h("p", { class: "lead", text: doubts ? t`${this.label}; ${plural(doubts, "page")} with doubts.` : `${this.label}.` }),
      words ? h("p", { class: "quiet", text: words }) : null,
      layers(t`Looked for`, this.layers),
      layers(t`Not looked for`, this.unseen, "minus"),
      this.ignored.length ? h("p", { class: "quiet", text: t`Left out as the options ask: ${listed(this.ignored.slice(0, 20).map(([rule, count]) => t`${count.toLocaleString(language)} by ${rule}`))}.` }) : null,
      this.hiddenLines ? h("p", { class: "quiet", text: t`Left out as the pictures of both pages do not show it: ${plural(this.hiddenLines, "difference of lines", "differences of lines")}.` }) : null,
      this.ocr === "never" ? h("p", { class: "quiet", text: t`No characters were recognised in pictures.` }) : null,
      h("div", { class: "stretches" }, ...rows.slice(0, MOST).map((row) => {
        const pages = row.first === row.last ? t`page ${row.first}` : t`pages ${row.first}–${row.last}`;
        return h("button", { type: "button", class: `stretch ${row.state}`, title: row.doubts.join("\n") || null, onclick: () => gotoPage(row.side, row.first) },
          h("span", { class: `side ${row.side}`, text: word(row.side) }), h("span", { text: pages }),
          h("span", { class: "by", text: row.state === "failed" ? t`not compared` : row.ways }),
          row.state === "doubtful" ? h("span", { class: "tag doubt" }, icon("warning", 12), h("span", { text: t`doubt` })) : null);
      })),
      rows.length > MOST ? h("p", { class: "foot", text: t`And ${plural(rows.length - MOST, "more stretch", "more stretches")} of pages; an export names every page.` }) : null,
    ].filter(Boolean);
  }

  wordsWords() {
    const { old, new: now, matched } = this.words;
    const share = matched / Math.max(old, now);
    const percent = share >= 1 ? "100" : Math.min(share * 100, 99.9).toFixed(1);
    return t`${old.toLocaleString(language)} words in the old and ${now.toLocaleString(language)} in the new file; ${percent} % found their counterpart.`;
  }
}
