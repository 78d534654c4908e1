"""What holds for any two documents: nothing swallowed, nothing invented, sides alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.compare import compare
from core.model import Change, Comparison, Document, Kind, Words, join
from core.options import CompareOptions, share_of
from tests.builders import Line, document

COMMON = ("the", "of", "and", "to", "a", "in", "is", "shall", "be", "not", "I", "1", "2", "-", "§", "or")
RARE = tuple(
    f"{a}{b}{c}"
    for a in ("con", "de", "per", "sub", "trans")
    for b in ("form", "tract", "mit", "vey")
    for c in ("", "ed", "ing")
)
SENTENCES = ("end.", "there.", "done;", "so,", "Then", "However,", "5.", "(a)", "3.1")
SPECIAL = ("-", "±", "§", "1", "I", "a", "not", "no", "0", "7", "x", "%", "-5", "+5", "5.", "(a)", "μ", "“", "ß")
WORDS = st.sampled_from((*COMMON, *COMMON, *RARE, *SENTENCES))
TEXTS = st.lists(WORDS, min_size=1, max_size=160)
FEW = settings(max_examples=80, deadline=None)


@dataclass(frozen=True)
class Layout:
    """How text is set: words a line, lines a page, and which words at line ends are broken."""

    width: int
    height: int
    breaks: int
    head: str = ""

    def set(self, words: Sequence[str]) -> Document:
        lines: list[str] = []
        rest = list(words)
        while rest:
            line, rest = rest[: self.width], rest[self.width :]
            if self.breaks and rest and len(lines) % self.breaks == 0 and len(line[-1]) > 6 and line[-1].isalpha():
                rest.insert(0, line[-1][4:])
                line[-1] = line[-1][:4] + "~"
            lines.append(" ".join(line))
        pages = [lines[k : k + self.height] for k in range(0, len(lines), self.height)]
        # The first line stands below the zone of running lines, where equal lines may be headers.
        return document(*(self._page(number, page) for number, page in enumerate(pages, 1)))

    def _page(self, number: int, lines: list[str]) -> list[Line]:
        body = [(line, 140.0 + 12 * k, 0) for k, line in enumerate(lines)]
        return [(self.head, 40.0, 2), *body, (f"Page {number}", 770.0, 2)] if self.head else body


LAYOUTS = st.builds(Layout, st.integers(3, 14), st.integers(3, 40), st.integers(0, 3))
PLAIN = Layout(9, 40, 0)


@dataclass(frozen=True)
class Edit:
    """One word at a place (as a share of the text) deleted, inserted or replaced."""

    at: float
    word: str
    kind: Kind

    def apply(self, words: list[str]) -> tuple[list[str], Counter[str], Counter[str]]:
        """The text after it, and the words that went and came."""
        k = min(int(self.at * len(words)), len(words) - 1)
        if self.kind is Kind.INSERTED:
            return [*words[:k], self.word, *words[k:]], Counter(), Counter([self.word])
        if self.kind is Kind.DELETED:
            return [*words[:k], *words[k + 1 :]], Counter([words[k]]), Counter()
        gone, come = Counter([words[k]]), Counter([self.word])
        return [*words[:k], self.word, *words[k + 1 :]], gone - come, come - gone


EDITS = st.builds(
    Edit,
    st.floats(0, 1),
    st.sampled_from(SPECIAL + RARE),
    st.sampled_from((Kind.INSERTED, Kind.DELETED, Kind.REPLACED)),
)


def told(comparison: Comparison) -> tuple[Counter[str], Counter[str]]:
    """The words told as gone and as come; those of moves are neither."""
    gone, come = Counter[str](), Counter[str]()
    for change in comparison.changes:
        if change.kind is not Kind.MOVED and change.layer != "style":
            gone.update(change.old.text.split() if change.old else [])
            come.update(change.new.text.split() if change.new else [])
    return gone, come


def difference(old: Document, new: Document) -> tuple[Counter[str], Counter[str]]:
    return told(compare(old, new, CompareOptions()))


def mirrored(change: Change) -> tuple[object, ...]:
    kind = {Kind.INSERTED: Kind.DELETED, Kind.DELETED: Kind.INSERTED}.get(change.kind, change.kind)
    return (change.layer, kind, change.new, change.old)


@FEW
@given(TEXTS, EDITS, LAYOUTS)
def test_one_edited_word_is_told_and_nothing_else(words: list[str], edit: Edit, layout: Layout) -> None:
    edited, gone, come = edit.apply(words)
    assert difference(layout.set(words), layout.set(edited)) == (gone, come)


@FEW
@given(TEXTS, st.lists(EDITS, max_size=6), LAYOUTS, LAYOUTS)
def test_edits_and_reflow_tell_no_surplus_word(words: list[str], edits: list[Edit], one: Layout, two: Layout) -> None:
    edited = words
    size = 0
    for edit in edits:
        if edited:
            edited, gone, come = edit.apply(edited)
            size += gone.total() + come.total()
    gone, come = difference(one.set(words), two.set(edited))
    assert gone.total() + come.total() <= size
    assert Counter(words) - gone + come == Counter(edited)


@FEW
@given(TEXTS, EDITS, LAYOUTS, LAYOUTS)
def test_running_lines_neither_swallow_nor_invent(words: list[str], edit: Edit, one: Layout, two: Layout) -> None:
    edited, gone, come = edit.apply(words)
    assume(edited)  # an empty document has no head either
    old, new = (replace(layout, head="Draft agreement 7/2026") for layout in (one, two))
    told_gone, told_come = difference(old.set(words), new.set(edited))
    assert told_gone - told_come <= gone
    assert told_come - told_gone <= come
    assert Counter(words) - told_gone + told_come == Counter(edited)


@FEW
@given(TEXTS, LAYOUTS, LAYOUTS)
def test_a_changed_head_is_told_once(words: list[str], one: Layout, two: Layout) -> None:
    old, new = replace(one, head="Draft of May 2026").set(words), replace(two, head="Draft of July 2026").set(words)
    gone, come = difference(old, new)
    assert gone == Counter(["May"])
    assert come == Counter(["July"])


@FEW
@given(TEXTS, TEXTS, LAYOUTS, LAYOUTS)
def test_old_less_what_went_plus_what_came_is_new(old: list[str], new: list[str], one: Layout, two: Layout) -> None:
    gone, come = difference(one.set(old), two.set(new))
    assert gone <= Counter(old)
    assert Counter(old) - gone + come == Counter(new)


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """A text of blocks, and the same blocks in another order, some gone, some edited."""
    blocks = draw(st.lists(st.lists(WORDS, min_size=3, max_size=30), min_size=2, max_size=8))
    order = draw(st.permutations(range(len(blocks))))
    kept = order[: draw(st.integers(1, len(order)))]
    after: list[str] = []
    for k in kept:
        block = blocks[k]
        if draw(st.booleans()):
            block = draw(EDITS).apply(block)[0]
        after += block
    return [word for block in blocks for word in block], after


@FEW
@given(shuffled(), LAYOUTS, LAYOUTS)
def test_blocks_that_move_keep_every_word(texts: tuple[list[str], list[str]], one: Layout, two: Layout) -> None:
    old, new = texts
    gone, come = difference(one.set(old), two.set(new))
    assert gone <= Counter(old)
    assert Counter(old) - gone + come == Counter(new)


@FEW
@given(shuffled(), LAYOUTS, LAYOUTS)
def test_swapping_the_sides_mirrors_every_change(texts: tuple[list[str], list[str]], one: Layout, two: Layout) -> None:
    old, new = one.set(texts[0]), two.set(texts[1])
    there = compare(old, new, CompareOptions()).changes
    back = compare(new, old, CompareOptions()).changes
    same = Counter((c.layer, c.kind, c.old, c.new) for c in there)
    assert same == Counter(mirrored(c) for c in back)


@FEW
@given(shuffled(), LAYOUTS, st.integers(1, 4))
def test_documents_read_in_shares_give_the_same_changes(
    texts: tuple[list[str], list[str]], layout: Layout, parts: int
) -> None:
    old, new = (layout.set(text) for text in texts)
    whole = compare(old, new, CompareOptions())
    assert compare(join(shares(old, parts)), new, CompareOptions()).changes == whole.changes
    assert compare(old, join(shares(new, parts)), CompareOptions()).changes == whole.changes


def shares(document: Document, parts: int) -> list[Document]:
    """The document as several readers would give it, some pages each, vocabularies of their own."""
    found = []
    for k in range(parts):
        pages = share_of(list(range(1, document.page_count + 1)), k, parts)
        at = np.flatnonzero(np.isin(document.words.page, pages))
        used, token = np.unique(document.words.token[at], return_inverse=True)
        columns = {name: getattr(document.words, name)[at] for name in Words.COLUMNS}
        columns["token"] = token.astype(np.int32)
        columns["line"] = columns["line"] - (columns["line"][0] if len(at) else 0)
        vocabulary = tuple(document.words.vocabulary[t] for t in used.tolist())
        found.append(
            replace(
                document,
                pages=tuple(page for page in document.pages if page.number in pages),
                words=Words(vocabulary, **columns),
            )
        )
    return [part for part in found if part.pages]
