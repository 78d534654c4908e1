// One page in the DOM: heading, picture, boxes, text to select.

import { h, icon, s } from "./dom.mjs";
import { dense, mark } from "./marks.mjs";
import { t } from "./messages.mjs";
import { HEAD } from "./roll.mjs";

const MANY = 400; // changes of a page, from which they are not drawn one by one

export class PageView {
  constructor(roll, index) {
    Object.assign(this, { roll, index });
    this.page = roll.pages[index];
    this.scale = roll.scales[index];
    const { width, height } = this.page;
    this.layer = s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    this.paper = h("div", { class: "paper loading" }, ...this.pictures(), this.layer);
    this.element = h("div", { class: "page", "data-page": this.page.number, "data-testid": this.testid }, h("div", { class: "page-head" }, ...this.heading()), this.paper);
    const [wide, high] = [width * this.scale, height * this.scale];
    const px = (...values) => values.map((value) => `${value}px`);
    const [shownWide] = roll.sizeOf(this.page);
    [this.element.style.top, this.element.style.left, this.element.style.width, this.element.style.height] = px(roll.tops[index], roll.left(index), shownWide * this.scale, HEAD + roll.heights[index]);
    [this.paper.style.width, this.paper.style.height] = px(wide, high);
    this.paper.style.transform = ["", `translateX(${high}px) rotate(90deg)`, `translate(${wide}px, ${high}px) rotate(180deg)`, `translateY(${wide}px) rotate(270deg)`][roll.turns];
    this.drawBoxes();
    roll.inner.append(this.element);
  }

  // Point of the page under a point of the window; `frame` is the rectangle of the paper there.
  pointAt(clientX, clientY, frame = this.paper.getBoundingClientRect()) {
    const [x, y] = [(clientX - frame.left) / this.scale, (clientY - frame.top) / this.scale];
    const { width, height } = this.page;
    return [[x, y], [y, height - x], [width - x, height - y], [width - y, x]][this.roll.turns];
  }

  // The part of the page in view, a box in points.
  window() {
    const view = this.roll.scroller.getBoundingClientRect();
    const frame = this.paper.getBoundingClientRect();
    const [a, b] = [this.pointAt(Math.max(view.left, frame.left), Math.max(view.top, frame.top), frame), this.pointAt(Math.min(view.right, frame.right), Math.min(view.bottom, frame.bottom), frame)];
    return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  }

  arrived = (is) => {
    this.paper.classList.remove("loading");
    this.paper.classList.toggle("broken", !is);
    if (is && this.inView && this.roll.calm) this.sharpen();
  };

  drawBoxes() {
    const px = 1 / this.scale;
    const byEntry = new Map();
    for (const { entry, box, part } of this.boxes()) {
      if (!byEntry.has(entry)) byEntry.set(entry, { entry, boxes: [], part });
      byEntry.get(entry).boxes.push(box);
    }
    const initials = [];
    const { focused } = this.roll;
    const single = byEntry.size > MANY ? [byEntry.get(focused)].filter(Boolean) : [...byEntry.values()];
    const shapes = single.map((one) => mark({ ...one, on: one.entry === focused, px, initials }));
    if (byEntry.size > MANY) {
      const byKind = new Map();
      for (const { entry, boxes } of byEntry.values()) {
        if (!byKind.has(entry.change.kind)) byKind.set(entry.change.kind, []);
        byKind.get(entry.change.kind).push(...boxes);
      }
      shapes.unshift(...[...byKind].map(([kind, boxes]) => dense(kind, boxes)));
    }
    this.layer.replaceChildren(...shapes, ...this.extras(px));
  }

  // What else is drawn over the page, in points.
  extras() {
    return [];
  }

  // Words over the picture, to be selected; [[text, x0, y0, x1, y1], …] in points of the page.
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
    this.paper.append(holder);
  }

  remove() {
    this.element.remove();
  }
}

// The doubts of a page, as a tag of its heading; null for none.
export function doubtTag(page) {
  const failed = page.compared?.length === 0;
  const notices = page.notices ?? [];
  return notices.length || failed
    ? h("span", { class: failed ? "tag failed" : "tag doubt", title: notices.map((n) => n.message).join("\n") }, icon("warning", 12), h("span", { text: notices[0]?.message ?? t`This page could not be compared` }))
    : null;
}
