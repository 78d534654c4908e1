"""Layers of a document (optional content), on and off: PDFium draws what the file says, so a copy says otherwise."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from core.engines.pikepdf_source import faults
from core.wire import Message, bytes_buffer

MOST_LAYERS = 1000
_NAME_CHARACTERS = 200


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The piece `layers`: files = [PDF]; header {password?}.

    The buffer `layers` is JSON, {"layers": [[name, shown at first], ...]} in the order of the file; empty where there
    are none or they cannot be read.
    """
    found: list[tuple[str, bool]] = []
    try:
        with _opened(files[0], request.header.get("password")) as pdf:
            groups, off = _groups(pdf)
            found = [(str(group.get("/Name", ""))[:_NAME_CHARACTERS], group.objgen not in off) for group in groups]
    except faults():
        found = []
    text = json.dumps({"layers": found}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Message({"kind": "result", "layers": len(found)}, {"layers": bytes_buffer(text)})


def switched(descriptor: int, password: str | None, shown: Sequence[int]) -> bytes | None:
    """A copy of the PDF that shows just the layers of these indexes; None where that cannot be written."""
    import pikepdf

    try:
        with _opened(descriptor, password) as pdf:
            groups, _ = _groups(pdf)
            if not groups:
                return None
            chosen = set(shown)
            config = pdf.Root.OCProperties.get("/D", pikepdf.Dictionary())
            config.BaseState = pikepdf.Name.ON
            config.ON = pikepdf.Array()
            config.OFF = pikepdf.Array([group for k, group in enumerate(groups) if k not in chosen])
            if "/AS" in config:
                del config["/AS"]  # what would switch layers by zoom or use
            pdf.Root.OCProperties.D = config
            target = io.BytesIO()
            pdf.save(target, encryption=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
            return target.getvalue()
    except faults():
        return None


def _opened(descriptor: int, password: str | None) -> Any:
    import pikepdf

    stream = os.fdopen(os.dup(descriptor), "rb")
    stream.seek(0)
    return pikepdf.open(stream, password=password or "")


def _groups(pdf: Any) -> tuple[list[Any], set[tuple[int, int]]]:
    """The groups of optional content, and which of them are not shown at first."""
    properties = pdf.Root.get("/OCProperties")
    if properties is None:
        return [], set()
    groups = [group for group in list(properties.get("/OCGs", []))[:MOST_LAYERS] if group.is_indirect]
    config = properties.get("/D", {})
    listed = {group.objgen for group in list(config.get("/OFF", []))[:MOST_LAYERS]}
    if str(config.get("/BaseState", "/ON")) == "/OFF":
        on = {group.objgen for group in list(config.get("/ON", []))[:MOST_LAYERS]}
        listed = {group.objgen for group in groups} - on
    return groups, listed
