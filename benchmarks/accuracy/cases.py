"""What is done to documents: categories a to f, h and k; the others have files of their own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.accuracy.document import (
    A4,
    A5,
    B5,
    LETTER,
    LOOKS,
    Block,
    Document,
    Figure,
    Heading,
    Item,
    Layout,
    PageBreak,
    Paragraph,
    Table,
    Word,
    script_of,
    words_of,
)
from benchmarks.accuracy.edits import BLOCK_EDITS, TABLE_EDITS, Editor, new_row
from benchmarks.accuracy.locate import Found, Place, see
from benchmarks.accuracy.pairs import Plan, RejectedError, pages_of, whole_page
from benchmarks.accuracy.pictures import encoded, picture, touched
from benchmarks.accuracy.producers import choose
from benchmarks.accuracy.prose import Prose
from benchmarks.accuracy.script import Edit, Script, ids

#: How often each language is drawn: half of the pairs are English, every script comes.
_LANGUAGES = ("en",) * 8 + ("de", "fr", "es", "ru", "ru", "ar", "zh", "ja")


def language(rng: random.Random, scripts: tuple[str, ...] = ("latin", "cyrillic", "arabic", "cjk")) -> str:
    """A language of one of the scripts."""
    return rng.choice([lang for lang in _LANGUAGES if script_of(lang) in scripts])


def essay(
    prose: Prose, rng: random.Random, *, sections: int = 3, numbered: bool = False, items: bool = True
) -> Document:
    """Sections of paragraphs, one of them with a list."""
    blocks: list[Block] = []
    listed = rng.randrange(sections) if items else -1
    for section in range(sections):
        number = [Word(f"{section + 1}.")] if numbered else []
        blocks.append(Heading([*number, *prose.title(rng.randrange(2, 5))]))
        blocks += [Paragraph(prose.paragraph()) for _ in range(rng.randrange(2, 4))]
        if section == listed:
            blocks += [Item(prose.sentence()) for _ in range(rng.randrange(4, 7))]
            blocks.append(Paragraph(prose.paragraph()))
    return Document(prose.lang, blocks)


def layout(rng: random.Random, lang: str, *features: str, columns: int | None = None, **more: Any) -> Layout:
    """A layout of an installed producer; `more` overrides what is drawn."""
    drawn: dict[str, Any] = {
        "producer": rng.choice(choose(script_of(lang), *features)),
        "page": rng.choice((A4, A4, LETTER, B5)),
        "margin": rng.choice((54.0, 62.0, 72.0)),
        "columns": columns or rng.choice((1, 1, 1, 2)),
        "font": rng.choice(("serif", "sans", "dejavu", "dejavu-sans")),
        "size": rng.choice((10.0, 11.0, 12.0)),
        "justify": rng.random() < 0.5 and lang not in ("ar",),
        "hyphens": rng.random() < 0.5,
        "header": rng.choice(("", "", "Annual report of the working group", "Draft 7, internal")),
        "numbers": rng.choice(("n", "n", "n/m", "roman", "")),
    }
    drawn.update(more)
    return Layout(**drawn)


def other_layout(
    rng: random.Random, first: Layout, lang: str, *features: str, columns: int | None = None, **more: Any
) -> Layout:
    """Another page size, font, size, number of columns, often another producer; the running lines stay."""
    for _ in range(50):
        second = layout(
            rng,
            lang,
            *features,
            columns=columns,
            **{"header": first.header, "numbers": first.numbers, "page": rng.choice((A4, LETTER, A5, B5)), **more},
        )
        if rng.random() < 0.4 and "producer" not in more:
            second = replace(second, producer=first.producer)
        if second.page != first.page or second.columns != first.columns or abs(second.size - first.size) > 0.5:
            return second
    return second


def said(first: Layout, second: Layout) -> str:
    """Both layouts in a few words."""
    if first == second:
        return f"{first.producer} -> {second.producer}; {first.said()}"
    return f"{first.producer} -> {second.producer}; {first.said()} -> {second.said()}"


def word_edits(rng: random.Random) -> Plan:
    """a: single words, letters, numbers, signs, negations, case, punctuation."""
    lang = language(rng)
    prose = Prose(lang, rng)
    old = essay(prose, rng)
    new = old.copy()
    editor = Editor(new, prose, rng)
    kinds = editor.words(rng.randrange(3, 9))
    look = layout(rng, lang)
    return Plan(f"{lang}; {said(look, look)}; {', '.join(kinds)}", old, new, look, look, editor.script)


def blocks(rng: random.Random) -> Plan:
    """b: sentences, paragraphs, sections, items; moves."""
    lang = language(rng)
    prose = Prose(lang, rng)
    how = rng.choice(tuple(BLOCK_EDITS))
    numbered = how in ("delete-section", "insert-section") and rng.random() < 0.7
    old = essay(prose, rng, sections=4, numbered=numbered)
    new = old.copy()
    editor = Editor(new, prose, rng)
    editor.blocks(how)
    look = layout(rng, lang)
    return Plan(f"{lang}; {said(look, look)}; {how}", old, new, look, look, editor.script)


def reflow(rng: random.Random) -> Plan:
    """c: nothing but the layout changes."""
    lang = language(rng)
    prose = Prose(lang, rng)
    with_table = rng.random() < 0.25
    document = essay(prose, rng)
    one = 1 if with_table else None
    if with_table:
        document.blocks.append(table(prose, rng))
        document.blocks.append(Paragraph(prose.paragraph()))
    first = layout(rng, lang, columns=one)
    second = other_layout(rng, first, lang, columns=one)
    return Plan(f"{lang}; {said(first, second)}", document, document.copy(), first, second, Script())


def reflow_edits(rng: random.Random) -> Plan:
    """d: both at once."""
    lang = language(rng)
    prose = Prose(lang, rng)
    old = essay(prose, rng)
    new = old.copy()
    editor = Editor(new, prose, rng)
    kinds = editor.words(rng.randrange(2, 6))
    if rng.random() < 0.5:
        how = rng.choice(("insert-paragraph", "delete-paragraph", "insert-sentence"))
        touched_ids = {i for edit in editor.script.edits for i in edit.new}
        before = list(new.blocks)
        editor.blocks(how)
        gone = [
            word.id for block in before if not any(block is other for other in new.blocks) for word in words_of(block)
        ]
        if touched_ids & set(gone):
            raise LookupError("the paragraph deleted had been edited")
        kinds.append(how)
    first = layout(rng, lang)
    second = other_layout(rng, first, lang)
    return Plan(f"{lang}; {said(first, second)}; {', '.join(kinds)}", old, new, first, second, editor.script)


def pages(rng: random.Random) -> Plan:
    """e: pages inserted, deleted, swapped, moved. Each chapter is a page."""
    lang = language(rng)
    prose = Prose(lang, rng)
    count = rng.randrange(4, 8)
    chapters: list[list[Block]] = [
        [Heading(prose.title()), *(Paragraph(prose.paragraph()) for _ in range(3))] for _ in range(count + 1)
    ]
    how = rng.choice(("insert", "delete", "move", "swap"))
    spare = chapters.pop()
    old_order = list(range(count))
    new_order: list[int | None] = list(old_order)
    script = Script()
    at = rng.randrange(1, count - 1)
    moved: list[int] = []
    if how == "insert":
        new_order.insert(at, None)
    elif how == "delete":
        new_order.remove(at)
    elif how == "move":
        at = rng.choice([0, count - 1])
        new_order.remove(at)
        new_order.insert(count - 1 if at == 0 else 0, at)
        moved = [at]
    else:
        first = rng.randrange(0, count - 1)
        new_order[first], new_order[first + 1] = new_order[first + 1], new_order[first]
        moved = [min((first, first + 1), key=lambda i: sum(len(words_of(block)) for block in chapters[i]))]

    def document(order: list[int | None]) -> Document:
        out: list[Block] = []
        for place, chapter in enumerate(order):
            if place:
                out.append(PageBreak())
            out += spare if chapter is None else chapters[chapter]
        return Document(lang, out)

    old, new = document(list(old_order)), document(new_order).copy()
    look = layout(rng, lang, columns=1, page=rng.choice((A4, LETTER)), size=rng.choice((10.0, 11.0)))

    def finish(plan: Plan, found: dict[str, Found], files: dict[str, Path]) -> None:
        for side, order in (("old", old_order), ("new", new_order)):
            sizes = see(files[side]).sizes
            if len(sizes) != len(order):
                raise RejectedError(f"{len(order)} chapters on {len(sizes)} pages")
            for page, chapter in enumerate(order, 1):
                if pages_of(
                    [w for b in (spare if chapter is None else chapters[chapter]) for w in words_of(b)], found[side]
                ) != {page}:
                    raise RejectedError("a chapter is not a page")
            for page, chapter in enumerate(order, 1):
                if chapter is None or (side == "old" and chapter not in new_order):
                    kind = "inserted" if chapter is None else "deleted"
                    edit = Edit("page|text", kind)
                    (edit.old_places if side == "old" else edit.new_places).append(whole_page(sizes[page - 1], page))
                    plan.script.edits.append(edit)
                    plan.script.optional[side].append(str(page))
        for new_page, chapter in enumerate(new_order, 1):
            plan.script.page_map.append((None if chapter is None else chapter + 1, new_page))
        plan.script.page_map += [(c + 1, None) for c in old_order if c not in new_order]
        for chapter in moved:
            plan.script.moves.append([word.id for block in chapters[chapter] for word in words_of(block)])
            plan.script.move_pages.append((chapter + 1, new_order.index(chapter) + 1))

    return Plan(f"{lang}; {said(look, look)}; {how}", old, new, look, look, script, finish=finish)


def table(prose: Prose, rng: random.Random, rows: int | None = None, rules: str = "") -> Table:
    """Keyed rows with numbers, dates and remarks."""
    columns = rng.randrange(3, 6)
    count = rows or rng.randrange(6, 14)
    return Table(
        head=[prose.title(1) for _ in range(columns)],
        rows=[new_row(prose, rng, columns, i + 1) for i in range(count)],
        rules=rules or rng.choice(("grid", "grid", "booktabs", "lines", "none")),
        widths=tuple([1 / columns] * columns),
    )


def tables(rng: random.Random) -> Plan:
    """f: cells, rows and columns; ruled, booktabs and without rules; over a page break; merged cells."""
    lang = language(rng)
    prose = Prose(lang, rng)
    how = rng.choice(tuple(TABLE_EDITS))
    long = rng.random() < 0.3
    grid = table(prose, rng, rows=rng.randrange(30, 45) if long else None)
    merged = rng.random() < 0.2 and how in ("cells", "insert-row") and len(grid.head) > 3
    old = Document(lang, [Heading(prose.title()), Paragraph(prose.paragraph()), grid, Paragraph(prose.paragraph())])
    if merged:  # the last row sums up
        row = [prose.title(2), *([] for _ in grid.head[1:-1]), grid.rows[-1][3]]
        grid.rows.append([list(cell) for cell in row])
        grid.rows[-1][-1] = [Word(f"{rng.uniform(900, 9000):.2f}")]
        grid.spans[len(grid.rows) - 1] = (0, len(grid.head) - 1)
    new = old.copy()
    editor = Editor(new, prose, rng)
    editor.table(how)
    if merged and how == "insert-row":
        target = next(block for block in new.blocks if isinstance(block, Table))
        target.spans = {len(target.rows) - 1: (0, len(target.head) - 1)}
    look = layout(rng, lang, columns=1, page=rng.choice((A4, LETTER)))
    notes = f"{lang}; {said(look, look)}; {how}; {grid.rules}{', long' if long else ''}{', merged' if merged else ''}"
    return Plan(notes, old, new, look, look, editor.script)


def images(rng: random.Random) -> Plan:
    """h: replaced, touched, moved, scaled, re-encoded, inserted, deleted."""
    lang = "en"
    prose = Prose(lang, rng)
    old = Document(lang, [Heading(prose.title())])
    seeds = [rng.randrange(10**6) for _ in range(3)]
    for seed in seeds[:2]:
        width = rng.choice((170.0, 220.0, 260.0))
        suffix = rng.choice((".png", ".jpg"))
        data = encoded(picture(seed), suffix)
        old.blocks += [
            Paragraph(prose.paragraph()),
            Figure(data, suffix, width, round(width / 1.5, 1)),
            Paragraph(prose.paragraph()),
        ]
    new = old.copy()
    how = rng.choice(("replace", "touch", "move", "scale", "recompress", "insert", "delete"))
    at = rng.randrange(2)
    figure = new.figures()[at]
    place = next(i for i, block in enumerate(new.blocks) if block is figure)
    kind = {
        "replace": "replaced",
        "touch": "replaced",
        "move": "moved",
        "scale": "replaced|moved",
        "insert": "inserted",
    }
    old_at: int | None = at
    new_at: int | None = at
    if how == "replace":
        figure.data = encoded(picture(seeds[2]), figure.suffix)
    elif how == "touch":
        figure.data = encoded(touched(picture(seeds[at]), seeds[2]), figure.suffix)
    elif how == "scale":
        figure.width, figure.height = round(figure.width * 1.3, 1), round(figure.height * 1.3, 1)
    elif how == "recompress":
        figure.data, figure.suffix = encoded(picture(seeds[at]), ".jpg", 72), ".jpg"
    elif how == "move":
        new.blocks.pop(place)
        new.blocks.insert(1 if at else 4, figure)
        new_at = new.figures().index(figure)
    elif how == "insert":
        new.blocks.insert(3, Figure(encoded(picture(seeds[2])), ".png", 200.0, 133.3))
        old_at, new_at = None, 1
    else:
        new.blocks.pop(place)
        new_at = None
    look = layout(rng, lang, columns=1, page=rng.choice((A4, LETTER)))

    def finish(plan: Plan, found: dict[str, Found], files: dict[str, Path]) -> None:
        places = {side: image_places(files[side]) for side in files}
        for side, document in (("old", old), ("new", new)):
            if len(places[side]) != len(document.figures()):
                raise RejectedError(f"{look.producer}: {len(places[side])} images, {len(document.figures())} wanted")
        if how == "recompress":
            return
        edit = Edit("image", kind.get(how, "deleted"))
        if old_at is not None:
            edit.old_places = [places["old"][old_at]]
        if new_at is not None:
            edit.new_places = [places["new"][new_at]]
        plan.script.edits.append(edit)

    return Plan(f"{lang}; {said(look, look)}; {how}", old, new, look, look, Script(), finish=finish)


def image_places(pdf: Path) -> list[Place]:
    """Boxes of the images in content order, by pdfminer."""
    import pdfplumber

    with pdfplumber.open(pdf) as document:
        return [
            (number, (float(i["x0"]), float(i["top"]), float(i["x1"]), float(i["bottom"])))
            for number, page in enumerate(document.pages, 1)
            for i in page.images
        ]


def style(rng: random.Random) -> Plan:
    """k: runs of words get another look."""
    lang = language(rng, ("latin", "cyrillic"))
    prose = Prose(lang, rng)
    old = essay(prose, rng, items=False)
    new = old.copy()
    script = Script()
    paragraphs = [block for block in new.blocks if isinstance(block, Paragraph)]
    looks = []
    for block in rng.sample(paragraphs, min(len(paragraphs), rng.randrange(3, 6))):
        look = rng.choice(LOOKS)
        count = rng.choice((1, 2, 4, 6))
        at = rng.randrange(2, len(block.words) - count - 2)
        run = [replace(word, look=look) for word in block.words[at : at + count]]
        block.words[at : at + count] = run
        script.edits.append(Edit("style", "replaced", ids(run), ids(run)))
        looks.append(look)
    first = layout(rng, lang, columns=1, hyphens=False)
    return Plan(f"{lang}; {said(first, first)}; {', '.join(looks)}", old, new, first, first, script)


CASES: dict[str, Callable[[random.Random], Plan]] = {
    "a word-edits": word_edits,
    "b blocks": blocks,
    "c reflow": reflow,
    "d reflow-edits": reflow_edits,
    "e pages": pages,
    "f tables": tables,
    "h images": images,
    "k style": style,
}
