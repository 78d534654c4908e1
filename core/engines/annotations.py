"""Marks as PDF annotations with appearances of their own, so that every viewer and printer shows the same.

Colour is never alone: a deleted text is struck through, an inserted one underlined, a replaced one underlined with
dashes, a moved one has a bar in front, a style change dots. The colours are those of Okabe and Ito, which people with
colour-blindness can tell apart (jfly.uni-koeln.de/color), lightened for the tint under the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import hypot
from typing import Any, TypeAlias

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from core.engines.page_frame import Point
from core.typeset import Font, width

Rgb: TypeAlias = tuple[float, float, float]
ToUser: TypeAlias = Callable[[float, float], Point]

COLOURS: dict[str, Rgb] = {
    "inserted": (0.00, 0.62, 0.45),
    "deleted": (0.84, 0.37, 0.00),
    "replaced": (0.80, 0.56, 0.00),
    "moved": (0.00, 0.45, 0.70),
    "style": (0.70, 0.38, 0.58),
}
#: Changes of these layers are words, marked as such; the others get a frame.
WORD_LAYERS = ("text", "style", "table", "link")
_SUBTYPES = {
    "inserted": Name.Highlight,
    "deleted": Name.StrikeOut,
    "replaced": Name.Highlight,
    "moved": Name.Highlight,
    "style": Name.Underline,
}
_FRAME_MARGIN = 2.0
#: Changes of these layers are parts of drawings: a revision cloud, as drawing offices mark them.
CLOUD_LAYERS = ("drawing",)
_BOW = 4.0, 9.0  # points on the displayed page, least and greatest chord of a bow of a cloud
_MOST_BOWS = 240  # of one cloud
_BULGE = 0.224, 0.381  # of the chord, along it and outwards: control points of a bow of about 120 degrees
_CLOUD_MARGIN = 4.0  # points, that a cloud and its bows keep from what they surround, at most
_LABEL = 6.5  # points, size of the letters of a label
_POPUP = (240.0, 120.0)  # points, size of the window with the comments
_PRINTED, _UNZOOMED = 4, 8 | 16  # flags of ISO 32000-1, table 165; the second also: not turned with the page


def look_of(mark: dict[str, Any]) -> str:
    """The key in `COLOURS` for a mark."""
    return "style" if mark["layer"] == "style" else str(mark["kind"])


def resources(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """What the appearances share: a graphics state that lets the text show through a tint, and a font for labels."""
    multiply = pdf.make_indirect(Dictionary(Type=Name.ExtGState, BM=Name.Multiply))
    bold = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + str(Font.SANS_BOLD)), Encoding=Name.WinAnsiEncoding
    )
    made = Dictionary(ExtGState=Dictionary(T=multiply), Font=Dictionary(B=pdf.make_indirect(bold)))
    return pdf.make_indirect(made)


def annotation(
    pdf: pikepdf.Pdf,
    mark: dict[str, Any],
    boxes: Sequence[Sequence[float]],
    *,
    to_user: ToUser,
    unit: float,
    shared: pikepdf.Object,
) -> pikepdf.Object:
    """The annotation of one mark; `boxes` are in the displayed frame, at least one of them."""
    look = look_of(mark)
    is_words = mark["layer"] in WORD_LAYERS
    points = [[to_user(x, y) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))] for x0, y0, x1, y1 in boxes]
    is_cloud = mark["layer"] in CLOUD_LAYERS
    margin = (2 * _CLOUD_MARGIN if is_cloud else _FRAME_MARGIN) / unit
    xs, ys = zip(*(point for four in points for point in four), strict=True)
    rect = [_short(v) for v in (min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)]
    draw = _words(look, boxes, to_user, unit) if is_words else _frames(look, boxes, mark["layer"], to_user, unit)
    form = pdf.make_stream(draw, Type=Name.XObject, Subtype=Name.Form, BBox=Array(rect), Resources=shared, FormType=1)
    made = Dictionary(
        Type=Name.Annot,
        Subtype=_SUBTYPES[look] if is_words else Name.Square,
        Rect=Array(rect),
        C=Array([*COLOURS[look]]),
        Contents=String(mark["note"]),
        T=String("PDF Compare"),
        NM=String(f"{mark['id']}.{mark['page']}"),
        F=_PRINTED,
        AP=Dictionary(N=form),
    )
    if is_cloud:
        made.BE = Dictionary(S=Name.C, I=1)
    if is_words:
        made.QuadPoints = Array([_short(value) for four in points for point in four for value in point])
    found = pdf.make_indirect(made)
    if mark.get("is_reviewed"):
        x0, y0, _, y1 = rect
        note = Array([x0, y0 - _POPUP[1], x0 + _POPUP[0], y1])
        found.Popup = pdf.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Popup, Rect=note, Parent=found, Open=False)
        )
    return found


def with_replies(
    pdf: pikepdf.Pdf, annotations: Iterable[tuple[pikepdf.Object, dict[str, Any]]]
) -> list[pikepdf.Object]:
    """The annotations of a page, each of its mark, followed by its window and by the comments on it as a thread."""
    found = []
    for made, mark in annotations:
        found += [made, made.Popup] if "/Popup" in made else [made]
        found += [_reply(pdf, made, number, said) for number, said in enumerate(mark.get("replies", ()), 1)]
    return found


def _reply(pdf: pikepdf.Pdf, about: pikepdf.Object, number: int, said: dict[str, Any]) -> pikepdf.Object:
    """A comment in reply to a mark (ISO 32000-1, 12.5.6.2); its own picture is empty, for it is shown with the mark."""
    empty = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]), FormType=1)
    digits = "".join(c for c in str(said["at"])[:19] if c.isdigit())
    made = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=about.Rect,
        IRT=about,
        RT=Name.R,
        T=String(said["name"]),
        Contents=String(said["text"]),
        NM=String(f"{about.NM}.{number}"),
        Name=Name.Comment,
        F=_PRINTED | _UNZOOMED,
        AP=Dictionary(N=empty),
    )
    if len(digits) == len("20261122130500"):
        made.M = made.CreationDate = String(f"D:{digits}Z")
    return pdf.make_indirect(made)


def tint(colour: Rgb) -> Rgb:
    """A light shade of a colour, for under a text."""
    red, green, blue = (round(1 - (1 - part) * 0.32, 3) for part in colour)
    return red, green, blue


def _words(look: str, boxes: Iterable[Sequence[float]], to_user: ToUser, unit: float) -> bytes:
    colour = COLOURS[look]
    parts = [f"q /T gs {_rgb(tint(colour))} rg"]
    lines = [f"Q q {_rgb(colour)} RG"]
    for x0, y0, x1, y1 in boxes:
        parts.append(_polygon([to_user(*point) for point in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]) + " f")
        thick = min(max((y1 - y0) * 0.07, 0.5), 1.5)
        lines.append(f"{_number(thick / unit)} w {_dashes(look, thick / unit)}")
        if look == "deleted":
            ends = (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)
        elif look == "moved":
            ends = (x0 - thick, y0), (x0 - thick, y1)
        else:
            ends = (x0, y1 - thick / 2), (x1, y1 - thick / 2)
        lines.append(_line(to_user(*ends[0]), to_user(*ends[1])))
    return " ".join([*parts, *lines, "Q"]).encode("ascii")


def _frames(look: str, boxes: Sequence[Sequence[float]], layer: str, to_user: ToUser, unit: float) -> bytes:
    """A frame around each box, with the layer's name in its corner where there is room for it; a cloud for drawings."""
    is_cloud = layer in CLOUD_LAYERS
    dashes = "[4 2.5] 0 d" if is_cloud and look == "deleted" else _dashes(look, 1.5 / unit)
    parts = [f"q {_rgb(COLOURS[look])} RG {_number(1.5 / unit)} w {dashes}"]
    for x0, y0, x1, y1 in boxes:
        if is_cloud:
            parts.append(cloud((x0, y0, x1, y1), to_user) + " s")
        else:
            parts.append(_polygon([to_user(*point) for point in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]) + " s")
    if is_cloud:
        return " ".join([*parts, "Q"]).encode("ascii")
    for box in boxes:
        parts.append(_label(look, layer, box, to_user))
    return " ".join([*parts, "Q"]).encode("ascii")


def cloud(box: Sequence[float], to_user: ToUser) -> str:
    """The path of a revision cloud around a box: bows of one size all the way round, bulging outwards."""
    x0, y0, x1, y1 = box
    bow = min(max(min(x1 - x0, y1 - y0) / 4, _BOW[0]), _BOW[1])
    out = _CLOUD_MARGIN / 2
    corners = [(x0 - out, y0 - out), (x1 + out, y0 - out), (x1 + out, y1 + out), (x0 - out, y1 + out)]
    bow = max(bow, 2 * (x1 - x0 + y1 - y0 + 4 * out) / _MOST_BOWS)
    along, outwards = _BULGE
    start = to_user(*corners[0])
    parts = [f"{_number(start[0])} {_number(start[1])} m"]
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        count = max(1, round(hypot(bx - ax, by - ay) / bow))
        dx, dy = (bx - ax) / count, (by - ay) / count  # of one bow; outwards is to the left of it, with y down
        for k in range(count):
            x, y = ax + k * dx, ay + k * dy
            first = to_user(x + along * dx + outwards * dy, y + along * dy - outwards * dx)
            second = to_user(x + (1 - along) * dx + outwards * dy, y + (1 - along) * dy - outwards * dx)
            end = to_user(x + dx, y + dy)
            parts.append(" ".join(_number(value) for point in (first, second, end) for value in point) + " c")
    return " ".join(parts)


def _label(look: str, layer: str, box: Sequence[float], to_user: ToUser) -> str:
    """A word on a plate in the top left corner, upright as the page is displayed; nothing in a box too small for it."""
    x0, y0, x1, y1 = box
    wide, high = width(layer, Font.SANS_BOLD, _LABEL) + 4, _LABEL + 2.5
    if x1 - x0 < wide or y1 - y0 < high:
        return ""
    plate = _polygon([to_user(*at) for at in ((x0, y0), (x0 + wide, y0), (x0 + wide, y0 + high), (x0, y0 + high))])
    origin, right, up = to_user(x0 + 2, y0 + _LABEL), to_user(x0 + 3, y0 + _LABEL), to_user(x0 + 2, y0 + _LABEL - 1)
    axes = (*(a - b for a, b in zip(right, origin, strict=True)), *(a - b for a, b in zip(up, origin, strict=True)))
    matrix = " ".join(f"{value:.4f}" for value in axes)
    place = f"{matrix} {_number(origin[0])} {_number(origin[1])} Tm"
    return f"{_rgb(COLOURS[look])} rg {plate} f BT 1 g /B {_LABEL:g} Tf {place} ({layer}) Tj ET"


def _dashes(look: str, thick: float) -> str:
    dash = {"replaced": 3.0, "style": 1.0}.get(look)
    return "[] 0 d" if dash is None else f"[{_number(dash * thick)} {_number(1.5 * thick)}] 0 d"


def _polygon(points: Sequence[Point]) -> str:
    first, *rest = (f"{_number(x)} {_number(y)}" for x, y in points)
    return " ".join([f"{first} m", *(f"{point} l" for point in rest), "h"])


def _line(start: Point, end: Point) -> str:
    return f"{_number(start[0])} {_number(start[1])} m {_number(end[0])} {_number(end[1])} l S"


def _rgb(colour: Rgb) -> str:
    return " ".join(map(_number, colour))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _short(value: float) -> float:
    return round(value, 2)
