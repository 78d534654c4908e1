"""Where links, bookmarks and actions lead: destinations as pages and places as displayed, other targets as text."""

from __future__ import annotations

import pikepdf

from core.engines.page_frame import PageFrame
from core.engines.pikepdf_values import (
    Dict,
    Objects,
    Plain,
    clean,
    digest,
    is_reference,
    name,
    number,
    shortened,
    string,
)

MOST_KNOWN = 100_000  #: named destinations that are kept
MOST_CHAINED = 8  #: actions that follow one another
_KINDS = {
    "GoTo": "go to",
    "GoToR": "open file",
    "GoToE": "open attachment",
    "Launch": "launch",
    "URI": "address",
    "JavaScript": "script",
    "SubmitForm": "submit form",
    "ImportData": "import data",
    "ResetForm": "reset form",
    "Named": "command",
    "Hide": "hide",
    "SetOCGState": "set layers",
    "Thread": "thread",
    "Sound": "sound",
    "Movie": "movie",
    "Rendition": "rendition",
}
#: Where the coordinates stand behind the view's name (ISO 32000-1, table 151): index of left and of top.
_PLACES = {"XYZ": (2, 3), "FitH": (None, 2), "FitBH": (None, 2), "FitV": (2, None), "FitBV": (2, None), "FitR": (2, 5)}


class Targets:
    """Resolves destinations of one PDF.

    A target is a dictionary of texts: `action` says what happens. Of a place in the document `page` is the number
    (empty where it does not exist), `x` and `y` the point as displayed where it is known and `name` the name it was
    asked for by; of everything else `target` is where it leads or what it does.
    """

    def __init__(self, pdf: pikepdf.Pdf, objects: Objects) -> None:
        self._pdf, self._objects = pdf, objects
        self.pages = list(pdf.pages)  #: one look-up by index goes over all of them
        self._numbers: dict[str, int] | None = None
        self._named: dict[str, Plain] | None = None
        self._frames: dict[int, PageFrame] = {}
        self._known: dict[str, dict[str, str]] = {}

    def of(self, thing: Dict) -> dict[str, str]:
        """The target of an annotation or bookmark by its `/A` or `/Dest`; empty where there is none."""
        if "/A" in thing:
            return self.of_action(thing["/A"])
        return self.of_destination(thing["/Dest"]) if "/Dest" in thing else {}

    def of_action(self, value: Plain) -> dict[str, str]:
        """The target of an action; those chained to it are named in `next`."""
        if type(value) is dict and value.get("/S") == "/GoTo" and "/Next" not in value:
            return self.of_destination(value.get("/D"))  # most links, without detours
        action = self._objects.mapping(value)
        found = self._one(action)
        if "/Next" not in action:
            return found
        following: list[str] = []
        seen: set[str] = set()
        todo = [action.get("/Next")]
        while todo and len(following) < MOST_CHAINED:
            at = todo.pop(0)
            if is_reference(at):
                if at in seen:
                    continue
                seen.add(at)
            item = self._objects.at(at)
            if isinstance(item, list):
                todo[:0] = item[:MOST_CHAINED]
            elif isinstance(item, dict):
                one = self._one(item)
                following.append(" ".join(one[key] for key in ("action", "target", "name", "page") if one.get(key)))
                todo.append(item.get("/Next"))
        return {**found, "next": "; ".join(following)} if following else found

    def _one(self, action: Dict) -> dict[str, str]:
        kind = name(action.get("/S"))
        if kind == "GoTo":
            return self.of_destination(action.get("/D"))
        if not kind:
            return {}
        if kind == "URI":
            target = self._objects.text(action.get("/URI"))
        elif kind == "JavaScript":
            target = self._objects.text(action.get("/JS"))
        elif kind == "Named":
            target = name(action.get("/N"))
        else:
            parts = [self.file_name(action.get("/F")), self._place(action.get("/D")), self._windows(action)]
            target = " ".join(part for part in parts if part)
        return {"action": _KINDS.get(kind, kind), "target": shortened(target)}

    def file_name(self, value: Plain) -> str:
        """The name in a file specification, or an address."""
        found = self._objects.at(value)
        if isinstance(found, dict):
            return next((text for key in ("/UF", "/F") if (text := self._objects.text(found.get(key)))), "")
        return string(found)

    def _windows(self, action: Dict) -> str:
        parameters = self._objects.mapping(action.get("/Win"))
        return " ".join(text for key in ("/F", "/P") if (text := string(parameters.get(key))))

    def _place(self, value: Plain) -> str:
        """The destination in another file."""
        found = self._objects.at(value)
        if isinstance(found, list):
            return f"page {found[0] + 1}" if found and type(found[0]) is int else ""
        return string(found)

    def of_destination(self, value: Plain) -> dict[str, str]:
        """A destination, by name or explicit."""
        if type(value) is str and value in self._known:
            return self._known[value]
        found = self._objects.at(value)
        if not isinstance(found, str):
            return self._explicit(found)
        asked = string(found)
        resolved = {**self._explicit(self._objects.at(self._names().get(asked))), "name": asked}
        if len(self._known) < MOST_KNOWN:
            self._known[value] = resolved
        return resolved

    def _names(self) -> dict[str, Plain]:
        if self._named is None:
            objects = self._objects
            root = objects.plain(self._pdf.Root) or {}
            named = {name(key): value for key, value in objects.mapping(root.get("/Dests")).items()}
            for key, value in objects.tree(objects.mapping(root.get("/Names")).get("/Dests"), "/Names"):
                named.setdefault(string(key), value)
            self._named = named
        return self._named

    def _explicit(self, value: Plain) -> dict[str, str]:
        if isinstance(value, dict):
            value = self._objects.at(value.get("/D"))
        if not isinstance(value, list) or not value:
            return {"action": "go to", "page": ""}
        page = self.page_number(value[0])
        found = {"action": "go to", "page": str(page) if page else ""}
        left, top = _PLACES.get(name(value[1]) if len(value) > 1 else "", (None, None))
        x = _coordinate(value, left)
        y = _coordinate(value, top)
        if page and (x is not None or y is not None):
            frame = self.frame(page)
            at = frame.to_displayed(frame.crop[0] if x is None else x, frame.crop[3] if y is None else y)
            found |= {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}"}
        return found

    def page_number(self, value: Plain) -> int | None:
        """The number of a page, by reference or by index."""
        if type(value) is int:
            return value + 1 if 0 <= value < len(self.pages) else None
        if self._numbers is None:
            self._numbers = {f"{page.objgen[0]} {page.objgen[1]} R": k for k, page in enumerate(self.pages, 1)}
        return self._numbers.get(value) if isinstance(value, str) else None

    def frame(self, page: int) -> PageFrame:
        """The frame of a page by its number."""
        if page not in self._frames:
            self._frames[page] = PageFrame.of(self.pages[page - 1])
        return self._frames[page]


def _coordinate(destination: list[Plain], index: int | None) -> float | None:
    if index is None or index >= len(destination) or not isinstance(destination[index], int | float):
        return None
    return number(destination[index], 0.0)


def scripts(objects: Objects, value: Plain) -> str:
    """A digest of the additional actions (`/AA`) of a field, page or document; "" where there are none."""
    parts = []
    for key, action in sorted(objects.mapping(value).items()):
        found = objects.mapping(action)
        parts.append(f"{key} {name(found.get('/S'))} {clean(objects.text(found.get('/JS')))}")
    return digest("\n".join(parts)) if parts else ""
