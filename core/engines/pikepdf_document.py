"""What belongs to a document as a whole, as items: outline, attachments, page labels, layers, scripts, protection."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from core.engines.pikepdf_annotations import attached
from core.engines.pikepdf_targets import Targets
from core.engines.pikepdf_values import Dict, Objects, Plain, digest, is_reference, name, shortened, string, whole
from core.model import Item, Layer

MOST_BOOKMARKS = 100_000
MOST_DEPTH = 64
MOST_LAYERS = 10_000
_STYLES = {"/D": "decimal", "/R": "upper Roman", "/r": "lower Roman", "/A": "upper letters", "/a": "lower letters"}
_RIGHTS = {
    "print_lowres": "print",
    "print_highres": "print in full quality",
    "modify_other": "change",
    "extract": "copy text",
    "modify_annotation": "comment",
    "modify_form": "fill in forms",
    "modify_assembly": "insert and turn pages",
    "accessibility": "read aloud",
}


def outline(root: Dict, objects: Objects, targets: Targets) -> Iterator[Item]:
    """Bookmarks in the order in which they are shown; a looped outline ends where it comes back."""
    seen: set[str] = set()
    waiting = [(objects.mapping(root.get("/Outlines")).get("/First"), 1)]
    while waiting:
        reference, level = waiting.pop()
        if not is_reference(reference) or reference in seen or len(seen) >= MOST_BOOKMARKS:
            continue
        seen.add(reference)
        entry = objects.mapping(reference)
        waiting.append((entry.get("/Next"), level))
        if "/Title" in entry:
            title = shortened(" ".join(objects.text(entry["/Title"]).split()))
            yield Item(Layer.OUTLINE, "bookmark", "", None, (), title, {"level": str(level), **targets.of(entry)})
        if level < MOST_DEPTH:
            waiting.append((entry.get("/First"), level + 1))


def attachments(root: Dict, objects: Objects, targets: Targets) -> Iterator[Item]:
    """Files in the document's own list and those associated with it, each once."""
    names = objects.mapping(root.get("/Names"))
    found = [(string(key), value) for key, value in objects.tree(names.get("/EmbeddedFiles"), "/Names")]
    known = {value for _, value in found if is_reference(value)}
    found += [("", v) for v in objects.sequence(root.get("/AF"))[:MOST_LAYERS] if not is_reference(v) or v not in known]
    for listed, value in found:
        properties = attached(value, objects, targets)
        file = properties.pop("file", "") or listed
        yield Item(Layer.METADATA, "attachment", file, None, (), file, properties)


def page_labels(root: Dict, objects: Objects, page_count: int) -> Iterator[Item]:
    """Runs of pages whose labels count on (ISO 32000-1, 12.4.2); labels written page by page make one run, too."""
    marks: dict[int, Dict] = {}
    for index, value in objects.tree(root.get("/PageLabels"), "/Nums"):
        if type(index) is int and 0 <= index < page_count:
            marks[index] = objects.mapping(value)
    runs: list[tuple[int, str, str, int]] = []
    for index, label in sorted(marks.items()):
        style, prefix = _STYLES.get(str(label.get("/S")), ""), objects.text(label.get("/P"))[:200]
        first = max(1, whole(label.get("/St"), 1))
        digits = len(prefix) - len(prefix.rstrip("0123456789"))
        if not style and 0 < digits < 9:  # a number written as text
            style, prefix, first = "decimal", prefix[:-digits], int(prefix[-digits:])
        if runs:
            before, *same, begun = runs[-1]
            if same == [style, prefix] and (not style or begun + index - before == first):
                continue
        runs.append((index, style, prefix, first))
    for index, style, prefix, first in runs:
        manner = f"{style} from {first}" if style else ""
        text = " ".join(part for part in (manner, f"after “{prefix}”" if prefix and style else prefix) if part)
        more = {"page": str(index + 1), "first": str(first) if style else ""}
        yield Item(Layer.METADATA, "page labels", "", None, (), text or "none", more)


def layers(root: Dict, objects: Objects) -> Iterator[Item]:
    """Layers (optional content groups) with their state when the document is opened (ISO 32000-1, 8.11.4)."""
    properties = objects.mapping(root.get("/OCProperties"))
    default = objects.mapping(properties.get("/D"))
    listed = {key: set(_references(objects, default.get(key))) for key in ("/ON", "/OFF", "/Locked")}
    is_off = name(default.get("/BaseState")) == "OFF"
    for reference in _references(objects, properties.get("/OCGs"))[:MOST_LAYERS]:
        shown = (reference in listed["/ON"]) if is_off else (reference not in listed["/OFF"])
        found = {"shown": "yes" if shown else "no", "locked": "yes" if reference in listed["/Locked"] else ""}
        title = objects.text(objects.mapping(reference).get("/Name"))[:400]
        yield Item(Layer.METADATA, "layer", title, None, (), title, {k: v for k, v in found.items() if v})


def _references(objects: Objects, value: Plain) -> list[str]:
    return [found for found in objects.sequence(value) if is_reference(found)]


def scripts_and_actions(root: Dict, objects: Objects, targets: Targets) -> Iterator[Item]:
    """What runs by itself: the document's scripts, what opening it does, and what printing, saving and closing do."""
    found = [
        (f"script {string(key)}", targets.of_action(value))
        for key, value in objects.tree(objects.mapping(root.get("/Names")).get("/JavaScript"), "/Names")
    ]
    if "/OpenAction" in root:
        opened = objects.at(root["/OpenAction"])
        is_action = isinstance(opened, dict) and "/S" in opened
        found.append(("on opening", (targets.of_action if is_action else targets.of_destination)(root["/OpenAction"])))
    for key, value in sorted(objects.mapping(root.get("/AA")).items()):
        found.append((f"on {key[1:]}", targets.of_action(value)))
    for key, target in found:
        if target and not (target["action"] == "go to" and target.get("page") == "1"):  # where every viewer begins
            text = target.get("target", "")
            more = {"content": digest(text)} if text else {}
            yield Item(Layer.METADATA, "action", key[:400], None, (), text, {**target, **more})


def protection(pdf: pikepdf.Pdf) -> Iterator[Item]:
    """Encryption and what it forbids."""
    if not pdf.is_encrypted:
        return
    how = pdf.encryption
    yield Item(Layer.METADATA, "property", "Encryption", None, (), f"{how.bits} bits, revision {how.R}", {})
    forbidden = [words for right, words in _RIGHTS.items() if not getattr(pdf.allow, right)]
    if forbidden:
        yield Item(Layer.METADATA, "property", "Forbidden", None, (), ", ".join(forbidden), {})
