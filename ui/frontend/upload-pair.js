// The two drop zones of the Compare page. Files go straight to the API as a stream; Python only hears the ids.
// Everything shown is built with textContent: names of files are foreign text.

import { language, t, word } from "./viewer/messages.mjs";

const SVG = "http://www.w3.org/2000/svg";
const SIDES = ["old", "new"];
const TITLE = { old: t`Old revision`, new: t`New revision` };
const ICON = {
  file: "M6 2h8l5 5v15H6zM14 2v5h5",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  swap: "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4",
  warning: "M12 3 2 20h20zM12 10v4M12 17.2v.1",
};

const instances = new WeakMap();

export default function (component) {
  const { parentElement, data: [data] } = component;
  let pair = instances.get(parentElement);
  if (!pair) {
    pair = new Pair(parentElement.querySelector(".pair"), parentElement);
    instances.set(parentElement, pair);
  }
  pair.update(data, component.setTriggerValue);
  return () => {
    pair.destroy();
    instances.delete(parentElement);
  };
}

class Pair {
  constructor(root, host) {
    this.host = host;
    this.gone = new AbortController();
    this.told = {};
    this.zones = {};
    this.live = element("div", { class: "visually-hidden", role: "status" });
    this.swap = button("", "swap", () => this.swapSides(), { "aria-label": t`Swap old and new`, title: t`Swap old and new` });
    this.swap.append(icon("swap"));
    this.picker = new Picker(this);
    for (const side of SIDES) this.zones[side] = new Zone(this, side);
    root.replaceChildren(this.zones.old.section, this.swap, this.zones.new.section, this.live, this.picker.dialog);
    // A file that misses a zone would otherwise replace the whole page.
    for (const kind of ["dragover", "drop"]) {
      window.addEventListener(kind, (event) => event.preventDefault(), { signal: this.gone.signal });
    }
    // Streamlit listens for single letters on the document.
    root.addEventListener("keydown", (event) => {
      if (["r", "c"].includes(event.key.toLowerCase()) && !event.ctrlKey && !event.metaKey) event.stopPropagation();
    });
  }

  update(data, setTriggerValue) {
    this.data = data;
    this.setTriggerValue = setTriggerValue;
    for (const side of SIDES) {
      const told = JSON.stringify(data[side] ?? null);
      if (told !== this.told[side]) {
        this.told[side] = told;
        if (!this.zones[side].request) this.zones[side].show(data[side] ? { document: data[side] } : {});
      }
    }
    this.changed();
  }

  destroy() {
    this.gone.abort();
    for (const side of SIDES) this.zones[side].stop();
    this.picker.dialog.close();
  }

  say(text) {
    this.live.textContent = text;
  }

  changed() {
    const { old, new: young } = this.zones;
    this.swap.disabled = Boolean(old.request || young.request) || !(old.state.document || young.state.document);
  }

  tell() {
    const pair = {};
    for (const side of SIDES) {
      const { document } = this.zones[side].state;
      this.told[side] = JSON.stringify(document ?? null);
      pair[side] = document ? document.id : null;
    }
    this.changed();
    this.setTriggerValue("pair", pair);
  }

  swapSides() {
    const { old, new: young } = this.zones;
    const [first, second] = [old.state, young.state];
    old.show(second);
    young.show(first);
    this.say(t`Old and new are swapped.`);
    this.tell();
    this.swap.focus();
  }

  take(side, files) {
    const chosen = [...files];
    if (chosen.length < 2) {
      if (chosen.length) this.zones[side].send(chosen[0]);
      return;
    }
    // Two at once: the one that was written earlier is the old revision; swapping is one click.
    const [earlier, later] = chosen.slice(0, 2).sort((a, b) => a.lastModified - b.lastModified);
    this.zones.old.send(earlier);
    this.zones.new.send(later);
  }

  async ask(path) {
    const response = await fetch(this.data.api + path, { credentials: "same-origin", signal: this.gone.signal });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }
}

class Zone {
  constructor(pair, side) {
    this.pair = pair;
    this.side = side;
    this.state = {};
    this.request = null;
    this.section = element("section", { class: "zone", "aria-label": TITLE[side], "data-testid": `zone-${side}` });
    this.heading = element("h2", {}, TITLE[side]);
    this.body = element("div", { class: "body" });
    this.input = element("input", { type: "file", accept: ".pdf,application/pdf", hidden: "" });
    this.input.setAttribute("aria-label", t`${TITLE[side]}: PDF file`);
    this.input.addEventListener("change", () => {
      pair.take(side, this.input.files);
      this.input.value = "";
    });
    this.section.append(this.heading, this.body, this.input);
    this.watchDrops();
    this.show({});
  }

  watchDrops() {
    let depth = 0;
    const mark = (on) => this.section.classList.toggle("over", on);
    this.section.addEventListener("dragenter", () => mark(++depth > 0));
    this.section.addEventListener("dragleave", () => mark(--depth > 0));
    this.section.addEventListener("dragover", (event) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
    this.section.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      mark(false);
      this.pair.take(this.side, event.dataTransfer.files);
    });
  }

  show(state) {
    const hadFocus = this.section.contains(this.pair.host.activeElement ?? document.activeElement);
    this.state = state;
    this.body.replaceChildren(...(this.request ? this.sending() : state.document ? this.stored() : this.empty()));
    if (hadFocus) this.body.querySelector("button")?.focus();
  }

  empty() {
    const drop = button("", "drop", () => this.input.click());
    const words = element("span", { class: "words" });
    words.append(element("span", { class: "strong" }, t`Drop the ${this.side} PDF here`), element("span", {}, t`or click to choose a file`));
    drop.append(icon("upload"), words);
    const below = element("div", { class: "below" });
    below.append(button(t`Pick from the library`, "link", () => this.pair.picker.open(this)));
    return [drop, ...this.problem(), below];
  }

  problem() {
    if (!this.state.error) return [];
    const note = element("p", { class: "problem", role: "alert" });
    note.append(icon("warning"), element("span", {}, this.state.error));
    return [note];
  }

  stored() {
    const { document } = this.state;
    const card = element("div", { class: "card" });
    const words = element("div", { class: "words" });
    const digest = element("code", { title: `SHA-256 ${document.sha256}` }, document.sha256.slice(0, 12));
    const facts = element("div", { class: "facts" });
    facts.append(`${counted(document.page_count, "page")} · ${bytes(document.size_bytes)} · SHA-256 `, digest);
    words.append(element("div", { class: "name", title: document.name }, document.name), facts);
    const actions = element("div", { class: "actions" });
    actions.append(
      button(t`Replace`, "plain", () => this.input.click(), { "aria-label": t`Replace the ${this.side} PDF` }),
      button(t`Remove`, "plain", () => this.remove(), { "aria-label": t`Remove the ${this.side} PDF` }),
    );
    card.append(icon("file"), words, actions);
    const below = element("div", { class: "below" });
    below.append(button(t`Pick another from the library`, "link", () => this.pair.picker.open(this)));
    return [card, ...this.problem(), below];
  }

  sending() {
    const { file } = this.state;
    const card = element("div", { class: "card" });
    const words = element("div", { class: "words" });
    this.bar = element("div", {
      class: "bar", role: "progressbar", "aria-label": t`Upload of the ${this.side} PDF`, "aria-valuemin": "0", "aria-valuemax": "100",
    });
    this.fill = element("div", { class: "fill" });
    this.bar.append(this.fill);
    this.facts = element("div", { class: "facts" });
    words.append(element("div", { class: "name", title: file.name }, file.name), this.bar, this.facts);
    const actions = element("div", { class: "actions" });
    actions.append(button(t`Cancel`, "plain", () => this.cancel(), { "aria-label": t`Cancel the upload of the ${this.side} PDF` }));
    card.append(icon("file"), words, actions);
    this.progress(0, file.size);
    return [card, element("div", { class: "below" })];
  }

  progress(sent, total) {
    const percent = total ? Math.floor((100 * sent) / total) : 100;
    this.bar.setAttribute("aria-valuenow", String(percent));
    this.fill.style.width = `${percent}%`;
    this.facts.textContent = sent < total ? t`${bytes(sent)} of ${bytes(total)} · ${percent} %` : t`${bytes(total)} sent, checking the file`;
  }

  send(file) {
    this.stop();
    const before = this.state.document;
    if (file.size > this.pair.data.max_bytes) {
      this.fail(file.name, before, {
        detail: t`is too large: ${bytes(file.size)}, at most ${bytes(this.pair.data.max_bytes)}.`,
        remedy: t`Split it, or ask the administrator to raise the limit.`,
      });
      return;
    }
    const request = new XMLHttpRequest();
    this.request = request;
    // A name may hold half a character, which an address cannot.
    const name = file.name.slice(-255).toWellFormed?.() ?? file.name;
    request.open("PUT", `${this.pair.data.api}/documents?name=${encodeURIComponent(name)}`);
    request.setRequestHeader("X-CSRF-Token", this.pair.data.csrf);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => {
      if (this.request === request) this.progress(event.loaded, event.total);
    };
    request.onload = () => this.answered(request, file, before);
    request.onerror = () => {
      this.request = null;
      this.fail(file.name, before, { detail: t`was not sent: the connection was lost.`, remedy: t`Check the network and give the file again.` });
    };
    this.show({ file, document: before });
    this.pair.changed();
    this.pair.say(t`Sending ${file.name}.`);
    request.send(file);
  }

  answered(request, file, before) {
    this.request = null;
    let body = {};
    try {
      body = JSON.parse(request.responseText);
    } catch {
      // a proxy answered with a page of its own; the status has to do
    }
    if (request.status === 201 && body.document) {
      this.accept(body.document);
      return;
    }
    this.fail(file.name, before, {
      detail: body.detail ?? t`was not taken (status ${request.status}).`,
      remedy: body.remedy ?? t`Try again; if it happens again, tell the administrator the status.`,
    });
  }

  accept(document) {
    this.show({ document });
    this.pair.say(t`${document.name} is stored: ${counted(document.page_count, "page")}.`);
    this.pair.tell();
  }

  fail(name, before, { detail, remedy }) {
    // What our errors say continues the name ("is not a PDF."); a sentence of its own stands after it.
    const says = /^[A-Z]/.test(detail) ? `: ${detail}` : ` ${detail}`;
    const told = detail.startsWith(name) ? detail : `${name}${says}`;
    this.show({ document: before, error: `${told.replace(/[.\s]*$/, ".")} ${remedy}` });
    this.pair.changed();
  }

  cancel() {
    const { file, document } = this.state;
    this.stop();
    this.show({ document });
    this.pair.changed();
    this.pair.say(t`The upload of ${file.name} was cancelled.`);
  }

  remove() {
    this.show({});
    this.pair.say(t`The ${this.side} PDF was removed.`);
    this.pair.tell();
  }

  stop() {
    if (!this.request) return;
    const request = this.request;
    this.request = null;
    request.onload = request.onerror = request.upload.onprogress = null;
    request.abort();
  }
}

class Picker {
  constructor(pair) {
    this.pair = pair;
    this.asked = 0;
    this.dialog = element("dialog", { class: "picker", "aria-label": t`Library` });
    this.search = element("input", { type: "search", placeholder: t`Search by name`, "aria-label": t`Search the library by name` });
    this.list = element("ul", { class: "list" });
    this.note = element("p", { class: "facts", role: "status" });
    const head = element("div", { class: "head" });
    this.title = element("h2", {}, t`Library`);
    head.append(this.title, button(t`Close`, "plain", () => this.dialog.close()));
    this.dialog.append(head, this.search, this.note, this.list);
    let timer = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.load(), 200);
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.dialog.addEventListener("keydown", (event) => this.move(event));
    this.dialog.addEventListener("close", () => this.zone?.body.querySelector("button:last-of-type")?.focus());
  }

  open(zone) {
    this.zone = zone;
    this.title.textContent = t`Pick the ${zone.side} PDF`;
    this.search.value = "";
    this.list.replaceChildren();
    this.dialog.showModal();
    this.search.focus();
    this.load();
  }

  async load() {
    const turn = ++this.asked;
    let found;
    try {
      found = (await this.pair.ask(`/documents?limit=50&query=${encodeURIComponent(this.search.value.trim())}`)).documents;
    } catch {
      if (turn === this.asked) this.note.textContent = t`The library cannot be read just now. Try again in a moment.`;
      return;
    }
    if (turn !== this.asked) return;
    this.note.textContent = found.length ? "" : this.search.value.trim() ? t`No document has this in its name.` : t`The library is empty: drop a PDF first.`;
    this.list.replaceChildren(...found.map((document) => this.row(document)));
  }

  row(document) {
    const item = element("li");
    const pick = button("", "row", () => {
      this.zone.stop();
      this.zone.accept(document);
      this.dialog.close();
    });
    const facts = `${counted(document.page_count, "page")} · ${bytes(document.size_bytes)} · ${day(document.created_at)}`;
    pick.append(element("span", { class: "name" }, document.name), element("span", { class: "facts" }, facts));
    item.append(pick);
    return item;
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const rows = [this.search, ...this.list.querySelectorAll("button")];
    const at = rows.indexOf(this.dialog.getRootNode().activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
    event.preventDefault();
  }
}

function element(tag, attributes = {}, text = "") {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text) made.textContent = text;
  return made;
}

function button(text, kind, act, attributes = {}) {
  const made = element("button", { type: "button", class: kind, ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICON[name]);
  svg.append(path);
  return svg;
}

function counted(n, noun) {
  return `${n.toLocaleString(language)} ${word(n === 1 ? noun : `${noun}s`)}`;
}

function bytes(n) {
  if (n < 1000) return `${n} bytes`;
  const units = ["kB", "MB", "GB"];
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function day(iso) {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}
