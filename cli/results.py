"""Results in files, as `compare --json` writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import CannotOpen, InputError

_MOST_BYTES = 1024 * 1024 * 1024
_PARTS = {"old": dict, "new": dict, "summary": dict, "changes": list, "notices": list}


class NoResult(InputError):
    """The file is no result of a comparison."""

    code = "no_result"
    remedy = "Write one with `pdf-compare compare OLD NEW --json FILE`."


def read_result(path: str) -> dict[str, Any]:
    """The result in a file.

    Raises:
        CannotOpen: The file cannot be read.
        NoResult: It holds something else.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CannotOpen(f"cannot be opened: {(error.strerror or 'unknown').lower()}") from error
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NoResult("is no JSON") from error
    if not isinstance(found, dict) or found.get("schema") != "pdf-compare/1":
        raise NoResult("is no result in the form pdf-compare/1")
    if any(not isinstance(found.get(name), kind) for name, kind in _PARTS.items()):
        raise NoResult("is not whole")
    return found
