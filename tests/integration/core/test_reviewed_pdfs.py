"""Marked PDFs of a result that was reviewed: cover, comments in pop-ups, and readers that do not complain."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest

from core.marked import marked_pdf
from core.options import CompareOptions, Limits
from core.pipeline import Source, compare_files
from core.sample import sample_pair

AT = "2026-11-22T13:05:00+00:00"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, found = tmp_path_factory.mktemp("pair"), {}
    for side, (name, data) in zip(("old", "new"), sample_pair(), strict=True):
        found[side] = folder / name
        found[side].write_bytes(data)
    return found


@pytest.fixture(scope="module")
def report(files: dict[str, Path]) -> dict[str, Any]:
    """The sample pair, each change of it accepted, with a comment."""
    with files["old"].open("rb") as old, files["new"].open("rb") as new:
        sources = [
            Source(fd=one.fileno(), name=name, sha256=None, password=None) for one, name in ((old, "a"), (new, "b"))
        ]
        outcome = compare_files(
            *sources, CompareOptions(), limits=Limits(), jobs=1, on_progress=None, cancelled=None, cache=None
        )
    found: dict[str, Any] = json.loads(outcome.json)
    said = [
        {
            "id": change["id"],
            "version": 1,
            "state": "accepted",
            "decisions": [{"name": "Ada", "verdict": "accepted", "at": AT, "carried": None}],
            "comments": [{"id": "c", "name": "Ada", "text": "Agreed – Ω", "mentions": [], "at": AT, "carried": None}],
            "assignee": None,
            "due": None,
        }
        for change in found["changes"]
    ]
    counts = {"changes": len(said), "accepted": len(said)}
    signature = {
        "id": "s", "name": "Ada", "note": "Agreed", "at": AT, "withdrawn_at": None, "stands": True, "counts": counts,
        "result_sha256": "f" * 64, "decisions_sha256": "0" * 64,
    }  # fmt: skip
    found["review"] = {"counts": counts, "changes": said, "signatures": [signature]}
    return found


def made(report: dict[str, Any], files: dict[str, Path], side: str) -> bytes:
    opened = {name: os.open(path, os.O_RDONLY) for name, path in files.items()}
    try:
        return marked_pdf(report, side, opened, limits=Limits())
    finally:
        for fd in opened.values():
            os.close(fd)


@pytest.mark.parametrize("side", ["old", "new", "both"])
def test_the_cover_counts_and_names_who_signed_and_comments_are_in_pop_ups(
    report: dict[str, Any], files: dict[str, Path], side: str, tmp_path: Path
) -> None:
    data = made(report, files, side)
    document = pypdfium2.PdfDocument(data)
    cover = " ".join(document[0].get_textpage().get_text_bounded().split())
    total = len(report["changes"])
    assert f"Of {total} changes: {total} accepted." in cover
    assert "Signed by Ada, 2026-11-22 13:05 UTC" in cover and "f" * 8 in cover
    with pikepdf.open(io.BytesIO(data)) as pdf:
        labels = pdf.Root.PageLabels.Nums
        assert (labels[2], labels[3].St) == (1, 1)
        assert pdf.pages[1].label == "1"
        annotations = [one for page in pdf.pages for one in page.obj.get("/Annots", [])]
        marks = [one for one in annotations if str(one.get("/T", "")) == "PDF Compare"]
        said = {one.IRT.objgen: (str(one.T), str(one.Contents)) for one in annotations if "/IRT" in one}
        assert marks and set(said.values()) == {("Ada", "Agreed – Ω")}
        # The comment on a change stands once for each side that is shown, on however many pages it is marked.
        changes = {str(mark.NM).rpartition(".")[0] for mark in marks}
        answered = [str(mark.NM).rpartition(".")[0] for mark in marks if mark.objgen in said]
        assert set(answered) == changes
        assert all(answered.count(change) <= (2 if side == "both" else 1) for change in changes)
        assert all(mark.Popup.Parent.objgen == mark.objgen for mark in marks)
    sizes = sum(path.stat().st_size for path in files.values())
    print(f"{side}: {len(data):,} bytes of {sizes:,}")
    assert len(data) <= 1.3 * sizes + 1_000_000
    (tmp_path / "marked.pdf").write_bytes(data)
    for command in (["qpdf", "--check"], ["pdfinfo"], ["pdftotext"]):
        if shutil.which(command[0]) is None:
            continue
        told = subprocess.run([*command, str(tmp_path / "marked.pdf")], capture_output=True, text=True, check=False)
        assert (told.returncode, told.stderr) == (0, ""), command


def test_without_a_review_there_is_no_cover(report: dict[str, Any], files: dict[str, Path]) -> None:
    bare = {key: value for key, value in report.items() if key != "review"}
    data = made(bare, files, "new")
    assert len(pypdfium2.PdfDocument(data)) == len(report["new"]["pages"]) + 1
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert "/PageLabels" not in pdf.Root
