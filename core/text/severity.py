"""How much a change of words matters, by rule, with the reason in a word.

Facts are looked for in the changed words together with the unchanged ones around them, so that `30` before `days` is a
period and `5` before `mm` a dimension. A change is major when the facts of the two sides differ.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from core.model import Severity
from core.text.tokens import LEVEL, SCRIPTS, normalised
from core.text.weighty_words import (
    CURRENCY_SIGN,
    CURRENCY_WORD,
    KEYWORDS,
    LEGAL_FORM,
    MONTH,
    NEGATIONS,
    NUMBER_WORD,
    NUMBERS,
    OBLIGATIONS,
    ORDINALS,
    PARTIES,
    PERCENT,
    PERIOD,
    SECTION,
    TITLE,
    UNIT,
    WEAK_NUMBERS,
    WEEKDAY,
    WHOLE_MONTH,
    families,
    negates,
    number_value,
)

#: Facts in the order in which they are told, the weightiest first.
_FACTS = (
    "amount",
    "percentage",
    "date",
    "time",
    "tolerance",
    "dimension",
    "period",
    "reference",
    "part number",
    "number",
)
PAGE_REFERENCE = "page reference"
#: Reasons of changes of words, with the severity that each has unless a profile gives another.
REASONS: dict[str, Severity] = {
    **dict.fromkeys(_FACTS, Severity.MAJOR),
    "superscript": Severity.MAJOR,
    "negation": Severity.MAJOR,
    "obligation": Severity.MAJOR,
    "party": Severity.MAJOR,
    "numbering": Severity.NORMAL,
    "number format": Severity.NORMAL,
    "spelling": Severity.NORMAL,
    "wording": Severity.NORMAL,
    PAGE_REFERENCE: Severity.MINOR,
    "recognition": Severity.MINOR,
    "punctuation": Severity.MINOR,
    "case": Severity.MINOR,
}
PARTY_WORDS = 6  #: in a longer text that came or went, a party is only spoken of
NEGATION_WORDS = 20  #: words on each side that are tried against each other
LEAST_SPELLED = 5  #: letters from which one other letter is taken for a spelling

_WEAK = "\ue001"  #: stands before digits that were a weak number word
_DIGITS = rf"(?:{_WEAK}?(?:\d[\d.,'’]{{0,30}}\d|\d)(?:\.(?=\s|$))?)"
_MULTIPLE = r"(?:\s?(?:million|billion|thousand|Mio|Mrd|bn|[km])\b\.?)?"
_FACT = "|".join(
    (
        rf"(?P<tolerance>±\s?{_DIGITS}(?:\s?{UNIT}\b)?|\+\s?{_DIGITS}\s?/\s?-\s?{_DIGITS}"
        r"|\b[A-Za-z]{1,2}\d{1,2}/[a-z]{1,2}\d{1,2}\b)",
        rf"(?P<amount>(?:{CURRENCY_SIGN}|\b{CURRENCY_WORD})\s?-?{_DIGITS}{_MULTIPLE}"
        rf"|{_DIGITS}{_MULTIPLE}\s?(?:{CURRENCY_SIGN}|{CURRENCY_WORD}(?!\w))|{CURRENCY_SIGN}"
        r"|\b(?-i:USD|EUR|GBP|CHF|JPY)\b)",
        rf"(?P<percentage>{_DIGITS}(?:\s?\([^)]{{0,40}}\))?\s?{PERCENT}(?!\w)|[%‰‱])",
        r"(?P<date>\b\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?(?:\d{4}|\d\d)\b|\b\d{4}[-/]\d\d?(?:[-/]\d\d?)?\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?\s(?:(?:of|de|du)\s)?{MONTH}\b\.?(?:,?\s(?:(?:de|del)\s)?\d{{4}})?"
        rf"|\b{MONTH}\b\.?\s\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s\d{{4}})?|\b{MONTH}\b\.?,?\s\d{{4}}\b"
        rf"|\b{WHOLE_MONTH}\b|\b{WEEKDAY}\b)",
        r"(?P<time>\b\d{1,2}[:h]\d{2}(?::\d\d)?(?:\s?(?:[ap]\.?m\b\.?|Uhr\b|h\b|o'clock))?"
        r"|\b\d{1,2}(?:[.:]\d\d)?\s?(?:[ap]\.?m\b\.?|Uhr\b|o'clock))",
        rf"(?P<period>{_DIGITS}(?:\s?\(\s?{_DIGITS}\s?\))?\)?[\s-]"
        r"(?:(?:calendar|business|working|consecutive|full|volle[nr]?|ouvrés?|hábiles)\s)?"
        rf"{PERIOD}\b)",
        rf"(?P<reference>(?:\b{SECTION}\.?\s|§{{1,2}}\s?)(?:\d+[a-z]?(?:\.\d+)*|(?-i:[IVXLC]+|[A-Z])\b)"
        r"(?:\s?\([a-z0-9]{1,4}\))*)",
        rf"(?P<dimension>(?:[Øø⌀]|(?<!\w)(?-i:R))\s?{_DIGITS}(?:\s?(?-i:{UNIT})(?!\w))?"
        rf"|{_DIGITS}(?:\s?[x×]\s?{_DIGITS})+(?:\s?(?-i:{UNIT})(?!\w))?"
        rf"|[-+]?{_DIGITS}\s?(?-i:{UNIT})(?!\w)|\bM\d{{1,3}}(?:[x×]\d+(?:[.,]\d+)?)?\b)",
        r"(?P<part>\b(?=[\w\-/.]{0,40}\d)(?=[\w\-/.]{0,40}(?-i:[A-Z]))"
        r"(?-i:[A-Z0-9][A-Za-z0-9\-/.]{1,40}[A-Za-z0-9])\b|\b\d+(?:-\d+){2,6}\b"
        r"|\b[a-z]{1,4}[-_]?\d{2,20}[\w\-/.]{0,40}\w\b)",
        rf"(?P<number>(?:[-+<>≤≥=≠≈~]\s?)?{_DIGITS}|[<>≤≥≠≈])",
    )
)
_MAY_BE_FACT = re.compile(rf"[\d%‰‱±<>≤≥≠≈]|{CURRENCY_SIGN}")
_LETTERED = re.compile(rf"\b{SECTION}\.?\s(?:[IVXLC]+|[A-Z])\b")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|ème|[ºª])\b")
_FRACTIONS = str.maketrans({"½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4", "⅛": " 1/8"})
_NUMBER_WORDS = rf"\b(?<!per )(?<!pour )(?<!por )(?:{NUMBER_WORD})(?:[\s-](?:{NUMBER_WORD}))*\b"
_LETTERS = re.compile(r"[^\W\d_]+")
#: Longer texts are only searched for digits: that a whole page came says more than what sort its numbers are.
MOST_CHARACTERS = 3000
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_LETTERS = re.compile(r"[\W_]+")
_ITEM_NUMBER = re.compile(r"^\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,4})[.)]\s")
_GROUPED = re.compile(r"^\d{1,3}(?:[.,'’\u00a0\u2009\u202f]\d{3})+$")
_LEGAL = re.compile(rf"\b{LEGAL_FORM}\b\.?")
_AFTER_NAME = re.compile(rf"^(?:[A-Z&]\S*\s){{0,2}}{LEGAL_FORM}\b")
_BEFORE_NAME = re.compile(rf"\b{TITLE}\.?$")
_NAME = re.compile(r"^[A-ZÀ-ÖØ-Þ]")
_SCRIPTS = re.compile(f"[{SCRIPTS}]+")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when it is first wanted: the two largest take longer than comparing a page, and few need both."""
    return re.compile(pattern, re.IGNORECASE)


def severity_of(old: str, new: str, before: str = "", after: str = "") -> tuple[Severity, str]:
    """The severity of a change of text and its reason, one of `REASONS`.

    Args:
        old: The words of the old side that differ; empty where words were inserted.
        new: Likewise.
        before: A few unchanged words before, as far as they are known.
        after: Likewise.
    """
    reason = _reason(old, new, before, after)
    return REASONS[reason], reason


def _reason(old: str, new: str, before: str, after: str) -> str:
    if not old or not new:
        whole = old or new
        if not _NOT_LETTERS.sub("", whole) and not _facts(whole, before, after):
            return "punctuation"
        old, new = (_ITEM_NUMBER.sub("", text) if " " in text.strip() else text for text in (old, new))
    raised = _SCRIPTS.findall(old), _SCRIPTS.findall(new)
    if raised[0] != raised[1] and len({_SPACES.sub("", normalised(text).translate(LEVEL)) for text in (old, new)}) == 1:
        return "superscript"
    facts = _differing_facts(old, new, before, after)
    if facts is not None:
        return facts
    if raised[0] != raised[1]:
        return "number"
    bare_old, bare_new = _NOT_LETTERS.sub("", old), _NOT_LETTERS.sub("", new)
    if bare_old == bare_new:
        return "punctuation"
    if bare_old.casefold() == bare_new.casefold():
        return "case"
    words = [[word.casefold().replace("’", "'") for word in _WORD.findall(text)] for text in (old, new)]
    if _negated(words) or families(NEGATIONS, words[0]) != families(NEGATIONS, words[1]):
        return "negation"
    if families(OBLIGATIONS, words[0]) != families(OBLIGATIONS, words[1]):
        return "obligation"
    if _other_party(old, new, words, before, after):
        return "party"
    return "spelling" if _is_spelling(old, new) else "wording"


def _differing_facts(old: str, new: str, before: str, after: str) -> str | None:
    """The weightiest sort of fact that is not the same on both sides."""
    if max(len(old), len(new)) > MOST_CHARACTERS:
        return "number" if sorted(re.findall(r"\d+", old)) != sorted(re.findall(r"\d+", new)) else None
    a, b = _facts(old, before, after), _facts(new, before, after)
    if not a or not b:  # a weak number word against none is an article or a noun
        a, b = [fact for fact in a if not fact[2]], [fact for fact in b if not fact[2]]
    if bool(a) != bool(b) and old.casefold() == new.casefold():
        return None  # `bar` after a number is a unit, `Bar` is not: the case differs, not what is measured
    kinds = {fact[0] for fact in (*a, *b)}
    for kind in filter(kinds.__contains__, _FACTS):
        mine = tuple(sorted(value for found, value, _ in side if found == kind) for side in (a, b))
        if mine[0] != mine[1]:
            return "number format" if _same_numbers(a, b) else kind
    return None


def _facts(text: str, before: str, after: str) -> list[tuple[str, str, bool]]:
    """(sort, value, whether it is weak) of each fact that the changed words are part of."""
    if not text.strip():
        return []
    before, text, after = (_spelled(part) for part in (before, text, after))
    head = f"{before} " if before else ""
    whole = head + text + (f" {after}" if after else "")
    if (
        not _MAY_BE_FACT.search(whole)
        and not _LETTERED.search(whole)
        and not any(word.casefold() in KEYWORDS for word in _LETTERS.findall(text))
    ):
        return []
    start, stop = len(head), len(head) + len(text)
    found = []
    for match in _compiled(_FACT).finditer(whole):
        if match.end() > start and match.start() < stop:
            kind, value = str(match.lastgroup), match.group().strip()
            weak = kind == "number" and value.startswith(_WEAK)
            found.append(("part number" if kind == "part" else kind, _value(kind, value), weak))
    return found


@lru_cache(maxsize=4096)  # the words around a change are spelled for both sides, and again for the next change
def _spelled(text: str) -> str:
    """With plain blanks and minus signs, and numbers in digits that are written as words."""
    text = (
        _SPACES.sub(" ", text.translate(_FRACTIONS))
        .strip()
        .replace("−", "-")
        .replace("‐", "-")
        .replace("‑", "-")
        .replace("–", "-")
    )
    text = _ORDINAL.sub(".", text)
    if not any(word.casefold() in NUMBERS or word.casefold() in ORDINALS for word in _LETTERS.findall(text)):
        return text
    return _compiled(_NUMBER_WORDS).sub(
        lambda match: (_WEAK if match.group().casefold() in WEAK_NUMBERS else "") + number_value(match.group()), text
    )


def _value(kind: str, text: str) -> str:
    """What a fact says, however it is written."""
    text = _SPACES.sub("", text).replace(_WEAK, "")
    return text if kind in ("dimension", "part") else text.casefold()  # 5 mW is not 5 MW


def _same_numbers(old: list[tuple[str, str, bool]], new: list[tuple[str, str, bool]]) -> bool:
    """Whether numbers differ only in how thousands are set apart; two that are both set apart otherwise are not."""
    if len(old) != len(new):
        return False
    for (kind_a, a, _), (kind_b, b, _) in zip(old, new, strict=True):
        if a == b and kind_a == kind_b:
            continue
        numbers = re.findall(_DIGITS, a), re.findall(_DIGITS, b)
        rest = re.sub(_DIGITS, "", a), re.sub(_DIGITS, "", b)
        if kind_a != kind_b or rest[0] != rest[1] or len(numbers[0]) != len(numbers[1]):
            return False
        for one, other in zip(*numbers, strict=True):
            plain = one.isdecimal() or other.isdecimal()
            if one != other and not (
                plain and all(n.isdecimal() or _GROUPED.match(n) for n in (one, other)) and _bare(one) == _bare(other)
            ):
                return False
    return True


def _bare(number: str) -> str:
    return re.sub(r"\D", "", number)


def _negated(words: list[list[str]]) -> bool:
    """Whether a word of one side is there on the other with a negating prefix."""
    gone = [word for word in words[0] if word not in words[1]]
    come = [word for word in words[1] if word not in words[0]]
    if not 0 < len(gone) <= NEGATION_WORDS or not 0 < len(come) <= NEGATION_WORDS:
        return any(word.endswith("n't") for word in (*gone, *come))
    return any(negates(a, b) for a in gone for b in come) or (
        sum(word.endswith("n't") for word in gone) != sum(word.endswith("n't") for word in come)
    )


def _other_party(old: str, new: str, words: list[list[str]], before: str, after: str) -> bool:
    """Whether another party is meant, by its part in the contract or its name; not in long texts that came or went."""
    if (not old or not new) and max(map(len, words)) > PARTY_WORDS:
        return False
    if families(PARTIES, words[0]) != families(PARTIES, words[1]):
        return True
    if _LEGAL.findall(old) != _LEGAL.findall(new):
        return True
    if not old or not new or not (_NAME.match(old) and _NAME.match(new)):
        return False
    return bool(_LEGAL.search(old) or _AFTER_NAME.match(after) or _BEFORE_NAME.search(before))


def _is_spelling(old: str, new: str) -> bool:
    """One letter more, less, other or in another place, in a long word; endings are grammar."""
    a, b = old.strip(".,;:!?()\"'").casefold(), new.strip(".,;:!?()\"'").casefold()
    return (
        a.isalpha()
        and b.isalpha()
        and min(len(a), len(b)) >= LEAST_SPELLED
        and a[-1] == b[-1]
        and OSA.distance(a, b, score_cutoff=1) == 1
    )
