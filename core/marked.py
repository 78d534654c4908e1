"""Marked copies of the PDFs of a comparison, made in a child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.faces.marks import SIDES, request
from core.faces.selection import EVERYTHING, Selection
from core.options import Limits
from core.sandbox import run_piece
from core.wire import Message


def marked_pdf(
    result: dict[str, Any],
    side: str,
    files: Mapping[str, int],
    *,
    limits: Limits,
    passwords: Mapping[str, str | None] | None = None,
    selection: Selection = EVERYTHING,
) -> bytes:
    """A PDF with the changes of `result` marked as vector annotations.

    Args:
        result: A parsed `pdf-compare/1` result.
        side: "old" or "new" for a marked copy of that document, "both" for the two side by side.
        files: File descriptors of the documents by side; only those that are needed.
        limits: Of the child.
        passwords: By side. The marked copy is not encrypted.
        selection: What is marked; the legend says how much is not.

    Raises:
        EngineError: The document cannot be marked.
    """
    sides = SIDES if side == "both" else (side,)
    header = {**request(result, side, selection), "passwords": [(passwords or {}).get(one) for one in sides]}
    answer = run_piece("mark", Message(header), files=[files[one] for one in sides], limits=limits)
    return bytes(answer.buffers["pdf"].data)
