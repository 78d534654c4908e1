// The conductor: fetches a result, builds the parts, and lets a choice in one of them be seen in all.

import { Card } from "./card.mjs";
import { listed, layerNoun } from "./coverage.mjs";
import { clamp, debounced, h, icon, plural } from "./dom.mjs";
import { Column } from "./column.mjs";
import { Head } from "./head.mjs";
import { ChangeList } from "./list.mjs";
import { Result } from "./model.mjs";
import { SIDES, other } from "./names.mjs";
import { Strip } from "./strip.mjs";
import { notesOf, propertiesOf, severityOf, textOf, titleOf, whereOf } from "./telling.mjs";

const POLL = 1000; // ms between questions about a running job
const ZOOMS = [0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8];

export class Viewer {
  constructor(root) {
    this.root = root;
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
    this.data = data;
    if (again) return this.strip?.draw(this.list.shown, this.focused);
    return this.open();
  }

  get api() {
    return this.data.api ?? "/api/v1";
  }

  async ask(path, choices = {}) {
    return fetch(`${this.api}/comparisons/${encodeURIComponent(this.data.comparison)}${path}`, { signal: this.ended.signal, credentials: "same-origin", ...choices });
  }

  async open() {
    this.close();
    this.say({ title: "Loading the result…", busy: true });
    try {
      const answer = await this.ask("/result");
      if (answer.ok) return this.show(await answer.json());
      await this.follow(answer);
    } catch (error) {
      if (error.name !== "AbortError") this.say({ title: "The result could not be loaded", words: "The server did not answer. Check the connection, then try again.", actions: [["Try again", () => this.open()]] });
    }
    return undefined;
  }

  // There is no result (yet): show the state of its job, until there is one.
  async follow(refusal) {
    const answer = await this.ask("");
    if (!answer.ok) {
      const problem = await (refusal.status === 404 ? answer : refusal).json().catch(() => ({}));
      this.say({ title: problem.title ?? "The result could not be loaded", words: problem.detail, remedy: problem.remedy, bad: true });
      return;
    }
    const body = await answer.json();
    const comparison = body.comparison ?? body;
    if (comparison.state === "done") {
      const result = await this.ask("/result");
      if (result.ok) return void this.show(await result.json());
      const problem = await result.json().catch(() => ({}));
      return void this.say({ title: "The result could not be loaded", words: problem.detail, remedy: problem.remedy, bad: true, actions: [["Try again", () => this.open()]] });
    }
    if (comparison.state === "failed" || comparison.state === "cancelled") {
      const { message, remedy } = comparison.error ?? {};
      const title = comparison.state === "failed" ? "The comparison failed" : "The comparison was cancelled";
      return void this.say({ title, words: message, remedy, bad: comparison.state === "failed", actions: [["Start it again", () => this.command("/retry")]] });
    }
    this.progress(comparison);
    clearTimeout(this.polling);
    this.polling = setTimeout(() => this.follow(refusal).catch(() => this.follow(refusal).catch(() => this.open())), POLL);
  }

  progress({ state, progress, queue_position: place, old, new: now }) {
    const names = old?.name && now?.name ? `${old.name}  →  ${now.name}` : null;
    if (state === "queued" || !progress) {
      const ahead = place > 1 ? `${plural(place - 1, "comparison")} before this one.` : "It starts in a moment.";
      return this.say({ title: "Waiting to start", words: ahead, names, busy: true, actions: [["Cancel", () => this.command("/cancel")]] });
    }
    const { stage, side, done, total, eta_seconds: eta } = progress;
    const doing = `${stage ? stage[0].toUpperCase() + stage.slice(1) : "Working"}${side ? ` the ${side} file` : ""}`;
    const pages = total ? `page ${done.toLocaleString("en")} of ${total.toLocaleString("en")}` : null;
    const left = eta ? `about ${eta < 90 ? `${Math.ceil(eta)} s` : `${Math.ceil(eta / 60)} min`} left` : null;
    return this.say({ title: doing, words: [pages, left].filter(Boolean).join(", "), names, share: total ? done / total : null, busy: true, actions: [["Cancel", () => this.command("/cancel")]] });
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
      this.say({ title: "The result cannot be shown", words: "Something in it is not understood here. Its exports hold all of it.", bad: true });
      reportError(error);
    }
  }

  build(json) {
    const result = new Result(json);
    this.result = result;
    this.zoomed = 1;
    this.focused = null;
    this.offset = 0;
    const events = {
      scrolled: (column, moved) => this.follows(column, moved),
      pick: (entry) => this.focus(entry),
      hover: (entry, event) => this.hover(entry, event),
      goto: (side, index, fraction) => this.goto(side, index, fraction),
      gotoPage: (side, page) => this.goto(side, result.indexOf[side].get(page), 0),
      step: (by) => this.step(by),
      place: (by) => this.walkPlaces(by),
      zoom: (how) => this.zoom(how),
      togglePane: () => this.togglePane(),
      filtered: () => this.filtered(),
      filterQuery: () => this.list.query,
    };
    const addresses = this.addresses();
    this.columns = {};
    for (const side of SIDES) this.columns[side] = new Column(side, result, addresses, events);
    this.head = new Head(result, this.api, this.data.comparison, events);
    this.strip = new Strip(result, (row, fraction) => this.gotoRow(row, fraction));
    this.card = new Card(result, addresses, events);
    this.list = new ChangeList(result, this.card.element, events);
    this.tooltip = h("div", { class: "tooltip", hidden: true, role: "presentation" });
    const pane = result.entries.length ? this.list.element : this.sameness();
    this.pane = pane;
    this.splitter = h("div", { class: "splitter", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": "Width of the list", "aria-valuemin": "220", "aria-valuemax": "640" });
    this.body = h("div", { class: "body" }, pane, this.splitter, h("div", { class: "sides" }, this.columns.old.element, this.columns.new.element), this.strip.element);
    this.root.replaceChildren(...[this.head.element, this.head.warning(), this.body, this.tooltip].filter(Boolean));
    this.splitting();
    this.resume();
    this.head.show(-1, this.list.shown.length);
    if (!this.root.getRootNode().activeElement && (document.activeElement === document.body || !document.activeElement) && result.entries.length) this.list.box.focus({ preventScroll: true });
    this.measure();
  }

  // Begin where the user was when he left, which a replica of the server may have to tell that was not there; an
  // address that names another change goes before it.
  resume() {
    const { result } = this;
    const view = this.data.view ?? {};
    const named = this.data.focus ?? null;
    this.wanted = result.byId.get(named) ?? null;
    this.left = this.told = null;
    if (named !== null && named !== view.change) return;
    if (view.filter && this.list.element === this.pane) this.list.restore(view.filter);
    if (view.zoom > 0 && view.zoom < 100) this.zoomed = view.zoom;
    this.wanted ??= result.byId.get(view.change) ?? null;
    if (SIDES.some((side) => result.indexOf[side].has(view.at?.[side]?.[0]))) this.left = view.at;
  }

  // What `resume` needs; pages by number, places in them as shares of their height.
  get view() {
    const { layer, kind, severity, query } = this.list.filter;
    const at = SIDES.map((side) => {
      const column = this.columns[side];
      const { index, fraction } = column.at(column.middle);
      const page = column.pages[index];
      return [side, page ? [page.number, Math.round(fraction * 1e4) / 1e4] : null];
    });
    return {
      change: this.focused?.id ?? null,
      filter: { layer: [...layer], kind: [...kind], severity: [...severity], query },
      zoom: Math.round(this.zoomed * 1e3) / 1e3,
      at: Object.fromEntries(at),
    };
  }

  tellView() {
    this.tellLater.cancel();
    if (!this.measured) return;
    const { view } = this;
    const text = JSON.stringify(view);
    if (text === this.told) return;
    this.told = text;
    this.setState?.("view", view);
  }

  addresses() {
    const files = this.data.files ?? "/files";
    return {
      image: (sha256, page, dpi, tile) => `${files}/${sha256}/pages/${page}?dpi=${dpi}${tile ? `&tile=${tile}` : ""}`,
      text: async (sha256, page) => {
        try {
          const answer = await fetch(`${files}/${sha256}/pages/${page}/text`, { signal: this.ended.signal });
          return answer.ok ? (await answer.json()).words : null;
        } catch {
          return null; // selecting text is a comfort: the page is there without it
        }
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
      ? "They are the same file, byte for byte."
      : `${coverage.label}, and nothing inserted, deleted, replaced or moved.${unseen.length ? ` Not looked for: ${listed(unseen)}.` : ""}`;
    return h("aside", { class: "pane same", "aria-label": "Result" },
      h("div", { class: `sameness${doubtful ? " doubtful" : ""}`, "data-testid": "same" },
        h("div", { class: "seal" }, icon(doubtful ? "warning" : "check", 30)),
        h("h2", { text: doubtful ? "No change found" : same ? "The two files do not differ" : `No differences in ${listed(coverage.layers.map(layerNoun))}` }),
        h("p", { text: doubtful ? "But a page could not be compared, so this is not proof that the files are the same." : how })));
  }

  measure() {
    const top = this.root.getBoundingClientRect().top + scrollY;
    this.root.style.setProperty("--top", `${Math.max(0, Math.round(top))}px`);
    if (!this.result || !this.columns) return;
    const { old, new: now } = this.columns;
    const size = `${old.scroller.clientWidth}x${old.scroller.clientHeight}x${this.zoomed}`;
    if (size === this.measured) return;
    const kept = this.measured ? SIDES.map((side) => this.columns[side].at(this.columns[side].middle)) : null;
    if (!old.layout(this.zoomed) || !now.layout(this.zoomed)) return;
    this.measured = size;
    SIDES.forEach((side, i) => {
      const column = this.columns[side];
      column.bring(kept ? column.y(kept[i].index, kept[i].fraction) : 0);
    });
    this.head.showZoom(old.percent);
    this.strip.draw(this.list.shown, this.focused);
    this.showView();
    if (this.wanted) {
      const entry = this.wanted;
      this.wanted = null;
      this.focus(entry, { quiet: true });
    } else SIDES.forEach((side) => this.columns[side].rest());
    if (this.left) this.settle();
    this.told ??= JSON.stringify(this.view); // what is shown at the start is no news
  }

  // Both columns where they were, after the current change was brought into view.
  settle() {
    for (const side of SIDES) {
      const [page, fraction] = this.left[side] ?? [];
      const index = this.result.indexOf[side].get(page);
      if (index === undefined) continue;
      const column = this.columns[side];
      column.bring(column.y(index, clamp(Number(fraction) || 0, 0, 1)));
      column.rest();
    }
    this.left = null;
    this.showView();
  }

  // One column was scrolled by hand: the other follows. After a jump to a change whose two ends do not stand side
  // by side, the distance is kept at first and given up little by little while scrolling on.
  follows(column, moved) {
    const far = this.columns[other(column.side)];
    const here = column.at(column.middle);
    const there = this.result.sync.across(column.side, here.index + here.fraction);
    this.offset *= Math.max(0, 1 - Math.abs(moved) / (2 * column.height));
    if (Math.abs(this.offset) < 1) this.offset = 0;
    const signed = this.offsetSide === far.side ? this.offset : -this.offset;
    const atStart = column.scroller.scrollTop <= 0;
    const atEnd = column.scroller.scrollTop >= column.total - column.height - 1;
    const y = atStart ? 0 : atEnd ? far.total : far.y(there.index, there.fraction) + signed;
    far.calm = column.calm;
    far.bring(y);
    if (column.extent > column.width && far.extent > far.width) far.scroller.scrollLeft = (column.scroller.scrollLeft / (column.extent - column.width)) * (far.extent - far.width);
    clearTimeout(far.resting);
    far.resting = setTimeout(() => far.rest(), 180);
    this.hover(null);
    this.showView();
    this.tellLater();
  }

  showView() {
    const { strip } = this;
    const { old, new: now } = this.columns;
    const ends = [old, now].map((column) => {
      const a = column.at(column.scroller.scrollTop);
      const b = column.at(column.scroller.scrollTop + column.height);
      return [strip.share(column.side, a.index, a.fraction), strip.share(column.side, b.index, b.fraction)];
    });
    strip.showView(Math.min(ends[0][0], ends[1][0]), Math.max(ends[0][1], ends[1][1]));
  }

  goto(side, index, fraction) {
    if (index === undefined) return;
    const column = this.columns[side];
    const far = this.columns[other(side)];
    const there = this.result.sync.across(side, index + fraction);
    this.offset = 0;
    const lift = fraction === 0 ? column.height * 0.4 - 34 : 0; // a page asked for by number begins at the top
    column.bring(column.y(index, fraction) + lift);
    far.bring(far.y(there.index, there.fraction) + lift);
    SIDES.forEach((name) => this.columns[name].rest());
    this.showView();
    this.tellLater();
  }

  gotoRow(row, fraction) {
    const pair = this.result.rows[row];
    const side = pair.new !== null ? "new" : "old";
    const index = this.result.indexOf[side].get(pair[side]);
    if (index === undefined) return;
    const column = this.columns[side];
    const there = this.result.sync.across(side, index + fraction);
    this.offset = 0;
    const far = this.columns[other(side)];
    column.calm = far.calm = false;
    column.bring(column.y(index, fraction));
    far.bring(far.y(there.index, there.fraction));
    for (const each of [column, far]) {
      clearTimeout(each.resting);
      each.resting = setTimeout(() => each.rest(), 60);
    }
    this.showView();
    this.tellLater();
  }

  // Make a change the current one, on both sides, in the list and in the address.
  focus(entry, { quiet = false } = {}) {
    if (!entry) return;
    this.focused = entry;
    const places = {};
    for (const side of SIDES) {
      const column = this.columns[side];
      column.focused = entry;
      const spot = this.result.spot(entry, side);
      if (spot) {
        const region = entry.at[side] ?? entry.change.detail?.anchor;
        const y = column.y(spot.index, spot.fraction);
        const page = column.pages[spot.index];
        const left = Math.max(26, (column.extent - page.width * column.scales[spot.index]) / 2);
        places[side] = y;
        const whole = entry.change.layer === "page";
        column.bring(whole ? column.y(spot.index, 0) + column.height * 0.4 - 40 : y, region ? left + ((region.box[0] + region.box[2]) / 2) * column.scales[spot.index] : null);
      }
      column.redrawBoxes();
      column.rest();
    }
    this.keepOffset(entry);
    this.card.show(entry);
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

  // How far the two sides stand from where the page map would put them, now that both show the change.
  keepOffset() {
    const { old, new: now } = this.columns;
    const here = old.at(old.middle);
    const there = this.result.sync.across("old", here.index + here.fraction);
    this.offset = now.middle - now.y(there.index, there.fraction);
    this.offsetSide = "new";
    if (Math.abs(this.offset) < 2) this.offset = 0;
  }

  unfocus() {
    if (!this.focused) return;
    this.focused = null;
    for (const side of SIDES) {
      this.columns[side].focused = null;
      this.columns[side].redrawBoxes();
    }
    this.card.show(null);
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
      const column = this.columns.new.pages.length ? this.columns.new : this.columns.old;
      const page = column.pages[column.at(column.scroller.scrollTop + 40).index];
      const row = this.focused ? this.focused.row : (this.result.rowOf[column.side].get(page?.number) ?? 0);
      const after = shown.findIndex((entry) => entry.row >= row || row === 0);
      at = after < 0 ? shown.length - (by > 0 ? 1 : 0) : after - (by > 0 ? 1 : 0);
    }
    this.focus(shown[clamp(at + by, 0, shown.length - 1)]);
  }

  filtered() {
    if (!this.list) return; // its constructor is still at work
    const through = new Set(this.list.shown);
    for (const side of SIDES) {
      this.columns[side].filter = (entry) => through.has(entry);
      this.columns[side].redrawBoxes();
    }
    this.head.show(this.focused ? this.list.position(this.focused) : -1, this.list.shown.length);
    this.list.show(this.focused);
    this.strip.draw(this.list.shown, this.focused);
    this.tell();
  }

  zoom(how, factor = null) {
    const column = this.columns.old.pages.length ? this.columns.old : this.columns.new;
    const actual = this.zoomed * (100 / column.percent);
    if (how === "fit") this.zoomed = 1;
    else if (how === "actual") this.zoomed = actual;
    else if (how === "by") this.zoomed *= factor;
    else {
      const now = this.zoomed / actual;
      const next = how === "in" ? ZOOMS.find((z) => z > now * 1.01) : ZOOMS.findLast((z) => z < now * 0.99);
      if (next) this.zoomed = next * actual;
    }
    this.zoomed = clamp(this.zoomed, actual * ZOOMS[0], actual * ZOOMS.at(-1));
    const inView = this.focused && SIDES.some((side) => this.columns[side].shows(this.focused));
    this.measure();
    if (inView) this.focus(this.focused, { quiet: true });
    this.tellLater();
  }

  hover(entry, event) {
    if (!this.tooltip) return;
    for (const side of SIDES) this.columns[side].scroller.classList.toggle("over", Boolean(entry));
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
    this.body.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom("by", Math.exp(-event.deltaY / 300));
    }, { passive: false });
  }

  key(event) {
    // Streamlit listens on the document for r (run again) and c (clear caches); inside the viewer they mean nothing.
    if (event.key === "r" || event.key === "c") event.stopPropagation();
    if (!this.result || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    const typing = target.tagName === "INPUT";
    const inList = target === this.list.box;
    const { shown } = this.list;
    const act = {
      Escape: () => {
        if (typing || !inList) this.list.box.focus({ preventScroll: true });
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
        l: () => this.togglePane(), "?": () => this.head.keys.toggle(),
      });
    }
    if (inList) {
      Object.assign(act, {
        ArrowDown: () => this.step(1), ArrowUp: () => this.step(-1),
        PageDown: () => this.jump(8), PageUp: () => this.jump(-8),
        Home: () => this.focus(shown[0]), End: () => this.focus(shown.at(-1)),
      });
    }
    const work = act[event.key];
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
    for (const side of SIDES) this.columns?.[side]?.destroy();
    this.result = this.columns = this.list = this.strip = this.head = this.measured = this.tooltip = null;
  }

  destroy() {
    this.tell.cancel();
    this.tellLater.cancel();
    this.ended.abort();
    this.resized.disconnect();
    this.close();
  }
}

function remember(key, value) {
  try {
    localStorage.setItem(key, String(value));
  } catch {
    // private windows refuse; the width is then asked for again
  }
}

function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
