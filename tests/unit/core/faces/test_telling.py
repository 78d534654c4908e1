import pytest

from core.faces.html import html
from core.faces.markdown import markdown
from core.faces.telling import places_words, severity_words, tell
from tests.results import Json, change, layers, result, side

BY_LAYER = {one["layer"] + one["kind"]: one for one in reversed(layers())}


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("tablereplaced", "Table 3 · row “A-17” · column “Price”"),
        ("tableinserted", "Table 3 · row “B-02”"),
        ("tabledeleted", "Table 3 · column “Stock”"),
        ("linkinserted", ""),
        ("annotationreplaced", "note"),
        ("formreplaced", "checkbox “agree”"),
    ],
)
def test_a_change_names_table_row_and_column_or_sort_and_name(name: str, where: str) -> None:
    assert tell(BY_LAYER[name]).where == where


def test_a_row_without_a_key_is_named_by_its_number() -> None:
    bare = change("inserted", None, side("x"), layer="table", detail={"what": "row", "table": 1, "row": 7})
    assert tell(bare).where == "Table 1 · row 7"


def test_a_table_with_a_caption_is_called_by_it_and_rows_that_moved_together_are_counted() -> None:
    detail = {"what": "row", "table": "Table 2: Prices", "row_key": "A", "rows": 3}
    assert tell(change("moved", side("x"), side("x"), layer="table", detail=detail)).where == (
        "Table 2: Prices · 3 rows from “A”"
    )
    whole = change("inserted", None, side("x"), layer="table", detail={"what": "table", "table": 4, "size": [8, 3]})
    assert tell(whole).where == "Table 4 · 8 rows, 3 columns"
    assert tell(whole).properties == ()


def test_a_cell_is_shown_as_its_cells_say() -> None:
    detail = {"what": "cell", "table": 1, "row": 1, "column": 1, "old_cell": "12.00 EUR", "new_cell": "13.50 EUR"}
    told = tell(change("replaced", side("12.00"), side("13.50"), layer="table", detail=detail))
    assert (told.old, told.new) == ("12.00 EUR", "13.50 EUR")


def test_of_a_long_cell_only_the_differing_words_are_shown() -> None:
    detail = {"what": "cell", "table": 1, "row": 1, "column": 1, "old_cell": "word " * 40 + "a", "new_cell": "b"}
    told = tell(change("replaced", side("a"), side("b"), layer="table", detail=detail))
    assert (told.old, told.new) == ("a", "b")
    grown = change("inserted", None, side("EUR"), layer="table", detail=detail | {"new_cell": "12 EUR"})
    assert (tell(grown).old, tell(grown).new) == (None, "12 EUR")


def test_properties_are_told_with_both_values() -> None:
    assert tell(BY_LAYER["annotationreplaced"]).remarks == ("color: red → blue",)
    assert tell(BY_LAYER["formreplaced"]).remarks == ("read only: true (added)",)
    assert tell(BY_LAYER["outlinereplaced"]).properties == (("target", "page 3", "page 4"),)


def test_what_came_or_went_has_properties_of_one_side() -> None:
    detail = {"sort": "highlight", "properties": {"color": [None, "#ffff00"]}}
    told = tell(change("inserted", None, side("x"), layer="annotation", detail=detail))
    assert (told.remarks, told.properties) == (("color: #ffff00",), ())


def test_an_image_is_told_by_size_and_place_in_millimetres() -> None:
    assert "50 × 25 mm, 141 mm from the left, 7 mm from the top" in tell(BY_LAYER["imagereplaced"]).notes[0]
    assert "in 30 places" in tell(BY_LAYER["imagereplaced"]).notes


def test_an_edited_image_says_how_much_of_it_differs_and_how_its_samples_changed() -> None:
    detail = {"reason": "image edited", "changed": 0.0421, "samples": [[400, 300], [1800, 600]], "points": [[9, 9]] * 2}
    told = tell(change("replaced", side(""), side(""), layer="image", detail=detail))
    assert told.notes[:2] == ("4.2 % of it differs", "400 × 300 → 1,800 × 600 samples")
    detail |= {"changed": 0.4567, "samples": [[400, 300], [400, 300]]}
    assert tell(change("replaced", side(""), side(""), layer="image", detail=detail)).notes[0] == "46 % of it differs"
    assert tell(change("inserted", None, side(""), layer="image", detail={"samples": [None, [4, 3]]})).properties == ()


def test_what_has_no_words_of_its_own_is_not_named_twice() -> None:
    box = change("deleted", side("rectangle"), None, layer="annotation", detail={"sort": "rectangle"})
    assert (tell(box).where, tell(box).old) == ("", "rectangle")


def test_lists_that_are_no_properties_are_not_told_as_such() -> None:
    detail = {"pages": [[1, 2], [2, 3]], "hidden": ["a", "b"], "reason": "x", "size": [3, 4]}
    assert tell(change("replaced", side("a"), side("b"), detail=detail)).properties == ()


def test_severity_comes_with_its_reason() -> None:
    assert severity_words(BY_LAYER["tablereplaced"]) == "major · amount"
    assert severity_words(change("inserted", None, side("x"))) == "normal"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ([3], [3], "page 3"),
        ([3], [4], "page 3 → 4"),
        ([], [2], "new page 2"),
        ([1, 2, 3], [1, 2, 3], "pages 1–3"),
        ([1, 3, 9, 12], [], "old pages 1 and 3 more"),
        ([], [], ""),
    ],
)
def test_places_are_told_shortly(old: list[int], new: list[int], words: str) -> None:
    def at(pages: list[int]) -> Json:
        return {"text": "x", "regions": [{"page": page, "box": [0, 0, 9, 9]} for page in pages]}

    assert places_words({"old": at(old), "new": at(new)}) == words


def test_every_layer_is_readable_in_html_and_markdown() -> None:
    report = result(*layers(), pages=(30, 30))
    page, text = html(report), markdown(report)
    for words in ("Table 3 · row “A-17” · column “Price”", "13.50", "A. Smith", "https", "B-02"):
        assert words in page
        assert words in text
    assert "~~12.00~~ → 13.50" in text
    assert "color: red → blue" in text
    assert page.index("Whole document") < page.index("<h2>Page 1<")
    assert page.count("<article") == len(layers())
