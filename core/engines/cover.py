"""The cover page of a marked PDF that was reviewed: how far the review is, and who signed."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from core.engines.legend import Sheets, add_summary, printable
from core.typeset import Font


def add_cover_page(pdf: pikepdf.Pdf, header: dict[str, Any]) -> None:
    """Put the review in front; the pages of the document keep their numbers as labels. Nothing without a review."""
    if not header["review"]:
        return
    before = len(pdf.pages)
    sheets = Sheets(pdf)
    sheets.line("Review", font=Font.SANS_BOLD, size=20)
    for side in ("old", "new"):
        name = printable(header["names"][side], "(its name needs other letters than these)")
        sheets.line(f"{side.capitalize()}: {name}", size=11)
    progress, *signatures = header["review"]
    sheets.line(printable(progress, ""), size=11, above=14)
    add_summary(sheets, header)
    sheets.line("Changes marked in this file, by layer", font=Font.SANS_BOLD, size=12, above=16)
    for layer, kinds in header["counts"].items():
        sheets.line(f"{layer}: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.items() if count))
    if header["hidden"]:
        sheets.line(f"{header['hidden']:,} more changes are hidden by the filters chosen.")
    sheets.line("Signatures", font=Font.SANS_BOLD, size=12, above=16)
    for signature in signatures or ["Nobody has signed."]:
        sheets.line(
            printable(signature, "A signature in letters that these fonts lack; the HTML report has it."), above=4
        )
    sheets.end()
    added = [pdf.pages[k] for k in range(before, len(pdf.pages))]
    del pdf.pages[before:]
    for place, page in enumerate(added):
        pdf.pages.insert(place, page)
    if "/PageLabels" not in pdf.Root:
        cover = Dictionary(P=String("Review"))
        pdf.Root.PageLabels = Dictionary(Nums=Array([0, cover, len(added), Dictionary(S=Name.D, St=1)]))
