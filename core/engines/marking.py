"""The piece `mark`: copies of PDFs in which the changes are marked."""

from __future__ import annotations

import io
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pikepdf
from pikepdf import Array

from core.engines.annotations import annotation, resources, with_replies
from core.engines.cover import add_cover_page
from core.engines.imposing import side_by_side
from core.engines.legend import add_legend_page
from core.engines.page_frame import PageFrame, visible
from core.errors import DamagedPdf, WrongPassword
from core.wire import Message, bytes_buffer

_SIZE_TOLERANCE = 2.0  # points


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """Mark one document (`side` old or new), or lay two side by side (`both`). See `core.faces.marks.request`."""
    header = request.header
    sides = ("old", "new") if header["side"] == "both" else (header["side"],)
    documents = {
        side: _opened(file, password, header["sizes"][side])
        for side, file, password in zip(sides, files, header["passwords"], strict=True)
    }
    if header["side"] == "both":
        made = side_by_side(documents["old"], documents["new"], header, emit)
    else:
        made = documents[header["side"]]
        _mark(made, header, emit)
    add_cover_page(made, header)
    target = io.BytesIO()
    made.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return Message({}, {"pdf": bytes_buffer(target.getvalue())})


def _mark(pdf: pikepdf.Pdf, header: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    by_page: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for mark in header["marks"]:
        by_page[mark["page"]].append(mark)
    shared = resources(pdf)
    for number, marks in sorted(by_page.items()):
        if number > len(pdf.pages):
            continue
        emit({"page": number, "of": len(pdf.pages)})
        page = pdf.pages[number - 1]
        frame = PageFrame.of(page)
        annotations = [
            (annotation(pdf, mark, boxes, to_user=frame.to_user, unit=frame.unit, shared=shared), mark)
            for mark in marks
            if (boxes := visible(mark["boxes"], frame.size))
        ]
        present = page.obj.get("/Annots")
        page.obj.Annots = Array([*(present if isinstance(present, Array) else ()), *with_replies(pdf, annotations)])
    _quieten(pdf)
    add_legend_page(pdf, header)


def _quieten(pdf: pikepdf.Pdf) -> None:
    """Take out what runs by itself when the file is opened: a report must not act."""
    root = pdf.Root
    for key in ("/OpenAction", "/AA", "/Perms"):
        if key in root:
            del root[key]
    names, form = root.get("/Names"), root.get("/AcroForm")
    if isinstance(names, pikepdf.Dictionary) and "/JavaScript" in names:
        del names["/JavaScript"]
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        del form["/XFA"]
    for page in pdf.pages:
        if "/AA" in page.obj:
            del page.obj["/AA"]


def _opened(file: int, password: str | None, sizes: Sequence[Sequence[float]]) -> pikepdf.Pdf:
    """The document through qpdf, whose pages must be those that PDFium read; else rebuilt by PDFium first."""
    stream = os.fdopen(file, "rb", closefd=False)
    try:
        pdf = pikepdf.open(stream, password=password or "")
        if _agrees(pdf, sizes):
            return pdf
    except pikepdf.PasswordError as error:
        raise WrongPassword from error
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        pass  # qpdf is stricter than PDFium, the authority on what a page is: let that write a clean copy
    stream.seek(0)
    try:
        return pikepdf.open(io.BytesIO(_rebuilt(stream.read(), password)))
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
        raise DamagedPdf("is too damaged to be marked", remedy="Use the HTML report instead.") from error


def _agrees(pdf: pikepdf.Pdf, sizes: Sequence[Sequence[float]]) -> bool:
    pages = list(pdf.pages)
    for number, width, height in sizes:
        if number > len(pages):
            return False
        found = PageFrame.of(pages[int(number) - 1]).size
        if max(abs(found[0] - width), abs(found[1] - height)) > _SIZE_TOLERANCE:
            return False
    return True


def _rebuilt(data: bytes, password: str | None) -> bytes:
    import pypdfium2

    try:
        source = pypdfium2.PdfDocument(data, password=password)
        clean = pypdfium2.PdfDocument.new()
        clean.import_pages(source)
    except pypdfium2.PdfiumError as error:
        raise ValueError("PDFium cannot rebuild it") from error
    target = io.BytesIO()
    clean.save(target)
    return target.getvalue()
