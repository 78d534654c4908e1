"""Documents for tests of extraction, read in this process."""

from __future__ import annotations

import tempfile
from typing import Any

from core.engines.reading import read
from core.extraction.options import ExtractOptions
from core.extraction.result import extraction_json
from core.model import Document
from core.options import Limits


def document(pdf: bytes) -> Document:
    with tempfile.TemporaryFile() as file:
        file.write(pdf)
        file.flush()
        return read(file.fileno(), limits=Limits())


def extracted(pdf: bytes | Document, *what: str) -> dict[str, Any]:
    read_once = pdf if isinstance(pdf, Document) else document(pdf)
    return extraction_json(read_once, ExtractOptions(what=what), "x.pdf")
