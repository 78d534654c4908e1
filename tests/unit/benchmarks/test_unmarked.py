"""Ink that differs and is not told is found; the same ink elsewhere on the paper is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from benchmarks.residue import read_file
from benchmarks.unmarked import Check, Looked, look, report
from core.codec import comparison_to_json
from core.compare import align, compare
from core.options import CompareOptions
from tests.unit.core.pdfs import drawn, lines

pytestmark = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="Poppler is not installed")
PROSE = (
    "The supplier delivers the goods within thirty days after the order,",
    "free of charges for transport, to the place that the order names.",
    "The buyer looks at them at once and says what is wrong with them.",
    "Nothing in this clause takes away what the law gives to the buyer.",
)


def pair(tmp_path: Path, old: Callable[[Canvas], None], new: Callable[[Canvas], None]) -> Path:
    for side, draw in (("old", old), ("new", new)):
        (tmp_path / f"{side}.pdf").write_bytes(drawn(draw))
    return tmp_path


def without(folder: Path, told: Callable[[dict[str, Any]], bool]) -> Looked:
    """The check of a pair from whose result the changes that `told` picks were taken out."""
    paths = [folder / f"{side}.pdf" for side in ("old", "new")]
    old, new = (read_file(path) for path in paths)
    result = comparison_to_json(compare(old, new, CompareOptions()), names={"old": "old.pdf", "new": "new.pdf"})
    assert any(told(change) for change in result["changes"])
    result["changes"] = [change for change in result["changes"] if not told(change)]
    return Check("pair", paths, align(old, new, CompareOptions()), result).run()


def test_what_is_told_is_no_finding_and_its_ink_is_seen(tmp_path: Path) -> None:
    changed = (PROSE[0].replace("thirty", "twenty"), *PROSE[1:])
    found, _ = look(pair(tmp_path, lines(*PROSE), lines(*changed, x=80, y=700)))
    assert found.findings == []
    assert found.told["text"] == [1, 1]
    assert found.counts["words"] > 80
    assert "| 1 of 1 |" in report([found])


@pytest.mark.parametrize(
    ("word", "other"),
    [("thirty", "twenty"), ("order,", "order."), ("free", "tree"), ("goods", "good"), ("charges", "changes")],
)
def test_a_change_that_is_not_told_is_found(tmp_path: Path, word: str, other: str) -> None:
    changed = tuple(line.replace(word, other, 1) for line in PROSE)
    folder = pair(tmp_path, lines(*PROSE), lines(*changed, y=690))
    found = without(folder, lambda change: change["layer"] == "text")
    assert "word" in {finding.kind for finding in found.findings}, found.findings


def test_a_changed_look_that_is_not_told_is_found(tmp_path: Path) -> None:
    def red(canvas: Canvas) -> None:
        lines(*PROSE[:3])(canvas)
        canvas.setFillColorRGB(0.9, 0, 0)
        lines(PROSE[3], y=684)(canvas)

    found = without(pair(tmp_path, lines(*PROSE), red), lambda change: change["layer"] == "style")
    assert {finding.kind for finding in found.findings} == {"colour"}


def test_a_figure_is_followed_to_its_new_place_and_its_changed_line_is_found(tmp_path: Path) -> None:
    def figure(top: float, *, is_changed: bool = False) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            lines(*PROSE, y=top)(canvas)
            canvas.setLineWidth(1)
            canvas.rect(100, top - 200, 120, 90)
            if is_changed:
                canvas.line(100, top - 200, 220, top - 110)
            lines(*PROSE, y=top - 240)(canvas)

        return draw

    same, _ = look(pair(tmp_path, figure(700), figure(640)))
    assert same.findings == []
    other, _ = look(pair(tmp_path, figure(700), figure(640, is_changed=True)))
    assert {finding.kind for finding in other.findings} == {"drawing"}
    assert "new" in {finding.side for finding in other.findings}
