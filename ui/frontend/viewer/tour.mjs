// A short tour of the viewer: offered at the first visit without taking the keyboard, left at any time, started again from
// the help.

import { button, clamp, h } from "./dom.mjs";
import { t } from "./messages.mjs";
import { recall, remember } from "./recall.mjs";

const SEEN = "pdf-compare.tour";
const GAP = 12; // px between what is shown and the words about it
const EDGE = 8; // px that the words keep from the edge

// What is shown, by the first of its selectors that is there, and the words about it.
const STEPS = [
  { at: [".list"], title: t`Every change, in one list`, words: t`Click one, or press n and p: both pages go there. The letter says what happened, the words what was there before and after.` },
  { at: [".tally"], title: t`Group and narrow it`, words: t`By page, section, content, weight or kind. Search and filters narrow the list, the marks on the pages and every export.` },
  { at: [".shown"], title: t`Both revisions, in step`, words: t`They scroll together by what corresponds, not by page number. Point at a mark to see what the other side says; Ctrl and the wheel enlarge.` },
  { at: ["[data-testid=mode]"], title: t`Seven ways to look`, words: t`Over each other, with a slider, blinking, as one redlined text, as tables: keys 1 to 7.` },
  { at: ["[data-testid=coverage]"], title: t`What was compared`, words: t`Each page by what, what is doubtful, and what nobody looked for. A page that could not be compared is never passed over in silence.` },
  { at: ["[data-testid=desk]", "[data-testid=review]"], title: t`Decide and sign`, words: t`Accept with a, reject with r, ignore with i, comment with m; u goes to the next open change. At the end you sign what you have seen.` },
  { at: ["[data-testid=export]"], title: t`Hand it over`, words: t`Marked PDFs, a Word redline, Excel, an HTML report: each holds what the filters let through and what was decided.` },
  { at: ["[data-testid=help]"], title: t`And whenever you wonder`, words: t`The question mark shows all keys, and this tour again.` },
];

export class Tour {
  // root: the viewer; before a step, `prepare` may bring a change into view so that there is something to show.
  constructor(root, prepare) {
    Object.assign(this, { root, prepare });
    this.bubble = h("div", { class: "tour", role: "dialog", tabindex: "-1", "data-testid": "tour" });
    this.bubble.addEventListener("keydown", (event) => this.key(event));
    this.moved = () => this.place();
    if (recall(SEEN) === null) this.offer();
  }

  offer() {
    this.card = h("div", { class: "tour-offer", role: "region", "aria-label": t`First time here?`, "data-testid": "tour-offer" },
      h("p", {}, h("strong", { text: t`First time here?` }), h("span", { text: ` ${t`Eight steps show what there is.`}` })),
      h("div", { class: "actions" },
        h("button", { type: "button", class: "secondary small", text: t`Show me`, onclick: () => this.start() }),
        h("button", { type: "button", class: "link", text: t`No, thanks`, onclick: () => this.leave() })));
    this.root.append(this.card);
  }

  start() {
    this.card?.remove();
    this.before = this.root.getRootNode().activeElement;
    this.prepare();
    this.root.append(this.bubble);
    addEventListener("resize", this.moved);
    this.show(0);
  }

  get target() {
    return STEPS[this.step].at.map((selector) => this.root.querySelector(selector)).find((found) => found?.getClientRects().length) ?? null;
  }

  // Shows a step; one of what is not there, such as a review for a guest, is passed over in the direction one goes.
  show(step, by = 1) {
    this.step = step;
    while (STEPS[this.step] && !this.target) this.step += by;
    if (!STEPS[this.step]) return by > 0 ? this.leave() : this.show(0);
    const { title, words } = STEPS[this.step];
    for (const one of this.root.querySelectorAll(".toured")) one.classList.remove("toured");
    this.target.classList.add("toured");
    const last = this.step === STEPS.length - 1;
    this.bubble.setAttribute("aria-label", t`Tour, step ${this.step + 1} of ${STEPS.length}`);
    this.bubble.replaceChildren(
      h("header", {}, h("strong", { text: title }), button(t`Leave the tour (Esc)`, "close", () => this.leave())),
      h("p", { text: words }),
      h("footer", {}, h("span", { class: "quiet", text: t`${this.step + 1} of ${STEPS.length}` }),
        this.step ? h("button", { type: "button", class: "link", text: t`Back`, onclick: () => this.show(this.step - 1, -1) }) : null,
        h("button", { type: "button", class: "secondary small", text: last ? t`Done` : t`Next`, "data-testid": "tour-next", onclick: () => this.show(this.step + 1) })));
    this.place();
    this.bubble.focus({ preventScroll: true });
    return undefined;
  }

  // Beside or below what is shown, wholly within the viewer.
  place() {
    const { target } = this;
    if (!target) return;
    const [box, frame, own] = [target, this.root, this.bubble].map((one) => one.getBoundingClientRect());
    const tall = box.height > frame.height / 2;
    const beside = box.right + GAP + own.width < frame.right;
    const x = tall ? (beside ? box.right + GAP : box.left + (box.width - own.width) / 2) : box.left + (box.width - own.width) / 2;
    const y = tall ? box.top + box.height / 3 : box.bottom + GAP + own.height < frame.bottom ? box.bottom + GAP : box.top - GAP - own.height;
    this.bubble.style.left = `${clamp(x - frame.left, EDGE, Math.max(EDGE, frame.width - own.width - EDGE))}px`;
    this.bubble.style.top = `${clamp(y - frame.top, EDGE, Math.max(EDGE, frame.height - own.height - EDGE))}px`;
  }

  key(event) {
    const act = { Escape: () => this.leave(), ArrowRight: () => this.show(this.step + 1), ArrowLeft: () => this.step && this.show(this.step - 1, -1) }[event.key];
    event.stopPropagation(); // keys of the viewer mean nothing here
    if (!act) return;
    event.preventDefault();
    act();
  }

  leave() {
    remember(SEEN, "seen");
    this.end();
    if (this.before?.isConnected) this.before.focus({ preventScroll: true });
  }

  end() {
    removeEventListener("resize", this.moved);
    for (const one of this.root.querySelectorAll(".toured")) one.classList.remove("toured");
    this.bubble.remove();
    this.card?.remove();
  }
}
