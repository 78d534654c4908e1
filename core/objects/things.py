"""Items as they are compared: put together where one thing is written in parts, with the words they stand on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.geometry import Box, rows_of_page
from core.model import Item, Layer, Region
from core.text.printing import words_as_read
from core.text.tokens import Tokens

#: Marks that belong to the words below them; where these words went, they went.
ON_WORDS = frozenset({"link", "highlight", "underline", "strikeout", "squiggly underline", "redaction"})
#: Drawn around words: they go with them, too, but need not hold exactly them.
AROUND_WORDS = frozenset({"rectangle", "ellipse"})
COVERED = 0.5  #: share of the smaller of a word and a box that makes the word stand in the box
MOST_WORDS = 200  #: of those a thing stands on that are shown
NEXT_WORDS = 1  #: words between two parts of one link, at most
_CELLS = 4_000_000  #: of boxes by words, looked at together


@dataclass(frozen=True, slots=True)
class Thing:
    """One or several items that are one thing to a reader.

    Attributes:
        layer: And `sort`, `key`, `text`, `properties`, as in `Item`.
        regions: All its places.
        words: What it stands on, as printed; empty for what does not belong to words.
        tokens: The same as indices of compared tokens, ascending.
        order: Where it stands among the document's items.
    """

    layer: str
    sort: str
    key: str
    text: str
    properties: dict[str, str]
    regions: tuple[Region, ...]
    order: int
    words: str = ""
    tokens: tuple[int, ...] = ()

    @property
    def page(self) -> int | None:
        return self.regions[0].page if self.regions else None


def things_of(items: Iterable[Item], tokens: Tokens) -> list[Thing]:
    """All items of a document; the places of a field are one thing, and the lines of a link."""
    things: list[Thing] = []
    fields: dict[tuple[str, str], int] = {}
    for order, item in enumerate(items):
        regions = tuple(Region(item.page, box) for box in item.boxes) if item.page is not None else ()
        thing = Thing(item.layer, item.sort, item.key, item.text, item.properties, regions, order)
        if item.layer == Layer.FORM and item.key:
            known = fields.setdefault((item.sort, item.key), len(things))
            if known < len(things):
                things[known] = _together(things[known], thing)
                continue
        things.append(thing)
    return _links_joined(_on_words(things, tokens))


def _together(one: Thing, other: Thing) -> Thing:
    """Two places of one field; a button of a group is checked where one of its places is."""
    checked = {"checked": "yes"} if "yes" in (one.properties.get("checked"), other.properties.get("checked")) else {}
    text = one.text if one.text not in ("", "Off") else other.text
    properties = {**other.properties, **one.properties, **checked}
    return replace(one, text=text, properties=properties, regions=(*one.regions, *other.regions))


def _on_words(things: list[Thing], tokens: Tokens) -> list[Thing]:
    at = [k for k, thing in enumerate(things) if thing.sort in ON_WORDS | AROUND_WORDS and thing.regions]
    found = _words_under([things[k].regions for k in at], tokens)
    words = tokens.document.words
    token_of = np.full(len(words), -1, np.int64)
    token_of[tokens.order] = np.repeat(np.arange(len(tokens)), np.diff(tokens.first))
    out = list(things)
    for k, under in zip(at, found, strict=True):
        if len(under):
            inside = sorted(set(token_of[under].tolist()) - {-1})
            text = words_as_read(words, under[:MOST_WORDS].tolist())
            t = things[k]
            out[k] = Thing(t.layer, t.sort, t.key, t.text, t.properties, t.regions, t.order, text, tuple(inside))
    return out


def _words_under(places: Sequence[tuple[Region, ...]], tokens: Tokens) -> list[NDArray[np.int64]]:
    """For each thing the indices of the words that stand in one of its regions, ascending."""
    words = tokens.document.words
    by_page: dict[int, list[tuple[int, Box]]] = defaultdict(list)
    for k, regions in enumerate(places):
        for region in regions:
            by_page[region.page].append((k, region.box))
    things: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    under: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    for page, boxes in by_page.items():
        start, stop = rows_of_page(words.page, page)
        if start == stop:
            continue
        step = max(1, _CELLS // (stop - start))
        for first in range(0, len(boxes), step):
            part = boxes[first : first + step]
            which, word = _standing_in(words.box[start:stop], np.array([box for _, box in part], np.float32)).nonzero()
            things.append(np.array([k for k, _ in part], np.int64)[which])
            under.append(word + start)
    pairs = np.unique(np.stack((np.concatenate(things), np.concatenate(under)), axis=1), axis=0)
    return np.split(pairs[:, 1], np.searchsorted(pairs[:, 0], np.arange(1, len(places)))) if places else []


def _standing_in(words: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(boxes, words) whether the word stands in the box."""
    both = _common(boxes[:, 0::2], words[:, 0::2]) * _common(boxes[:, 1::2], words[:, 1::2])
    sizes = [np.clip(part[:, 2:] - part[:, :2], 0.01, None).prod(axis=1) for part in (boxes, words)]
    return np.asarray(both > COVERED * np.minimum(sizes[0][:, None], sizes[1][None, :]))


def _common(boxes: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
    """(boxes, words) how much the extents of both, (n, 2) start and end, have in common."""
    low, high = np.maximum(boxes[:, :1], words[None, :, 0]), np.minimum(boxes[:, 1:], words[None, :, 1])
    np.subtract(high, low, out=high)
    return np.maximum(high, 0, out=high)


def _links_joined(things: list[Thing]) -> list[Thing]:
    """A link over several lines is one link, whether it was written as one or as one for each line."""
    out: list[Thing] = []
    for thing in things:
        last = out[-1] if out else None
        if (
            last is not None
            and thing.layer == last.layer == Layer.LINK
            and thing.tokens
            and last.tokens
            and thing.properties == last.properties
            and -NEXT_WORDS <= thing.tokens[0] - last.tokens[-1] <= 1 + NEXT_WORDS
        ):
            tokens = tuple(sorted({*last.tokens, *thing.tokens}))
            words = f"{last.words} {thing.words}"
            out[-1] = replace(last, words=words, tokens=tokens, regions=(*last.regions, *thing.regions))
        else:
            out.append(thing)
    return out
