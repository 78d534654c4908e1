from core.faces.markdown import escaped, markdown
from core.faces.selection import Selection
from tests.results import change, notice, result, side


def test_markup_in_a_document_is_shown_and_not_obeyed() -> None:
    text = escaped("[click](http://x.example) <b>*bold*</b> `code` @team #1 | a_b www.example.com")
    assert "\\[click\\](http&#58;//x.example)" in text
    assert "\\<b\\>\\*bold\\*" in text
    assert "&#64;team \\#1 \\| a\\_b www&#46;example.com" in text


def test_old_and_new_words_of_a_replacement_stand_side_by_side() -> None:
    assert "- **replaced** (major): ~~30 days~~ → 45 days" in markdown(
        result(change("replaced", side("30 days"), side("45 days"), severity="major"))
    )


def test_a_move_names_both_pages() -> None:
    told = markdown(result(change("moved", side("words", page=1), side("words", page=2))))
    assert "- **moved**: words (page 1 → 2)" in told


def test_a_style_change_says_what_changed() -> None:
    detail = {"from": {"bold": False, "size": 10.0}, "to": {"bold": True, "size": 12.0}}
    told = markdown(result(change("replaced", side("x"), side("x"), layer="style", detail=detail)))
    assert "x (now bold, size 10.0 → 12.0)" in told


def test_counts_stand_in_a_table() -> None:
    told = markdown(result(change("inserted", None, side("a")), change("inserted", None, side("b"))))
    assert "| text | 2 | 0 | 0 | 0 |" in told


def test_hidden_changes_and_notices_are_told() -> None:
    report = result(change("inserted", None, side("a")), notices=[notice("doubt", page=2, code="map_broken")])
    told = markdown(report, Selection(layers={"style"}))
    assert "1 more is hidden by the filters chosen." in told
    assert "- page 2: doubt (map\\_broken)" in told


def test_a_line_break_in_a_document_cannot_begin_a_heading() -> None:
    told = markdown(result(change("inserted", None, side("a\n\n# Heading"))))
    assert "\n# Heading" not in told
