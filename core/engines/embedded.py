"""Pictures and files in a PDF as they were put in, through qpdf: a JPEG stays that JPEG."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pikepdf

MOST_DEPTH = 8  #: of forms in forms
MOST_ON_A_PAGE = 1_000
MOST_ATTACHMENTS = 1_000
MOST_NAME = 120  #: characters
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".tif": "image/tiff", ".tiff": "image/tiff", ".jp2": "image/jp2"}
_FAULTS = (
    pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, ArithmeticError,
    NotImplementedError, RuntimeError, OSError, EOFError,
)  # fmt: skip
_SAFE = re.compile(r"[^\w.()+\- ]+")

Notices = list[dict[str, str]]
Begin = Callable[[int, int], None]


def picture_files(
    pdf: pikepdf.Pdf, numbers: Sequence[int], begin: Begin, notices: Notices
) -> Iterator[tuple[str, str, bytes]]:
    """(name, media type, content) of each picture that the pages use, once, however often it is drawn.

    A picture that cannot be decoded is a notice.
    """
    seen: set[tuple[int, int]] = set()
    for done, number in enumerate(numbers):
        begin(done, len(numbers))
        if number > len(pdf.pages):
            continue
        for k, picture in enumerate(_pictures(pdf.pages[number - 1], seen), 1):
            try:
                stream = io.BytesIO()
                ending = pikepdf.PdfImage(picture).extract_to(stream=stream)
            except (*_FAULTS, pikepdf.models.image.UnsupportedImageTypeError):
                message = f"A picture on page {number} is in a form that cannot be taken out; its page can be drawn."
                notices.append({"code": "image_not_extracted", "message": message})
                continue
            yield f"page-{number:04}-{k:02}{ending}", _TYPES.get(ending, "application/octet-stream"), stream.getvalue()


def _pictures(page: pikepdf.Page, seen: set[tuple[int, int]]) -> Iterator[Any]:
    """Image objects in the resources of a page and of the forms it draws, those not seen before."""
    todo: list[tuple[Any, int]] = [(page.obj, 0)]
    found = 0
    while todo:
        holder, depth = todo.pop()
        try:
            resources = page.resources if holder is page.obj else holder.get("/Resources", {})
            objects = resources.get("/XObject", {})
            entries = [objects[name] for name in sorted(objects.keys())]
        except _FAULTS:
            continue
        for entry in entries:
            if not isinstance(entry, pikepdf.Stream) or entry.objgen in seen or found >= MOST_ON_A_PAGE:
                continue
            kind = entry.stream_dict.get("/Subtype")
            if kind == "/Image":
                seen.add(entry.objgen)
                found += 1
                yield entry
            elif kind == "/Form" and depth < MOST_DEPTH:
                seen.add(entry.objgen)
                todo.append((entry, depth + 1))


def attached_files(pdf: pikepdf.Pdf, notices: Notices) -> Iterator[tuple[str, str, bytes]]:
    """(name, media type, content) of each file in the document's own list."""
    try:
        listed = list(pdf.attachments.items())
    except _FAULTS:
        notices.append({"code": "attachments_not_read", "message": "The list of attached files is damaged."})
        return
    if len(listed) > MOST_ATTACHMENTS:
        message = f"The document has {len(listed):,} attached files; the first {MOST_ATTACHMENTS:,} were taken out."
        notices.append({"code": "attachments_cut", "message": message})
    for key, specification in listed[:MOST_ATTACHMENTS]:
        try:
            file = specification.get_file()
            data, name = file.read_bytes(), specification.filename or key
            media_type = str(file.mime_type or "")
        except _FAULTS:
            notices.append({"code": "attachment_not_read", "message": "An attached file is damaged."})
            continue
        is_type = re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,80}", media_type)
        yield safe_name(name), media_type if is_type else "application/octet-stream", data


def safe_name(name: str) -> str:
    """A name from a file for a file: its last part, letters and signs that no system minds."""
    last = unicodedata.normalize("NFC", str(name)).replace("\\", "/").rpartition("/")[2]
    kept = " ".join(_SAFE.sub("_", "".join(c for c in last if c.isprintable())).split()).strip(". ")
    if len(kept) > MOST_NAME:
        stem, dot, suffix = kept.rpartition(".")
        kept = f"{stem[: MOST_NAME - 10]}.{suffix[:9]}" if dot else kept[:MOST_NAME]
    return kept or "attachment"
