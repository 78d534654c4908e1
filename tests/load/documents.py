"""The documents of a load: a library to search, a result of a thousand changes, and pairs that nobody has seen."""

from __future__ import annotations

import io
import random

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

_WORDS = ("the", "supplier", "shall", "deliver", "goods", "within", "period", "unless", "notice", "payment", "section")
_LINES, _LINE_WORDS = 42, 12


def report(number: int) -> bytes:
    """A one-page document for the library."""
    return _pdf([_page(random.Random(number))])


def revisions(seed: int, *, pages: int, changes: int) -> tuple[bytes, bytes]:
    """Two revisions with about `changes` differences spread over the pages: three words of five replaced, one more,
    one less."""
    words = random.Random(seed)
    old = [_page(words) for _ in range(pages)]
    new = [[list(line) for line in page] for page in old]
    places = [(page, line) for page in range(pages) for line in range(_LINES)]
    for number, (page, line) in enumerate(words.sample(places, min(changes, len(places)))):
        at = words.randrange(2, _LINE_WORDS - 2)
        new[page][line][at : at + (number % 5 != 0)] = [] if number % 5 == 1 else [f"amended{number}"]
    return _pdf(old), _pdf(new)


def _page(words: random.Random) -> list[list[str]]:
    return [_line(words) for _ in range(_LINES)]


def _line(words: random.Random) -> list[str]:
    """Every third word is a plain one, the others tell places apart."""
    return [f"{words.choice(_WORDS)}{words.randrange(90) if at % 3 else ''}" for at in range(_LINE_WORDS)]


def _pdf(pages: list[list[list[str]]]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for page in pages:
        text = canvas.beginText(50, 790)
        text.setFont("Helvetica", 9)
        text.setLeading(17)
        for line in page:
            text.textLine(" ".join(line))
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()
