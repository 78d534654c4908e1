// The heat strip: the whole comparison at a glance, old in the left lane, new in the right; click or drag to go there.

import { clamp, h } from "./dom.mjs";
import { t } from "./messages.mjs";
import { SIDES } from "./names.mjs";

const LANE = 9; // px
const SPACE = 2;

export class Strip {
  constructor(result, go) {
    this.result = result;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.view = h("div", { class: "view" });
    this.probe = h("i", { hidden: true });
    this.element = h("div", { class: "strip", title: t`Where the changes are; click to go there`, "data-testid": "strip" }, this.canvas, this.view, this.probe);
    this.starts = [0];
    for (const row of result.rows) {
      const heights = SIDES.map((side) => result.documents[side].pages[result.indexOf[side].get(row[side])]?.height ?? 0);
      this.starts.push(this.starts.at(-1) + Math.max(...heights, 1));
    }
    const move = (event) => {
      const frame = this.element.getBoundingClientRect();
      const at = clamp((event.clientY - frame.top) / frame.height, 0, 0.9999) * this.starts.at(-1);
      let row = this.starts.findIndex((start) => start > at) - 1;
      if (row < 0) row = 0;
      go(row, (at - this.starts[row]) / (this.starts[row + 1] - this.starts[row]));
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      move(event);
    });
    this.element.addEventListener("pointermove", (event) => event.buttons & 1 && move(event));
  }

  // Share of the whole, 0 to 1, at which a place of a side stands.
  share(side, index, fraction) {
    const number = this.result.documents[side].pages[index]?.number;
    const row = this.result.rowOf[side].get(number) ?? 0;
    return (this.starts[row] + fraction * (this.starts[row + 1] - this.starts[row])) / this.starts.at(-1);
  }

  draw(entries, focused) {
    const height = this.element.clientHeight;
    if (!height) return;
    const ratio = globalThis.devicePixelRatio || 1;
    const width = 2 * LANE + SPACE;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.height = `${height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const colour = (name) => {
      this.probe.style.color = `var(--strip-${name})`; // a canvas knows no variables and no light-dark()
      return getComputedStyle(this.probe).color;
    };
    const colours = { inserted: colour("inserted"), deleted: colour("deleted"), replaced: colour("replaced"), moved: colour("moved") };
    // Many changes lie over each other: fainter strokes let dense places stand out.
    const strength = clamp(300 / entries.length, 0.3, 0.9);
    SIDES.forEach((side, lane) => {
      const x = lane * (LANE + SPACE);
      for (const page of this.result.documents[side].pages) {
        if (page.compared?.length !== 0) continue;
        const index = this.result.indexOf[side].get(page.number);
        pen.fillStyle = colour("failed");
        const top = this.share(side, index, 0) * height;
        pen.fillRect(x, top, LANE, Math.max(3, this.share(side, index, 1) * height - top));
      }
      for (const entry of entries) {
        pen.fillStyle = colours[entry.change.kind];
        // What stands on every page would cover all else: a faint tick at the edge, until it is the current one.
        const faint = entry.spread && entry !== focused;
        for (const region of entry.change[side]?.regions ?? []) {
          const index = this.result.indexOf[side].get(region.page);
          if (index === undefined) continue;
          const tall = this.result.documents[side].pages[index].height;
          const top = this.share(side, index, clamp(region.box[1] / tall, 0, 1)) * height;
          const end = this.share(side, index, clamp(region.box[3] / tall, 0, 1)) * height;
          const whole = entry.change.layer === "page";
          pen.globalAlpha = whole ? 0.35 : faint ? 0.3 : strength;
          pen.fillRect(x, top, faint ? LANE / 4 : LANE, Math.max(whole ? end - top : Math.min(end - top, 12), 2));
        }
      }
      pen.globalAlpha = 1;
      const region = focused?.at[side];
      const index = region && this.result.indexOf[side].get(region.page);
      if (region && index !== undefined) {
        const y = this.share(side, index, clamp((region.box[1] + region.box[3]) / 2 / this.result.documents[side].pages[index].height, 0, 1)) * height;
        pen.fillStyle = colour("focus");
        pen.fillRect(x - 1, y - 2, LANE + 2, 4);
      }
    });
  }

  // Where the view is, by what the columns show.
  showView(top, bottom) {
    const height = this.element.clientHeight;
    this.view.style.top = `${top * height}px`;
    this.view.style.height = `${Math.max(10, (bottom - top) * height)}px`;
  }
}
