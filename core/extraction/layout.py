"""The text of a page as it stands there: rows from top to bottom, words at their places, as with a typewriter."""

from __future__ import annotations

import numpy as np

from core.extraction.reading import Text
from core.geometry import rows_of_page
from core.median import median
from core.model import Flag
from core.text.lines import main_angles, upright

#: Of the height of the smaller of two lines, so near their middles must be for one row.
SAME_ROW = 0.5
MOST_BLANK_LINES = 2
#: Columns of a row, whatever a page says of its size: a word at the far right of a map is still one row.
MOST_COLUMNS = 1_000
#: Heights of a line between two words of one text, at most; more is a step to a column.
BLANK = 0.6
#: Letters of a proportional font are wider in the mean than what a column must have for its words to keep apart.
NARROW = 0.92


def page_texts(text: Text) -> dict[int, str]:
    """By number of the page, its text; pages without words are not there."""
    words = text.document.words
    if not len(words):
        return {}
    turns = main_angles(words.page, words.angle)
    sizes = {page.number: (page.width, page.height) for page in text.document.pages}
    found = {}
    for number in np.unique(words.page).tolist():
        first, last = rows_of_page(words.page, number)
        at = first + np.flatnonzero(text.seen[first:last])
        if len(at):
            found[number] = _page(text, at, sizes[number], int(turns[number]))
    return found


def _page(text: Text, at: np.ndarray, size: tuple[float, float], turn: int) -> str:
    words = text.document.words
    box = words.box[at]
    if turn:
        shape = np.tile(np.array(size, np.float32), (len(at), 1))
        box, _ = upright(box, shape, np.full(len(at), turn, np.int32))
    level = np.abs((words.angle[at].astype(np.int32) - turn + 180) % 360 - 180) <= 10
    said = [words.vocabulary[t] for t in words.token[at].tolist()]
    glued = (words.flags[at] & int(Flag.GLUED) != 0).tolist()
    broken = (words.flags[at] & int(Flag.HYPHEN) != 0).tolist()
    out = _level(box, words.line[at], said, glued, broken, np.flatnonzero(level)) if level.any() else []
    aside = np.flatnonzero(~level)
    for line in np.unique(words.line[at][aside]):
        row = ""
        for k in aside[words.line[at][aside] == line].tolist():
            row += said[k] if glued[k] or not row else f" {said[k]}"
        out.append(row)
    return "\n".join(out)


def _level(
    box: np.ndarray, line: np.ndarray, said: list[str], glued: list[bool], broken: list[bool], at: np.ndarray
) -> list[str]:
    """The rows of the words that run with the page; a blank row for each line's height of white space."""
    lengths = np.array([len(said[k]) for k in at.tolist()])
    widths = (box[at, 2] - box[at, 0]) / np.maximum(lengths, 1)
    usual = median(widths[lengths > 1]) if (lengths > 1).any() else median(widths)
    column = max(float(usual) * NARROW, float(box[at, 2].max() - box[at, 0].min()) / MOST_COLUMNS, 0.5)
    left = float(box[at, 0].min())
    rows = _rows(box, line, at)
    middles = [float(np.median((box[row, 1] + box[row, 3]) / 2)) for row in rows]
    steps = np.diff(middles)
    heights = box[at, 3] - box[at, 1]
    pitch = max(float(median(steps)) if len(steps) else 0.0, 0.8 * float(median(heights)), 1.0)
    out: list[str] = []
    for k, row in enumerate(rows):
        if k:
            blank = min(MOST_BLANK_LINES, round((middles[k] - middles[k - 1]) / pitch) - 1)
            out.extend([""] * max(0, blank))
        out.append(_row(box, row, said, glued, broken, left, column))
    return out


def _rows(box: np.ndarray, line: np.ndarray, at: np.ndarray) -> list[list[int]]:
    """Words on one height, from top to bottom; words of one line stay together, whatever is raised in it."""
    runs: list[np.ndarray] = np.split(at, np.flatnonzero(np.diff(line[at])) + 1)
    spans = []
    for run in runs:
        # A line that runs over a fraction or a raised mark is as high as most of its words.
        top, bottom = float(np.median(box[run, 1])), float(np.median(box[run, 3]))
        spans.append(((top + bottom) / 2, bottom - top, run))
    spans.sort(key=lambda span: span[0])
    rows: list[list[int]] = []
    middle = height = 0.0
    for at_y, high, run in spans:
        if rows and at_y - middle <= SAME_ROW * min(high, height):
            rows[-1].extend(run.tolist())
        else:
            rows.append(run.tolist())
            middle, height = at_y, max(high, 1.0)
    return rows


def _row(
    box: np.ndarray,
    row: list[int],
    said: list[str],
    glued: list[bool],
    broken: list[bool],
    left: float,
    column: float,
) -> str:
    out: list[str] = []
    length = 0
    before = None
    for k in sorted(row, key=lambda k: (float(box[k, 0]), k)):
        wanted = round((float(box[k, 0]) - left) / column)
        # Letters that another script's rules have parted stand side by side, as drawn.
        joined = glued[k] and before is not None and float(box[k, 0]) - float(box[before, 2]) < column
        if joined:
            gap = 0
        elif before is None:
            gap = max(0, wanted)
        else:
            space = float(box[k, 0] - box[before, 2])
            is_blank = space < BLANK * float(box[k, 3] - box[k, 1])
            gap = 1 if is_blank else max(2, wanted - length)
        piece = " " * min(gap, MOST_COLUMNS) + said[k] + ("-" if broken[k] else "")
        out.append(piece)
        length += len(piece)
        before = k
    return "".join(out)
