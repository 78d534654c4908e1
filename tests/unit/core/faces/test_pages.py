from core.faces.pages import by_page
from tests.results import change, result, side


def test_changes_stand_in_the_order_of_the_page_map() -> None:
    second = change("inserted", None, side("b", page=2))
    first = change("inserted", None, side("a", page=1))
    groups = by_page(result(), [second, first])
    assert [(group.title, group.changes) for group in groups] == [("Page 1", [first]), ("Page 2", [second])]


def test_a_deleted_change_belongs_to_the_pair_of_its_old_page() -> None:
    pairs = [{"old": 1, "new": 3, "similarity": 0.9}]
    gone = change("deleted", side("x", page=1), None)
    assert [group.title for group in by_page(result(page_map=pairs), [gone])] == ["Page 1 → 3"]


def test_a_change_without_a_place_belongs_to_the_whole_document() -> None:
    title = change("replaced", {"text": "A", "regions": []}, {"text": "B", "regions": []}, layer="metadata")
    assert [group.title for group in by_page(result(), [title])] == ["Whole document"]


def test_a_page_outside_the_map_is_still_shown() -> None:
    lost = change("inserted", None, side("x", page=9))
    assert [group.title for group in by_page(result(), [lost])] == ["Page 9 (only in new)"]
