"""Files that were made to do harm: bombs, giants, loops, and good files with seeded damage."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator

_MEGABYTE = b"0 0 m 1 1 l S " * 75_000  # a little over 1 MiB of drawing


def crafted() -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each bomb and giant; none is larger than a few megabytes."""
    yield "bomb, one filter, 1 GiB", _page(_bomb(1024), b"/Filter /FlateDecode")
    yield "bomb, two filters, 4 GiB", _page(zlib.compress(_bomb(4096), 9), b"/Filter [/FlateDecode /FlateDecode]")
    yield "image of 30,000 x 30,000", _image(30_000, 30_000)
    yield "image of 2^31 x 1", _image(2**31 - 1, 1)
    yield "nested forms, 10^9 drawings", _nested_forms(9)
    yield "form that draws itself", _nested_forms(0, loop=True)
    yield "page of 14,400,000 points", _page(b"0 0 m 1 1 l S", box=b"[0 0 14400000 14400000]")
    yield (
        "page of 14,400 points with UserUnit 1000",
        _page(b"0 0 m 1 1 l S", box=b"[0 0 14400 14400]", more=b"/UserUnit 1000"),
    )
    yield "100,000 pages", _many_pages(100_000)
    yield "page tree that loops", raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>"])
    yield "page tree 5,000 deep", _deep_tree(5000)
    yield "arrays 200,000 deep", _page(b"", more=b"/Deep " + b"[" * 200_000 + b"]" * 200_000)
    yield (
        "one million line segments",
        _page(zlib.compress(b"0 0 m 100 100 l S\n" * 1_000_000, 9), b"/Filter /FlateDecode"),
    )
    yield (
        "one million letters",
        _page(
            zlib.compress(b"BT /F1 1 Tf 10 10 Td (" + b"a b " * 250_000 + b") Tj ET", 9),
            b"/Filter /FlateDecode",
            more=b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
        ),
    )
    yield (
        "cross-reference that points to itself",
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Prev 9/Size 1>>\nstartxref\n9\n%%EOF\n",
    )
    yield (
        "object streams in a circle",
        raw(
            [
                b"<</Type/Catalog/Pages 2 0 R>>",
                b"<</Type/Pages/Kids[]/Count 0>>",
                b"<</Type/ObjStm/N 1/First 4/Extends 3 0 R/Length 9>>stream\n1 0 null \nendstream",
            ]
        ),
    )
    yield "header only", b"%PDF-1.7\n"
    yield "nothing but random bytes", b"%PDF-1.7\n" + random.Random(5).randbytes(200_000)


def mutated(seed: int, good: bytes) -> bytes:
    """A good file with damage: bytes turned, cut out, doubled, numbers changed, or the end cut off."""
    chance = random.Random(seed)
    data = bytearray(good)
    for _ in range(chance.choice((1, 3, 10, 40))):
        at = chance.randrange(20, len(data) - 1)
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 40)]
            case 2:
                data[at:at] = data[at : at + chance.randrange(1, 40)]
            case 3:
                digits = [k for k in range(at, min(at + 400, len(data))) if 48 <= data[k] < 58]
                for k in digits[:5]:
                    data[k] = chance.choice(b"0123456789-")
            case _:
                if chance.random() < 0.2:
                    del data[at:]
        if len(data) < 60:
            break
    return bytes(data)


def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(_MEGABYTE) for _ in range(megabytes)]
    return b"".join(parts) + packer.flush()


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>stream\n%s\nendstream" % (entries, len(content), content)


def _page(content: bytes, entries: bytes = b"", *, box: bytes = b"[0 0 612 792]", more: bytes = b"") -> bytes:
    return raw(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox%s/Contents 4 0 R %s>>" % (box, more),
            _stream(content, entries),
        ]
    )


def _image(width: int, height: int) -> bytes:
    entries = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    )
    return raw(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
            _stream(b"612 0 0 792 0 0 cm /I Do"),
            _stream(_bomb(200), entries % (width, height)),
        ]
    )


def _nested_forms(depth: int, *, loop: bool = False) -> bytes:
    """Each form draws the next one ten times."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        _stream(b"/X Do"),
    ]
    for level in range(depth):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>" % (6 + level)
        objects.append(_stream(b"/X Do " * 10, entries))
    own = b"/Resources<</XObject<</X %d 0 R>>>>" % (5 + depth) if loop else b""
    last = b"/X Do" if loop else b"0 0 m 1 1 l S"
    objects.append(_stream(last, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]" + own))
    return raw(objects)


def _many_pages(count: int) -> bytes:
    """One page object, named so many times."""
    kids = b"3 0 R " * count
    return raw(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>",
        ]
    )


def _deep_tree(depth: int) -> bytes:
    objects = [b"<</Type/Catalog/Pages 2 0 R>>"]
    objects += [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (number + 1) for number in range(2, depth + 2)]
    objects.append(b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 612 792]>>" % (depth + 1))
    return raw(objects)


def raw(objects: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1, the first its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)
