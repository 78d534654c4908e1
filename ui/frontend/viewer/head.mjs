// The line above everything: what was found, doubts, next and previous, zoom, export, keys.

import { button, h, icon, plural } from "./dom.mjs";
import { layerNoun } from "./coverage.mjs";
import { LAYERS, MODES, SIDES } from "./names.mjs";
import { popover } from "./popover.mjs";
import { REVIEW_KEYS } from "./verdicts.mjs";

const EXPORTS = [
  ["html", "HTML report", "one file, opens anywhere"],
  ["pdf-both", "PDF, side by side", "marked"],
  ["pdf-old", "PDF of the old file", "marked"],
  ["pdf-new", "PDF of the new file", "marked"],
  ["docx", "Word, redline", "tracked changes"],
  ["xlsx", "Excel workbook", "changes, tables, coverage"],
  ["csv", "CSV", "one line a change"],
  ["md", "Markdown", "change list"],
  ["json", "JSON", "pdf-compare/1"],
];

export class Head {
  constructor(result, api, comparison, events) {
    this.result = result;
    this.events = events;
    this.current = h("span", { class: "current", role: "status", "aria-live": "polite", "data-testid": "position" });
    this.previous = button("Previous change (p)", "up", () => events.step(-1), { "aria-keyshortcuts": "p k" });
    this.next = button("Next change (n)", "down", () => events.step(1), { "aria-keyshortcuts": "n j" });
    this.percent = h("button", { type: "button", class: "button percent", title: "Back to 100 % (0)", onclick: () => events.zoom("actual") });
    const notices = result.notices.length;
    const doubts = notices
      ? popover(h("button", { type: "button", class: "button doubts", "data-testid": "notices" }, icon("warning"), h("span", { text: plural(notices, "notice") })), () => this.noticeList())
      : null;
    const cover = result.coverage;
    const covered = popover(
      h("button", { type: "button", class: `button covers${result.incomplete ? " lacking" : ""}`, title: "What was compared, page by page", "data-testid": "coverage" }, icon("cover"), h("span", { text: cover.label })),
      () => cover.panel(events.gotoPage),
    );
    covered.querySelector(".panel").classList.add("wide");
    // A guest takes the report, which stands beside.
    const exports = api === null ? null : popover(
      h("button", { type: "button", class: "button labelled", "data-testid": "export" }, icon("download"), h("span", { text: "Export" })),
      () => [
        ...EXPORTS.map(([format, name, note]) =>
          h("a", { class: "choice", role: "menuitem", href: `${api}/comparisons/${encodeURIComponent(comparison)}/export/${format}${format === "json" ? "" : events.filterQuery()}`, download: "" }, h("span", { text: name }), h("small", { text: note }))),
        h("p", { class: "foot", text: events.filterQuery() ? "Exports hold the changes that the filters and the search let through; JSON holds all. Decisions, comments and signatures are in them." : "An export holds all changes and notices, with what was decided and said." }),
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
    const keys = popover(button("Keyboard shortcuts (?)", "keys", () => {}), () => keyTable());
    keys.querySelector(".panel").classList.add("keys");
    this.keys = keys;
    this.pane = button("Show or hide the list of changes (l)", "list", () => events.togglePane(), { "aria-keyshortcuts": "l" });
    this.element = h(
      "header",
      { class: "head" },
      h("div", { class: "found" }, this.pane, ...this.verdict()),
      h("div", { class: "tools" }, doubts, covered,
        result.entries.length ? h("div", { class: "walk", role: "group", "aria-label": "Changes" }, this.previous, this.current, this.next) : null,
        h("div", { class: "zoom", role: "group", "aria-label": "Zoom" },
          button("Zoom out (−)", "minus", () => events.zoom("out")), this.percent, button("Zoom in (+)", "plus", () => events.zoom("in")), button("Fit the width (f)", "fit", () => events.zoom("fit")), button("Fit the whole page (Shift+F)", "whole", () => events.zoom("page")), button("Turn by 90° (t)", "turn", () => events.turn())),
        modes, exports, keys),
    );
  }

  verdict() {
    const { result } = this;
    const n = result.entries.length;
    if (n === 0) {
      if (result.incomplete) return [h("strong", { class: "verdict doubtful", text: "No change found, but not everything could be compared" })];
      return [h("strong", { class: "verdict same" }, icon("check"), h("span", { text: "No differences" }))];
    }
    const counts = new Map();
    for (const { change } of result.entries) counts.set(change.layer, (counts.get(change.layer) ?? 0) + 1);
    const layers = Object.keys(LAYERS).filter((layer) => counts.has(layer)).map((layer) => `${counts.get(layer).toLocaleString("en")} ${counts.get(layer) === 1 ? LAYERS[layer].toLowerCase() : layerNoun(layer)}`);
    const major = result.entries.filter(({ change }) => change.severity === "major").length;
    return [
      h("strong", { class: "verdict", text: plural(n, "change") }),
      h("span", { class: "layers", text: layers.join("  ·  ") }),
      major ? h("span", { class: "severity major", text: `${major.toLocaleString("en")} major` }) : null,
    ];
  }

  // Shown plainly under the head when a page could not be compared.
  warning() {
    const { result } = this;
    if (!result.incomplete) return null;
    const failed = SIDES.flatMap((side) => result.documents[side].pages.filter((page) => page.compared?.length === 0).map((page) => ({ side, page: page.number })));
    const named = failed.slice(0, 6).map(({ side, page }, i) => [
      i ? ", " : null,
      h("button", { type: "button", class: "link", text: `page ${page} (${side})`, onclick: () => this.events.gotoPage(side, page) }),
    ]).flat();
    return h("div", { class: "warning", role: "alert", "data-testid": "incomplete" }, icon("warning"),
      h("p", {}, h("strong", { text: "This comparison is not complete. " }), failed.length ? `Not compared: ` : "Some of it could not be compared; see the notices.", ...named,
        failed.length > 6 ? ` and ${failed.length - 6} more.` : failed.length ? ". Changes of words there would not be listed." : null));
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
        const label = side ? `${side} ${page}` : `${page}`;
        return at ? h("button", { type: "button", class: "link", text: label, onclick: () => this.events.gotoPage(at, page) }) : h("span", { text: label });
      });
      const where = places.length ? [`${places.length === 1 ? "Page" : "Pages"} `, ...links, places.length > 12 ? `and ${places.length - 12} more` : null] : ["Whole document"];
      return h("div", { class: "choice notice" }, h("span", { text: message }), h("span", { class: "where" }, ...where));
    });
  }

  show(position, total) {
    this.current.textContent = position >= 0 ? `${(position + 1).toLocaleString("en")} of ${total.toLocaleString("en")}` : total ? `– of ${total.toLocaleString("en")}` : "none";
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
  ["find", "Find in both files", "search", "Ctrl F"], ["measure", "Measure", "ruler", "d"], ["lay", "Lay pages by hand", "pins", "o"], ["layers", "Layers of the files", "layers", "y"],
];

const KEYS = [
  ["n  j", "Next change"], ["p  k", "Previous change"], ["↑  ↓", "Move in the list"], ["[  ]", "Places of a change that has many"], ["/", "Search"], ["Esc", "Back to the list, or out of a change"],
  ...Object.values(MODES).map(({ word }, i) => [String(i + 1), word]), ["space", "In blink: swap the sides by hand"], ["←  →", "In slider: move the line"],
  ...REVIEW_KEYS,
  ["+  −", "Zoom; also Ctrl and the wheel, or two fingers"], ["0", "Real size"], ["f", "Fit the width"], ["F", "Fit the whole page"], ["t", "Turn by 90°"], ["Ctrl+F", "Find in both files"], ["d", "Measure between two points"], ["o", "Lay two pages on each other by hand"], ["y", "Layers of the files"], ["drag", "Move the page, where no word is"], ["l", "Show or hide the list"], ["?", "This table"],
];

const keyTable = () => KEYS.map(([keys, what]) => h("div", { class: "key" }, h("span", {}, ...keys.split("  ").map((key) => h("kbd", { text: key }))), h("span", { text: what })));
