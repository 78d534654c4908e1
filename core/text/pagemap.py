"""Which page became which: by the words they share, wherever reflow took them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.drawings.numbering import sheet_numbers
from core.errors import OptionsError
from core.model import Document, Page, PagePair
from core.registrations import Registration
from core.text.sequence import heaviest_chain
from core.text.tokens import Tokens

LEAST_SIMILARITY = 0.25
MOST_COUNTED = 6_000_000  #: pages times different words of a set whose sheets are paired by their numbers
SAME_NUMBER = 0.5  #: share of the similarity to any other that two sheets of one number must have

Partners: TypeAlias = dict[int, tuple[int, float]]  #: new page and similarity, by old page


def pair_pages(old: Tokens, new: Tokens, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]) -> Partners:
    """Which page became which.

    Args:
        old: Tokens of the old document.
        new: Tokens of the new document.
        pairs: Indices of the matched and moved tokens, old and new.

    Similarity is shared words over the words of the fuller page; pairs are taken from the most similar down, ties by
    nearness in the document. Sheets of drawings that bear the same number are paired before others. Pages without
    words are paired in the gaps between others.
    """
    shared = shared_words(old, new, pairs)
    sizes = _sizes(old), _sizes(new)
    scored = sorted(
        (
            (count / max(sizes[0].get(a, 1), sizes[1].get(b, 1)), -abs(a - b), -a, -b)
            for (a, b), count in shared.items()
        ),
        reverse=True,
    )
    partner = _numbered(old.document, new.document)
    taken = {goal for goal, _ in partner.values()}
    for score, _, minus_a, minus_b in scored:
        a, b = -minus_a, -minus_b
        if score < LEAST_SIMILARITY:
            break
        if a not in partner and b not in taken:
            partner[a] = (b, score)
            taken.add(b)
    _pair_pictures(old.document, new.document, partner, taken)
    _pair_blank(old.document, new.document, sizes, partner, taken)
    return partner


def _numbered(old: Document, new: Document) -> Partners:
    """Sheets with the same number, unless what they hold says clearly otherwise: sheets were numbered anew."""
    numbers = sheet_numbers(old), sheet_numbers(new)
    if not all(numbers) or max(len(d.pages) * len(d.words.vocabulary) for d in (old, new)) > MOST_COUNTED:
        return {}
    alike = _likeness(old, new)
    goals = {one.number: page for page, one in numbers[1].items()}
    found: Partners = {}
    for page, one in numbers[0].items():
        goal = goals.get(one.number, 0)
        if not goal:
            continue
        score = float(alike[page, goal])
        # Of a set that grew, all may be numbered anew.
        share = SAME_NUMBER if one.of == numbers[1][goal].of else 1.0
        if score >= share * max(float(alike[page].max()), float(alike[:, goal].max())):
            found[page] = (goal, score)
    return found


def _likeness(old: Document, new: Document) -> NDArray[np.float32]:
    """(old pages + 1, new pages + 1) different words that two pages share, of those of the fuller one."""
    known: dict[str, int] = {}
    codes = [
        np.array([known.setdefault(text, len(known)) for text in document.words.vocabulary], np.int64)
        for document in (old, new)
    ]
    held = []
    for document, code in zip((old, new), codes, strict=True):
        held.append(np.zeros((max(page.number for page in document.pages) + 1, len(known)), np.float32))
        held[-1][document.words.page, code[document.words.token]] = 1
    shared = held[0] @ held[1].T
    size = np.maximum(held[0].sum(axis=1)[:, None], held[1].sum(axis=1))
    return np.asarray(shared / np.maximum(size, 1))


def paired_by_hand(partner: Partners, registrations: tuple[Registration, ...], pages: tuple[int, int]) -> Partners:
    """The partners with those that the user laid on each other; who loses a partner by that has none.

    Args:
        partner: As found.
        registrations: What was set by hand.
        pages: How many the old and the new document have.
    """
    for one in registrations:
        if one.old_page > pages[0] or one.new_page > pages[1]:
            side, number = ("old", one.old_page) if one.old_page > pages[0] else ("new", one.new_page)
            raise OptionsError(
                f"registration: the {side} document has no page {number}",
                remedy=f"It has {pages[side == 'new']} pages: choose one of them.",
            )
        if partner.get(one.old_page, (0, 0.0))[0] == one.new_page:
            continue
        partner = {old: goal for old, goal in partner.items() if old != one.old_page and goal[0] != one.new_page}
        partner[one.old_page] = (one.new_page, 0.0)
    return partner


def moved_pages(partners: Partners, in_order: dict[tuple[int, int], int]) -> frozenset[tuple[int, int]]:
    """The pairs that left the common order: those outside the chain of ascending pairs that holds most words.

    Args:
        partners: All pairs.
        in_order: By (old, new) page, the words that were matched in order, so not as part of a moved block.
    """
    pairs = sorted((old, new) for old, (new, _) in partners.items())
    weights = [2 * in_order.get(pair, 0) + 1 for pair in pairs]
    kept = set(heaviest_chain([new for _, new in pairs], weights))
    return frozenset(pair for k, pair in enumerate(pairs) if k not in kept)


def shared_words(
    old: Tokens, new: Tokens, pairs: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> dict[tuple[int, int], int]:
    """By (old, new) page, how many tokens are matched."""
    if not len(pairs[0]):
        return {}
    a = old.document.words.page[old.lead(pairs[0])].astype(np.int64)
    b = new.document.words.page[new.lead(pairs[1])].astype(np.int64)
    codes, counts = np.unique(a << 32 | b, return_counts=True)
    return {(code >> 32, code & 0xFFFFFFFF): count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def _sizes(tokens: Tokens) -> dict[int, int]:
    pages, counts = np.unique(tokens.document.words.page[tokens.lead()], return_counts=True)
    return dict(zip(pages.tolist(), counts.tolist(), strict=True))


def _pair_pictures(old: Document, new: Document, partner: Partners, taken: set[int]) -> None:
    """Pages without text whose pictures are equal are partners, the nearest first."""
    free: dict[str, list[int]] = {}
    for page in new.pages:
        if page.picture and page.number not in taken:
            free.setdefault(page.picture, []).append(page.number)
    for page in old.pages:
        if page.picture and page.number not in partner and free.get(page.picture):
            number = min(free[page.picture], key=lambda other: abs(other - page.number))
            free[page.picture].remove(number)
            partner[page.number] = (number, 1.0)
            taken.add(number)


def _pair_blank(
    old: Document,
    new: Document,
    sizes: tuple[dict[int, int], dict[int, int]],
    partner: Partners,
    taken: set[int],
) -> None:
    """Pages of which one has no compared words (blank, or a picture) are paired by place, if their shapes agree."""
    alone = {p.number: p for p in new.pages if p.number not in taken}
    for page in old.pages:
        if page.number in partner:
            continue
        before = partner.get(page.number - 1, (0, 0.0))[0]
        after = partner.get(page.number + 1, (0, 0.0))[0] - 1
        for number in dict.fromkeys((before + 1 if before or page.number == 1 else page.number, after, page.number)):
            other = alone.get(number)
            wordless = page.number not in sizes[0], number not in sizes[1]
            unread = other is not None and not (page.compared and other.compared)
            if other is not None and any(wordless) and (unread or _same_shape(page, other)):
                alike = all(wordless) and page.compared and other.compared
                partner[page.number] = (number, 1.0 if alike else 0.0)
                taken.add(number)
                del alone[number]
                break


def _same_shape(page: Page, other: Page) -> bool:
    return abs(other.width - page.width) + abs(other.height - page.height) < 4


def in_new_order(old: Document, new: Document, partner: Partners) -> tuple[PagePair, ...]:
    """Every page of both sides exactly once, in new order; deleted pages stand where they were."""
    back = {b: (a, score) for a, (b, score) in partner.items()}
    entries: list[PagePair] = [
        PagePair(back[p.number][0], p.number, round(back[p.number][1], 4))
        if p.number in back
        else PagePair(None, p.number, 0.0)
        for p in new.pages
    ]
    place = {entry.old: k for k, entry in enumerate(entries) if entry.old is not None}
    lost: dict[int, list[PagePair]] = {}
    at = -1
    for page in old.pages:
        if page.number in partner:
            at = place[page.number]
        else:
            lost.setdefault(at, []).append(PagePair(page.number, None, 0.0))
    out = lost.get(-1, [])
    for k, entry in enumerate(entries):
        out = [*out, entry] if k not in lost else [*out, entry, *lost[k]]
    return tuple(out)
