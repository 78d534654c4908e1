// Side by side: two columns in step by what corresponds, not by page number.

import { clamp, h } from "./dom.mjs";
import { Column } from "./column.mjs";
import { SIDES, other } from "./names.mjs";

export class Sides {
  constructor(result, addresses, events) {
    Object.assign(this, { result, events });
    this.offset = 0;
    this.columns = {};
    const own = { ...events, scrolled: (column, moved) => this.follows(column, moved) };
    for (const side of SIDES) this.columns[side] = new Column(side, result, addresses, own);
    this.rolls = SIDES.map((side) => this.columns[side]);
    this.element = h("div", { class: "sides" }, ...this.rolls.map((column) => column.element));
  }

  layout(zoom) {
    return this.rolls.map((column) => column.layout(zoom)).every(Boolean);
  }

  get lead() {
    return this.columns.old.pages.length ? this.columns.old : this.columns.new;
  }

  get percent() {
    return this.lead.percent;
  }

  get turned() {
    return this.lead.turns !== 0;
  }

  across(side, position) {
    return (this.turned ? this.result.pageSync : this.result.sync).across(side, position);
  }

  // One column was scrolled by hand: the other follows. After a jump to a change whose two ends do not stand side
  // by side, the distance is kept at first and given up little by little while scrolling on.
  follows(column, moved) {
    const far = this.columns[other(column.side)];
    const here = column.at(column.middle);
    const there = this.across(column.side, here.index + here.fraction);
    this.offset *= Math.max(0, 1 - Math.abs(moved) / (2 * column.height));
    if (Math.abs(this.offset) < 1) this.offset = 0;
    const signed = this.offsetSide === far.side ? this.offset : -this.offset;
    const atStart = column.scroller.scrollTop <= 0;
    const atEnd = column.scroller.scrollTop >= column.total - column.height - 1;
    const y = atStart ? 0 : atEnd ? far.total : far.y(there.index, there.fraction) + signed;
    far.calm = column.calm;
    far.bring(y);
    if (column.extent > column.width && far.extent > far.width) far.scroller.scrollLeft = (column.scroller.scrollLeft / (column.extent - column.width)) * (far.extent - far.width);
    far.restLater(180);
    this.events.scrolled();
  }

  goto(side, index, fraction) {
    const column = this.columns[side];
    const far = this.columns[other(side)];
    const there = this.across(side, index + fraction);
    this.offset = 0;
    const lift = fraction === 0 ? column.height * 0.4 - 34 : 0; // a page asked for by number begins at the top
    column.bring(column.y(index, fraction) + lift);
    if (far.pages.length) far.bring(far.y(there.index, there.fraction) + lift);
    this.rest();
  }

  // While the strip is dragged: pictures only once it rests.
  gotoRow(row, fraction) {
    const pair = this.result.rows[row];
    const side = pair.new !== null ? "new" : "old";
    const index = this.result.indexOf[side].get(pair[side]);
    if (index === undefined) return;
    for (const column of this.rolls) column.calm = false;
    const column = this.columns[side];
    const far = this.columns[other(side)];
    const there = this.across(side, index + fraction);
    this.offset = 0;
    column.bring(column.y(index, fraction));
    if (far.pages.length) far.bring(far.y(there.index, there.fraction));
    for (const each of this.rolls) each.restLater(60);
  }

  // Bring a change into view on both sides, or the place where it would stand.
  focus(entry) {
    for (const column of this.rolls) {
      column.focused = entry;
      const spot = entry && this.result.spot(entry, column.side);
      if (spot) {
        const [x, y] = column.spotAt(spot);
        const whole = entry.change.layer === "page";
        column.bring(whole ? column.y(spot.index, 0) + column.height * 0.4 - 40 : y, x);
      }
      column.redrawBoxes();
      if (entry) column.rest();
    }
    if (entry) this.keepOffset();
  }

  // How far the two sides stand from where the page map would put them, now that both show the change.
  keepOffset() {
    const { old, new: now } = this.columns;
    if (!old.pages.length || !now.pages.length) return;
    const here = old.at(old.middle);
    const there = this.across("old", here.index + here.fraction);
    this.offset = now.middle - now.y(there.index, there.fraction);
    this.offsetSide = "new";
    if (Math.abs(this.offset) < 2) this.offset = 0;
  }

  shows(entry) {
    return this.rolls.some((column) => column.shows(entry));
  }

  // Places by side, [page number, fraction], for coming back and for changing the mode.
  get place() {
    return Object.fromEntries(SIDES.map((side) => {
      const column = this.columns[side];
      const { index, fraction } = column.at(column.middle);
      const page = column.pages[index];
      return [side, page ? [page.number, Math.round(fraction * 1e4) / 1e4] : null];
    }));
  }

  set place(place) {
    for (const column of this.rolls) {
      const [page, fraction] = place[column.side] ?? [];
      const index = this.result.indexOf[column.side].get(page);
      if (index === undefined) continue;
      column.bring(column.y(index, clamp(Number(fraction) || 0, 0, 1)));
      column.rest();
    }
  }

  // Which part of each side is in view: [[side, index, fraction], [side, index, fraction]] for the strip.
  get ends() {
    return this.rolls.filter((column) => column.pages.length).map((column) => {
      const top = column.scroller.scrollTop;
      return [top, top + column.height].map((y) => {
        const { index, fraction } = column.at(y);
        return [column.side, index, fraction];
      });
    });
  }

  // The row of the page map where a walk without a current change begins.
  get row() {
    const column = this.columns.new.pages.length ? this.columns.new : this.columns.old;
    const page = column.pages[column.at(column.scroller.scrollTop + 40).index];
    return this.result.rowOf[column.side].get(page?.number) ?? 0;
  }

  rest() {
    for (const column of this.rolls) column.rest();
  }

  redraw(filter) {
    for (const column of this.rolls) {
      if (filter) column.filter = filter;
      column.redrawBoxes();
    }
  }

  destroy() {
    for (const column of this.rolls) column.destroy();
  }
}
