"""The piece `index`: a document that was read, as pages for the full-text index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.extraction.document import document_of
from core.extraction.reading import Text
from core.geometry import rows_of_page
from core.model import Flag
from core.sandbox.pieces import Emit
from core.searching.folding import BROKEN, GLUED
from core.wire import Message, buffer_of, bytes_buffer

#: Boxes are stored as whole numbers of units; on ordinary pages a unit is a twentieth of a point.
UNIT, MOST_UNITS = 0.05, 65_535


def work(request: Message, files: Sequence[int], emit: Emit) -> Message:
    """The piece `index`; the request as of `extract`, whose file is not looked at.

    Returns:
        header {pages: [[number, words, recognised?, unit, why it has no words], …]}; buffers `bodies`, a JSON list of
        the words of each page with what stands between them (`core.searching.folding`), and `boxes`, (n, 4) of all
        words in units from the top left.
    """
    document = document_of(request)
    words, text = document.words, Text(document)
    rows: list[list[Any]] = []
    bodies: list[str] = []
    boxes = [np.zeros((0, 4), np.uint16)]
    for page in document.pages:
        first, last = rows_of_page(words.page, page.number)
        at = first + np.flatnonzero(text.seen[first:last])
        unit = max(UNIT, max(page.width, page.height) / MOST_UNITS)
        said = [_plain(words.vocabulary[t]) for t in words.token[at].tolist()]
        flags = words.flags[at].tolist()
        body: list[str] = []
        for k, word in enumerate(said):
            if k:
                is_broken = flags[k - 1] & Flag.HYPHEN
                body.append(BROKEN if is_broken else GLUED if flags[k] & Flag.GLUED else " ")
            body.append(word)
        recognised = bool(len(at)) and sum(bool(flag & Flag.OCR) for flag in flags) * 2 > len(at)
        why = "" if len(at) or not page.notices else page.notices[-1].code
        rows.append([page.number, len(at), recognised, unit, why])
        bodies.append("".join(body))
        boxes.append(np.clip(np.rint(words.box[at] / unit), 0, MOST_UNITS).astype(np.uint16))
    told = json.dumps(bodies, ensure_ascii=False).encode("utf-8", "replace")
    return Message(
        {"kind": "result", "pages": rows},
        {"bodies": bytes_buffer(told), "boxes": buffer_of(np.concatenate(boxes))},
    )


def _plain(word: str) -> str:
    """A word that no separator and no database minds; it never vanishes, for its box must stay its own."""
    kept = "".join(c for c in word if c > "\x1f" and c != " " and not "\ud800" <= c <= "\udfff")
    return kept or "\ufffd"
