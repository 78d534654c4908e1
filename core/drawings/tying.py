"""Words of a drawing and what they stand beside: a change of a dimension or a label belongs to an object.

A changed word on a sheet names the change of the drawing beside it, and that one its words; where nothing beside it
changed, the word tells where the object is. What is told together stands together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from core.drawings.joining import Floats, clustered
from core.drawings.lines import box_of, lengths_of
from core.geometry import Box, rows_of_page
from core.model import Change, Document, Kind, Layer, Region

REACH, LEAST_REACH = 1.5, 6.0  #: heights of a word, and points, within which something stands beside it
LARGEST = 1 / 3  #: of the page, along a side, of an object a word belongs to: more is a frame
WINDOW = 160.0  #: points around a word within which the object is looked for
MOST_LOOKED = 20_000  #: lines among which one is
MOST_TIED = 2_000  #: words of one result
MOST_NAMED = 50  #: of one change of a drawing
OBJECT_GAP = 3.0  #: points between lines that are not one object
_WORDED = frozenset({Layer.TEXT, Layer.STYLE})

#: (old or new, page): pages that were compared as drawings.
Sheets = Collection[tuple[int, int]]


def tied(changes: Iterable[Change], documents: tuple[Document, Document], sheets: Sheets) -> list[Change]:
    """The changes, words tied to what they stand beside: `detail.beside` the id of a change of a drawing, or
    `detail.object` {page, box}; and `detail.words` the ids of the words beside a change of a drawing.

    Args:
        changes: In reading order.
        documents: Both.
        sheets: Pages whose words are tied.
    """
    every = list(changes)
    drawn = _drawn(every, sheets)
    words = [change for change in every if change.layer in _WORDED and _places(change, sheets)][:MOST_TIED]
    if not words:
        return every
    sizes = [{page.number: (page.width, page.height) for page in document.pages} for document in documents]
    goals: dict[int, str] = {}
    tied_words: dict[str, list[str]] = defaultdict(list)
    for change in words:
        best: tuple[float, float, str] | None = None
        for side, region in _places(change, sheets):
            for other, box in drawn.get((side, region.page), ()):
                away = _apart(region.box, box)
                found = (round(away, 1), (box[2] - box[0]) * (box[3] - box[1]), other.id)
                is_object = _is_object(box, sizes[side][region.page])
                if is_object and away <= _reach(region.box) and (best is None or found < best):
                    best = found
        if best is not None and len(tied_words[best[2]]) < MOST_NAMED:
            goals[id(change)] = best[2]
            tied_words[best[2]].append(change.id)
    found_changes: list[Change] = []
    chosen = {id(change) for change in words}
    for change in every:
        if id(change) in goals:
            change = replace(change, detail={**change.detail, "beside": goals[id(change)]})
        elif id(change) in chosen and change.kind is not Kind.MOVED:
            side, region = _places(change, sheets)[-1]
            there = _object(documents[side], region, sizes[side][region.page])
            if there is not None:
                where = {"page": region.page, "box": [round(value, 2) for value in there]}
                change = replace(change, detail={**change.detail, "object": where})
        elif tied_words.get(change.id):
            change = replace(change, detail={**change.detail, "words": tied_words[change.id]})
        found_changes.append(change)
    return _together(found_changes)


def _together(changes: list[Change]) -> list[Change]:
    """Each change of a drawing behind the first of its words."""
    behind: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.layer is Layer.DRAWING and change.detail.get("words"):
            behind[change.detail["words"][0]].append(change)
    held = {id(change) for others in behind.values() for change in others}
    found: list[Change] = []
    for change in changes:
        if id(change) not in held:
            found.append(change)
            found += behind.pop(change.id, []) if change.layer in _WORDED else []
    return found


def _places(change: Change, sheets: Sheets) -> list[tuple[int, Region]]:
    """Where a change stands on sheets: (side, place), those of the new side last."""
    sides = (change.old, change.new)
    return [(k, region) for k, one in enumerate(sides) if one for region in one.regions if (k, region.page) in sheets]


def _drawn(changes: list[Change], sheets: Sheets) -> dict[tuple[int, int], list[tuple[Change, Box]]]:
    """The changes of drawings and their boxes, by side and page."""
    found: dict[tuple[int, int], list[tuple[Change, Box]]] = defaultdict(list)
    for change in changes:
        if change.layer is Layer.DRAWING:
            for side, region in _places(change, sheets):
                found[side, region.page].append((change, region.box))
    return found


def _reach(box: Box) -> float:
    return max(LEAST_REACH, REACH * min(box[2] - box[0], box[3] - box[1]))


def _apart(one: Box, other: Box) -> float:
    """Points between two boxes."""
    x = max(one[0] - other[2], other[0] - one[2], 0.0)
    y = max(one[1] - other[3], other[1] - one[3], 0.0)
    return float(np.hypot(x, y))


def _is_object(box: Box, size: tuple[float, float]) -> bool:
    return box[2] - box[0] <= LARGEST * size[0] and box[3] - box[1] <= LARGEST * size[1]


def _object(document: Document, region: Region, size: tuple[float, float]) -> Box | None:
    """The box around the lines that a word stands beside; None where there are none, or no end to them."""
    first, stop = rows_of_page(document.strokes.page, region.page)
    x0, y0, x1, y1 = region.box
    room = x0 - WINDOW, y0 - WINDOW, x1 + WINDOW, y1 + WINDOW
    ends: Floats = document.strokes.ends[first:stop].astype(np.float64)
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    near = (low <= room[2:]).all(axis=1) & (high >= room[:2]).all(axis=1)
    slack = 0.25 * min(x1 - x0, y1 - y0)
    lettered = (low >= (x0 - slack, y0 - slack)).all(axis=1) & (high <= (x1 + slack, y1 + slack)).all(axis=1)
    ends = ends[near & ~lettered]
    ends = ends[lengths_of(ends) <= LARGEST * min(size)]
    if not 0 < len(ends) <= MOST_LOOKED:
        return None
    number = clustered(ends, OBJECT_GAP)
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    gap = np.hypot(*np.maximum(np.maximum((x0, y0) - high, low - (x1, y1)), 0).T)
    nearest = int(np.argmin(np.round(gap, 2)))
    if gap[nearest] > _reach(region.box):
        return None
    box = box_of(ends[number == number[nearest]])
    inside = box[0] > room[0] and box[1] > room[1] and box[2] < room[2] and box[3] < room[3]
    return box if inside and _is_object(box, size) else None
