"""Figures among text: found as clusters of lines, followed to where the text took them, compared one by one.

What belongs to the text is no figure: rules, borders of tables and boxes around words are level and upright, or hold
words; list marks and check boxes are small.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from core.alignment import Alignment
from core.drawings.joining import Floats, clustered
from core.drawings.lines import Lines, box_of, lengths_of
from core.geometry import Box, rows_of_page
from core.model import Document

GAP = 12.0  #: points between lines that are not one figure
LEAST_LINES, LEAST_SLANTED = 12, 2  #: of a figure, and of them neither level nor upright
SLANTED = 0.3  #: points by which both ends of such a line differ along both axes
LEAST_SIZE = 24.0  #: points in both directions
MOST_WORDS = 0.25  #: share of a figure that words may cover: more is a box around text
MOST_FIGURES = 2_000  #: of a document
RUNNING = 3  #: figures alike on so many pages belong to the paper, not to the text
ALIKE = 0.02  #: by so much sizes, ink and numbers of lines of two figures that are the same may differ
LIKE = 0.35  #: likewise of two that may be versions of each other
NEAR_PAGES = 1  #: pages before and after the one where a figure should be
SAME_PLACE = 0.3  #: share of both boxes that two figures have in common where one came for the other


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A drawing among text: `lines` on page `page`, around which `box` is."""

    page: int
    lines: Lines
    box: Box

    @property
    def measures(self) -> Floats:
        """(4,) logarithms of width, height, ink and number of lines."""
        x0, y0, x1, y1 = self.box
        sizes = x1 - x0, y1 - y0, float(lengths_of(self.lines.ends).sum()), len(self.lines)
        return np.log(np.maximum(np.array(sizes, np.float64), 0.1))


def figures_on(document: Document, number: int, lines: Lines) -> list[Figure]:
    """The figures of a page of text, from the top."""
    if len(lines) < LEAST_LINES:
        return []
    words = document.words
    first, stop = rows_of_page(words.page, number)
    boxes = words.box[first:stop].astype(np.float64)
    cluster = clustered(lines.ends, GAP)
    across = np.abs(lines.ends[:, 2:] - lines.ends[:, :2]).min(axis=1) > SLANTED
    count, slanted = np.bincount(cluster), np.bincount(cluster, across)
    found = []
    for k in np.flatnonzero((count >= LEAST_LINES) & (slanted >= LEAST_SLANTED)).tolist():
        own = lines.chosen(cluster == k)
        box = box_of(own.ends)
        if min(box[2] - box[0], box[3] - box[1]) >= LEAST_SIZE and _covered(box, boxes) <= MOST_WORDS:
            found.append(Figure(number, own, box))
    return sorted(found, key=lambda f: (f.box[1], f.box[0]))


def _covered(box: Box, words: Floats) -> float:
    """Share of a box that words cover."""
    if not len(words):
        return 0.0
    wide = np.minimum(words[:, 2], box[2]) - np.maximum(words[:, 0], box[0])
    high = np.minimum(words[:, 3], box[3]) - np.maximum(words[:, 1], box[1])
    area = (np.clip(wide, 0, None) * np.clip(high, 0, None)).sum()
    return float(area / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9))


@dataclass(slots=True)
class Followed:
    """Which figures belong together, and which have no counterpart, as rows of the lists."""

    pairs: list[tuple[int, int]]
    gone: list[int]
    come: list[int]


def follow(aligned: Alignment, old: list[Figure], new: list[Figure]) -> Followed:
    """Find the counterparts of figures: where the words around took them, or anywhere if they are the same."""
    pairs: list[tuple[int, int]] = []
    free_old, free_new = dict.fromkeys(range(len(old))), dict.fromkeys(range(len(new)))
    measures = [figure.measures for figure in new]
    goals = [aligned.carried(0, figure.page, figure.box) for figure in old]
    for most, near in ((ALIKE, True), (ALIKE, False), (LIKE, True)):
        for k in list(free_old):
            mine, goal = old[k].measures, goals[k]
            best: tuple[float, float, int] | None = None
            for j in free_new:
                if near and (goal is None or abs(goal[0] - new[j].page) > NEAR_PAGES):
                    continue
                away = float(np.abs(measures[j] - mine).max())
                if away > most and not _is_scaled(measures[j] - mine, most):
                    continue
                rank = (round(away, 3), _distance(goal, new[j]), j)
                best = rank if best is None or rank < best else best
            if best is not None:
                pairs.append((k, best[2]))
                del free_old[k], free_new[best[2]]
    for k in list(free_old):  # another one came in its place
        goal = goals[k]
        for j in list(free_new):
            if goal is not None and goal[0] == new[j].page and _common(goal[1], new[j].box) > SAME_PLACE:
                pairs.append((k, j))
                del free_old[k], free_new[j]
                break
    running = _running(old) | _running(new)
    gone = [k for k in free_old if goals[k] is not None and _key(old[k]) not in running]
    come = [j for j in free_new if aligned.carried(1, new[j].page, new[j].box) and _key(new[j]) not in running]
    return Followed(sorted(pairs), gone, come)


def _is_scaled(difference: Floats, most: float) -> bool:
    """Whether two figures differ by a scale: width, height and ink alike, and the number of lines not at all."""
    sizes = difference[:3]
    return bool(np.abs(sizes - sizes.mean()).max() <= most / 2 and abs(difference[3]) <= most)


def _distance(goal: tuple[int, Box] | None, figure: Figure) -> float:
    if goal is None:
        return 0.0
    page, box = goal
    return abs(page - figure.page) * 1e4 + abs(box[0] - figure.box[0]) + abs(box[1] - figure.box[1])


def _common(one: Box, other: Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)]
    return wide * high / max(sum(areas) - wide * high, 1e-9)


def _key(figure: Figure) -> tuple[int, ...]:
    """Equal for figures that look the same in size and number of lines."""
    x0, y0, x1, y1 = figure.box
    return round((x1 - x0) / 2), round((y1 - y0) / 2), len(figure.lines)


def _running(figures: list[Figure]) -> set[tuple[int, ...]]:
    """Keys of what is on several pages: marks of the house, ornaments of headings."""
    pages = Counter(key for key, _ in {(_key(figure), figure.page) for figure in figures})
    return {key for key, count in pages.items() if count >= RUNNING}
