"""Looks for what differs on paper and is not told: the ink of both revisions, laid on each other where the words went.

Pages are drawn by Poppler, which shares nothing with the reader. Every dot of ink of one side must have ink on the
other: a dot of a matched word where its partner stands, any other dot (rules, figures, running lines, words that are
told) where one of the matched words near it went. Ink that has none there, outside of everything that is told, is a
finding: a miss, or one of the things that are silent by design (`CLASSES`).

What this cannot see is counted, not hidden: words set in another font, size or weight than their partner (`look`),
words broken at a line end on one side only (`broken`), pages that were not compared by their words (`blind`), ink
lighter than `FAINT`, and differences of less than a dot. How sharp it is, it measures itself: each told change of words
is looked at as if it had not been told, and must be found by its ink.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairs import folders_of
from benchmarks.residue import read_file
from core.alignment import Alignment
from core.codec import comparison_to_json
from core.compare import align, compare
from core.model import Flag
from core.ocr.pixels import grouped
from core.options import CompareOptions
from core.text.roles import Role

SIDES = ("old", "new")
DPI = 200  #: coarser, an s on an e leaves nothing
SHEET_DPI, SHEET_PAGES = 300, 4  #: of short files: drawings have letters of 2 points
MOST_DOTS = 30_000_000  #: of a page; a larger sheet is drawn coarser
INK, PAPER = 128, 190  #: of 255: ink is darker than the one and is missing where all around is lighter than the other
FAINT, BLANK = 215, 248  #: likewise of pale ink, which is missing where there is nothing at all
WIDER = 0.06  #: by which a word may be stretched to fill its line
COLOUR = 70  #: of 255, in any of red, green and blue, by which the mean ink of a word may differ
NEITHER = np.uint8(FAINT)  #: a dot of another word: stands for no ink, and for no paper
CELL = 16  #: dots; what is no matched word is compared in squares of this side
LEAST = 5  #: missing dots of a finding: less is what two phases of drawing make
JOINED = 8  #: dots; missing ink that is nearer belongs to one finding
AROUND = 2.0  #: points by which what is told is taken larger than its boxes: accents and edges
NEAREST = 5  #: matched words above, below and beside it that may say where ink went
OFF = 0.36  #: points by which places may be off, on top of the dot around
KEPT_DOTS = 25_000_000  #: drawn dots of a side that are kept, 6 bytes each

CLASSES = {
    "running": "heads, feet and page numbers that only count on, or quote a heading",
    "heads": "heads of tables that are shown again after a break",
    "leaders": "leaders and bullets at the beginning of a line, which are not compared",
    "blanks": "the same characters with other blanks, or a formula drawn in another order",
    "broken": "a word broken at a line end on one side",
    "link": "the frame or appearance of a link or an annotation",
    "picture": "within a raster picture",
    "drawing": "no word: rules, figures, symbols",
    "word": "a word whose partner looks otherwise, or that has none: a miss, or a stroke of its neighbours",
    "colour": "a word in another colour",
}

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Box = tuple[float, float, float, float]
_NUMBER = re.compile(r"\d|^[\W_]*[ivxlc]+[\W_]*$", re.IGNORECASE)


# ---------------------------------------------------------------- drawing


@dataclass(frozen=True)
class Drawn:
    """A page in dots: (rows, columns, 3), and the darkest and the lightest of the dots around each (radius 1)."""

    rgb: Pixels
    is_coloured: bool
    dark: Pixels
    light: Pixels
    gray: Pixels
    scale: float  # dots in a point


class Drawer:
    """Draws the pages of one file."""

    def __init__(self, path: Path, scale: float) -> None:
        self._path, self.scale = path, scale
        self._kept: OrderedDict[int, Drawn] = OrderedDict()

    def page(self, number: int) -> Drawn:
        """One page, numbered from 1."""
        if number in self._kept:
            self._kept.move_to_end(number)
        else:
            self._kept[number] = self._drawn(number)
            while len(self._kept) > 1 and sum(page.gray.size for page in self._kept.values()) > KEPT_DOTS:
                self._kept.popitem(last=False)
        return self._kept[number]

    def _drawn(self, number: int) -> Drawn:
        command = ["pdftoppm", "-q", "-cropbox", "-r", f"{72 * self.scale:.3f}", "-f", f"{number}", "-l", f"{number}"]
        run = subprocess.run([*command, str(self._path)], capture_output=True, timeout=300, check=False)
        head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", run.stdout)
        if head is None:
            blank = np.full((1, 1, 3), 255, np.uint8)
            return Drawn(blank, False, blank[..., 0], blank[..., 0], blank[..., 0], self.scale)
        columns, rows = int(head[1]), int(head[2])
        rgb = np.frombuffer(run.stdout, np.uint8, rows * columns * 3, head.end()).reshape(rows, columns, 3)
        red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
        gray = np.minimum(np.minimum(red, green), blue)  # the darkest channel, so that pure colours are ink
        most = np.maximum(np.maximum(red, green), blue)
        return Drawn(
            rgb,
            bool((most - gray > COLOUR).any()),
            _around(gray, np.minimum),
            _around(gray, np.maximum),
            gray,
            self.scale,
        )


def _around(values: Pixels, best: Any) -> Pixels:
    """The extreme of each dot and its eight neighbours."""
    padded = np.pad(values, 1, mode="edge")
    level = best(best(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    found: Pixels = best(best(level[:-2], level[1:-1]), level[2:])
    return found


def _window(values: Pixels, top: int, left: int, rows: int, columns: int) -> Pixels:
    """A part of a page; white where it lies outside."""
    found = np.full((rows, columns), 255, np.uint8)
    y0, x0 = max(0, top), max(0, left)
    y1, x1 = min(values.shape[0], top + rows), min(values.shape[1], left + columns)
    if y0 < y1 and x0 < x1:
        found[y0 - top : y1 - top, x0 - left : x1 - left] = values[y0:y1, x0:x1]
    return found


def missing(here: Pixels, other: Drawn, top: int, left: int, width: int = 0) -> Mask:
    """Dots of a part of one page that the other page has nothing like at this place, at the shift that leaves least.

    Ink with nothing but paper around there, or paper (the inside of white letters) with nothing but ink around.
    `width` is how wide the part is there, where it was stretched.
    """
    best = _missing(here, other, top, left, width)
    if best.any():
        count = int(best.sum())
        reach = range(-max(1, round(OFF * other.scale)), max(1, round(OFF * other.scale)) + 1)
        for y, x in sorted(product(reach, reach), key=lambda step: (abs(step[0]) + abs(step[1]), step)):
            found = _missing(here, other, top + y, left + x, width)
            if (less := int(found.sum())) < count:
                best, count = found, less
                if not count:
                    break
    return best


def _missing(here: Pixels, other: Drawn, top: int, left: int, width: int = 0) -> Mask:
    rows, columns = here.shape
    dark, light = (_window(values, top, left, rows, width or columns) for values in (other.dark, other.light))
    if width and width != columns:
        at = ((np.arange(columns) + 0.5) * width / columns).astype(np.intp)
        dark, light = dark[:, at], light[:, at]
    gone: Mask = (here < INK) & (dark > PAPER)
    return gone | ((here < FAINT) & (dark > BLANK)) | ((here > FAINT) & (light < INK))


# ---------------------------------------------------------------- where words went


@dataclass(frozen=True)
class Went:
    """The words of one side that have a partner of the same look: n rows.

    Attributes:
        word: (n,) index of the word, and `page` of its page.
        box: (n, 4) where it stands, and `there` where its partner does, points.
        other: (n,) page of the partner.
    """

    word: NDArray[np.int64]
    page: NDArray[np.int32]
    box: NDArray[np.float32]
    other: NDArray[np.int32]
    there: NDArray[np.float32]


def went(aligned: Alignment) -> tuple[tuple[Went, Went], tuple[dict[int, str], dict[int, str]]]:
    """For both sides the words that can be judged by ink, and why the other words of the alignment cannot."""
    pairs: list[tuple[int, int]] = []
    unjudged: tuple[dict[int, str], dict[int, str]] = ({}, {})
    words = aligned.documents[0].words, aligned.documents[1].words
    styles = [
        [(s.family, round(s.size, 1), s.bold, s.italic) for s in document.styles] for document in aligned.documents
    ]
    for i, j in zip(aligned.pairs[0].tolist(), aligned.pairs[1].tolist(), strict=True):
        a, b = (aligned.tokens[0].words(i, i + 1).tolist(), aligned.tokens[1].words(j, j + 1).tolist())
        if len(a) != len(b):
            unjudged[0].update(dict.fromkeys(a, "broken"))
            unjudged[1].update(dict.fromkeys(b, "broken"))
            continue
        for k, m in zip(a, b, strict=True):
            is_alike = (
                words[0].text(k) == words[1].text(m)  # else it is matched, but other glyphs are drawn
                and styles[0][int(words[0].style[k])] == styles[1][int(words[1].style[m])]
                and words[0].angle[k] == words[1].angle[m]
                and not _is_stretched(words[0].box[k], words[1].box[m])
            )
            if is_alike:
                pairs.append((k, m))
            else:
                unjudged[0][k] = unjudged[1][m] = "look"
    both = np.array(pairs, np.int64).reshape(-1, 2)
    found = []
    for side in (0, 1):
        here, there = both[:, side], both[:, 1 - side]
        order = np.argsort(here, kind="stable")
        here, there = here[order], there[order]
        found.append(
            Went(
                here,
                words[side].page[here],
                words[side].box[here],
                words[1 - side].page[there],
                words[1 - side].box[there],
            )
        )
    return (found[0], found[1]), unjudged


def _is_stretched(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Whether two words differ in width by more than filling a line does."""
    widths = float(a[2] - a[0]), float(b[2] - b[0])
    return abs(widths[0] - widths[1]) > max(WIDER * max(widths), 0.5)


# ---------------------------------------------------------------- one page


@dataclass(frozen=True)
class Finding:
    """A place that differs and is not told."""

    pair: str
    side: str
    page: int
    box: Box
    dots: int
    kind: str
    words: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**self.__dict__, "box": [round(edge, 1) for edge in self.box]}


@dataclass
class Looked:
    """What the check did with one pair.

    Attributes:
        pair: Its name.
        pages: Of both sides, and `blind` those left out.
        counts: Words and squares that were judged, and those that could not be.
        findings: What differs and is not told.
        told: By layer, told changes of words, and how many the ink shows.
    """

    pair: str
    pages: int = 0
    blind: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    told: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    unseen: list[str] = field(default_factory=list)

    def of(self, kind: str) -> int:
        """Findings of one class."""
        return sum(finding.kind == kind for finding in self.findings)


class Check:
    """The check of one pair: `result` says what is told, `aligned` where words went."""

    def __init__(self, name: str, paths: Sequence[Path], aligned: Alignment, result: dict[str, Any]) -> None:
        self.aligned, self.result = aligned, result
        self.found = Looked(name)
        largest = max(page.width * page.height for document in aligned.documents for page in document.pages)
        count = max(len(document.pages) for document in aligned.documents)
        dpi = SHEET_DPI if count <= SHEET_PAGES else DPI
        scale = min(dpi / 72, (MOST_DOTS / largest) ** 0.5)
        self.drawers = [Drawer(path, scale) for path in paths]
        self.scale = scale
        self.went, self.unjudged = went(aligned)
        self.regions = [self._regions(side) for side in (0, 1)]
        self.quiet = [self._quiet(side) for side in (0, 1)]
        self.seen: Counter[str] = Counter()

    def run(self) -> Looked:
        """Look at all pages of both sides."""
        for side in (0, 1):
            for page in self.aligned.documents[side].pages:
                self.found.pages += 1
                if "text" not in page.compared and "tables" not in page.compared:
                    self.found.blind += 1
                    continue
                self._page(side, page.number)
        for change in self.result["changes"]:
            if self._is_of_words(change):
                tally = self.found.told[change["layer"]]
                tally[0] += 1
                tally[1] += self.seen[change["id"]] >= LEAST
                if self.seen[change["id"]] < LEAST:
                    self.found.unseen.append(change["id"])
        return self.found

    @staticmethod
    def _is_of_words(change: dict[str, Any]) -> bool:
        return change["layer"] in ("text", "table") and change["kind"] != "moved"

    def _regions(self, side: int) -> dict[int, list[tuple[dict[str, Any], Box]]]:
        """By page, the boxes of what is told."""
        found: dict[int, list[tuple[dict[str, Any], Box]]] = defaultdict(list)
        for change in self.result["changes"]:
            for region in (change[SIDES[side]] or {}).get("regions", ()):
                found[region["page"]].append((change, tuple(region["box"])))
        return found

    def _quiet(self, side: int) -> dict[int, str]:
        """By word, why nothing is told of it although it has no partner: what is silent by design."""
        aligned = self.aligned
        tokens, words = aligned.tokens[side], aligned.documents[side].words
        found = dict(self.unjudged[side])
        streamed = np.zeros(len(words), bool)
        streamed[tokens.order] = True
        role = aligned.roles[side].word
        other = aligned.documents[1 - side].words
        known = {other.text(k).casefold() for k in range(len(other))}
        for k in np.flatnonzero(~streamed | (role >= Role.RUNNING)).tolist():
            if role[k] == Role.RUNNING:
                text = words.text(k)
                # Only a number or words that the other side has too may differ in silence.
                if _NUMBER.search(text) or text.casefold() in known:
                    found[k] = "running"
            else:
                found[k] = "heads" if role[k] == Role.REPEATED else "leaders"
        free = np.ones(len(tokens), bool)
        free[aligned.pairs[side]] = False
        free &= ~aligned.unmatched(side)
        for t in np.flatnonzero(free).tolist():
            found.update(dict.fromkeys(tokens.words(t, t + 1).tolist(), "blanks"))
        return found

    def _page(self, side: int, number: int) -> None:
        drawn = self.drawers[side].page(number)
        words = self.aligned.documents[side].words
        here = self.went[side]
        at = np.flatnonzero(here.page == number)
        owned = np.zeros(drawn.gray.shape, bool)  # dots that belong to a word that is judged or cannot be
        gone = np.zeros(drawn.gray.shape, bool)
        colours: list[int] = []
        on_page = np.flatnonzero(words.page == number)
        visible = on_page[(words.flags[on_page] & int(Flag.HIDDEN)) == 0]
        for k in visible.tolist():
            if self.unjudged[side].get(k):
                self.found.counts[self.unjudged[side][k]] += 1
                owned[self._dots(words.box[k])] = True
        for row in at.tolist():
            self._word(side, drawn, here, row, gone, owned, colours)
        self._loose(side, number, drawn, at, gone, owned)
        self._sort_out(side, number, gone, visible, colours)

    def _dots(self, box: NDArray[np.float32] | Box, around: float = 0.0) -> tuple[slice, slice]:
        x0, y0, x1, y1 = (float(edge) for edge in box)
        return (
            slice(max(0, int((y0 - around) * self.scale)), max(0, int(np.ceil((y1 + around) * self.scale)))),
            slice(max(0, int((x0 - around) * self.scale)), max(0, int(np.ceil((x1 + around) * self.scale)))),
        )

    def _word(self, side: int, drawn: Drawn, here: Went, row: int, gone: Mask, owned: Mask, colours: list[int]) -> None:
        """Judge one matched word by the ink of its partner."""
        place = self._dots(here.box[row])
        part = drawn.gray[place]
        if not part.size:
            return
        self.found.counts["words"] += 1
        other = self.drawers[1 - side].page(int(here.other[row]))
        dx, dy = ((here.there[row, :2] - here.box[row, :2]) * self.scale).round().astype(int).tolist()
        top, left = place[0].start + dy, place[1].start + dx
        width = max(
            1,
            round(
                float(here.there[row, 2] - here.there[row, 0])
                * part.shape[1]
                / max(1e-3, float(here.box[row, 2] - here.box[row, 0]))
            ),
        )
        lost = missing(part, other, top, left, width)
        ink = part < INK
        # What its neighbours' strokes reach into the box is judged with them.
        lost &= ~owned[place]
        gone[place] |= lost
        owned[place] = True
        if (drawn.is_coloured or other.is_coloured) and ink.sum() >= LEAST and not lost.any():
            there = _window(other.gray, top, left, *part.shape) < INK
            if there.sum() >= LEAST:
                mine = drawn.rgb[place][ink].mean(axis=0)
                rgb = other.rgb[max(0, top) : top + part.shape[0], max(0, left) : left + part.shape[1]]
                shown = rgb[rgb.min(axis=2) < INK]
                if len(shown) and np.abs(mine - shown.mean(axis=0)).max() > COLOUR:
                    colours.append(int(here.word[row]))

    def _loose(self, side: int, number: int, drawn: Drawn, at: NDArray[np.int64], gone: Mask, owned: Mask) -> None:
        """Judge all other ink, square by square, where the matched words near it went."""
        loose = (drawn.gray < FAINT) & ~owned
        partner = self.aligned.partners[side].get(number)
        here = self.went[side]
        boxes = here.box[at]
        rows, columns = (-(-size // CELL) for size in loose.shape)
        padded = np.zeros((rows * CELL, columns * CELL), bool)
        padded[: loose.shape[0], : loose.shape[1]] = loose
        for y, x in np.argwhere(padded.reshape(rows, CELL, columns, CELL).any(axis=(1, 3))).tolist():
            place = slice(y * CELL, (y + 1) * CELL), slice(x * CELL, (x + 1) * CELL)
            part = np.where(owned[place], NEITHER, drawn.gray[place])
            self.found.counts["squares"] += 1
            best: Mask | None = None
            centre = (x + 0.5) * CELL / self.scale, (y + 0.5) * CELL / self.scale
            for other_page, dx, dy in self._targets(side, number, partner, here, at, boxes, centre):
                other = self.drawers[1 - side].page(other_page)
                lost = missing(part, other, place[0].start + dy, place[1].start + dx)
                if best is None or lost.sum() < best.sum():
                    best = lost
                if not best.any():
                    break
            gone[place] |= (part < FAINT) if best is None else best

    def _targets(
        self,
        side: int,
        number: int,
        partner: int | None,
        here: Went,
        at: NDArray[np.int64],
        boxes: NDArray[np.float32],
        centre: tuple[float, float],
    ) -> Iterable[tuple[int, int, int]]:
        """Where the ink at a place may have gone: (page, dots to the right, dots down), the likeliest first."""
        found: dict[tuple[int, int, int], None] = {}
        if len(at):
            outside = np.maximum(boxes[:, :2] - centre, np.array(centre, np.float32) - boxes[:, 2:])
            away = np.clip(outside, 0, None) @ np.array([0.5, 1.0], np.float32)
            order = np.argsort(away, kind="stable")
            above, below = boxes[order, 3] <= centre[1], boxes[order, 1] >= centre[1]
            near = np.concatenate([order[part][:NEAREST] for part in (above, below, ~above & ~below)])
            for row in at[near[np.argsort(away[near], kind="stable")]].tolist():
                dx, dy = ((here.there[row, :2] - here.box[row, :2]) * self.scale).round().astype(int).tolist()
                found[int(here.other[row]), dx, dy] = None
        if partner is not None:
            found[partner, 0, 0] = None
        return found

    def _sort_out(self, side: int, number: int, gone: Mask, visible: NDArray[np.int64], colours: list[int]) -> None:
        """Take out what is told, and say of the rest what it is."""
        document = self.aligned.documents[side]
        words = document.words
        for change, box in self.regions[side][number]:
            if self._is_of_words(change):
                self.seen[change["id"]] += int(gone[self._dots(box, 0.5)].sum())
        told = np.zeros(gone.shape, bool)
        for _, box in self.regions[side][number]:
            told[self._dots(box, AROUND)] = True
        left = gone & ~told
        shown = words.box[visible]
        items = [box for item in document.items if item.page == number for box in item.boxes]
        images = [image.box for image in document.images if image.page == number]
        for y0, y1, x0, x1 in grouped(left, block=JOINED, reach=1):
            dots = int(left[y0:y1, x0:x1].sum())
            if dots < LEAST:
                continue
            ys, xs = np.nonzero(left[y0:y1, x0:x1])
            points = np.stack([(xs + x0 + 0.5) / self.scale, (ys + y0 + 0.5) / self.scale], axis=1)
            hit = visible[_hits(shown, points)] if len(shown) else visible[:0]
            box = (x0 / self.scale, y0 / self.scale, x1 / self.scale, y1 / self.scale)
            kind = self._kind(side, hit.tolist(), box, images, items)
            text = " ".join(words.text(k) for k in hit.tolist())[:80]
            self.found.findings.append(Finding(self.found.pair, SIDES[side], number, box, dots, kind, text))
        for k in colours:
            place = self._dots(words.box[k])
            if not told[place].any():
                left_edge, top, right, bottom = (float(edge) for edge in words.box[k])
                box = (left_edge, top, right, bottom)
                self.found.findings.append(
                    Finding(self.found.pair, SIDES[side], number, box, 0, "colour", words.text(k))
                )

    def _kind(self, side: int, hit: list[int], box: Box, images: list[Box], items: list[Box]) -> str:
        if hit:
            reasons = Counter(self.quiet[side].get(k, "word") for k in hit)
            return "word" if reasons["word"] else reasons.most_common(1)[0][0]
        if any(_touch(box, other) for other in images):
            return "picture"
        return "link" if any(_touch(box, other) for other in items) else "drawing"


def _hits(boxes: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of the boxes that hold a fifth of the points or more."""
    inside = (
        (points[:, None, 0] >= boxes[None, :, 0] - 0.5)
        & (points[:, None, 0] <= boxes[None, :, 2] + 0.5)
        & (points[:, None, 1] >= boxes[None, :, 1])
        & (points[:, None, 1] <= boxes[None, :, 3])
    )
    return np.flatnonzero(inside.mean(axis=0) >= 0.2)


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] + 1 and b[0] < a[2] + 1 and a[1] < b[3] + 1 and b[1] < a[3] + 1


# ---------------------------------------------------------------- telling


def look(folder: Path) -> tuple[Looked, Check]:
    """Check one pair of files `old.pdf` and `new.pdf`, as compared without recognising characters."""
    paths = [folder / f"{side}.pdf" for side in SIDES]
    old, new = (read_file(path) for path in paths)
    aligned = align(old, new, CompareOptions())
    result = comparison_to_json(compare(old, new, CompareOptions()), names={"old": "old.pdf", "new": "new.pdf"})
    check = Check(folder.name, paths, aligned, result)
    return check.run(), check


def report(pairs: Sequence[Looked]) -> str:
    """The table of `docs/residue.md`."""
    head = ["pair", "pages", "blind", "words judged", "another look", "broken", "told seen", *CLASSES]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    for pair in pairs:
        told = [sum(tally[k] for tally in pair.told.values()) for k in (0, 1)]
        cells = [pair.pair, pair.pages, pair.blind or "", f"{pair.counts['words']:,}", pair.counts["look"] or ""]
        cells += [pair.counts["broken"] or "", f"{told[1]} of {told[0]}", *(pair.of(kind) or "" for kind in CLASSES)]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def picture(check: Check, finding: Finding, path: Path) -> None:
    """Both sides of a finding beneath each other, for the eye: where it is, and where its surroundings went."""
    from PIL import Image

    side = SIDES.index(finding.side)
    x0, y0, x1, y1 = finding.box
    box = (max(0.0, x0 - 60), max(0.0, y0 - 20), x1 + 60, y1 + 20)
    there = check.aligned.carried(side, finding.page, box)
    parts = []
    for where, number, place in ((side, finding.page, box), *(((1 - side, *there),) if there else ())):
        drawn = check.drawers[where].page(number)
        part = drawn.rgb[check._dots(place)].copy()
        if where == side and part.size:
            at = check._dots(finding.box, 1.0)
            first = check._dots(place)
            t, b = at[0].start - first[0].start, at[0].stop - first[0].start
            le, r = at[1].start - first[1].start, at[1].stop - first[1].start
            part[max(0, t) : b, [max(0, le), min(r, part.shape[1] - 1)]] = (255, 0, 0)
            part[[max(0, t), min(b, part.shape[0] - 1)], max(0, le) : r] = (255, 0, 0)
        if part.size:
            parts.append(Image.fromarray(part))
    sheet = Image.new("RGB", (max(p.width for p in parts), sum(p.height + 4 for p in parts)), (0, 0, 255))
    top = 0
    for part_image in parts:
        sheet.paste(part_image, (0, top))
        top += part_image.height + 4
    sheet.save(path)


def main() -> None:
    """Look at the pairs; exit code 1 when a word differs and is not told."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--only", nargs="*", help="pairs by name")
    parser.add_argument("--json", type=Path, help="write the findings as JSON")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the findings")
    parser.add_argument("--most", type=int, default=40, help="pictures of one pair")
    arguments = parser.parse_args()
    folders = folders_of(arguments.corpus, arguments.only)
    pairs = []
    for folder in folders:
        found, check = look(folder)
        pairs.append(found)
        counted = Counter(finding.kind for finding in found.findings)
        sys.stderr.write(f"{folder.name}: {dict(counted)} told {dict(found.told)}\n")
        if arguments.pictures:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
            worth = [f for f in found.findings if f.kind in ("word", "colour", "drawing", "picture", "link")]
            for k, finding in enumerate(worth[: arguments.most]):
                picture(
                    check,
                    finding,
                    arguments.pictures / f"{folder.name}-{k:03d}-{finding.kind}-{finding.side}-{finding.page}.png",
                )
    sys.stdout.write(report(pairs) + "\n")
    if arguments.json:
        listed = {
            pair.pair: {"findings": [f.to_json() for f in pair.findings], "unseen": pair.unseen} for pair in pairs
        }
        arguments.json.write_text(json.dumps(listed, ensure_ascii=False, indent=1), "utf-8")
    sys.exit(any(pair.of("word") + pair.of("colour") for pair in pairs))


if __name__ == "__main__":
    main()
