"""What a change of style says, in words."""

from __future__ import annotations

from typing import Any

from core.faces.plain import shown

_COLOURS = ("color", "highlight")


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
    name = "colour" if key == "color" else key.replace("_", " ")
    if isinstance(new, bool):
        return f"{'now' if new else 'no longer'} {name}"
    return f"{name} {_value(key, old)} → {_value(key, new)}"


def _value(key: str, value: object) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else "none"
    return f"#{value:06x}" if key in _COLOURS and isinstance(value, int) else str(value)
