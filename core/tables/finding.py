"""Every table of a document: pages put upright, parts joined over breaks, headers and captions told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.geometry import rows_of_page
from core.model import Document, Flag
from core.tables.halves import goes_on, row_in_order
from core.tables.pages import PageView, parts_of
from core.tables.streams import is_number
from core.tables.table import Part, Table, text_of
from core.text.lines import Lines, main_angles, upright
from core.text.roles import Role, Roles, line_text
from core.text.tokens import normalised

GAP = 1.0  #: heights of a line between two words of one line that may part columns
LEAST_GAPS = 3  #: of a page, for tables without rules to be looked for
SAME_EDGES = 6.0  #: points by which columns may shift over a break
CAPTION_AWAY = 30.0  #: points between a table and its caption
CAPTION_LENGTH = 160  #: characters that are kept of a caption
MOST_HEADER_ROWS = 3
LOOKED_AT_ROWS = 40  #: below a header, to see whether columns hold numbers
MOST_PAGE_WORDS = 20_000  #: of a page on which tables are looked for

_CAPTION = re.compile(
    r"^(?:(?:table|tab\.|tabelle|tableau|tabla|tabela|tabella|tabel|tabell|taulukko|tablo|táblázat|tabulka|tabuľka|"
    r"таблица|таблиця|πίνακας|جدول|טבלה)\s*[\dIVXLA-Z]|[表표]\s*\d)",
    re.IGNORECASE,
)
_MONO = re.compile(r"mono|courier|consol|typewriter|cmtt|menlo|code", re.IGNORECASE)

Ints = NDArray[np.int64]


def find_tables(pages: TablePages, lines: Lines, wanted: Iterable[int] | None = None) -> list[Table]:
    """The tables of a document in page order; those that touch the `wanted` pages, or all.

    A table is the same whichever pages are wanted: it is followed over breaks to its first and last page.
    """
    document, roles = pages.document, pages.roles
    chosen: set[int] = set()
    for number in sorted(set(pages.numbers) if wanted is None else set(wanted) & set(pages.numbers)):
        chosen.add(number)
        for step in (-1, 1):
            at = number
            while at + step not in chosen and pages.join(min(at, at + step)):
                at += step
                chosen.add(at)
    tables: list[Table] = []
    parts: list[Part] = []
    for number in sorted(chosen):
        for part in pages.parts(number):
            if parts and not _goes_on(document, roles, parts[-1], part):
                tables.append(_table(document, parts))
                parts = []
            parts.append(part)
    if parts:
        tables.append(_table(document, parts))
    return [replace(table, caption=_caption(document, lines, table)) for table in tables]


# ---------------------------------------------------------------- pages


class TablePages:
    """The parts of tables on each page of a document, found when they are asked for, once."""

    def __init__(self, document: Document, roles: Roles) -> None:
        words = document.words
        self.document, self.roles = document, roles
        self._found: dict[int, list[Part]] = {}
        self.numbers: list[int] = np.unique(words.page).tolist()
        if not self.numbers:
            return
        self._turns = main_angles(words.page, words.angle)
        self._gaps = _gaps(document)
        self._sizes = {page.number: (page.width, page.height) for page in document.pages}
        self._mono = np.array([_MONO.search(style.font) is not None for style in document.styles])[words.style]

    def join(self, number: int) -> bool:
        """Whether a table goes on from a page to the next."""
        before, after = self.parts(number), self.parts(number + 1)
        return bool(before and after) and _goes_on(self.document, self.roles, before[-1], after[0])

    def row_over(self, number: int) -> Ints | None:
        """The words of the row that is cut in two by the break after a page, in reading order; None without such."""
        if not self.join(number):
            return None
        before, after = self.parts(number)[-1], self.parts(number + 1)[0]
        heads = _heads_again(self.document, before, after)
        return (
            row_in_order(self.document, before, after, heads) if goes_on(self.document, before, after, heads) else None
        )

    def parts(self, number: int) -> list[Part]:
        """The parts of tables on one page, in reading order."""
        if number not in self._found:
            view = self._view(number)
            self._found[number] = parts_of(view) if view is not None else []
        return self._found[number]

    def _view(self, number: int) -> PageView | None:
        """The page put upright; None where no table can stand."""
        words, rules = self.document.words, self.document.rules
        first, last = rows_of_page(words.page, number)
        low, high = rows_of_page(rules.page, number)
        has_gaps = int(self._gaps[first:last].sum()) >= LEAST_GAPS
        if not 0 < last - first <= MOST_PAGE_WORDS or (not has_gaps and high - low < 3):
            return None
        turn, paper = int(self._turns[number]), self._sizes[number]
        return PageView(
            number=number,
            first=first,
            texts=[words.vocabulary[t] for t in words.token[first:last].tolist()],
            box=_turned(words.box[first:last], self._sizes[number], turn),
            level=np.abs((words.angle[first:last].astype(np.int32) - turn + 180) % 360 - 180) <= 10,
            mono=self._mono[first:last],
            rules=_turned(rules.box[low:high], self._sizes[number], turn),
            has_gaps=has_gaps,
            size=(paper[1], paper[0]) if turn % 180 else paper,
        )


def _turned(box: NDArray[np.float32], size: tuple[float, float], turn: int) -> NDArray[np.float32]:
    n = len(box)
    if not turn or not n:
        return box
    found, _ = upright(box, np.tile(np.array(size, np.float32), (n, 1)), np.full(n, turn, np.int32))
    return found


def _gaps(document: Document) -> NDArray[np.bool_]:
    """(n,) whether a word is followed by a wide gap and another word on the same height."""
    words = document.words
    box = words.box
    found = np.zeros(len(words), bool)
    height = np.maximum(box[:-1, 3] - box[:-1, 1], 1.0)
    level = np.abs((box[1:, 1] + box[1:, 3]) - (box[:-1, 1] + box[:-1, 3])) < height
    apart = np.maximum(box[1:, 0] - box[:-1, 2], box[:-1, 0] - box[1:, 2])
    sideways = words.angle[:-1] != 0
    found[:-1] = (words.page[1:] == words.page[:-1]) & ((level & (apart > GAP * height)) | sideways)
    return found


# ---------------------------------------------------------------- joining


def _goes_on(document: Document, roles: Roles, before: Part, after: Part) -> bool:
    """Whether a part is the same table after a page break or a column break."""
    if before.columns != after.columns:
        return False
    beside = before.page == after.page and after.box[0] >= before.box[2] - SAME_EDGES
    if not beside and after.page != before.page + 1:
        return False
    between = roles.word[int(before.words.max()) + 1 : int(after.words.min())]
    others = max(
        int((between == Role.BODY).sum()), _beyond(document, roles, before, 1) + _beyond(document, roles, after, 0)
    )
    shift = after.edges[0] - before.edges[0]
    same_edges = all(abs(b - a - shift) <= SAME_EDGES for a, b in zip(before.edges, after.edges, strict=True))
    same_header = _row_keys(document, before, 0) == _row_keys(document, after, 0)
    if not same_header and _own_header(document, after):
        return False
    return (others == 0 and (same_edges or same_header)) or (same_header and same_edges and others <= 6)


def _beyond(document: Document, roles: Roles, part: Part, side: int) -> int:
    """How many words of the body stand above (0) or below (1) a part, in its width; 0 on turned pages."""
    words = document.words
    first, last = rows_of_page(words.page, part.page)
    if words.angle[part.words[0]]:
        return 0
    mine, box = words.box[part.words], words.box[first:last]
    across = (box[:, 2] > mine[:, 0].min()) & (box[:, 0] < mine[:, 2].max())
    outside = box[:, 1] >= mine[:, 3].max() - 1 if side else box[:, 3] <= mine[:, 1].min() + 1
    return int((across & outside & (roles.word[first:last] == Role.BODY)).sum())


def _row_keys(document: Document, part: Part, row: int) -> tuple[tuple[int, str], ...]:
    """Columns and texts of a row, for comparing."""
    at = part.row == row
    found: dict[int, list[int]] = {}
    for word, column in zip(part.words[at].tolist(), part.column[at].tolist(), strict=True):
        found.setdefault(column, []).append(word)
    return tuple((column, normalised(text_of(document, np.array(words)))) for column, words in sorted(found.items()))


def _heads_again(document: Document, before: Part, after: Part) -> int:
    """How many rows at the top of both parts read the same: the head, shown again."""
    most = min(MOST_HEADER_ROWS, before.rows, after.rows)
    return next((k for k in range(most) if _row_keys(document, before, k) != _row_keys(document, after, k)), most)


def _table(document: Document, parts: list[Part]) -> Table:
    first = parts[0]
    columns = first.columns
    header = _header_rows(document, parts)
    heads = [_row_keys(document, first, row) for row in range(header)]
    repeats: set[int] = set()
    rows: list[Ints] = []
    pages: list[int] = []
    base = last = 0
    for k, part in enumerate(parts):
        number = np.arange(part.rows) + base
        if k:
            again = next((row for row, head in enumerate(heads) if _row_keys(document, part, row) != head), header)
            repeats.update(range(base, base + again))
            if goes_on(document, parts[k - 1], part, again):
                number[again:] -= 1
                number[again] = last
        last = int(number[-1])
        rows.append(number[part.row])
        pages += [part.page] * (int(number.max()) + 1 - base)
        base = len(pages)
    column, until = np.concatenate([p.column for p in parts]), np.concatenate([p.until for p in parts])
    words = np.concatenate([p.words for p in parts])
    if (document.words.flags[words] & Flag.RTL != 0).mean() > 0.5:
        column, until = columns - 1 - until, columns - 1 - column
    placed = np.concatenate(rows)
    return Table(document, words, placed, column, until, base, columns, header, frozenset(repeats), tuple(pages))


# ---------------------------------------------------------------- headers and captions


def _header_rows(document: Document, parts: list[Part]) -> int:
    """How many rows at the top name the columns."""
    first = parts[0]
    most = min(MOST_HEADER_ROWS, first.rows - 1)
    if most < 1:
        return 0
    if len(parts) > 1:
        same = 0
        while same < most and all(
            p.rows > same and _row_keys(document, p, same) == _row_keys(document, first, same) for p in parts[1:]
        ):
            same += 1
        if same:  # rows after the first may be equal by chance: they must look like a header as well
            return min(same, max(1, _own_header(document, first)))
    found = _own_header(document, first)
    if not found and first.is_ruled:
        top = _row_keys(document, first, 0)
        found = int(_may_be_names(first, top) and all(len(text.split()) <= 5 for _, text in top))
    while 0 < found < most and (first.until > first.column)[first.row == found - 1].any():
        found += 1  # what a name spans has names of its own below
    return found


def _own_header(document: Document, part: Part) -> int:
    """How many rows at the top of a part are clearly a header: by a rule, by bold type, by names over numbers."""
    most = min(MOST_HEADER_ROWS, part.rows - 1)
    if most < 1 or part.header:
        return min(part.header, max(most, 0))
    bold = np.array([style.bold for style in document.styles])[document.words.style[part.words]]
    count = 0
    while count < most and bold[part.row == count].all() and (part.row == count).any():
        count += 1
    if count and not bold[part.row >= count].all():
        return count
    top = _row_keys(document, part, 0)
    rest = [_row_keys(document, part, row) for row in range(1, min(part.rows, LOOKED_AT_ROWS))]
    if not _may_be_names(part, top):
        return 0
    numbers = [sum(is_number(t) for row in rest for c, t in row if c == column) for column in range(part.columns)]
    return int(max(numbers) >= 0.5 * len(rest) and all(len(text.split()) <= 8 for _, text in top))


def _may_be_names(part: Part, top: tuple[tuple[int, str], ...]) -> bool:
    """Whether the cells of a row are different words for most columns, and none a number."""
    texts = {text for _, text in top}
    return len(top) >= 0.6 * _filled(part) and len(texts) == len(top) and not any(map(is_number, texts))


def _filled(part: Part) -> int:
    return len(np.unique(part.column))


def _caption(document: Document, lines: Lines, table: Table) -> str:
    """The line above or below that names the table."""
    words = document.words
    page = table.pages[0]
    start, stop = rows_of_page(lines.page, page)
    if start == stop:
        return ""
    mine = table.words[words.page[table.words] == page]
    at = np.unique(np.searchsorted(lines.start, mine, "right") - 1)
    top, bottom = float(lines.box[at, 1].min()), float(lines.box[at, 3].max())
    left, right = float(lines.box[at, 0].min()), float(lines.box[at, 2].max())
    near: list[tuple[float, int]] = []
    for line in range(start, stop):
        x0, y0, x1, y1 = lines.box[line].tolist()
        away = top - y1 if y1 <= top + 2 else y0 - bottom if y0 >= bottom - 2 else np.inf
        if away <= CAPTION_AWAY and x1 > left - 20 and x0 < right + 20:
            near.append((away, line))
    for _, line in sorted(near):
        text = line_text(document, lines, line)
        if _CAPTION.match(text):
            return text[:CAPTION_LENGTH]
    return ""
