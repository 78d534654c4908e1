"""The form of a result for docs/result.md, from docs/pdf-compare-1.schema.json: a table for each of its objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parents[2] / "docs" / "pdf-compare-1.schema.json"
Node = dict[str, Any]


def rows() -> list[str]:
    """The result itself, then what it is made of, in the order of the schema."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    found = ["## The result", "", schema["description"], "", *_table(schema)]
    for name, node in schema["$defs"].items():
        found += ["", f"## {name}", ""]
        if "description" in node:
            found += [_line(node["description"]), ""]
        found += _table(node) if "properties" in node else [f"{_kind(node)}."]
    return found


def _table(node: Node) -> list[str]:
    found = ["| Field | Type | Always | Meaning |", "| --- | --- | --- | --- |"]
    for path, field, is_always in _fields(node):
        found.append(f"| `{path}` | {_kind(field)} | {'yes' if is_always else ''} | {_line(_said(field))} |")
    return found


def _fields(node: Node, before: str = "") -> list[tuple[str, Node, bool]]:
    """Fields with their path, those of objects in place among them: `sections[].title`."""
    found: list[tuple[str, Node, bool]] = []
    for name, field in node["properties"].items():
        found.append((before + name, field, name in node.get("required", ())))
        inner, path = (field["items"], "[].") if isinstance(field.get("items"), dict) else (field, ".")
        if "properties" in inner:
            found += _fields(inner, before + name + path)
    return found


def _kind(node: Node) -> str:
    """What may stand there, in words."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        return " or ".join(_kind(each) for each in node["anyOf"])
    if "const" in node:
        return f"`{json.dumps(node['const'])}`"
    if "enum" in node:
        return ", ".join(f"`{json.dumps(each)}`" for each in node["enum"])
    types = node["type"] if isinstance(node["type"], list) else [node["type"]]
    return " or ".join(_kind_of_type(each, node) for each in types)


def _kind_of_type(name: str, node: Node) -> str:
    if name == "array":
        if "prefixItems" in node:
            return f"{len(node['prefixItems'])} × {_kind(node['prefixItems'][0])}"
        each = _kind(node["items"])
        least, most = node.get("minItems"), node.get("maxItems")
        return f"{least} × ({each})" if least is not None and least == most else f"list of {each}"
    if name == "object" and isinstance(node.get("additionalProperties"), dict) and "properties" not in node:
        return f"object of {_kind(node['additionalProperties'])}"
    least, most = node.get("minimum"), node.get("maximum")
    if least is not None and most is not None:
        return f"{name}, {least:,} to {most:,}"
    if least is not None:
        return f"{name}, from {least:,}"
    return f"{name}, at most {node['maxLength']} characters" if "maxLength" in node else name


def _said(field: Node) -> str:
    return str(field.get("description", ""))


def _line(text: str) -> str:
    return text.replace("|", "\\|")
