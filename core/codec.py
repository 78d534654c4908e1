"""The one JSON form of a result, `pdf-compare/1`; its schema is docs/pdf-compare-1.schema.json."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from core.model import Change, Comparison, Document, Side

SCHEMA = "pdf-compare/1"


def engine_version() -> str:
    """The version of the engine that made a result."""
    return version("pdf-compare")


def comparison_to_json(comparison: Comparison, *, names: Mapping[str, str]) -> dict[str, Any]:
    """The result as `pdf-compare/1`; `names` gives the files' names by side."""
    changes = comparison.changes
    complete = all(page.compared for side in (comparison.old, comparison.new) for page in side.pages)
    return {
        "schema": SCHEMA,
        "old": _document(comparison.old, names["old"]),
        "new": _document(comparison.new, names["new"]),
        "options": comparison.options,
        "engine": {"version": engine_version()},
        "page_map": [{"old": p.old, "new": p.new, "similarity": p.similarity} for p in comparison.page_map],
        "summary": {
            "identical": not changes if complete or changes else None,
            "complete": complete,
            "counts": _counts(changes),
            "severity": dict(sorted(Counter(str(change.severity) for change in changes).items())),
            "detail": comparison.detail,
        },
        "changes": [_change(change) for change in changes],
        "notices": [notice.to_json() for notice in comparison.notices],
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
