from core.faces.marks import marks, request
from core.faces.selection import Selection
from tests.results import change, result, side


def two_regions() -> dict[str, object]:
    return {"text": "a b", "regions": [{"page": 1, "box": [0, 0, 9, 9]}, {"page": 2, "box": [1, 1, 8, 8]}]}


def test_a_change_over_two_pages_gives_a_mark_on_each() -> None:
    found = marks(result(change("inserted", None, two_regions())), "new")
    assert [(mark["page"], mark["boxes"]) for mark in found] == [(1, [[0, 0, 9, 9]]), (2, [[1, 1, 8, 8]])]


def test_an_inserted_change_leaves_no_mark_on_the_old_side() -> None:
    assert marks(result(change("inserted", None, side("x"))), "old") == []


def test_the_note_says_both_sides() -> None:
    found = marks(result(change("replaced", side("30"), side("45"), severity="major")), "new")
    assert found[0]["note"] == "text replaced (major): “30” → “45”"


def test_the_request_obeys_the_selection_and_counts_what_it_hides() -> None:
    report = result(change("inserted", None, side("a")), change("deleted", side("b"), None))
    header = request(report, "both", Selection(kinds={"deleted"}))
    assert [mark["side"] for mark in header["marks"]] == ["old"]
    assert header["counts"] == {"text": {"deleted": 1}}
    assert header["hidden"] == 1
    assert header["page_map"] == [[1, 1], [2, 2]]
