// A virtual roll of pages: only those in view exist in the DOM, and a picture is asked for only when the view is calm, so
// that a flight through a thousand pages costs a few dozen requests. Fractions are of a page as displayed, from its top.

import { clamp, h, upperBound } from "./dom.mjs";

export const HEAD = 28; // px above each page, for its heading
const GAP = 10; // px below each page
export const MARGIN = 26; // px left and right; change bars stand in it
const REST = 100; // ms without scrolling
const FLING = 4; // px per ms

export class Roll {
  constructor(pages, { label, testid, events }) {
    Object.assign(this, { pages, events });
    this.live = new Map();
    this.filter = () => true;
    this.focused = null;
    this.calm = true;
    this.expected = null;
    this.last = { top: 0, time: 0 };
    this.turns = 0; // quarters clockwise
    this.ended = new AbortController();
    this.inner = h("div", { class: "inner" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label, "data-testid": testid }, this.inner);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scroller.addEventListener("pointermove", (event) => {
      if (!event.buttons) this.events.hover(this.hit(event), event);
    });
    this.scroller.addEventListener("pointerleave", (event) => this.events.hover(null, event));
    this.scroller.addEventListener("click", (event) => {
      if (this.events.point(this, event)) return;
      const found = this.hit(event);
      if (found && getSelection()?.toString() === "") this.events.pick(found);
    });
  }

  // What stands between pages, and the view of one page: each roll has its own.
  above() {
    return 0;
  }

  sizeOf(page) {
    return this.turns % 2 ? [page.height, page.width] : [page.width, page.height];
  }

  // Work out where every page stands at this zoom. 1 = the usual page fits the width; wider pages are fitted too.
  layout(zoom) {
    this.width = this.scroller.clientWidth;
    this.height = this.scroller.clientHeight;
    if (this.width <= 0 || this.height <= 0) return false;
    const room = Math.max(this.width - 2 * MARGIN, 40);
    const sizes = this.pages.map((page) => this.sizeOf(page));
    const usual = usualWidth(sizes);
    this.scales = new Float64Array(this.pages.length);
    this.heights = new Float64Array(this.pages.length);
    this.tops = new Float64Array(this.pages.length + 1);
    let top = 6;
    let widest = 0;
    sizes.forEach(([wide, high], i) => {
      top += this.above(i);
      this.scales[i] = (zoom * room) / Math.max(wide, usual);
      this.heights[i] = high * this.scales[i];
      this.tops[i] = top;
      top += HEAD + this.heights[i] + GAP;
      widest = Math.max(widest, wide * this.scales[i]);
    });
    this.tops[this.pages.length] = top;
    this.total = top + this.above(this.pages.length) + 24;
    this.extent = Math.max(this.width, widest + 2 * MARGIN);
    this.inner.style.height = `${this.total}px`;
    this.inner.style.width = `${this.extent}px`;
    this.scroller.classList.toggle("wide", this.extent > this.width);
    this.percent = ((zoom * room) / usual) * 0.75 * 100; // 96 CSS px are 72 points
    for (const page of this.live.values()) page.remove();
    this.live.clear();
    return true;
  }

  // The zoom at which the page in the middle is seen whole, against the one that fits the width.
  get wholePage() {
    const index = this.at(this.middle).index;
    const [wide, high] = this.sizeOf(this.pages[index]);
    const usual = usualWidth(this.pages.map((page) => this.sizeOf(page)));
    const room = Math.max(this.width - 2 * MARGIN, 40);
    return Math.min((((this.height - HEAD - GAP) / high) * Math.max(wide, usual)) / room, 1);
  }

  // y of a place, in px from the top of the roll.
  y(index, fraction) {
    const i = clamp(index, 0, this.pages.length - 1);
    return this.tops[i] + HEAD + fraction * this.heights[i];
  }

  left(index) {
    return Math.max(MARGIN, (this.extent - this.sizeOf(this.pages[index])[0] * this.scales[index]) / 2);
  }

  // The place at a y: {index, fraction}; between two pages, the nearer end.
  at(y) {
    const index = clamp(upperBound(this.tops, y) - 1, 0, this.pages.length - 1);
    return { index, fraction: clamp((y - this.tops[index] - HEAD) / this.heights[index], 0, 0.9999) };
  }

  get middle() {
    return this.scroller.scrollTop + this.height * 0.4;
  }

  // Shares of a page, [across, down], as they are displayed.
  turned([across, down]) {
    return [[across, down], [1 - down, across], [1 - across, 1 - down], [down, 1 - across]][this.turns];
  }

  // Where a place of a page stands, [x, y] in px from the top left of the roll; {index, fraction, across} of the page as it is.
  spotAt({ index, fraction, across = 0.5 }) {
    const [x, y] = this.turned([across, fraction]);
    return [this.left(index) + x * this.sizeOf(this.pages[index])[0] * this.scales[index], this.y(index, y)];
  }

  // Bring a place to two fifths of the height, without telling anyone.
  bring(y, x = null) {
    const top = clamp(Math.round(y - this.height * 0.4), 0, Math.max(0, this.total - this.height));
    this.expected = top;
    this.scroller.scrollTop = top;
    if (x !== null && this.extent > this.width) this.scroller.scrollLeft = x - this.width / 2;
    this.last = { top, time: performance.now() };
    this.draw();
  }

  // What lies under a point of the window, for `hold` to keep it there while the zoom changes.
  grip(clientX, clientY) {
    const frame = this.scroller.getBoundingClientRect();
    const [x, y] = [clientX - frame.left, clientY - frame.top];
    const { index, fraction } = this.at(this.scroller.scrollTop + y);
    const wide = this.sizeOf(this.pages[index])[0] * this.scales[index];
    return { index, fraction, across: (this.scroller.scrollLeft + x - this.left(index)) / wide, x, y };
  }

  hold({ index, fraction, across, x, y }) {
    const wide = this.sizeOf(this.pages[index])[0] * this.scales[index];
    this.bring(this.y(index, fraction) - y + this.height * 0.4);
    this.scroller.scrollLeft = this.left(index) + across * wide - x;
  }

  scrolled() {
    const top = this.scroller.scrollTop;
    const echo = this.expected !== null && Math.abs(top - this.expected) < 2;
    this.expected = null;
    if (echo) return; // drawn already, and as calm or not as who moved us said
    const now = performance.now();
    const moved = top - this.last.top;
    this.calm = Math.abs(moved) / Math.max(now - this.last.time, 1) < FLING;
    this.last = { top, time: now };
    this.restLater(this.calm ? REST : 1.8 * REST);
    this.draw();
    this.events.scrolled(this, moved);
  }

  restLater(milliseconds) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), milliseconds);
  }

  rest() {
    this.calm = true;
    this.draw();
    for (const page of this.live.values()) if (page.inView) page.sharpen();
  }

  // Make the pages in view, drop the others.
  draw() {
    if (!this.tops || !this.pages.length) return;
    const top = this.scroller.scrollTop;
    const reach = this.height * 0.6;
    const first = clamp(upperBound(this.tops, top - reach) - 1, 0, this.pages.length - 1);
    const last = clamp(upperBound(this.tops, top + this.height + reach) - 1, first, this.pages.length - 1);
    for (const [index, page] of this.live) {
      if (index < first || index > last) {
        page.remove();
        this.live.delete(index);
      }
    }
    for (let index = first; index <= last; index++) {
      let page = this.live.get(index);
      if (!page) {
        page = this.pageView(index);
        this.live.set(index, page);
      }
      const begin = this.tops[index];
      const end = begin + HEAD + this.heights[index];
      page.inView = end > top && begin < top + this.height;
      if (this.calm && end > top - this.height * 0.25 && begin < top + this.height * 1.25) page.load();
    }
    this.showPosition();
  }

  showPosition() {}

  redrawBoxes() {
    for (const page of this.live.values()) page.drawBoxes();
  }

  // Whether a place stands in the view.
  seesY(y) {
    return y >= this.scroller.scrollTop && y <= this.scroller.scrollTop + this.height;
  }

  // The page under the pointer and the point on it, in points of the page as it is; null beside all pages.
  under(event, beside = 0) {
    for (const page of this.live.values()) {
      const frame = page.paper.getBoundingClientRect();
      const { clientX, clientY } = event;
      if (clientY < frame.top || clientY > frame.bottom || clientX < frame.left - beside || clientX > frame.right) continue;
      return { page, point: page.pointAt(clientX, clientY, frame) };
    }
    return null;
  }

  // The smallest change under the pointer.
  hit(event) {
    const found = this.under(event, this.turns ? 0 : 20);
    if (!found) return null;
    const [x, y] = found.point;
    const near = 2.5;
    let best = null;
    for (const { entry, box } of found.page.boxes()) {
      const inside = x >= box[0] - near && x <= box[2] + near && y >= box[1] - near && y <= box[3] + near;
      const onBar = x < 0 && y >= box[1] - near && y <= box[3] + near;
      const area = (box[2] - box[0]) * (box[3] - box[1]);
      if ((inside || onBar) && (!best || area < best.area)) best = { entry, area };
    }
    return best?.entry ?? null;
  }

  destroy() {
    this.ended.abort();
    clearTimeout(this.resting);
    for (const page of this.live.values()) page.remove();
  }
}

function usualWidth(sizes) {
  const votes = new Map();
  for (const [wide] of sizes) votes.set(Math.round(wide), (votes.get(Math.round(wide)) ?? 0) + 1);
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [612, 0])[0];
}
