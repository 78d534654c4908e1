"""The text of a DOCX as a word processor gives it when every change is accepted, or every one refused."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.oxml.ns import qn

_HIDDEN = {"new": ("del", "moveFrom"), "old": ("ins", "moveTo")}


def text_of(data: bytes, side: str) -> str:
    """All words, one blank between two; `side` new accepts, old refuses."""
    hidden = {qn(f"w:{name}") for name in _HIDDEN[side]}
    lines = []
    for paragraph in opened(data).element.body.iter(qn("w:p")):
        runs = [run for run in paragraph.iter(qn("w:r")) if run.getparent().tag not in hidden]
        lines.append("".join(t.text or "" for run in runs for t in run if t.tag in (qn("w:t"), qn("w:delText"))))
    return " ".join(" ".join(lines).split())


def opened(data: bytes) -> Any:
    """As python-docx reads it."""
    return Document(io.BytesIO(data))
