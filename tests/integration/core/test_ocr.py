"""Scans, end to end: drawn, recognised and compared in children."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from core.errors import Cancelled
from core.ocr import installed
from core.options import CompareOptions, Limits
from core.pipeline import Outcome, Progress, compare_files
from core.sandbox import Piece
from core.sandbox.pieces import PIECES
from tests.integration.core.test_pipeline import Files, compared, files, result_of  # noqa: F401  a fixture
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.scans import needs_tesseract, scanned

pytestmark = needs_tesseract

TEXT = [
    "The supplier delivers the goods within 30 days of the written order.",
    "Partial delivery needs the consent of the buyer, given in writing.",
    "The buyer inspects every consignment on arrival and reports visible faults.",
    "Payment falls due on the last working day of the following month.",
    "Late payment bears interest of 4.5 per cent above the base rate.",
    "Neither party is liable for events that lie outside its own control.",
    "This agreement is governed by the law of the place of delivery.",
    "Disputes go to the courts that sit in that same place.",
]
LIMITS = Limits()


def page(*replaced: tuple[str, str]) -> Callable[[Canvas], None]:
    text = "\n".join(TEXT)
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return lines(*text.split("\n"), size=11)


def changes(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    found = result_of(outcome)["changes"]
    texts = [(c["layer"], c["kind"], *((c[side] or {"text": ""})["text"] for side in ("old", "new"))) for c in found]
    return [tuple(text) for text in texts]


def of(made: Files, old: bytes, new: bytes, **more: Any) -> Outcome:
    return compared(made(old), made(new), limits=LIMITS, **more)


def codes(outcome: Outcome, side: str = "new") -> list[list[str]]:
    return [[notice["code"] for notice in page["notices"]] for page in result_of(outcome)[side]["pages"]]


EDIT = ("30 days", "45 days"), ("visible", "hidden")
TOLD = [("text", "replaced", "30", "45"), ("text", "replaced", "visible", "hidden")]


def test_a_scan_is_compared_by_its_words(files: Files) -> None:  # noqa: F811
    old, new = scanned(page(), skew=0.8), scanned(page(*EDIT), skew=-1.1, seed=2)
    outcome = of(files, old, new)
    assert changes(outcome) == TOLD
    assert outcome.summary["complete"]
    assert result_of(outcome)["new"]["pages"][0]["compared"] == ["text", "images", "pixels", "ocr"]
    assert codes(outcome) == [["recognised_text"]]


def test_the_same_page_scanned_again_has_no_change(files: Files) -> None:  # noqa: F811
    outcome = of(files, scanned(page(), skew=1.5, quality=40), scanned(page(), skew=-0.7, seed=9))
    assert (changes(outcome), outcome.identical) == ([], True)


def test_a_stamp_between_the_words_of_a_scan_is_told(files: Files) -> None:  # noqa: F811
    def stamp(image: Image.Image) -> None:
        ImageDraw.Draw(image).ellipse((900, 1500, 1200, 1700), outline=60, width=8)

    old, new = scanned(page(), seed=1), scanned(page(), seed=2, skew=0.7, mark=stamp)
    assert changes(of(files, old, new)) == [("image", "inserted", "", "")]
    assert changes(of(files, new, old)) == [("image", "deleted", "", "")]


def test_a_scan_is_compared_with_the_file_that_was_printed(files: Files) -> None:  # noqa: F811
    outcome = of(files, drawn(page()), scanned(page(*EDIT), skew=0.5))
    assert [change for change in changes(outcome) if change[0] == "text"] == TOLD
    assert not [change for change in changes(outcome) if change[0] == "style"]


def test_a_scan_that_lies_upside_down_is_read(files: Files) -> None:  # noqa: F811
    outcome = of(files, scanned(page()), scanned(page(*EDIT), turned=2))
    assert changes(outcome) == TOLD
    box = result_of(outcome)["changes"][0]["new"]["regions"][0]["box"]
    assert box[1] > 792 / 2, "the first line stands at the foot of the page"


def test_pages_of_both_kinds_keep_their_order_whatever_the_number_of_workers(files: Files) -> None:  # noqa: F811
    import pikepdf

    def mixed(path: Path, *replaced: tuple[str, str]) -> bytes:
        whole = pikepdf.new()
        others = (drawn(lines("A page before the scan.")), drawn(lines("Another page behind it.")))
        for k, data in enumerate((others[0], scanned(page(*replaced)), others[1])):
            part = path / f"{k}.pdf"
            part.write_bytes(data)
            with pikepdf.open(part) as one:
                whole.pages.extend(one.pages)
        whole.save(path / "whole.pdf", static_id=True)
        return (path / "whole.pdf").read_bytes()

    folder = files._folder  # the fixture's own
    old, new = mixed(folder), mixed(folder, *EDIT)
    found = [of(files, old, new, jobs=jobs) for jobs in (1, 2)]
    assert [c[1:] for c in changes(found[0])] == [t[1:] for t in TOLD]
    one, other = (json.loads(outcome.json) for outcome in found)
    for result in (one, other):
        for side in ("old", "new"):
            del result[side]["name"]
    assert one == other


def test_never_means_never(files: Files) -> None:  # noqa: F811
    outcome = of(files, scanned(page()), scanned(page(*EDIT)), options=CompareOptions(ocr="never", layers=("text",)))
    assert not [change for change in changes(outcome) if change[0] == "text"]
    assert codes(outcome) == [["no_text"]]


def test_always_means_readable_pages_too(files: Files) -> None:  # noqa: F811
    outcome = of(files, drawn(page()), drawn(page(*EDIT)), options=CompareOptions(ocr="always"))
    assert changes(outcome) == TOLD
    assert codes(outcome) == [["recognised_text"]]


def test_without_tesseract_the_remedy_is_told(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr(installed, "PROGRAM", "/nowhere/tesseract")
    outcome = of(files, scanned(page()), scanned(page(*EDIT)))
    assert "ocr_not_installed" in codes(outcome)[0]
    assert not [change for change in changes(outcome) if change[0] == "text"]


def test_a_language_that_is_not_installed_is_told(files: Files) -> None:  # noqa: F811
    options = CompareOptions(ocr_languages=("eng", "xyz"))
    outcome = of(files, scanned(page()), scanned(page(*EDIT)), options=options)
    assert changes(outcome) == TOLD
    assert codes(outcome) == [["recognised_text", "ocr_language_missing"]]


def test_a_recogniser_that_crashes_costs_its_page_only(files: Files) -> None:  # noqa: F811
    pieces = {**PIECES, "recognise": Piece("tests.integration.core.misreading:crash")}
    outcome = of(files, scanned(page()), scanned(page(*EDIT)), pieces=pieces)
    assert "ocr_failed" in codes(outcome)[0]


class Kept(dict[str, bytes]):
    def put(self, key: str, content: bytes) -> None:
        self[key] = content


def test_what_was_recognised_is_kept(files: Files) -> None:  # noqa: F811
    cache = Kept()
    old, new = scanned(page()), scanned(page(*EDIT))
    first = of(files, old, new, cache=cache)
    assert sum("-ocr" in key for key in cache) == 2
    pieces = {**PIECES, "recognise": Piece("tests.integration.core.misreading:crash")}
    assert changes(of(files, old, new, cache=cache, pieces=pieces)) == changes(first)
    failed = of(files, old, new, cache=cache, pieces=pieces, options=CompareOptions(ocr="always", pages="1-"))
    assert sum("-ocr" in key for key in cache) == 2, "what failed is not kept"
    assert not failed.summary["complete"] or failed.identical is False


def test_recognising_can_be_cancelled(files: Files) -> None:  # noqa: F811
    stages: list[str] = []

    def tell(progress: Progress) -> None:
        stages.append(progress.stage)

    with pytest.raises(Cancelled):
        compare_files(
            files(scanned(page())),
            files(scanned(page(*EDIT))),
            CompareOptions(),
            limits=LIMITS,
            on_progress=tell,
            cancelled=lambda: "recognising" in stages,
        )
    assert stages[-1] == "recognising"


def sketch(*more: tuple[float, float, float, float]) -> bytes:
    def draw(canvas: Canvas) -> None:
        for k in range(9):
            canvas.rect(90 + 45 * k, 300 + 30 * (k % 4), 30, 50)
        canvas.lines([*more, (90, 250, 500, 260)])

    return drawn(draw)


def test_a_drawing_without_text_is_compared_by_its_picture(files: Files) -> None:  # noqa: F811
    outcome = of(files, sketch(), sketch((100, 700, 120, 715)))
    (change,) = result_of(outcome)["changes"]
    assert (change["layer"], change["kind"], change["detail"]["reason"]) == ("image", "inserted", "ink inserted")
    assert change["new"]["regions"][0]["box"] == pytest.approx([100, 77, 120, 92], abs=1.5)
    assert outcome.summary["complete"]
    assert result_of(outcome)["new"]["pages"][0]["compared"] == ["pixels"]


def test_a_scan_whose_words_are_not_recognised_is_compared_by_its_picture(files: Files) -> None:  # noqa: F811
    def stamped(image: Any) -> None:
        image.paste(40, (1100, 1500, 1180, 1560))

    never = CompareOptions(ocr="never")
    same = of(files, scanned(page()), scanned(page(), skew=1.2, seed=5, quality=40), options=never)
    assert (changes(same), same.identical) == ([], True)
    outcome = of(files, scanned(page()), scanned(page(), seed=3, mark=stamped), options=never)
    assert [change[:2] for change in changes(outcome)] == [("image", "inserted")]
