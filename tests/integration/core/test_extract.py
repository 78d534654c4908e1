"""Extraction end to end, in children: what comes out, and what is said where something cannot."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from core.errors import Cancelled, DamagedPdf, EncryptedPdf, OptionsError, WrongPassword
from core.extraction.conductor import Conductor, Extraction
from core.extraction.options import WHAT, ExtractOptions
from core.ocr import installed
from core.options import Limits
from core.sides import Source
from tests.unit.core.pdfs import drawn, lines
from tests.unit.core.scans import needs_tesseract, scanned

TEXT = (
    "The supplier delivers the goods within 30 days of the written order.",
    "Partial delivery needs the consent of the buyer, given in writing.",
    "Payment falls due on the last working day of the following month.",
    "Neither party is liable for events that lie outside its own control.",
    "Disputes go to the courts that sit in that same place.",
)


@contextmanager
def opened(pdf: bytes, folder: Path) -> Iterator[int]:
    path = folder / "x.pdf"
    path.write_bytes(pdf)
    with path.open("rb") as file:
        yield file.fileno()


def extracted(pdf: bytes, folder: Path, *what: str, password: str | None = None, **more: Any) -> Extraction:
    with opened(pdf, folder) as fd:
        source = Source(fd, "x.pdf", password=password)
        return Conductor(Limits(), jobs=2).extract(source, ExtractOptions(what=what, **more))


def result(found: Extraction) -> dict[str, Any]:
    return json.loads(found.json)  # type: ignore[no-any-return]


def with_parts() -> bytes:
    """A picture, an attachment, a form field, a title and a bookmark."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn(lines(*TEXT), lines("Second page.")))) as pdf:
        image = io.BytesIO()
        Image.fromarray(np.arange(64 * 48, dtype=np.uint8).reshape(48, 64)).save(image, "JPEG")
        picture = pdf.make_stream(image.getvalue())
        for key, value in (
            ("Type", "/XObject"),
            ("Subtype", "/Image"),
            ("ColorSpace", "/DeviceGray"),
            ("Filter", "/DCTDecode"),
        ):
            picture[f"/{key}"] = pikepdf.Name(value)
        picture.Width, picture.Height, picture.BitsPerComponent = 64, 48, 8
        page = pdf.pages[0]
        page.obj.Resources["/XObject"] = pikepdf.Dictionary(Im1=picture)
        page.contents_add(pdf.make_stream(b"q 200 0 0 150 72 400 cm /Im1 Do Q"))
        pdf.attachments["../../etc/notes.txt"] = pikepdf.AttachedFileSpec(
            pdf, b"kept apart", filename="../../etc/notes.txt"
        )
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="city",
                V="Ulm",
                Rect=[72, 300, 200, 320],
                F=4,
            )
        )
        page.obj.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Second", 1))
        pdf.docinfo["/Title"] = "An order"
        pdf.save(out)
    return out.getvalue()


def test_everything_that_a_file_holds_comes_out(tmp_path: Path) -> None:
    found = extracted(with_parts(), tmp_path, *WHAT, ocr="never", dpi=72)
    told = result(found)
    assert told["schema"] == "pdf-compare-extract/1"
    assert told["pages"][0]["text"].startswith(TEXT[0])
    assert TEXT[2] in told["markdown"].replace("\n", " ")
    assert told["fields"][0] | {"boxes": 0} == {
        "name": "city",
        "kind": "text field",
        "value": "Ulm",
        "page": 1,
        "boxes": 0,
    }
    assert told["metadata"]["properties"]["Title"] == "An order"
    assert told["metadata"]["outline"][0]["title"] == "Second"
    files = {file.what: file for file in found.files}
    assert bytes(files["attachments"].data) == b"kept apart" and files["attachments"].name == "notes.txt"
    assert files["images"].name == "page-0001-01.jpg"
    with Image.open(io.BytesIO(bytes(files["images"].data))) as image:
        assert image.size == (64, 48)
    assert [file.name for file in found.files if file.what == "page_images"] == ["page-0001.png", "page-0002.png"]
    with Image.open(io.BytesIO(bytes(files["page_images"].data))) as image:
        assert image.size == (612, 792)


def test_pages_can_be_chosen(tmp_path: Path) -> None:
    pdf = drawn(lines("One."), lines("Two."), lines("Three."))
    pages = result(extracted(pdf, tmp_path, "text", pages="2-"))["pages"]
    assert [(page["number"], page["text"]) for page in pages] == [(2, "Two."), (3, "Three.")]
    with pytest.raises(OptionsError, match="no page of 9"):
        extracted(pdf, tmp_path, "text", pages="9")


def test_a_password_opens_what_is_locked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(with_parts())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    found = extracted(out.getvalue(), tmp_path, "text", "attachments", "images", password="u")
    assert result(found)["pages"][1]["text"] == "Second page." and len(found.files) == 2
    with pytest.raises(EncryptedPdf):
        extracted(out.getvalue(), tmp_path, "text")
    with pytest.raises(WrongPassword):
        extracted(out.getvalue(), tmp_path, "text", password="x")


def test_a_damaged_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DamagedPdf):
        extracted(b"%PDF-1.7\nnothing else", tmp_path, "text")


def test_a_picture_without_recognition_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "PROGRAM", "/nowhere/tesseract")
    found = extracted(scanned(lines(*TEXT, size=12)), tmp_path, "text", "searchable")
    told = result(found)
    assert told["pages"][0]["text"] == ""
    codes = {notice["code"]: notice["message"] for notice in told["pages"][0]["notices"]}
    assert "Tesseract is not installed. Install tesseract-ocr" in codes["ocr_not_installed"]
    assert any(notice["code"] == "not_searchable" for notice in told["notices"])


@needs_tesseract
def test_a_language_without_data_is_named_with_the_remedy(tmp_path: Path) -> None:
    told = result(extracted(scanned(lines(*TEXT, size=12)), tmp_path, "text", ocr_languages=("jpn",)))
    (message,) = [n["message"] for n in told["pages"][0]["notices"] if n["code"] == "ocr_language_missing"]
    assert "jpn" in message and "Install" in message


@needs_tesseract
def test_a_scan_becomes_searchable_and_looks_the_same(tmp_path: Path) -> None:
    scan = scanned(lines(*TEXT * 4, size=12), lines(*TEXT, size=12), skew=0.6)
    found = extracted(scan, tmp_path, "searchable")
    (file,) = found.files
    made = bytes(file.data)
    with pypdfium2.PdfDocument(scan) as before, pypdfium2.PdfDocument(made) as after:
        for number in range(2):
            pictures = [d[number].render(scale=300 / 72).to_numpy() for d in (before, after)]
            assert np.array_equal(*pictures)
        said = after[0].get_textpage().get_text_range().split()
        words = " ".join(TEXT * 4).split()
        missing = [word for word in words if word not in said]
    assert len(missing) <= 0.03 * len(words), missing


@needs_tesseract
def test_pages_with_text_get_no_second_one(tmp_path: Path) -> None:
    found = extracted(drawn(lines(*TEXT)), tmp_path, "searchable")
    with pikepdf.open(io.BytesIO(bytes(found.files[0].data))) as pdf:
        assert "/PdfCompareUnseen" not in pdf.pages[0].obj.Resources.Font
    assert {n["code"]: n["message"] for n in result(found)["notices"]}["text_layer"].startswith(
        "A text layer was laid under 0 of 1"
    )


def test_the_result_does_not_depend_on_the_number_of_children(tmp_path: Path) -> None:
    pdf = drawn(*(lines(f"Page {k}, with words of its own.") for k in range(12)))
    made = []
    for jobs in (1, 3):
        with opened(pdf, tmp_path) as fd:
            made.append(Conductor(Limits(), jobs=jobs).extract(Source(fd, "x.pdf"), ExtractOptions()).json)
    assert made[0] == made[1]


class _Kept:
    """A cache that holds the one document."""

    content: bytes | None = None

    def get(self, key: str) -> bytes | None:
        return self.content

    def put(self, key: str, content: bytes) -> None:
        self.content = content


def test_pages_that_were_read_before_have_their_time_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, limits, left = _Kept(), replace(Limits(), seconds_per_page=1000.0), []

    def asked(piece: object, request: object, *, wall_seconds: Callable[[], float] | float, **_: object) -> None:
        left.append(wall_seconds() if callable(wall_seconds) else wall_seconds)
        raise Cancelled

    monkeypatch.setattr("core.extraction.conductor.run_piece", asked)
    with opened(drawn(lines("One."), lines("Two.")), tmp_path) as fd:
        for _ in range(2):
            with pytest.raises(Cancelled):
                Conductor(limits, jobs=1, cache=cache).extract(Source(fd, "x.pdf"), ExtractOptions())
    assert cache.content is not None and len(left) == 2
    assert all(one > 2 * limits.seconds_per_page for one in left)
