// The line above everything: what was found, doubts, next and previous, zoom, export, keys.

import { button, h, icon, plural } from "./dom.mjs";
import { layerNoun } from "./coverage.mjs";
import { LANGUAGES, language, t, word } from "./messages.mjs";
import { LAYERS, MODES, SIDES } from "./names.mjs";
import { popover } from "./popover.mjs";
import { REVIEW_KEYS } from "./verdicts.mjs";

const EXPORTS = [
  ["html", t`HTML report`, t`one file, opens anywhere`],
  ["pdf-both", t`PDF, side by side`, t`marked`],
  ["pdf-old", t`PDF of the old file`, t`marked`],
  ["pdf-new", t`PDF of the new file`, t`marked`],
  ["docx", t`Word, redline`, t`tracked changes`],
  ["xlsx", t`Excel workbook`, t`changes, tables, coverage`],
  ["csv", t`CSV`, t`one line a change`],
  ["md", t`Markdown`, t`change list`],
  ["json", t`JSON`, "pdf-compare/1"],
];

// One of a layer, in a sentence.
const ONE = { text: t`text`, style: t`style`, table: t`table`, image: t`image`, drawing: t`drawing`, annotation: t`annotation`, form: t`form field`, link: t`link`, outline: t`outline entry`, metadata: t`property`, page: t`page` };

export class Head {
  constructor(result, api, comparison, events) {
    this.result = result;
    this.events = events;
    this.current = h("span", { class: "current", role: "status", "aria-live": "polite", "data-testid": "position" });
    this.previous = button(t`Previous change (p)`, "up", () => events.step(-1), { "aria-keyshortcuts": "p k" });
    this.next = button(t`Next change (n)`, "down", () => events.step(1), { "aria-keyshortcuts": "n j" });
    this.percent = h("button", { type: "button", class: "button percent", title: t`Back to 100 % (0)`, onclick: () => events.zoom("actual") });
    const notices = result.notices.length;
    const doubts = notices
      ? popover(h("button", { type: "button", class: "button doubts", "data-testid": "notices" }, icon("warning"), h("span", { text: plural(notices, "notice") })), () => this.noticeList())
      : null;
    const cover = result.coverage;
    const covered = popover(
      h("button", { type: "button", class: `button covers${result.incomplete ? " lacking" : ""}`, title: t`What was compared, page by page`, "data-testid": "coverage" }, icon("cover"), h("span", { text: cover.label })),
      () => cover.panel(events.gotoPage),
    );
    covered.querySelector(".panel").classList.add("wide");
    // A guest takes the report, which stands beside.
    const exports = api === null ? null : popover(
      h("button", { type: "button", class: "button labelled", "data-testid": "export" }, icon("download"), h("span", { text: t`Export` })),
      () => [
        ...EXPORTS.map(([format, name, note]) =>
          h("a", { class: "choice", role: "menuitem", href: `${api}/comparisons/${encodeURIComponent(comparison)}/export/${format}${format === "json" ? "" : events.filterQuery()}`, download: "" }, h("span", { text: name }), h("small", { text: note }))),
        h("p", { class: "foot", text: events.filterQuery() ? t`Exports hold the changes that the filters and the search let through; JSON holds all. Decisions, comments and signatures are in them.` : t`An export holds all changes and notices, with what was decided and said.` }),
      ],
      "menu",
    );
    this.modeIcon = h("span", { class: "mode-icon" });
    this.modeWord = h("span", { class: "mode-word" });
    const modes = popover(
      h("button", { type: "button", class: "button labelled", "data-testid": "mode" }, this.modeIcon, this.modeWord, icon("down", 12)),
      () => Object.entries(MODES).map(([mode, { word, icon: name, hint }], i) =>
        h("button", { type: "button", class: "choice mode", role: "menuitemradio", "aria-checked": String(mode === this.mode), onclick: () => events.mode(mode) },
          icon(name), h("span", { class: "mode-name" }, h("span", { text: word }), h("small", { text: hint })), h("kbd", { text: String(i + 1) })))
        .concat(h("hr", {}), TOOLS.map(([name, word, iconName, key]) => h("button", { type: "button", class: "choice mode", role: "menuitem", onclick: () => events.tool(name) }, icon(iconName), h("span", { class: "mode-name" }, h("span", { text: word })), h("kbd", { text: key })))),
      "menu",
    );
    const keys = popover(button(t`Help: keys and the tour (?)`, "help", () => {}, { "data-testid": "help" }), () => [...keyTable(), ...help(result, events)]);
    keys.querySelector(".panel").classList.add("keys");
    this.keys = keys;
    this.pane = button(t`Show or hide the list of changes (l)`, "list", () => events.togglePane(), { "aria-keyshortcuts": "l" });
    this.element = h(
      "header",
      { class: "head" },
      h("div", { class: "found" }, this.pane, ...this.verdict()),
      h("div", { class: "tools" }, doubts, covered,
        result.entries.length ? h("div", { class: "walk", role: "group", "aria-label": t`Changes` }, this.previous, this.current, this.next) : null,
        h("div", { class: "zoom", role: "group", "aria-label": t`Zoom` },
          button(t`Zoom out (−)`, "minus", () => events.zoom("out")), this.percent, button(t`Zoom in (+)`, "plus", () => events.zoom("in")), button(t`Fit the width (f)`, "fit", () => events.zoom("fit")), button(t`Fit the whole page (Shift+F)`, "whole", () => events.zoom("page")), button(t`Turn by 90° (t)`, "turn", () => events.turn())),
        modes, exports, keys),
    );
  }

  verdict() {
    const { result } = this;
    const n = result.entries.length;
    if (n === 0) {
      if (result.incomplete) return [h("strong", { class: "verdict doubtful", text: t`No change found, but not everything could be compared` })];
      return [h("strong", { class: "verdict same" }, icon("check"), h("span", { text: t`No differences` }))];
    }
    const counts = new Map();
    for (const { change } of result.entries) counts.set(change.layer, (counts.get(change.layer) ?? 0) + 1);
    const layers = Object.keys(LAYERS).filter((layer) => counts.has(layer)).map((layer) => `${counts.get(layer).toLocaleString(language)} ${counts.get(layer) === 1 ? ONE[layer] : layerNoun(layer)}`);
    const major = result.entries.filter(({ change }) => change.severity === "major").length;
    return [
      h("strong", { class: "verdict", text: plural(n, "change") }),
      h("span", { class: "layers", text: layers.join("  ·  ") }),
      major ? h("span", { class: "severity major", text: t`${major.toLocaleString(language)} major` }) : null,
    ];
  }

  // Shown plainly under the head when a page could not be compared.
  warning() {
    const { result } = this;
    if (!result.incomplete) return null;
    const failed = SIDES.flatMap((side) => result.documents[side].pages.filter((page) => page.compared?.length === 0).map((page) => ({ side, page: page.number })));
    const named = failed.slice(0, 6).map(({ side, page }, i) => [
      i ? ", " : null,
      h("button", { type: "button", class: "link", text: t`page ${page} (${word(side)})`, onclick: () => this.events.gotoPage(side, page) }),
    ]).flat();
    return h("div", { class: "warning", role: "alert", "data-testid": "incomplete" }, icon("warning"),
      h("p", {}, h("strong", { text: t`This comparison is not complete. ` }), failed.length ? t`Not compared: ` : t`Some of it could not be compared; see the notices.`, ...named,
        failed.length > 6 ? t` and ${failed.length - 6} more.` : failed.length ? t`. Changes of words there would not be listed.` : null));
  }

  // One entry a message, with the pages it is about: a doubt about a font comes with every page that uses it.
  noticeList() {
    const byMessage = new Map();
    for (const notice of this.result.notices) {
      if (!byMessage.has(notice.message)) byMessage.set(notice.message, []);
      byMessage.get(notice.message).push(notice);
    }
    return [...byMessage].map(([message, notices]) => {
      const places = notices.filter((notice) => notice.page);
      const links = places.slice(0, 12).map(({ side, page }) => {
        const at = side ?? SIDES.findLast((name) => this.result.indexOf[name].has(page));
        const label = side ? `${word(side)} ${page}` : `${page}`;
        return at ? h("button", { type: "button", class: "link", text: label, onclick: () => this.events.gotoPage(at, page) }) : h("span", { text: label });
      });
      const where = places.length ? [places.length === 1 ? t`Page ` : t`Pages `, ...links, places.length > 12 ? t`and ${places.length - 12} more` : null] : [t`Whole document`];
      return h("div", { class: "choice notice" }, h("span", { text: message }), h("span", { class: "where" }, ...where));
    });
  }

  show(position, total) {
    this.current.textContent = position >= 0 ? t`${(position + 1).toLocaleString(language)} of ${total.toLocaleString(language)}` : total ? t`– of ${total.toLocaleString(language)}` : t`none`;
    this.previous.disabled = total === 0;
    this.next.disabled = total === 0;
  }

  showMode(mode) {
    this.mode = mode;
    this.modeIcon.replaceChildren(icon(MODES[mode].icon));
    this.modeWord.textContent = MODES[mode].word;
  }

  showZoom(percent) {
    this.percent.textContent = `${Math.round(percent)} %`;
  }
}

// What is done on the pages, whichever way they are shown.
const TOOLS = [
  ["find", t`Find in both files`, "search", t`Ctrl F`], ["measure", t`Measure`, "ruler", "d"], ["lay", t`Lay pages by hand`, "pins", "o"], ["layers", t`Layers of the files`, "layers", "y"],
];

const KEYS = [
  ["n  j", t`Next change`], ["p  k", t`Previous change`], ["↑  ↓", t`Move in the list`], ["[  ]", t`Places of a change that has many`], ["/", t`Search`], [t`Esc`, t`Back to the list, or out of a change`],
  ...Object.values(MODES).map(({ word }, i) => [String(i + 1), word]), ["space", t`In blink: swap the sides by hand`], ["←  →", t`In slider: move the line`],
  ...REVIEW_KEYS,
  ["+  −", t`Zoom; also Ctrl and the wheel, or two fingers`], ["0", t`Real size`], ["f", t`Fit the width`], ["F", t`Fit the whole page`], ["t", t`Turn by 90°`], [t`Ctrl+F`, t`Find in both files`], ["d", t`Measure between two points`], ["o", t`Lay two pages on each other by hand`], ["y", t`Layers of the files`], ["drag", t`Move the page, where no word is`], ["l", t`Show or hide the list`], ["?", t`This table`],
];

// Below the keys: the tour, and the other languages.
const help = (result, events) => [
  result.entries.length ? h("button", { type: "button", class: "link", text: t`Show the tour`, "data-testid": "tour-again", onclick: () => events.tour() }) : null,
  ...Object.entries(LANGUAGES).filter(([code]) => code !== language).map(([code, name]) => h("a", { class: "link", href: `/language/${code}`, hreflang: code, lang: code, text: name })),
].filter(Boolean).map((one) => h("div", { class: "key" }, one));

const keyTable = () => KEYS.map(([keys, what]) => h("div", { class: "key" }, h("span", {}, ...keys.split("  ").map((key) => h("kbd", { text: key }))), h("span", { text: what })));
