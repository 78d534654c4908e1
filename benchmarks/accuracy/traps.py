"""l: what looks like a change and is none, and changes that hide behind it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pikepdf

from benchmarks.accuracy.cases import essay, language, layout, other_layout, said
from benchmarks.accuracy.document import A4, A5, Document, Heading, Layout, Paragraph
from benchmarks.accuracy.edits import Editor
from benchmarks.accuracy.pairs import Plan
from benchmarks.accuracy.producers import choose
from benchmarks.accuracy.prose import Prose
from benchmarks.accuracy.script import Script


def _plan(
    rng: random.Random,
    what: str,
    document: Document,
    first: Layout,
    second: Layout,
    *,
    new: Document | None = None,
    edits: int | None = None,
    prose: Prose | None = None,
) -> Plan:
    """Half of the traps have word edits as well, so that silence is no answer."""
    new = new or document.copy()
    script = Script()
    kinds: list[str] = []
    count = rng.choice((0, 0, 1, 2)) if edits is None else edits
    if count:
        editor = Editor(new, prose or Prose(document.lang, rng), rng)
        kinds = editor.words(count, ("replace", "number", "negation", "insert", "delete"))
        script = editor.script
    return Plan(
        f"{document.lang}; {what}; {said(first, second)}; {', '.join(kinds)}", document, new, first, second, script
    )


def hyphenation(rng: random.Random) -> Plan:
    """Narrow hyphenated columns against wide lines without hyphens."""
    lang = language(rng, ("latin",))
    prose = Prose(lang, rng)
    first = layout(rng, lang, "hyphens", columns=2, justify=True, hyphens=True, page=A4)
    second = layout(rng, lang, columns=1, hyphens=False, header=first.header, numbers=first.numbers)
    return _plan(rng, "hyphenation", essay(prose, rng), first, second, prose=prose)


def ligatures(rng: random.Random) -> Plan:
    prose = Prose("en", rng)
    first = layout(rng, "en", producer="pdflatex" if "pdflatex" in choose("latin") else choose("latin")[0], columns=1)
    second = replace(
        layout(rng, "en", "no-ligatures", columns=1), ligatures=False, header=first.header, numbers=first.numbers
    )
    return _plan(rng, "ligatures", essay(prose, rng), first, second, prose=prose)


def chapter_heads(rng: random.Random) -> Plan:
    """Running heads quote the section and change page with the reflow."""
    lang = language(rng, ("latin",))
    prose = Prose(lang, rng)
    first = layout(rng, lang, "chapter-heads", columns=1, chapter_heads=True, header="", page=A4)
    second = replace(first, page=A5, size=10.0)
    return _plan(rng, "running heads", essay(prose, rng, sections=5), first, second, prose=prose)


def footnotes(rng: random.Random) -> Plan:
    lang = language(rng, ("latin",))
    prose = Prose(lang, rng)
    document = essay(prose, rng, items=False)
    for block in document.blocks:
        if isinstance(block, Paragraph) and rng.random() < 0.5:
            at = rng.randrange(4, len(block.words) - 4)
            word = block.words[at]
            if word.space and not any(c.isdigit() for c in word.text):
                block.words[at] = replace(word, note=tuple(prose.sentence()))
    first = layout(rng, lang, "notes", columns=1, numbers="")
    second = replace(first, page=A5 if first.page != A5 else A4, size=10.0)
    return _plan(rng, "footnotes", document, first, second, prose=prose)


def _rotate(degrees: int) -> Callable[[Path], None]:
    def work(pdf: Path) -> None:
        with pikepdf.open(pdf, allow_overwriting_input=True) as document:
            for page in document.pages:
                page.rotate(degrees, relative=True)
            document.save(pdf)

    return work


def turned(rng: random.Random) -> Plan:
    """All pages of the new file are turned, or of both."""
    prose = Prose("en", rng)
    look = layout(rng, "en", columns=1)
    plan = _plan(rng, "turned pages", essay(prose, rng), look, look, edits=rng.choice((0, 2)), prose=prose)
    degrees = rng.choice((90, 180, 270))
    plan.after["new"] = _rotate(degrees)
    if rng.random() < 0.5:
        plan.after["old"] = _rotate(rng.choice((90, 270)))
    return plan


def cropped(rng: random.Random) -> Plan:
    """A crop box cuts the margins away and moves the origin."""
    prose = Prose("en", rng)
    look = layout(rng, "en", columns=1, margin=72.0, header="", numbers="")

    def crop(pdf: Path) -> None:
        with pikepdf.open(pdf, allow_overwriting_input=True) as document:
            for page in document.pages:
                x0, y0, x1, y1 = (float(value) for value in page.mediabox)
                page.cropbox = pikepdf.Array([x0 + 30, y0 + 22, x1 - 41, y1 - 35])
            document.save(pdf)

    plan = _plan(rng, "crop box", essay(prose, rng), look, look, prose=prose)
    plan.after["new"] = crop
    return plan


def two_up(rng: random.Random) -> Plan:
    """Two pages on a sheet."""
    prose = Prose("en", rng)
    look = layout(rng, "en", columns=1, page=A5, numbers="")

    def impose(pdf: Path) -> None:
        with pikepdf.open(pdf) as source, pikepdf.new() as target:
            width, height = look.page
            for i in range(0, len(source.pages), 2):
                target.add_blank_page(page_size=(2 * width, height))
                for k, page in enumerate(source.pages[i : i + 2]):
                    box = pikepdf.Rectangle(k * width, 0, (k + 1) * width, height)
                    target.pages[-1].add_overlay(page, box)
            target.save(pdf.with_suffix(".two"))
        pdf.with_suffix(".two").replace(pdf)

    plan = _plan(rng, "two pages on a sheet", essay(prose, rng), look, look, prose=prose)
    plan.after["new"] = impose
    return plan


def letter_spaced(rng: random.Random) -> Plan:
    lang = language(rng, ("latin", "cyrillic"))
    prose = Prose(lang, rng)
    first = layout(rng, lang, "spacing", columns=1)
    second = replace(first, heading_spacing=rng.choice((1.5, 2.5)))
    return _plan(rng, "letter-spaced headings", essay(prose, rng), first, second, prose=prose)


def small_caps(rng: random.Random) -> Plan:
    prose = Prose("en", rng)
    first = layout(rng, "en", "small-caps", columns=1)
    return _plan(
        rng, "small capitals in headings", essay(prose, rng), first, replace(first, small_caps=True), prose=prose
    )


def _rewritten(document: Document, change: Callable[[str], str]) -> Document:
    """The same words (by id) written with other signs."""
    new = document.copy()
    for block in new.blocks:
        if isinstance(block, Paragraph | Heading):
            block.words = [replace(word, text=change(word.text)) for word in block.words]
    return new


def quotes(rng: random.Random) -> Plan:
    prose = Prose("en", rng)
    document = essay(prose, rng)
    straight = str.maketrans({"“": '"', "”": '"', "’": "'", "—": "–"})
    names = [name for name in choose("latin") if "latex" not in name]
    look = layout(rng, "en", producer=rng.choice(names))
    return _plan(
        rng, "straight quotes", document, look, look, new=_rewritten(document, lambda t: t.translate(straight)), edits=0
    )


def hard_blanks(rng: random.Random) -> Plan:
    """No-break spaces where blanks were: two words for Poppler and for us."""
    prose = Prose("en", rng)
    document = essay(prose, rng)
    new = document.copy()
    for block in new.blocks:
        if isinstance(block, Paragraph):
            words = block.words
            for at in range(0, len(words) - 1, 9):
                if words[at].space:  # a joiner word in between, without an id of its own
                    words[at] = replace(words[at], text=words[at].text + "\u00a0", space=False)
    look = layout(rng, "en")
    return _plan(rng, "no-break spaces", document, look, look, new=new, edits=0)


def soft_hyphens(rng: random.Random) -> Plan:
    prose = Prose("en", rng)
    document = essay(prose, rng)

    def softened(text: str) -> str:
        return text[:3] + "\u00ad" + text[3:] if len(text) > 6 and text.isalpha() else text

    names = [name for name in choose("latin") if name in ("chromium", "weasyprint", "libreoffice")] or choose("latin")
    look = layout(rng, "en", producer=rng.choice(names))
    return _plan(rng, "soft hyphens", document, look, look, new=_rewritten(document, softened), edits=0)


def right_to_left(rng: random.Random) -> Plan:
    prose = Prose("ar", rng)
    first = layout(rng, "ar", columns=1)
    second = other_layout(rng, first, "ar")
    return _plan(rng, "right to left", essay(prose, rng), first, second, prose=prose)


def numbering(rng: random.Random) -> Plan:
    """Roman page numbers become Arabic."""
    prose = Prose("en", rng)
    first = layout(rng, "en", numbers="roman")
    return _plan(
        rng, "page numbers in another style", essay(prose, rng), first, replace(first, numbers="n"), prose=prose
    )


def _stamp(text: str) -> Callable[[Path], None]:
    def work(pdf: Path) -> None:
        import io

        from reportlab.pdfgen.canvas import Canvas

        with pikepdf.open(pdf, allow_overwriting_input=True) as document:
            box = document.pages[0].mediabox
            width, height = float(box[2]), float(box[3])
            target = io.BytesIO()
            canvas = Canvas(target, pagesize=(width, height))
            canvas.translate(width / 2, height / 2)
            canvas.rotate(50)
            canvas.setFillGray(0.85)
            canvas.setFont("Helvetica-Bold", 88)
            canvas.drawCentredString(0, 0, text)
            canvas.save()
            with pikepdf.open(io.BytesIO(target.getvalue())) as stamp:
                for page in document.pages:
                    page.add_underlay(stamp.pages[0])
            document.save(pdf)

    return work


def watermark(rng: random.Random) -> Plan:
    """The same watermark on all pages, another layout."""
    prose = Prose("en", rng)
    first = layout(rng, "en", columns=1, page=A4)
    second = replace(first, size=12.0 if first.size < 12 else 10.0)
    plan = _plan(rng, "watermark", essay(prose, rng), first, second, prose=prose)
    plan.after = {"old": _stamp("DRAFT"), "new": _stamp("DRAFT")}
    plan.more_words = ("DRAFT", *"DRAFT")
    return plan


TRAPS: dict[str, Callable[[random.Random], Plan]] = {
    trap.__name__: trap
    for trap in (
        hyphenation, ligatures, chapter_heads, footnotes, turned, cropped, two_up, letter_spaced, small_caps, quotes,
        hard_blanks, soft_hyphens, right_to_left, numbering, watermark,
    )
}  # fmt: skip
