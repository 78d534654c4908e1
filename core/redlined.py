"""The redline of a comparison as a document for word processors; the words come from children."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import BadOutput
from core.faces.docx import docx
from core.faces.redline import SIDES, Word, redline
from core.faces.selection import EVERYTHING, Selection
from core.options import Limits
from core.sandbox import run_piece
from core.wire import Message

MOST_PAGES = 2000  #: of a side; a word processor opens no more at a bearable speed, and the file says what is left out


def redline_docx(
    result: dict[str, Any],
    files: Mapping[str, int],
    *,
    limits: Limits,
    passwords: Mapping[str, str | None] | None = None,
    selection: Selection = EVERYTHING,
) -> bytes:
    """A DOCX with both revisions in one text, what was told of words as tracked changes.

    Args:
        result: A parsed `pdf-compare/1` result.
        files: File descriptors of both documents by side.
        limits: Of each child.
        passwords: By side. The file that is made has none.
        selection: What is told; of the rest the new words stand there unmarked, and its number is said.

    Raises:
        InputError, EngineError: The words of a document cannot be read.
    """
    words: dict[str, Sequence[Word]] = {}
    for side in SIDES:
        pages = [page["number"] for page in result[side]["pages"]][:MOST_PAGES]
        header = {
            "kind": "request",
            "password": (passwords or {}).get(side),
            "pages": f"{pages[0]}-{pages[-1]}" if pages else None,
            "limits": limits.to_json(),
        }
        answer = run_piece("flow", Message(header), files=[files[side]], limits=limits)
        words[side] = _words(bytes(answer.buffers["words"].data), set(pages))
    left_out = sum(max(0, len(result[side]["pages"]) - MOST_PAGES) for side in SIDES)
    return docx(result, redline(result, words["old"], words["new"], selection), selection, left_out=left_out)


def _words(data: bytes, pages: set[int]) -> list[Word]:
    """What the child sent, checked."""
    try:
        return [
            Word(str(text), int(page), _box(box), bool(joined), float(size), bool(bold), bool(italic))
            for text, page, box, joined, size, bold, italic in json.loads(data)
            if page in pages
        ]
    except (ValueError, TypeError) as error:
        raise BadOutput("words are not what they should be") from error


def _box(values: Sequence[Any]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = map(float, values)
    return x0, y0, x1, y1
