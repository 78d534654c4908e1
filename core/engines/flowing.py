"""The piece `flow`: the words of a PDF in reading order, as a text needs them that is set anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from core.engines.reading import read_pages
from core.model import Flag
from core.options import Limits
from core.wire import Message, bytes_buffer


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The words that can be seen, of one PDF.

    Args:
        request: header {password?, pages?: "1-5,9", limits?}.
        files: The PDF.
        emit: Gets {"page": number, …} before each page.

    Returns:
        The buffer `words` is JSON: [[text, page, [x0, y0, x1, y1], joined, size, bold, italic], ...], boxes in points;
        `joined` where no blank stands before it: the rest of a word that a line end broke, or a script without blanks.
    """
    header = request.header
    document = read_pages(
        files[0],
        limits=Limits.from_json(header.get("limits")),
        sha256="-",
        password=header.get("password"),
        pages=header.get("pages"),
        emit=emit,
    )
    words, styles = document.words, document.styles
    unseen = words.flags & int(Flag.HIDDEN & ~(Flag.INVISIBLE | Flag.COVERED))  # text under a scan can be read
    found: list[list[Any]] = []
    is_broken = False
    for k in (unseen == 0).nonzero()[0].tolist():
        flags, style = int(words.flags[k]), styles[int(words.style[k])]
        box = [round(float(edge), 1) for edge in words.box[k]]
        joined = is_broken or bool(flags & Flag.GLUED)
        found.append(
            [words.text(k), int(words.page[k]), box, joined, round(float(style.size), 1), style.bold, style.italic]
        )
        is_broken = bool(flags & Flag.HYPHEN)
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Message({"kind": "result", "words": len(found)}, {"words": bytes_buffer(text)})
