"""Results in the form pdf-compare/1, made by hand, for tests of what shows them."""

from __future__ import annotations

from typing import Any

from core.coverage import coverage

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
    sides = {"old": document("old.pdf", pages[0]), "new": document("new.pdf", pages[1])}
    return {
        "schema": "pdf-compare/1",
        **sides,
        "options": {"layers": ["text"], "ignore": [], "pages": None, "ocr": "auto"},
        "engine": {"version": "0.1.0"},
        "page_map": pairs if page_map is None else page_map,
        "summary": {
            "identical": not changes,
            "complete": True,
            "counts": counts,
            "coverage": coverage(sides, ["text"], "auto", (100, 102, 98)),
        },
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


def layers() -> list[Json]:
    """A change of each layer that is more than words, as the comparing stages tell them."""
    cell = {"what": "cell", "table": 3, "row": 5, "row_key": "A-17", "column": 4, "header": "Price"}
    price = {**cell, "old_cell": "12.00", "new_cell": "13.50", "reason": "amount"}
    row = {"what": "row", "table": 3, "row": 9, "row_key": "B-02"}
    column = {"what": "column", "table": 3, "column": 2, "header": "Stock"}
    logo = {"text": "", "regions": [{"page": n, "box": [400.0, 20.0, 541.73, 90.87]} for n in range(1, 31)]}
    nowhere: Json = {"regions": []}
    colour = {"sort": "note", "properties": {"color": ["red", "blue"]}}
    ticked = {"sort": "checkbox", "name": "agree", "properties": {"read_only": [None, "true"]}}
    return [
        change("replaced", side("12.00", 2), side("13.50", 2), layer="table", severity="major", detail=price),
        change("inserted", None, side("B-02 | Hinge | 4.10", 2), layer="table", detail=row),
        change("deleted", side("Stock | 4 | 9", 2), None, layer="table", detail=column),
        change("replaced", logo, logo, layer="image", detail={"reason": "picture", "places": 30}),
        change("replaced", side("See § 4", 1), side("See § 5", 1), layer="annotation", detail=colour),
        change("replaced", side("yes", 1), side("yes", 1), layer="form", detail=ticked),
        change("inserted", None, side("https://example.org", 2), layer="link"),
        change(
            "replaced", {"text": "Scope", **nowhere}, {"text": "Scope", **nowhere}, layer="outline",
            detail={"sort": "bookmark", "properties": {"target": ["page 3", "page 4"]}},
        ),
        change("replaced", {"text": "A. Smith", **nowhere}, {"text": "B. Jones", **nowhere}, layer="metadata"),
    ]  # fmt: skip
