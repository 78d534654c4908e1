"""The piece `versions`: which engines a child really loads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.wire import Message


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The engines' versions as they report them themselves."""
    import pikepdf
    import pypdfium2

    return Message(
        {
            "pdfium_build": int(pypdfium2.PDFIUM_INFO.build),
            "pdfium_flags": [str(flag) for flag in pypdfium2.PDFIUM_INFO.flags],
            "qpdf": str(pikepdf.__libqpdf_version__),
        }
    )
