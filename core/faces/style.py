"""What a change of style says, in words."""

from __future__ import annotations

from typing import Any

from core.faces.plain import shown


def style_words(detail: dict[str, Any]) -> str:
    """Such as `now bold, size 10 → 12`, from the `from` and `to` of a change's detail."""
    before, after = detail.get("from") or {}, detail.get("to") or {}
    told = [
        _difference(key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]
    return shown(", ".join(told), 400)


def _difference(key: str, old: object, new: object) -> str:
    if isinstance(new, bool):
        return f"{'now' if new else 'no longer'} {key}"
    if key == "color" and isinstance(old, int) and isinstance(new, int):
        return f"colour #{old:06x} → #{new:06x}"
    return f"{key} {old} → {new}"
