"""Fields of a form as items, one for each place where a field is shown (ISO 32000-1, 12.7)."""

from __future__ import annotations

import re

from core.engines.page_frame import PageFrame
from core.engines.pikepdf_annotations import boxes_of
from core.engines.pikepdf_revisions import Revisions
from core.engines.pikepdf_targets import Targets, scripts
from core.engines.pikepdf_values import (
    MOST_PARENTS,
    Dict,
    Objects,
    Plain,
    digest,
    is_reference,
    name,
    numbers,
    shortened,
    string,
    whole,
)
from core.geometry import Box
from core.model import Item, Layer

_INHERITED = ("/FT", "/V", "/DV", "/Ff", "/MaxLen", "/Opt", "/TU", "/AA")
_READ_ONLY, _REQUIRED = 1, 2
_FLAGS = {
    "Tx": {12: "multiline", 13: "password", 20: "file", 24: "comb", 25: "rich text"},
    "Ch": {18: "editable", 21: "several"},
    "Btn": {},
}
_RADIO, _PUSH, _COMBO = 1 << 15, 1 << 16, 1 << 17
_HIDDEN = 2 | 32
MOST_OPTIONS = 1_000
MOST_FIELDS = 100_000


class Forms:
    """Reads the fields of one PDF."""

    def __init__(self, objects: Objects, targets: Targets, revisions: Revisions) -> None:
        self._objects, self._targets, self._revisions = objects, targets, revisions

    def widget(self, page: int, thing: Dict, frame: PageFrame) -> Item | None:
        """The field behind a widget; None for what is no field."""
        field, full_name = self._inherited(thing)
        kind = name(field.get("/FT"))
        if kind not in ("Tx", "Ch", "Btn", "Sig"):
            return None
        boxes = boxes_of(thing, self._objects, frame)
        if kind == "Sig":
            return self._signature(full_name, field, page, boxes)
        sort = _sort(kind, whole(field.get("/Ff")))
        properties = self._properties(kind, sort, field)
        if whole(thing.get("/F")) & _HIDDEN:
            properties["hidden"] = "yes"
        if sort == "push button":
            text = self._objects.text(self._objects.mapping(thing.get("/MK")).get("/CA"))
            target = self._targets.of(thing)
            properties["action"] = " ".join(target[k] for k in ("action", "target", "name") if target.get(k))
        else:
            text = self._value(field, thing, kind)
        if sort in ("checkbox", "radio button"):
            properties["checked"] = "no" if text in ("", "Off") else "yes"
            text = "" if text == "Off" and sort == "radio button" else text
        kept = {key: value for key, value in properties.items() if value}
        return Item(Layer.FORM, sort, full_name, page, boxes, shortened(text), kept)

    def _inherited(self, thing: Dict) -> tuple[Dict, str]:
        """The attributes of a field with those of its parents, and its full name."""
        field: Dict = {}
        names: list[str] = []
        node: Plain = thing
        seen = set()
        for _ in range(MOST_PARENTS):
            found = self._objects.mapping(node)
            for key in _INHERITED:
                if key in found:
                    field.setdefault(key, found[key])
            if "/T" in found:
                names.append(self._objects.text(found["/T"]))
            node = found.get("/Parent")
            if not is_reference(node) or node in seen:
                break
            seen.add(node)
        return field, ".".join(reversed(names))[:1000]

    def _properties(self, kind: str, sort: str, field: Dict) -> dict[str, str]:
        objects, flags = self._objects, whole(field.get("/Ff"))
        length = whole(objects.at(field.get("/MaxLen")))
        return {
            "label": objects.text(field.get("/TU"))[:400],
            "default": shortened(_joined(objects, field.get("/DV"))),
            "options": shortened(self._options(field)) if kind == "Ch" else "",
            "longest": str(length) if length else "",
            "read only": "yes" if flags & _READ_ONLY else "",
            "required": "yes" if flags & _REQUIRED else "",
            "manner": ", ".join(word for bit, word in _FLAGS[kind].items() if flags >> (bit - 1) & 1),
            "scripts": scripts(objects, field["/AA"]) if "/AA" in field else "",
        }

    def _options(self, field: Dict) -> str:
        found = []
        options = self._objects.sequence(field.get("/Opt"))
        for value in options:
            option = self._objects.at(value)
            pair = [string(self._objects.at(part)) for part in option[:2]] if isinstance(option, list) else []
            found.append(pair[-1] if pair else string(option))
        kept = "; ".join(found[:MOST_OPTIONS])
        return kept if len(found) <= MOST_OPTIONS else f"{kept}; … ({len(found):,}, {digest(repr(found))})"

    def _value(self, field: Dict, thing: Dict, kind: str) -> str:
        value = _joined(self._objects, field.get("/V"))
        if kind == "Btn" and not value:
            return name(thing.get("/AS"))
        return value

    # signatures

    def signatures(self, fields: Plain) -> list[Item]:
        """All fields for signatures, those on no page too, by a walk over the whole tree of fields."""
        found: list[Item] = []
        todo, seen, count = list(reversed(self._objects.sequence(fields))), set(), 0
        while todo and count < MOST_FIELDS:
            node = todo.pop()
            count += 1
            if not is_reference(node) or node in seen:
                continue
            seen.add(node)
            thing = self._objects.mapping(node)
            todo.extend(reversed(self._objects.sequence(thing.get("/Kids"))[:MOST_FIELDS]))
            if name(thing.get("/FT")) == "Sig" or ("/V" in thing and self._is_signed(thing["/V"])):
                field, full_name = self._inherited(thing)
                found.append(self._signature(full_name, field, None, ()))
        return found

    def _is_signed(self, value: Plain) -> bool:
        found = self._objects.at(value)
        return isinstance(found, dict) and "/ByteRange" in found

    def _signature(self, full_name: str, field: Dict, page: int | None, boxes: tuple[Box, ...]) -> Item:
        """A field for a signature; who signed, why and what is covered. Whether it is valid is not looked at."""
        value = self._objects.mapping(field.get("/V"))
        properties = {"signed": "yes" if value else "no"}
        if value:
            text = self._objects.text
            properties |= {
                "reason": text(value.get("/Reason")),
                "place": text(value.get("/Location")),
                "contact": text(value.get("/ContactInfo")),
                "date": date(text(value.get("/M"))),
                "form": name(value.get("/SubFilter")),
                **self._revisions.covered(numbers(self._objects.at(value.get("/ByteRange")))),
            }
        signer = self._objects.text(value.get("/Name")) if value else ""
        kept = {key: shortened(found) for key, found in properties.items() if found}
        return Item(Layer.FORM, "signature", full_name, page, boxes, shortened(signer), kept)


def _sort(kind: str, flags: int) -> str:
    if kind == "Tx":
        return "text field"
    if kind == "Ch":
        return "choice" if flags & _COMBO else "list"
    return "push button" if flags & _PUSH else "radio button" if flags & _RADIO else "checkbox"


def _joined(objects: Objects, value: Plain) -> str:
    found = objects.at(value)
    if isinstance(found, list):
        return "; ".join(string(objects.at(part)) for part in found[:MOST_OPTIONS])
    return objects.text(value)


def date(text: str) -> str:
    """A date of PDF (ISO 32000-1, 7.9.4) as people write it."""
    match = re.match(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+\-Z])(\d\d)?'?(\d\d)?)?", text)
    if match is None:
        return text
    year, month, day, hour, minute, second, sign, zone_hour, zone_minute = match.groups()
    written = "-".join(part for part in (year, month, day) if part)
    clock = ":".join(part for part in (hour, minute, second) if part)
    zone = "UTC" if sign == "Z" else f"{sign}{zone_hour}:{zone_minute or '00'}" if sign and zone_hour else ""
    return " ".join(part for part in (written, clock, zone) if part)
