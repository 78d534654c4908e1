// The words of the result's form, pdf-compare/1, and how they are shown.

export const SIDES = ["old", "new"];
export const KINDS = {
  inserted: { word: "Inserted", letter: "I" },
  deleted: { word: "Deleted", letter: "D" },
  replaced: { word: "Replaced", letter: "R" },
  moved: { word: "Moved", letter: "M" },
};
export const LAYERS = {
  text: "Text", style: "Style", table: "Table", image: "Image", drawing: "Drawing", annotation: "Annotation",
  form: "Form", link: "Link", outline: "Outline", metadata: "Metadata", page: "Page",
};
export const SEVERITIES = { major: "Major", normal: "Normal", minor: "Minor" };

export const other = (side) => (side === "old" ? "new" : "old");

// Ways to look at the pages; the key of each is its number.
export const MODES = {
  sides: { word: "Side by side", icon: "sides", hint: "both revisions beside each other" },
  overlay: { word: "Overlay", icon: "overlay", hint: "on one sheet, each in its colour" },
  slider: { word: "Slider", icon: "slider", hint: "old left and new right of a line" },
  blink: { word: "Blink", icon: "blink", hint: "old and new in turn, at one place" },
  difference: { word: "Difference only", icon: "difference", hint: "what both have is faint" },
  redline: { word: "Redline", icon: "redline", hint: "one text, deleted and inserted in it" },
  details: { word: "Tables and lists", icon: "details", hint: "grids of tables, pictures in pairs, properties" },
};
