"""The lines of a document as columns, in a frame in which the text of the page runs left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.geometry import Boxes
from core.median import median
from core.model import Document, Words

LABEL_WORDS = 2.0  #: words a line, at most, in the median of a page of scattered labels


@dataclass(frozen=True, slots=True)
class Lines:
    """Columns of m lines.

    Attributes:
        start: (m + 1,) int64, index of each line's first word; the last entry is the number of words.
        page: (m,) page number.
        box: (m, 4) points, upright: turned so that the main direction of the page is left to right.
        own: (m, 4) points, turned so that the line itself runs left to right.
        size: (m,) effective size of the largest word, points.
        first_size: (m,) effective size of the first word, points.
        angle: (m,) degrees of the line as displayed.
        aside: (m,) bool, runs in another direction than the page.
        page_size: (m, 2) width and height of the page, upright.
        own_size: (m, 2) width and height of the page in that frame.
        body_size: The size of most characters, points.
    """

    start: NDArray[np.int64]
    page: NDArray[np.int32]
    box: Boxes
    own: Boxes
    size: NDArray[np.float32]
    first_size: NDArray[np.float32]
    angle: NDArray[np.int16]
    aside: NDArray[np.bool_]
    page_size: NDArray[np.float32]
    own_size: NDArray[np.float32]
    body_size: float

    def __len__(self) -> int:
        return len(self.page)


def lines_of(document: Document) -> Lines:
    """Gather the words of a document into its lines."""
    words = document.words
    n = len(words)
    if not n:
        empty = np.zeros(0, np.int32)
        return Lines(
            np.zeros(1, np.int64),
            empty,
            np.zeros((0, 4), np.float32),
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.int16),
            np.zeros(0, np.bool_),
            np.zeros((0, 2), np.float32),
            np.zeros((0, 2), np.float32),
            10.0,
        )
    starts = np.flatnonzero(np.concatenate(([True], np.diff(words.line) != 0)))
    sizes = np.array([style.size for style in document.styles], np.float32)[words.style]
    page = words.page[starts]
    low = np.minimum.reduceat(words.box[:, :2], starts, axis=0)
    high = np.maximum.reduceat(words.box[:, 2:], starts, axis=0)
    angle = words.angle[starts]
    main = main_angles(words.page, words.angle)
    numbers = np.array([p.number for p in document.pages])
    shape = np.zeros((int(numbers.max()) + 1, 2), np.float32)
    shape[numbers] = [(p.width, p.height) for p in document.pages]
    turned = main[page]
    shown = np.concatenate((low, high), axis=1)
    box, page_size = upright(shown, shape[page], turned)
    own, own_size = upright(shown, shape[page], (np.rint(angle / 90).astype(np.int32) % 4) * 90)
    letters = np.array([len(text) for text in words.vocabulary], np.int32)[words.token]
    return Lines(
        start=np.append(starts, n),
        page=page,
        box=box,
        own=own,
        size=np.maximum.reduceat(sizes, starts),
        first_size=sizes[starts],
        angle=angle,
        aside=np.abs((angle.astype(np.int32) - turned + 180) % 360 - 180) > 10,
        page_size=page_size,
        own_size=own_size,
        body_size=_body_size(sizes, letters),
    )


def label_pages(words: Words) -> set[int]:
    """Pages of scattered labels, such as drawings: most lines hold a word or two."""
    if not len(words):
        return set()
    starts = np.flatnonzero(np.concatenate(([True], np.diff(words.line) != 0)))
    lengths = np.diff(np.append(starts, len(words)))
    numbers, first = np.unique(words.page[starts], return_index=True)
    parts = np.split(lengths, first[1:])
    return {int(p) for p, part in zip(numbers, parts, strict=True) if median(part) <= LABEL_WORDS}


def main_angles(page: NDArray[np.int32], angle: NDArray[np.int16]) -> NDArray[np.int32]:
    """By page number: the quarter turn, in degrees, that most of its words have."""
    quarter = (np.rint(angle / 90).astype(np.int64) % 4) * (np.abs((angle.astype(np.int64) + 45) % 90 - 45) <= 10)
    votes = np.bincount(page.astype(np.int64) * 4 + quarter, minlength=(int(page.max()) + 1) * 4).reshape(-1, 4)
    turns: NDArray[np.int32] = (votes.argmax(axis=1) * 90).astype(np.int32)
    return turns


def upright(box: Boxes, page_size: NDArray[np.float32], turn: NDArray[np.int32]) -> tuple[Boxes, NDArray[np.float32]]:
    """Turn boxes back by `turn` degrees (a multiple of 90, clockwise as displayed)."""
    x0, y0, x1, y1 = box.T
    w, h = page_size.T
    out = box.copy()
    for angle, columns in (
        (90, (y0, w - x1, y1, w - x0)),
        (180, (w - x1, h - y1, w - x0, h - y0)),
        (270, (h - y1, x0, h - y0, x1)),
    ):
        chosen = turn == angle
        if chosen.any():
            out[chosen] = np.stack(columns, axis=1)[chosen]
    sideways = (turn % 180 == 90)[:, None]
    return out, np.where(sideways, page_size[:, ::-1], page_size)


def _body_size(sizes: NDArray[np.float32], letters: NDArray[np.int32]) -> float:
    steps = np.rint(sizes * 4).astype(np.int64).clip(0, 4000)
    return float(np.bincount(steps, weights=letters).argmax()) / 4 or 10.0
