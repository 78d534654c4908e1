// The conductor: fetches a result, builds the parts, and lets a choice in one of them be seen in all.

import { Card } from "./card.mjs";
import { listed, layerNoun } from "./coverage.mjs";
import { clamp, debounced, h, icon, plural } from "./dom.mjs";
import { Details } from "./details.mjs";
import { Finder } from "./find.mjs";
import { gestures } from "./gestures.mjs";
import { Head } from "./head.mjs";
import { Layered } from "./layered.mjs";
import { Layings } from "./laying.mjs";
import { ChangeList } from "./list.mjs";
import { language, t, word } from "./messages.mjs";
import { Result } from "./model.mjs";
import { MODES, SIDES } from "./names.mjs";
import { recall, remember } from "./recall.mjs";
import { Redline } from "./redline.mjs";
import { Review } from "./review.mjs";
import { Sides } from "./sides.mjs";
import { Strip } from "./strip.mjs";
import { Switches } from "./switches.mjs";
import { notesOf, propertiesOf, severityOf, textOf, titleOf, whereOf } from "./telling.mjs";
import { Tools } from "./tools.mjs";
import { Tour } from "./tour.mjs";

const POLL = 1000; // ms between questions about a running job
const TEXTS_KEPT = 80; // pages whose words are kept
const ZOOMS = [0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8];

export class Viewer {
  constructor(root) {
    this.root = root;
    root.lang = document.documentElement.lang = language;
    this.ended = new AbortController();
    this.tell = debounced(250, () => this.tellView());
    this.tellLater = debounced(1000, () => this.tellView());
    root.addEventListener("keydown", (event) => this.key(event), { signal: this.ended.signal });
    this.resized = new ResizeObserver(() => this.measure());
    this.resized.observe(root);
    addEventListener("resize", () => this.measure(), { signal: this.ended.signal });
  }

  // Called at mount and whenever data or theme change.
  update(data, setState, setTrigger) {
    this.setState = setState;
    this.setTrigger = setTrigger;
    const again = this.data?.comparison === data.comparison && this.data?.version === data.version;
    const asked = data.go && data.go.turn !== this.data?.go?.turn ? data.go : null;
    this.data = data;
    if (again && asked && this.result) this.go(asked);
    if (again) return this.strip?.draw(this.list.shown, this.focused);
    return this.open();
  }

  // Show what somebody outside points at: a change, or a place of a page.
  go({ change, hit }) {
    if (change) this.focus(this.result.byId.get(change));
    else if (this.result.indexOf[hit?.side]?.has(hit.page)) this.finder.only(hit);
    this.root.scrollIntoView({ block: "nearest" });
  }

  get api() {
    return this.data.api ?? "/api/v1";
  }

  async ask(path, choices = {}) {
    return fetch(`${this.api}/comparisons/${encodeURIComponent(this.data.comparison)}${path}`, { signal: this.ended.signal, credentials: "same-origin", ...choices });
  }

  async open() {
    this.close();
    this.say({ title: t`Loading the result…`, busy: true });
    try {
      const answer = await this.ask("/result");
      if (answer.ok) return this.show(await answer.json());
      await this.follow(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.say({ title: t`The result could not be loaded`, words: t`The server did not answer. Check the connection, then try again.`, actions: [[t`Try again`, () => this.open()]] });
    }
    return undefined;
  }

  // There is no result (yet): show the state of its job, until there is one.
  async follow(refusal) {
    const answer = await this.ask("");
    if (!answer.ok) {
      const problem = await (refusal.status === 404 ? answer : refusal).json().catch(() => ({}));
      this.say({ title: problem.title ?? t`The result could not be loaded`, words: problem.detail, remedy: problem.remedy, bad: true });
      return;
    }
    const body = await answer.json();
    const comparison = body.comparison ?? body;
    if (comparison.state === "done") {
      const result = await this.ask("/result");
      if (result.ok) return void this.show(await result.json());
      const problem = await result.json().catch(() => ({}));
      return void this.say({ title: t`The result could not be loaded`, words: problem.detail, remedy: problem.remedy, bad: true, actions: [[t`Try again`, () => this.open()]] });
    }
    if (comparison.state === "failed" || comparison.state === "cancelled") {
      const { message, remedy } = comparison.error ?? {};
      const title = comparison.state === "failed" ? t`The comparison failed` : t`The comparison was cancelled`;
      return void this.say({ title, words: message, remedy, bad: comparison.state === "failed", actions: [[t`Start it again`, () => this.command("/retry")]] });
    }
    this.progress(comparison);
    clearTimeout(this.polling);
    this.polling = setTimeout(() => this.follow(refusal).catch(() => this.follow(refusal).catch(() => this.open())), POLL);
  }

  progress({ state, progress, queue_position: place, old, new: now }) {
    const names = old?.name && now?.name ? `${old.name}  →  ${now.name}` : null;
    if (state === "queued" || !progress) {
      const ahead = place > 1 ? t`${plural(place - 1, "comparison")} before this one.` : t`It starts in a moment.`;
      return this.say({ title: t`Waiting to start`, words: ahead, names, busy: true, actions: [[t`Cancel`, () => this.command("/cancel")]] });
    }
    const { stage, side, done, total, eta_seconds: eta } = progress;
    const work = stage ? word(stage[0].toUpperCase() + stage.slice(1)) : t`Working`;
    const doing = side ? t`${work} the ${side} file` : work;
    const pages = total ? t`page ${done.toLocaleString(language)} of ${total.toLocaleString(language)}` : null;
    const left = eta ? t`about ${eta < 90 ? `${Math.ceil(eta)} s` : `${Math.ceil(eta / 60)} min`} left` : null;
    return this.say({ title: doing, words: [pages, left].filter(Boolean).join(", "), names, share: total ? done / total : null, busy: true, actions: [[t`Cancel`, () => this.command("/cancel")]] });
  }

  async command(path) {
    clearTimeout(this.polling);
    await this.ask(path, { method: "POST", headers: { "X-CSRF-Token": this.data.csrf ?? "" } }).catch(() => null);
    await this.open();
  }

  // One plain message in place of the comparison.
  say({ title, words, remedy, names, share = null, busy = false, bad = false, actions = [] }) {
    const old = this.root.querySelector(".message");
    const bar = busy ? h("div", { class: share === null ? "bar open" : "bar", role: "progressbar", "aria-valuenow": share === null ? null : Math.round(share * 100), "aria-label": title }, h("i")) : null;
    if (bar && share !== null) bar.firstChild.style.width = `${share * 100}%`;
    const message = h("div", { class: `message${bad ? " bad" : ""}`, role: bad ? "alert" : "status", "data-testid": "message" },
      bad ? icon("warning", 28) : null, names ? h("p", { class: "names", text: names }) : null, h("h2", { text: title }), bar, words ? h("p", { text: words }) : null, remedy ? h("p", { class: "remedy", text: remedy }) : null,
      actions.length ? h("div", { class: "actions" }, ...actions.map(([label, act]) => h("button", { type: "button", class: "secondary", text: label, onclick: act }))) : null);
    if (old && busy && old.querySelector("h2").textContent === title && old.querySelector(".bar i") && share !== null) {
      // Keep the bar that is there, so that it grows instead of starting anew.
      old.querySelector(".bar i").style.width = bar.firstChild.style.width;
      old.querySelector("p:not(.names)")?.replaceWith(message.querySelector("p:not(.names)"));
      return;
    }
    this.root.replaceChildren(message);
    this.measure();
  }

  // What is wrong with this code or the result must not pass for a server that is away.
  show(json) {
    try {
      this.build(json);
    } catch (error) {
      this.close();
      this.say({ title: t`The result cannot be shown`, words: t`Something in it is not understood here. Its exports hold all of it.`, bad: true });
      reportError(error);
    }
  }

  build(json) {
    const result = new Result(json);
    this.result = result;
    this.zoomed = 1;
    this.focused = null;
    this.turns = 0;
    this.mode = "sides";
    this.filter = () => true;
    const events = {
      scrolled: () => this.moved(),
      pick: (entry) => this.focus(entry),
      hover: (entry, event) => this.hover(entry, event),
      goto: (side, index, fraction) => this.goto(side, index, fraction),
      gotoPage: (side, page) => this.goto(side, result.indexOf[side].get(page), 0),
      step: (by) => this.step(by),
      place: (by) => this.walkPlaces(by),
      zoom: (how) => this.zoom(how),
      turn: () => this.turn(),
      mode: (mode) => this.setMode(mode),
      togglePane: () => this.togglePane(),
      filtered: () => this.filtered(),
      filterQuery: () => this.list.query,
      tool: (name) => this.useTool(name),
      point: (roll, event) => this.tools.point(roll, event),
      extras: (side, page, px, sheet) => [...this.finder.marks(side, page, px, sheet), ...this.tools.marks(side, page, px, sheet)],
      badge: (entry) => this.review?.badge(entry) ?? [],
      passes: (entry) => this.review.passes(entry),
      states: () => this.review.states,
      narrowed: () => this.review.chosen.size > 0,
      cleared: () => this.review.only([]),
      refilter: () => this.list?.refilter(),
      shown: () => this.list.shown,
      reviewed: () => this.list?.redraw(),
      decided: (id) => this.decided(id),
      mount: (dialog) => this.root.append(dialog),
      tour: () => this.tour.start(),
      compareAgain: (profile) => this.compareAgain(profile),
      compare: (old, now) => this.again({ old, new: now }, (status, said) => this.review.fail(status, said)),
    };
    const addresses = this.addresses();
    const layings = new Layings(result, addresses);
    const left = () => this.list?.box.focus({ preventScroll: true });
    const redraw = () => {
      this.pages?.classList.toggle("pointing", this.tools.active);
      this.view.redraw();
    };
    this.finder = new Finder(result, addresses, { redraw, left, place: () => this.view.place, row: () => this.view.row, show: (hit) => this.showHit(hit) });
    this.tools = new Tools(result, addresses, layings, { redraw, laid: (row) => this.views.layered?.relay(row), recompare: (points) => this.recompare(points) });
    this.switches = new Switches(result, addresses, { left, redrawn: () => this.redrawn() });
    this.views = {};
    this.makers = {
      sides: () => new Sides(result, addresses, events),
      layered: () => new Layered(result, addresses, layings, events),
      redline: () => new Redline(result, addresses, events),
      details: () => new Details(result, (side, region, most) => this.card.crop(side, region, most), events),
    };
    this.head = new Head(result, this.data.guest ? null : this.api, this.data.comparison, events);
    this.strip = new Strip(result, (row, fraction) => this.gotoRow(row, fraction));
    this.card = new Card(result, addresses, events);
    this.review = new Review(result, { comparison: this.data.comparison, ask: (path, choices) => this.ask(path, choices), api: this.api, csrf: this.data.csrf, events });
    this.list = new ChangeList(result, h("div", { class: "under" }, this.card.element, this.review.element), events);
    this.list.chips.after(this.review.chips);
    this.head.element.querySelector(".tools").prepend(this.review.button);
    this.tooltip = h("div", { class: "tooltip", hidden: true, role: "presentation" });
    const pane = result.entries.length ? this.list.element : this.sameness();
    this.pane = pane;
    this.splitter = h("div", { class: "splitter", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": t`Width of the list`, "aria-valuemin": "220", "aria-valuemax": "640" });
    this.shown = h("div", { class: "shown" }, this.view.element);
    this.pages = h("div", { class: "pages" }, this.shown, this.finder.element, this.switches.element, this.tools.bar);
    this.body = h("div", { class: "body" }, pane, this.splitter, this.pages, this.strip.element);
    this.root.replaceChildren(...[this.head.element, this.head.warning(), this.body, this.tooltip].filter(Boolean));
    if (result.entries.length) this.tour = new Tour(this.root, () => this.focused ?? this.focus(this.list.shown[0] ?? result.entries[0]));
    this.splitting();
    this.resume();
    this.head.showMode(this.mode);
    this.head.show(-1, this.list.shown.length);
    if (!this.root.getRootNode().activeElement && (document.activeElement === document.body || !document.activeElement) && result.entries.length) this.list.box.focus({ preventScroll: true });
    this.measure();
  }

  // The view of the pages that the mode needs; made when it is first looked at.
  get view() {
    const name = this.makers[this.mode] ? this.mode : "layered";
    const made = (this.views[name] ??= this.make(name));
    if (name === "layered" && made.mode !== this.mode) made.mode = this.mode;
    return made;
  }

  make(name) {
    const made = this.makers[name]();
    made.redraw(this.filter);
    for (const roll of made.rolls) {
      roll.turns = this.turns;
      gestures(roll.scroller, { zoom: (factor, x, y) => this.zoom("by", factor, [roll, x, y]), isBusy: () => false }, roll.ended.signal);
    }
    return made;
  }

  // Look at the pages in another way, at the same place and change.
  setMode(mode) {
    if (!MODES[mode] || mode === this.mode) return;
    const { place } = this.view;
    const before = this.view;
    this.hover(null);
    this.mode = mode;
    this.shown.replaceChildren(this.view.element);
    if (this.view !== before) [this.zoomed, this.otherZoom] = [this.otherZoom ?? 1, this.zoomed];
    this.measured = null;
    this.left = place;
    this.measure();
    if (this.view !== before && !this.view.isSeen && this.result.rows.some((row) => row.registration)) this.zoom("page"); // a sheet is looked at whole first
    this.view.isSeen = before.isSeen = true;
    this.view.focus(this.focused);
    this.head.showMode(mode);
    this.showView();
    this.tell();
  }

  useTool(name) {
    if (name === "find") this.finder.open();
    else if (name === "layers") this.switches.toggle();
    else {
      if (name === "lay" && this.mode !== "sides") this.setMode("sides");
      if (name === "measure" && !this.view.rolls.length) this.setMode("sides");
      this.tools.use(name);
    }
  }

  // Bring a place that was found into view, unless it is.
  showHit({ side, page, boxes: [box] }) {
    if (!this.view.rolls.length) this.setMode("sides");
    const index = this.result.indexOf[side].get(page);
    const [roll] = this.view.rolls.filter((one) => !one.side || one.side === side);
    const row = this.result.rowOf[side].get(page);
    const sheet = roll.side ? null : roll.pages[row];
    const [x0, y0, x1, y1] = sheet ? sheet.boxOf(side, box) : box;
    const on = sheet ?? roll.pages[index];
    const spot = { index: sheet ? row : index, fraction: clamp((y0 + y1) / 2 / on.height, 0, 0.999), across: clamp((x0 + x1) / 2 / on.width, 0, 1) };
    const [x, y] = roll.spotAt(spot);
    if (!roll.seesY(y)) this.view.goto(side, index, clamp(roll.turned([spot.across, spot.fraction])[1], 0.001, 0.999));
    if (!roll.seesY(roll.spotAt(spot)[1])) roll.bring(y, x);
    roll.rest();
    this.showView();
  }

  // Pictures show something else: all of them anew.
  redrawn() {
    this.measured = null;
    this.left = this.view.place;
    for (const view of Object.values(this.views)) if (view.tops || view.rolls.length) view.layout(this.zoomed);
    this.measure();
  }

  // The same files once more, laid by hand.
  recompare(points) {
    const { registrations = [], profile, ...options } = this.result.json.options;
    const others = registrations.filter((one) => one.old_page !== points.old_page && one.new_page !== points.new_page);
    return this.again({ options: { ...options, registrations: [...others, points] } }, (status, said) => this.tools.say(said.detail ?? said.title ?? t`The server did not answer; try again.`));
  }

  // A quarter clockwise, all pages of both sides.
  turn() {
    const { place } = this.view;
    this.turns = (this.turns + 1) % 4;
    for (const view of Object.values(this.views)) for (const roll of view.rolls) roll.turns = this.turns;
    this.measured = null;
    this.left = place;
    this.measure();
    if (this.focused) this.view.focus(this.focused);
    this.showView();
  }

  // Begin where the user was when he left, which a replica of the server may have to tell that was not there; an
  // address that names another change goes before it.
  resume() {
    const { result } = this;
    const view = this.data.view ?? {};
    const named = this.data.focus ?? null;
    const { hit } = this.data; // what a search found: its page, and there the words once more, for their boxes
    this.wanted = result.byId.get(named) ?? null;
    this.left = this.told = null;
    this.sought = hit?.words ?? null;
    if (hit) {
      if (result.indexOf[hit.side].has(hit.page)) this.left = { [hit.side]: [hit.page, 0] };
      return;
    }
    if (named !== null && named !== view.change) return;
    if (view.group) this.list.groupBy(view.group);
    if (view.filter && this.list.element === this.pane) this.list.restore(view.filter);
    if (view.zoom > 0 && view.zoom < 100) this.zoomed = view.zoom;
    if (MODES[view.mode] && view.mode !== this.mode) {
      this.mode = view.mode;
      this.shown.replaceChildren(this.view.element);
    }
    this.wanted ??= result.byId.get(view.change) ?? null;
    if (SIDES.some((side) => result.indexOf[side].has(view.at?.[side]?.[0]))) this.left = view.at;
  }

  // What `resume` needs; pages by number, places in them as shares of their height.
  get whereabouts() {
    const { layer, kind, severity, query } = this.list.filter;
    return {
      change: this.focused?.id ?? null,
      filter: { layer: [...layer], kind: [...kind], severity: [...severity], query },
      group: this.list.group,
      zoom: Math.round(this.zoomed * 1e3) / 1e3,
      mode: this.mode,
      at: this.view.place,
    };
  }

  tellView() {
    this.tellLater.cancel();
    if (!this.measured) return;
    const view = this.whereabouts;
    const text = JSON.stringify(view);
    if (text === this.told) return;
    this.told = text;
    this.setState?.("view", view);
  }

  addresses() {
    const files = this.data.files ?? "/files";
    const texts = new Map();
    const shown = new Map();
    const answered = async (address) => {
      try {
        const answer = await fetch(address, { signal: this.ended.signal });
        return answer.ok ? await answer.json() : null;
      } catch {
        return null; // selecting and finding text is a comfort: the page is there without it
      }
    };
    return {
      image: (document, page, dpi, tile) => `${files}/${document.sha256}/pages/${page}?dpi=${dpi}${tile ? `&tile=${tile}` : ""}${shown.has(document) ? `&layers=${shown.get(document)}` : ""}`,
      // Which layers pictures show from now on, by their indexes; null for what the file says.
      show: (document, layers) => (layers ? shown.set(document, layers.join(",")) : shown.delete(document)),
      layers: async ({ sha256 }) => (await answered(`${files}/${sha256}/layers`))?.layers ?? null,
      // Where a phrase stands on some pages from one on; null if that cannot be had.
      find: ({ sha256 }, phrase, first) => answered(`${files}/${sha256}/find?${new URLSearchParams({ q: phrase, first })}`),
      // The words of a page, [[text, x0, y0, x1, y1], …] in points; null if they cannot be had.
      text: ({ sha256 }, page) => {
        const address = `${files}/${sha256}/pages/${page}/text`;
        if (!texts.has(address)) texts.set(address, answered(address).then((found) => found?.words ?? null));
        if (texts.size > TEXTS_KEPT) texts.delete(texts.keys().next().value);
        return texts.get(address);
      },
    };
  }

  sameness() {
    const { result } = this;
    const { old, new: now } = result.documents;
    const doubtful = result.incomplete;
    const { coverage } = result;
    const same = old.sha256 === now.sha256;
    const unseen = coverage.unseen.map(layerNoun);
    const how = same
      ? t`They are the same file, byte for byte.`
      : [t`${coverage.label}, and nothing inserted, deleted, replaced or moved.`, unseen.length ? t`Not looked for: ${listed(unseen)}.` : null].filter(Boolean).join(" ");
    return h("aside", { class: "pane same", "aria-label": t`Result` },
      h("div", { class: `sameness${doubtful ? " doubtful" : ""}`, "data-testid": "same" },
        h("div", { class: "seal" }, icon(doubtful ? "warning" : "check", 30)),
        h("h2", { text: doubtful ? t`No change found` : same ? t`The two files do not differ` : t`No differences in ${listed(coverage.layers.map(layerNoun))}` }),
        h("p", { text: doubtful ? t`But a page could not be compared, so this is not proof that the files are the same.` : how })));
  }

  measure() {
    const top = this.root.getBoundingClientRect().top + scrollY;
    this.root.style.setProperty("--top", `${Math.max(0, Math.round(top))}px`);
    if (!this.result || !this.pages) return;
    const { view } = this;
    const { clientWidth, clientHeight } = view.lead.scroller;
    const size = `${clientWidth}x${clientHeight}x${this.zoomed}x${this.turns}`;
    if (size === this.measured) return;
    const kept = this.measured && !this.left ? view.place : null;
    if (!view.layout(this.zoomed)) return;
    this.measured = size;
    for (const roll of view.rolls) if (roll.pages.length) roll.bring(0);
    if (kept) view.place = kept;
    this.head.showZoom(view.percent);
    this.strip.draw(this.list.shown, this.focused);
    this.showView();
    if (this.wanted) {
      const entry = this.wanted;
      this.wanted = null;
      this.focus(entry, { quiet: true });
    } else view.rest();
    if (this.left) {
      view.place = this.left; // after the current change was brought into view
      this.left = null;
      this.showView();
    }
    if (this.sought) {
      this.finder.begin(this.sought);
      this.sought = null;
    }
    this.told ??= JSON.stringify(this.whereabouts); // what is shown at the start is no news
  }

  // The pages were scrolled by hand.
  moved() {
    this.hover(null);
    this.showView();
    this.tellLater();
  }

  showView() {
    const { strip } = this;
    const ends = this.view.ends.map((pair) => pair.map(([side, index, fraction]) => strip.share(side, index, fraction)));
    if (ends.length) strip.showView(Math.min(...ends.map(([from]) => from)), Math.max(...ends.map(([, to]) => to)));
  }

  goto(side, index, fraction) {
    if (index === undefined) return;
    this.view.goto(side, index, fraction);
    this.showView();
    this.tellLater();
  }

  gotoRow(row, fraction) {
    this.view.gotoRow(row, fraction);
    this.showView();
    this.tellLater();
  }

  // Make a change the current one, on both sides, in the list and in the address.
  focus(entry, { quiet = false } = {}) {
    if (!entry) return;
    this.focused = entry;
    this.view.focus(entry);
    this.card.show(entry);
    this.review.show(entry);
    this.list.show(entry);
    this.strip.draw(this.list.shown, entry);
    this.head.show(this.list.position(entry), this.list.shown.length);
    this.showView();
    if (!quiet) this.tell();
  }

  // Next or previous place of a change that has many, such as a header on every page.
  walkPlaces(by) {
    const entry = this.focused;
    if (!entry) return;
    const places = this.result.places(entry);
    entry.place = clamp((entry.place ?? 0) + by, 0, places.length - 1);
    entry.at = places[entry.place];
    this.focus(entry, { quiet: true });
  }

  unfocus() {
    if (!this.focused) return;
    this.focused = null;
    this.view.focus(null);
    this.card.show(null);
    this.review.show(null);
    this.list.show(null);
    this.strip.draw(this.list.shown, null);
    this.head.show(-1, this.list.shown.length);
    this.tell();
  }

  // Next or previous of those that the filters let through; without a current one, from what is in view.
  step(by) {
    const { shown } = this.list;
    if (!shown.length) return;
    let at = this.focused ? this.list.position(this.focused) : -1;
    if (at < 0) {
      const row = this.focused ? this.focused.row : this.view.row;
      const after = shown.findIndex((entry) => entry.row >= row || row === 0);
      at = after < 0 ? shown.length - (by > 0 ? 1 : 0) : after - (by > 0 ? 1 : 0);
    }
    this.focus(shown[clamp(at + by, 0, shown.length - 1)]);
  }

  // While only some states are shown, a change that was decided makes room for the next.
  decided(id) {
    const { shown } = this.list;
    const at = shown.findIndex((entry) => entry.id === id);
    const next = shown[at + 1] ?? shown[at - 1];
    this.list.refilter();
    if (this.focused?.id === id && !this.list.shown.includes(this.focused) && next) this.focus(this.list.shown.includes(next) ? next : (this.list.shown[0] ?? next));
  }

  // The same two files with another profile; its result is opened when it is there.
  compareAgain(profile) {
    return this.again({ profile }, (status, said) => this.review.fail(status, said));
  }

  // The same two files with other choices, or other two; the result is opened when it is there.
  async again(choices, fail) {
    try {
      const { comparison } = await (await this.ask("")).json();
      const body = JSON.stringify({ old: comparison.old.id, new: comparison.new.id, ...choices });
      const answer = await fetch(`${this.api}/comparisons`, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": this.review.csrf ?? "" }, body });
      const made = await answer.json();
      if (answer.ok) location.assign(`/result?comparison=${made.comparison.id}`);
      else fail(answer.status, made);
    } catch {
      fail(0, {});
    }
  }

  filtered() {
    if (!this.list) return; // its constructor is still at work
    const through = new Set(this.list.shown);
    this.filter = (entry) => through.has(entry);
    for (const view of Object.values(this.views)) view.redraw(this.filter);
    this.head.show(this.focused ? this.list.position(this.focused) : -1, this.list.shown.length);
    this.list.show(this.focused);
    this.strip.draw(this.list.shown, this.focused);
    this.tell();
  }

  // `grip` is [roll, x, y]: the point of the window that keeps what lies under it.
  zoom(how, factor = null, grip = null) {
    const { view } = this;
    const actual = this.zoomed * (100 / view.percent);
    const whole = view.lead.wholePage;
    if (how === "fit") this.zoomed = 1;
    else if (how === "page") this.zoomed = whole;
    else if (how === "actual") this.zoomed = actual;
    else if (how === "by") this.zoomed *= factor;
    else {
      const now = this.zoomed / actual;
      const next = how === "in" ? ZOOMS.find((z) => z > now * 1.01) : ZOOMS.findLast((z) => z < now * 0.99);
      if (next) this.zoomed = next * actual;
    }
    this.zoomed = clamp(this.zoomed, Math.min(actual * ZOOMS[0], whole, 1), Math.max(actual * ZOOMS.at(-1), 1));
    const inView = this.focused && view.shows(this.focused);
    const held = grip && [grip[0], grip[0].grip(grip[1], grip[2])];
    this.measure();
    if (held) {
      held[0].hold(held[1]);
      view.follows?.(held[0], 0);
      view.rest();
    } else if (inView && how !== "page") this.focus(this.focused, { quiet: true });
    this.tellLater();
  }

  hover(entry, event) {
    if (!this.tooltip) return;
    for (const roll of this.view.rolls) roll.scroller.classList.toggle("over", Boolean(entry));
    if (!entry) {
      this.tooltip.hidden = true;
      return;
    }
    const { change } = entry;
    if (this.tooltip.dataset.id !== change.id) {
      const title = [titleOf(change), whereOf(change), severityOf(change)].filter(Boolean).join(" · ");
      const short = (side) => textOf(change, side)?.slice(0, 160);
      const same = change.kind === "moved" || short("old") === short("new");
      this.tooltip.replaceChildren(h("strong", { text: title }), short("old") ? h(same ? "span" : "del", { text: short("old") }) : "", short("new") && !same ? h("ins", { text: short("new") }) : "", ...notesOf(change).slice(0, 2).map((text) => h("span", { text })), ...propertiesOf(change).slice(0, 3).map(([name, old, now]) => h("span", { text: change.old && change.new ? `${name}: ${old ?? "none"} → ${now ?? "none"}` : `${name}: ${now ?? old}` })));
      this.tooltip.dataset.id = change.id;
    }
    this.tooltip.hidden = false;
    const frame = this.root.getBoundingClientRect();
    const { offsetWidth: w, offsetHeight: t } = this.tooltip;
    this.tooltip.style.left = `${clamp(event.clientX - frame.left + 14, 4, frame.width - w - 6)}px`;
    const below = event.clientY - frame.top + 18;
    this.tooltip.style.top = `${below + t > frame.height - 6 ? below - t - 30 : below}px`;
  }

  togglePane() {
    this.body.classList.toggle("narrow");
    this.measure();
  }

  splitting() {
    const { splitter, pane } = this;
    const set = (width) => {
      const wide = clamp(width, 220, Math.min(640, this.body.clientWidth * 0.45));
      pane.style.width = `${wide}px`;
      splitter.setAttribute("aria-valuenow", String(Math.round(wide)));
      remember("pdf-compare.list-width", Math.round(wide));
      this.measure();
    };
    const kept = Number(recall("pdf-compare.list-width"));
    if (kept) pane.style.width = `${clamp(kept, 220, 640)}px`;
    splitter.setAttribute("aria-valuenow", String(kept || 340));
    splitter.addEventListener("pointerdown", (event) => {
      splitter.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    splitter.addEventListener("pointermove", (event) => event.buttons & 1 && set(event.clientX - pane.getBoundingClientRect().left));
    splitter.addEventListener("dblclick", () => set(340));
    splitter.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -20, ArrowRight: 20 }[event.key];
      if (by) set(pane.clientWidth + by);
    });
  }

  key(event) {
    // Streamlit listens on the document for r (run again) and c (clear caches); inside the viewer they mean nothing.
    if (event.key === "r" || event.key === "c") event.stopPropagation();
    const target = event.composedPath()[0];
    if (this.result && (event.ctrlKey || event.metaKey) && event.key === "f" && target !== this.finder.input) {
      event.preventDefault(); // pressed once more, in the field, it is the browser's
      event.stopPropagation();
      return void this.finder.open();
    }
    if (!this.result || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
    const inList = target === this.list.box;
    const { shown } = this.list;
    const act = {
      Escape: () => {
        if (this.tools.active) this.tools.use(null);
        else if (typing || !inList) this.list.box.focus({ preventScroll: true });
        else this.unfocus();
      },
    };
    if (typing && target === this.list.search) act.ArrowDown = act.Enter = () => {
      this.list.box.focus();
      this.step(1);
    };
    if (!typing) {
      Object.assign(act, {
        n: () => this.step(1), j: () => this.step(1), p: () => this.step(-1), k: () => this.step(-1),
        "[": () => this.walkPlaces(-1), "]": () => this.walkPlaces(1),
        "/": () => this.list.search.select() ?? this.list.search.focus(),
        "+": () => this.zoom("in"), "=": () => this.zoom("in"), "-": () => this.zoom("out"), 0: () => this.zoom("actual"), f: () => this.zoom("fit"),
        F: () => this.zoom("page"), t: () => this.turn(),
        d: () => this.useTool("measure"), o: () => this.useTool("lay"), y: () => this.useTool("layers"),
        ...Object.fromEntries(Object.keys(MODES).map((mode, i) => [String(i + 1), () => this.setMode(mode)])),
        l: () => this.togglePane(), "?": () => this.head.keys.toggle(),
      }, this.review.keys);
    }
    if (inList) {
      Object.assign(act, {
        ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1),
        PageDown: () => this.jump(8), PageUp: () => this.jump(-8),
        Home: () => this.focus(shown[0]), End: () => this.focus(shown.at(-1)),
      });
    }
    const onControl = target.closest?.("button, a, .splitter");
    const work = act[event.key] ?? (!typing && !onControl && this.view.key?.(event.key) ? () => {} : null);
    if (!work) return;
    event.preventDefault();
    event.stopPropagation();
    work();
  }

  jump(by) {
    const { shown } = this.list;
    if (shown.length) this.focus(shown[clamp((this.focused ? this.list.position(this.focused) : -1) + by, 0, shown.length - 1)]);
  }

  close() {
    clearTimeout(this.polling);
    this.tell.cancel();
    this.tellLater.cancel();
    this.list?.destroy();
    this.review?.destroy();
    this.tour?.end();
    this.tour = null;
    this.review = null;
    for (const view of Object.values(this.views ?? {})) view.destroy();
    this.views = {};
    this.result = this.pages = this.list = this.strip = this.head = this.measured = this.tooltip = null;
  }

  destroy() {
    this.tell.cancel();
    this.tellLater.cancel();
    this.ended.abort();
    this.resized.disconnect();
    this.close();
  }
}
