"""The one JSON form of a result, `pdf-compare/1`; its schema is docs/pdf-compare-1.schema.json."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.coverage import coverage, looked_for
from core.notices import ENGINES_DISAGREE
from core.options import LAYERS
from core.version import VERSION

if TYPE_CHECKING:  # who has nothing to compare needs no NumPy to say so
    from core.model import Change, Comparison, Document, Side

SCHEMA = "pdf-compare/1"


def comparison_to_json(comparison: Comparison, *, names: Mapping[str, str]) -> dict[str, Any]:
    """The result as `pdf-compare/1`; `names` gives the files' names by side."""
    changes = comparison.changes
    documents, options = (comparison.old, comparison.new), comparison.options
    layers = looked_for(options["layers"], documents)
    complete = (
        len(layers) == len(options["layers"])
        and all(page.compared for side in documents for page in side.pages)
        and not any(side.noted(ENGINES_DISAGREE) for side in documents)
    )
    sides = {side: _document(getattr(comparison, side), names[side]) for side in ("old", "new")}
    for side, sections in zip(("old", "new"), comparison.sections, strict=True):
        if sections and changes:
            sides[side]["sections"] = [section.to_json() for section in sections]
    return {
        "schema": SCHEMA,
        **sides,
        "options": options,
        "engine": {"version": VERSION},
        "page_map": [
            {"old": p.old, "new": p.new, "similarity": p.similarity}
            | ({"registration": p.registration} if p.registration else {})
            for p in comparison.page_map
        ],
        "summary": {
            "identical": not changes if complete or changes else None,
            "complete": complete,
            "counts": _counts(changes),
            "severity": dict(sorted(Counter(str(change.severity) for change in changes).items())),
            "coverage": coverage(sides, layers, options["ocr"], comparison.words),
            "detail": comparison.detail,
        },
        "changes": [_change(change) for change in changes],
        "notices": [notice.to_json() for notice in comparison.notices],
    }


def same_to_json(
    pages: Sequence[tuple[int, float, float]], *, sha256: str, options: dict[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    """The result for two files that are the same, byte for byte; `pages` are (number, width, height) in points."""
    listed = [
        {
            "number": number,
            "width": round(width, 2),
            "height": round(height, 2),
            "compared": ["bytes"],
            "notices": [],
        }
        for number, width, height in pages
    ]
    sides = {side: {"name": names[side], "sha256": sha256, "pages": listed, "notices": []} for side in ("old", "new")}
    return {
        "schema": SCHEMA,
        **sides,
        "options": options,
        "engine": {"version": VERSION},
        "page_map": [{"old": number, "new": number, "similarity": 1.0} for number, _, _ in pages],
        "summary": {
            "identical": True,
            "complete": True,
            "counts": {},
            "severity": {},
            "coverage": coverage(sides, LAYERS, options["ocr"]),
            "detail": {"same_bytes": True},
        },
        "changes": [],
        "notices": [],
    }


def encode(result: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON, compact; the same bytes for the same result."""
    return json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _document(document: Document, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "sha256": document.sha256,
        "pages": [
            {
                "number": page.number,
                "width": round(page.width, 2),
                "height": round(page.height, 2),
                "compared": list(page.compared),
                "notices": [notice.to_json() for notice in page.notices],
            }
            for page in document.pages
        ],
        "notices": [notice.to_json() for notice in document.notices],
    }


def _counts(changes: tuple[Change, ...]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("inserted", "deleted", "replaced", "moved"), 0)
    )
    for change in changes:
        counts[str(change.layer)][str(change.kind)] += 1
    return dict(counts)


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "layer": str(change.layer),
        "kind": str(change.kind),
        "severity": str(change.severity),
        "old": _side(change.old),
        "new": _side(change.new),
        "detail": change.detail,
    }


def _side(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {"text": side.text, "regions": [{"page": r.page, "box": [round(v, 2) for v in r.box]} for r in side.regions]}
