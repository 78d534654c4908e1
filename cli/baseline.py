"""Changes that are accepted, by their stable ids: a file that lies beside the documents and decides a build.

One id a line; what follows a `#` is for people. An id stays the same when pages move or other changes come and go, so a
change that was accepted once stays accepted until it is another change.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from core.errors import CannotOpen, CannotWrite, OptionsError

_MOST_BYTES = 16 * 1024 * 1024
_ID = re.compile(r"[a-z]+-[0-9a-z]+(?:-[0-9a-z]+)*")


def read_baseline(path: str) -> frozenset[str]:
    """The accepted ids.

    Raises:
        CannotOpen: The file cannot be read.
        OptionsError: A line is no id.
    """
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MOST_BYTES + 1).decode("utf-8", "replace")
    except OSError as error:
        raise CannotOpen(f"baseline {path}: cannot be opened: {(error.strerror or 'unknown').lower()}") from error
    found = set()
    for number, line in enumerate(text.splitlines(), 1):
        id_ = line.partition("#")[0].strip()
        if id_ and not _ID.fullmatch(id_):
            raise OptionsError(
                f"baseline {path}: line {number} is no id of a change", remedy="Write one with --write-baseline."
            )
        if id_:
            found.add(id_)
    return frozenset(found)


def write_baseline(path: str, result: dict[str, Any]) -> None:
    """Accept every change of a result; `CannotWrite`."""
    lines = ["# Accepted changes of `pdf-compare compare`; one id a line, and a remark after it."]
    for change in result["changes"]:
        lines.append(f"{change['id']}  # {change['layer']} {change['kind']}{_page(change)}")
    try:
        Path(path).write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: {(error.strerror or 'unknown').lower()}") from error


def beyond(result: dict[str, Any], accepted: Collection[str]) -> dict[str, Any]:
    """The result with those changes only that nobody has accepted."""
    return {**result, "changes": [change for change in result["changes"] if change["id"] not in accepted]}


def _page(change: dict[str, Any]) -> str:
    for side in ("new", "old"):
        regions = (change[side] or {}).get("regions") or []
        if regions:
            return f", {side} page {regions[0]['page']}"
    return ""
