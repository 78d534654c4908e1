// The words of a review, and how they are shown.

export const STATES = {
  open: { word: "Open", icon: "open" },
  accepted: { word: "Accepted", icon: "check" },
  rejected: { word: "Rejected", icon: "close" },
  ignored: { word: "Ignored", icon: "ignored" },
  disputed: { word: "Disputed", icon: "disputed" },
};
export const VERDICTS = { accepted: { word: "Accept", key: "a" }, rejected: { word: "Reject", key: "r" }, ignored: { word: "Ignore", key: "i" } };
export const MORE = { mine: { word: "For me", icon: "person" }, carried: { word: "Carried over", icon: "carried" } };
export const REVIEW_KEYS = [["a", "Accept the change; again: take it back"], ["r", "Reject it"], ["i", "Ignore it"], ["m", "Comment on it"], ["u", "Next open change"]];
