"""One text of both revisions, and the DOCX of it."""

from __future__ import annotations

from core.faces.docx import docx
from core.faces.redline import Word, redline
from core.faces.selection import EVERYTHING, Selection
from tests.docx_text import opened, text_of
from tests.results import Json, change, result

LINE = 14.0


def words(*lines: str, page: int = 1) -> list[Word]:
    """Words of 30 points in lines; an empty line parts paragraphs."""
    found = []
    for row, line in enumerate(lines):
        for k, text in enumerate(line.split()):
            found.append(Word(text, page, (72.0 + 40 * k, 100 + LINE * row, 102.0 + 40 * k, 110 + LINE * row)))
    return found


def around(some: list[Word], text: str) -> Json:
    """A side of a change with a region for each of the words."""
    sought, texts = text.split(), [word.text for word in some]
    start = next(k for k in range(len(texts)) if texts[k : k + len(sought)] == sought)
    regions = [{"page": word.page, "box": list(word.box)} for word in some[start : start + len(sought)]]
    return {"text": text, "regions": regions}


def both(report: Json, old: list[Word], new: list[Word], selection: Selection = EVERYTHING) -> tuple[str, str]:
    data = docx(report, redline(report, old, new, selection), selection)
    return text_of(data, "old"), text_of(data, "new")


def test_refused_it_is_the_old_text_and_accepted_the_new() -> None:
    old = words("We pay within 30 days .", "", "This goes away .", "", "The end is near .")
    new = words("We pay within 45 days .", "", "The very end is near .")
    report = result(
        change("replaced", around(old, "30"), around(new, "45")),
        change("deleted", around(old, "This goes away ."), None),
        change("inserted", None, around(new, "very")),
    )
    was, now = both(report, old, new)
    assert "We pay within 30 days . This goes away . The end is near ." in was
    assert "We pay within 45 days . The very end is near ." in now


def test_a_block_that_moved_stands_at_both_places_with_its_edit() -> None:
    old = words("Alpha block stays here .", "", "One .", "", "Two .")
    new = words("One .", "", "Two .", "", "Alpha block waits here .")
    moved = change("moved", around(old, "Alpha block stays here ."), around(new, "Alpha block waits here ."))
    edited = change("replaced", around(old, "stays"), around(new, "waits"))
    was, now = both(result(moved, edited), old, new)
    assert "Alpha block stays here . One . Two ." in was
    assert "One . Two . Alpha block waits here ." in now
    data = docx(result(moved, edited), redline(result(moved, edited), old, new))
    marked = opened(data).element.xml
    assert marked.count("<w:moveFromRangeStart ") == marked.count("<w:moveToRangeStart ") == 2
    assert 'w:name="move1"' in marked


def test_words_of_a_page_that_came_or_went_are_marked_and_words_that_only_flowed_there_are_not() -> None:
    old = [*words("First page ends"), *words("in the middle .", page=2), *words("Gone for good", page=3)]
    new = [*words("First page"), *words("ends in the middle .", "", "New and fine", page=2)]
    page = {"text": "", "regions": [{"page": 2, "box": [0, 0, 600, 800]}]}
    gone = {"text": "", "regions": [{"page": 3, "box": [0, 0, 600, 800]}]}
    report = result(
        change("inserted", None, page, layer="page"), change("deleted", gone, None, layer="page"), pages=(3, 2)
    )
    line = redline(report, old, new)
    fates = {piece.text.strip(): piece.fate for paragraph in line.paragraphs for piece in paragraph.pieces}
    assert fates["ends in the middle ."] == "kept"
    assert fates["New and fine"] == "inserted"
    assert fates["Gone for good"] == "deleted"


def test_what_a_filter_hides_stands_there_unmarked_and_is_counted() -> None:
    old, new = words("We pay 30 within 10 days ."), words("We pay 45 within 12 days .")
    major = change("replaced", around(old, "30"), around(new, "45"), severity="major")
    minor = change("replaced", around(old, "10"), around(new, "12"), severity="minor")
    was, now = both(result(major, minor), old, new, Selection(severities={"major"}))
    assert "We pay 30 within 12 days ." in was
    assert "We pay 45 within 12 days ." in now
    assert "1 more is hidden" in now


def test_what_stands_in_no_text_is_listed() -> None:
    old = new = words("Same .")
    drawn = change("replaced", around(old, "Same"), around(new, "Same"), layer="drawing")
    assert redline(result(drawn), old, new).rest == [drawn]
    assert "drawing replaced" in both(result(drawn), old, new)[1]


def test_what_reviewers_said_is_a_comment_beside_the_words() -> None:
    old, new = words("Pay 30 ."), words("Pay 45 .")
    one = change("replaced", around(old, "30"), around(new, "45"))
    who = {"name": "Ada", "at": "2026-11-02T10:00:00Z", "carried": None}
    said = {
        "id": one["id"], "state": "accepted", "assignee": None, "due": None,
        "decisions": [{**who, "verdict": "accepted"}], "comments": [{**who, "text": "agreed \x00 with them"}],
    }  # fmt: skip
    counts = {"changes": 1, "accepted": 1}
    report = result(one, review={"changes": [said], "counts": counts, "signatures": []})
    (comment,) = opened(docx(report, redline(report, old, new))).comments
    assert comment.text == "accepted by Ada, 2026-11-02 10:00 UTC\nAda, 2026-11-02 10:00 UTC: agreed � with them"


def test_equal_results_are_equal_bytes_whatever_the_texts_hold() -> None:
    old, new = words("Pay \x01 \ufffe ."), words("شكرا لكم .")
    made = [docx(result(), redline(result(), old, new)) for _ in range(2)]
    assert made[0] == made[1]
    assert "<w:bidi/>" in opened(made[0]).element.xml
