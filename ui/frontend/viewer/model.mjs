// A result in the form pdf-compare/1, indexed for looking at: rows of the page map, changes by page, filters.

import { Coverage } from "./coverage.mjs";
import { upperBound } from "./dom.mjs";
import { t } from "./messages.mjs";
import { SIDES, other } from "./names.mjs";
import { propertiesOf } from "./telling.mjs";

const SPREAD = 8; // pages; a change on more of them, such as a running header, belongs to the whole document

export class Result {
  constructor(json) {
    this.json = json;
    this.summary = json.summary ?? {};
    this.documents = { old: json.old, new: json.new };
    this.indexOf = {};
    for (const side of SIDES) this.indexOf[side] = new Map(json[side].pages.map((page, index) => [page.number, index]));
    this.rows = json.page_map?.length ? json.page_map : this.pairsByNumber();
    this.rowOf = { old: new Map(), new: new Map() };
    this.rows.forEach((row, index) => SIDES.forEach((side) => row[side] !== null && this.rowOf[side].set(row[side], index)));
    this.entries = this.indexed(json.changes);
    this.byId = new Map(this.entries.map((entry) => [entry.id, entry]));
    this.onPage = { old: new Map(), new: new Map() };
    for (const entry of this.entries) this.place(entry);
    this.notices = this.collectedNotices();
    this.coverage = new Coverage(this);
    this.sync = new Sync(this, this.entries);
    this.pageSync = new Sync(this, []); // of turned pages, whose places do not run from top to bottom
  }

  // Whether a page could not be compared, or that is not known.
  get incomplete() {
    return this.summary.complete === false;
  }

  pairsByNumber() {
    const numbers = new Set(SIDES.flatMap((side) => [...this.indexOf[side].keys()]));
    const has = (side, number) => (this.indexOf[side].has(number) ? number : null);
    return [...numbers].sort((a, b) => a - b).map((n) => ({ old: has("old", n), new: has("new", n), similarity: 1 }));
  }

  indexed(changes) {
    const entries = changes.map((change, order) => {
      const first = (side) => change[side]?.regions?.[0] ?? null;
      const at = { old: first("old"), new: first("new") };
      const lead = at.new ? "new" : "old";
      const pages = Math.max(...SIDES.map((side) => new Set((change[side]?.regions ?? []).map((region) => region.page)).size));
      const spread = pages > SPREAD && change.layer !== "page";
      const row = at[lead] && !spread ? (this.rowOf[lead].get(at[lead].page) ?? 0) : -1;
      const { detail = {} } = change;
      const words = [change.old?.text, change.new?.text, detail.reason, detail.row_key, detail.header, ...propertiesOf(change).flat(), change.id];
      return { id: change.id, change, order, row, at, pages, spread, haystack: words.filter(Boolean).join("\n").toLowerCase() };
    });
    entries.sort((a, b) => a.row - b.row || a.order - b.order);
    entries.forEach((entry, index) => (entry.index = index));
    return entries;
  }

  place(entry) {
    for (const side of SIDES) {
      for (const region of entry.change[side]?.regions ?? []) {
        const pages = this.onPage[side];
        if (!pages.has(region.page)) pages.set(region.page, []);
        pages.get(region.page).push({ entry, box: region.box });
      }
    }
  }

  collectedNotices() {
    const found = (this.json.notices ?? []).map((notice) => ({ side: null, ...notice }));
    const known = new Set(found.map((notice) => `${notice.page}\n${notice.message}`));
    for (const side of SIDES) {
      for (const notice of this.json[side].notices ?? []) if (!known.has(`${notice.page}\n${notice.message}`)) found.push({ ...notice, side });
      for (const page of this.json[side].pages) {
        for (const notice of page.notices ?? []) {
          if (!known.has(`${page.number}\n${notice.message}`)) found.push({ ...notice, side, page: page.number });
        }
      }
    }
    return found;
  }

  get hasSections() {
    return SIDES.some((side) => this.documents[side].sections?.length);
  }

  // The number of the section that a change stands in, in the order of the new file, and -1 for none: one of the old file
  // alone, where the new one has a heading that reads the same, else behind the new sections.
  sectionOf(entry) {
    this.sectionsFound ??= new Map();
    let found = this.sectionsFound.get(entry);
    if (found === undefined) this.sectionsFound.set(entry, (found = this.foundSection(entry)));
    return found;
  }

  foundSection({ at, change }) {
    const heads = this.documents.new.sections ?? [];
    const spot = at.new ?? (change.detail?.anchor?.box && !at.new && at.old && change.kind === "deleted" ? change.detail.anchor : null);
    if (spot) return headOf(heads, spot);
    if (!at.old) return -1;
    const old = this.documents.old.sections ?? [];
    const head = headOf(old, at.old);
    if (head < 0) return -1;
    const same = heads.findIndex(({ title }) => title === old[head].title);
    return same >= 0 ? same : heads.length + head;
  }

  sectionTitle(number) {
    const heads = this.documents.new.sections ?? [];
    if (number < 0) return t`Before the first heading`;
    return number < heads.length ? heads[number].title : t`${this.documents.old.sections[number - heads.length].title} (only in old)`;
  }

  rowTitle(index) {
    if (index < 0) return t`Whole document`;
    const row = this.rows[index];
    if (row.old === null) return t`Page ${row.new} · only in new`;
    if (row.new === null) return t`Page ${row.old} · only in old`;
    return row.old === row.new ? t`Page ${row.new}` : t`Page ${row.old} → ${row.new}`;
  }

  // Where a change stands on a side, or stood, or would stand: {index, fraction, across} of a page, `exact` if it is known;
  // null without any place.
  spot(entry, side) {
    const region = entry.at[side];
    if (region && this.indexOf[side].has(region.page)) return this.inPage(side, region);
    const anchor = entry.change.detail?.anchor;
    if (anchor && this.indexOf[side].has(anchor.page)) return this.inPage(side, anchor);
    const there = entry.at[other(side)];
    if (!there || !this.indexOf[other(side)].has(there.page)) return null;
    const from = this.inPage(other(side), there);
    return { ...this.sync.across(other(side), from.index + from.fraction), across: from.across };
  }

  // The places of a change to walk through, {old, new}: its first on each page, or all where it has one page only.
  places({ change, pages }) {
    const [old, now] = SIDES.map((side) => {
      const regions = change[side]?.regions ?? [];
      return pages < 2 ? regions : regions.filter((region, i) => i === 0 || region.page !== regions[i - 1].page);
    });
    const count = pages < 2 && !(change.detail?.places > 1) ? 1 : Math.max(old.length, now.length, 1);
    const at = (regions, k) => regions[Math.min(k, regions.length - 1)] ?? null;
    return Array.from({ length: count }, (_, k) => ({ old: at(old, k), new: at(now, k) }));
  }

  inPage(side, region) {
    const index = this.indexOf[side].get(region.page);
    const page = this.documents[side].pages[index];
    const share = (from, to, length) => Math.min(Math.max((from + to) / 2 / length, 0), 0.999);
    return { index, fraction: share(region.box[1], region.box[3], page.height), across: share(region.box[0], region.box[2], page.width), exact: true };
  }

  matching(filter) {
    const query = filter.query.trim().toLowerCase();
    const passes = (set, value) => set.size === 0 || set.has(value);
    return this.entries.filter(
      (entry) => {
        const { change, haystack } = entry;
        return passes(filter.layer, change.layer) && passes(filter.kind, change.kind) && passes(filter.severity, change.severity) &&
        (!query || haystack.includes(query)) && (filter.also?.(entry) ?? true);
      },
    );
  }

  // How many changes each choice of one group would show, with the other groups as they are.
  facet(filter, group) {
    const counts = new Map();
    for (const { change } of this.matching({ ...filter, [group]: new Set() })) counts.set(change[group], (counts.get(change[group]) ?? 0) + 1);
    return counts;
  }
}

// Which place of one side belongs to which of the other: straight lines between places known to be the same.
// A position is page index + fraction of the page. Known places are changes with both sides and, on pages
// without such, the ends of page pairs; of these the longest chain that runs the same way on both sides.
class Sync {
  constructor(result, entries) {
    const sizes = { old: result.documents.old.pages.length, new: result.documents.new.pages.length };
    const knots = longestChain(this.candidates(result, entries));
    this.knots = { old: [0, ...knots.map((k) => k[0]), sizes.old], new: [0, ...knots.map((k) => k[1]), sizes.new] };
    this.sizes = sizes;
  }

  candidates(result, entries) {
    const points = [];
    const anchored = { old: new Set(), new: new Set() };
    for (const entry of entries) {
      if (entry.change.kind === "moved" || entry.change.layer === "page" || entry.spread) continue;
      const at = SIDES.map((side) => {
        const region = entry.at[side] ?? entry.change.detail?.anchor;
        return region && result.indexOf[side].has(region.page) ? result.inPage(side, region) : null;
      });
      if (!at[0] || !at[1]) continue;
      anchored.old.add(at[0].index);
      anchored.new.add(at[1].index);
      points.push([at[0].index + at[0].fraction, at[1].index + at[1].fraction]);
    }
    for (const row of result.rows) {
      const a = result.indexOf.old.get(row.old);
      const b = result.indexOf.new.get(row.new);
      if (a === undefined || b === undefined || anchored.old.has(a) || anchored.new.has(b)) continue;
      points.push([a, b], [a + 0.999, b + 0.999]);
    }
    return points.sort((p, q) => p[0] - q[0] || p[1] - q[1]);
  }

  across(side, position) {
    const from = this.knots[side];
    const to = this.knots[other(side)];
    const k = Math.min(Math.max(upperBound(from, position), 1), from.length - 1);
    const share = from[k] > from[k - 1] ? (position - from[k - 1]) / (from[k] - from[k - 1]) : 0;
    const found = Math.min(to[k - 1] + share * (to[k] - to[k - 1]), this.sizes[other(side)] - 0.001);
    const index = Math.max(0, Math.floor(found));
    return { index, fraction: Math.max(0, found - index) };
  }
}

// The longest run of points whose second number rises too; points closer than 2 % of a page are thinned out,
// so that a small shift between two neighbours does not make the other side jump.
function longestChain(points) {
  const tails = [];
  const tailValues = [];
  const previous = new Array(points.length).fill(-1);
  points.forEach((point, i) => {
    const at = upperBound(tailValues, point[1]);
    previous[i] = at > 0 ? tails[at - 1] : -1;
    tails[at] = i;
    tailValues[at] = point[1];
  });
  const chain = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = previous[i]) chain.push(points[i]);
  const kept = [];
  for (const point of chain.reverse()) {
    const last = kept.at(-1) ?? [0, 0];
    if (point[0] - last[0] >= 0.02 && point[1] - last[1] >= 0.02) kept.push(point);
    else if (Number.isInteger(point[0]) && point[0] > last[0] && point[1] > last[1]) kept.push(point);
  }
  return kept;
}

// The last heading before a place: on an earlier page, above it in its column, or in a column left of it.
function headOf(heads, { page, box }) {
  let found = -1;
  for (let k = 0; k < heads.length && heads[k].page <= page; k++) {
    const head = heads[k].box;
    if (heads[k].page < page || head[2] < box[0] || (head[1] <= box[3] && head[0] < box[2])) found = k;
  }
  return found;
}
