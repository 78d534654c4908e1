"""The piece `probe`: it only starts, is locked in as every child is, and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.wire import Message


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """An empty answer."""
    return Message({})
