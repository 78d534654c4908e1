"""What reviewers said stands in every face, harmless, and filters by it are obeyed."""

from __future__ import annotations

import csv as reader
import io
import json
import zipfile
from pathlib import Path

import jsonschema
import pytest

from core.faces.csv import csv
from core.faces.html import html
from core.faces.markdown import markdown
from core.faces.marks import request
from core.faces.selection import Selection, select
from core.faces.xlsx import xlsx
from tests.results import Json, change, result, side

AT = "2026-11-22T13:05:00+00:00"
OTHER = {"old": "v1.pdf", "new": "v2.pdf", "same_revisions": False}


def reviewed() -> Json:
    """A result with a change that was accepted here and rejected before, and an open one."""
    said = {
        "id": "t-1",
        "version": 2,
        "state": "disputed",
        "decisions": [
            {"name": "Ada", "verdict": "accepted", "at": AT, "carried": None},
            {"name": "Grace", "verdict": "rejected", "at": AT, "carried": OTHER},
        ],
        "comments": [
            {"id": "c", "name": "Ada", "text": "=1+1 <b>why</b>?\nSo.", "mentions": [], "at": AT, "carried": None}
        ],
        "assignee": {"name": "Grace"},
        "due": "2026-12-01",
    }
    counts = {"changes": 2, "open": 1, "accepted": 0, "rejected": 0, "ignored": 0, "disputed": 1, "carried": 0}
    signature = {
        "id": "s",
        "name": "Ada",
        "note": "Agreed",
        "result_sha256": "f" * 64,
        "decisions_sha256": "0" * 64,
        "counts": counts,
        "at": AT,
        "withdrawn_at": None,
        "stands": True,
    }
    changes = [
        change("replaced", side("30 days"), side("45 days"), id="t-1"),
        change("inserted", None, side("Annex", page=2), id="t-2"),
    ]
    return result(*changes, review={"counts": counts, "changes": [said], "signatures": [signature]})


def test_the_block_has_the_published_form() -> None:
    schema = json.loads((Path(__file__).parents[4] / "docs" / "pdf-compare-1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema["$defs"]["review"]).validate(reviewed()["review"])


def test_every_face_says_who_decided_and_signed() -> None:
    report = reviewed()
    for told in (html(report), markdown(report), csv(report)):
        assert "accepted by Ada, 2026-11-22 13:05 UTC" in told
        assert "rejected by Grace" in told and "carried over from v1" in told
    for told in (html(report), markdown(report)):
        assert "Signed by Ada" in told and "It stands." in told and "f" * 64 in told
    book = zipfile.ZipFile(io.BytesIO(xlsx(report))).read("xl/sharedStrings.xml").decode()
    assert "accepted by Ada" in book and "Signed by Ada" in book


def test_what_people_write_is_harmless() -> None:
    report = reviewed()
    assert "<b>why</b>" not in html(report)
    rows = list(reader.DictReader(io.StringIO(csv(report).removeprefix("\ufeff"), newline="")))
    assert rows[0]["Comments"].startswith("Ada") and rows[0]["Review"] == "disputed"
    assert (rows[0]["Assigned to"], rows[0]["Due"], rows[1]["Review"]) == ("Grace", "2026-12-01", "open")


def test_marks_carry_what_was_said_and_the_cover_who_signed() -> None:
    header = request(reviewed(), "both")
    notes = {mark["id"]: mark["note"] for mark in header["marks"]}
    assert notes["t-1"].splitlines()[1:] == [
        "accepted by Ada, 2026-11-22 13:05 UTC",
        "rejected by Grace, 2026-11-22 13:05 UTC (carried over from v1.pdf → v2.pdf)",
        "assigned to Grace until 2026-12-01",
    ]
    threads = {(mark["id"], mark["side"]): mark["replies"] for mark in header["marks"]}
    assert threads["t-1", "new"] == [{"name": "Ada", "at": AT, "text": "=1+1 <b>why</b>? So."}]
    assert threads["t-2", "new"] == []
    assert header["review"][0] == "Of 2 changes: 1 open, 1 disputed." and "Signed by Ada" in header["review"][1]
    assert {mark["id"]: mark["is_reviewed"] for mark in header["marks"]} == {"t-1": True, "t-2": False}
    assert request(result(), "old")["review"] == []


@pytest.mark.parametrize(
    ("choices", "ids"),
    [
        ({"states": {"open"}}, ["t-2"]),
        ({"states": {"disputed", "accepted"}}, ["t-1"]),
        ({"pages": {2}}, ["t-2"]),
        ({"pages": {3}}, []),
        ({"query": " DAYS "}, ["t-1"]),
        ({"query": "t-2"}, ["t-2"]),
        ({"query": "days", "states": {"open"}}, []),
    ],
)
def test_filters_of_the_screen_are_obeyed(choices: Json, ids: list[str]) -> None:
    taken, hidden = select(reviewed(), Selection(**choices))
    assert [one["id"] for one in taken] == ids
    assert hidden == 2 - len(ids)


def test_without_a_review_every_change_is_open_and_nothing_is_told() -> None:
    bare = result(change("inserted", None, side("Annex")))
    assert len(select(bare, Selection(states={"open"}))[0]) == 1
    assert select(bare, Selection(states={"accepted"}))[0] == []
    assert "Review" not in html(bare) and "Review" not in csv(bare)
