"""The text of a document in reading order as Markdown: headings, paragraphs, lists, tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.extraction.grids import Grid
from core.extraction.reading import Text, said
from core.extraction.tables import grid_rows
from core.model import Flag
from core.text.roles import Role

#: Sizes of the body from which a short line is a heading.
LARGER = 1.12
MOST_HEADING_WORDS = 18
MOST_LEVELS = 4
#: Heights of a line between the tops of two lines of a paragraph.
SAME_PARAGRAPH = 1.75
_BULLET = re.compile(r"^[•‣◦▪●○■□–—·∙*-]$")
_NUMBERED = re.compile(r"^(\d{1,3})[.)]$")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|])")
_START = re.compile(r"^(#{1,6}\s|[-+]\s|\d+[.)]\s|=+$|>)")
_ENDS = tuple(".!?:;。！？：…”\"')")


@dataclass(slots=True)
class _Block:
    """One paragraph, heading, item of a list or table."""

    kind: str
    page: int
    words: list[int] = field(default_factory=list)
    size: float = 0.0
    rows: Sequence[Sequence[str]] = ()
    header: int = 0
    marker: str = ""


def markdown(text: Text, grids: Sequence[Grid]) -> str:
    """The document as Markdown; running heads are left out, and pages are told in comments."""
    out: list[str] = []
    page = 0
    blocks = list(_blocks(text, grids))
    levels = _levels(blocks)
    for k, block in enumerate(blocks):
        if block.page != page:
            page = block.page
            out.append(f"<!-- page {page} -->")
        is_item = block.kind == "item"
        written = _written(text, block, levels)
        if is_item and k and blocks[k - 1].kind == "item" and blocks[k - 1].page == block.page:
            out[-1] += f"\n{written}"
        else:
            out.append(written)
    return "\n\n".join(out) + ("\n" if out else "")


def _written(text: Text, block: _Block, levels: dict[float, int]) -> str:
    if block.kind == "table":
        return table_markdown(block.rows, block.header)
    plain = said(text.document, np.array(block.words, np.int64))
    if block.kind == "heading":
        return f"{'#' * levels[round(block.size, 1)]} {escaped(plain)}"
    if block.kind == "item":
        return f"{block.marker} {escaped(plain)}"
    safe = escaped(plain)
    return _START.sub(r"\\\1", safe)


def escaped(text: str) -> str:
    """Foreign text in Markdown: shown as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def table_markdown(rows: Sequence[Sequence[str]], header: int) -> str:
    """A table with one head row; a head of several rows is joined."""
    columns = max((len(row) for row in rows), default=0)
    head = [" ".join(filter(None, (row[c] for row in rows[:header]))) for c in range(columns)] if header else []
    lines = [head or [""] * columns, ["---"] * columns, *rows[header:]]
    return "\n".join(
        "| " + " | ".join(cell if k == 1 else escaped(" ".join(cell.split())) for cell in row) + " |"
        for k, row in enumerate(lines)
    )


def _levels(blocks: Sequence[_Block]) -> dict[float, int]:
    """The level of a heading by its size, the largest first."""
    sizes = Counter(round(block.size, 1) for block in blocks if block.kind == "heading")
    return {size: min(k, MOST_LEVELS) for k, size in enumerate(sorted(sizes, reverse=True), 1)}


def _blocks(text: Text, grids: Sequence[Grid]) -> Iterator[_Block]:
    """What the document holds in reading order; a table stands where its first word does."""
    document, lines = text.document, text.lines
    tabled: dict[int, int] = {}
    for k, table in enumerate(text.tables):
        tabled.update(dict.fromkeys(table.words.tolist(), k))
    told: set[int] = set()
    bold = np.array([style.bold for style in document.styles] or [False])
    current: _Block | None = None
    last = -1
    for line in range(len(lines)):
        start, stop = int(lines.start[line]), int(lines.start[line + 1])
        mine = [k for k in range(start, stop) if text.seen[k]]
        if not mine or text.roles.word[start] == Role.RUNNING:
            continue
        inside = [k for k in mine if k in tabled]
        if len(inside) * 2 >= len(mine):
            number = tabled[inside[0]]
            if number not in told:
                told.add(number)
                if current is not None:
                    yield current
                    current = None
                grid = grids[number]
                yield _Block("table", int(lines.page[line]), rows=grid_rows(text, grid), header=grid.header)
            continue
        block = _begun(text, line, mine, bold)
        if current is not None and _goes_on(text, current, last, line, block):
            current.words += mine
        else:
            if current is not None:
                yield current
            current = block
        last = line
    if current is not None:
        yield current


def _begun(text: Text, line: int, mine: list[int], bold: np.ndarray) -> _Block:
    """What a line would begin."""
    document, lines = text.document, text.lines
    words = document.words
    page, size = int(lines.page[line]), float(lines.size[line])
    first = words.text(mine[0])
    if len(mine) > 1 and _BULLET.match(first):
        return _Block("item", page, mine[1:], size, marker="-")
    numbered = _NUMBERED.match(first)
    if len(mine) > 1 and numbered:
        return _Block("item", page, mine[1:], size, marker=f"{numbered[1]}.")
    short = len(mine) <= MOST_HEADING_WORDS and any(map(str.isalpha, "".join(words.text(k) for k in mine)))
    is_bold = bool(bold[words.style[np.array(mine)]].all())
    recognised = bool(words.flags[mine[0]] & Flag.OCR)  # whose sizes are guesses
    large = size >= (LARGER + 0.25 if recognised else LARGER) * lines.body_size
    ends = words.text(mine[-1]).endswith((".", ",", ";"))
    if (
        short
        and text.roles.word[mine[0]] == Role.BODY
        and (large or (is_bold and not ends and size >= lines.body_size))
    ):
        return _Block("heading", page, mine, size)
    return _Block("text", page, mine, size)


def _goes_on(text: Text, current: _Block, last: int, line: int, block: _Block) -> bool:
    """Whether a line belongs to the block before it."""
    lines, document = text.lines, text.document
    if block.kind == "item" or (current.kind == "heading") != (block.kind == "heading"):
        return False
    broken = bool(document.words.flags[current.words[-1]] & Flag.HYPHEN)
    if text.roles.word[current.words[-1]] != text.roles.word[block.words[0]]:
        return False
    if abs(current.size - block.size) > 0.15 * max(current.size, block.size):
        return False
    if lines.page[line] != lines.page[last] or lines.box[line, 1] < lines.box[last, 1] - block.size:
        # Over a page or column break a sentence goes on; what ended or begins anew does not.
        return broken or (
            current.kind == "text"
            and not document.words.text(current.words[-1]).endswith(_ENDS)
            and document.words.text(block.words[0])[:1].islower()
        )
    if lines.aside[line] != lines.aside[last]:
        return False
    step = float(lines.box[line, 1] - lines.box[last, 1])
    height = max(float(lines.size[last]), 1.0)
    if step > SAME_PARAGRAPH * height:
        return False
    x0, x1 = max(lines.box[line, 0], lines.box[last, 0]), min(lines.box[line, 2], lines.box[last, 2])
    if x1 <= x0:
        return step < 0.5 * height  # the rest of one row
    if current.kind == "heading":
        return True
    # A short last line, and the next one begins with a capital further right: a new paragraph.
    indent = float(lines.box[line, 0] - lines.box[last, 0])
    ended = document.words.text(current.words[-1]).endswith(_ENDS)
    return not (ended and indent > 0.8 * height)
