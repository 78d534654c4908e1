"""Collects the changes of one comparison, layer after layer, names them and puts them into reading order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.alignment import Alignment
from core.geometry import Box
from core.identity import Names
from core.model import Change, Kind, Layer, Severity, Side

Place = tuple[int, int]
WHOLE_DOCUMENT: Place = (-1, 0)  #: the place of what stands on no page
_PAGE = 2**32


@dataclass(frozen=True, slots=True)
class _Told:
    place: Place
    change: Change


class Report:
    """The changes told so far."""

    def __init__(self, aligned: Alignment) -> None:
        self._names = Names()
        self._told: list[_Told] = []
        self._pairs = aligned.pairs
        self._aligned = aligned
        tokens = aligned.tokens[1]
        self._pages = tokens.document.words.page[tokens.lead()] if len(tokens) else np.zeros(0, np.int32)

    def tell(
        self,
        layer: Layer,
        kind: Kind,
        severity: Severity,
        sides: tuple[Side | None, Side | None],
        detail: dict[str, Any],
        *,
        context: tuple[str, str] = ("", ""),
        place: Place,
        content: tuple[str, str] | None = None,
    ) -> None:
        """Add one change.

        Args:
            layer: And `kind`, `severity`, as in the result.
            sides: Old and new; None where there is nothing.
            detail: Whatever else is known, JSON values.
            context: The nearest unchanged words before and after; part of the change's name.
            place: Where it stands, from `place_of_token` or `place_on_page`.
            content: What the name is made of instead of the texts of the sides, where those are not what makes it.
        """
        old, new = sides
        told = content or (old.text if old else "", new.text if new else "")
        name = self._names.name(str(layer), str(kind), *told, *context)
        self._told.append(_Told(place, Change(name, layer, kind, severity, old, new, detail)))

    def whole_pages(self) -> tuple[set[int], set[int]]:
        """The pages of both sides that were told as deleted or inserted: all they hold is told with them."""
        pages: tuple[set[int], set[int]] = (set(), set())
        for told in self._told:
            change = told.change
            if change.layer is Layer.PAGE and change.kind in (Kind.DELETED, Kind.INSERTED):
                for side, content in enumerate((change.old, change.new)):
                    pages[side].update(region.page for region in content.regions) if content else None
        return pages

    def regions(self, side: int, layers: Collection[Layer]) -> dict[int, list[Box]]:
        """Where changes of some layers were told on a side, by page."""
        found: dict[int, list[Box]] = defaultdict(list)
        for told in self._told:
            content = told.change.new if side else told.change.old
            if told.change.layer in layers and content:
                for region in content.regions:
                    found[region.page].append(region.box)
        return found

    def place_of_token(self, side: int, token: int) -> Place:
        """Reading order: the new side's token, or for what is gone the token where it was."""
        if side == 1:
            return self._in_page(token), 1
        at = int(np.searchsorted(self._pairs[0], token))
        before = int(self._pairs[1][at - 1]) if at else -1
        return self._in_page(before) + 1, 0

    def place_on_page(self, side: int, page: int) -> Place:
        """The end of a page, in the order of the new side."""
        if side == 0:
            partners = self._aligned.partners[0]
            page = next((partners[p] for p in range(page, 0, -1) if p in partners), 0)
        return (page + 1) * _PAGE - 3, 0

    def _in_page(self, token: int) -> int:
        """Order by page, then by token: footnotes stand with their page."""
        page = int(self._pages[token]) if 0 <= token < len(self._pages) else (0 if token < 0 else 2**20)
        return page * _PAGE + token

    def in_reading_order(self) -> list[Change]:
        return [told.change for told in sorted(self._told, key=lambda told: told.place)]
