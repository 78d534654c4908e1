"""The OpenAPI document as a page: plain HTML in the product's look, without a script, so that any policy lets it be."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

_STYLE = Path(__file__).with_suffix(".css").read_text("utf-8")
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_MOST_DEEP = 4


def page(document: dict[str, Any], prefix: str) -> str:
    """The page.

    Args:
        document: As of OpenAPI 3.1.
        prefix: Where its paths begin, such as /api/v1.
    """
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                tag = (operations[method].get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append((method, path, operations[method]))
    links, parts = [], []
    for tag, found in by_tag.items():
        links.append(f"<h2>{escape(tag)}</h2><ul>")
        parts.append(f"<h2>{escape(tag)}</h2>")
        for method, path, operation in found:
            id_ = escape(operation["operationId"], quote=True)
            sign = f'<span class="{method}">{method.upper()}</span>'
            links.append(f'<li><a href="#{id_}">{sign} {escape(path)}</a></li>')
            parts.append(
                f'<section id="{id_}"><h3>{sign} <code>{escape(prefix + path)}</code></h3>'
                + _operation(document, method, prefix + path, operation)
                + "</section>"
            )
        links.append("</ul>")
    about = "".join(f"<p>{_marked(part)}</p>" for part in document["info"]["description"].strip().split("\n\n"))
    version, address = escape(document["openapi"]), f"{prefix}/openapi.json"
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>PDF Compare: API</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f'<nav aria-label="Operations"><a href="/">PDF Compare</a>{"".join(links)}</nav>',
            f"<main><h1>API</h1>{about}",
            f'<p>As a document for programs: <a href="{address}">OpenAPI {version}</a>.</p>',
            f"{''.join(parts)}</main></body></html>",
        )
    )


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    said = operation.get("description") or operation.get("summary", "")
    parts = [f"<p>{_marked(part)}</p>" for part in said.split("\n\n")]
    parameters = operation.get("parameters", [])
    if parameters:
        rows = [
            (
                f"<code>{escape(one['name'])}</code>" + (" (required)" if one.get("required") else ""),
                escape(one["in"]),
                escape(_kind(document, one["schema"])),
                _marked(one.get("description") or one["schema"].get("description", "")),
            )
            for one in parameters
        ]
        parts.append("<h4>Parameters</h4>" + _table(("Name", "In", "Type", ""), rows))
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, body in content.items():
        parts.append(f"<h4>Body: {escape(media_type)}</h4>")
        schema = _resolved(document, body.get("schema", {}))
        if schema.get("properties"):
            needed = schema.get("required", [])
            fields = [
                (
                    f"<code>{escape(name)}</code>" + (" (required)" if name in needed else ""),
                    escape(_kind(document, field)),
                    _marked(field.get("description", "")),
                )
                for name, field in schema["properties"].items()
            ]
            parts.append(_table(("Field", "Type", ""), fields))
    answers = [
        (f"<code>{escape(status)}</code>", _marked(answer.get("description", "")), escape(_answer(answer)))
        for status, answer in sorted(operation["responses"].items())
    ]
    parts.append("<h4>Answers</h4>" + _table(("Status", "When", "What"), answers))
    parts.append(f"<h4>Example</h4><pre>{escape(_curl(document, method, path, operation))}</pre>")
    return "".join(parts)


def _curl(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    words = ["curl", *([] if method in {"get", "put"} else ["-I"] if method == "head" else ["-X", method.upper()])]
    words += ["-H", '"Authorization: Bearer $TOKEN"']
    for one in operation.get("parameters", []):
        if one["in"] == "header" and one.get("required"):
            words += ["-H", shlex.quote(f"{one['name']}: {_example(document, one['schema'])}")]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        body = json.dumps(_example(document, content["application/json"]["schema"]))
        words += ["-H", '"Content-Type: application/json"', "-d", shlex.quote(body)]
    elif "multipart/form-data" in content:
        words += ["-F", '"file=@document.pdf"']
    elif content:
        media_type = next(iter(content))
        words += ["-H", shlex.quote(f"Content-Type: {media_type}"), "--data-binary", "@document.pdf"]
        words[1:1] = ["-X", "PUT"] if method == "put" else []
    query = "&".join(
        f"{one['name']}={_example(document, one['schema'])}"
        for one in operation.get("parameters", [])
        if one["in"] == "query" and one.get("required")
    )
    return " ".join([*words, f'"$SERVER{path}{"?" + query if query else ""}"'])


def _example(document: dict[str, Any], schema: dict[str, Any], deep: int = 0) -> Any:
    """A value that fits a schema: what must be given only."""
    schema = _resolved(document, schema)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _example(document, schema[choice][0], deep + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object" and deep < _MOST_DEEP:
        needed = schema.get("required") or list(schema.get("properties", {}))[:1]
        fields = schema.get("properties", {})
        return {name: _example(document, fields[name], deep + 1) for name in needed if name in fields}
    if kind == "array":
        return [_example(document, schema.get("items", {}), deep + 1)] if deep < _MOST_DEEP else []
    if kind in {"integer", "number"}:
        return schema.get("default", schema.get("minimum", 1))
    if kind == "boolean":
        return True
    if schema.get("format") == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    return schema.get("default") or "…"


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema in few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(dict.fromkeys(_kind(document, one) for one in schema[choice]))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    bounds = [
        f"{word} {schema[name]:,}"
        for name, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
        if isinstance(schema.get(name), int | float)
    ]
    return " ".join([str(schema.get("format") or schema.get("type", "any")), *bounds])


def _answer(answer: dict[str, Any]) -> str:
    for media_type, body in answer.get("content", {}).items():
        name = str(body.get("schema", {}).get("$ref", "")).rpartition("/")[2]
        return f"{media_type}{': ' + name if name else ''}"
    return ""


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _marked(text: str) -> str:
    """Text with what stands between backticks as code, and without the stars of emphasis."""
    said = []
    for number, part in enumerate(text.split("`")):
        said.append(f"<code>{escape(part)}</code>" if number % 2 else escape(part).replace("*", ""))
    return "".join(said)
