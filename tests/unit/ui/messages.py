"""The texts that the sources of the pages and of the viewer name, and those that they forget to name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

UI = Path(__file__).parents[3] / "ui"
#: What draws a text of its first argument; and the names of arguments that are texts.
_DRAWING = {
    "button", "caption", "checkbox", "error", "expander", "form_submit_button", "header", "info", "link_button",
    "markdown", "metric", "number_input", "popover", "radio", "selectbox", "segmented_control", "spinner", "subheader",
    "success", "text", "text_area", "text_input", "title", "toast", "toggle", "warning",
}  # fmt: skip
_TEXTS = {"help", "label", "placeholder", "title"}
_ELEMENT_TEXT = re.compile(
    r"(?:\btext|\btitle|\bwords|\bremedy|\bplaceholder|\bhint|\"aria-label\"): \"([A-Z][^\"]*)\""
)


def of_pages() -> dict[str, str]:
    """Every text that `t`, `noted` or a count names in Python, with the file that does."""
    found: dict[str, str] = {}
    for path, node in _calls():
        called = _called(node)
        if called in ("t", "noted") and node.args:
            found |= dict.fromkeys(_constants(node.args[0]), path.name)
        if called == "counted" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            noun = str(node.args[1].value)
            found |= {noun: path.name, f"{noun}s": path.name}
    return found


def unnamed_in_pages() -> list[str]:
    """Words that are drawn without being named: file, line and text."""
    found = []
    for path, node in _calls():
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in _DRAWING:
            continue
        drawn = [*node.args[:1], *(given.value for given in node.keywords if given.arg in _TEXTS)]
        found += [
            f"{path.name}:{one.lineno} {one.value!r}"
            for one in drawn
            if isinstance(one, ast.Constant)
            and isinstance(one.value, str)
            and re.search(r"[A-Z][a-z]+ [a-z]", one.value)
        ]
    return found


def of_viewer() -> dict[str, str]:
    """Every text that t`…` or `plural` names in the scripts, with the file that does."""
    found: dict[str, str] = {}
    for path in scripts():
        source = path.read_text(encoding="utf-8")
        for match in re.finditer(r"(?<![\w$.])t`", source):
            found[_key(source, match.end())] = path.name
        for one, many in re.findall(r"\b(?:plural|counted)\([^\"\n]*?, \"([^\"]+)\"(?:, \"([^\"]+)\")?\)", source):
            found |= {one: path.name, many or f"{one}s": path.name}
    return found


def unnamed_in_viewer() -> list[str]:
    """Words that are shown without being named."""
    return [
        f"{path.name}: {text}"
        for path in scripts()
        for text in _ELEMENT_TEXT.findall(path.read_text(encoding="utf-8"))
        if re.search(r"[a-z]{2}", text)
    ]


def catalogue_of_viewer() -> dict[str, str]:
    """The German one."""
    source = (UI / "frontend/viewer/de.mjs").read_text(encoding="utf-8")
    lines = re.findall(r"^  (\"(?:[^\"\\]|\\.)*\"): (\"(?:[^\"\\]|\\.)*\"),?$", source, re.MULTILINE)
    return {str(ast.literal_eval(key)): str(ast.literal_eval(text)) for key, text in lines}


def scripts() -> list[Path]:
    """All of ours but the catalogues."""
    found = [*(UI / "frontend").glob("*.js"), *(UI / "frontend/viewer").glob("*.mjs")]
    return sorted(path for path in found if len(path.stem) > 2)


def _calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _key(source: str, at: int) -> str:
    """The key of the template whose text begins at `at`: what is put in becomes {0} and so on."""
    key, count = "", 0
    while source[at] != "`":
        if source.startswith("${", at):
            at = _after(source, at + 2)
            key, count = f"{key}{{{count}}}", count + 1
        else:
            at += source[at] == "\\"
            key, at = key + source[at], at + 1
    return key


def _after(source: str, at: int) -> int:
    """Behind the brace that closes an expression."""
    depth = 1
    while depth:
        if source[at] == "`":
            at += 1
            while source[at] != "`":
                at = _after(source, at + 2) if source.startswith("${", at) else at + 1 + (source[at] == "\\")
        elif source[at] in "\"'":
            quote, at = source[at], at + 1
            while source[at] != quote:
                at += 1 + (source[at] == "\\")
        depth += (source[at] == "{") - (source[at] == "}")
        at += 1
    return at
