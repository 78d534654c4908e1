// The list of changes: search, filters, and a virtual list that holds thousands of rows.

import { clamp, debounced, h, icon, plural, upperBound } from "./dom.mjs";
import { language, t, word } from "./messages.mjs";
import { KINDS, LAYERS, SEVERITIES } from "./names.mjs";
import { popover } from "./popover.mjs";
import { recall, remember } from "./recall.mjs";
import { severityOf, titleOf } from "./telling.mjs";
import { describe } from "./words.mjs";

const ROW = 62; // px of a change told on two lines
const SHORT = 45; // px of one told on one line
const LETTER = 6.6; // px, about, of a letter
const HEADING = 28; // px of a page heading
const REACH = 400; // px drawn above and below the view

// By what rows stand together; a group without an order of its own is that of the pages.
const rank = (words) => {
  const keys = Object.keys(words);
  return (value) => keys.indexOf(value);
};
const GROUPS = {
  page: { word: t`page`, of: ({ row }) => row, title: (row, result) => result.rowTitle(row) },
  section: { word: t`section`, of: (entry, result) => result.sectionOf(entry), order: (entry, result) => result.sectionOf(entry), title: (section, result) => result.sectionTitle(section), isThere: (result) => result.hasSections },
  layer: { word: t`layer`, of: ({ change }) => change.layer, order: ({ change }) => rank(LAYERS)(change.layer), title: (layer) => LAYERS[layer] ?? layer },
  severity: { word: t`severity`, of: ({ change }) => change.severity, order: ({ change }) => rank(SEVERITIES)(change.severity), title: (severity) => SEVERITIES[severity] ?? severity },
  kind: { word: t`kind`, of: ({ change }) => change.kind, order: ({ change }) => rank(KINDS)(change.kind), title: (kind) => KINDS[kind].word },
};

export class ChangeList {
  constructor(result, card, events) {
    this.result = result;
    this.events = events;
    this.filter = { layer: new Set(), kind: new Set(), severity: new Set(), query: "", also: (entry) => this.events.passes?.(entry) ?? true };
    this.shown = [];
    this.active = null;
    this.drawn = new Map();
    this.search = h("input", { type: "search", class: "search", placeholder: t`Search changes`, "aria-label": t`Search changes`, "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false" });
    this.count = h("span", { class: "count", role: "status" });
    this.clear = h("button", { type: "button", class: "link", text: t`Clear filters`, onclick: () => this.reset() });
    this.chips = h("div", { class: "chips", id: "filters" });
    this.more = h("button", { type: "button", class: "link quiet", "data-testid": "more-filters", "aria-controls": "filters", onclick: () => this.unfold(!this.unfolded) });
    this.group = "page";
    this.groups = h("button", { type: "button", class: "link quiet", "data-testid": "grouping" });
    this.inner = h("div", { class: "rows" });
    this.box = h("div", { class: "list", role: "listbox", tabindex: "0", "aria-label": t`Changes`, "data-testid": "changes" }, this.inner);
    this.nothing = h("div", { class: "nothing" }, h("p", { text: t`No change matches the search and filters.` }), h("button", { type: "button", class: "secondary", text: t`Show all changes`, onclick: () => this.reset() }));
    this.element = h("aside", { class: "pane", "aria-label": t`Changes` },
      h("div", { class: "finder" }, h("label", { class: "searchbox" }, icon("search"), this.search), this.chips, h("div", { class: "tally" }, this.count, this.clear, this.more, popover(this.groups, () => Object.entries(GROUPS).filter(([, { isThere }]) => isThere?.(this.result) ?? true).map(([value, { word: name }]) => h("button", { type: "button", class: "choice", role: "menuitemradio", "aria-checked": String(value === this.group), text: t`By ${name}`, onclick: () => this.groupBy(value) })), "menu"))),
      this.box, this.nothing, card);
    const soon = debounced(80, () => this.refilter());
    this.search.addEventListener("input", () => {
      this.filter.query = this.search.value;
      soon();
    });
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
    this.box.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.events.pick(this.result.byId.get(row.dataset.id));
    });
    this.sizes = new ResizeObserver(() => (this.box.clientWidth === this.width ? this.show(this.active) : this.measure()));
    this.sizes.observe(this.box);
    this.unfold(recall("pdf-compare.filters") === "all");
    this.refilter();
  }

  // By default one row of filters is shown, and what is chosen of the others.
  unfold(all) {
    this.unfolded = all;
    remember("pdf-compare.filters", all ? "all" : "few");
    this.element.classList.toggle("folded", !all);
    this.more.textContent = all ? t`Fewer filters` : t`All filters`;
    this.more.setAttribute("aria-expanded", String(all));
  }

  get grouping() {
    return GROUPS[this.group];
  }

  groupBy(group) {
    this.group = GROUPS[group] && (GROUPS[group].isThere?.(this.result) ?? true) ? group : "page";
    this.refilter();
  }

  get filtered() {
    const { layer, kind, severity, query } = this.filter;
    return Boolean(layer.size || kind.size || severity.size || query.trim() || this.events.narrowed?.());
  }

  // The filters and the search as the query of an export.
  get query() {
    const { layer, kind, severity, query } = this.filter;
    const chosen = Object.entries({ layers: [...layer], kinds: [...kind], severities: [...severity], states: this.events.states?.() ?? [] }).filter(([, words]) => words.length);
    const told = [...chosen.map(([name, words]) => [name, words.join(",")]), ...(query.trim() ? [["query", query.trim()]] : [])];
    return told.length ? `?${new URLSearchParams(told)}` : "";
  }

  // Filters as they were; what this result does not have is left out.
  restore(filter) {
    for (const group of ["layer", "kind", "severity"]) {
      const present = new Set(this.result.entries.map((entry) => entry.change[group]));
      for (const value of filter[group] ?? []) if (present.has(value)) this.filter[group].add(value);
    }
    this.filter.query = this.search.value = String(filter.query ?? "");
    this.refilter();
  }

  reset() {
    for (const group of ["layer", "kind", "severity"]) this.filter[group].clear();
    this.filter.query = this.search.value = "";
    this.events.cleared?.();
    this.refilter();
    this.box.focus({ preventScroll: true });
  }

  refilter() {
    const { order, word: name } = this.grouping;
    this.groups.textContent = t`By ${name}`;
    this.shown = this.result.matching(this.filter);
    if (order) this.shown.sort((a, b) => order(a, this.result) - order(b, this.result) || a.index - b.index);
    this.positions = new Map(this.shown.map((entry, i) => [entry, i]));
    this.measure();
    this.drawChips();
    const all = this.result.entries.length;
    this.count.textContent = this.filtered ? t`${this.shown.length.toLocaleString(language)} of ${plural(all, "change")}` : plural(all, "change");
    this.clear.hidden = !this.filtered;
    this.nothing.hidden = this.shown.length > 0 || all === 0;
    this.box.hidden = !this.nothing.hidden;
    this.events.filtered();
  }

  // Where every row stands: two lines where its words need them.
  measure() {
    this.width = this.box.clientWidth;
    const letters = Math.max(20, (this.width - 56) / LETTER);
    this.lines = [];
    this.tops = [];
    let top = 0;
    let group = null;
    const { of, title } = this.grouping;
    for (const entry of this.shown) {
      if (of(entry, this.result) !== group) {
        group = of(entry, this.result);
        this.tops.push(top);
        this.lines.push({ heading: title(group, this.result) });
        top += HEADING;
      }
      entry.length ??= describe(entry.change).reduce((sum, part) => sum + widthOf(part.textContent), 0);
      const height = entry.length > letters ? ROW : SHORT;
      this.tops.push(top);
      this.lines.push({ entry, height });
      top += height;
    }
    this.lineOf = new Map(this.lines.flatMap((line, i) => (line.entry ? [[line.entry, i]] : [])));
    this.total = top;
    this.inner.style.height = `${top}px`;
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.draw();
  }

  drawChips() {
    const groups = [["kind", KINDS, (value) => value.word], ["severity", SEVERITIES, (value) => value], ["layer", LAYERS, (value) => value]];
    const focused = this.chips.getRootNode().activeElement?.dataset?.chip;
    this.chips.replaceChildren(...groups.flatMap(([group, words, wordOf]) => {
      const present = new Set(this.result.entries.map((entry) => entry.change[group]));
      if (present.size < 2) return [];
      const counts = this.result.facet(this.filter, group);
      const chips = Object.entries(words).filter(([value]) => present.has(value)).map(([value, named]) => {
        const on = this.filter[group].has(value);
        const n = counts.get(value) ?? 0;
        return h("button", { type: "button", class: `chip by-${group}`, "aria-pressed": String(on), "data-chip": `${group}:${value}`, "data-empty": n === 0, title: wordOf(named), onclick: () => this.toggle(group, value) },
          group === "kind" ? h("span", { class: `letter ${value}`, "aria-hidden": "true", text: words[value].letter }) : group === "layer" ? icon(value, 13) : null,
          h("span", { class: "named", text: wordOf(named) }), h("span", { class: "n", text: n.toLocaleString(language) }));
      });
      return [h("div", { class: `group by-${group}`, role: "group", "aria-label": t`Filter by ${word(group)}` }, ...chips)];
    }));
    if (focused) this.chips.querySelector(`[data-chip="${focused}"]`)?.focus();
  }

  toggle(group, value) {
    const set = this.filter[group];
    if (!set.delete(value)) set.add(value);
    this.refilter();
  }

  position(entry) {
    return this.positions.get(entry) ?? -1;
  }

  // Mark a change as the current one and bring its row into view.
  show(entry) {
    this.active = entry;
    const line = this.lineOf.get(entry);
    if (line !== undefined) {
      const top = this.tops[line];
      const { height } = this.lines[line];
      const { scrollTop, clientHeight } = this.box;
      const room = line > 0 && !this.lines[line - 1].entry ? HEADING : 0;
      if (top - room < scrollTop + HEADING || top + height > scrollTop + clientHeight) this.box.scrollTop = clamp(top - clientHeight / 2 + height / 2, 0, this.total);
    }
    this.draw();
    if (line === undefined) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `change-${entry.id}`);
  }

  draw() {
    const { scrollTop, clientHeight } = this.box;
    const first = clamp(upperBound(this.tops, scrollTop - REACH) - 1, 0, Math.max(0, this.lines.length - 1));
    const last = clamp(upperBound(this.tops, scrollTop + clientHeight + REACH), 0, this.lines.length);
    const keep = new Set();
    for (let i = first; i < last; i++) keep.add(i);
    const active = this.lineOf.get(this.active);
    if (active !== undefined) keep.add(active); // aria-activedescendant must exist
    for (const [i, element] of this.drawn) {
      if (!keep.has(i)) {
        element.remove();
        this.drawn.delete(i);
      }
    }
    for (const i of keep) {
      let element = this.drawn.get(i);
      if (!element) {
        element = this.lines[i].entry ? this.row(this.lines[i]) : h("div", { class: "heading", role: "presentation", text: this.lines[i].heading });
        element.style.top = `${this.tops[i]}px`;
        this.drawn.set(i, element);
        this.inner.append(element);
      }
      if (this.lines[i].entry) {
        const on = this.lines[i].entry === this.active;
        element.classList.toggle("on", on);
        element.setAttribute("aria-selected", String(on));
      }
    }
  }

  // Draw the rows anew, when what they show besides the change is another.
  redraw() {
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.draw();
  }

  row({ entry, height }) {
    const { change } = entry;
    const kind = KINDS[change.kind];
    const title = [kind.word, LAYERS[change.layer], severityOf(change)].filter(Boolean).join(" · ");
    return h("div", {
      class: `row ${change.kind}${height === SHORT ? " short" : ""}`, role: "option", id: `change-${change.id}`, "data-id": change.id, title,
      "aria-setsize": this.shown.length, "aria-posinset": this.position(entry) + 1, "data-testid": "change",
    },
    h("span", { class: `letter ${change.kind}`, "aria-hidden": "true", text: kind.letter }),
    h("div", { class: "what" },
      change.layer === "text" ? null : icon(change.layer, 13),
      h("span", { class: "kind", text: titleOf(change) }),
      change.severity === "normal" ? null : h("span", { class: `severity ${change.severity}`, text: severityOf(change) }),
      ...(this.events.badge?.(entry) ?? []),
      h("span", { class: "where", text: this.where(entry) })),
    h("div", { class: "words" }, ...describe(change)));
  }

  where({ at, pages }) {
    if (pages > 2) return t`${pages.toLocaleString(language)} pages`;
    if (at.old && at.new) return at.old.page === at.new.page ? t`p. ${at.new.page}` : t`p. ${at.old.page} → ${at.new.page}`;
    const one = at.new ?? at.old;
    return one ? t`p. ${one.page}` : "";
  }

  destroy() {
    this.sizes.disconnect();
  }
}

// In letters; those of East Asia are as wide as two.
const widthOf = (text) => text.length + (text.match(/[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]/g)?.length ?? 0);
