"""Line numbers in the margin, as contracts and drafts of laws have them: they count lines and say nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.geometry import rows_of_page
from core.median import median
from core.model import Document
from core.text.lines import Lines

LEAST_NUMBERS = 4  #: on a page
STEPS = (1, 5)  #: every line is numbered, or every fifth
LEAST_SHARE = 0.6  #: of the pages with text, two at least
ALIGNED = 3.0  #: points by which the numbers' edges may differ
TALL_SHARE = 0.5  #: of the height of a page's text that its numbers cover
_RUNNING_ZONE = 0.1  #: share of the page height at top and bottom that may stand over the numbers


def margin_numbers(document: Document, table: Lines) -> list[int]:
    """The lines that are nothing but a number in the margin, on documents that number the lines of their pages."""
    if not len(table):
        return []
    words = document.words
    digits = np.array([text.isascii() and text.isdigit() and len(text) <= 4 for text in words.vocabulary])
    lone = (np.diff(table.start) == 1) & digits[words.token[table.start[:-1]]] & ~table.aside
    found: list[list[int]] = []
    short: list[NDArray[np.int64]] = []
    pages = np.unique(table.page[~table.aside])
    for page in pages.tolist():
        first, last = rows_of_page(table.page, page)
        numbers = np.flatnonzero(lone[first:last]) + first
        others = np.flatnonzero(~lone[first:last] & ~table.aside[first:last]) + first
        outside = _outside(table, numbers, others)
        column = _column(document, table, outside, others)
        if column:
            found.append(column)
        else:
            short.append(outside)
    if len(found) < max(2.0, LEAST_SHARE * len(pages)):
        return []
    numbered = [line for column in found for line in column]
    edge = median(table.box[numbered, 2])
    # a page with few lines is known by the others
    return numbered + [k for rest in short for k in rest.tolist() if abs(table.box[k, 2] - edge) <= ALIGNED]


def _outside(table: Lines, numbers: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers left or right of all text of a page, running lines aside."""
    if not len(numbers) or not len(others):
        return numbers[:0]
    height = float(table.page_size[numbers[0], 1])
    middle = (table.box[others, 1] + table.box[others, 3]) / 2
    text = others[(middle > _RUNNING_ZONE * height) & (middle < (1 - _RUNNING_ZONE) * height)]
    if not len(text):
        return numbers[:0]
    left, right = float(table.box[text, 0].min()), float(table.box[text, 2].max())
    found: NDArray[np.int64] = numbers[(table.box[numbers, 2] < left) | (table.box[numbers, 0] > right)]
    return found


def _column(document: Document, table: Lines, outside: NDArray[np.int64], others: NDArray[np.int64]) -> list[int]:
    """Those of one page that stand under each other, beside most of the text, and count up."""
    if len(outside) < LEAST_NUMBERS:
        return []
    edges = table.box[outside, 2]
    column = outside[np.abs(edges - median(edges)) <= ALIGNED]
    column = column[np.argsort(table.box[column, 1], kind="stable")]
    if len(column) < LEAST_NUMBERS:
        return []
    values = np.array([int(document.words.text(int(table.start[line]))) for line in column.tolist()])
    tall = float(table.box[column[-1], 3] - table.box[column[0], 1])
    covered = float(table.box[others, 3].max() - table.box[others, 1].min())
    if len(set(np.diff(values).tolist())) != 1 or values[1] - values[0] not in STEPS or tall < TALL_SHARE * covered:
        return []
    found: list[int] = column.tolist()
    return found
