"""From one change to a rule that leaves out all changes like it: what "ignore all like this" means."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor
from typing import Any

from core.areas import NAME_CHARACTERS, POINTS_PER_MM, Area
from core.errors import OptionsError
from core.faces.plain import shown
from core.options import CompareOptions, page_ranges
from core.text_rules import TextRule

#: Of these a rule names the words; of the others, the place.
WORDED = ("text", "table", "annotation", "form", "link", "outline", "metadata")
_SIDES = ("old", "new")
_MARGIN_MM = 1.0  #: around a place, because a picture is seldom drawn to the point where it was
#: Whole words only: a rule about 30 must not touch 300 or 30,000, whose parts would hide a change of an amount.
_BEFORE, _AFTER = r"(?:^|[\s\x00])", r"(?:$|[\s\x00])"


def without_alike(options: CompareOptions, change: dict[str, Any]) -> tuple[CompareOptions, str]:
    """The options with a rule more, and the rule in words.

    Args:
        options: To be added to.
        change: Of a result.

    Raises:
        OptionsError: Nothing about it can become a rule.
    """
    texts = list(dict.fromkeys(" ".join(change[side]["text"].split()) for side in _SIDES if change[side]))
    texts = [text for text in texts if text]
    if change["layer"] in WORDED and texts:
        return _without_texts(options, texts)
    areas = [area for side in _SIDES if (area := _area(change, side)) is not None]
    if not areas:
        raise OptionsError(
            "nothing about this change can become a rule: it has neither words nor a place",
            remedy="Ignore it alone, or leave its layer out.",
        )
    places = " and ".join(area.to_text() for area in areas)
    return replace(options, ignore_areas=(*options.ignore_areas, *areas), profile=""), f"what stands at {places}"


def _without_texts(options: CompareOptions, texts: list[str]) -> tuple[CompareOptions, str]:
    from re2 import escape

    words = "|".join(escape(text) for text in texts)
    told = " or ".join(f"“{shown(text, 60)}”" for text in texts)
    name = shown(f"like {told}", NAME_CHARACTERS)
    rule = TextRule(f"{_BEFORE}(?:{words}){_AFTER}", name)  # refuses what is too long
    return replace(options, ignore_text=(*options.ignore_text, rule), profile=""), f"the words {told}"


def _area(change: dict[str, Any], side: str) -> Area | None:
    """Around all places of a side, on their pages; whole millimetres."""
    regions = (change[side] or {}).get("regions") or []
    if not regions or change["layer"] == "page":
        return None
    x0, y0 = (max(0, floor(min(r["box"][k] for r in regions) / POINTS_PER_MM - _MARGIN_MM)) for k in (0, 1))
    x1, y1 = (ceil(max(r["box"][k] for r in regions) / POINTS_PER_MM + _MARGIN_MM) for k in (2, 3))
    pages = page_ranges(sorted({int(region["page"]) for region in regions}))
    return Area("top-left", x0, y0, max(1, x1 - x0), max(1, y1 - y0), pages=pages, side=side)
