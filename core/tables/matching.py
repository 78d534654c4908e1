"""Which rows and columns of two tables are the same.

Rows are matched by equal text in order, then by the values of a key column, then by likeness in the gaps between, then
by equal text out of order. Columns are matched by header and by the cells of matched rows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from core.text.sequence import exact_blocks, heaviest_chain

LIKE = 0.4  #: share of common words from which two rows between the same neighbours are one row
LIKE_ELSEWHERE = 0.75  #: likewise for rows that changed their place
LARGEST_GAP = 40_000  #: pairs of rows compared with each other in one gap
LEAST_KEYS = 0.5  #: share of common values of a key column
KEY_FILLED = 0.8  #: share of its cells that have a value
KEY_LIKE = 0.35  #: mean likeness of the rows that a key column pairs, else it is no key
LEAST_COLUMN = 0.3  #: score of two columns that are the same
HEADER_WEIGHT = 0.6  #: of an equal header, beside a share of equal cells of at most 1

Words = tuple[int, ...]  #: keys of the words of a cell
Row = dict[int, Words]  #: by column
Pairs = list[tuple[int, int]]

_COUNT = re.compile(r"^\(?(\d{1,6})[.):]?$")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One side of two tables that are compared.

    Attributes:
        rows: Words of the cells, header rows first.
        texts: What stands in the cells.
        header: How many of the rows are header rows.
        heads: Folded names of the columns.
    """

    rows: Sequence[Row]
    texts: Sequence[dict[int, str]]
    header: int
    heads: Sequence[str]

    @property
    def columns(self) -> int:
        return len(self.heads)


@dataclass(frozen=True, slots=True)
class Matching:
    """What belongs together.

    Attributes:
        rows: (old, new) numbers of rows, ascending in old.
        moved: Those of them that left the common order.
        columns: (old, new) numbers of columns, ascending in old.
        moved_columns: Those of them that left the common order.
        key: Columns by whose values rows are known, or None.
        counters: (old, new) columns that merely number the rows.
    """

    rows: Pairs
    moved: frozenset[tuple[int, int]]
    columns: Pairs
    moved_columns: frozenset[tuple[int, int]]
    key: tuple[int, int] | None
    counters: frozenset[tuple[int, int]]

    def mirrored(self) -> Matching:
        """The same with old and new exchanged."""
        return Matching(
            rows=sorted((j, i) for i, j in self.rows),
            moved=frozenset((j, i) for i, j in self.moved),
            columns=sorted((d, c) for c, d in self.columns),
            moved_columns=frozenset((d, c) for c, d in self.moved_columns),
            key=self.key and (self.key[1], self.key[0]),
            counters=frozenset((d, c) for c, d in self.counters),
        )


def match(old: Sheet, new: Sheet) -> Matching:
    """Match the rows and columns of two tables; swapping the sides swaps the result."""
    if _order(new) < _order(old):  # ties are broken the same way whichever side is the old one
        return _match(new, old).mirrored()
    return _match(old, new)


def _order(sheet: Sheet) -> tuple[int, list[list[tuple[int, Words]]]]:
    return len(sheet.rows), [sorted(row.items()) for row in sheet.rows]


def _match(old: Sheet, new: Sheet) -> Matching:
    counting = _counters(old), _counters(new)
    bags = [[_bag(row, skip) for row in sheet.rows] for sheet, skip in zip((old, new), counting, strict=True)]
    key = _key(old, new, counting, bags)
    rows = _headers(old, new, bags) + _body(old, new, counting, bags, key)
    rows.sort()
    columns = _columns(old, new, rows)
    body = [(i, j) for i, j in rows if i >= old.header and j >= new.header]
    sizes = [sum(bags[0][i].values()) + sum(bags[1][j].values()) + 1 for i, j in body]
    kept = {body[k] for k in heaviest_chain([j for _, j in body], sizes)}
    weights = [1 + sum(c in old.rows[i] for i, _ in rows) + sum(d in new.rows[j] for _, j in rows) for c, d in columns]
    straight = {columns[k] for k in heaviest_chain([d for _, d in columns], weights)}
    return Matching(
        rows=rows,
        moved=frozenset(body) - kept,
        columns=columns,
        moved_columns=frozenset(columns) - straight,
        key=key,
        counters=frozenset((c, d) for c, d in columns if c in counting[0] and d in counting[1]),
    )


# ---------------------------------------------------------------- rows


def _bag(row: Row, skip: frozenset[int]) -> Counter[int]:
    return Counter(word for column, words in row.items() if column not in skip for word in words)


def likeness(one: Counter[int], other: Counter[int]) -> float:
    """Share of common words, 0 to 1 (Dice)."""
    total = sum(one.values()) + sum(other.values())
    return 2 * sum((one & other).values()) / total if total else 1.0


def _counters(sheet: Sheet) -> frozenset[int]:
    """Columns that number the rows from 0 or 1 without a gap."""
    found = set()
    for column in range(sheet.columns):
        cells = [texts[column] for texts in sheet.texts[sheet.header :] if column in texts]
        counts = [_COUNT.match(cell) for cell in cells]
        if len(cells) < 2 or not all(counts):
            continue
        values = [int(count.group(1)) for count in counts if count]
        if values[0] in (0, 1) and all(b == a + 1 for a, b in pairwise(values)):
            found.add(column)
    return frozenset(found)


def _key(
    old: Sheet, new: Sheet, counting: tuple[frozenset[int], frozenset[int]], bags: list[list[Counter[int]]]
) -> tuple[int, int] | None:
    """The columns whose values name the rows: filled, each value once, most of them on both sides."""
    sides = [
        {column: values for column in range(sheet.columns) if column not in skip and (values := _values(sheet, column))}
        for sheet, skip in zip((old, new), counting, strict=True)
    ]
    best: tuple[int, int, int] | None = None
    for c, olds in sides[0].items():
        for d, news in sides[1].items():
            common = olds.keys() & news.keys()
            if len(common) < max(1, LEAST_KEYS * min(len(olds), len(news))):
                continue
            same = [likeness(bags[0][olds[value]], bags[1][news[value]]) for value in common]
            if float(np.mean(same)) < KEY_LIKE:
                continue
            rank = (len(common), -c - d, -abs(c - d))
            if best is None or rank > best:
                best, found = rank, (c, d)
    return found if best is not None else None


def _values(sheet: Sheet, column: int) -> dict[Words, int]:
    """Row by value; empty where the column cannot be a key."""
    body = range(sheet.header, len(sheet.rows))
    found = {sheet.rows[row][column]: row for row in body if column in sheet.rows[row]}
    filled = sum(column in sheet.rows[row] for row in body)
    return found if len(found) == filled and filled >= max(2, KEY_FILLED * len(body)) else {}


def _headers(old: Sheet, new: Sheet, bags: list[list[Counter[int]]]) -> Pairs:
    """Header rows in order where there are as many, else the most alike."""
    if old.header == new.header:
        return [(k, k) for k in range(old.header)]
    return _alike(range(old.header), range(new.header), bags, 0.0)


def _body(
    old: Sheet,
    new: Sheet,
    counting: tuple[frozenset[int], frozenset[int]],
    bags: list[list[Counter[int]]],
    key: tuple[int, int] | None,
) -> Pairs:
    ids: dict[tuple[Words, ...], int] = {}
    signs = [
        [
            ids.setdefault(tuple(words for column, words in sorted(row.items()) if column not in skip), len(ids))
            for row in sheet.rows[sheet.header :]
        ]
        for sheet, skip in zip((old, new), counting, strict=True)
    ]
    i0, j0 = old.header, new.header
    found = [(i + k + i0, j + k + j0) for i, j, size in exact_blocks(*signs) for k in range(size)]
    if key is not None:
        found += _by_key(old, new, key, found)
    used_old, used_new = {i for i, _ in found}, {j for _, j in found}
    for olds, news in _gaps(found, (i0, len(old.rows)), (j0, len(new.rows))):
        left = [i for i in olds if i not in used_old], [j for j in news if j not in used_new]
        found += _alike(*left, bags, LIKE)
    used_old, used_new = {i for i, _ in found}, {j for _, j in found}
    left = (
        [i for i in range(i0, len(old.rows)) if i not in used_old],
        [j for j in range(j0, len(new.rows)) if j not in used_new],
    )
    return found + _elsewhere(*left, bags)


def _by_key(old: Sheet, new: Sheet, key: tuple[int, int], found: Pairs) -> Pairs:
    used_old, used_new = {i for i, _ in found}, {j for _, j in found}
    olds, news = _values(old, key[0]), _values(new, key[1])
    return [
        (row, news[value])
        for value, row in olds.items()
        if value in news and row not in used_old and news[value] not in used_new
    ]


def _gaps(found: Pairs, olds: tuple[int, int], news: tuple[int, int]) -> Iterator[tuple[range, range]]:
    """The stretches between matched rows that keep their order."""
    pairs = sorted(found)
    kept = [pairs[k] for k in heaviest_chain([j for _, j in pairs], [1] * len(pairs))]
    i, j = olds[0], news[0]
    for a, b in [*kept, (olds[1], news[1])]:
        if a > i and b > j:
            yield range(i, a), range(j, b)
        i, j = a + 1, b + 1


def _alike(olds: Sequence[int], news: Sequence[int], bags: list[list[Counter[int]]], least: float) -> Pairs:
    """Rows of one gap in order, such that the sum of their likeness is largest."""
    n, m = len(olds), len(news)
    if not n or not m or n * m > LARGEST_GAP:
        return []
    same = np.array([[likeness(bags[0][i], bags[1][j]) for j in news] for i in olds])
    same[same < least] = -1.0
    best = np.zeros((n + 1, m + 1))
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            best[i, j] = max(best[i + 1, j], best[i, j + 1], best[i + 1, j + 1] + same[i, j])
    found: Pairs = []
    i = j = 0
    while i < n and j < m:
        if same[i, j] >= least and best[i, j] == best[i + 1, j + 1] + same[i, j]:
            found.append((olds[i], news[j]))
            i, j = i + 1, j + 1
        elif best[i, j] == best[i + 1, j]:
            i += 1
        else:
            j += 1
    return found


def _elsewhere(olds: Sequence[int], news: Sequence[int], bags: list[list[Counter[int]]]) -> Pairs:
    """Rows that are very much alike in spite of another place, the most alike first."""
    by_word: dict[int, list[int]] = defaultdict(list)
    for j in news:
        for word in bags[1][j]:
            by_word[word].append(j)
    scored = set()
    for i in olds:
        near = Counter(j for word in bags[0][i] if len(by_word[word]) <= 20 for j in by_word[word])
        for j, _ in near.most_common(8):
            score = likeness(bags[0][i], bags[1][j])
            if score >= LIKE_ELSEWHERE and len(bags[0][i]) > 1:
                scored.add((-score, abs(i - j), i, j))
    found: Pairs = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, _, i, j in sorted(scored):
        if i not in used_old and j not in used_new:
            found.append((i, j))
            used_old.add(i)
            used_new.add(j)
    return found


# ---------------------------------------------------------------- columns


def _columns(old: Sheet, new: Sheet, rows: Pairs) -> Pairs:
    body = [(i, j) for i, j in rows if i >= old.header and j >= new.header] or rows
    score = np.zeros((old.columns, new.columns))
    for i, j in body:
        a, b = old.rows[i], new.rows[j]
        for c, words in a.items():
            for d, other in b.items():
                score[c, d] += 1.0 if words == other else 0.5 * likeness(Counter(words), Counter(other))
    filled = np.array([[sum(c in old.rows[i] or d in new.rows[j] for i, j in body) for d in range(new.columns)]
                       for c in range(old.columns)])  # fmt: skip
    score /= np.maximum(filled, 1)
    names = Counter(old.heads), Counter(new.heads)
    filled_old = [sum(c in old.rows[i] for i, _ in body) for c in range(old.columns)]
    filled_new = [sum(d in new.rows[j] for _, j in body) for d in range(new.columns)]
    by_cells = score >= LEAST_COLUMN
    for c, head in enumerate(old.heads):
        for d, name in enumerate(new.heads):
            if head and head == name and names[0][head] == names[1][head] == 1:
                # A title over a whole table may stand over a sliver of its last column: then the cells say otherwise.
                is_sliver = 2 * min(filled_old[c], filled_new[d]) <= max(filled_old[c], filled_new[d])
                is_elsewhere = not by_cells[c, d] and bool(by_cells[c].any() or by_cells[:, d].any())
                score[c, d] += 0.0 if is_sliver and is_elsewhere else HEADER_WEIGHT
    ranked = sorted(
        (-round(float(score[c, d]), 6), abs(c - d), c + d, c, d)
        for c in range(old.columns)
        for d in range(new.columns)
        if score[c, d] >= LEAST_COLUMN
    )
    found: Pairs = []
    for _, _, _, c, d in ranked:
        if all(c != a and d != b for a, b in found):
            found.append((c, d))
    return sorted(found + _left_over(old, new, found))


def _left_over(old: Sheet, new: Sheet, found: Pairs) -> Pairs:
    """Columns between the same neighbours, as many on both sides, that do not have two different names."""
    pairs = [(-1, -1), *sorted(found), (old.columns, new.columns)]
    more: Pairs = []
    taken = {c for c, _ in found}, {d for _, d in found}  # also by columns that crossed others
    for (a, b), (c, d) in pairwise(pairs):
        if c - a != d - b or c - a < 2:
            continue
        for one, other in zip(range(a + 1, c), range(b + 1, d), strict=True):
            if one in taken[0] or other in taken[1]:
                continue
            if not (old.heads[one] and new.heads[other]) or old.heads[one] == new.heads[other]:
                more.append((one, other))
    return more
