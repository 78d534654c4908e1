// Layers of the files (optional content), on and off: by name, on both sides at once.

import { button, h } from "./dom.mjs";
import { t, word } from "./messages.mjs";
import { SIDES } from "./names.mjs";

export class Switches {
  constructor(result, addresses, events) {
    Object.assign(this, { result, addresses, events });
    this.names = h("div", { class: "switches" });
    this.element = h("div", { class: "layers-panel", role: "group", "aria-label": t`Layers of the files`, hidden: true, "data-testid": "layers" },
      h("header", {}, h("strong", { text: t`Layers` }), button(t`Close`, "close", () => this.close())), this.names);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  async toggle() {
    if (!this.element.hidden) return this.close();
    this.element.hidden = false;
    if (!this.found) await this.load();
    this.element.querySelector("input, button")?.focus();
    return undefined;
  }

  close() {
    this.element.hidden = true;
    this.events.left();
  }

  async load() {
    this.names.replaceChildren(h("p", { class: "quiet", text: t`Looking…` }));
    const found = await Promise.all(SIDES.map((side) => this.addresses.layers(this.result.documents[side])));
    this.found = Object.fromEntries(SIDES.map((side, k) => [side, found[k] ?? []]));
    this.shown = new Map(); // name → whether it is shown
    for (const side of SIDES) for (const [name, shown] of this.found[side]) this.shown.set(name, shown || this.shown.get(name) === true);
    if (!this.shown.size) return void this.names.replaceChildren(h("p", { class: "quiet", text: found.some((one) => one === null) ? t`The layers cannot be read.` : t`Neither file has layers.` }));
    this.draw();
  }

  draw() {
    const all = (on) => h("button", { type: "button", class: "link", text: on ? t`All` : t`None`, onclick: () => {
      for (const name of this.shown.keys()) this.shown.set(name, on);
      this.draw();
      this.apply();
    } });
    this.names.replaceChildren(h("div", { class: "all" }, all(true), all(false)), ...[...this.shown].map(([name, on]) => {
      const box = h("input", { type: "checkbox", checked: on });
      box.checked = on;
      box.addEventListener("change", () => {
        this.shown.set(name, box.checked);
        this.apply();
      });
      const on_ = SIDES.filter((side) => this.found[side].some(([each]) => each === name));
      return h("label", {}, box, h("span", { text: name || t`(without a name)` }), on_.length === 1 ? h("small", { text: t`only in ${word(on_[0])}` }) : null);
    }));
  }

  apply() {
    for (const side of SIDES) {
      const changed = this.found[side].some(([name, shown]) => this.shown.get(name) !== shown);
      const indexes = this.found[side].flatMap(([name], k) => (this.shown.get(name) ? [k] : []));
      this.addresses.show(this.result.documents[side], changed ? indexes : null);
    }
    this.events.redrawn();
  }
}
