"""Every byte of a PDF is handled in a limited child process; this package starts, watches and ends them.

The parent's side imports neither NumPy nor any PDF library. See docs/design.md, "Children".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.sandbox.parent import Child, lacking, run_piece, wait_any
    from core.sandbox.pieces import Piece
    from core.sandbox.pool import ChildPool

__all__ = ["Child", "ChildPool", "Piece", "lacking", "run_piece", "wait_any"]


def __getattr__(name: str) -> Any:
    """Import the parent's side when it is asked for: the child imports this package too, and each start counts."""
    from importlib import import_module

    for module in ("parent", "pool") if name in __all__ else ():
        found = import_module(f"core.sandbox.{module}")
        if hasattr(found, name):
            return getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
