// The card of the current change, below the list: all of its words, pictures, properties and places.

import { button, h, icon } from "./dom.mjs";
import { language, t, word } from "./messages.mjs";
import { KINDS, SIDES } from "./names.mjs";
import { notesOf, propertiesOf, severityOf, textOf, titleOf, whereOf } from "./telling.mjs";
import { around, emphasised } from "./words.mjs";

const LETTERS = 3000; // of a text; more is in every export
const THUMB = { width: 150, height: 110 }; // px
const MARGIN = 4; // points around a picture, so that its edge is seen

export class Card {
  constructor(result, addresses, events) {
    Object.assign(this, { result, addresses, events });
    this.element = h("section", { class: "card", "aria-label": t`The current change`, "data-testid": "card", tabindex: "0", hidden: true });
  }

  // Show a change, at one of its places; null hides the card.
  show(entry) {
    this.element.hidden = !entry;
    if (!entry) return this.element.replaceChildren();
    const { change } = entry;
    const where = whereOf(change);
    this.element.replaceChildren(
      h("header", {},
        h("span", { class: `letter ${change.kind}`, "aria-hidden": "true", text: KINDS[change.kind].letter }),
        icon(change.layer, 14),
        h("strong", { text: titleOf(change) }),
        h("span", { class: `severity ${change.severity}`, text: severityOf(change) })),
      where ? h("p", { class: "cell", text: where }) : "",
      h("div", { class: "said" }, ...this.pictures(entry), ...this.words(entry)),
      this.properties(change),
      ...notesOf(change).map((note) => h("p", { class: "note", text: note })),
      this.places(entry));
    this.element.scrollTop = 0;
    return undefined;
  }

  words({ change }) {
    const [old, now] = SIDES.map((side) => textOf(change, side)?.slice(0, LETTERS) ?? null);
    if (!old && !now) return change.layer === "image" || change.layer === "drawing" ? [] : [h("p", { class: "quiet", text: t`Without text.` })];
    if (change.kind === "moved" || old === now || change.layer === "page") return [h("p", { class: "line", dir: "auto" }, now ?? old)];
    const [before, after] = change.layer === "text" ? around(change) : ["", ""];
    const line = (tag, text, counterpart) =>
      text === null ? null : h("p", { class: "line", dir: "auto" }, before ? h("span", { class: "around", text: `${before} ` }) : null, text ? h(tag, {}, ...emphasised(text, counterpart ?? "")) : h("span", { class: "quiet", text: "empty" }), after ? h("span", { class: "around", text: ` ${after}` }) : null);
    return [line("del", old, now), line("ins", now, old)].filter(Boolean);
  }

  // What an image shows on each side, cut from the pictures of the pages that are there anyway.
  pictures({ change, at }) {
    if (change.layer !== "image" && change.layer !== "drawing") return [];
    const shots = SIDES.map((side) => {
      return h("figure", {}, h("figcaption", { class: `side ${side}`, text: word(side) }), at[side] ? this.crop(side, at[side]) : h("span", { class: "absent", text: t`not there` }));
    });
    return [h("div", { class: "shots" }, ...shots)];
  }

  // A place of a page, no wider than `most` px.
  crop(side, region, most = THUMB.width) {
    const document = this.result.documents[side];
    const page = document.pages[this.result.indexOf[side].get(region.page)];
    if (!page) return h("span", { class: "absent", text: t`not there` });
    const [x0, y0, x1, y1] = region.box;
    const [left, top] = [Math.max(0, x0 - MARGIN), Math.max(0, y0 - MARGIN)];
    const [wide, high] = [Math.max(Math.min(page.width, x1 + MARGIN) - left, 1), Math.max(Math.min(page.height, y1 + MARGIN) - top, 1)];
    const scale = Math.min(most / wide, (most * THUMB.height) / THUMB.width / high, 3);
    const image = h("img", { alt: t`What the ${side} page shows there`, src: this.addresses.image(document, page.number, scale > 1.1 ? 150 : 100), draggable: "false" });
    Object.assign(image.style, { width: `${page.width * scale}px`, height: `${page.height * scale}px`, left: `${-left * scale}px`, top: `${-top * scale}px` });
    const frame = h("span", { class: "crop", "data-testid": `crop-${side}` }, image);
    Object.assign(frame.style, { width: `${wide * scale}px`, height: `${high * scale}px` });
    return frame;
  }

  properties(change) {
    const found = propertiesOf(change);
    const alone = !change.old || !change.new; // what came or went has properties, but none that differ
    const value = (tag, text) => (text === null ? h("span", { class: "quiet", text: "none" }) : h(tag, { text: String(text) }));
    return found.length
      ? h("dl", { class: "properties" }, ...found.flatMap(([name, old, now]) => [h("dt", { text: name }), alone ? h("dd", { dir: "auto", text: String(now ?? old ?? "") }) : h("dd", { dir: "auto" }, value("del", old), h("span", { class: "arrow", text: " → " }), value("ins", now))]))
      : "";
  }

  // Where it stands, and for one with many places a way to walk them.
  places(entry) {
    if (!entry.at.old && !entry.at.new) return h("p", { class: "note", text: t`Belongs to the whole document: no place on a page to show.` });
    const count = this.result.places(entry).length;
    if (count < 2) return "";
    const place = entry.place ?? 0;
    return h("div", { class: "places" },
      button(t`Previous place of this change ([)`, "previous", () => this.events.place(-1), { "aria-keyshortcuts": "[" }),
      h("span", { role: "status", "data-testid": "place", text: t`Place ${(place + 1).toLocaleString(language)} of ${count.toLocaleString(language)} · page ${(entry.at.new ?? entry.at.old).page}` }),
      button(t`Next place of this change (])`, "next", () => this.events.place(1), { "aria-keyshortcuts": "]" }));
  }
}
