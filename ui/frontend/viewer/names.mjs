// The words of the result's form, pdf-compare/1, and how they are shown.

import { t } from "./messages.mjs";

export const SIDES = ["old", "new"];
export const KINDS = {
  inserted: { word: t`Inserted`, letter: "I" },
  deleted: { word: t`Deleted`, letter: "D" },
  replaced: { word: t`Replaced`, letter: "R" },
  moved: { word: t`Moved`, letter: "M" },
};
export const LAYERS = {
  text: t`Text`, style: t`Style`, table: t`Table`, image: t`Image`, drawing: t`Drawing`, annotation: t`Annotation`,
  form: t`Form`, link: t`Link`, outline: t`Outline`, metadata: t`Metadata`, page: t`Page`,
};
export const SEVERITIES = { major: t`Major`, normal: t`Normal`, minor: t`Minor` };

export const other = (side) => (side === "old" ? "new" : "old");

// Ways to look at the pages; the key of each is its number.
export const MODES = {
  sides: { word: t`Side by side`, icon: "sides", hint: t`both revisions beside each other` },
  overlay: { word: t`Overlay`, icon: "overlay", hint: t`on one sheet, each in its colour` },
  slider: { word: t`Slider`, icon: "slider", hint: t`old left and new right of a line` },
  blink: { word: t`Blink`, icon: "blink", hint: t`old and new in turn, at one place` },
  difference: { word: t`Difference only`, icon: "difference", hint: t`what both have is faint` },
  redline: { word: t`Redline`, icon: "redline", hint: t`one text, deleted and inserted in it` },
  details: { word: t`Tables and lists`, icon: "details", hint: t`grids of tables, pictures in pairs, properties` },
};
