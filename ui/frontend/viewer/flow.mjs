// What redline and details have in common with the pages: one scroller, sections that are built when they come into view and
// measured then, the same questions answered.

import { clamp, h, upperBound } from "./dom.mjs";
import { SIDES } from "./names.mjs";

const GUESS = 620; // px of a section that was not built yet
const REACH = 0.7; // of the height, built above and below the view

export class Flow {
  constructor(result, events, { label, testid }) {
    Object.assign(this, { result, events });
    this.rolls = []; // nothing to turn or to drag
    this.filter = () => true;
    this.live = new Map();
    this.heights = result.rows.map(() => GUESS);
    this.ended = new AbortController();
    this.inner = h("div", { class: "flow-inner" });
    this.scroller = h("div", { class: "scroller flow", tabindex: "0", role: "region", "aria-label": label, "data-testid": testid }, this.inner);
    this.where = h("span", { class: "position" });
    this.element = h("div", { class: "column" }, h("header", {}, h("span", { class: "name", text: label }), this.where), this.scroller);
    this.sizes = new ResizeObserver((found) => this.grown(found));
    this.scroller.addEventListener("scroll", () => {
      this.draw();
      this.events.scrolled(this);
    }, { passive: true });
    this.scroller.addEventListener("click", (event) => {
      const id = event.target.closest("[data-change]")?.dataset.change;
      if (id && getSelection()?.toString() === "") this.events.pick(result.byId.get(id));
    });
  }

  get lead() {
    return this;
  }

  get percent() {
    return this.zoom * 100;
  }

  get wholePage() {
    return 1;
  }

  layout(zoom) {
    if (!this.scroller.clientHeight) return false;
    this.zoom = zoom;
    this.scroller.style.setProperty("--zoom", String(zoom));
    this.place_(this.heights);
    this.draw();
    return true;
  }

  place_() {
    this.tops = [0];
    for (const height of this.heights) this.tops.push(this.tops.at(-1) + height);
    this.inner.style.height = `${this.tops.at(-1) + 40}px`;
    for (const [index, element] of this.live) element.style.top = `${this.tops[index]}px`;
  }

  draw() {
    const { scrollTop, clientHeight } = this.scroller;
    const reach = clientHeight * REACH;
    const last = this.heights.length - 1;
    const first = clamp(upperBound(this.tops, scrollTop - reach) - 1, 0, last);
    const end = clamp(upperBound(this.tops, scrollTop + clientHeight + reach) - 1, first, last);
    for (const [index, element] of this.live) {
      if (index >= first && index <= end) continue;
      this.sizes.unobserve(element);
      element.remove();
      this.live.delete(index);
    }
    for (let index = first; index <= end; index++) {
      if (this.live.has(index)) continue;
      const element = h("section", { class: "flow-section", "data-row": index, "data-testid": `flow-${index + 1}` });
      element.style.top = `${this.tops[index]}px`;
      this.live.set(index, element);
      this.inner.append(element);
      this.build(element, index);
      this.sizes.observe(element);
    }
    this.where.textContent = this.result.rowTitle(this.row);
  }

  // A section has its true height now: what is looked at stays where it is.
  grown(found) {
    const row = this.row;
    const before = this.tops?.[row];
    for (const { target } of found) if (target.offsetHeight) this.heights[Number(target.dataset.row)] = target.offsetHeight;
    this.place_();
    if (before !== undefined && this.tops[row] !== before) this.scroller.scrollTop += this.tops[row] - before;
    if (this.wanted) this.reveal();
    this.draw();
  }

  get row() {
    return clamp(upperBound(this.tops ?? [0], this.scroller.scrollTop + 40) - 1, 0, Math.max(this.heights.length - 1, 0));
  }

  // Scroll to the words of the current change as soon as they are there.
  reveal() {
    const found = this.inner.querySelector(`[data-change="${CSS.escape(this.wanted.id)}"]`);
    if (!found) return;
    const top = found.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += top - this.scroller.clientHeight * 0.4;
    this.wanted = null;
  }

  focus(entry) {
    this.focused = entry;
    for (const element of this.inner.querySelectorAll("[data-change]")) element.classList.toggle("on", element.dataset.change === entry?.id);
    if (!entry || !this.tops) return;
    if (entry.row >= 0 && !this.inner.querySelector(`[data-change="${CSS.escape(entry.id)}"]`)) {
      this.scroller.scrollTop = this.tops[entry.row];
      this.draw();
    }
    this.wanted = entry;
    this.reveal();
  }

  goto(side, index) {
    this.gotoRow(this.result.rowOf[side].get(this.result.documents[side].pages[index].number) ?? 0);
  }

  gotoRow(row) {
    this.wanted = null;
    this.scroller.scrollTop = this.tops[row];
    this.draw();
  }

  shows() {
    return false;
  }

  get place() {
    const row = this.result.rows[this.row];
    return Object.fromEntries(SIDES.map((side) => [side, row && row[side] !== null ? [row[side], 0] : null]));
  }

  set place(place) {
    const side = ["new", "old"].find((name) => place[name] && this.result.rowOf[name].has(place[name][0]));
    if (side) this.gotoRow(this.result.rowOf[side].get(place[side][0]));
  }

  get ends() {
    const { scrollTop, clientHeight } = this.scroller;
    const row = this.result.rows[this.row];
    const side = row?.new !== null ? "new" : "old";
    const index = this.result.indexOf[side].get(row?.[side]);
    if (index === undefined) return [];
    const share = (y) => clamp((y - this.tops[this.row]) / this.heights[this.row], 0, 1);
    return [[[side, index, share(scrollTop)], [side, index, share(scrollTop + clientHeight)]]];
  }

  rest() {}

  redraw(filter) {
    if (filter) this.filter = filter;
    for (const [index, element] of this.live) this.build(element, index);
  }

  destroy() {
    this.ended.abort();
    this.sizes.disconnect();
  }
}
