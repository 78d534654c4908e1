"""What is taken out of a PDF, frozen and validated."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.errors import OptionsError
from core.options import CompareOptions

#: In the order in which they are told.
WHAT = (
    "text",
    "markdown",
    "words",
    "tables",
    "parts",
    "symbols",
    "fields",
    "metadata",
    "images",
    "attachments",
    "page_images",
    "searchable",
)
#: For these the words of a page must be known; where they cannot be read, they are recognised.
OF_WORDS = frozenset({"text", "markdown", "words", "tables", "parts", "symbols", "searchable"})
LEAST_DPI, MOST_DPI = 36, 300


@dataclass(frozen=True, slots=True)
class ExtractOptions:
    """Choices of one extraction.

    Attributes:
        what: A subset of `WHAT`, in its order.
        pages: Page ranges such as `1-5,9`, or None for all.
        ocr: As of a comparison: `auto`, `always` or `never`.
        ocr_languages: By Tesseract's names, the first the most important.
        dpi: Of the pictures of pages.
    """

    what: tuple[str, ...] = ("text", "tables", "fields", "metadata")
    pages: str | None = None
    ocr: str = "auto"
    ocr_languages: tuple[str, ...] = ("eng",)
    dpi: int = 150

    def __post_init__(self) -> None:
        if not isinstance(self.what, tuple) or not all(isinstance(one, str) for one in self.what):
            raise OptionsError("what: must be a list of names", remedy=f"Choose from {', '.join(WHAT)}.")
        wrong = sorted(set(self.what) - set(WHAT))
        if wrong or not self.what:
            message = f"what: unknown {', '.join(wrong)}" if wrong else "what: nothing is chosen"
            raise OptionsError(message[:200], remedy=f"Choose from {', '.join(WHAT)}.")
        object.__setattr__(self, "what", tuple(one for one in WHAT if one in self.what))
        if isinstance(self.dpi, bool) or not isinstance(self.dpi, int) or not LEAST_DPI <= self.dpi <= MOST_DPI:
            raise OptionsError(f"dpi: must be a whole number from {LEAST_DPI} to {MOST_DPI}")
        self.reading()  # checks the rest

    def reading(self) -> CompareOptions:
        """The choices that reading and recognising go by."""
        needs_words = bool(OF_WORDS & set(self.what))
        checked = CompareOptions(pages=self.pages, ocr=self.ocr, ocr_languages=self.ocr_languages)
        return checked if needs_words else CompareOptions(pages=self.pages, ocr="never")

    def to_json(self) -> dict[str, Any]:
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def canonical(self) -> str:
        """The same text for the same choices."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ExtractOptions:
        """Read `to_json`'s form; unknown keys are an `OptionsError`."""
        known = {f.name for f in fields(cls)}
        wrong = sorted(set(data) - known)
        if wrong:
            raise OptionsError(
                f"unknown option {', '.join(wrong)}"[:200], remedy=f"Choose from {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        try:
            return cls(**values)
        except (TypeError, AttributeError) as error:
            raise OptionsError("an option has the wrong type") from error
