"""Preflight: what is refused, with which error, and that bombs are found before anything opens them."""

from __future__ import annotations

import hashlib
import io
import os
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from core.engines import inspect
from core.errors import (
    DamagedPdf,
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    NoPages,
    NotAPdf,
    PageTooLarge,
    PdfCompareError,
    TooComplex,
    TooManyPages,
    WrongPassword,
)
from core.options import Limits
from core.wire import Message
from tests.unit.core.pdfs import drawn, lines

Look = Callable[..., dict[str, Any]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def inspected(data: bytes, *, limits: Limits = Limits(), **header: object) -> dict[str, Any]:  # noqa: B008
        path = tmp_path / "a.pdf"
        path.write_bytes(data)
        fd = os.open(path, os.O_RDONLY)
        try:
            return inspect.work(Message({**header, "limits": limits.to_json()}), [fd], lambda _: None).header
        finally:
            os.close(fd)

    return inspected


def pages(count: int, size: tuple[float, float] = (612.0, 792.0)) -> bytes:
    return drawn(*(lines(f"page {k}") for k in range(count)), size=size)


def saved(change: Callable[[pikepdf.Pdf], None], data: bytes | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data or pages(1))) as pdf:
        change(pdf)
        pdf.save(out, **options)
    return out.getvalue()


def without_pages() -> bytes:
    out = io.BytesIO()
    pikepdf.new().save(out)
    return out.getvalue()


def with_content(packed: bytes, *filters: str, kind: str = "content") -> bytes:
    """A PDF with a stream of these bytes, as the page's content or as something else."""

    def change(pdf: pikepdf.Pdf) -> None:
        stream = pdf.make_stream(packed)
        stream.stream_dict.Filter = pikepdf.Array([pikepdf.Name(name) for name in filters])
        if kind == "picture":
            stream.stream_dict.Subtype = pikepdf.Name.Image
            stream.stream_dict.Width = stream.stream_dict.Height = 10_000
            pdf.pages[0].obj.Resources.XObject = pikepdf.Dictionary(Im0=stream)
        else:
            pdf.pages[0].obj.Contents = stream

    return saved(change, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def test_a_good_file_tells_its_pages(look: Look) -> None:
    data = pages(3)
    found = look(data)
    assert found["page_count"] == 3
    assert found["sizes"] == [(612.0, 792.0)] * 3
    assert found["encrypted"] is False
    assert found["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_digest_that_is_known_is_not_worked_out_again(look: Look) -> None:
    assert look(pages(1), sha256="known")["sha256"] == "known"


def test_sizes_are_those_of_the_page_as_displayed(look: Look) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.CropBox = pikepdf.Array([100, 100, 300, 400])
        pdf.pages[1].obj.Rotate = 90
        pdf.pages[2].obj.UserUnit = 2

    assert look(saved(change, pages(4)))["sizes"] == [(200, 300), (792, 612), (1224, 1584), (612, 792)]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", EmptyFile),
        (b"hello", NotAPdf),
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), NotAPdf),
        (b" " * 1024 + pages(1), NotAPdf),
        (b"%PDF-1.7\n", DamagedPdf),
        (pages(1)[:200], DamagedPdf),
        (pages(11), TooManyPages),
        (bytes(300_001), FileTooLarge),
        (pages(1, (14_401.0, 100.0)), PageTooLarge),
        (without_pages(), NoPages),
    ],
)
def test_what_cannot_be_used_is_refused(look: Look, data: bytes, kind: type[PdfCompareError]) -> None:
    with pytest.raises(kind):
        look(data, limits=replace(Limits(), pages=10, file_bytes=300_000))


def test_a_header_after_some_rubbish_is_accepted(look: Look) -> None:
    assert look(b"HTTP/1.1 200 OK\r\n\r\n" + pages(1))["page_count"] == 1


def test_user_units_count_for_the_largest_page(look: Look) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.UserUnit = 100

    with pytest.raises(PageTooLarge, match="page 1, 79,200 points"):
        look(saved(change))


@pytest.mark.parametrize("revision", [2, 3, 4, 6])
def test_passwords(look: Look, revision: int) -> None:
    options: dict[str, Any] = {"R": revision, "aes": revision > 3, "metadata": revision > 3}
    locked = saved(lambda _: None, encryption=pikepdf.Encryption(user="right", owner="owner", **options))
    with pytest.raises(EncryptedPdf):
        look(locked)
    with pytest.raises(WrongPassword):
        look(locked, password="wrong")
    assert look(locked, password="right")["encrypted"] is True
    owned = saved(lambda _: None, encryption=pikepdf.Encryption(user="", owner="owner", **options))
    assert look(owned)["encrypted"] is True


BOMBS = {
    "once": lambda: with_content(bomb(80), "/FlateDecode"),
    "twice": lambda: with_content(zlib.compress(bomb(100), 9), "/FlateDecode", "/FlateDecode"),
    "three times": lambda: with_content(zlib.compress(zlib.compress(bomb(100), 9), 9), *["/FlateDecode"] * 3),
}
HARMLESS = {
    "picture": lambda: with_content(bomb(80), "/FlateDecode", kind="picture"),
    "looks packed": lambda: with_content(zlib.compress(b"x\x9cis not a filter over a filter" * 100), "/FlateDecode"),
    "cut off": lambda: with_content(zlib.compress(b"0 0 m 1 1 l S\n" * 100_000)[:-200], "/FlateDecode"),
    "broken": lambda: with_content(b"x\x9c\x00\x00", "/FlateDecode"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_once(look: Look, name: str) -> None:
    data = BOMBS[name]()
    begin = time.process_time()
    with pytest.raises(TooComplex):
        look(data)
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_bomb_is_not_refused(look: Look, name: str) -> None:
    assert look(HARMLESS[name]())["page_count"] == 1


def test_a_bomb_is_refused_before_pdfium_opens_it(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "PdfFile", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(TooComplex):
        look(BOMBS["once"]())
