"""A handful of generated pairs, laid out by reportlab and Chromium: accuracy may not drop."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

from benchmarks.accuracy import producers
from benchmarks.accuracy.making import Order, make
from benchmarks.accuracy.pairs import verify
from benchmarks.accuracy.scoring import score
from benchmarks.accuracy.tools import product

pytestmark = pytest.mark.skipif(
    not shutil.which("pdftotext") or importlib.util.find_spec("reportlab") is None,
    reason="needs pdftotext and reportlab",
)
SEED = 4242
PAIRS = (
    ("reportlab", "a word-edits", 1),
    ("reportlab", "b blocks", 1),
    ("reportlab", "c reflow", 2),
    ("reportlab", "e pages", 1),
    ("reportlab", "f tables", 1),
    ("chromium", "a word-edits", 2),
    ("chromium", "c reflow", 1),
)


@pytest.mark.parametrize(("producer", "category", "number"), PAIRS)
def test_a_pair_with_known_edits_is_told_exactly(
    producer: str, category: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every changed word, none besides, at its place, in its layer; moves and pages recognised."""
    if not producers.PRODUCERS[producer].installed():
        pytest.skip(f"{producer} is not installed")
    monkeypatch.setattr(producers, "installed", lambda: (producer,))
    folder = tmp_path / "pair"
    outcome = make(Order(category, number, SEED, folder))
    assert outcome.made, outcome.rejected
    assert verify(folder) == []
    row = score(folder, product().run(folder / "old.pdf", folder / "new.pdf"))
    assert row.error == ""
    assert (row.missed, row.false) == ([], []), row.notes
    assert (row.moves, row.regions_found, row.map_right) == (row.moves_wanted, row.regions, row.map_wanted), row.notes
    assert row.layer_right == row.kind_right == row.regions_found, row.notes
    if row.unchanged:
        assert row.quiet, row.notes
