"""The summary by rule, and that every report begins with it."""

from __future__ import annotations

import io
import zipfile

from core.faces.docx import docx
from core.faces.html import html
from core.faces.markdown import markdown
from core.faces.marks import request
from core.faces.redline import Redline
from core.faces.selection import Selection
from core.faces.summary import MOST_TOLD, in_short, rule_summary
from core.faces.xlsx import xlsx
from tests.results import change, result, side

REPORT = result(
    change("replaced", side("30 days"), side("45 days"), severity="major"),
    *(change("inserted", None, side(f"word {k}")) for k in range(20)),
)


def packed(data: bytes, member: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(member).decode()


def test_the_summary_tells_the_weightiest_and_counts_the_rest() -> None:
    line, major, rest = in_short(REPORT)
    assert line.text.startswith("21 changes, 1 major")
    assert "“30 days” became “45 days”" in major.text and major.changes == (REPORT["changes"][0]["id"],)
    assert rest.text == "20 more changes."
    assert len(rule_summary(REPORT, Selection(kinds={"inserted"})).management) == MOST_TOLD + 2


def test_the_summary_obeys_the_selection_and_says_nothing_without_changes() -> None:
    assert "21" not in in_short(REPORT, Selection(kinds={"replaced"}))[0].text
    assert in_short(REPORT, Selection(kinds={"moved"})) == ()
    assert in_short(result()) == ()


def test_every_report_begins_with_it() -> None:
    told = "“30 days” became “45 days”"
    assert told in markdown(REPORT) and told in html(REPORT)
    assert f'<a href="#{REPORT["changes"][0]["id"]}">' in html(REPORT)
    assert told in packed(xlsx(REPORT), "xl/sharedStrings.xml")
    assert any(told in sentence for sentence in request(REPORT, "both")["short"])
    word = packed(docx(REPORT, Redline([], [], [])), "word/document.xml")
    assert told in word and "21 changes, 1 major" in word
