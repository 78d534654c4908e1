// What is not told by pages of text: changed tables as grids, pictures in pairs, properties, fields, links and comments as lists.

import { h, icon, plural } from "./dom.mjs";
import { t, word } from "./messages.mjs";
import { SIDES } from "./names.mjs";
import { notesOf, propertiesOf, severityOf, textOf, titleOf, whereOf } from "./telling.mjs";
import { emphasised } from "./words.mjs";

const ORDER = ["table", "image", "drawing", "form", "annotation", "link", "outline", "metadata"];
const MOST = 200; // of a layer at once
const MOST_COLUMNS = 16; // of a grid

export class Details {
  constructor(result, crop, events) {
    Object.assign(this, { result, crop, events });
    this.rolls = [];
    this.filter = () => true;
    this.more = new Map();
    this.zoom = 1;
    this.kept = { old: null, new: null };
    this.scroller = h("div", { class: "scroller flow details", tabindex: "0", role: "region", "aria-label": t`Tables, pictures and lists`, "data-testid": "details" });
    this.element = h("div", { class: "column" }, h("header", {}, h("span", { class: "name", text: t`Tables, pictures and lists` })), this.scroller);
    this.scroller.addEventListener("click", (event) => {
      const id = event.target.closest("[data-change]")?.dataset.change;
      if (id && getSelection()?.toString() === "") events.pick(result.byId.get(id));
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
    this.zoom = zoom;
    this.scroller.style.setProperty("--zoom", String(zoom));
    if (!this.built) this.build();
    return this.scroller.clientHeight > 0;
  }

  build() {
    this.built = true;
    const sections = ORDER.map((layer) => [layer, this.result.entries.filter((entry) => entry.change.layer === layer && this.filter(entry))]).filter(([, entries]) => entries.length);
    this.scroller.replaceChildren(...(sections.length ? sections.map(([layer, entries]) => this.section(layer, entries)) : [h("p", { class: "nothing", text: t`No change of tables, pictures, fields, comments, links, bookmarks or properties is shown.` })]));
  }

  section(layer, entries) {
    const most = this.more.get(layer) ?? MOST;
    const shown = entries.slice(0, most);
    const name = { table: t`Tables`, image: t`Pictures`, drawing: t`Drawings`, form: t`Form fields`, annotation: t`Comments`, link: t`Links`, outline: t`Bookmarks`, metadata: t`Properties` }[layer];
    const body = layer === "table" ? this.tables(shown) : layer === "image" || layer === "drawing" ? [h("div", { class: "pairs" }, ...shown.map((entry) => this.pair(entry)))] : [this.list(shown)];
    return h("section", { class: "detail-section", "data-testid": `details-${layer}` }, h("h2", {}, icon(layer, 16), h("span", { text: `${name}` }), h("small", { text: plural(entries.length, "change") })), ...body,
      entries.length > most ? h("button", { type: "button", class: "secondary", text: t`Show ${Math.min(MOST, entries.length - most)} more`, onclick: () => {
        this.more.set(layer, most + MOST);
        this.build();
      } }) : null);
  }

  // Changes of one table in one grid: the rows and columns that something is told of, old above new in each cell.
  tables(entries) {
    const grids = new Map();
    for (const entry of entries) {
      const { change, at } = entry;
      const key = `${(at.new ?? at.old)?.page ?? ""}/${change.detail?.table ?? ""}`;
      if (!grids.has(key)) grids.set(key, []);
      grids.get(key).push(entry);
    }
    return [...grids.values()].map((told) => this.grid(told));
  }

  grid(told) {
    const cells = told.filter(({ change }) => (change.detail?.what ?? "cell") === "cell" && change.detail?.column !== undefined);
    const others = told.filter((entry) => !cells.includes(entry));
    const name = (detail, word, key) => (detail[word] ? String(detail[word]) : detail[key] !== undefined ? `${key} ${detail[key]}` : "");
    const columns = [...new Map(cells.map(({ change: { detail } }) => [detail.column, name(detail, "header", "column")])).entries()].sort((a, b) => a[0] - b[0]).slice(0, MOST_COLUMNS);
    const rows = [...new Map(cells.map(({ change: { detail } }) => [detail.row ?? 0, name(detail, "row_key", "row")])).entries()].sort((a, b) => a[0] - b[0]);
    const page = (told[0].at.new ?? told[0].at.old)?.page;
    const caption = [typeof told[0].change.detail?.table === "string" ? told[0].change.detail.table : t`Table ${told[0].change.detail?.table ?? ""}`.trim(), page ? t`page ${page}` : null].filter(Boolean);
    const text = caption.length > 1 && caption[0].includes(caption[1]) ? caption[0] : caption.join(" · ");
    const cell = (row, column) => {
      const entry = cells.find(({ change: { detail } }) => (detail.row ?? 0) === row && detail.column === column);
      if (!entry) return h("td", { class: "same-cell" }, h("span", { "aria-label": "unchanged", text: "·" }));
      const [old, now] = SIDES.map((side) => textOf(entry.change, side));
      return h("td", { "data-change": entry.id, tabindex: "0", class: entry.change.kind }, old ? h("del", {}, ...emphasised(old, now ?? "")) : null, now ? h("ins", {}, ...emphasised(now, old ?? "")) : null);
    };
    return h("div", { class: "grid" },
      h("p", { class: "caption", text }),
      cells.length ? h("div", { class: "grid-scroll", tabindex: "0", role: "group", "aria-label": t`${text}: changed cells` }, h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col", text: t`Row` }), ...columns.map(([, heading]) => h("th", { scope: "col", dir: "auto", text: heading })))),
        h("tbody", {}, ...rows.map(([row, word]) => h("tr", {}, h("th", { scope: "row", dir: "auto", text: word }), ...columns.map(([column]) => cell(row, column))))))) : null,
      others.length ? this.list(others) : null);
  }

  pair(entry) {
    const shot = (side) => h("figure", {}, h("figcaption", { class: `side ${side}`, text: word(side) }), entry.at[side] ? this.crop(side, entry.at[side], 300) : h("span", { class: "absent", text: t`not there` }));
    return h("article", { class: "picture-pair", "data-change": entry.id, tabindex: "0", "aria-label": titleOf(entry.change) },
      h("p", {}, h("strong", { text: titleOf(entry.change) }), h("span", { class: "quiet", text: ` ${[t`page ${(entry.at.new ?? entry.at.old)?.page ?? "–"}`, ...notesOf(entry.change).slice(0, 2)].join(" · ")}` })),
      h("div", { class: "shots" }, shot("old"), shot("new")));
  }

  list(entries) {
    return h("div", { class: "grid-scroll", tabindex: "0", role: "group", "aria-label": t`List of changes` }, h("table", { class: "items" },
      h("thead", {}, h("tr", {}, ...[t`What`, t`Old`, t`New`, t`Page`].map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, ...entries.map((entry) => {
        const { change, at } = entry;
        const [old, now] = SIDES.map((side) => textOf(change, side));
        const properties = propertiesOf(change);
        const value = (side, text, tag) => h("td", { dir: "auto" }, text === null ? h("span", { class: "quiet", text: "–" }) : old === now || change.kind === "moved" ? h("span", { text: text || "" }) : h(tag, {}, ...emphasised(text, (side === "old" ? now : old) ?? "")),
          ...properties.map((pair) => h("div", { class: "property" }, h("span", { class: "quiet", text: `${pair[0]}: ` }), pair[side === "old" ? 1 : 2] === null ? h("span", { class: "quiet", text: "none" }) : h(tag, { text: String(pair[side === "old" ? 1 : 2]) }))));
        return h("tr", { "data-change": entry.id, tabindex: "0" },
          h("th", { scope: "row" }, h("span", { text: titleOf(change) }), whereOf(change) ? h("div", { class: "quiet", text: whereOf(change) }) : null, change.severity === "normal" ? null : h("span", { class: `severity ${change.severity}`, text: severityOf(change) })),
          value("old", old, "del"), value("new", now, "ins"),
          h("td", { class: "number", text: String((at.new ?? at.old)?.page ?? "–") }));
      }))));
  }

  focus(entry) {
    for (const element of this.scroller.querySelectorAll(".on[data-change]")) element.classList.remove("on");
    const found = entry && this.scroller.querySelector(`[data-change="${CSS.escape(entry.id)}"]`);
    if (!found) return;
    found.classList.add("on");
    found.scrollIntoView({ block: "nearest" });
  }

  // The lists have no places of pages: what was looked at before is kept for the way back.
  get place() {
    return this.kept;
  }

  set place(place) {
    this.kept = place;
  }

  goto(side, index) {
    this.kept = { old: null, new: null, [side]: [this.result.documents[side].pages[index].number, 0] };
    this.events.mode("sides");
  }

  gotoRow(row) {
    const side = this.result.rows[row].new !== null ? "new" : "old";
    this.goto(side, this.result.indexOf[side].get(this.result.rows[row][side]));
  }

  get ends() {
    return [];
  }

  get row() {
    return 0;
  }

  shows() {
    return false;
  }

  rest() {}

  redraw(filter) {
    if (filter) this.filter = filter;
    if (this.built) this.build();
  }

  destroy() {}
}

