// The picture of one page: an overview, and over it tiles of what is looked at, as sharp as the zoom asks for.

import { h } from "./dom.mjs";

const STEPS = [100, 150, 200]; // dpi of whole pictures; only these, so that caches hit
const TILE_STEPS = [200, 400, 800, 1600]; // dpi of tiles; the last is 800 % on a screen of two dots a pixel
const TILE = 1024; // px
const LARGE = 8_000_000; // px; the server sends no larger picture in one piece
const MOST_TILES = 32; // in the DOM; 4 MB each once decoded

export class Picture {
  constructor(document, page, addresses) {
    Object.assign(this, { document, page, addresses });
    this.tiles = new Map();
    this.image = h("img", { alt: "", draggable: "false", decoding: "async" });
    this.element = h("div", { class: "picture" }, this.image);
  }

  // How many CSS px a point of the page is wide.
  set scale(scale) {
    this.pixels = scale;
    Object.assign(this.element.style, { width: `${this.page.width * scale}px`, height: `${this.page.height * scale}px` });
  }

  get wanted() {
    return this.pixels * 72 * (globalThis.devicePixelRatio || 1); // dpi
  }

  area(dpi) {
    return (this.page.width * this.page.height * dpi * dpi) / 5184;
  }

  // Ask for the whole picture; `shown(arrived)` is called when it is there, or cannot be.
  load(shown) {
    const step = STEPS.find((dpi) => dpi >= this.wanted * 0.98) ?? STEPS.at(-1);
    const dpi = [...STEPS].reverse().find((each) => each <= step && this.area(each) <= LARGE) ?? STEPS[0];
    if (this.dpi === dpi) return;
    this.dpi = dpi;
    this.image.onload = () => shown(true);
    this.image.onerror = () => shown(false);
    this.image.src = this.addresses.image(this.document, this.page.number, dpi);
  }

  // Tiles over what is seen, a box in points, where the whole picture is not sharp enough.
  sharpen([x0, y0, x1, y1]) {
    const has = this.image.naturalWidth ? (this.image.naturalWidth / this.page.width) * 72 : 0;
    if (!has || has >= this.wanted * 0.98) return this.drop(() => true);
    const step = TILE_STEPS.find((dpi) => dpi >= this.wanted * 0.98) ?? TILE_STEPS.at(-1);
    const side = (TILE / step) * 72; // points
    const [columns, rows] = [this.page.width, this.page.height].map((length) => Math.ceil((length * step) / 72 / TILE - 1e-6));
    const seen = new Set();
    for (let row = Math.max(0, Math.floor(y0 / side)); row < rows && row * side < y1; row++) {
      for (let column = Math.max(0, Math.floor(x0 / side)); column < columns && column * side < x1; column++) {
        const key = `${step}/${column}.${row}`;
        seen.add(key);
        if (!this.tiles.has(key) && seen.size <= MOST_TILES) this.ask(key, step, column, row, side, seen);
      }
    }
    this.seen = seen;
    this.tidy();
    return undefined;
  }

  ask(key, step, column, row, side) {
    const image = h("img", { alt: "", class: "tile", draggable: "false", decoding: "async", "data-dpi": step });
    const [left, top] = [column * side, row * side];
    const [wide, high] = [Math.min(side, this.page.width - left), Math.min(side, this.page.height - top)];
    const share = (part, whole) => `${(part / whole) * 100}%`; // so that a tile follows the zoom until sharper ones are there
    Object.assign(image.style, { left: share(left, this.page.width), top: share(top, this.page.height), width: share(wide, this.page.width), height: share(high, this.page.height) });
    image.onload = () => this.tidy();
    image.onerror = () => this.drop((each) => each === key);
    image.src = this.addresses.image(this.document, this.page.number, step, `${column}.${row}`);
    this.tiles.set(key, image);
    this.element.append(image);
  }

  // Tiles of another sharpness go when those in view are there; of those out of view the oldest.
  tidy() {
    const { seen, tiles } = this;
    if (!seen) return;
    const step = [...seen][0]?.split("/")[0];
    if ([...seen].every((key) => tiles.get(key)?.complete)) this.drop((key) => key.split("/")[0] !== step);
    let spare = tiles.size - MOST_TILES;
    if (spare > 0) this.drop((key) => !seen.has(key) && spare-- > 0);
  }

  drop(which) {
    for (const [key, image] of this.tiles) {
      if (!which(key)) continue;
      image.onload = image.onerror = null;
      if (!image.complete) image.removeAttribute("src");
      image.remove();
      this.tiles.delete(key);
    }
  }

  // An image without source stops loading; the request of a page that has flown by is not worth an answer.
  remove() {
    this.image.onload = this.image.onerror = null;
    if (!this.image.complete) this.image.removeAttribute("src");
    this.drop(() => true);
  }
}
