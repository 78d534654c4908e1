"""Which words belong to the running text, and which stand beside it.

Running headers, footers and page numbers are found by repetition over pages (of either document, so that a short
file is understood by its longer twin), footnotes by size and place, asides by direction. The thresholds are those
that separated running lines from headings and table cells on generated and real pairs.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.fuzz import ratio

from core.geometry import rows_of_page
from core.median import median
from core.model import Document
from core.text.heads import Heads
from core.text.lines import Lines
from core.text.margins import margin_numbers

ZONE = 0.16  #: share of the page height at top and bottom where running lines stand
ROWS = 4  #: rows looked at from the outside
PROVING_PAGES = 3  #: a document of fewer pages may take a running line for one because the other document has it
VERSION_SIMILARITY = 55.0  #: per cent, for two running texts to be versions of each other
WATERMARK_SIZE = 2.0  #: sizes of the body
WATERMARK_SHARE = 0.6  #: of the pages
LONG_HEADING = 12  #: letters from which a part of a heading is no chance
NEIGHBOURS = 2  #: pages between two that carry the same running line, at most: left and right ones may differ
ALONE = 1.7  #: lines of white space beside a line that is set off beyond doubt
#: What is set so much larger than the running line of the other document, in sizes of the body, and than the body, is
#: its heading.
LARGER = 1.15
SAME_HEIGHT = 3.0  #: points by which the height of a running line may vary

_NUMBER = re.compile(r"\d+|(?<![^\W\d_])[ivxlc]+(?![^\W\d_])")
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LEVELLED = str.maketrans(_RAISED, "0123456789")
_MARK = re.compile(r"^(?:\d{1,3}|[a-z*†‡§¶∗]{1,3})[).]?$")
_LEVEL_MARK = re.compile(r"^(\d{1,3})[).]?$")
_REFERENCE = re.compile(rf"[{_RAISED}]{{1,3}}(?=[^\w\s]*$)")
_SURE_MARK = re.compile(rf"^[*†‡§¶∗]{{1,3}}|^[{_RAISED}]{{1,3}}(?:[^\d{_RAISED}]|$)|^\d{{1,3}}[^\W\d_]{{2}}")


#: A line that holds nothing but a page number, as several languages write it.
_PAGE_NUMBER = re.compile(
    r"^[\W_]*(?:(?:page|pg|p|seite|s|página|pág|pagina|pag|sida|side|str|strana|strona|стр|страница|σελίδα)\b[\W_]*)?\0"
    r"(?:[\W_]*(?:of|von|de|di|du|sur|av|af|z|ze|из|van|/|\|)?[\W_]*\0)?[\W_]*$",
    re.IGNORECASE,
)


#: One that says so. A single letter does with a full stop: `P-101` is the mark of a part.
_NAMED = re.compile(r"(?:[^\w\0]|_)*[^\W\d_](?:[^\W\d_]|\.)")


def is_page_number(masked: str) -> bool:
    """Whether a text, numbers as NULs, is a page number and nothing else."""
    return _PAGE_NUMBER.match(masked) is not None


class Role(IntEnum):
    """A stream of its own each, in the order in which they are compared."""

    BODY = 0
    FOOTNOTE = 1
    ASIDE = 2
    RUNNING = 3
    REPEATED = 4  #: the head of a table, shown again after a break; read once, and compared once


@dataclass(slots=True)
class _Piece:
    """A line near the top or bottom of a page."""

    line: int
    page: int
    top: bool
    row: int  #: from the outside, 0 first
    height: float  #: distance of the line's middle from the page edge, points
    gap: float  #: white space on the inner side of its row, in lines
    size: float
    text: str
    skeleton: str = ""
    values: tuple[int, ...] = ()
    masked: str = ""
    runs: bool = False


@dataclass(frozen=True, slots=True)
class RunningText:
    """One running header, footer or watermark: the same text but for the page number, on many pages."""

    where: str  #: `header`, `footer` or `watermark`
    masked: str  #: with a NUL where the page number stands
    lines: tuple[int, ...]  #: line indices, one a page or more


@dataclass(frozen=True, slots=True)
class Roles:
    """The role of each word, and the running texts."""

    word: NDArray[np.uint8]
    running: tuple[RunningText, ...] = field(default=())


def assign_roles(documents: tuple[Document, Document], lines: tuple[Lines, Lines]) -> tuple[Roles, Roles]:
    """The roles of the words of both documents, decided together."""
    pieces = tuple(list(_pieces(d, table)) for d, table in zip(documents, lines, strict=True))
    counts = tuple(len(d.pages) for d in documents)
    for side, count in zip(pieces, counts, strict=True):
        _mask(side, count)
    sure = [
        _running_keys(side, count, table.body_size) for side, count, table in zip(pieces, counts, lines, strict=True)
    ]
    for side, table in zip(pieces, lines, strict=True):
        other = sure[1] if side is pieces[0] else sure[0]
        own = sure[0] if side is pieces[0] else sure[1]
        _settle(side, own, other, table.body_size)
    for side, document, table in zip(pieces, documents, lines, strict=True):
        _chapter_heads(side, document, table)
    marks = _watermarks(documents, lines)
    settled = []
    for side, document, table, watermarks in zip(pieces, documents, lines, marks, strict=True):
        role = np.zeros(len(table), np.uint8)
        role[table.aside] = Role.ASIDE
        role[[p.line for p in side if p.runs]] = Role.RUNNING
        role[margin_numbers(document, table)] = Role.RUNNING
        _footnotes(document, table, role)
        groups: dict[tuple[str, str], list[int]] = defaultdict(list)
        for piece in side:
            if piece.runs:
                groups["header" if piece.top else "footer", piece.masked].append(piece.line)
        for text, at in watermarks.items():
            left = [line for line in at if role[line] != Role.RUNNING]
            role[left] = Role.RUNNING
            if left:
                groups["watermark", text] = left
        running = tuple(RunningText(where, masked, tuple(sorted(at))) for (where, masked), at in groups.items())
        settled.append((role, running))
    heads = [Heads(d, t, role == Role.BODY) for d, t, (role, _) in zip(documents, lines, settled, strict=True)]
    found = []
    for k, (role, running) in enumerate(settled):
        role[heads[k].lines(set(heads[1 - k].proven))] = Role.REPEATED
        found.append(Roles(np.repeat(role, np.diff(lines[k].start)), running))
    return found[0], found[1]


def line_text(document: Document, table: Lines, line: int) -> str:
    """The words of one line, with blanks between them."""
    words = document.words
    return " ".join(words.vocabulary[t] for t in words.token[table.start[line] : table.start[line + 1]].tolist())


def _pieces(document: Document, table: Lines) -> Iterator[_Piece]:
    """The lines of the outer rows of each page, from the outside.

    A page with turned text may carry its running lines as the other pages do: asides are looked at in their own frame.
    """
    if not len(table):
        return
    frames = ((table.box, table.page_size, ~table.aside), (table.own, table.own_size, table.aside))
    for box, size, eligible in frames:
        if not eligible.any():
            continue
        y0, y1, height = box[:, 1], box[:, 3], size[:, 1]
        pages = table.page[eligible]
        for top in (True, False):
            middle = (y0 + y1) / 2
            edge, inner, outer = (middle, y1, y0) if top else (height - middle, height - y0, height - y1)
            chosen = np.flatnonzero(eligible & ((y1 <= ZONE * height) if top else (y0 >= (1 - ZONE) * height)))
            chosen = chosen[np.lexsort((edge[chosen], table.page[chosen]))]
            others = pages, outer[eligible]
            for group in np.split(chosen, np.flatnonzero(np.diff(table.page[chosen])) + 1):
                if len(group):
                    yield from _rows(document, table, group.tolist(), top, edge, inner, outer, others)


def _rows(
    document: Document,
    table: Lines,
    group: list[int],
    top: bool,
    edge: NDArray[np.floating],
    inner: NDArray[np.floating],
    outer: NDArray[np.floating],
    others: tuple[NDArray[np.int32], NDArray[np.floating]],
) -> Iterator[_Piece]:
    """The pieces of one page; `others` are the pages of all lines of the frame and their distances from the edge."""
    rows: list[list[int]] = []
    for line in group:
        if rows and edge[line] - edge[rows[-1][0]] <= 0.5 * max(float(table.size[line]), 4.0):
            rows[-1].append(line)
        else:
            rows.append([line])
    page = int(table.page[group[0]])
    for number, row in enumerate(rows[:ROWS]):
        bottom = max(float(inner[line]) for line in row)
        if number + 1 < len(rows):
            beyond = min(float(outer[line]) for line in rows[number + 1])
        else:
            beyond = _next_beyond(page, bottom, *others)
        size = max(float(table.size[row[0]]), 4.0)
        for line in row:
            text = line_text(document, table, line)
            height, gap = float(edge[line]), (beyond - bottom) / size
            yield _Piece(line, page, top, number, height, gap, float(table.size[line]), text)


def _next_beyond(page: int, bottom: float, pages: NDArray[np.int32], outer: NDArray[np.floating]) -> float:
    """Distance of the next line of the frame from the page edge."""
    first, last = rows_of_page(pages, page)
    part = outer[first:last]
    part = part[part > bottom - 0.5]
    return float(part.min()) if len(part) else bottom + 1000.0


def _mask(pieces: list[_Piece], pages: int) -> None:
    """Put a NUL for the numbers that follow the page: those that step with it, mostly, or tell how many there are."""
    groups: dict[tuple[bool, str], list[_Piece]] = defaultdict(list)
    for piece in pieces:
        found = list(_NUMBER.finditer(piece.text))
        piece.skeleton = _NUMBER.sub("\0", piece.text)
        piece.values = tuple(_value(m.group()) for m in found)
        groups[piece.top, piece.skeleton].append(piece)
    for group in groups.values():
        group.sort(key=lambda p: (p.page, p.line))
        slots = len(group[0].values)
        following = [_follows([(p.page, p.values[k]) for p in group]) for k in range(slots)]
        if is_page_number(group[0].skeleton):
            named = _NAMED.match(group[0].skeleton) is not None
            following[0] |= named or all(p.values[0] == p.page for p in group)
        if any(following):
            following = [follows or all(p.values[k] == pages for p in group) for k, follows in enumerate(following)]
        for piece in group:
            piece.masked = _masked(piece.text, following)


def _masked(text: str, following: list[bool]) -> str:
    flags = iter(following)
    return _NUMBER.sub(lambda match: "\0" if next(flags) else match.group(), text)


def _value(text: str) -> int:
    if text.isdigit():
        return int(text) if len(text) < 10 else -1
    digits = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
    found = [digits[c] for c in text]
    return sum(-v if k + 1 < len(found) and v < found[k + 1] else v for k, v in enumerate(found))


def _follows(values: list[tuple[int, int]]) -> bool:
    """Whether a number goes up with the page in at least 60 % of the steps (by two on two-up sheets)."""
    steps = [(p1 - p0, v1 - v0) for (p0, v0), (p1, v1) in itertools.pairwise(values) if p1 > p0]
    if not steps:
        return False
    return max(sum(v == k * p for p, v in steps) for k in (1, 2)) >= 0.6 * len(steps)


class _Level(NamedTuple):
    """Where a running text stands, and how large."""

    height: float  #: distance from the page edge, points
    size: float  #: in sizes of the body


_Levels = dict[tuple[bool, str], list[_Level]]  #: by (top, masked text)


def _running_keys(pieces: list[_Piece], pages: int, body: float) -> _Levels:
    """The texts that run in this document, with the heights at which they do."""
    groups: dict[tuple[bool, str], list[_Piece]] = defaultdict(list)
    for piece in pieces:
        groups[piece.top, piece.masked].append(piece)
    found: _Levels = defaultdict(list)
    for key, group in groups.items():
        for level in _levels(group):
            on = len({piece.page for piece in level})
            if on < 2 or on < min(3.0, pages / 2):
                continue
            set_off = sum(p.gap > 0.8 and p.size <= body * 1.02 for p in level) >= 0.6 * len(level)
            set_off = set_off and not _is_prose(level[0].text) and _hangs_together(level)
            small = level[0].size < 0.92 * body
            if (on >= 3 and on >= 0.6 * pages) or set_off or small:
                found[key].append(_Level(level[0].height, level[0].size / body))
    return found


def _is_prose(text: str) -> bool:
    """Whether a line ends as a sentence does: at the end of a page such a line may stand set off by chance."""
    return text.rstrip()[-1:] in ".:;,?!"


def _hangs_together(level: list[_Piece]) -> bool:
    """Whether a text that few pages carry stands on page after page, as names of chapters do, or clearly by itself."""
    pages = sorted({piece.page for piece in level})
    near = [b - a <= NEIGHBOURS for a, b in itertools.pairwise(pages)]
    beside = sum(left or right for left, right in zip([False, *near], [*near, False], strict=True))
    return beside >= 0.5 * len(pages) or sum(piece.gap > ALONE for piece in level) >= 0.6 * len(level)


def _levels(group: list[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces of one text, split where their height differs; the fullest first."""
    group = sorted(group, key=lambda p: p.height)
    levels: list[list[_Piece]] = []
    for piece in group:
        if levels and piece.height - levels[-1][0].height <= 2 * SAME_HEIGHT:
            levels[-1].append(piece)
        else:
            levels.append([piece])
    yield from sorted(levels, key=len, reverse=True)


def _settle(pieces: list[_Piece], own: _Levels, other: _Levels, body: float) -> None:
    """Decide piece by piece, from the outside in: a row runs only if the row outside it runs, and all its pieces do."""
    bare = {(top, _NUMBER.sub("\0", text)) for top, text in other}
    short = len({piece.page for piece in pieces}) < PROVING_PAGES
    pages: dict[tuple[int, bool], dict[int, list[_Piece]]] = defaultdict(lambda: defaultdict(list))
    for piece in pieces:
        pages[piece.page, piece.top][piece.row].append(piece)
    for rows in pages.values():
        for number in sorted(rows):
            row = rows[number]
            for piece in row:
                key = (piece.top, piece.masked)
                beside = piece.gap > 0.8 or piece.size < 0.92 * body
                twin = any(piece.size <= LARGER * max(1.0, level.size) * body for level in other.get(key, ())) or (
                    beside
                    and (
                        ((piece.top, piece.skeleton) in bare and "\0" in piece.skeleton)
                        or (short and _is_version(piece, other))
                    )
                )
                numbered = is_page_number(piece.masked) and piece.gap > 0.8
                piece.runs = (
                    numbered
                    or any(abs(level.height - piece.height) <= 2 * SAME_HEIGHT for level in own.get(key, ()))
                    or twin
                )
            if not all(piece.runs for piece in row):
                for piece in row:
                    piece.runs = False
                break


def _is_version(piece: _Piece, other: _Levels) -> bool:
    """Whether the other document has such a running text at the same height, in other words."""
    return any(
        top == piece.top
        and any(abs(level.height - piece.height) <= 2 * SAME_HEIGHT for level in levels)
        and ratio(text, piece.masked) > VERSION_SIMILARITY
        for (top, text), levels in other.items()
    )


def _chapter_heads(pieces: list[_Piece], document: Document, table: Lines) -> None:
    """The chapter's name above its pages: once set large in the text, and small at the same height of other pages."""
    small = [p for p in pieces if p.row == 0 and not p.runs and p.gap > 0.8 and p.size <= table.body_size * 1.02]
    if not small:
        return
    levels = Counter((p.top, round(p.height / SAME_HEIGHT)) for p in pieces if p.row == 0 and p.gap > 1.7)
    headings = [
        _letters(_NUMBER.sub("", line_text(document, table, int(line))))
        for line in np.flatnonzero(table.size > table.body_size * 1.05).tolist()
    ]
    large, whole = "".join(headings), set(headings)  # together: a long one stands on several lines
    named = Counter(part for piece in small for part in set(_parts(piece.text)))
    heads: set[tuple[int, bool]] = set()
    for piece in small:
        parts = _parts(piece.text)
        heading = "".join(parts)
        quoted = len(heading) >= 4 and heading in whole
        if not quoted and (piece.gap <= 1.7 or levels[piece.top, round(piece.height / SAME_HEIGHT)] < 2):
            continue
        # such as "Chapter 2. Scope 2.1. Terms"; what many of them have, "Chapter", need not be a heading
        sure = quoted or any(
            len(part) >= 4 and (part in whole or (len(part) >= LONG_HEADING and part in large)) for part in parts
        )
        if sure and all(quoted or part in large or named[part] >= 3 for part in parts):
            piece.runs = True
            piece.masked = _NUMBER.sub("\0", piece.text)
            heads.add((piece.page, piece.top))
    for piece in small:
        if (piece.page, piece.top) in heads and is_page_number(piece.masked):
            piece.runs = True


def _parts(text: str) -> list[str]:
    """The letters between the numbers of a line."""
    return [letters for part in _NUMBER.split(text) if (letters := _letters(part))]


def _watermarks(
    documents: tuple[Document, Document], lines: tuple[Lines, Lines]
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """By text, the lines across the pages, or far larger than them, that stand at the same place of most pages."""
    found: list[dict[str, list[int]]] = []
    sure: set[str] = set()
    for document, table in zip(documents, lines, strict=True):
        by_text: dict[str, list[int]] = defaultdict(list)
        for line in np.flatnonzero(table.aside | (table.size >= WATERMARK_SIZE * table.body_size)).tolist():
            by_text[line_text(document, table, line)].append(line)
        found.append(by_text)
        for text, at in by_text.items():
            pages = set(table.page[at].tolist())
            middles = (table.box[at, :2] + table.box[at, 2:]) / 2
            steady = np.abs(middles - median(middles)).max() <= 2 * SAME_HEIGHT
            if len(pages) >= max(2, WATERMARK_SHARE * len(document.pages)) and steady:
                sure.add(text)
    old, new = ({text: at for text, at in by_text.items() if text in sure} for by_text in found)
    return old, new


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).casefold()


def _footnotes(document: Document, table: Lines, role: NDArray[np.uint8]) -> None:
    """Small lines at the foot of a column, of which one begins with a mark."""
    if not len(table):
        return
    body = table.body_size
    small = (role == Role.BODY) & (table.size <= 0.93 * body) & (table.box[:, 1] > 0.4 * table.page_size[:, 1])
    pages = np.unique(table.page[small]).tolist()
    named = _named_notes(document, table, role) if pages else {}
    for page in pages:
        first, last = rows_of_page(table.page, page)
        part = np.arange(first, last)
        candidates = part[small[first:last]]
        full = part[(role[first:last] == Role.BODY) & (table.size[first:last] > 0.93 * body)]
        foot = [line for line in candidates.tolist() if not _has_below(table, line, full)]
        marked = [line for line in foot if _is_marked(document, table, line, named.get(page, frozenset()))]
        if marked:
            highest = min(float(table.box[line, 1]) for line in marked) - 1.0
            role[[line for line in foot if table.box[line, 1] >= highest]] = Role.FOOTNOTE


def _named_notes(document: Document, table: Lines, role: NDArray[np.uint8]) -> dict[int, set[str]]:
    """By page, the numbers that stand raised behind words of the text: the notes that are to be found below it."""
    words = document.words
    ends = [text[-1:] in _RAISED or text[-2:-1] in _RAISED for text in words.vocabulary]
    found: dict[int, set[str]] = defaultdict(set)
    if not any(ends):
        return found
    of_line = np.repeat(role == Role.BODY, np.diff(table.start))
    for k in np.flatnonzero(of_line & np.array(ends)[words.token]).tolist():
        match = _REFERENCE.search(words.text(k))
        if match:
            found[int(words.page[k])].add(match.group().translate(_LEVELLED))
    return found


def _is_marked(document: Document, table: Lines, line: int, named: Collection[str]) -> bool:
    """Whether a line begins as a footnote does: with a raised number, a sign that stands for one, or a number named."""
    word = document.words.text(int(table.start[line]))
    raised = float(table.first_size[line]) <= 0.85 * float(table.size[line])
    level = _LEVEL_MARK.match(word)
    return (
        (raised and _MARK.match(word) is not None)
        or _SURE_MARK.match(word) is not None
        or (level is not None and level.group(1) in named)
    )


def _has_below(table: Lines, line: int, others: Iterable[int] | NDArray[np.int64]) -> bool:
    at = np.asarray(others, np.int64)
    if not len(at):
        return False
    box, boxes = table.box[line], table.box[at]
    return bool(((boxes[:, 1] > box[1]) & (boxes[:, 0] < box[2]) & (boxes[:, 2] > box[0])).any())
