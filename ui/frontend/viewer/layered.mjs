// Both revisions on one sheet: each in its colour, parted by a line, in turn, or only what differs. The old page is laid on
// the new one as the page map, the words or two points set by hand say. Colours and blending are the style sheet's work, so
// that scrolling costs no script: an ink is a picture without colour, lightened to its own (screen), and inks lie over each
// other as on paper (multiply).

import { button, clamp, h, icon } from "./dom.mjs";
import { boxThrough, back, through } from "./laying.mjs";
import { t } from "./messages.mjs";
import { SIDES, other } from "./names.mjs";
import { doubtTag, PageView } from "./page.mjs";
import { Picture } from "./picture.mjs";
import { Roll } from "./roll.mjs";

const BLINK = 800; // ms a side; slow enough for everybody (WCAG 2.3.1: at most three flashes a second)
const STEP = 0.02; // of the width, of the line by key

export class Layered extends Roll {
  constructor(result, addresses, layings, events) {
    super(result.rows.map((row, index) => sheetOf(result, layings, row, index)), { label: t`Both files, one over the other: pages`, testid: "layered", events });
    Object.assign(this, { result, addresses, layings });
    this.rolls = [this];
    this.cut = 0.5;
    this.title = h("span", { class: "legend" });
    this.controls = h("span", { class: "controls" });
    this.where = h("span", { class: "position", "data-testid": "layered-page" });
    this.line = h("div", { class: "cut", role: "slider", tabindex: "0", "aria-label": t`Line between old and new`, "aria-valuemin": "0", "aria-valuemax": "100", "data-testid": "cut", hidden: true }, h("span", { class: "old", text: t`Old` }), h("span", { class: "new", text: t`New` }), h("i", { class: "knob", "aria-hidden": "true" }, icon("across")));
    this.stage = h("div", { class: "stage" }, this.scroller, this.line);
    this.element = h("section", { class: "column layered", "aria-label": t`Both files` }, h("header", {}, this.title, this.controls, this.where), this.stage);
    this.line.addEventListener("pointerdown", (event) => {
      this.line.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.line.focus();
    });
    this.line.addEventListener("pointermove", (event) => event.buttons & 1 && this.cutAt((event.clientX - this.stage.getBoundingClientRect().left) / this.width));
    this.line.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: this.cut - STEP, ArrowRight: this.cut + STEP, Home: 0, End: 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.cutAt(to);
    });
    this.pause = button(t`Stop here (space)`, "pause", () => this.blinkOn(!this.blinking), { "data-testid": "pause" });
    this.shown = h("strong", { class: "side", "data-testid": "shown", "aria-live": "off" });
    this.scroller.addEventListener("scroll", () => this.mode === "slider" && this.drawCut(), { passive: true });
  }

  set mode(mode) {
    this.way = mode;
    this.stage.dataset.mode = mode;
    this.line.hidden = mode !== "slider";
    const inks = mode === "overlay" || mode === "difference";
    const names = SIDES.map((side) => h("span", { class: "name", title: this.result.documents[side].name }, h("span", { class: inks ? `ink-sample ${side}` : `side ${side}`, "aria-hidden": inks ? "true" : null, text: inks ? "" : side === "old" ? t`Old` : t`New` }), inks ? t` only in ${side}: ${this.result.documents[side].name}` : ` ${this.result.documents[side].name}`));
    this.title.replaceChildren(...names, inks ? h("span", { class: "name both-name" }, h("span", { class: `ink-sample ${mode === "overlay" ? "both" : "faint"}`, "aria-hidden": "true" }), t` in both`) : "");
    this.controls.replaceChildren(...(mode === "blink" ? [this.shown, this.pause] : []));
    this.blinkOn(mode === "blink" && !matchMedia("(prefers-reduced-motion: reduce)").matches);
    if (mode === "blink") this.show("old");
    for (const page of this.live.values()) page.inked();
    if (mode === "slider") this.cutAt(this.cut);
  }

  get mode() {
    return this.way;
  }

  // ---- slider and blink

  cutAt(share) {
    this.cut = clamp(share, 0, 1);
    this.line.setAttribute("aria-valuenow", String(Math.round(this.cut * 100)));
    this.line.setAttribute("aria-valuetext", t`${Math.round(this.cut * 100)} % old, the rest new`);
    this.line.style.left = `${this.cut * 100}%`;
    this.drawCut();
  }

  drawCut() {
    for (const page of this.live.values()) page.clip(this.scroller.scrollLeft + this.cut * this.width);
  }

  blinkOn(on) {
    clearInterval(this.blinking);
    this.blinking = on ? setInterval(() => this.swap(), BLINK) : null;
    this.pause.setAttribute("aria-pressed", String(!on));
    this.pause.classList.toggle("on", !on);
  }

  swap() {
    this.show(other(this.stage.dataset.shown ?? "new"));
  }

  show(side) {
    this.stage.dataset.shown = side;
    this.shown.textContent = side === "old" ? t`Old` : t`New`;
    this.shown.className = `side ${side}`;
  }

  // A key of the mode itself; whether it was one.
  key(key) {
    if (this.mode === "blink" && key === " ") {
      this.blinkOn(false);
      this.swap();
      return true;
    }
    if (this.mode === "slider" && (key === "ArrowLeft" || key === "ArrowRight")) {
      this.cutAt(this.cut + (key === "ArrowLeft" ? -STEP : STEP));
      return true;
    }
    return false;
  }

  // ---- as every view of the pages

  pageView(index) {
    return new LayeredPage(this, index);
  }

  layout(zoom) {
    const done = super.layout(zoom);
    if (done && this.mode === "slider") this.cutAt(this.cut);
    return done;
  }

  draw() {
    super.draw();
    if (this.mode === "slider") this.drawCut();
  }

  showPosition() {
    const sheet = this.pages[this.at(this.middle).index];
    const number = (side) => (sheet?.[side] ? sheet[side].number : "–");
    if (sheet) this.where.textContent = number("old") === number("new") ? t`Page ${number("new")}` : t`Page ${number("old")} → ${number("new")}`;
  }

  get lead() {
    return this;
  }

  // Where a change stands, on the new page where it is there.
  spot(entry) {
    for (const side of ["new", "old"]) {
      const region = entry.at[side];
      const index = region && this.result.rowOf[side].get(region.page);
      if (index === undefined || region === null) continue;
      const sheet = this.pages[index];
      const [x0, y0, x1, y1] = sheet.boxOf(side, region.box);
      return { index, fraction: clamp((y0 + y1) / 2 / sheet.height, 0, 0.999), across: clamp((x0 + x1) / 2 / sheet.width, 0, 1), exact: true };
    }
    return null;
  }

  focus(entry) {
    this.focused = entry;
    const spot = entry && this.spot(entry);
    if (spot) {
      const [x, y] = this.spotAt(spot);
      this.bring(entry.change.layer === "page" ? this.y(spot.index, 0) + this.height * 0.4 - 40 : y, x);
    }
    this.redrawBoxes();
    if (entry) this.rest();
  }

  goto(side, index, fraction) {
    const row = this.result.rowOf[side].get(this.result.documents[side].pages[index].number) ?? 0;
    this.bring(this.y(row, fraction) + (fraction === 0 ? this.height * 0.4 - 34 : 0));
    this.rest();
  }

  gotoRow(row, fraction) {
    this.calm = false;
    this.bring(this.y(row, fraction));
    this.restLater(60);
  }

  shows(entry) {
    const spot = this.spot(entry);
    return spot !== null && this.seesY(this.spotAt(spot)[1]);
  }

  get place() {
    const { index, fraction } = this.at(this.middle);
    const sheet = this.pages[index];
    return Object.fromEntries(SIDES.map((side) => [side, sheet?.[side] ? [sheet[side].number, Math.round(fraction * 1e4) / 1e4] : null]));
  }

  set place(place) {
    const side = ["new", "old"].find((name) => place[name] && this.result.rowOf[name].has(place[name][0]));
    if (!side) return;
    this.bring(this.y(this.result.rowOf[side].get(place[side][0]), clamp(Number(place[side][1]) || 0, 0, 1)));
    this.rest();
  }

  get ends() {
    const top = this.scroller.scrollTop;
    const places = [top, top + this.height].map((y) => this.at(y));
    return [places.map(({ index, fraction }) => {
      const side = this.pages[index].new ? "new" : "old";
      return [side, this.result.indexOf[side].get(this.pages[index][side].number), fraction];
    })];
  }

  get row() {
    return this.at(this.scroller.scrollTop + 40).index;
  }

  redraw(filter) {
    if (filter) this.filter = filter;
    this.redrawBoxes();
  }

  // Another way to lay a page: what is in view is drawn anew.
  relay(index) {
    this.pages[index] = sheetOf(this.result, this.layings, this.result.rows[index], index);
    this.live.get(index)?.remove();
    this.live.delete(index);
    this.rest();
  }

  destroy() {
    this.blinkOn(false);
    super.destroy();
  }
}

// The sheet of a row of the page map: as large as both pages need, if the old one reaches a little beyond the new.
function sheetOf(result, layings, row, index) {
  const page = (side) => result.documents[side].pages[result.indexOf[side].get(row[side])] ?? null;
  const [old, now] = [page("old"), page("new")];
  const { map, how } = layings.of(index);
  let frame = [0, 0, (now ?? old).width, (now ?? old).height];
  if (old && now && how !== "words") {
    const [x0, y0, x1, y1] = boxThrough(map, [0, 0, old.width, old.height]);
    const most = 0.5; // of the page, that the sheet grows by
    frame = [Math.max(Math.min(x0, 0), -most * now.width), Math.max(Math.min(y0, 0), -most * now.height), Math.min(Math.max(x1, now.width), (1 + most) * now.width), Math.min(Math.max(y1, now.height), (1 + most) * now.height)];
  }
  const [left, top] = frame;
  const lies = { old: now ? map : [1, 0, 0, 1, 0, 0], new: [1, 0, 0, 1, 0, 0] };
  for (const side of SIDES) lies[side] = [...lies[side].slice(0, 4), lies[side][4] - left, lies[side][5] - top];
  return {
    number: (now ?? old).number, width: frame[2] - left, height: frame[3] - top, row: index, old, new: now, lies,
    compared: (now ?? old).compared, notices: [...(old?.notices ?? []), ...(now?.notices ?? [])],
    boxOf: (side, box) => boxThrough(lies[side], box),
    pointOf: (side, point) => through(back(lies[side]), point),
  };
}

class LayeredPage extends PageView {
  get testid() {
    return `sheet-${this.page.row + 1}`;
  }

  pictures() {
    this.inks = h("div", { class: "inks" });
    return [this.inks];
  }

  constructor(roll, index) {
    super(roll, index);
    this.pictured = [];
    this.inked();
  }

  heading() {
    const { old, new: now } = this.page;
    const title = !old || !now || old.number === now.number ? t`Page ${(now ?? old).number}` : t`Page ${old.number} → ${now.number}`;
    return [
      h("span", { class: "page-title", text: title }),
      old && now ? null : h("span", { class: `tag ${now ? "inserted" : "deleted"}`, text: now ? t`Only in new` : t`Only in old` }),
      doubtTag(this.page),
      old && now ? (this.how = h("span", { class: "how", "data-testid": "laid", text: this.roll.layings.words(this.index) })) : null,
    ].filter(Boolean);
  }

  // The inks that the mode needs: a page of one side is an ink too, in the colour of its side.
  inked() {
    for (const picture of this.pictured) picture.remove();
    const made = (side) => {
      const picture = new Picture(this.roll.result.documents[side], this.page[side], this.roll.addresses);
      picture.scale = this.scale;
      picture.side = side;
      const [a, b, c, d, e, f] = this.page.lies[side];
      picture.element.style.transform = `matrix(${a}, ${b}, ${c}, ${d}, ${e * this.scale}, ${f * this.scale})`;
      this.pictured.push(picture);
      return picture.element;
    };
    this.pictured = [];
    const sides = SIDES.filter((side) => this.page[side]);
    this.inks.replaceChildren(...sides.map((side) => h("div", { class: `ink ${side}` }, made(side))));
    // What both have, as a mask that takes the ink away: the lighter of both, upside down, added.
    if (this.roll.mode === "difference" && sides.length === 2) this.inks.append(h("div", { class: "common" }, h("div", { class: "mask" }, ...sides.map(made))), h("div", { class: "ghost" }, made("new")));
    this.paper.classList.add("loading");
    if (this.inView) this.load();
  }

  load() {
    let missing = this.pictured.length;
    for (const picture of this.pictured) picture.load((is) => {
      missing -= 1;
      if (missing <= 0 || !is) this.arrived(is);
    });
  }

  clip(cut) {
    const at = clamp(cut - this.roll.left(this.index), 0, this.roll.sizeOf(this.page)[0] * this.scale);
    const [wide, high] = [this.page.width * this.scale, this.page.height * this.scale];
    const inset = (edges) => `inset(${edges.map((edge) => `${Math.max(edge, 0)}px`).join(" ")})`;
    const [old, now] = [
      [[0, wide - at, 0, 0], [0, 0, 0, at]],
      [[high - at, 0, 0, 0], [0, 0, at, 0]],
      [[0, 0, 0, wide - at], [0, at, 0, 0]],
      [[0, 0, high - at, 0], [at, 0, 0, 0]],
    ][this.roll.turns];
    const inks = this.inks.querySelectorAll(".ink");
    if (inks.length < 2) return;
    inks[0].style.clipPath = inset(old);
    inks[1].style.clipPath = inset(now);
  }

  boxes() {
    const { result, filter } = this.roll;
    return SIDES.flatMap((side) => {
      const page = this.page[side];
      const all = (page && result.onPage[side].get(page.number)) ?? [];
      // What has both sides is marked where it is now.
      return all.filter(({ entry }) => filter(entry) && (side === "new" || !entry.at.new || entry.change.kind === "moved")).map(({ entry, box }) => ({ entry, box: this.page.boxOf(side, box) }));
    });
  }

  extras(px) {
    const { old, new: now } = this.page;
    const side = now ? "new" : "old";
    return this.roll.events.extras(side, now ?? old, px, this.page);
  }

  async sharpen() {
    const window = this.window();
    for (const picture of this.pictured) picture.sharpen(boxThrough(back(this.page.lies[picture.side]), window));
    if (this.asked) return;
    this.asked = true;
    const side = this.page.new ? "new" : "old";
    const words = await this.roll.addresses.text(this.roll.result.documents[side], this.page[side].number);
    if (!this.element.isConnected) return;
    if (words) this.selectable(words.map(([text, ...box]) => [text, ...this.page.boxOf(side, box)]));
    if (await this.roll.layings.look(this.index)) this.roll.relay(this.index);
  }

  remove() {
    for (const picture of this.pictured) picture.remove();
    super.remove();
  }
}
