"""Two documents side by side, sheet by sheet along the page map, with the changes marked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary

from core.engines.annotations import COLOURS, annotation, resources, with_replies
from core.engines.legend import Ink, add_legend_page, append_page, fonts, printable
from core.engines.page_frame import PageFrame, Point, visible
from core.typeset import Font, cut, width

MARGIN = 18.0
HEAD = 30.0
FOOT = 26.0
_MOST_POINTS = 14_400.0  # longest side of a page (ISO 32000-1, annex C)
_EMPTY = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class _Half:
    """One page on its sheet, `number` None where it has no counterpart; (x, y) is its top left corner, y up."""

    side: str
    number: int | None
    size: Point
    x: float
    y: float
    scale: float

    def to_sheet(self, x: float, y: float) -> Point:
        """Where a point of the displayed page lies on the sheet."""
        return self.x + x * self.scale, self.y - y * self.scale


def side_by_side(
    old: pikepdf.Pdf, new: pikepdf.Pdf, header: dict[str, Any], emit: Callable[[dict[str, Any]], None]
) -> pikepdf.Pdf:
    """A new document with a sheet for each entry of the page map."""
    made = pikepdf.new()
    sources = {"old": old, "new": new}
    pages = {side: list(pdf.pages) for side, pdf in sources.items()}
    for pdf in sources.values():
        _flatten(pdf)
    marks: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for mark in header["marks"]:
        marks[mark["side"], mark["page"]].append(mark)
    lettering, shared = fonts(made), resources(made)
    sheets = header["page_map"]
    for count, pair in enumerate(sheets, 1):
        emit({"page": count, "of": len(sheets)})
        numbers = {"old": pair[0], "new": pair[1]}
        chosen = {side: _page(pages[side], numbers[side]) for side in sources}
        _sheet(made, numbers, chosen, marks, header, lettering, shared)
    _outline(made, sheets, marks)
    add_legend_page(made, header)
    made.docinfo["/Title"] = f"{header['names']['old']} / {header['names']['new']}"
    return made


def _page(pages: Sequence[pikepdf.Page], number: int | None) -> pikepdf.Page | None:
    return pages[number - 1] if number is not None and number <= len(pages) else None


def _sheet(
    made: pikepdf.Pdf,
    numbers: dict[str, int | None],
    pages: dict[str, pikepdf.Page | None],
    marks: dict[tuple[str, int], list[dict[str, Any]]],
    header: dict[str, Any],
    lettering: pikepdf.Object,
    shared: pikepdf.Object,
) -> None:
    frames = {side: PageFrame.of(page) if page is not None else None for side, page in pages.items()}
    some = next((frame.size for frame in frames.values() if frame), _EMPTY)
    sizes = {side: frame.size if frame else some for side, frame in frames.items()}
    wide, high = sizes["old"][0] + sizes["new"][0], max(size[1] for size in sizes.values())
    scale = min(1.0, (_MOST_POINTS - 3 * MARGIN) / wide, (_MOST_POINTS - HEAD - FOOT) / high)
    top = high * scale + FOOT
    halves = [
        _Half("old", numbers["old"], sizes["old"], MARGIN, top, scale),
        _Half("new", numbers["new"], sizes["new"], 2 * MARGIN + sizes["old"][0] * scale, top, scale),
    ]
    ink = Ink()
    for half in halves:
        _draw_half(ink, half, header["names"][half.side], is_there=pages[half.side] is not None)
    _draw_legend(ink, wide * scale)
    sheet = append_page(made, (wide * scale + 3 * MARGIN, top + HEAD), ink, Dictionary(Font=lettering.Font))
    annotations = []
    for half in halves:
        page, frame = pages[half.side], frames[half.side]
        if page is None or frame is None:
            continue
        x0, y0 = half.to_sheet(0, half.size[1])
        x1, y1 = half.to_sheet(half.size[0], 0)
        # The form of a page is cut to its trim box; what is displayed is the crop box.
        page.obj.TrimBox = Array([*frame.crop])
        sheet.add_overlay(page, pikepdf.Rectangle(x0, y0, x1, y1))
        for mark in marks.get((half.side, half.number or 0), ()):
            if boxes := visible(mark["boxes"], half.size):
                drawn = annotation(made, mark, boxes, to_user=half.to_sheet, unit=1 / scale, shared=shared)
                annotations.append((drawn, mark))
    if annotations:
        sheet.obj.Annots = Array(with_replies(made, annotations))


def _draw_half(ink: Ink, half: _Half, name: str, *, is_there: bool) -> None:
    wide, high = half.size[0] * half.scale, half.size[1] * half.scale
    label = half.side.capitalize()
    ink.text(half.x, half.y + 11, label, font=Font.SANS_BOLD, size=10, grey=0.1)
    if is_there:
        told = f"page {half.number}  ·  {printable(name, 'document')}"
    else:
        told = f"no page of the {half.side} document corresponds"
    start = half.x + width(label, Font.SANS_BOLD, 10) + 8
    ink.text(start, half.y + 11, cut(told, Font.SANS, 9, wide - (start - half.x)), grey=0.35)
    dash = "[]" if is_there else "[4 3]"
    box = f"{half.x:.2f} {half.y - high:.2f} {wide:.2f} {high:.2f} re S"
    ink.raw(f"q 0.75 G 0.5 w {dash} 0 d {box} Q")


def _draw_legend(ink: Ink, wide: float) -> None:
    x = MARGIN
    for look in COLOURS:
        if x + 80 > wide + 2 * MARGIN:
            break
        ink.sample(x, 9, look, size=7)
        ink.text(x + 18, 9.5, look, size=8, grey=0.35)
        x += 30 + width(look, Font.SANS, 8)


def _outline(made: pikepdf.Pdf, sheets: Sequence[Sequence[int | None]], marks: dict[tuple[str, int], Any]) -> None:
    """A bookmark for each sheet that has a change."""
    with made.open_outline() as outline:
        for index, (old, new) in enumerate(sheets):
            found = {mark["id"] for key in (("old", old), ("new", new)) for mark in marks.get(key, ())}  # type: ignore[arg-type]
            if found:
                pages = f"Page {new}" if old == new else f"Page {old or '–'} → {new or '–'}"
                title = f"{pages}: {len(found):,} change{'s' * (len(found) != 1)}"
                outline.root.append(pikepdf.OutlineItem(title, index))


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Draw annotations and form fields into the pages, which would be lost otherwise."""
    try:
        pdf.flatten_annotations("screen")
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return  # a broken form: the pages themselves are still shown
