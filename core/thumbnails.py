"""Small pictures of the places of image changes, cut in children from the PDFs, for reports that need nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from core.errors import EngineError, InputError
from core.faces.selection import EVERYTHING, Selection, select
from core.options import Limits
from core.sandbox import run_piece
from core.wire import Message

MOST = 100  #: changes that get pictures; a report must stay a file that can be sent
SIDES = ("old", "new")
_LAYERS = ("image", "drawing")
#: By change id and side: an address of the form `data:`.
Thumbnails = dict[str, dict[str, str]]


def sides_shown(result: dict[str, Any], selection: Selection = EVERYTHING) -> tuple[str, ...]:
    """The sides whose documents pictures are cut from; most results need neither."""
    wanted = _wanted(result, selection)
    return tuple(side for side in SIDES if any((change[side] or {}).get("regions") for change in wanted))


def thumbnails(
    result: dict[str, Any],
    files: Mapping[str, int],
    *,
    limits: Limits,
    passwords: Mapping[str, str | None] | None = None,
    selection: Selection = EVERYTHING,
) -> Thumbnails:
    """Pictures of what the first place of each image change shows, on the sides that have one.

    A document that cannot be drawn gives none: the report is then without, and says where the places are.

    Args:
        result: A parsed `pdf-compare/1` result.
        files: File descriptors of the documents by side; a missing one gives no pictures.
        limits: Of each child.
        passwords: By side.
        selection: What the report tells.
    """
    changes = _wanted(result, selection)
    found: Thumbnails = {}
    for side in SIDES:
        wanted = [change for change in changes if (change[side] or {}).get("regions")]
        if not wanted or side not in files:
            continue
        regions = [change[side]["regions"][0] for change in wanted]
        header = {
            "kind": "request",
            "password": (passwords or {}).get(side),
            "crops": [[region["page"], region["box"]] for region in regions],
        }
        try:
            answer = run_piece("crops", Message(header), files=[files[side]], limits=limits)
        except (InputError, EngineError):
            continue
        for k, change in enumerate(wanted):
            buffer = answer.buffers.get(str(k))
            if buffer is not None and len(buffer.data):
                data = b64encode(bytes(buffer.data)).decode("ascii")
                found.setdefault(change["id"], {})[side] = f"data:image/webp;base64,{data}"
    return found


def _wanted(result: dict[str, Any], selection: Selection) -> list[dict[str, Any]]:
    return [change for change in select(result, selection)[0] if change["layer"] in _LAYERS][:MOST]
