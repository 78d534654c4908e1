"""One pair: lay both documents out, find the words, check everything, write it down."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.accuracy.document import Document, Layout, Table, Word, words_of
from benchmarks.accuracy.locate import Box, Found, Place, folded, locate, see, split
from benchmarks.accuracy.producers import render
from benchmarks.accuracy.script import Script, Truth, truth_of


class RejectedError(Exception):
    """A producer did not print what it was given (or the measurement failed): the pair is thrown away and counted."""


#: What producers add by themselves: page numbers, bullets, marks of footnotes.
_ADDED = re.compile(r"[•●∙·\-–—/*∗]|\(?\d{1,3}[.)]?|[ivxl]+|\d{1,3}/\d{1,3}")


@dataclass(slots=True)
class Plan:
    """All that a case decides; `after` works on the finished files by side ("old", "new")."""

    notes: str
    old: Document
    new: Document
    old_layout: Layout
    new_layout: Layout
    script: Script
    after: dict[str, Callable[[Path], None]] = field(default_factory=dict)
    finish: Callable[[Plan, dict[str, Found], dict[str, Path]], None] | None = None
    last: Callable[[dict[str, Path]], None] | None = None  # once everything is measured: scanning
    more_words: tuple[str, ...] = ()  # printed, but no part of the text: a watermark


def build(category: str, plan: Plan, folder: Path) -> Truth:
    """Write old.pdf, new.pdf, truth.json and source.json. Raises `RejectedError`."""
    files = {side: folder / f"{side}.pdf" for side in ("old", "new")}
    found = {}
    for side, document, layout in (("old", plan.old, plan.old_layout), ("new", plan.new, plan.new_layout)):
        try:
            render(document, layout, files[side])
        except RuntimeError as trouble:
            raise RejectedError(str(trouble)[-300:]) from trouble
        if side in plan.after:
            plan.after[side](files[side])
        found[side] = find(document, layout, files[side], plan.more_words)
    if plan.finish:
        plan.finish(plan, found, files)
    for document in (plan.old, plan.new):
        for block in document.blocks:
            if isinstance(block, Table):  # its head comes again after a page break
                for side in ("old", "new"):
                    plan.script.optional[side] += [word.text for cell in block.head for word in cell] * 3
    truth = truth_of(category, plan.notes, plan.script, plan.old, plan.new, found)
    source = {
        side: {
            "words": [word.text for word in (*document.words(), *document.notes())],
            "added": [seen.text for seen in found[side].surplus],
            "pages": len(see(files[side]).sizes),
        }
        for side, document in (("old", plan.old), ("new", plan.new))
    }
    complaints = contradictions(truth, source)
    if complaints:
        raise RejectedError(complaints[0])
    truth.write(folder / "truth.json")
    (folder / "source.json").write_text(json.dumps(source, ensure_ascii=False) + "\n", "utf-8")
    if plan.last:
        plan.last(files)
    return truth


def find(document: Document, layout: Layout, pdf: Path, more: tuple[str, ...] = ()) -> Found:
    """Places of all words. Raises `RejectedError` when one is missing or words came from nowhere."""
    found = locate([*document.words(), *document.notes()], see(pdf))
    if found.missing:
        raise RejectedError(f"{layout.producer} lost {found.missing[0].text!r} and {len(found.missing) - 1} more")
    allowed = set(split(layout.header)) | {part for word in more for part in split(word)}
    for block in document.blocks:
        if isinstance(block, Table):
            allowed |= {part for cell in block.head for word in cell for part in split(word.text)}
        elif layout.chapter_heads:
            allowed |= {part for word in words_of(block) for part in split(word.text)}
    strange = [seen.text for seen in found.surplus if seen.text not in allowed and not _ADDED.fullmatch(seen.text)]
    if strange:
        raise RejectedError(f"{layout.producer} added {strange[0]!r} and {len(strange) - 1} more")
    return found


def contradictions(truth: Truth, source: dict[str, Any]) -> list[str]:
    """What in the truth cannot be: old words - deleted + inserted must be the new words, and places must exist."""
    bags = {side: _bag(source[side]["words"]) for side in ("old", "new")}
    gone, come = _bag(truth.old_words_changed), _bag(truth.new_words_changed)
    out = []
    if bags["old"] - gone + come != bags["new"] or gone - bags["old"] or come - bags["new"]:
        out.append("old - deleted + inserted is not new")
    for region in truth.regions:
        if region["page"] > source[region["side"]]["pages"] or region["box"][2] <= region["box"][0]:
            out.append(f"no such place: {region}")
    placed = {region["side"] for region in truth.regions}
    for side, words in (("old", gone), ("new", come)):
        if words and side not in placed:
            out.append(f"changed words of {side} have no place")
    out += [
        f"moved text has no place: {move['text'][:40]}" for move in truth.moved if not move["old"] or not move["new"]
    ]
    return out


def _bag(words: list[str]) -> Counter[str]:
    return Counter(folded(part) for word in words for part in split(word))


def verify(folder: Path) -> list[str]:
    """Check a written pair again from its files alone: truth against source, words under the regions."""
    truth = Truth(**json.loads((folder / "truth.json").read_text("utf-8")))
    if not (folder / "source.json").exists():
        return []
    source = json.loads((folder / "source.json").read_text("utf-8"))
    out = contradictions(truth, source)
    if truth.category.startswith(("i", "g")):
        return out
    for side in ("old", "new"):
        sight = see(folder / f"{side}.pdf")
        if len(sight.sizes) != source[side]["pages"]:
            out.append(f"{side}: {len(sight.sizes)} pages, {source[side]['pages']} when made")
        wanted = [Word(text, id=-1 - i) for i, text in enumerate(source[side]["words"])]
        lost = locate(wanted, sight).missing
        if lost:
            out.append(f"{side}: {lost[0].text!r} is not in the file")
        for region in truth.regions:
            if region["side"] == side and region["text"] and region["layer"] in ("text", "text|page", "table|text"):
                under = "".join(seen.text for seen in sight.words if inside(seen.box, (seen.page, region)))
                letters = Counter(c for c in region["text"] if c.isalnum())
                if not Counter(under) & letters:
                    out.append(f"{side}: {region['text'][:30]!r} is not under its region")
    return out


def inside(box: Box, place: tuple[int, dict[str, Any]]) -> bool:
    """Whether the centre of a word lies in a region."""
    page, region = place
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x0, y0, x1, y1 = region["box"]
    return bool(page == region["page"] and x0 - 1 <= x <= x1 + 1 and y0 - 1 <= y <= y1 + 1)


def pages_of(words: list[Word], found: Found) -> set[int]:
    """Pages on which words stand."""
    return {page for word in words for page, _ in found.places[word.id]}


def whole_page(sight_size: tuple[float, float], page: int) -> Place:
    """A page's place."""
    return page, (0.0, 0.0, sight_size[0], sight_size[1])


Case = Callable[[random.Random], Plan]
