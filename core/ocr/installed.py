"""What of Tesseract is installed; only looks, so that the parent may ask."""

from __future__ import annotations

import os
from pathlib import Path

PROGRAM = "/usr/bin/tesseract"
#: Where distributions put the languages; a folder of the environment's own comes first, as Tesseract has it.
LANGUAGE_DATA = ("/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata")
OWN_DATA = "TESSDATA_PREFIX"
ORIENTATION = "osd"  #: finds how a page is turned; no language
_ENDING = ".traineddata"


def is_installed() -> bool:
    """Whether there is a program to be started."""
    return os.access(PROGRAM, os.X_OK)


def data_folders() -> list[Path]:
    """The folders that hold languages, those of the environment first."""
    own = os.environ.get(OWN_DATA)
    tops = [Path(own), Path(own, "tessdata")] if own else []
    for top in map(Path, LANGUAGE_DATA):
        tops += [top, *sorted(top.glob("*/tessdata"), reverse=True)]
    return [folder for folder in tops if any(folder.glob("*" + _ENDING))]


def languages() -> list[str]:
    """The languages that can be recognised, by Tesseract's names, `eng` and so on, sorted."""
    return sorted(set(_found()) - {ORIENTATION})


def has_orientation() -> bool:
    """Whether the data is there that tells how a page is turned."""
    return ORIENTATION in _found()


def fingerprint(chosen: list[str]) -> list[list[object]]:
    """What tells this program and these languages from others, without starting anything: names and sizes."""
    found = _found()
    files = [Path(PROGRAM), *(found[name] for name in [*chosen, ORIENTATION] if name in found)]
    return [[file.name, file.stat().st_size] for file in files if file.exists()]


def _found() -> dict[str, Path]:
    """Language files by name, of the first folder that has any: Tesseract looks into one only."""
    for folder in data_folders():
        return {file.name.removesuffix(_ENDING): file for file in sorted(folder.glob("*" + _ENDING))}
    return {}
