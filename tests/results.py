"""Results in the form pdf-compare/1, made by hand, for tests of what shows them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def side(text: str, page: int = 1, box: tuple[float, float, float, float] = (72, 90, 110, 101)) -> Json:
    """One side of a change, with one region."""
    return {"text": text, "regions": [{"page": page, "box": list(box)}]}


def change(kind: str, old: Json | None, new: Json | None, **more: Any) -> Json:
    """A text change of normal severity unless `more` says otherwise."""
    return {
        "id": f"t-{abs(hash((kind, str(old), str(new)))):x}"[:10],
        "layer": "text",
        "kind": kind,
        "severity": "normal",
        "old": old,
        "new": new,
        "detail": {},
        **more,
    }


def notice(message: str, page: int | None = None, code: str = "odd") -> Json:
    """A notice."""
    return {"code": code, "message": message, "page": page}


def result(*changes: Json, pages: tuple[int, int] = (2, 2), page_map: list[Json] | None = None, **more: Any) -> Json:
    """A whole result; pages of 600 x 800 points, paired by number unless `page_map` is given."""
    both = min(pages)
    pairs = [{"old": n, "new": n, "similarity": 1.0} for n in range(1, both + 1)]
    counts: dict[str, dict[str, int]] = {}
    for one in changes:
        kinds = counts.setdefault(one["layer"], {})
        kinds[one["kind"]] = kinds.get(one["kind"], 0) + 1
    return {
        "schema": "pdf-compare/1",
        "old": document("old.pdf", pages[0]),
        "new": document("new.pdf", pages[1]),
        "options": {"layers": ["text"], "ignore": [], "pages": None, "ocr": "auto"},
        "engine": {"version": "0.1.0"},
        "page_map": pairs if page_map is None else page_map,
        "summary": {"identical": not changes, "complete": True, "counts": counts},
        "changes": list(changes),
        "notices": [],
        **more,
    }


def document(name: str, pages: int) -> Json:
    """One document of a result."""
    return {
        "name": name,
        "sha256": "0" * 64,
        "pages": [
            {"number": n, "width": 600.0, "height": 800.0, "compared": ["text"], "notices": []}
            for n in range(1, pages + 1)
        ],
        "notices": [],
    }
