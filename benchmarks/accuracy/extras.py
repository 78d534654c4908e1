"""j: annotations, links, form fields, outline, properties, attachments, written into a finished file."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from benchmarks.accuracy.cases import essay, layout, said
from benchmarks.accuracy.document import Paragraph
from benchmarks.accuracy.locate import Box, Found
from benchmarks.accuracy.pairs import Plan, build
from benchmarks.accuracy.prose import Prose
from benchmarks.accuracy.script import Edit, Script


def make(rng: random.Random, folder: Path) -> None:
    """The page content is the same; one thing differs."""
    prose = Prose("en", rng)
    document = essay(prose, rng)
    look = layout(rng, "en", columns=1)
    how = rng.choice(tuple(WHAT))
    paragraphs = [block.words for block in document.blocks if isinstance(block, Paragraph)]
    anchors = [rng.choice(words[1:-1]) for words in paragraphs[:4]]
    texts = [" ".join(word.text for word in prose.sentence()) for _ in range(5)]
    plan = Plan(f"en; {said(look, look)}; {how}", document, document.copy(), look, look, Script())

    def finish(plan: Plan, found: dict[str, Found], files: dict[str, Path]) -> None:
        spots = {side: [found[side].places[word.id][0] for word in anchors] for side in files}
        for side in ("old", "new"):
            _furnish(files[side], spots[side], texts, how, new=side == "new")
        layer, kind, at, sides = WHAT[how]
        if layer == "form":  # a value may be told as words; it is no text of the page
            for words in plan.script.optional.values():
                words += ["Aarhus", "Bergen", "Off", "Yes"]
        if at is None:
            plan.script.items.append(ITEMS[how](texts))
            return
        edit = Edit(layer, kind)
        for side in sides:
            page, box = spots[side][at]
            places = edit.old_places if side == "old" else edit.new_places
            places.append((page, _grown(box, how)))
        plan.script.edits.append(edit)

    plan.finish = finish
    build("j extras", plan, folder)


#: layer, kind, number of the anchor (None: no place on a page), sides on which it stands.
WHAT: dict[str, tuple[str, str, int | None, tuple[str, ...]]] = {
    "comment-added": ("annotation", "inserted", 1, ("new",)),
    "comment-removed": ("annotation", "deleted", 1, ("old",)),
    "comment-changed": ("annotation", "replaced", 0, ("old", "new")),
    "highlight-added": ("annotation", "inserted", 1, ("new",)),
    "link-added": ("link", "inserted", 3, ("new",)),
    "link-removed": ("link", "deleted", 3, ("old",)),
    "link-changed": ("link", "replaced", 2, ("old", "new")),
    "field-changed": ("form", "replaced", -1, ("old", "new")),
    "field-added": ("form", "inserted", -1, ("new",)),
    "box-ticked": ("form", "replaced", -1, ("old", "new")),
    "outline-renamed": ("outline", "replaced", None, ()),
    "outline-added": ("outline", "inserted", None, ()),
    "title-changed": ("metadata", "replaced", None, ()),
    "attachment-added": ("metadata", "inserted", None, ()),
}
ITEMS: dict[str, Callable[[list[str]], dict[str, Any]]] = {
    "outline-renamed": lambda _: {
        "layer": "outline",
        "kind": "replaced",
        "old": "Second part",
        "new": "Second chapter",
    },
    "outline-added": lambda _: {"layer": "outline", "kind": "inserted", "old": None, "new": "Supplement"},
    "title-changed": lambda _: {"layer": "metadata", "kind": "replaced", "old": "Report", "new": "Final report"},
    "attachment-added": lambda _: {"layer": "metadata", "kind": "inserted", "old": None, "new": "figures.csv"},
}
_FIELD: Box = (300.0, 22.0, 440.0, 38.0)
_TICK: Box = (460.0, 22.0, 474.0, 36.0)


def _grown(box: Box, how: str) -> Box:
    if how.startswith("field"):
        return _FIELD
    if how.startswith("box"):
        return _TICK
    if how.startswith("comment"):
        return (box[0], box[1] - 4, box[0] + 18, box[1] + 14)
    return box


def _furnish(pdf: Path, spots: list[tuple[int, Box]], texts: list[str], how: str, *, new: bool) -> None:
    with pikepdf.open(pdf, allow_overwriting_input=True) as document:

        def rect(page: int, box: Box) -> Array:
            media = document.pages[page - 1].mediabox
            height = float(media[3])
            return Array([box[0], height - box[3], box[2], height - box[1]])

        def annotate(page: int, annotation: Dictionary) -> pikepdf.Object:
            target = document.pages[page - 1]
            made = document.make_indirect(annotation)
            if "/Annots" not in target:
                target.Annots = Array()
            target.Annots.append(made)
            return made

        def comment(spot: tuple[int, Box], text: str) -> None:
            page, box = spot
            annotate(page, Dictionary(
                Type=Name.Annot, Subtype=Name.Text, Rect=rect(page, _grown(box, "comment")), Contents=String(text),
                T=String("Reviewer"), Name=Name.Note, F=4,
            ))  # fmt: skip

        def link(spot: tuple[int, Box], target: str) -> None:
            page, box = spot
            action = Dictionary(S=Name.URI, URI=String(target))
            annotate(
                page,
                Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rect(page, box), Border=Array([0, 0, 0]), A=action),
            )

        changed = new and how.endswith("-changed")
        comment(spots[0], texts[1] if changed and how.startswith("comment") else texts[0])
        link(
            spots[2],
            "https://example.org/second" if changed and how.startswith("link") else "https://example.org/first",
        )
        if (how == "comment-added" and new) or (how == "comment-removed" and not new):
            comment(spots[1], texts[2])
        if how == "highlight-added" and new:
            page, box = spots[1]
            r = [float(value) for value in rect(page, box)]
            annotate(page, Dictionary(
                Type=Name.Annot, Subtype=Name.Highlight, Rect=Array(r), C=Array([1, 0.9, 0.2]), F=4,
                QuadPoints=Array([r[0], r[3], r[2], r[3], r[0], r[1], r[2], r[1]]), T=String("Reviewer"),
            ))  # fmt: skip
        if (how == "link-added" and new) or (how == "link-removed" and not new):
            link(spots[3], "https://example.org/third")
        _form(document, spots, how, rect, annotate, new=new)
        if how.startswith("outline"):
            with document.open_outline() as outline:
                outline.root.clear()
                outline.root.append(pikepdf.OutlineItem("First part", 0))
                outline.root.append(
                    pikepdf.OutlineItem("Second chapter" if how == "outline-renamed" and new else "Second part", 0)
                )
                if how == "outline-added" and new:
                    outline.root.append(pikepdf.OutlineItem("Supplement", 0))
        if how.startswith("title"):
            document.docinfo["/Title"] = String("Final report" if new else "Report")
            if "/Metadata" in document.Root:
                del document.Root["/Metadata"]
        if how.startswith("attachment") and new:
            document.attachments["figures.csv"] = pikepdf.AttachedFileSpec(
                document, b"a,b\n1,2\n", filename="figures.csv"
            )
        document.save(pdf)


def _form(
    document: pikepdf.Pdf,
    spots: list[tuple[int, Box]],
    how: str,
    rect: Callable[[int, Box], Array],
    annotate: Callable[[int, Dictionary], pikepdf.Object],
    *,
    new: bool,
) -> None:
    if not how.startswith(("field", "box")):
        return
    page = spots[-1][0]
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    fields = Array()
    ticked = new and how == "box-ticked"
    if how != "field-added" or new:
        value = "Bergen" if new and how == "field-changed" else "Aarhus"
        look = document.make_stream(
            f"/Tx BMC q BT /Helv 10 Tf 2 4 Td ({value}) Tj ET Q EMC".encode(), Type=Name.XObject, Subtype=Name.Form,
            BBox=Array([0, 0, 140, 16]),
            Resources=Dictionary(Font=Dictionary(Helv=font)),
        )  # fmt: skip
        fields.append(annotate(page, Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String("place"), V=String(value), F=4,
            Rect=rect(page, _FIELD), DA=String("/Helv 10 Tf 0 g"), AP=Dictionary(N=look),
        )))  # fmt: skip
    states = {
        name: document.make_stream(code, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 14, 14]))
        for name, code in (("Yes", b"2 2 m 12 12 l 2 12 m 12 2 l S"), ("Off", b"0 0 14 14 re S"))
    }
    fields.append(annotate(page, Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=String("agreed"), F=4, Rect=rect(page, _TICK),
        V=Name.Yes if ticked else Name.Off, AS=Name.Yes if ticked else Name.Off,
        AP=Dictionary(N=Dictionary(Yes=states["Yes"], Off=states["Off"])),
    )))  # fmt: skip
    document.Root.AcroForm = Dictionary(
        Fields=fields, DR=Dictionary(Font=Dictionary(Helv=font)), DA=String("/Helv 10 Tf 0 g")
    )
