"""PDFs for these tests: small files, as slow to read as a test needs."""

from __future__ import annotations

from collections.abc import Sequence


def pdf(texts: Sequence[str]) -> bytes:
    """A PDF with one line of text a page."""
    return _file([f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode("ascii") for text in texts], len(texts))


def slow_pdf(pages: int, word: str) -> bytes:
    """A file of some kilobytes with a thousand words on each of many pages, all drawn by one content stream."""
    lines = []
    for row in range(60):
        words = " ".join(f"{word}{row}x{column}" for column in range(17))
        lines.append(f"BT /F1 5 Tf 40 {760 - 12 * row} Td ({words}) Tj ET")
    return _file(["\n".join(lines).encode("ascii")], pages)


def _file(contents: list[bytes], pages: int) -> bytes:
    first = 4
    page = first + len(contents)
    kids = " ".join(f"{page + n} 0 R" for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content) for content in contents),
    ]
    for number in range(pages):
        content = first + number % len(contents)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
