// One side of the comparison: its pages, with notes where the other side has pages that this one has not.

import { h, s } from "./dom.mjs";
import { waysWords } from "./coverage.mjs";
import { language, t } from "./messages.mjs";
import { doubtTag, PageView } from "./page.mjs";
import { Picture } from "./picture.mjs";
import { MARGIN, Roll } from "./roll.mjs";

const SEAM = 26; // px where the other side has pages that this one has not

export class Column extends Roll {
  constructor(side, result, addresses, events) {
    const document = result.documents[side];
    const label = side === "old" ? t`Old file` : t`New file`;
    super(document.pages, { label: t`${label}: pages`, testid: `column-${side}`, events });
    Object.assign(this, { side, result, addresses, document });
    this.seams = this.seamsBeforePages();
    this.number = h("input", { class: "page-number", inputmode: "numeric", "aria-label": t`Page of the ${side} file`, value: "1" });
    const total = this.pages.length.toLocaleString(language);
    this.element = h(
      "section",
      { class: `column ${side}`, "aria-label": label },
      h(
        "header",
        {},
        h("span", { class: `side ${side}`, text: side === "old" ? t`Old` : t`New` }),
        h("span", { class: "name", text: document.name, title: document.name }),
        h("label", { class: "position" }, this.number, h("span", { text: `/ ${total}` })),
      ),
      this.scroller,
    );
    this.number.addEventListener("change", () => {
      const index = result.indexOf[side].get(Number.parseInt(this.number.value, 10));
      if (index !== undefined) this.events.goto(side, index, 0);
      else this.showPosition();
    });
    this.number.addEventListener("focus", () => this.number.select());
  }

  pageView(index) {
    return new SidePage(this, index);
  }

  above(index) {
    return this.seams.has(index) ? SEAM : 0;
  }

  // Before page i (or after the last) stands a note of the pages that only the other side has.
  seamsBeforePages() {
    const seams = new Map();
    const far = this.side === "old" ? "new" : "old";
    let run = [];
    const close = (index) => {
      if (run.length) seams.set(index, run);
      run = [];
    };
    let at = 0;
    for (const row of this.result.rows) {
      if (row[this.side] === null) run.push(row[far]);
      else {
        const index = this.result.indexOf[this.side].get(row[this.side]);
        if (index === undefined) continue;
        if (index >= at) close(index);
        at = index + 1;
      }
    }
    close(this.pages.length);
    return seams;
  }

  showPosition() {
    if (this.scroller.getRootNode().activeElement === this.number) return;
    this.number.value = String(this.pages[this.at(this.middle).index]?.number ?? "");
  }

  // Whether a change stands in the view.
  shows(entry) {
    const spot = this.result.spot(entry, this.side);
    return spot !== null && this.seesY(this.spotAt(spot)[1]);
  }
}

class SidePage extends PageView {
  constructor(column, index) {
    super(column, index);
    this.seam = this.seamNotes();
    column.inner.append(...this.seam);
  }

  get testid() {
    return `page-${this.roll.side}-${this.page.number}`;
  }

  pictures() {
    this.picture = new Picture(this.roll.document, this.page, this.roll.addresses);
    this.picture.scale = this.scale;
    return [this.picture.element];
  }

  heading() {
    const { page, roll } = this;
    const failed = page.compared && page.compared.length === 0;
    const alone = roll.result.rows[roll.result.rowOf[roll.side].get(page.number)];
    const single = alone && (alone.old === null || alone.new === null);
    return [
      h("span", { class: "page-title", text: t`Page ${page.number}` }),
      single ? h("span", { class: `tag ${roll.side === "new" ? "inserted" : "deleted"}`, text: roll.side === "new" ? t`Only in new` : t`Only in old` }) : null,
      doubtTag(page),
      failed ? null : h("span", { class: "how", text: t`compared: ${waysWords(page.compared ?? [])}` }),
    ].filter(Boolean);
  }

  seamNotes() {
    const { roll: column, index } = this;
    const far = column.side === "old" ? "new" : "old";
    const note = (pages, top) => {
      const range = pages.length === 1 ? t`Page ${pages[0]}` : t`Pages ${pages[0]}–${pages.at(-1)}`;
      const element = h("div", { class: `seam ${far}` }, h("span", { text: t`${range} only in the ${far} file` }));
      Object.assign(element.style, { top: `${top}px`, left: `${MARGIN}px`, width: `${Math.max(120, column.extent - 2 * MARGIN)}px` });
      return element;
    };
    const notes = [];
    if (column.seams.has(index)) notes.push(note(column.seams.get(index), column.tops[index] - SEAM + 4));
    const end = column.pages.length;
    if (index === end - 1 && column.seams.has(end)) notes.push(note(column.seams.get(end), column.tops[end]));
    return notes;
  }

  boxes() {
    const { result, side, filter } = this.roll;
    const all = result.onPage[side].get(this.page.number) ?? [];
    return all.filter(({ entry }) => filter(entry)).map(({ entry, box }) => {
      const part = entry.change.detail?.where?.[side]; // of an edited picture
      return { entry, box, part: part?.page === this.page.number ? part.box : null };
    });
  }

  extras(px) {
    return [...this.gapMark(this.roll.focused, px), ...this.roll.events.extras(this.roll.side, this.page, px)];
  }

  // Where the focused change would stand on the side that has nothing of it.
  gapMark(focused, px) {
    const { roll: column } = this;
    if (!focused || focused.at[column.side] || column.result.indexOf[column.side].size === 0) return [];
    const spot = column.result.spot(focused, column.side);
    if (!spot || spot.index !== this.index || focused.change.layer === "page") return [];
    const exact = focused.change.detail?.anchor;
    const y = exact ? exact.box[3] : spot.fraction * this.page.height;
    const x = exact ? exact.box[2] : 0;
    const words = focused.change.kind === "inserted" ? t`inserted in the new file` : t`deleted: it was here`;
    const at = (dx, dy) => `${x + dx * px} ${y + dy * px}`;
    return [s(
      "g",
      { class: `gap ${focused.change.kind}`, "data-gap": focused.id },
      exact
        ? [s("circle", { cx: x + 2 * px, cy: y - 4 * px, r: 13 * px }), s("path", { d: `M${at(2, -13)}L${at(2, 3)}L${at(-2, 8)}H${x + 6 * px}L${at(2, 3)}` })]
        : s("path", { class: "guess", d: `M${-14 * px} ${y - 5 * px}l${8 * px} ${5 * px}l${-8 * px} ${5 * px}zM${-6 * px} ${y}H${this.page.width}` }),
      s("title", {}, words),
    )];
  }

  load() {
    this.picture.load(this.arrived);
  }

  async sharpen() {
    this.picture.sharpen(this.window());
    if (this.asked) return;
    this.asked = true;
    const words = await this.roll.addresses.text(this.roll.document, this.page.number);
    if (words && this.element.isConnected) this.selectable(words);
  }

  remove() {
    this.picture.remove();
    super.remove();
    for (const note of this.seam) note.remove();
  }
}
