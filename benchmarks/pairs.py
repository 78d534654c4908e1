"""Which pairs of the corpus a benchmark looks at."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def folders_of(corpus: Path, only: Collection[str] | None) -> list[Path]:
    """The folders with `old.pdf` and `new.pdf`, by name; of all, or of those named. Ends the program without any."""
    folders = sorted(path.parent for path in (corpus / "pairs").glob("*/old.pdf"))
    folders = [folder for folder in folders if not only or folder.name in only]
    if not folders:
        raise SystemExit(f"no pairs in {corpus / 'pairs'}")
    return folders
