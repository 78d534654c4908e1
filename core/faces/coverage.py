"""What a result covers, in words: how many pages were compared and how, what is doubtful, what nobody looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from core.coverage import coverage, state_of
from core.faces.plain import shown
from core.options import LAYERS

SIDES = ("old", "new")
_MOST_RULES = 20
_LAYER_WORDS = {
    "text": "text",
    "style": "style",
    "table": "tables",
    "image": "images",
    "drawing": "drawings",
    "annotation": "annotations",
    "form": "form fields",
    "link": "links",
    "outline": "outline",
    "metadata": "metadata",
    "page": "pages",
}
_STATE_WORDS = {"compared": "compared", "doubtful": "compared, with a doubt", "not_compared": "not compared"}
_WAY_WORDS = {
    "vector": "drawings",
    "ocr": "recognised text",
    "bytes": "bytes of the file",
    "document": "file properties",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring pages of one side that were compared alike; `notices` are their messages."""

    side: str
    first: int
    last: int
    state: str
    ways: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def pages(self) -> str:
        """Such as `7` or `7–12`."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def how(self) -> str:
        """In words: by what, or that it was not."""
        return ways_words(self.ways) if self.ways else _STATE_WORDS["not_compared"]


def covered(result: dict[str, Any]) -> dict[str, Any]:
    """The statement of a result; one that holds none, made by an earlier version, is counted anew."""
    found: dict[str, Any] | None = result["summary"].get("coverage")
    options = result["options"]
    return found or coverage({side: result[side] for side in SIDES}, options["layers"], options.get("ocr", "never"))


UNSEEN = "Left out as the pictures of both pages do not show it: {} of lines."


class Statement(NamedTuple):
    """Sentences about pages and words, and about what was and was not looked for."""

    counted: list[str]
    scope: list[str]

    @property
    def sentences(self) -> list[str]:
        """All of them, that about the pages first."""
        return [*self.counted, *self.scope]


def statement(result: dict[str, Any]) -> Statement:
    """What a result covers."""
    told = covered(result)
    counted = [_pages_words(told)]
    words = told.get("words")
    if words and (words["old"] or words["new"]):
        share = words["matched"] / max(words["old"], words["new"])
        counts = f"{words['old']:,} words of the old and {words['new']:,} of the new document"
        counted.append(f"{counts}: {_percent(share)} found their counterpart.")
    scope = [f"Looked for changes in {listed(_LAYER_WORDS.get(x, x) for x in told['layers'])}."]
    if told["not_compared"]:
        scope.append(f"Not looked for: {listed(_LAYER_WORDS.get(x, x) for x in told['not_compared'])}.")
    if told["ocr"] == "never":
        scope.append("No characters were recognised in pictures.")
    ignored = (result["summary"].get("detail") or {}).get("ignored")
    if ignored:
        rules = listed(f"{count:,} by {shown(rule, 60)}" for rule, count in list(ignored.items())[:_MOST_RULES])
        scope.append(f"Left out as the options ask: {rules}.")
    unseen = (result["summary"].get("detail") or {}).get("unseen_lines")
    if unseen:
        scope.append(UNSEEN.format(f"{unseen:,} difference{'s' * (unseen != 1)}"))
    return Statement(counted, scope)


def ways_words(ways: Iterable[str]) -> str:
    """By what a page was compared: `text, tables`."""
    return ", ".join(_WAY_WORDS.get(way, way) for way in ways)


def state_words(state: str) -> str:
    """`compared`, `compared, with a doubt` or `not compared`."""
    return _STATE_WORDS[state]


def page_by_page(result: dict[str, Any], side: str) -> Iterator[Stretch]:
    """Every page of a side, as a stretch of its own."""
    named: dict[int, list[str]] = {}
    for notice in result[side]["notices"]:
        if notice["page"] is not None:
            named.setdefault(notice["page"], []).append(notice["message"])
    for page in result[side]["pages"]:
        number = page["number"]
        messages = (*(notice["message"] for notice in page["notices"]), *named.get(number, ()))
        state = state_of(page, named)
        yield Stretch(side, number, number, state, tuple(page["compared"]), tuple(dict.fromkeys(messages)))


def stretches(result: dict[str, Any], side: str) -> Iterator[Stretch]:
    """Every page of a side, neighbours that were compared alike together: a thousand pages are a few lines."""
    last: Stretch | None = None
    for page in page_by_page(result, side):
        if last and (last.last + 1, last.state, last.ways) == (page.first, page.state, page.ways):
            last = replace(last, last=page.last, notices=tuple(dict.fromkeys((*last.notices, *page.notices))))
            continue
        if last:
            yield last
        last = page
    if last:
        yield last


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = words or ("nothing",)
    return f"{', '.join(first)} and {last}" if first else last


def layer_words(layer: str) -> str:
    """A layer as a noun in the middle of a sentence."""
    return _LAYER_WORDS.get(layer, layer)


def unseen(result: dict[str, Any]) -> list[str]:
    """The layers that were not looked for, in words."""
    layers = covered(result)["layers"]
    return [_LAYER_WORDS[layer] for layer in LAYERS if layer not in layers]


def _pages_words(told: dict[str, Any]) -> str:
    sides = told["pages"]
    totals = {side: sum(sides[side][state] for state in _STATE_WORDS) for side in SIDES}
    missing = {side: sides[side]["not_compared"] for side in SIDES}
    doubtful = sum(sides[side]["doubtful"] for side in SIDES)
    if totals["old"] == totals["new"] and missing["old"] == missing["new"]:
        total, seen = totals["new"], totals["new"] - missing["new"]
        words = f"{seen:,} of {total:,} page{'s' * (total != 1)} compared"
    else:
        words = " and ".join(f"{totals[side] - missing[side]:,} of {totals[side]:,} {side} pages" for side in SIDES)
        words += " compared"
    by = sides["new"]["by"] or sides["old"]["by"]
    if len(by) == 1:
        words += f" by {ways_words(by)}"
    elif by:
        words += f" ({', '.join(f'{ways_words([way])} on {count:,}' for way, count in by.items())})"
    if doubtful:
        words += f"; {doubtful:,} with a doubt"
    return f"{words}."


def _percent(share: float) -> str:
    """One decimal, and never 100 % where a word is missing."""
    return "100 %" if share >= 1 else f"{min(share * 100, 99.9):.1f} %"
