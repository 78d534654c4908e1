"""Ink between the recognised words of a page: stamps, signatures, marks and lines that came or went.

Where words stand, the comparison of words has the say. The rest of one page is laid on the other as those matched words
say that kept their places, and ink counts as gone or come where the other page has none near. What stands beside words
that moved may have moved with them (a line below them), and is told only where it is as large as a stamp.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.geometry import Box
from core.model import Document, Page
from core.ocr.by_picture import tell_differences
from core.ocr.doubts import recognised
from core.ocr.patches import Carry, Floats, blurred, sampled_page, steady_carry
from core.ocr.pixels import Differences, Mask, Place, grouped
from core.ocr.rasters import Picture, Pictures
from core.report import Report

STEP = 72 / 150  #: points between the samples of a page
LEAST_WORDS = 8  #: that say how one page lies on the other
SAME_PLACE, SAME_SHARE = 4.0, 0.3  #: points from where they should be, and share of the words that are no further off
BESIDE, NEAREST = 60.0, 5  #: points between a mark and words beside it, and how many of them say whether they moved
STAMP = 20.0  #: points along the shorter side of a mark that belongs to no line of text
NEAR = 4  #: samples within which ink is the same ink: a scanner does not draw its paper in evenly
#: Of 255, darker than the paper after smoothing: ink is darker than the one, and is gone where all near is less dark
#: than the other.
INK, BLANK = 60.0, 28.0
AROUND = 2.5  #: points around a word that are its own
EDGE = 0.03  #: of a page: its rim is the scanner's
LEAST_INK, LEAST_SIZE = 40, 8.0  #: samples, and points along the longer side, of a mark; less is dust, a dot, a comma
#: Samples by which the same mark may stand elsewhere, and share of its ink that may differ there.
DISPLACED, REST = 24, 0.1
MOST_MARKS = 25  #: of a page; with more, the pages were not brought together well


def add_ink_between_words(
    aligned: Alignment, report: Report, documents: tuple[Document, Document], pictures: Pictures | None
) -> tuple[Document, Document]:
    """Tell the ink that came or went between the words of recognised pages; the documents, those pages compared."""
    read = [set(np.unique(aligned.page_of[k][recognised(aligned, k)]).tolist()) for k in (0, 1)]
    if pictures is None or not any(read):
        return documents
    pages = {p.number: p for p in documents[0].pages}, {p.number: p for p in documents[1].pages}
    for pair in aligned.page_map:
        if pair.old is None or pair.new is None or not (pair.old in read[0] or pair.new in read[1]):
            continue
        numbers = pair.old, pair.new
        one, other = aligned.first, 1 - aligned.first  # swapped sides give the mirrored result
        laid = _laid(aligned, one, (numbers[one], numbers[other]))
        if laid is None:
            continue
        here, there = pictures.page(one, numbers[one]), pictures.page(other, numbers[other])
        if here is None or there is None:
            continue
        words = _boxes(documents[one], numbers[one]), _boxes(documents[other], numbers[other])
        found = ink_between(here, there, laid.carry, words)
        if found is not None:
            found = replace(found, places=tuple(place for place in found.places if laid.is_own(place.old)))
            old, new = pages[0][pair.old], pages[1][pair.new]
            tell_differences(report, old, new, found.turned() if one else found)
            pages[0][old.number], pages[1][new.number] = _seen(old), _seen(new)
    old_pages, new_pages = tuple(pages[0].values()), tuple(pages[1].values())
    return replace(documents[0], pages=old_pages), replace(documents[1], pages=new_pages)


def ink_between(
    old: Picture, new: Picture, carry: Carry, words: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> Differences | None:
    """The marks that only one page has; None where there are too many: the pages were not brought together well.

    Args:
        carry: From the old page to the new one.
        words: (n, 4) boxes of the words of both, points.
    """
    if old.pixels.shape == new.pixels.shape and np.array_equal(old.pixels, new.pixels):
        return Differences(())
    height, width = (size / old.scale for size in old.pixels.shape)
    first, second = (sampled_page(one, (width, height), STEP, by) for one, by in ((old, None), (new, carry)))
    dark = _dark(first), _dark(second)
    known = _covered(dark[0].shape, words[0]) | _covered(dark[0].shape, _carried_back(words[1], carry))
    edge = max(1, round(EDGE * min(dark[0].shape)))
    known[:edge] = known[-edge:] = True
    known[:, :edge] = known[:, -edge:] = True
    gone, come = _alone(dark[0], dark[1]) & ~known, _alone(dark[1], dark[0]) & ~known
    places = []
    for y0, y1, x0, x1 in grouped(gone | come):
        lost, won = int(gone[y0:y1, x0:x1].sum()), int(come[y0:y1, x0:x1].sum())
        if lost + won >= LEAST_INK and max(y1 - y0, x1 - x0) * STEP >= LEAST_SIZE:
            if lost and won and _is_displaced(dark, known, (y0, y1, x0, x1), lost + won):
                continue
            here = x0 * STEP, y0 * STEP, x1 * STEP, y1 * STEP
            places.append(Place(here, _carried(here, carry), lost, won))
    return Differences(tuple(places)) if len(places) <= MOST_MARKS else None


@dataclass(frozen=True, slots=True)
class _Laid:
    """How one page lies on another: the middles of its matched words (n, 2), and which of them moved (n,)."""

    carry: Carry
    middles: NDArray[np.float64]
    moved: Mask

    def is_own(self, box: Box) -> bool:
        """Whether a mark did not merely move with the words beside it."""
        if min(box[2] - box[0], box[3] - box[1]) >= STAMP:
            return True
        outside = np.maximum(np.array(box[:2]) - self.middles, self.middles - np.array(box[2:])).clip(0).sum(axis=1)
        near = np.argsort(outside, kind="stable")[:NEAREST]
        near = near[outside[near] <= BESIDE]
        return not len(near) or 2 * int(self.moved[near].sum()) < len(near)


def _laid(aligned: Alignment, side: int, pages: tuple[int, int]) -> _Laid | None:
    """How the first of two pages, which is of `side`, lies on the second; None where its words were set anew."""
    sides = side, 1 - side
    both = np.logical_and.reduce(
        [aligned.page_of[k][aligned.pairs[k]] == page for k, page in zip(sides, pages, strict=True)]
    )
    if int(both.sum()) < LEAST_WORDS:
        return None
    here, there = (
        _centres(tokens.document.words.box[tokens.lead(aligned.pairs[k][both])])
        for k, tokens in ((k, aligned.tokens[k]) for k in sides)
    )
    carry = steady_carry(here, there)
    x, y = carry(here[:, 0].astype(np.float32), here[:, 1].astype(np.float32))
    moved = np.hypot(x - there[:, 0], y - there[:, 1]) > SAME_PLACE
    return _Laid(carry, here, np.asarray(moved)) if float((~moved).mean()) >= SAME_SHARE else None


def _centres(box: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray((box[:, :2].astype(np.float64) + box[:, 2:]) / 2)


def _boxes(document: Document, page: int) -> NDArray[np.float32]:
    words = document.words
    return np.asarray(words.box[words.page == page])


def _dark(values: Floats) -> Floats:
    """How much darker than the paper, smoothed."""
    smooth = blurred(values)
    paper = np.float32(np.median(smooth[::2, ::2]))
    dark: Floats = np.clip(paper - smooth, 0, None)
    return dark


def _alone(here: Floats, there: Floats) -> Mask:
    """Where a page has ink and the other has none near."""
    blank = there < BLANK
    for axis in (0, 1):
        blank = np.logical_and.reduce([np.roll(blank, step, axis=axis) for step in range(-NEAR, NEAR + 1)])
    return np.asarray((here > INK) & blank)


def _is_displaced(dark: tuple[Floats, Floats], known: Mask, area: tuple[int, int, int, int], ink: int) -> bool:
    """Whether both pages have the same mark there, a little off: a stamp that was set on each print by hand.

    Source: the shift at which the cross-correlation, by Fourier transform, is greatest.
    """
    y0, y1, x0, x1 = area
    part = slice(max(0, y0 - DISPLACED), y1 + DISPLACED), slice(max(0, x0 - DISPLACED), x1 + DISPLACED)
    here, there = (np.where(known[part], np.float32(0), one[part]) for one in dark)
    shape = here.shape[0] + DISPLACED, here.shape[1] + DISPLACED
    score = np.fft.irfft2(np.fft.rfft2(here, shape) * np.conj(np.fft.rfft2(there, shape)), shape)
    near = np.roll(score, (DISPLACED, DISPLACED), axis=(0, 1))[: 2 * DISPLACED + 1, : 2 * DISPLACED + 1]
    down, right = np.unravel_index(int(near.argmax()), near.shape)
    there = np.roll(there, (int(down) - DISPLACED, int(right) - DISPLACED), axis=(0, 1))
    rest = int((_alone(here, there) | _alone(there, here)).sum())
    return rest < max(LEAST_INK, REST * ink)


def _covered(shape: tuple[int, ...], boxes: NDArray[np.float32]) -> Mask:
    """Where words stand."""
    mask = np.zeros(shape, bool)
    edges = np.concatenate((boxes[:, :2] - AROUND, boxes[:, 2:] + AROUND), axis=1) / STEP
    for x0, y0, x1, y1 in np.rint(edges).astype(np.int64).clip(0).tolist():
        mask[y0:y1, x0:x1] = True
    return mask


def _carried(box: Box, carry: Carry) -> Box:
    """The box around one of the old page, on the new one."""
    corners = np.array([(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])], np.float32)
    x, y = carry(corners[:, 0], corners[:, 1])
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def _carried_back(boxes: NDArray[np.float32], carry: Carry) -> NDArray[np.float32]:
    """Boxes of the new page, on the old one."""
    corners = [boxes[:, [i, j]].astype(np.float64) @ (1, 1j) for i in (0, 2) for j in (1, 3)]
    back = np.array([(corner - carry.shift) / carry.turn for corner in corners]).reshape(4, -1)
    return np.stack(
        (back.real.min(axis=0), back.imag.min(axis=0), back.real.max(axis=0), back.imag.max(axis=0)), axis=1
    ).astype(np.float32)


def _seen(page: Page) -> Page:
    return page if "pixels" in page.compared else replace(page, compared=(*page.compared, "pixels"))
