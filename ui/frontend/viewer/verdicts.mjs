// The words of a review, and how they are shown.

import { t } from "./messages.mjs";

export const STATES = {
  open: { word: t`Open`, icon: "open" },
  accepted: { word: t`Accepted`, icon: "check" },
  rejected: { word: t`Rejected`, icon: "close" },
  ignored: { word: t`Ignored`, icon: "ignored" },
  disputed: { word: t`Disputed`, icon: "disputed" },
};
export const VERDICTS = { accepted: { word: t`Accept`, key: "a" }, rejected: { word: t`Reject`, key: "r" }, ignored: { word: t`Ignore`, key: "i" } };
export const MORE = { mine: { word: t`For me`, icon: "person" }, carried: { word: t`Carried over`, icon: "carried" } };
export const REVIEW_KEYS = [["a", t`Accept the change; again: take it back`], ["r", t`Reject it`], ["i", t`Ignore it`], ["m", t`Comment on it`], ["u", t`Next open change`]];
