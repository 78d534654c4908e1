"""Whether links and bookmarks of both sides lead to the same place, wherever reflow and inserted pages took it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from core.alignment import Alignment
from core.geometry import rows_of_page
from core.text.printing import words_as_read
from core.text.roles import Role

#: Two places on one page that count as the same target: an eighth of a page. Programs put the place of a destination
#: above the line, at its base or at the top of the paragraph before.
SAME_POINTS = 120.0
#: Across a page break, where two margins come on top.
SAME_POINTS_AT_BREAK = 280.0
NEIGHBOURS = 8  #: words around a target that are asked one by one
SHOWN_WORDS = 8
READ_WORDS = 4  #: at both targets that make them the same place
Target = dict[str, str]
#: The page, x and y of a target as it says them; None for what it does not say.
_Place = tuple[str, str | None, str | None]
_PARTS = ("action", "target", "page", "x", "y", "name", "next")


def target_of(properties: Target) -> Target:
    """What of a thing's properties says where it leads."""
    return {key: properties[key] for key in _PARTS if key in properties}


def _place(target: Target) -> _Place:
    return target["page"], target.get("x"), target.get("y")


class Leading:
    """Compares targets of two aligned documents."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        self._sizes = tuple({p.number: (p.width, p.height) for p in d.pages} for d in aligned.documents)
        self._carried = lru_cache(maxsize=None)(self._carry)
        self._met = lru_cache(maxsize=None)(self._meet)
        self._words_at = lru_cache(maxsize=None)(self._words_from)

    def is_same(self, old: Target, new: Target) -> bool:
        """Whether both lead to the same: elsewhere by what they say, in the document by where that went."""
        if old.get("action") != new.get("action") or old.get("next") != new.get("next"):
            return False
        if old.get("action") != "go to":
            return old.get("target") == new.get("target")
        named = bool(old.get("name")) and old.get("name") == new.get("name")
        pages = old.get("page", ""), new.get("page", "")
        if not all(pages):
            return not any(pages) and (named or not (old.get("name") and new.get("name")))
        page, other = int(pages[0]), int(pages[1])
        if named and self._aligned.partners[0].get(page) == other:
            return True
        known = page in self._sizes[0], other in self._sizes[1]
        if not all(known):
            return not any(known)  # of pages that were not chosen nothing is known
        return self._met(_place(old), _place(new), named)

    def _meet(self, old: _Place, new: _Place, named: bool) -> bool:
        """Whether two places of the two documents are the same one, of pages that are there."""
        if self._meets(0, old, new, named) or self._meets(1, new, old, named):
            return True
        return bool(read := self._read_at(0, old)) and read == self._read_at(1, new)

    def _read_at(self, side: int, place: _Place) -> str:
        """The first words at a target, without running lines."""
        words = self._words_at(side, int(place[0]), float(place[2] or 0))
        texts = self._aligned.documents[side].words
        return " ".join(texts.text(k).casefold() for k in words[:READ_WORDS])

    def _meets(self, side: int, one: _Place, other: _Place, named: bool) -> bool:
        """Whether the place of `side` was carried to that of the other side."""
        page, x, y = one
        found = self._carried(side, int(page), float(x or 0), float(y or 0))
        if not found:
            return named
        target = int(other[0]), float(other[2] or 0)
        exact = y is not None and other[2] is not None
        return any(self._is_near(side, place, target, exact=exact) for place in found)

    def _is_near(self, side: int, place: tuple[int, float], other: tuple[int, float], *, exact: bool) -> bool:
        """Whether two places, page and height, of the side facing `side` are near; without heights, on one page."""
        (page, y), (target, height) = place, other
        if page == target:
            return not exact or abs(y - height) <= SAME_POINTS
        if abs(page - target) > 1 or not exact:
            return False
        between = self._sizes[1 - side].get(min(page, target), (0.0, 0.0))[1]
        return abs((target - page) * between + height - y) <= SAME_POINTS_AT_BREAK

    def _carry(self, side: int, page: int, x: float, y: float) -> list[tuple[int, float]]:
        """Where the words around a place went, all together and one by one: in reflow some turn to another page."""
        found = self._aligned.carried(side, page, (x, y, x, y))
        if found is None:
            return []
        return [(p, box[1]) for p, box in (found, *self._aligned.taken_along(side, page, (x, y, x, y), NEIGHBOURS))]

    def shown(self, side: int, target: Target) -> str:
        """A target for people: the address, or the page and the words that stand there."""
        action = target.get("action", "")
        if action != "go to":
            what = target.get("target", "")
            text = what if action == "address" else f"{action}: {what}" if what else action
        elif not target.get("page"):
            text = f"nowhere ({target['name']})" if target.get("name") else "nowhere"
        else:
            at = self._words_at(side, int(target["page"]), float(target.get("y", 0)))
            words = words_as_read(self._aligned.documents[side].words, list(at))
            text = f"page {target['page']}" + (f" (“{words}”)" if words else "")
        return f"{text}; {target['next']}" if target.get("next") else text

    def _words_from(self, side: int, page: int, y: float) -> tuple[int, ...]:
        """The first words of a page from a height on, without running lines."""
        words = self._aligned.documents[side].words
        start, stop = rows_of_page(words.page, page)
        chosen = words.box[start:stop, 1] >= y - 2
        chosen &= self._aligned.roles[side].word[start:stop] != Role.RUNNING
        below = np.flatnonzero(chosen)[:SHOWN_WORDS] + start
        if y > 0 and not len(below):  # the foot of a page stands for the page
            return self._words_at(side, page, 0.0)
        return tuple(below.tolist())
