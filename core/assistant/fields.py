"""Fields that a user wants out of a document, as a JSON schema of one level; and reading a value out of a quote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core.assistant.grounding import stands_in
from core.errors import InputError
from core.faces.plain import shown

MOST_FIELDS = 50
_TYPES = ("string", "number", "integer", "boolean")
_NAME = re.compile(r"[^\x00-\x1f\"\\]{1,80}")
_FIELD_KEYS = {"type", "description", "title", "items", "enum", "examples", "format", "minItems", "maxItems"}
_TOP_KEYS = {"type", "properties", "required", "title", "description", "additionalProperties", "$schema", "$id"}


class BadFields(InputError):
    """The schema of the fields cannot be used."""

    code = "bad_fields"
    remedy = (
        'Write an object of fields: {"type": "object", "properties": {"total": {"type": "number"}}}. '
        "A field is a string, number, integer, boolean, or an array of these."
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `choices` where it has only some values."""

    name: str
    type: str
    is_list: bool = False
    description: str = ""
    choices: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """As the model reads it."""
        told: dict[str, Any] = {"name": self.name, "type": f"list of {self.type}" if self.is_list else self.type}
        if self.description:
            told["description"] = self.description
        if self.choices:
            told["one of"] = list(self.choices)
        return told


def fields_of(schema: object) -> tuple[Field, ...]:
    """The fields of a schema.

    Raises:
        BadFields: It is none, or asks for more than this can do; the message says what.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise BadFields('The schema is not an object: it lacks "type": "object".')
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise BadFields('The schema has no "properties".')
    if unknown := set(schema) - _TOP_KEYS:
        raise BadFields(f"The schema has {_named(unknown)}, which is not understood here.")
    if len(properties) > MOST_FIELDS:
        raise BadFields(f"The schema has more than {MOST_FIELDS} fields.")
    return tuple(_field(name, one) for name, one in properties.items())


def _field(name: object, told: object) -> Field:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadFields("The name of a field is empty, too long or has control characters.")
    if not isinstance(told, dict):
        raise BadFields(f"The field {name!r} is not an object.")
    if unknown := set(told) - _FIELD_KEYS:
        raise BadFields(f"The field {name!r} has {_named(unknown)}, which is not understood here.")
    is_list = told.get("type") == "array"
    inner = told.get("items") if is_list else told
    if not isinstance(inner, dict) or set(inner) - _FIELD_KEYS:
        raise BadFields(f"The field {name!r} is an array without usable items.")
    type_ = inner.get("type")
    if type_ not in _TYPES:
        raise BadFields(f"The field {name!r} has the type {shown(str(type_), 30)}.")
    choices = inner.get("enum", [])
    if not isinstance(choices, list) or len(choices) > 50 or not all(isinstance(c, str) for c in choices):
        raise BadFields(f"The choices of the field {name!r} are not a list of at most 50 strings.")
    description = told.get("description", told.get("title", ""))
    if not isinstance(description, str):
        raise BadFields(f"The description of the field {name!r} is not a string.")
    return Field(name, str(type_), is_list, shown(description, 300), tuple(shown(c, 80) for c in choices))


def _named(keys: set[Any]) -> str:
    return ", ".join(sorted(repr(str(key)[:30]) for key in keys)[:4])


def read_value(field: Field, said: object, quote: str) -> str | float | int | bool | None:
    """The value that the model read, where the quote holds it; else None.

    A number may be written in either way of Europe and America: its digits must stand in the quote in this order.
    """
    text = shown(str(said), 500).strip()
    if isinstance(said, bool) or field.type == "boolean":
        if field.type != "boolean" or text.lower() not in ("true", "false"):
            return None
        is_true = text.lower() == "true"
        words = {word.strip(".,;:()[]").casefold() for word in quote.split()}
        return is_true if words & (_YES if is_true else _NO) and not words & (_NO if is_true else _YES) else None
    if field.type in ("number", "integer"):
        value = number_in(text)
        if value is None or number_key(text) not in {number_key(found) for found in _NUMBERS.findall(quote)}:
            return None
        if field.type == "integer":
            return int(value) if value == int(value) else None
        return value
    if not text or not stands_in_or_is(text, quote):
        return None
    if field.choices and text.casefold() not in {choice.casefold() for choice in field.choices}:
        return None
    return text


#: What a form says for yes and no: what a sentence means is the model's opinion, and no value.
_YES = frozenset(("yes", "true", "ja", "oui", "sí", "si", "x", "☒", "☑", "✓", "✔"))
_NO = frozenset(("no", "false", "nein", "non", "☐"))
_NUMBERS = re.compile(r"[-−+]?\d+(?:[.,'\u00a0\u202f ]\d+)*")


def stands_in_or_is(text: str, quote: str) -> bool:
    """Whether a value stands in its quote; one of one or two characters must be a word of it."""
    return stands_in(text, quote) or text.casefold() in {word.strip(".,;:()").casefold() for word in quote.split()}


def number_key(text: str) -> str:
    """A number by its value where that can be told, so that `1,250.00` and `1250` are one."""
    value = number_in(text)
    return "" if value is None else f"{value:.6f}"


def number_in(text: str) -> float | None:
    """The one number of a text. The last separator is the decimal one where not three digits follow it."""
    found = _NUMBERS.findall(text)
    if len(found) != 1:
        return None
    digits = re.sub(r"['\u00a0\u202f ]", "", found[0]).replace("−", "-")
    marks = [c for c in digits if c in ".,"]
    if marks:
        head, _, tail = digits.rpartition(marks[-1])
        is_decimal = len(set(marks)) == 2 or (marks.count(marks[-1]) == 1 and len(tail) != 3)
        digits = re.sub(r"[.,]", "", head) + ("." if is_decimal else "") + tail
    try:
        return float(digits)
    except ValueError:
        return None
