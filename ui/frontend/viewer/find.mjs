// Find in page: a phrase in both revisions, looked for stretch by stretch, the pages in view first.

import { button, debounced, h, icon, s } from "./dom.mjs";
import { language, t } from "./messages.mjs";
import { SIDES, other } from "./names.mjs";
import { boxOn } from "./tools.mjs";

const MOST = 2000; // places that are kept

export class Finder {
  constructor(result, addresses, events) {
    Object.assign(this, { result, addresses, events });
    this.hits = [];
    this.current = -1;
    this.run = 0;
    this.input = h("input", { type: "search", class: "search", placeholder: t`Find in both files`, "aria-label": t`Find in both files`, autocomplete: "off", spellcheck: "false", maxlength: "200" });
    this.told = h("span", { class: "count", role: "status", "data-testid": "found" });
    this.element = h("div", { class: "findbar", role: "search", hidden: true, "data-testid": "findbar" },
      h("label", { class: "searchbox" }, icon("search"), this.input), this.told,
      button(t`Previous place (Shift+Enter)`, "up", () => this.step(-1)), button(t`Next place (Enter)`, "down", () => this.step(1)), button(t`Close (Esc)`, "close", () => this.close()));
    const soon = debounced(200, () => this.look());
    this.input.addEventListener("input", soon);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      else if (event.key === "Enter" && event.target === this.input) this.step(event.shiftKey ? -1 : 1);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  open() {
    this.element.hidden = false;
    this.input.focus();
    this.input.select();
  }

  // Look for something without taking the keyboard away from the changes.
  begin(phrase) {
    this.element.hidden = false;
    this.input.value = phrase;
    this.look();
  }

  // One place that is known already, such as that of a quote.
  only(hit) {
    this.run += 1;
    this.element.hidden = false;
    this.input.value = hit.quote ?? "";
    this.hits = [];
    this.onPage = new Map();
    this.add(hit);
    this.goto(0);
  }

  close() {
    this.element.hidden = true;
    this.run += 1;
    this.hits = [];
    this.onPage = new Map();
    this.events.redraw();
    this.events.left();
  }

  // Look through both files; a newer search ends an older one.
  async look() {
    const run = ++this.run;
    const phrase = this.input.value.trim();
    this.hits = [];
    this.onPage = new Map();
    this.current = -1;
    this.events.redraw();
    if (!phrase) return void (this.told.textContent = "");
    this.told.textContent = t`Looking…`;
    const { place } = this.events;
    const ways = SIDES.map((side) => ({ side, next: place()[side]?.[0] ?? 1, seen: 0, from: null, pages: this.result.documents[side].pages.length }));
    let failed = false;
    while (run === this.run && this.hits.length < MOST && ways.some((way) => way.seen < way.pages)) {
      const asked = ways.filter((way) => way.seen < way.pages);
      const answers = await Promise.all(asked.map((way) => this.addresses.find(this.result.documents[way.side], phrase, way.next)));
      if (run !== this.run) return;
      answers.forEach((answer, k) => {
        const way = asked[k];
        if (!answer) {
          failed = true;
          way.seen = way.pages;
          return;
        }
        way.pages = answer.pages;
        way.seen += answer.last - answer.first + 1;
        way.next = answer.last >= answer.pages ? 1 : answer.last + 1;
        for (const hit of answer.hits) if (this.result.indexOf[way.side].has(hit.page)) this.add({ ...hit, side: way.side });
      });
      this.sort();
      this.events.redraw();
      this.tell(ways, failed);
      if (this.current < 0 && this.hits.length) this.goto(this.nearest());
    }
    this.tell(null, failed);
  }

  add(hit) {
    this.hits.push(hit);
    const key = `${hit.side}/${hit.page}`;
    if (!this.onPage.has(key)) this.onPage.set(key, []);
    this.onPage.get(key).push(hit);
  }

  // In the order of the page map; on one row, from the top, the old side first.
  sort() {
    const on = this.hits[this.current];
    const row = (hit) => this.result.rowOf[hit.side].get(hit.page) ?? 0;
    this.hits.sort((a, b) => row(a) - row(b) || a.boxes[0][1] - b.boxes[0][1] || SIDES.indexOf(a.side) - SIDES.indexOf(b.side));
    this.current = on ? this.hits.indexOf(on) : -1;
  }

  nearest() {
    const row = this.events.row();
    const at = this.hits.findIndex((hit) => (this.result.rowOf[hit.side].get(hit.page) ?? 0) >= row);
    return Math.max(at, 0);
  }

  step(by) {
    if (this.hits.length) this.goto((this.current + by + this.hits.length) % this.hits.length);
  }

  goto(at) {
    this.current = at;
    const hit = this.hits[at];
    this.tell(null);
    this.events.show(hit);
    this.events.redraw();
  }

  tell(ways, failed = false) {
    const n = this.hits.length;
    const count = (side) => this.hits.filter((hit) => hit.side === side).length.toLocaleString(language);
    const looked = ways && ways.some((way) => way.seen < way.pages);
    const at = this.current < 0 ? "–" : (this.current + 1).toLocaleString(language);
    const all = `${n.toLocaleString(language)}${n >= MOST ? "+" : ""}`;
    this.told.textContent = n ? (looked ? t`${at} of ${all} so far (old ${count("old")}, new ${count("new")})` : t`${at} of ${all} (old ${count("old")}, new ${count("new")})`) : looked ? t`Looking…` : failed ? t`A file could not be looked through` : t`Not found`;
  }

  marks(side, page, px, sheet) {
    const found = (on, number) => this.onPage?.get(`${on}/${number}`) ?? [];
    const shown = sheet ? [side, ...(sheet[other(side)] ? [other(side)] : [])].flatMap((on) => found(on, sheet[on].number)) : found(side, page.number);
    if (!shown.length) return [];
    const now = this.hits[this.current];
    return [s("g", { class: "finds" }, shown.flatMap((hit) => hit.boxes.map((box) => {
      const [x0, y0, x1, y1] = boxOn(sheet, hit.side, box);
      return s("rect", { class: hit === now ? "on" : null, "data-testid": "find", x: x0 - px, y: y0 - px, width: x1 - x0 + 2 * px, height: y1 - y0 + 2 * px });
    })))];
  }
}
