"""Two Documents in, one Comparison out; the conductor of the comparing stages, and the `compare` piece."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.alignment import Alignment
from core.blind import settle_blind_pages
from core.codec import comparison_to_json, encode
from core.coverage import OBJECT_LAYERS, looked_for, settle_ways
from core.drawings.layer import Drawn, add_drawings
from core.drawings.looking import SecondLook
from core.drawings.tying import tied
from core.ignoring import Ignoring
from core.images.comparing import add_images
from core.model import Comparison, Document, Layer, join
from core.objects import add_objects, traces
from core.ocr.between import add_ink_between_words
from core.ocr.by_picture import add_pages_by_picture
from core.ocr.doubts import doubts_of, read_pairs, with_doubts
from core.ocr.merging import with_recognised
from core.ocr.rasters import Pictures
from core.options import CompareOptions
from core.report import Report
from core.tables.finding import TablePages
from core.tables.layer import add_tables
from core.tables.whole_rows import with_whole_rows
from core.text.changes import Changes
from core.text.lines import lines_of
from core.text.matching import match
from core.text.pagemap import in_new_order, paired_by_hand
from core.text.roles import assign_roles
from core.text.sections import sections_of
from core.text.styling import restyled
from core.text.tidied_away import add_tidied_away
from core.text.tokens import tokens_of
from core.wire import Buffer, Message, bytes_buffer


def compare(old: Document, new: Document, options: CompareOptions, pictures: Pictures | None = None) -> Comparison:
    """Find every change between two documents. Deterministic; the inputs are not changed.

    `pictures` draws the pages of both; without it words that were recognised are taken as they are.
    """
    aligned = align(old, new, options)
    report = Report(aligned)
    style_groups, style_notes = restyled(*aligned.tokens, read_pairs(aligned), options.size_percent / 100)
    ignoring = Ignoring(options, aligned)
    words = Changes(aligned, report, ignoring)
    doubts = doubts_of(aligned, pictures)
    for side in (0, 1):
        words.cover(side, doubts.tokens(side))
    words.add_pages()
    tabled = add_tables(aligned, report, words, ignoring) if Layer.TABLE in options.layers else (set(), set())
    words.add_text()
    words.add_running(options)
    words.add_styles(style_groups)
    add_tidied_away(aligned, report, options, ignoring)
    image_notes = add_images(aligned, report)
    if not OBJECT_LAYERS.isdisjoint(options.layers):
        add_objects(aligned, report)
    layers = looked_for(options.layers, aligned.documents)
    told = with_doubts(aligned.documents, doubts)
    drawn = Drawn(told)
    if Layer.DRAWING in options.layers:
        look = SecondLook(pictures, options.least_mm2) if pictures is not None else None
        drawn = add_drawings(aligned, report, told, options.registrations, look)
    told = drawn.documents
    if Layer.IMAGE in options.layers:
        told = add_pages_by_picture(aligned, report, told, pictures, options.least_mm2)
        told = add_ink_between_words(aligned, report, told, pictures)
    old, new = (settle_ways(document, layers, at) for document, at in zip(told, tabled, strict=True))
    changes = tuple(tied(ignoring.sifted(report.in_reading_order()), (old, new), drawn.sheets()))
    return Comparison(
        old=old,
        new=new,
        page_map=tuple(replace(p, registration=drawn.registration(p)) for p in aligned.page_map),
        changes=changes,
        notices=(),
        options=options.to_json(),
        detail=_detail(old, new, style_notes, ignoring.counts)
        | ({"image": image_notes} if image_notes else {})
        | ({"drawing": drawn.settings} if drawn.settings else {})
        | ({"unseen_lines": drawn.unseen} if drawn.unseen else {}),
        words=aligned.words_matched,
        sections=(
            sections_of(aligned.documents[0], aligned.lines[0], aligned.roles[0]),
            sections_of(aligned.documents[1], aligned.lines[1], aligned.roles[1]),
        ),
    )


def align(old: Document, new: Document, options: CompareOptions) -> Alignment:
    """Bring the words of two documents side by side; what every layer starts from."""
    lines = lines_of(old), lines_of(new)
    roles = assign_roles((old, new), lines)
    tables = TablePages(old, roles[0]), TablePages(new, roles[1])
    tokens = tokens_of((old, new), roles, options.ignore)
    tokens, matching = with_whole_rows(tables, tokens, match(*tokens), options.ignore)
    partners = paired_by_hand(matching.partners, options.registrations, (old.page_count, new.page_count))
    page_map = in_new_order(old, new, partners)
    documents = settle_blind_pages(old, new, page_map)
    return Alignment(
        documents,
        lines,
        roles,
        tokens,
        matching.found,
        matching.moves,
        matching.pairs,
        page_map,
        matching.moved_pages,
        tables,
    )


def _detail(
    old: Document, new: Document, style_notes: list[dict[str, Any]], ignored: Mapping[str, int]
) -> dict[str, Any]:
    """What is said once in the summary and is no change: file properties, a new template, what was ignored."""
    detail: dict[str, Any] = {}
    known = {**old.metadata, **traces(old)}, {**new.metadata, **traces(new)}
    properties = {key: [known[0].get(key), known[1].get(key)] for key in sorted(known[0].keys() | known[1].keys())}
    differing = {key: value for key, value in properties.items() if value[0] != value[1]}
    if differing:
        detail["metadata"] = differing
    if style_notes:
        detail["style"] = style_notes
    if ignored:
        detail["ignored"] = dict(sorted(ignored.items()))
    return detail


def work(
    request: Message,
    emit: Callable[[dict[str, Any]], None],
    pictures: Pictures | None = None,
) -> Message:
    """The `compare` piece: columns of the parts of both documents in, the JSON of the result out."""
    recognised = request.header.get("ocr") or {}
    sides = tuple(
        with_recognised(_joined(request, side), recognised.get(side), request.buffers.get(f"{side}_ocr"))
        for side in ("old", "new")
    )
    options = CompareOptions.from_json(request.header["options"])
    names = request.header["names"]
    result = comparison_to_json(
        compare(sides[0], sides[1], options, pictures), names={"old": str(names["old"]), "new": str(names["new"])}
    )
    return Message({"kind": "result", "summary": result["summary"]}, {"result": bytes_buffer(encode(result))})


def _joined(request: Message, side: str) -> Document:
    parts = enumerate(request.header[side])
    return join([Document.from_message(Message(header, _part(request, f"{side}{k}."))) for k, header in parts])


def _part(request: Message, prefix: str) -> dict[str, Buffer]:
    return {name.removeprefix(prefix): buffer for name, buffer in request.buffers.items() if name.startswith(prefix)}
