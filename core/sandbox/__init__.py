"""Every byte of a PDF is handled in a limited child process; this package starts, watches and ends them.

The parent's side imports neither NumPy nor any PDF library. See docs/design.md, "Children".
"""

from core.sandbox.parent import Child, run_piece, wait_any
from core.sandbox.pieces import Piece
from core.sandbox.pool import ChildPool

__all__ = ["Child", "ChildPool", "Piece", "run_piece", "wait_any"]
