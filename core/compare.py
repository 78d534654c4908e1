"""Two Documents in, one Comparison out; the conductor of the comparing stages, and the `compare` piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.alignment import Alignment
from core.blind import settle_blind_pages
from core.codec import comparison_to_json, encode
from core.model import Comparison, Document, PagePair, join
from core.options import CompareOptions
from core.report import Report
from core.text.changes import Changes
from core.text.gaps import same_characters
from core.text.lines import lines_of
from core.text.moves import Moved, find_moves
from core.text.pagemap import map_pages
from core.text.places import matched_by_place
from core.text.roles import assign_roles
from core.text.sequence import Hunk, hunks
from core.text.styling import restyled
from core.text.tidy import tidied
from core.text.tokens import Tokens, tokens_of
from core.wire import Buffer, Message, bytes_buffer


def compare(old: Document, new: Document, options: CompareOptions) -> Comparison:
    """Find every change between two documents. Deterministic; the inputs are not changed."""
    aligned = align(old, new, options)
    report = Report(aligned)
    style_groups, style_notes = restyled(*aligned.tokens, aligned.pairs)
    words = Changes(aligned, report)
    words.add_pages()
    words.add_text()
    words.add_running(options)
    words.add_styles(style_groups)
    old, new = aligned.documents
    return Comparison(
        old=old,
        new=new,
        page_map=aligned.page_map,
        changes=tuple(change for change in report.in_reading_order() if change.layer in options.layers),
        notices=(),
        options=options.to_json(),
        detail=_detail(old, new, style_notes),
    )


def align(old: Document, new: Document, options: CompareOptions) -> Alignment:
    """Bring the words of two documents side by side; what every layer starts from."""
    lines = lines_of(old), lines_of(new)
    roles = assign_roles((old, new), lines)
    tokens = tokens_of((old, new), roles, options.ignore)
    found = _aligned(*tokens)
    moves = [] if "moves" in options.ignore else find_moves(*tokens, found)
    pairs = _pairs(*tokens, found, moves)
    page_map = map_pages(*tokens, pairs)
    found, pairs = _settle_labels(tokens, found, moves, pairs, page_map)
    documents = settle_blind_pages(old, new, page_map)
    return Alignment(documents, lines, roles, tokens, found, moves, pairs, page_map)


def _aligned(old: Tokens, new: Tokens) -> list[Hunk]:
    """The unmatched stretches of all streams, tidied."""
    found: list[Hunk] = []
    for k in range(len(old.bounds) - 1):
        (i0, i1), (j0, j1) = (old.bounds[k], old.bounds[k + 1]), (new.bounds[k], new.bounds[k + 1])
        found += hunks(old.key[i0:i1], new.key[j0:j1], (i0, j0))
    return tidied(old, new, same_characters(old, new, found))


def _pairs(
    old: Tokens, new: Tokens, found: list[Hunk], moves: list[Moved]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the equal tokens of both sides, ascending in old; those of moved blocks included."""
    parts = [_equal(old, new, found, (0, len(old)), (0, len(new)))]
    parts += [_equal(old, new, list(move.edits), move.old, move.new) for move in moves]
    a, b = (np.concatenate(side) for side in zip(*parts, strict=True))
    order = np.argsort(a, kind="stable")
    return a[order], b[order]


def _equal(
    old: Tokens, new: Tokens, found: list[Hunk], span_old: tuple[int, int], span_new: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The tokens between hunks that are equal one to one; stretches cut into words otherwise are left out."""
    free_old = np.zeros(span_old[1] - span_old[0], bool)
    free_new = np.zeros(span_new[1] - span_new[0], bool)
    i, j = span_old[0], span_new[0]
    for i0, i1, j0, j1 in [*found, (span_old[1], span_old[1], span_new[1], span_new[1])]:
        if i0 - i != j0 - j:
            i, j = _shrink(old, new, free_old, free_new, (i, i0, j, j0), (span_old[0], span_new[0]))
        free_old[i0 - span_old[0] : i1 - span_old[0]] = True
        free_new[j0 - span_new[0] : j1 - span_new[0]] = True
        i, j = i1, j1
    a, b = np.flatnonzero(~free_old) + span_old[0], np.flatnonzero(~free_new) + span_new[0]
    same = old.key[a] == new.key[b]
    return a[same], b[same]


def _shrink(
    old: Tokens,
    new: Tokens,
    free_old: NDArray[np.bool_],
    free_new: NDArray[np.bool_],
    stretch: Hunk,
    origin: tuple[int, int],
) -> tuple[int, int]:
    """Leave out the middle of a matched stretch whose two sides are cut into a different number of words."""
    i0, i1, j0, j1 = stretch
    head = 0
    while i0 + head < i1 and j0 + head < j1 and old.key[i0 + head] == new.key[j0 + head]:
        head += 1
    tail = 0
    while i1 - tail > i0 + head and j1 - tail > j0 + head and old.key[i1 - tail - 1] == new.key[j1 - tail - 1]:
        tail += 1
    free_old[i0 + head - origin[0] : i1 - tail - origin[0]] = True
    free_new[j0 + head - origin[1] : j1 - tail - origin[1]] = True
    return i1, j1


def _settle_labels(
    tokens: tuple[Tokens, Tokens],
    found: list[Hunk],
    moves: list[Moved],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    page_map: tuple[PagePair, ...],
) -> tuple[list[Hunk], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """On pages of scattered labels, equal words at the same place are equal whatever the drawing order."""
    cut, more = matched_by_place(*tokens, found, moves, pairs, page_map)
    if not len(more[0]):
        return found, pairs
    a, b = np.concatenate((pairs[0], more[0])), np.concatenate((pairs[1], more[1]))
    order = np.argsort(a, kind="stable")
    return cut, (a[order], b[order])


def _detail(old: Document, new: Document, style_notes: list[dict[str, Any]]) -> dict[str, Any]:
    """What is said once in the summary and is no change: file properties and the usual change of look."""
    detail: dict[str, Any] = {}
    properties = {
        key: [old.metadata.get(key), new.metadata.get(key)] for key in sorted(old.metadata.keys() | new.metadata.keys())
    }
    differing = {key: value for key, value in properties.items() if value[0] != value[1]}
    if differing:
        detail["metadata"] = differing
    if style_notes:
        detail["style"] = style_notes
    return detail


def work(request: Message, files: Sequence[int], emit: Callable[[dict[str, Any]], None]) -> Message:
    """The `compare` piece: columns of the parts of both documents in, the JSON of the result out."""
    sides = tuple(
        join(
            [
                Document.from_message(Message(header, _part(request, f"{side}{k}.")))
                for k, header in enumerate(request.header[side])
            ]
        )
        for side in ("old", "new")
    )
    options = CompareOptions.from_json(request.header["options"])
    names = request.header["names"]
    result = comparison_to_json(
        compare(sides[0], sides[1], options), names={"old": str(names["old"]), "new": str(names["new"])}
    )
    return Message({"kind": "result", "summary": result["summary"]}, {"result": bytes_buffer(encode(result))})


def _part(request: Message, prefix: str) -> dict[str, Buffer]:
    return {name.removeprefix(prefix): buffer for name, buffer in request.buffers.items() if name.startswith(prefix)}
