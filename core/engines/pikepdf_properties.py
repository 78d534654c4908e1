"""Properties of a document from its information dictionary, its XMP packet and its catalogue, as items.

What both the dictionary and the packet say is one property. Traces of production (programs, dates, identifiers) are
items of the sort `trace`: never changes, but told in the summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pikepdf

from core.engines.pikepdf_values import Dict, Objects, clean, is_reference, name, shortened
from core.model import Item, Layer

MOST_XMP_BYTES = 4 * 1024 * 1024
MOST_PROPERTIES = 2_000
_TRACES = {"Producer", "Creator", "CreationDate", "ModDate", "Trapped"}
_TRACE_STARTS = ("PTEX", "SourceModified", "Company", "AAPL:")
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_SPACES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/pdfx/1.3/": "pdfx",
    "http://www.aiim.org/pdfa/ns/id/": "pdfaid",
    "http://www.aiim.org/pdfua/ns/id/": "pdfuaid",
}
#: What the dictionary calls it.
_TWINS = {
    "dc:title": "Title",
    "dc:creator": "Author",
    "dc:description": "Subject",
    "pdf:Keywords": "Keywords",
    "pdf:Producer": "Producer",
    "pdf:Trapped": "Trapped",
    "xmp:CreatorTool": "Creator",
    "xmp:CreateDate": "CreationDate",
    "xmp:ModifyDate": "ModDate",
}
#: The packet's own bookkeeping; of unknown schemas nothing is compared, for every program adds its own.
_PLAIN_TRACES = {"xmp:MetadataDate", "dc:date", "dc:format", "pdf:PDFVersion"}
#: How Adobe's programs write a character that no name of XML may have, with a numeral for ten thousand.
_ESCAPED = re.compile("\u2182([0-9A-Fa-f]{4})")
_PAGE_MODES = {"UseNone": "", "": ""}


def properties(pdf: pikepdf.Pdf, root: Dict, objects: Objects) -> Iterator[Item]:
    """All properties, each once."""
    info = _information(pdf, objects)
    packet = _packet(root, objects)
    for key, value in packet.items():
        known = _TWINS.get(key) or (key[5:] if key.startswith("pdfx:") else "")
        if key == "dc:subject" and _bare(value) == _bare(info.get("Keywords") or packet.get("pdf:Keywords", "")):
            continue
        if not known:
            info[key] = value
        elif not info.get(known):
            info[known] = value
        elif _bare(info[known]) != _bare(value) and not _is_trace(known):
            info[f"{known} (XMP)"] = value
    info |= _catalogue(root, objects)
    info["PDF version"] = pdf.pdf_version
    for key, value in list(info.items())[:MOST_PROPERTIES]:
        if value:
            sort = "trace" if _is_trace(key) or key == "PDF version" else "property"
            yield Item(Layer.METADATA, sort, key[:400], None, (), shortened(value), {})
    for k, part in enumerate(objects.sequence(objects.plain(pdf.trailer.get("/ID")))[:2]):
        identifier = part[2:] if isinstance(part, str) else ""
        yield Item(Layer.METADATA, "trace", f"ID {k + 1}", None, (), identifier[:200], {})


def _is_trace(key: str) -> bool:
    return key in _TRACES or key in _PLAIN_TRACES or key.startswith(_TRACE_STARTS)


def _bare(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _information(pdf: pikepdf.Pdf, objects: Objects) -> dict[str, str]:
    found = objects.plain(pdf.trailer.get("/Info"))
    if not isinstance(found, dict):
        return {}
    return {name(key): objects.text(value) for key, value in list(found.items())[:MOST_PROPERTIES]}


def _catalogue(root: Dict, objects: Objects) -> dict[str, str]:
    found = {
        "Language": objects.text(root.get("/Lang")),
        "Page layout": name(root.get("/PageLayout")),
        "Page mode": _PAGE_MODES.get(mode := name(root.get("/PageMode")), mode),
    }
    for key, value in objects.mapping(root.get("/ViewerPreferences")).items():
        plain = objects.at(value)
        text = name(plain) if isinstance(plain, str) else str(plain).lower() if isinstance(plain, bool | int) else ""
        found[f"Viewer: {name(key)}"] = "" if text == "false" else text
    return found


def _packet(root: Dict, objects: Objects) -> dict[str, str]:
    """The simple properties of the XMP packet by `prefix:name`; empty where there is no packet or it cannot be read."""
    if not is_reference(root.get("/Metadata")):
        return {}
    data = objects.content(root["/Metadata"])
    if not data or len(data) > MOST_XMP_BYTES or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return {}
    try:
        tree = ElementTree.fromstring(data.strip(b"\0 \r\n\t"))  # noqa: S314 - bounded, and without entities
    except (ElementTree.ParseError, ValueError, LookupError):
        return {}
    found: dict[str, str] = {}
    for description in tree.iter(f"{_RDF}Description"):
        pairs = [*description.attrib.items(), *((child.tag, _value(child)) for child in description)]
        for tag, value in pairs[:MOST_PROPERTIES]:
            key = _key(tag)
            if key and value and not key.startswith(("xmp:Thumb", "xmp:Meta")):
                found.setdefault(key, clean(value))
    return found


def _key(tag: str) -> str:
    space, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    prefix = _SPACES.get(space)
    local = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), local)
    return f"{prefix}:{local}" if prefix else ""


def _value(element: ElementTree.Element) -> str:
    parts = list(element.iter(f"{_RDF}li"))
    if parts and element.find(f"{_RDF}Alt") is not None:
        parts = parts[:1]
    texts = [(part.text or "").strip() for part in parts[:MOST_PROPERTIES]] if parts else [(element.text or "").strip()]
    return "; ".join(text for text in texts if text)
