"""What a generated document is made of before a producer lays it out."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Word:
    """One word, known by its `id` on both sides of a pair; `space`: a blank follows; `look`: a name in `LOOKS`.

    `note`: the words of a footnote whose mark follows this word.
    """

    text: str
    id: int = field(default_factory=lambda: next(_ids))
    space: bool = True
    look: str = ""
    note: tuple[Word, ...] = ()

    def other(self, text: str) -> Word:
        """A new word in the place of this one."""
        return replace(self, text=text, id=next(_ids))


LOOKS = ("bold", "italic", "red", "blue", "large", "underline", "strike", "highlight", "mono")


def restart_ids() -> None:
    """Each pair counts its words from 1, so that a pair does not depend on those made before it."""
    global _ids  # noqa: PLW0603 - one counter, one place where it starts again
    _ids = itertools.count(1)


@dataclass(slots=True)
class Heading:
    words: list[Word]
    level: int = 1


@dataclass(slots=True)
class Paragraph:
    words: list[Word]


@dataclass(slots=True)
class Item:
    """A bulleted item; neighbours form a list."""

    words: list[Word]


Row = list[list[Word]]


@dataclass(slots=True)
class Table:
    """`rules`: grid, lines (between rows), booktabs or none. `widths` are shares of the text width.

    `spans` maps a row's number to (first cell, number of cells) that are one cell; the other cells of it are empty.
    """

    head: Row
    rows: list[Row]
    rules: str
    widths: tuple[float, ...]
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Figure:
    """`data` is a PNG or JPEG file; `width` and `height` in points."""

    data: bytes
    suffix: str
    width: float
    height: float


@dataclass(slots=True)
class PageBreak:
    pass


Block = Heading | Paragraph | Item | Table | Figure | PageBreak
PROSE = (Heading, Paragraph, Item)


@dataclass(slots=True)
class Document:
    lang: str
    blocks: list[Block]

    def copy(self) -> Document:
        """Equal words keep their ids."""
        return copy.deepcopy(self)

    def words(self) -> Iterator[Word]:
        """All words in the order in which producers write them; those of footnotes are left out."""
        for block in self.blocks:
            yield from words_of(block)

    def notes(self) -> Iterator[Word]:
        """The words of footnotes."""
        for word in self.words():
            yield from word.note

    def figures(self) -> list[Figure]:
        """All pictures in order."""
        return [block for block in self.blocks if isinstance(block, Figure)]


def words_of(block: Block) -> list[Word]:
    """The words of a block in reading order."""
    if isinstance(block, PROSE):
        return block.words
    if isinstance(block, Table):
        return [word for row in (block.head, *block.rows) for cell in row for word in cell]
    return []


@dataclass(frozen=True, slots=True)
class Layout:
    """How a document is laid out; lengths in points. `header`: a running line; `numbers`: "", "n", "n/m", "roman"."""

    producer: str
    page: tuple[float, float] = (595.28, 841.89)
    margin: float = 62.0
    columns: int = 1
    font: str = "serif"
    size: float = 11.0
    justify: bool = False
    hyphens: bool = False
    header: str = ""
    numbers: str = "n"
    heading_spacing: float = 0.0
    small_caps: bool = False
    ligatures: bool = True
    chapter_heads: bool = False

    def said(self) -> str:
        """In a few words, for notes."""
        return f"{self.page[0]:.0f}x{self.page[1]:.0f}/{self.columns} col/{self.font} {self.size:g}pt"

    @property
    def width(self) -> float:
        """Of the text."""
        return self.page[0] - 2 * self.margin


A4, LETTER, A5, B5 = (595.28, 841.89), (612.0, 792.0), (419.53, 595.28), (498.9, 708.66)
RTL = ("ar",)
CJK = ("zh", "ja")


def script_of(lang: str) -> str:
    """latin, cyrillic, arabic or cjk."""
    return {"ru": "cyrillic", "ar": "arabic", "zh": "cjk", "ja": "cjk"}.get(lang, "latin")
