"""How much a change matters, by rule, with the reason in a word."""

from __future__ import annotations

import re

from core.model import Severity

_NUMBER = re.compile(r"\d")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|unless|except|cannot|nicht|kein\w*|ohne|non|pas|sans|jamais|ne|нет|не|ни|без)\b",
    re.I,
)
_OBLIGATION = re.compile(
    r"\b(?:shall|must|may|should|will|required|prohibited|entitled|muss|müssen|darf|dürfen|soll|doit|doivent|peut|peuvent)\b",
    re.I,
)
_DATE = re.compile(
    r"\b(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)|\d{4}[-/]\d\d?(?:[-/]\d\d?)?"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?|(?:JAN|FEB|MAR|APR|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*)\b"
)
_AMOUNT = re.compile(r"[$€£¥%‰]|\b(?:USD|EUR|GBP|CHF|percent|per cent)\b", re.I)
_PART = re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])[A-Z0-9][A-Z0-9\-/.]{2,}\b")
_NOT_LETTERS = re.compile(r"[\W_]+")


def severity_of(old: str, new: str) -> tuple[Severity, str]:
    """The severity of a text change and its reason: `amount`, `number`, `negation`, `obligation`, `case` …"""
    if old and new:
        bare_old, bare_new = _NOT_LETTERS.sub("", old), _NOT_LETTERS.sub("", new)
        if bare_old == bare_new:
            return Severity.MINOR, "punctuation"
        if bare_old.casefold() == bare_new.casefold():
            return Severity.MINOR, "case"
    elif not _NOT_LETTERS.sub("", old + new):
        return Severity.MINOR, "punctuation"
    for pattern, reason in (
        (_AMOUNT, "amount"),
        (_DATE, "date"),
        (_PART, "part number"),
        (_NUMBER, "number"),
        (_NEGATION, "negation"),
        (_OBLIGATION, "obligation"),
    ):
        if sorted(pattern.findall(old)) != sorted(pattern.findall(new)) or (
            pattern is _NUMBER and _digits(old) != _digits(new)
        ):
            return Severity.MAJOR, reason
    return Severity.NORMAL, "wording"


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)
