// What is done by pointing on pages: measuring in millimetres, and laying the two pages of a row on each other by hand.

import { button, h, icon, s } from "./dom.mjs";
import { boxThrough, fromPairs, through } from "./laying.mjs";
import { language, t } from "./messages.mjs";
import { SIDES } from "./names.mjs";

const MM = 25.4 / 72;
const NOTED = /(?:scale|ma(?:ss|ß)stab|échelle|schaal|scala|escala).{0,80}?\b(\d{1,5})\s*:\s*(\d{1,5})\b/is; // of a title block

// One tool at a time; `bar` tells what to do next and what came out.
export class Tools {
  constructor(result, addresses, layings, events) {
    Object.assign(this, { result, addresses, layings, events });
    this.bar = h("div", { class: "toolbar", role: "group", "aria-label": t`Tool`, "data-testid": "toolbar", hidden: true });
    this.tool = null;
  }

  get active() {
    return this.tool !== null;
  }

  use(name) {
    this.tool = name === null || this.tool?.name === name ? null : { name, points: [] };
    this.tell();
    this.events.redraw();
  }

  // A click on a page; whether a tool took it.
  point(roll, event) {
    if (!this.tool) return false;
    const found = roll.under(event);
    if (!found) return true;
    const { side, page, at } = this.placed(found);
    if (this.tool.name === "measure") this.measured(side, page, at);
    else this.laid(side, page, at);
    this.tell();
    this.events.redraw();
    return true;
  }

  // A point of a side's own page, also where both lie on one sheet.
  placed({ page: view, point }) {
    const sheet = view.page;
    if (!sheet.pointOf) return { side: view.roll.side, page: sheet.number, at: point };
    const side = sheet.new ? "new" : "old";
    return { side, page: sheet[side].number, at: sheet.pointOf(side, point) };
  }

  measured(side, page, at) {
    const { tool } = this;
    const [first] = tool.points;
    if (tool.points.length !== 1 || first.side !== side || first.page !== page) tool.points = [];
    tool.points.push({ side, page, at });
    this.lookForScale(side, page);
  }

  // The scale that the title block names, until somebody sets another one.
  async lookForScale(side, page) {
    const { tool } = this;
    const key = `${side}/${page}`;
    if (tool.page === key) return;
    Object.assign(tool, { page: key, scale: null, noted: false });
    const words = await this.addresses.text(this.result.documents[side], page);
    const found = words && NOTED.exec(words.map(([text]) => text).join(" "));
    if (!found || this.tool !== tool || tool.page !== key || tool.scale) return;
    const [drawn, real] = found.slice(1).map(Number);
    if (!drawn || !real) return;
    Object.assign(tool, { scale: [drawn, real], noted: true });
    this.tell();
  }

  get length() {
    const [a, b] = this.tool.points.map(({ at }) => at);
    return b ? [(b[0] - a[0]) * MM, (b[1] - a[1]) * MM] : null;
  }

  laid(side, page, at) {
    const { tool } = this;
    const wanted = SIDES[tool.points.length % 2];
    const row = this.result.rowOf[side].get(page);
    if (side !== wanted || (tool.points.length && row !== tool.row)) {
      tool.hint = side !== wanted ? t`That was the ${side} page.` : t`That is another page.`;
      return;
    }
    Object.assign(tool, { hint: null, row });
    tool.points.push({ side, page, at });
    if (tool.points.length < 4) return;
    const [p, q, r, s] = tool.points.map((one) => one.at);
    const map = fromPairs([[p, q], [r, s]]);
    if (!map) return void Object.assign(tool, { points: [], hint: t`The two points lie too close to each other; begin again.` });
    this.layings.byHand.set(row, map);
    tool.done = { old_page: tool.points[0].page, new_page: tool.points[1].page, old: [p, r].map(inMm), new: [q, s].map(inMm) };
    this.events.laid(row);
  }

  // What went wrong with what was asked for.
  say(message) {
    if (!this.tool) return;
    this.tool.hint = message;
    this.tell();
  }

  // ---- what the bar says

  tell() {
    const { tool, bar } = this;
    bar.hidden = !tool;
    if (!tool) return bar.replaceChildren();
    const end = button(t`Leave the tool (Esc)`, "close", () => this.use(null));
    bar.replaceChildren(icon(tool.name === "measure" ? "ruler" : "pins"), ...(tool.name === "measure" ? this.measureWords() : this.layWords()), end);
    return undefined;
  }

  measureWords() {
    const { length, tool } = this;
    if (!length) return [h("span", { role: "status", text: tool.points.length ? t`Click the second point.` : t`Click two points of a page to measure between them.` })];
    const paper = Math.hypot(...length);
    const [drawn, real] = tool.scale ?? [1, 1];
    const field = (value, name) => h("input", { class: "ratio", inputmode: "numeric", value: String(value), "aria-label": name });
    const [one, other] = [field(drawn, t`Drawn`), field(real, t`Real`)];
    const set = () => {
      const [a, b] = [one, other].map((input) => Number(input.value.replace(",", ".")));
      if (!(a > 0 && b > 0)) return;
      Object.assign(tool, { scale: [a, b], noted: false });
      const at = this.bar.getRootNode().activeElement?.getAttribute("aria-label");
      this.tell();
      if (at) this.bar.querySelector(`[aria-label="${at}"]`)?.focus();
    };
    for (const input of [one, other]) input.addEventListener("change", set);
    const scaled = (paper * real) / drawn;
    return [
      h("span", { role: "status", "data-testid": "measured" }, h("strong", { text: millimetres(paper) }), t` on paper (${length.map((part) => millimetres(Math.abs(part), "")).join(" × ")})`, drawn === real ? "" : h("span", {}, " · ", h("strong", { text: millimetres(scaled) }), t` real`)),
      h("label", { class: "scale", title: tool.noted ? t`As the page says` : null }, t`Scale `, one, " : ", other),
    ];
  }

  layWords() {
    const { tool } = this;
    if (tool.done) {
      return [
        h("span", { role: "status", text: tool.hint ?? t`Laid by hand. Overlay, slider, blink and difference use it.` }),
        h("button", { type: "button", class: "secondary", text: t`Compare again with it`, "data-testid": "recompare", onclick: () => this.events.recompare(tool.done) }),
        h("button", { type: "button", class: "secondary", text: t`Undo`, onclick: () => {
          this.layings.byHand.delete(tool.row);
          this.events.laid(tool.row);
          this.use(null);
        } }),
      ];
    }
    const step = tool.points.length;
    const what = [t`A point on the old page`, t`The same place on the new page`, t`A second point on the old page, far from the first`, t`The same place on the new page`][step];
    return [h("span", { role: "status", text: `${tool.hint ? `${tool.hint} ` : ""}${t`${step + 1} of 4. ${what}.`}` })];
  }

  // Points and lines of the tool on a page of a side, or on a sheet of both.
  marks(side, page, px, sheet) {
    const points = (this.tool?.points ?? []).filter((one) => (sheet ? sheet[one.side]?.number === one.page : one.side === side && one.page === page.number));
    if (!points.length) return [];
    const at = points.map((one) => (sheet ? through(sheet.lies[one.side], one.at) : one.at));
    const cross = ([x, y], k) => s("g", { class: "pin" },
      s("path", { d: `M${x - 7 * px} ${y}h${14 * px}M${x} ${y - 7 * px}v${14 * px}` }), s("circle", { cx: x, cy: y, r: 3.5 * px }),
      this.tool.name === "lay" ? s("text", { x: x + 7 * px, y: y - 6 * px, "font-size": 12 * px }, String((this.tool.points.indexOf(points[k]) >> 1) + 1)) : []);
    const line = this.tool.name === "measure" && at.length === 2 ? [s("line", { x1: at[0][0], y1: at[0][1], x2: at[1][0], y2: at[1][1] })] : [];
    return [s("g", { class: "tool", "data-testid": "tool" }, ...line, ...at.map(cross))];
  }
}

const inMm = (point) => point.map((value) => Math.round(value * MM * 1000) / 1000);

const millimetres = (value, unit = " mm") => `${value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: value < 100 ? 2 : 1 })}${unit}`;

export const boxOn = (sheet, side, box) => (sheet ? boxThrough(sheet.lies[side], box) : box);
