"""Edits on documents; each says what it did in the script."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from benchmarks.accuracy.document import (
    CJK,
    Block,
    Document,
    Heading,
    Item,
    Paragraph,
    Table,
    Word,
    words_of,
)
from benchmarks.accuracy.prose import Prose, cut, ends_sentence, sentences
from benchmarks.accuracy.script import Edit, Script, ids

#: Edited words stand at least so many words apart, so that it is plain which words belong to a change.
APART = 7
_EDGE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)


class Editor:
    """Edits the new document of a pair. Raises `LookupError` where an edit finds no place."""

    def __init__(self, new: Document, prose: Prose, rng: random.Random) -> None:
        self.new, self.prose, self.rng = new, prose, rng
        self.script = Script()
        self._touched: set[int] = set()

    # ------------------------------------------------------------------ words

    def words(self, count: int, kinds: tuple[str, ...] = ()) -> list[str]:
        """Several small edits of the prose; gives their kinds."""
        done: list[str] = []
        tries = 0
        while len(done) < count and tries < 40 * count:
            tries += 1
            kind = self.rng.choice(kinds or tuple(WORD_EDITS))
            paragraphs = [block for block in self.new.blocks if isinstance(block, Paragraph | Item)]
            block = self.rng.choice(paragraphs)
            if len(block.words) < 8:
                continue
            at = self.rng.randrange(2, len(block.words) - 2)
            near = block.words[max(0, at - APART) : at + APART]
            if any(word.id in self._touched for word in near) or block.words[at].look:
                continue
            if WORD_EDITS[kind](self, block.words, at):
                done.append(kind)
        if len(done) < count:
            raise LookupError("no place for more word edits")
        return done

    def _swap(self, words: list[Word], at: int, text: str) -> bool:
        old = words[at]
        if text == old.text or not text:
            return False
        words[at] = old.other(text)
        self._touched |= {words[at].id, words[at - 1].id}
        self.script.edits.append(Edit("text", "replaced", [old.id], [words[at].id]))
        return True

    def _replace(self, words: list[Word], at: int) -> bool:
        before, inner, after = _parts(words[at].text)
        if not inner or not inner.isalpha() or (len(inner) < 3 and self.new.lang not in CJK):
            return False
        fresh = self.prose.word(inner)
        return self._swap(words, at, before + (fresh.capitalize() if inner[0].isupper() else fresh) + after)

    def _letter(self, words: list[Word], at: int) -> bool:
        before, inner, after = _parts(words[at].text)
        if self.new.lang in (*CJK, "ar") or not inner.isalpha() or len(inner) < 4:
            return False
        spot = self.rng.randrange(1, len(inner))
        letters = [c for c in self.prose.word() + "eaio" if c != inner[spot] and c.islower() == inner[spot].islower()]
        if not letters:
            return False
        how = self.rng.choice(("change", "drop", "double"))
        middle = {"change": letters[0], "drop": "", "double": inner[spot] * 2}[how]
        return self._swap(words, at, before + inner[:spot] + middle + inner[spot + 1 :] + after)

    def _number(self, words: list[Word], at: int) -> bool:
        text = words[at].text
        digits = [i for i, c in enumerate(text) if c in "0123456789"]
        if not digits:
            return False
        spot = self.rng.choice(digits)
        digit = self.rng.choice([c for c in "123456789" if c != text[spot]])
        return self._swap(words, at, text[:spot] + digit + text[spot + 1 :])

    def _case(self, words: list[Word], at: int) -> bool:
        before, inner, after = _parts(words[at].text)
        if self.new.lang in (*CJK, "ar") or not inner.isalpha() or len(inner) < 3 or inner.isupper():
            return False
        return self._swap(words, at, before + inner[0].swapcase() + inner[1:] + after)

    def _punctuation(self, words: list[Word], at: int) -> bool:
        text = words[at].text
        if self.new.lang in (*CJK, "ar") or not text.isalpha() or len(text) < 3:
            return False
        return self._swap(words, at, text + self.rng.choice((",", ";")))

    def _sign(self, words: list[Word], at: int) -> bool:
        return words[at].text.isdigit() and self._swap(words, at, "−" + words[at].text)

    def _insert_text(self, words: list[Word], at: int, text: str) -> bool:
        if ends_sentence(words[at - 1]) or text in (words[at - 1].text, words[at].text):
            return False
        if not words[at - 1].space and self.new.lang not in CJK:
            return False
        fresh = Word(text, space=self.new.lang not in CJK)
        words.insert(at, fresh)
        self._touched |= {fresh.id, words[at - 1].id}
        self.script.edits.append(Edit("text", "inserted", [], [fresh.id]))
        return True

    def _insert(self, words: list[Word], at: int) -> bool:
        return self._insert_text(words, at, self.prose.word())

    def _negate(self, words: list[Word], at: int) -> bool:
        small = self.prose.negation()
        return bool(small) and self._insert_text(words, at, small or "")

    def _delete(self, words: list[Word], at: int) -> bool:
        word = words[at]
        _, inner, _ = _parts(word.text)
        if word.note or inner != word.text or word.text in (words[at - 1].text, words[at + 1].text):
            return False
        if not word.space and self.new.lang not in CJK:
            return False
        del words[at]
        self._touched |= {words[at - 1].id, words[at].id}
        self.script.edits.append(Edit("text", "deleted", [word.id], []))
        return True

    # ------------------------------------------------------------------ blocks

    def blocks(self, how: str) -> None:
        """One of `BLOCK_EDITS`."""
        BLOCK_EDITS[how](self)

    def _pick(self, kind: type[Block], least: int = 12) -> int:
        """The place of a block in the middle of the document."""
        found = [
            i
            for i, block in enumerate(self.new.blocks)
            if isinstance(block, kind) and len(words_of(block)) >= least and i >= 1
        ]
        if len(found) < 3:
            raise LookupError(f"too few {kind.__name__}")
        return self.rng.choice(found[:-1])

    def insert_paragraph(self) -> None:
        at = self._pick(Paragraph)
        fresh = Paragraph(self.prose.paragraph())
        self.new.blocks.insert(at, fresh)
        self.script.edits.append(Edit("text", "inserted", [], ids(fresh.words)))

    def delete_paragraph(self) -> None:
        block = self.new.blocks.pop(self._pick(Paragraph))
        self.script.edits.append(Edit("text", "deleted", ids(words_of(block)), []))

    def insert_sentence(self) -> None:
        words = words_of(self.new.blocks[self._pick(Paragraph)])
        end = sentences(words)[0][1]
        fresh = self.prose.sentence()
        if end == len(words):
            words[-1] = replace(words[-1], space=self.new.lang not in CJK)
        words[end:end] = fresh
        self.script.edits.append(Edit("text", "inserted", [], ids(fresh)))

    def delete_sentence(self) -> None:
        places = [
            (i, span)
            for i, block in enumerate(self.new.blocks)
            if isinstance(block, Paragraph)
            for span in sentences(block.words)
            if span[1] - span[0] >= 5 and len(sentences(block.words)) > 1
        ]
        if not places:
            raise LookupError("no sentence")
        i, (start, end) = self.rng.choice(places)
        words = words_of(self.new.blocks[i])
        self.script.edits.append(Edit("text", "deleted", ids(words[start:end]), []))
        del words[start:end]

    def move_paragraph(self) -> None:
        self._move_block(Paragraph, 14)

    def move_item(self) -> None:
        self._move_block(Item, 8)

    def _move_block(self, kind: type[Block], least: int) -> Block:
        """What a block jumps over is longer than itself, else that would be what moved."""
        at = self._pick(kind, least)
        block = self.new.blocks.pop(at)
        places = []
        for to in range(1, len(self.new.blocks) + 1):
            low, high = min(at, to), max(at, to)
            between = sum(len(words_of(other)) for other in self.new.blocks[low:high])
            before, after = self.new.blocks[to - 1], self.new.blocks[to : to + 1]
            if kind is Item and not (isinstance(before, Item) and after and isinstance(after[0], Item)):
                continue
            if between > 1.4 * len(words_of(block)) and not isinstance(before, Heading):
                places.append(to)
        if not places:
            raise LookupError("nowhere to move to")
        self.new.blocks.insert(self.rng.choice(places), block)
        self.script.moves.append(ids(words_of(block)))
        return block

    def move_and_edit(self) -> None:
        """A paragraph goes elsewhere and a word or two in it change."""
        block = self._move_block(Paragraph, 30)
        assert isinstance(block, Paragraph)
        moved = self.script.moves.pop()
        edits = 0
        for _ in range(60):
            spot = self.rng.randrange(3, len(block.words) - 3)
            near = block.words[max(0, spot - APART) : spot + APART]
            if not any(word.id in self._touched for word in near) and self._replace(block.words, spot):
                edits += 1
            if edits == 2:
                break
        kept = {word.id for word in block.words}
        self.script.moves.append([i for i in moved if i in kept])

    def move_sentence(self) -> None:
        """A sentence goes to the end of another paragraph."""
        places = [
            (i, span)
            for i, block in enumerate(self.new.blocks)
            if isinstance(block, Paragraph)
            for span in sentences(block.words)
            if span[1] - span[0] >= 12 and len(sentences(block.words)) > 1
        ]
        if not places:
            raise LookupError("no sentence")
        i, (start, end) = self.rng.choice(places)
        source = words_of(self.new.blocks[i])
        size = end - start
        targets = []
        for j, block in enumerate(self.new.blocks):
            low, high = min(i, j), max(i, j)
            between = sum(len(words_of(other)) for other in self.new.blocks[low + 1 : high])
            if isinstance(block, Paragraph) and between > 1.4 * size and len(block.words) > 1.5 * size:
                targets.append(block)
        if not targets:
            raise LookupError("nowhere to move to")
        moved = source[start:end]
        del source[start:end]
        target = self.rng.choice(targets).words
        blank = self.new.lang not in CJK
        target[-1] = replace(target[-1], space=blank)
        target.extend([*moved[:-1], replace(moved[-1], space=blank)])
        self.script.moves.append(ids(moved))

    def move_words(self) -> None:
        """A few words go elsewhere in their sentence."""
        places = [
            (block.words, span)
            for block in self.new.blocks
            if isinstance(block, Paragraph)
            for span in sentences(block.words)
            if span[1] - span[0] >= 18
        ]
        if not places or self.new.lang in CJK:
            raise LookupError("no long sentence")
        words, (start, end) = self.rng.choice(places)
        size = self.rng.randrange(3, 6)
        at = self.rng.randrange(start + 2, end - size - 9)
        moved = words[at : at + size]
        del words[at : at + size]
        to = self.rng.randrange(at + 7, end - size - 1) if end - size - 1 > at + 7 else at + 7
        words[to:to] = moved
        self.script.moves.append(ids(moved))

    def swap_paragraphs(self) -> None:
        """Neighbours change places: the shorter one is the one that moved."""
        found = [
            i
            for i in range(len(self.new.blocks) - 1)
            if all(isinstance(block, Paragraph) and len(block.words) >= 14 for block in self.new.blocks[i : i + 2])
        ]
        found = [
            i for i in found if abs(len(words_of(self.new.blocks[i])) - len(words_of(self.new.blocks[i + 1]))) > 12
        ]
        if not found:
            raise LookupError("no neighbours")
        i = self.rng.choice(found)
        blocks = self.new.blocks
        blocks[i], blocks[i + 1] = blocks[i + 1], blocks[i]
        shorter = min(blocks[i : i + 2], key=lambda block: len(words_of(block)))
        self.script.moves.append(ids(words_of(shorter)))

    def _sections(self) -> list[tuple[int, int]]:
        starts = [i for i, block in enumerate(self.new.blocks) if isinstance(block, Heading) and block.level == 1]
        return list(zip(starts, [*starts[1:], len(self.new.blocks)], strict=True))

    def delete_section(self) -> None:
        """The sections after it are numbered anew."""
        sections = self._sections()
        if len(sections) < 3:
            raise LookupError("too few sections")
        start, end = self.rng.choice(sections[1:-1])
        words = [word for block in self.new.blocks[start:end] for word in words_of(block)]
        del self.new.blocks[start:end]
        self.script.edits.append(Edit("text|page", "deleted", ids(words), []))
        self._renumber()

    def insert_section(self) -> None:
        """The sections after it are numbered anew."""
        sections = self._sections()
        if len(sections) < 2:
            raise LookupError("too few sections")
        start = self.rng.choice(sections[1:])[0]
        numbered = words_of(self.new.blocks[start])[0].text.rstrip(".").isdigit()
        head = Heading([*([Word("0.")] if numbered else []), *self.prose.title()])
        fresh: list[Block] = [head, Paragraph(self.prose.paragraph()), Paragraph(self.prose.paragraph())]
        self.new.blocks[start:start] = fresh
        edit = Edit("text|page", "inserted")  # where it fills a page, both are right
        self.script.edits.append(edit)
        self._renumber(fresh=head)
        edit.new = [word.id for block in fresh for word in words_of(block)]

    def move_section(self) -> None:
        sections = self._sections()
        if len(sections) < 4 or words_of(self.new.blocks[sections[0][0]])[0].text.rstrip(".").isdigit():
            raise LookupError("no section to move")
        sizes = [sum(len(words_of(block)) for block in self.new.blocks[start:end]) for start, end in sections]
        picked = min(range(1, len(sections) - 1), key=lambda i: sizes[i])
        start, end = sections[picked]
        moved = self.new.blocks[start:end]
        del self.new.blocks[start:end]
        if picked * 2 > len(sections):
            to = sections[0][0]
            jumped = sum(sizes[:picked])
        else:
            to = len(self.new.blocks)
            jumped = sum(sizes[picked + 1 :])
        if jumped < 1.3 * sizes[picked]:
            raise LookupError("the rest would be what moved")
        self.new.blocks[to:to] = moved
        self.script.moves.append([word.id for block in moved for word in words_of(block)])

    def _renumber(self, fresh: Heading | None = None) -> None:
        number = 0
        for block in self.new.blocks:
            if isinstance(block, Heading) and block.level == 1 and block.words[0].text.rstrip(".").isdigit():
                number += 1
                word = block.words[0]
                if word.text != f"{number}.":
                    block.words[0] = word.other(f"{number}.")
                    if block is not fresh:
                        self.script.edits.append(Edit("text", "replaced", [word.id], [block.words[0].id]))

    # ------------------------------------------------------------------ tables

    def table(self, how: str) -> None:
        """One of `TABLE_EDITS` on the first table."""
        found = [block for block in self.new.blocks if isinstance(block, Table)]
        if not found:
            raise LookupError("no table")
        TABLE_EDITS[how](self, found[0])

    def _cells(self, table: Table) -> None:
        spots = self.rng.sample(range(1, len(table.rows)), 3)
        for spot in spots:
            row = table.rows[spot]
            column = self.rng.choice([i for i in range(1, len(row)) if row[i]])
            cell = row[column]
            at = self.rng.randrange(len(cell))
            old = cell[at]
            text = old.text
            if any(c.isdigit() for c in text):
                digits = [i for i, c in enumerate(text) if c.isdigit()]
                i = self.rng.choice(digits)
                text = text[:i] + self.rng.choice([c for c in "123456789" if c != text[i]]) + text[i + 1 :]
            else:
                text = self.prose.word(text)
            cell[at] = old.other(text)
            self.script.edits.append(Edit("table|text", "replaced", [old.id], [cell[at].id]))

    def _insert_row(self, table: Table) -> None:
        at = self.rng.randrange(1, len(table.rows))
        row = new_row(self.prose, self.rng, len(table.head), 90 + at)
        table.rows.insert(at, row)
        self._cells_edit("inserted", row)

    def _delete_row(self, table: Table) -> None:
        row = table.rows.pop(self.rng.randrange(1, len(table.rows) - 1))
        self._cells_edit("deleted", row)

    def _move_row(self, table: Table) -> None:
        at = self.rng.randrange(1, len(table.rows) - 1)
        row = table.rows.pop(at)
        places = [i for i in range(len(table.rows) + 1) if abs(i - at) >= 3]
        if not places:
            raise LookupError("table too short")
        table.rows.insert(self.rng.choice(places), row)
        self.script.moves.append([word.id for cell in row for word in cell])

    def _insert_column(self, table: Table) -> None:
        at = self.rng.randrange(1, len(table.head) + 1)
        cells = [self.prose.title(1)] + [cut(f"{self.rng.uniform(10, 990):.2f}") for _ in table.rows]
        for row, cell in zip((table.head, *table.rows), cells, strict=True):
            row.insert(at, cell)
            self.script.edits.append(Edit("table|text", "inserted", [], ids(cell)))
        table.widths = tuple([1 / len(table.head)] * len(table.head))

    def _delete_column(self, table: Table) -> None:
        at = self.rng.randrange(1, len(table.head))
        for row in (table.head, *table.rows):
            self.script.edits.append(Edit("table|text", "deleted", ids(row.pop(at)), []))
        table.widths = tuple([1 / len(table.head)] * len(table.head))

    def _cells_edit(self, kind: str, row: list[list[Word]]) -> None:
        for cell in row:
            found = ids(cell)
            old, new = ([], found) if kind == "inserted" else (found, [])
            self.script.edits.append(Edit("table|text", kind, old, new))


def _parts(text: str) -> tuple[str, str, str]:
    match = _EDGE.match(text)
    assert match is not None
    return match[1], match[2], match[3]


def new_row(prose: Prose, rng: random.Random, columns: int, key: int) -> list[list[Word]]:
    """A row with a key, a name, and numbers, dates or remarks."""
    makers: list[Callable[[], list[Word]]] = [
        lambda: cut(f"P-{key:03d}"),
        lambda: prose.title(2),
        lambda: cut(f"{rng.randrange(2, 400)}"),
        lambda: cut(f"{rng.uniform(3, 900):.2f}"),
        lambda: cut(f"20{rng.randrange(10, 26)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"),
        lambda: prose.title(rng.randrange(1, 4)),
    ]
    return [makers[i % len(makers)]() for i in range(columns)]


WORD_EDITS: dict[str, Callable[[Editor, list[Word], int], bool]] = {
    "replace": Editor._replace,
    "letter": Editor._letter,
    "number": Editor._number,
    "case": Editor._case,
    "punctuation": Editor._punctuation,
    "sign": Editor._sign,
    "insert": Editor._insert,
    "delete": Editor._delete,
    "negation": Editor._negate,
}
BLOCK_EDITS: dict[str, Callable[[Editor], None]] = {
    name: getattr(Editor, name.replace("-", "_"))
    for name in (
        "insert-paragraph",
        "delete-paragraph",
        "insert-sentence",
        "delete-sentence",
        "move-paragraph",
        "move-item",
        "move-and-edit",
        "move-sentence",
        "move-words",
        "swap-paragraphs",
        "delete-section",
        "insert-section",
        "move-section",
    )
}
TABLE_EDITS: dict[str, Callable[[Editor, Table], None]] = {
    "cells": Editor._cells,
    "insert-row": Editor._insert_row,
    "delete-row": Editor._delete_row,
    "move-row": Editor._move_row,
    "insert-column": Editor._insert_column,
    "delete-column": Editor._delete_column,
}
