"""The edit script of a pair, and the truth that follows from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.accuracy.document import Document, Word
from benchmarks.accuracy.locate import Found, Place, runs


@dataclass(slots=True)
class Edit:
    """One change: ids of the words on both sides, or places that are known already."""

    layer: str
    kind: str
    old: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    old_places: list[Place] = field(default_factory=list)
    new_places: list[Place] = field(default_factory=list)
    text: str | None = None


@dataclass(slots=True)
class Script:
    """All that was done. `moves` are runs of ids that stand elsewhere; `pages` their page numbers for whole pages."""

    edits: list[Edit] = field(default_factory=list)
    moves: list[list[int]] = field(default_factory=list)
    move_pages: list[tuple[int, int]] = field(default_factory=list)
    optional: dict[str, list[str]] = field(default_factory=lambda: {"old": [], "new": []})
    items: list[dict[str, Any]] = field(default_factory=list)
    page_map: list[tuple[int | None, int | None]] = field(default_factory=list)
    quiet: set[int] = field(default_factory=set)  # ids whose place is told by another region (a page)
    regions_complete: bool = True


@dataclass(slots=True)
class Truth:
    """The format of truth.json; see docs/accuracy.md."""

    category: str
    notes: str
    expect_identical_text: bool
    old_words_changed: list[str]
    new_words_changed: list[str]
    old_words_optional: list[str]
    new_words_optional: list[str]
    moved: list[dict[str, Any]]
    regions: list[dict[str, Any]]
    regions_complete: bool
    items: list[dict[str, Any]]
    page_map: list[tuple[int | None, int | None]]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")


def changed(old: Document, new: Document) -> tuple[list[Word], list[Word]]:
    """Words of one document that the other has not, by identity: not a comparison, the ids were given by the edits."""
    olds, news = [*old.words(), *old.notes()], [*new.words(), *new.notes()]
    old_ids, new_ids = {word.id for word in olds}, {word.id for word in news}
    return [word for word in olds if word.id not in new_ids], [word for word in news if word.id not in old_ids]


def truth_of(category: str, notes: str, script: Script, old: Document, new: Document, found: dict[str, Found]) -> Truth:
    """Put the script, the words and their places together."""
    gone, come = changed(old, new)
    text = {word.id: word.text for document in (old, new) for word in (*document.words(), *document.notes())}
    regions: list[dict[str, Any]] = []
    for number, edit in enumerate(script.edits, 1):
        for side, ids, known in (("old", edit.old, edit.old_places), ("new", edit.new, edit.new_places)):
            said = edit.text or " ".join(text[i] for i in ids) or None
            for page, box in [*known, *boxes(ids, found[side])]:
                regions.append(
                    {
                        "side": side,
                        "page": page,
                        "box": [round(value, 2) for value in box],
                        "layer": edit.layer,
                        "kind": edit.kind,
                        "text": said,
                        "change": f"t{number}",
                    }
                )
    moved: list[dict[str, Any]] = []
    for number, ids in enumerate(script.moves):
        entry: dict[str, Any] = {"text": " ".join(text[i] for i in ids)}
        for side in ("old", "new"):
            entry[side] = [{"page": page, "box": [round(v, 2) for v in box]} for page, box in boxes(ids, found[side])]
        if script.move_pages:
            entry["pages"] = list(script.move_pages[number])
        moved.append(entry)
    return Truth(
        category=category,
        notes=notes,
        expect_identical_text=not gone and not come and not moved,
        old_words_changed=[word.text for word in gone],
        new_words_changed=[word.text for word in come],
        old_words_optional=script.optional["old"],
        new_words_optional=script.optional["new"],
        moved=moved,
        regions=regions,
        regions_complete=script.regions_complete,
        items=script.items,
        page_map=script.page_map,
    )


def boxes(ids: Sequence[int], found: Found) -> list[Place]:
    """Where words stand, joined into a few boxes."""
    return runs([place for i in ids for place in found.places.get(i, [])])


def ids(words: Iterable[Word]) -> list[int]:
    """Their ids."""
    return [word.id for word in words]
