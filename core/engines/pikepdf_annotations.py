"""Annotations and links of a page as items (ISO 32000-1, 12.5)."""

from __future__ import annotations

import re

from core.engines.page_frame import PageFrame
from core.engines.pikepdf_targets import Targets, scripts
from core.engines.pikepdf_values import (
    Dict,
    Objects,
    Plain,
    clean,
    digest,
    is_reference,
    name,
    number,
    numbers,
    shortened,
    whole,
)
from core.geometry import Box
from core.model import Item, Layer

MOST_QUADS = 1_000
_SORTS = {
    "Text": "note",
    "FreeText": "text box",
    "Highlight": "highlight",
    "Underline": "underline",
    "StrikeOut": "strikeout",
    "Squiggly": "squiggly underline",
    "Square": "rectangle",
    "Circle": "ellipse",
    "Line": "line",
    "Polygon": "polygon",
    "PolyLine": "polyline",
    "Ink": "ink",
    "Stamp": "stamp",
    "Caret": "caret",
    "FileAttachment": "file attachment",
    "Redact": "redaction",
    "Watermark": "watermark",
    "Sound": "sound",
    "Movie": "movie",
    "Screen": "screen",
    "3D": "3D",
    "RichMedia": "rich media",
}
#: Windows of other annotations, and marks for the printer.
_SILENT = {"Popup", "PrinterMark", "TrapNet"}
_DRAWN = {"Ink": "/InkList", "Polygon": "/Vertices", "PolyLine": "/Vertices", "Line": "/L"}
_INVISIBLE, _HIDDEN, _PRINT, _NO_VIEW = 1, 2, 4, 32
_ICONS = {"Text", "FileAttachment", "Stamp", "Sound"}
_TAG = re.compile(r"<[^<>]*>")
_PARAGRAPH = re.compile(r"</p>|<br\s*/?>", re.I)


def boxes_of(thing: Dict, objects: Objects, frame: PageFrame) -> tuple[Box, ...]:
    """Where an annotation is: its quadrilaterals if it has some, else its rectangle."""
    quads = numbers(objects.at(thing["/QuadPoints"])) if "/QuadPoints" in thing else None
    if quads and len(quads) >= 8:
        found = []
        for k in range(0, min(len(quads) // 8, MOST_QUADS) * 8, 8):
            found.append(frame.box_displayed(list(zip(quads[k : k + 8 : 2], quads[k + 1 : k + 8 : 2], strict=True))))
        return tuple(found)
    rect = numbers(objects.at(thing.get("/Rect")))
    if rect is None or len(rect) != 4:
        return ()
    ax, ay = frame.to_displayed(rect[0], rect[1])
    bx, by = frame.to_displayed(rect[2], rect[3])
    return ((min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)),)


def link(page: int, thing: Dict, objects: Objects, targets: Targets, frame: PageFrame) -> Item | None:
    """A link; one that leads nowhere is none."""
    target = targets.of(thing)
    if not target:
        return None
    return Item(Layer.LINK, "link", "", page, boxes_of(thing, objects, frame), "", target)


def annotation(page: int, thing: Dict, objects: Objects, targets: Targets, frame: PageFrame) -> Item | None:
    """A comment, a mark or a drawing on a page; None for what only serves others."""
    kind = name(thing.get("/Subtype"))
    if kind in _SILENT:
        return None
    sort = _SORTS.get(kind, clean(kind)[:40].lower() or "annotation")
    properties = _properties(kind, thing, objects)
    answered = objects.mapping(thing.get("/IRT"))
    if answered and name(thing.get("/RT")) != "Group":
        state = objects.text(thing.get("/State"))
        sort = "review" if state else "reply"
        properties |= {"state": state} if state else {}
        properties["answers"] = shortened(_contents(answered, objects))[:200]
    if kind == "FileAttachment":
        properties |= attached(thing.get("/FS"), objects, targets)
    target = targets.of_action(thing["/A"]) if "/A" in thing else {}
    if target:
        properties["action"] = " ".join(target[key] for key in ("action", "target", "name") if target.get(key))
    if "/AA" in thing:
        properties["scripts"] = scripts(objects, thing["/AA"])
    return Item(
        Layer.ANNOTATION,
        sort,
        objects.text(thing.get("/NM"))[:200],
        page,
        boxes_of(thing, objects, frame),
        shortened(_contents(thing, objects)),
        {key: value for key, value in properties.items() if value},
    )


def attached(specification: Plain, objects: Objects, targets: Targets) -> dict[str, str]:
    """Name, size and digest of a file in the document (ISO 32000-1, 7.11)."""
    found = objects.mapping(specification)
    streams = objects.mapping(found.get("/EF"))
    reference = streams.get("/UF") or streams.get("/F")
    properties = {"file": targets.file_name(specification), "description": objects.text(found.get("/Desc"))}
    if is_reference(reference):
        content = objects.content(reference)
        properties |= {
            "size": f"{len(content):,} bytes",
            "type": name(objects.mapping(reference).get("/Subtype")),
            "content": digest(content),
        }
    return {key: value for key, value in properties.items() if value}


def _contents(thing: Dict, objects: Objects) -> str:
    text = objects.text(thing.get("/Contents"))
    if text or "/RC" not in thing:
        return text
    return clean(_TAG.sub("", _PARAGRAPH.sub("\n", objects.text(thing["/RC"]))))


def _properties(kind: str, thing: Dict, objects: Objects) -> dict[str, str]:
    """What a reader of comments sees besides the text; dates and appearances that viewers draw anew are left out."""
    flags = whole(thing.get("/F"))
    opacity = number(objects.at(thing.get("/CA")), 1.0)
    properties = {
        "author": objects.text(thing.get("/T"))[:200],
        "subject": objects.text(thing.get("/Subj"))[:200],
        "color": color(objects.at(thing.get("/C"))),
        "fill": color(objects.at(thing.get("/IC"))),
        "opacity": f"{opacity:.2f}" if opacity < 0.995 else "",
        "hidden": "yes" if flags & (_INVISIBLE | _HIDDEN | _NO_VIEW) else "",
        "printed": "" if flags & _PRINT else "no",
    }
    if kind in _ICONS:
        properties["icon"] = name(thing.get("/Name"))[:80]
    if kind in _DRAWN:
        properties["shape"] = _shape(objects, thing, _DRAWN[kind])
    if kind == "Stamp":
        properties["appearance"] = _appearance(thing, objects)
    if kind == "Redact":
        properties["overlay"] = objects.text(thing.get("/OverlayText"))[:200]
    return properties


def color(value: Plain) -> str:
    """A colour of one, three or four components as `#rrggbb`."""
    parts = numbers(value)
    if not parts or len(parts) not in (1, 3, 4):
        return ""
    parts = [min(1.0, max(0.0, part)) for part in parts]
    if len(parts) == 1:
        parts = parts * 3
    elif len(parts) == 4:
        parts = [(1 - part) * (1 - parts[3]) for part in parts[:3]]
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _shape(objects: Objects, thing: Dict, key: str) -> str:
    """A digest of the points of a drawing, in whole points from its own first one: moving it is no other shape."""
    paths = objects.sequence(thing.get(key))
    found = []
    for path in paths if key == "/InkList" else [paths]:
        points = numbers(objects.at(path)) or []
        found.append([round(value - points[k % 2]) for k, value in enumerate(points)])
    return digest(repr(found)) if any(found) else ""


def _appearance(thing: Dict, objects: Objects) -> str:
    """A digest of what a stamp shows: its drawing and the streams it draws with."""
    reference = objects.mapping(thing.get("/AP")).get("/N")
    if not is_reference(reference):
        return ""
    content = objects.content(reference)
    drawn = objects.mapping(objects.mapping(objects.mapping(reference).get("/Resources")).get("/XObject"))
    parts = [digest(objects.content(value)) for _, value in sorted(drawn.items())[:16] if is_reference(value)]
    return digest(digest(content) + "".join(parts)) if content else ""
