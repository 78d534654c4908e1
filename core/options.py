"""What a user may choose, frozen and validated; the canonical form is part of a result's identity."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.areas import NAME_CHARACTERS, Area
from core.errors import OptionsError
from core.page_ranges import parse_pages
from core.registrations import Registration, checked
from core.text_rules import SeverityRule, TextRule

KINDS = ("inserted", "deleted", "replaced", "moved")
SEVERITIES = ("major", "normal", "minor")
LAYERS = ("text", "style", "table", "image", "drawing", "annotation", "form", "link", "outline", "metadata", "page")
IGNORABLE = ("case", "punctuation", "whitespace", "headers", "page_numbers", "moves")
#: What is tidied away unless it is asked for: differences of layout, not of words.
SHOWABLE = ("hyphenation", "quotes", "dashes", "spaces", "characters", "ligatures", "small_caps")
SIZE_PERCENT = 6.0  #: by so much a font size must change to be seen
MOST_MM2 = 1000.0  #: an area of ink: a larger one is a picture
MOST_RULES = 100  #: areas, texts or rules of severity of one comparison
OCR_MODES = ("auto", "always", "never")
#: Names of languages as Tesseract has them: `eng`, `deu`, `chi_sim`; a script such as `script/Latin`.
_LANGUAGE = re.compile(r"[A-Za-z]{3,20}(?:_[A-Za-z]{1,20}){0,2}|script/[A-Za-z_]{2,30}")
MOST_LANGUAGES = 8  #: each costs as much time as the first


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Choices of one comparison.

    Attributes:
        layers: Which kinds of change to look for, a subset of `LAYERS`.
        ignore: What is not a change, a subset of `IGNORABLE`.
        show: What is told although it is usually tidied away, a subset of `SHOWABLE`.
        ignore_areas: What stands there is not a change.
        only_areas: Where there are any for a side, what stands outside of them all is not a change.
        ignore_text: What matches is not a change.
        severity: What changes the severity of a change; the first rule that fits holds.
        size_percent: By so much a font size must change to be told, 0.5 to 100.
        least_mm2: What is drawn and not written is told where so much ink that hangs together differs; square
            millimetres, 0 to 1000; 0: whatever can be seen.
        show_running: Report shifts of running headers, footers and page numbers as `page` changes.
        pages: Page ranges such as `1-5,9`, for both sides, or None for all.
        ocr: When characters are recognised in the picture of a page: `auto` where its text cannot be read or trusted,
            `always`, or `never`.
        ocr_languages: By Tesseract's names, the first the most important.
        registrations: How drawings are laid on each other where that was set by hand; one of a page at most.
        profile: Name of the profile that the choices come from, unchanged; empty where they come from none.
    """

    layers: tuple[str, ...] = LAYERS
    ignore: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    ignore_areas: tuple[Area, ...] = ()
    only_areas: tuple[Area, ...] = ()
    ignore_text: tuple[TextRule, ...] = ()
    severity: tuple[SeverityRule, ...] = ()
    size_percent: float = SIZE_PERCENT
    least_mm2: float = 0.0
    show_running: bool = False
    pages: str | None = None
    ocr: str = "auto"
    ocr_languages: tuple[str, ...] = ("eng",)
    registrations: tuple[Registration, ...] = ()
    profile: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", _chosen("layers", self.layers, LAYERS))
        if not self.layers:
            raise OptionsError("layers: none is chosen", remedy=f"Choose from {', '.join(LAYERS)}.")
        object.__setattr__(self, "ignore", _chosen("ignore", self.ignore, IGNORABLE))
        object.__setattr__(self, "show", _chosen("show", self.show, SHOWABLE))
        if "whitespace" in self.ignore and "spaces" in self.show:
            raise OptionsError("white space is both ignored and shown", remedy="Choose one of the two.")
        _chosen("ocr", (self.ocr,), OCR_MODES)
        object.__setattr__(self, "ocr_languages", _languages(self.ocr_languages))
        for name, read in (
            ("ignore_areas", Area.from_json),
            ("only_areas", Area.from_json),
            ("ignore_text", TextRule.from_json),
            ("severity", SeverityRule.from_json),
            ("registrations", Registration.from_json),
        ):
            rules = getattr(self, name)
            if not isinstance(rules, tuple) or len(rules) > MOST_RULES:
                raise OptionsError(f"{name}: must be a list of at most {MOST_RULES}")
            object.__setattr__(self, name, tuple(dict.fromkeys(read(rule) for rule in rules)))
        checked(self.registrations)
        for rule in self.severity:
            _chosen("severity: layer", (rule.layer or LAYERS[0],), LAYERS)
            _chosen("severity: kind", (rule.kind or KINDS[0],), KINDS)
        if isinstance(self.size_percent, bool) or not 0.5 <= self.size_percent <= 100:
            raise OptionsError("size_percent: must be 0.5 to 100")
        object.__setattr__(self, "size_percent", float(self.size_percent))
        if isinstance(self.least_mm2, bool) or not 0 <= self.least_mm2 <= MOST_MM2:
            raise OptionsError(f"least_mm2: must be 0 to {MOST_MM2:g}")
        object.__setattr__(self, "least_mm2", float(self.least_mm2))
        if not isinstance(self.show_running, bool):
            raise OptionsError("show_running: must be true or false")
        if not isinstance(self.profile, str) or len(self.profile) > NAME_CHARACTERS:
            raise OptionsError(f"profile: a name has at most {NAME_CHARACTERS} characters")
        if self.pages is not None:
            parse_pages(self.pages)

    def to_json(self) -> dict[str, Any]:
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        return plain | {"registrations": [one.to_json() for one in self.registrations]}

    def canonical(self) -> str:
        """The same text for the same choices: sorted keys, no blanks."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> CompareOptions:
        """Read `to_json`'s form; unknown keys are an `OptionsError`."""
        known = {f.name for f in fields(cls)}
        wrong = sorted(set(data) - known)
        if wrong:
            raise OptionsError(f"unknown option {', '.join(wrong)}", remedy=f"Choose from {', '.join(sorted(known))}.")
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        try:
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise OptionsError("an option has the wrong type") from error


def _chosen(name: str, chosen: tuple[str, ...], allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The choices in the order of `allowed`; an `OptionsError` for others."""
    wrong = sorted(set(chosen) - set(allowed))
    if wrong:
        raise OptionsError(f"{name}: unknown {', '.join(wrong)}", remedy=f"Choose from {', '.join(allowed)}.")
    return tuple(x for x in allowed if x in chosen)


def _languages(names: object) -> tuple[str, ...]:
    if not isinstance(names, tuple) or not 0 < len(names) <= MOST_LANGUAGES:
        raise OptionsError(f"ocr_languages: must be a list of 1 to {MOST_LANGUAGES}")
    for name in names:
        if not isinstance(name, str) or not _LANGUAGE.fullmatch(name):
            raise OptionsError(f"ocr_languages: no language: {name!r}", remedy="Use Tesseract's names: eng, deu, jpn.")
    return tuple(dict.fromkeys(names))


def chosen_pages(ranges: str | None, count: int) -> list[int]:
    """The page numbers of `ranges` that exist in a document of `count` pages, ascending."""
    if ranges is None:
        return list(range(1, count + 1))
    return sorted({n for start, end in parse_pages(ranges) for n in range(start, min(count, end or count) + 1)})


def page_ranges(numbers: list[int]) -> str:
    """The text that `chosen_pages` reads as these ascending numbers: `[1, 2, 3, 9]` as `"1-3,9"`."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def share_of(pages: list[int], part: int, parts: int) -> list[int]:
    """Share `part` (from 0) of `parts` contiguous shares, whose sizes differ by one page at most."""
    return pages[len(pages) * part // parts : len(pages) * (part + 1) // parts]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may use; see docs/settings.md.

    Attributes:
        file_bytes: Largest file.
        pages: Most pages of a document.
        page_points: Longest side of a page, in points.
        page_objects: Most objects on a page; above, the page is compared as pixels.
        page_characters: Most characters on a page; likewise.
        tile_pixels: Most pixels of one rendered tile.
        address_space_bytes: Of one child.
        page_seconds: Without progress for so long, a page counts as failed.
        failed_pages: After so many, the rest of the document is not tried.
        ocr_page_seconds: Longest that recognising the characters of a page may take.
        base_seconds: Wall clock of a job, to which `seconds_per_page` is added.
        seconds_per_ocr_page: Added besides for each page whose characters are recognised.
        output_bytes: Most a child may answer.
        sandbox: "required" to refuse work where the kernel cannot lock a child in completely, "auto" to go on.
    """

    file_bytes: int = 200 * 1024 * 1024
    pages: int = 10_000
    page_points: float = 14_400.0
    page_objects: int = 300_000
    page_characters: int = 1_000_000
    tile_pixels: int = 40_000_000
    address_space_bytes: int = 1024 * 1024 * 1024
    page_seconds: float = 10.0
    failed_pages: int = 3
    ocr_page_seconds: float = 30.0
    base_seconds: float = 180.0
    seconds_per_page: float = 1.0
    seconds_per_ocr_page: float = 10.0
    output_bytes: int = 512 * 1024 * 1024
    sandbox: str = "auto"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any] | None) -> Limits:
        """Read `to_json`'s form; what it does not tell has its default."""
        return cls(**(data or {}))
