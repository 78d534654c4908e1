"""The pairs that are measured, from one page to more than a thousand, and drawings; real ones and generated ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.drawings import sheet, write
from core.sample import sample_pair

#: Real revisions of the corpus, by how many pages they have.
REAL = ("hts-bed-rebuild", "mrl5-fonts", "noise-typo", "osl-spec", "deb-policy", "gles32", "deb-octave")
DRAWN, SCANNED = "esp32evb-k", "ocr-multipage"
QUICK = ("1 page", "hts-bed-rebuild", "noise-typo", DRAWN)
SHIFT = (-40.0, -25.0)  #: points


@dataclass(frozen=True, slots=True)
class Case:
    """A pair. `sort` is `text`, `drawing` or `scan`; `rounds` how often it is measured."""

    name: str
    old: Path
    new: Path
    pages: int
    sort: str = "text"
    rounds: int = 3


def cases(corpus: Path, folder: Path, *, quick: bool) -> list[Case]:
    """All pairs whose files are here; generated ones are written into `folder`."""
    found = [Case("1 page", *_single_page(folder), 1, rounds=3 if quick else 7)]
    for name in (*REAL, DRAWN, SCANNED):
        old, new = (corpus / "pairs" / name / f"{side}.pdf" for side in ("old", "new"))
        if old.exists():
            pages = pages_of(new)
            sort = {DRAWN: "drawing", SCANNED: "scan"}.get(name, "text")
            rounds = 2 if pages > 1_000 or sort == "scan" else 3 if pages > 100 else 5
            found.append(Case(name, old, new, pages, sort, 1 if quick else rounds))
    for copies in (1, 2):
        name = f"{126 * copies},000 lines, scaled and shifted"
        old, new = folder / f"lines-{copies}-old.pdf", folder / f"lines-{copies}-new.pdf"
        if not quick:
            shapes = [shape for seed in range(copies) for shape in sheet(seed + 1)]
            write(old, shapes)
            write(new, shapes[30:], 1.047, SHIFT)
            found.append(Case(name, old, new, 1, "drawing"))
    return [case for case in found if not quick or case.name in QUICK]


def pages_of(path: Path) -> int:
    """How many pages a file has."""
    import pikepdf

    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def _single_page(folder: Path) -> tuple[Path, Path]:
    """The first pages of the sample pair."""
    import pikepdf

    paths = []
    for name, data in sample_pair():
        path = folder / name
        path.write_bytes(data)
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.pages[1:]
            pdf.save(path)
        paths.append(path)
    return paths[0], paths[1]
