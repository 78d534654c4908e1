"""Pages on which the order of drawing says nothing: drawings, and forms that were written anew in another order.

There the place decides: equal words at the same place are the same, and what stands at the same place otherwise was
replaced. Whether order or place tells less is found by trying both; the one that leaves fewer words is kept, page by
page. Source of the judgement: the size of the difference itself, of which both readings are an upper bound.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.median import median
from core.model import Flag
from core.text.companions import SAME_WAY, companions, lone_words
from core.text.crossing import crossed
from core.text.exchanging import exchanged
from core.text.lines import label_pages
from core.text.moves import Moved
from core.text.pagemap import Partners
from core.text.sequence import Hunk, hunks
from core.text.spans import spans_of
from core.text.tokens import Tokens

NEAR = 6.0  #: points (sum of both axes) within which a word stands at the same place, and at most its height
GAIN = 0.8  #: share of the words told by order that may be told by place, for the place to decide on a page of prose
STABLE_SHARE = 0.8  #: of the words of a page of prose must stand where they stood
EXCESS_WORDS = 20  #: words told beyond what must be told, from which on a page of prose is tried by place too
REPLACED_NEAR = 12.0  #: points within which another stretch begins in place of one, and at most two heights
#: Points within which the value nearest to one that went is what it became, if that holds both ways; twice as far where
#: it kept its column or its line, as when a part grows.
VALUE_NEAR, IN_LINE = 72.0, 6.0
LEAST_ALIKE = 0.5  #: share of common words of two pages of labels that have no partner in order
MOST_ALONE = 200  #: such pages that are looked at, of each side
MOST_CELLS = 1_000_000  #: pairs of left words that are looked at
CROWD = 64  #: equal words in one cell of NEAR points that are looked at

_Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
_Moves = list[Moved]
_Span = tuple[int, int]
_Difference = tuple[_Span | None, _Span | None]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Two pages that are partners, matched by place: tokens of both, which of them are equal, what is left."""

    old: NDArray[np.int64]
    new: NDArray[np.int64]
    pairs: dict[int, int]


def settled_by_place(
    old: Tokens, new: Tokens, found: list[Hunk], moves: _Moves, pairs: _Pairs, partners: Partners
) -> tuple[list[Hunk], _Moves, _Pairs, Partners]:
    """Match those pages by place on which that leaves fewer words than the order of drawing.

    Returns:
        The hunks, moved blocks and pairs, with what lies on those pages replaced; and the partners, with those pages
        of labels that nothing but the place could pair.
    """
    told = _told(found, len(old), len(new))
    labels = label_pages(old.document.words), label_pages(new.document.words)
    at = _by_page(old), _by_page(new)
    partner_of = np.full(len(old), -1, np.int64), np.full(len(new), -1, np.int64)
    partner_of[0][pairs[0]], partner_of[1][pairs[1]] = pairs[1], pairs[0]
    for move in moves:
        if move.silent:
            told[0][slice(*move.old)] = False
            told[1][slice(*move.new)] = False
            continue
        partner_of[0][slice(*move.old)] = -1
        partner_of[1][slice(*move.new)] = -1
        told[0][slice(*move.old)] = True
        told[1][slice(*move.new)] = True
    sheets: list[_Sheet] = []
    alike = _alike(old, new, at, labels, partners)
    for old_page, (new_page, _) in sorted((partners | alike).items()):
        a, b = at[0].get(old_page), at[1].get(new_page)
        if a is None or b is None:
            continue
        cost = int(told[0][a].sum()) + int(told[1][b].sum())
        label = old_page in labels[0] and new_page in labels[1]
        if not told[0][a].any() or not told[1][b].any() or not (label or _excessive(old.key[a], new.key[b], cost)):
            continue
        lost = _strangers(partner_of[0][a], b) + _strangers(partner_of[1][b], a)
        same = companions(old, new, a, b) if label else {}
        rest = np.setdiff1d(a, list(same)), np.setdiff1d(b, list(same.values()))
        same |= _same_place(old, new, *rest, _shift(old, new, a, b))
        if not label and len(same) < STABLE_SHARE * min(len(a), len(b)):
            continue
        if label:
            rest = np.setdiff1d(a, list(same)), np.setdiff1d(b, list(same.values()))
            ways = _same_way(old, new, *rest)
            same.update(_without_exchanged(old, new, ways, _shift(old, new, a, b)))
            rest = np.setdiff1d(a, list(same)), np.setdiff1d(b, list(same.values()))
            same.update(_not_replaced(old, new, _same_order(old, new, *rest), *rest, _shift(old, new, a, b)))
            a, b, same = _without_crossed(old, new, a, b, same, partner_of[0], moves)
            gone = exchanged(old, new, same, _shift(old, new, a, b))
            same = {i: j for i, j in same.items() if i not in gone}
            cost = int(told[0][a].sum()) + int(told[1][b].sum())
        if len(a) + len(b) - 2 * len(same) + lost <= (1.0 if label else GAIN) * cost:
            sheets.append(_Sheet(a, b, same))
            partners = partners | {old_page: (new_page, len(same) / max(len(a), len(b)))}
    sheets += _exchanged(old, new, at, labels, partners, partner_of[0], sheets)
    sheets += _scattered(old, new, found, labels, sheets)
    if not sheets:
        return found, moves, pairs, partners
    return (*_replaced(old, new, found, moves, pairs, sheets), partners)


def _exchanged(
    old: Tokens,
    new: Tokens,
    at: tuple[dict[int, NDArray[np.int64]], dict[int, NDArray[np.int64]]],
    labels: tuple[set[int], set[int]],
    partners: Partners,
    in_order: NDArray[np.int64],
    sheets: list[_Sheet],
) -> list[_Sheet]:
    """The labels that changed places on the other pages, whose order of drawing (`in_order`) says nothing of it."""
    done = {int(token) for sheet in sheets for token in sheet.old}
    out = []
    for old_page, (new_page, _) in sorted(partners.items()):
        a, b = at[0].get(old_page), at[1].get(new_page)
        if a is None or b is None or old_page not in labels[0] or new_page not in labels[1]:
            continue
        a = a[np.isin(in_order[a], b)]
        same = {i: int(in_order[i]) for i in a.tolist() if i not in done}
        shift = _shift(old, new, a, b)
        olds = np.array(sorted(exchanged(old, new, same, shift)), np.int64)
        news = np.sort(in_order[olds])
        if len(olds):
            out.append(_Sheet(olds, news, _same_place(old, new, olds, news, shift)))
    return out


def _scattered(
    old: Tokens, new: Tokens, found: list[Hunk], labels: tuple[set[int], set[int]], sheets: list[_Sheet]
) -> list[_Sheet]:
    """The other differences on pages of labels that are more than a paragraph on a side, as if each were a sheet.

    What came between two labels that stayed, in the order of drawing, may stand all over the page.
    """
    on_sheets = np.zeros(len(old), bool), np.zeros(len(new), bool)
    for sheet in sheets:
        on_sheets[0][sheet.old] = True
        on_sheets[1][sheet.new] = True
    out = []
    for i0, i1, j0, j1 in found:
        sides = (old, i0, i1), (new, j0, j1)
        if any(
            on_sheets[side][start:stop].any()
            or not set(_pages(tokens, start, stop)) <= labels[side]
            or _is_of_signs(tokens, start, stop)
            for side, (tokens, start, stop) in enumerate(sides)
        ):
            continue
        at = np.arange(i0, i1), np.arange(j0, j1)
        if any(len(_joined(tokens, _runs(tokens, one))) > 1 for (tokens, _, _), one in zip(sides, at, strict=True)):
            out.append(_Sheet(*at, {}))
    return out


def _is_of_signs(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether a stretch is music or the like, where each sign means nothing alone."""
    flags = tokens.document.words.flags[tokens.words(start, stop)]
    return 2 * int(np.count_nonzero(flags & int(Flag.SYMBOL))) > len(flags)


def _pages(tokens: Tokens, start: int, stop: int) -> list[int]:
    """The pages on which a stretch of tokens stands."""
    found: list[int] = np.unique(tokens.document.words.page[tokens.words(start, stop)]).tolist()
    return found


def _alike(
    old: Tokens,
    new: Tokens,
    at: tuple[dict[int, NDArray[np.int64]], dict[int, NDArray[np.int64]]],
    labels: tuple[set[int], set[int]],
    partners: Partners,
) -> Partners:
    """Pages of labels without a partner that hold the same words, in whatever order; the most alike first."""
    taken = {page for page, _ in partners.values()}
    alone = [sorted(labels[0] - partners.keys())[:MOST_ALONE], sorted(labels[1] - taken)[:MOST_ALONE]]
    bags = tuple(
        {page: Counter(tokens.key[side[page]].tolist()) for page in pages if page in side}
        for tokens, side, pages in zip((old, new), at, alone, strict=True)
    )
    scored = sorted(
        (
            -(a & b).total() / max(a.total(), b.total()),
            abs(page - other),
            page,
            other,
        )
        for page, a in bags[0].items()
        for other, b in bags[1].items()
    )
    found: Partners = {}
    for score, _, page, other in scored:
        if -score >= LEAST_ALIKE and page not in found and all(other != b for b, _ in found.values()):
            found[page] = (other, -score)
    return found


def _excessive(a: NDArray[np.int32], b: NDArray[np.int32], cost: int) -> bool:
    """Whether far more is told than the words that one side has and the other has not."""
    size = int(max(a.max(), b.max())) + 1
    least = int(np.abs(np.bincount(a, minlength=size) - np.bincount(b, minlength=size)).sum())
    return cost > 2 * least and cost > least + EXCESS_WORDS


def _told(found: list[Hunk], n: int, m: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    told = np.zeros(n, bool), np.zeros(m, bool)
    for i0, i1, j0, j1 in found:
        told[0][i0:i1] = True
        told[1][j0:j1] = True
    return told


def _by_page(tokens: Tokens) -> dict[int, NDArray[np.int64]]:
    """Tokens of each page, in stream order."""
    if not len(tokens):
        return {}
    page = tokens.document.words.page[tokens.lead()]
    order = np.argsort(page, kind="stable")
    numbers, first = np.unique(page[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True))


def _strangers(partners: NDArray[np.int64], page: NDArray[np.int64]) -> int:
    """How many partners in order stand on other pages: they would lose their own."""
    return int((~np.isin(partners[partners >= 0], page)).sum())


def _middles(tokens: Tokens, at: NDArray[np.int64]) -> NDArray[np.floating]:
    box = tokens.document.words.box[tokens.lead(at)]
    return (box[:, :2] + box[:, 2:]) / 2


def _same_place(
    old: Tokens, new: Tokens, a: NDArray[np.int64], b: NDArray[np.int64], shift: NDArray[np.floating]
) -> dict[int, int]:
    """New token by old token: equal and at the same place of the shifted page, the nearest first."""
    where = _middles(old, a) + shift, _middles(new, b)
    reach = np.minimum(_heights(old, a), NEAR).tolist()
    cells: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for k, (key, (x, y)) in enumerate(zip(new.key[b].tolist(), (where[1] // NEAR).tolist(), strict=True)):
        cells[key, int(x), int(y)].append(k)
    tried: list[tuple[int, int]] = []
    for k, (key, (x, y)) in enumerate(zip(old.key[a].tolist(), (where[0] // NEAR).tolist(), strict=True)):
        for dx, dy in itertools.product((-1, 0, 1), repeat=2):
            tried += [(k, other) for other in cells.get((key, int(x) + dx, int(y) + dy), ())[:CROWD]]
    if not tried:
        return {}
    one, other = np.array(tried).T
    away = np.abs(where[1][other] - where[0][one]).sum(axis=1).tolist()
    near = [(far, k, at) for far, (k, at) in zip(away, tried, strict=True) if far <= reach[k]]
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, k, at in sorted(near):
        if k not in pairs and at not in taken:
            pairs[k] = at
            taken.add(at)
    return {int(a[k]): int(b[at]) for k, at in pairs.items()}


def _heights(tokens: Tokens, at: NDArray[np.int64]) -> NDArray[np.floating]:
    """The shorter side of each token's first word, at least a point: words may stand on end."""
    box = tokens.document.words.box[tokens.lead(at)]
    shorter: NDArray[np.floating] = np.maximum((box[:, 2:] - box[:, :2]).min(axis=1), 1.0)
    return shorter


def _same_order(old: Tokens, new: Tokens, a: NDArray[np.int64], b: NDArray[np.int64]) -> dict[int, int]:
    """Likewise: equal and in the same order, wherever they stand, as the words of a symbol that was moved."""
    pairs: dict[int, int] = {}
    i = j = 0
    for i0, i1, j0, j1 in [*hunks(old.key[a], new.key[b]), (len(a), len(a), len(b), len(b))]:
        pairs.update(zip(a[i:i0].tolist(), b[j:j0].tolist(), strict=True))
        i, j = i1, j1
    return pairs


def _same_way(old: Tokens, new: Tokens, a: NDArray[np.int64], b: NDArray[np.int64]) -> dict[int, int]:
    """Equal words that moved by the same way, as those of a symbol or of the rows of a table; most of them first.

    Source: generalised Hough transform; each equal pair votes for its way, in cells of SAME_WAY points.
    """
    pairs: dict[int, int] = {}
    while True:
        left = np.setdiff1d(a, list(pairs)), np.setdiff1d(b, list(pairs.values()))
        if not len(left[0]) or not len(left[1]) or len(left[0]) * len(left[1]) > MOST_CELLS:
            return pairs
        i, j = np.nonzero(old.key[left[0]][:, None] == new.key[left[1]][None])
        ways = _middles(new, left[1][j]) - _middles(old, left[0][i])
        best: dict[int, int] = {}
        for offset in (0.0, 0.5):  # a way near the edge of a cell lies within one of the other grid
            cells, inverse, votes = np.unique(
                np.floor(ways / SAME_WAY + offset).astype(np.int64), axis=0, return_inverse=True, return_counts=True
            )
            if not len(cells):
                return pairs
            chosen = min(range(len(cells)), key=lambda k: (-votes[k], np.abs(cells[k]).sum(), *cells[k].tolist()))
            group: dict[int, int] = {}
            for k in np.flatnonzero(inverse.reshape(-1) == chosen).tolist():
                x, y = int(left[0][i[k]]), int(left[1][j[k]])
                if x not in group and y not in group.values():
                    group[x] = y
            best = max(best, group, key=len)
        if len(best) < 2:
            return pairs
        pairs.update(best)


def _without_exchanged(old: Tokens, new: Tokens, pairs: dict[int, int], shift: NDArray[np.floating]) -> dict[int, int]:
    """The pairs without those that changed places with each other, as the nets of a connector that was mirrored."""
    if not pairs or len(pairs) ** 2 > MOST_CELLS:
        return pairs
    olds, news = np.array(list(pairs), np.int64), np.array(list(pairs.values()), np.int64)
    away = np.abs((_middles(old, olds) + shift)[:, None] - _middles(new, news)[None]).max(axis=2)
    takes = (away <= np.minimum(_heights(old, olds)[:, None], _heights(new, news)[None])) & (
        old.key[olds][:, None] != new.key[news][None]
    )
    exchanged = (takes & takes.T).any(axis=1)
    return {i: j for i, j, gone in zip(olds.tolist(), news.tolist(), exchanged.tolist(), strict=True) if not gone}


def _without_crossed(
    old: Tokens,
    new: Tokens,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    same: dict[int, int],
    in_order: NDArray[np.int64],
    moves: _Moves,
) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[int, int]]:
    """A sheet without the moves that passed what they stand among, as rows of a table; other words that did are told.

    Words that the order of drawing pairs too (`in_order`, the new token of each old one) are the same label, which
    went elsewhere in a drawing.

    Returns:
        The tokens of both sides that are left to the place, and the pairs of them.
    """
    shift = _shift(old, new, a, b)

    def passed() -> set[int]:
        return {i for i in crossed(old, new, same, shift) if in_order[i] != same[i]}

    gone = passed()
    if not gone:
        return a, b, same
    for move in moves:
        olds, news = np.arange(*move.old), np.arange(*move.new)
        if not move.silent and gone & set(olds.tolist()) and np.isin(olds, a).all() and np.isin(news, b).all():
            a, b = np.setdiff1d(a, olds), np.setdiff1d(b, news)
    on = set(a.tolist()), set(b.tolist())
    same = {i: j for i, j in same.items() if i in on[0] and j in on[1]}
    gone = passed()
    return a, b, {i: j for i, j in same.items() if i not in gone}


def _not_replaced(
    old: Tokens,
    new: Tokens,
    pairs: dict[int, int],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    shift: NDArray[np.floating],
) -> dict[int, int]:
    """The pairs without those whose place another word took: where two words changed places, both were replaced."""
    if not pairs:
        return pairs
    olds, news = np.array(list(pairs), np.int64), np.array(list(pairs.values()), np.int64)
    taken = _covered(old, new, olds, b, shift) | _covered(new, old, news, a, -shift)
    return {i: j for i, j, gone in zip(olds.tolist(), news.tolist(), taken.tolist(), strict=True) if not gone}


def _covered(
    one: Tokens, other: Tokens, at: NDArray[np.int64], others: NDArray[np.int64], shift: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Whether another word of the other side stands at the place of each token."""
    if not len(others) or len(at) * len(others) > MOST_CELLS:
        return np.zeros(len(at), bool)
    box = one.document.words.box[one.lead(at)] + np.tile(shift, 2)
    boxes = other.document.words.box[other.lead(others)]
    height = np.minimum(_heights(one, at)[:, None], _heights(other, others)[None])
    apart = np.maximum(box[:, None, :2], boxes[None, :, :2]) - np.minimum(box[:, None, 2:], boxes[None, :, 2:])
    covers = (apart <= -0.5 * height[..., None]).all(axis=2) & (one.key[at][:, None] != other.key[others][None])
    found: NDArray[np.bool_] = covers.any(axis=1)
    return found


def _shift(old: Tokens, new: Tokens, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.floating]:
    """By how much the new page is shifted: the median over the words that stand once on both."""
    x, y = lone_words(old, new, a, b)
    if not len(x):
        return np.zeros(2)
    found: NDArray[np.floating] = median(_middles(new, y) - _middles(old, x))
    return found


def _replaced(
    old: Tokens, new: Tokens, found: list[Hunk], moves: _Moves, pairs: _Pairs, sheets: list[_Sheet]
) -> tuple[list[Hunk], _Moves, _Pairs]:
    """What was found, with the tokens of the sheets taken out and the sheets' own differences put in."""
    on = np.zeros(len(old), bool), np.zeros(len(new), bool)
    for sheet in sheets:
        on[0][sheet.old] = True
        on[1][sheet.new] = True
    broken = [m for m in moves if on[0][slice(*m.old)].any() or on[1][slice(*m.new)].any()]
    for move in broken:
        moves = [m for m in moves if m is not move]
        inside = (pairs[0] >= move.old[0]) & (pairs[0] < move.old[1])
        pairs = pairs[0][~inside], pairs[1][~inside]
    keep = ~on[0][pairs[0]] & ~on[1][pairs[1]]
    lost = pairs[0][~keep & ~on[0][pairs[0]]], pairs[1][~keep & ~on[1][pairs[1]]]
    differences = [run for sheet in sheets for run in _differences(old, new, sheet)]
    more = {a: b for sheet in sheets for a, b in sheet.pairs.items()}
    a = np.concatenate((pairs[0][keep], np.array(list(more), np.int64)))
    b = np.concatenate((pairs[1][keep], np.array(list(more.values()), np.int64)))
    order = np.argsort(a, kind="stable")
    pairs = a[order], b[order]
    out = [part for hunk in found for part in _cut(hunk, on)]
    alone: list[_Difference] = [(span, None) for span in spans_of(lost[0])]
    alone += [(None, span) for span in spans_of(np.sort(lost[1]))]
    out += _placed(pairs, alone + differences)
    return sorted(out), moves, pairs


def _cut(hunk: Hunk, on: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> list[Hunk]:
    """A hunk without the tokens of sheets."""
    i0, i1, j0, j1 = hunk
    if not on[0][i0:i1].any() and not on[1][j0:j1].any():
        return [hunk]
    olds, news = spans_of(np.flatnonzero(~on[0][i0:i1]) + i0), spans_of(np.flatnonzero(~on[1][j0:j1]) + j0)
    return [
        (*(olds[k] if k < len(olds) else (i1, i1)), *(news[k] if k < len(news) else (j1, j1)))
        for k in range(max(len(olds), len(news)))
    ]


def _differences(old: Tokens, new: Tokens, sheet: _Sheet) -> list[_Difference]:
    """The stretches of a sheet that are left, within a line each; those that begin at the same place together.

    Such that read the same after all become pairs of the sheet. Of the rest lone values are paired with those that they
    became, and paragraphs are put together.
    """
    left = (
        np.setdiff1d(sheet.old, np.array(list(sheet.pairs), np.int64)),
        np.setdiff1d(sheet.new, np.array(list(sheet.pairs.values()), np.int64)),
    )
    runs = _runs(old, left[0]), _runs(new, left[1])
    starts = tuple(
        _middles(tokens, np.array([run[0] for run in side], np.int64)) if side else np.zeros((0, 2))
        for tokens, side in zip((old, new), runs, strict=True)
    )
    reach = np.minimum(2 * _heights(old, np.array([run[0] for run in runs[0]], np.int64)), REPLACED_NEAR).tolist()
    found: list[_Difference] = []
    free = list(range(len(runs[1])))
    for k, run in enumerate(runs[0]):
        away = [(float(np.abs(starts[1][at] - starts[0][k]).sum()), at) for at in free]
        nearest = min(away, default=None)
        if nearest is not None and nearest[0] <= reach[k]:
            free.remove(nearest[1])
            other = runs[1][nearest[1]]
            if np.array_equal(
                old.key[slice(*run)], new.key[slice(*other)]
            ):  # set larger, so that its words moved apart
                sheet.pairs.update(zip(range(*run), range(*other), strict=True))
            else:
                found.append((run, other))
        else:
            found.append((run, None))
    gone, come = [run for run, other in found if run is not None and other is None], [runs[1][k] for k in free]
    values = _values(old, new, gone, come)
    found = [*((run, other) for run, other in found if other is not None), *values.items()]
    found += [(run, None) for run in _joined(old, [run for run in gone if run not in values])]
    taken = set(values.values())
    return found + [(None, run) for run in _joined(new, [run for run in come if run not in taken])]


def _values(old: Tokens, new: Tokens, olds: list[_Span], news: list[_Span]) -> dict[_Span, _Span]:
    """Lone numbers by the lone numbers that they became: each the nearest to the other, set the same way."""
    sides = [
        [run for run in runs if run[1] - run[0] == 1 and any(map(str.isdigit, tokens.keys[tokens.key[run[0]]]))]
        for tokens, runs in ((old, olds), (new, news))
    ]
    if not sides[0] or not sides[1] or len(sides[0]) * len(sides[1]) > MOST_CELLS:
        return {}
    at = [np.array([run[0] for run in side], np.int64) for side in sides]
    apart = np.abs(_middles(old, at[0])[:, None] - _middles(new, at[1])[None])
    away = np.where(apart.min(axis=2) <= IN_LINE, apart.sum(axis=2) / 2, apart.sum(axis=2))
    angle = old.document.words.angle[old.lead()[at[0]]], new.document.words.angle[new.lead()[at[1]]]
    away[angle[0][:, None] != angle[1][None]] = np.inf
    nearest, back = away.argmin(axis=1), away.argmin(axis=0)
    return {
        sides[0][k]: sides[1][other]
        for k, other in enumerate(nearest.tolist())
        if away[k, other] <= VALUE_NEAR and back[other] == k
    }


def _joined(tokens: Tokens, runs: list[_Span]) -> list[_Span]:
    """Runs with those that go on in the next line of the same paragraph made one."""
    out: list[_Span] = []
    box = tokens.document.words.box
    for run in runs:
        last = out[-1] if out else None
        if last is not None and last[1] == run[0]:
            above, below = box[tokens.words(*last)], box[tokens.words(*run)]
            height = float((below[:, 3] - below[:, 1]).max())
            gap = float(below[:, 1].min() - above[:, 3].max())
            beside = below[:, 0].min() < above[:, 2].max() and above[:, 0].min() < below[:, 2].max()
            if beside and -0.5 * height <= gap <= 0.7 * height and max(len(above), len(below)) > 1:
                out[-1] = last[0], run[1]
                continue
        out.append(run)
    return out


def _runs(tokens: Tokens, at: NDArray[np.int64]) -> list[_Span]:
    """Neighbouring tokens of one line."""
    spans: list[_Span] = []
    line = tokens.document.words.line[tokens.lead(at)] if len(at) else at
    for k, token in enumerate(at.tolist()):
        if k and spans[-1][1] == token and line[k] == line[k - 1]:
            spans[-1] = (spans[-1][0], token + 1)
        else:
            spans.append((token, token + 1))
    return spans


def _placed(pairs: _Pairs, differences: list[_Difference]) -> list[Hunk]:
    """Differences as hunks: what has no other side stands behind the partner of the word before it."""
    by_new = np.argsort(pairs[1], kind="stable")
    ascending = pairs, (pairs[1][by_new], pairs[0][by_new])

    def behind(side: int, at: int) -> _Span:
        here, there = ascending[side]
        k = int(np.searchsorted(here, at)) - 1
        place = int(there[k]) + 1 if k >= 0 else 0
        return place, place

    found: list[Hunk] = []
    for old, new in differences:
        if old is not None:
            found.append((*old, *(new or behind(0, old[0]))))
        elif new is not None:
            found.append((*behind(1, new[0]), *new))
    return found
