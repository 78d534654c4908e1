// One side of the comparison: a virtual column of pages. Only the pages in view exist in the DOM; a picture is asked
// for only when the view is calm, so that a flight through a thousand pages costs a few dozen requests.

import { clamp, h, icon, s, upperBound } from "./dom.mjs";
import { waysWords } from "./coverage.mjs";
import { KINDS, LAYERS } from "./names.mjs";
import { FRAMED } from "./telling.mjs";

const HEAD = 28; // px above each page, for its heading
const GAP = 10; // px below each page
const SEAM = 26; // px where the other side has pages that this one has not
const MARGIN = 26; // px left and right; change bars stand in it
const STEPS = [100, 150, 200]; // dpi; only these, so that caches hit
const TILE = 1024; // px
const LARGE = 8_000_000; // px; larger sheets come as an overview and tiles
const REST = 100; // ms without scrolling
const FLING = 4; // px per ms

export class Column {
  constructor(side, result, addresses, events) {
    Object.assign(this, { side, result, addresses, events });
    this.document = result.documents[side];
    this.pages = this.document.pages;
    this.live = new Map();
    this.texts = new Map();
    this.filter = () => true;
    this.focused = null;
    this.calm = true;
    this.expected = null;
    this.last = { top: 0, time: 0 };
    this.seams = this.seamsBeforePages();
    const label = side === "old" ? "Old file" : "New file";
    this.number = h("input", { class: "page-number", inputmode: "numeric", "aria-label": `Page of the ${side} file`, value: "1" });
    this.inner = h("div", { class: "inner" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": `${label}: pages`, "data-testid": `column-${side}` }, this.inner);
    const total = this.pages.length.toLocaleString("en");
    this.element = h(
      "section",
      { class: `column ${side}`, "aria-label": label },
      h(
        "header",
        {},
        h("span", { class: `side ${side}`, text: side === "old" ? "Old" : "New" }),
        h("span", { class: "name", text: this.document.name, title: this.document.name }),
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
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scroller.addEventListener("pointermove", (event) => this.events.hover(this.hit(event), event));
    this.scroller.addEventListener("pointerleave", (event) => this.events.hover(null, event));
    this.scroller.addEventListener("click", (event) => {
      const found = this.hit(event);
      if (found && getSelection()?.toString() === "") this.events.pick(found);
    });
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

  // Work out where every page stands at this zoom. 1 = the usual page fits the width; wider pages are fitted too.
  layout(zoom) {
    this.width = this.scroller.clientWidth;
    this.height = this.scroller.clientHeight;
    if (this.width <= 0 || this.height <= 0) return false;
    const room = Math.max(this.width - 2 * MARGIN, 40);
    const usual = usualWidth(this.pages);
    this.scales = new Float64Array(this.pages.length);
    this.tops = new Float64Array(this.pages.length + 1);
    let top = 6;
    let widest = 0;
    this.pages.forEach((page, i) => {
      if (this.seams.has(i)) top += SEAM;
      this.scales[i] = (zoom * room) / Math.max(page.width, usual);
      this.tops[i] = top;
      top += HEAD + page.height * this.scales[i] + GAP;
      widest = Math.max(widest, page.width * this.scales[i]);
    });
    this.tops[this.pages.length] = top;
    if (this.seams.has(this.pages.length)) top += SEAM;
    this.total = top + 24;
    this.extent = Math.max(this.width, widest + 2 * MARGIN);
    this.inner.style.height = `${this.total}px`;
    this.inner.style.width = `${this.extent}px`;
    this.percent = ((zoom * room) / usual) * 0.75 * 100; // 96 CSS px are 72 points
    for (const page of this.live.values()) page.remove();
    this.live.clear();
    return true;
  }

  // y of a place, in px from the top of the column.
  y(index, fraction) {
    const i = clamp(index, 0, this.pages.length - 1);
    return this.tops[i] + HEAD + fraction * this.pages[i].height * this.scales[i];
  }

  // The place at a y: {index, fraction}; between two pages, the nearer end.
  at(y) {
    const index = clamp(upperBound(this.tops, y) - 1, 0, this.pages.length - 1);
    const fraction = (y - this.tops[index] - HEAD) / (this.pages[index].height * this.scales[index]);
    return { index, fraction: clamp(fraction, 0, 0.9999) };
  }

  get middle() {
    return this.scroller.scrollTop + this.height * 0.4;
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

  scrolled() {
    const top = this.scroller.scrollTop;
    const echo = this.expected !== null && Math.abs(top - this.expected) < 2;
    this.expected = null;
    if (echo) return; // drawn already, and as calm or not as who moved us said
    const now = performance.now();
    const moved = top - this.last.top;
    this.calm = Math.abs(moved) / Math.max(now - this.last.time, 1) < FLING;
    this.last = { top, time: now };
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), this.calm ? REST : 1.8 * REST);
    this.draw();
    this.events.scrolled(this, moved);
  }

  rest() {
    this.calm = true;
    this.draw();
    for (const page of this.live.values()) if (page.inView) this.sharpen(page);
  }

  // Make the pages in view, drop the others.
  draw() {
    if (!this.tops) return;
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
        page = new PageView(this, index);
        this.live.set(index, page);
      }
      const begin = this.tops[index];
      const end = begin + HEAD + this.pages[index].height * this.scales[index];
      page.inView = end > top && begin < top + this.height;
      if (this.calm && end > top - this.height * 0.25 && begin < top + this.height * 1.25) page.load();
    }
    this.showPosition();
  }

  showPosition() {
    if (this.scroller.getRootNode().activeElement === this.number) return;
    this.number.value = String(this.pages[this.at(this.middle).index]?.number ?? "");
  }

  sharpen(page) {
    page.loadTiles();
    page.loadText();
  }

  // Whether a change stands in the view.
  shows(entry) {
    const spot = this.result.spot(entry, this.side);
    const y = spot ? this.y(spot.index, spot.fraction) - this.scroller.scrollTop : -1;
    return y >= 0 && y <= this.height;
  }

  redrawBoxes() {
    for (const page of this.live.values()) page.drawBoxes();
  }

  // The smallest change under the pointer.
  hit(event) {
    for (const page of this.live.values()) {
      const frame = page.paper.getBoundingClientRect();
      const { clientX, clientY } = event;
      if (clientY < frame.top || clientY > frame.bottom || clientX < frame.left - 20 || clientX > frame.right) continue;
      const scale = this.scales[page.index];
      const x = (clientX - frame.left) / scale;
      const y = (clientY - frame.top) / scale;
      const near = 2.5;
      let best = null;
      for (const { entry, box } of page.boxes()) {
        const inside = x >= box[0] - near && x <= box[2] + near && y >= box[1] - near && y <= box[3] + near;
        const onBar = x < 0 && y >= box[1] - near && y <= box[3] + near;
        const area = (box[2] - box[0]) * (box[3] - box[1]);
        if ((inside || onBar) && (!best || area < best.area)) best = { entry, area };
      }
      return best?.entry ?? null;
    }
    return null;
  }

  destroy() {
    clearTimeout(this.resting);
    for (const page of this.live.values()) page.remove();
  }
}

function usualWidth(pages) {
  const votes = new Map();
  for (const page of pages) votes.set(Math.round(page.width), (votes.get(Math.round(page.width)) ?? 0) + 1);
  return [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [612, 0])[0];
}

// One page in the DOM: heading, picture, boxes, text to select.
class PageView {
  constructor(column, index) {
    this.column = column;
    this.index = index;
    this.page = column.pages[index];
    this.scale = column.scales[index];
    const width = this.page.width * this.scale;
    const height = this.page.height * this.scale;
    this.image = h("img", { alt: "", draggable: "false", decoding: "async" });
    this.layer = s("svg", { viewBox: `0 0 ${this.page.width} ${this.page.height}`, "aria-hidden": "true" });
    this.paper = h("div", { class: "paper loading" }, this.image, this.layer);
    this.element = h("div", { class: "page", "data-page": this.page.number, "data-testid": `page-${column.side}-${this.page.number}` }, this.heading(), this.paper);
    Object.assign(this.element.style, {
      top: `${column.tops[index]}px`,
      left: `${Math.max(MARGIN, (column.extent - width) / 2)}px`,
      width: `${width}px`,
    });
    this.paper.style.height = `${height}px`;
    this.seam = this.seamNotes();
    this.drawBoxes();
    column.inner.append(this.element, ...this.seam);
  }

  heading() {
    const { page } = this;
    const failed = page.compared && page.compared.length === 0;
    const notes = page.notices ?? [];
    const how = failed ? "Not compared" : `compared: ${waysWords(page.compared ?? [])}`;
    const alone = this.column.result.rows[this.column.result.rowOf[this.column.side].get(page.number)];
    const single = alone && (alone.old === null || alone.new === null);
    return h(
      "div",
      { class: "page-head" },
      h("span", { class: "page-title", text: `Page ${page.number}` }),
      single ? h("span", { class: `tag ${this.column.side === "new" ? "inserted" : "deleted"}`, text: this.column.side === "new" ? "Only in new" : "Only in old" }) : null,
      notes.length || failed
        ? h("span", { class: failed ? "tag failed" : "tag doubt", title: notes.map((n) => n.message).join("\n") }, icon("warning", 12), h("span", { text: notes[0]?.message ?? "This page could not be compared" }))
        : null,
      failed ? null : h("span", { class: "how", text: how }),
    );
  }

  seamNotes() {
    const { column, index } = this;
    const far = column.side === "old" ? "new" : "old";
    const note = (pages, top) => {
      const range = pages.length === 1 ? `Page ${pages[0]}` : `Pages ${pages[0]}–${pages.at(-1)}`;
      const element = h("div", { class: `seam ${far}` }, h("span", { text: `${range} only in the ${far} file` }));
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
    const all = this.column.result.onPage[this.column.side].get(this.page.number) ?? [];
    return all.filter(({ entry }) => this.column.filter(entry));
  }

  drawBoxes() {
    const regions = new Map();
    for (const { entry, box } of this.boxes()) {
      if (!regions.has(entry)) regions.set(entry, []);
      regions.get(entry).push(box);
    }
    this.initials = [];
    const shapes = [...regions].map(([entry, boxes]) => this.shape(entry, boxes));
    const gap = this.gapMark(this.column.focused);
    this.layer.replaceChildren(...shapes, ...(gap ? [gap] : []));
  }

  // One change on this page: tinted words, a line by kind, a bar with the kind's initial in the margin.
  // Tints and halos lie in a group of their own, whose opacity is that of the group: lines of a block overlap unseen.
  shape(entry, boxes) {
    const { kind, layer, id, severity } = entry.change;
    const on = entry === this.column.focused;
    const px = 1 / this.scale;
    const whole = layer === "page";
    const grown = (by, rx, [x0, y0, x1, y1]) =>
      s("rect", { x: x0 - by, y: y0 - by, width: Math.max(x1 - x0 + 2 * by, 1), height: Math.max(y1 - y0 + 2 * by, 1), rx });
    const kinds = `change ${kind} layer-${layer} ${severity}${on ? " on" : ""}${boxes.length > 1 ? " block" : ""}${boxes.length > 8 ? " many" : ""}`;
    const group = s("g", { class: FRAMED.has(layer) ? `${kinds} framed` : kinds, "data-change": id });
    if (whole) {
      group.append(s("g", { class: "frame" }, boxes.map((box) => grown(-2, 0, box))));
      return group;
    }
    const framed = FRAMED.has(layer);
    if (on) group.append(s("g", { class: "halo" }, boxes.map((box) => grown(2 + 2 * px, 3, box))));
    if (!framed) group.append(s("g", { class: "tint" }, boxes.map((box) => grown(1.2, 1.5, box))));
    group.append(s("g", { class: "frame", "data-testid": "box" }, boxes.map((box) => grown(1.2, 1.5, box))));
    for (const [x0, y0, x1, y1] of boxes) {
      const y = kind === "deleted" ? (y0 + y1) / 2 : y1 + 1.2;
      if (framed) group.append(...this.label(LAYERS[layer] ?? layer, [x0, y0, x1, y1], px, on));
      else group.append(s("line", { x1: x0 - 1.2, x2: x1 + 1.2, y1: y, y2: y, class: "stroke" }));
      group.append(s("line", { x1: -6 * px, x2: -6 * px, y1: y0, y2: y1, class: "bar" }));
    }
    const part = entry.change.detail?.where?.[this.column.side]; // of an edited picture
    if (part?.box && part.page === this.page.number) group.append(s("g", { class: "part" }, grown(0.6, 1, part.box)));
    const top = boxes[0][1];
    if (this.initials.every((taken) => Math.abs(top - taken) > 11 * px)) {
      group.append(s("text", { x: -10 * px, y: (top + Math.min(boxes[0][3], top + 16)) / 2 + 3.2 * px, "font-size": 9 * px, "text-anchor": "end", class: "initial" }, KINDS[kind].letter));
      this.initials.push(top);
    }
    return group;
  }

  // The layer's name in a corner of its frame: what a frame is about is not told by colour. Beside a frame too small
  // to hold it, where it would cover words, only while that is the current one.
  label(word, [x0, y0, x1, y1], px, on) {
    const high = 13 * px;
    const wide = (word.length * 5.6 + 8) * px;
    const fits = x1 - x0 > 1.5 * wide && y1 - y0 > 2.5 * high;
    if (!fits && !on) return [];
    const top = fits || y0 < high + 2 ? y0 - 1.2 : y0 - 1.2 - high;
    return [s("g", { class: "label" },
      s("rect", { x: x0 - 1.2, y: top, width: wide, height: high }),
      s("text", { x: x0 - 1.2 + 4 * px, y: top + 9.6 * px, "font-size": 9.5 * px }, word))];
  }

  // Where the focused change would stand on the side that has nothing of it.
  gapMark(focused) {
    const { column } = this;
    if (!focused || focused.at[column.side] || column.result.indexOf[column.side].size === 0) return null;
    const spot = column.result.spot(focused, column.side);
    if (!spot || spot.index !== this.index || focused.change.layer === "page") return null;
    const px = 1 / this.scale;
    const exact = focused.change.detail?.anchor;
    const y = exact ? exact.box[3] : spot.fraction * this.page.height;
    const x = exact ? exact.box[2] : 0;
    const words = focused.change.kind === "inserted" ? "inserted in the new file" : "deleted: it was here";
    const at = (dx, dy) => `${x + dx * px} ${y + dy * px}`;
    return s(
      "g",
      { class: `gap ${focused.change.kind}`, "data-gap": focused.id },
      exact
        ? [s("circle", { cx: x + 2 * px, cy: y - 4 * px, r: 13 * px }), s("path", { d: `M${at(2, -13)}L${at(2, 3)}L${at(-2, 8)}H${x + 6 * px}L${at(2, 3)}` })]
        : s("path", { class: "guess", d: `M${-14 * px} ${y - 5 * px}l${8 * px} ${5 * px}l${-8 * px} ${5 * px}zM${-6 * px} ${y}H${this.page.width}` }),
      s("title", {}, words),
    );
  }

  load() {
    const wanted = this.scale * 72 * (globalThis.devicePixelRatio || 1);
    const area = (dpi) => (this.page.width * this.page.height * dpi * dpi) / 5184;
    const step = STEPS.find((dpi) => dpi >= wanted * 0.98) ?? STEPS.at(-1);
    const dpi = area(step) > LARGE ? STEPS[0] : step;
    if (this.dpi === dpi) return;
    this.dpi = dpi;
    const shown = (event) => {
      if (event.type === "load") this.paper.classList.remove("loading", "broken");
      else {
        this.paper.classList.remove("loading");
        this.paper.classList.add("broken");
      }
    };
    this.image.onload = shown;
    this.image.onerror = shown;
    this.image.src = this.column.addresses.image(this.column.document.sha256, this.page.number, dpi);
  }

  // A sheet too large for one picture is shown as an overview; what is in view comes sharp, tile by tile.
  loadTiles() {
    const wanted = this.scale * 72 * (globalThis.devicePixelRatio || 1);
    const step = STEPS.find((dpi) => dpi >= wanted * 0.98) ?? STEPS.at(-1);
    if ((this.page.width * this.page.height * step * step) / 5184 <= LARGE) return;
    if (this.image.naturalWidth && this.image.naturalWidth >= this.page.width * this.scale) return;
    this.tiles ??= new Map();
    const view = this.column.scroller.getBoundingClientRect();
    const paper = this.paper.getBoundingClientRect();
    const side = (TILE / step) * 72 * this.scale;
    const columns = Math.ceil((this.page.width * this.scale) / side);
    const rows = Math.ceil((this.page.height * this.scale) / side);
    for (let row = Math.max(0, Math.floor((view.top - paper.top) / side)); row < rows && row * side < view.bottom - paper.top; row++) {
      for (let column = Math.max(0, Math.floor((view.left - paper.left) / side)); column < columns && column * side < view.right - paper.left; column++) {
        const key = `${step}/${column}.${row}`;
        if (this.tiles.has(key)) continue;
        const image = h("img", { alt: "", class: "tile", draggable: "false" });
        const width = Math.min(side, this.page.width * this.scale - column * side);
        const height = Math.min(side, this.page.height * this.scale - row * side);
        Object.assign(image.style, { left: `${column * side}px`, top: `${row * side}px`, width: `${width}px`, height: `${height}px` });
        image.onerror = () => image.remove();
        image.src = this.column.addresses.image(this.column.document.sha256, this.page.number, step, `${column}.${row}`);
        this.tiles.set(key, image);
        this.layer.before(image);
      }
    }
  }

  async loadText() {
    if (this.textAsked) return;
    this.textAsked = true;
    const { texts, addresses, document } = this.column;
    let words = texts.get(this.page.number);
    if (!words) {
      words = await addresses.text(document.sha256, this.page.number);
      if (!words) return;
      texts.set(this.page.number, words);
      if (texts.size > 40) texts.delete(texts.keys().next().value);
    }
    if (!this.element.isConnected) return;
    this.paper.append(this.selectable(words));
  }

  selectable(words) {
    const holder = h("div", { class: "glyphs", "data-testid": "words" });
    const pen = globalThis.document.createElement("canvas").getContext("2d");
    pen.font = "100px sans-serif";
    for (const [text, x0, y0, x1, y1] of words) {
      const size = Math.max((y1 - y0) * this.scale * 0.86, 1);
      const natural = (pen.measureText(text).width * size) / 100 || 1;
      const span = h("span", { text: `${text} ` });
      Object.assign(span.style, {
        left: `${x0 * this.scale}px`,
        top: `${y0 * this.scale}px`,
        fontSize: `${size}px`,
        height: `${(y1 - y0) * this.scale}px`,
        transform: `scaleX(${((x1 - x0) * this.scale) / natural})`,
      });
      holder.append(span);
    }
    return holder;
  }

  remove() {
    // An image without source stops loading; the request of a page that has flown by is not worth an answer.
    this.image.onload = this.image.onerror = null;
    if (!this.image.complete) this.image.removeAttribute("src");
    this.element.remove();
    for (const note of this.seam) note.remove();
  }
}
