"""The benchmark's scorer: what earns a point and what does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy import board, locate, scoring
from benchmarks.accuracy.document import Word
from benchmarks.accuracy.pairs import contradictions
from benchmarks.accuracy.script import Truth
from benchmarks.accuracy.tools import Answer

BOX = [100.0, 100.0, 140.0, 112.0]


@pytest.fixture(autouse=True)
def _no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten words on each side, without a PDF."""
    monkeypatch.setattr(scoring, "_words_of", lambda pdf: ((1, "word"),) * 10)


def truth(**more: Any) -> dict[str, Any]:
    return {
        "category": "a word-edits",
        "notes": "",
        "expect_identical_text": False,
        "old_words_changed": ["thirty"],
        "new_words_changed": ["forty"],
        "old_words_optional": [],
        "new_words_optional": [],
        "moved": [],
        "regions": [
            {"side": side, "page": 1, "box": BOX, "layer": "text", "kind": "replaced", "text": None, "change": "t1"}
            for side in ("old", "new")
        ],
        "regions_complete": True,
        "items": [],
        "page_map": [],
        **more,
    }


def change(
    old: str | None, new: str | None, *, layer: str = "text", kind: str = "replaced", box: Any = BOX
) -> dict[str, Any]:
    def part(text: str | None) -> dict[str, Any] | None:
        return None if text is None else {"text": text, "regions": [{"page": 1, "box": box}]}

    return {"layer": layer, "kind": kind, "old": part(old), "new": part(new), "detail": {}}


def judge(folder: Path, expected: dict[str, Any], *changes: dict[str, Any]) -> scoring.Row:
    (folder / "truth.json").write_text(json.dumps(expected), "utf-8")
    return scoring.score(folder, Answer({"changes": list(changes), "page_map": []}))


def test_what_is_right_gets_everything(tmp_path: Path) -> None:
    row = judge(tmp_path, truth(), change("thirty", "forty"))
    assert (row.exact, row.f1, row.regions_found, row.layer_right, row.kind_right) == (True, 1.0, 2, 2, 2)
    assert row.places_right == row.places_said == 2


def test_saying_nothing_gets_nothing(tmp_path: Path) -> None:
    row = judge(tmp_path, truth())
    assert (row.exact, row.f1, row.missed, row.regions_found) == (False, 0.0, ["thirty", "forty"], 0)


def test_a_word_too_many_and_a_word_twice_cost(tmp_path: Path) -> None:
    row = judge(tmp_path, truth(), change("thirty days", "forty forty"))
    assert (row.hits, row.said, row.wanted, sorted(row.false)) == (2, 4, 2, ["days", "forty"])


def test_the_right_word_at_the_wrong_place_is_no_region(tmp_path: Path) -> None:
    row = judge(tmp_path, truth(), change("thirty", "forty", box=[100.0, 400.0, 140.0, 412.0]))
    assert (row.exact, row.regions_found, row.places_right) == (True, 0, 0)


def test_a_box_around_the_page_finds_no_word(tmp_path: Path) -> None:
    assert judge(tmp_path, truth(), change("thirty", "forty", box=[0.0, 0.0, 595.0, 842.0])).regions_found == 0


def test_a_move_told_as_deletion_and_insertion_costs_no_words_but_is_no_move(tmp_path: Path) -> None:
    text = "a paragraph that went elsewhere"
    place = [{"page": 1, "box": BOX}]
    expected = truth(
        old_words_changed=[], new_words_changed=[], regions=[], moved=[{"text": text, "old": place, "new": place}]
    )
    told = judge(tmp_path, expected, change(text, None, kind="deleted"), change(None, text, kind="inserted"))
    assert (told.exact, told.moves) == (True, 0)
    assert judge(tmp_path, expected, change(text, text, kind="moved")).moves == 1


def test_a_change_told_in_the_table_and_in_the_text_counts_once(tmp_path: Path) -> None:
    row = judge(tmp_path, truth(), change("thirty", "forty"), change("thirty", "forty", layer="table"))
    assert row.said == 2


def test_false_words_are_counted_where_nothing_changed(tmp_path: Path) -> None:
    same = truth(old_words_changed=[], new_words_changed=[], regions=[], expect_identical_text=True)
    row = judge(tmp_path, same, change("of", "at"))
    summary = scoring.summarise([row])
    assert (summary.false_per_1000, summary.clean, summary.exact) == (100.0, 0.0, 0.0)
    assert scoring.summarise([judge(tmp_path, same)]).clean == 1.0


def test_scans_forgive_a_letter_and_no_more(tmp_path: Path) -> None:
    expected = truth(category="i scans", old_words_changed=["approval."], new_words_changed=["rejection"])
    row = judge(tmp_path, expected, change("Approvel", "refection of"))
    assert (row.hits, row.false) == (2, ["of"])


def test_an_outline_entry_is_found_by_its_words(tmp_path: Path) -> None:
    item = {"layer": "outline", "kind": "replaced", "old": "Second part", "new": "Second chapter"}
    expected = truth(old_words_changed=[], new_words_changed=[], regions=[], items=[item])
    told = {"layer": "outline", "kind": "replaced", "old": {"text": "Second part"}, "new": {"text": "Second chapter"}}
    assert judge(tmp_path, expected, told).regions_found == 1
    assert judge(tmp_path, expected, {**told, "layer": "metadata"}).regions_found == 0


def test_an_impossible_truth_is_seen() -> None:
    expected = Truth(**truth())
    source = {
        "old": {"words": ["within", "thirty", "days"], "pages": 1},
        "new": {"words": ["within", "forty", "days"], "pages": 1},
    }
    assert contradictions(expected, source) == []
    source["new"]["words"] = ["within", "fifty", "days"]
    assert contradictions(expected, source) == ["old - deleted + inserted is not new"]


def test_words_are_followed_through_hyphens_and_footnotes() -> None:
    words = [Word(text, id=i) for i, text in enumerate(["An", "agreement", "on", "re-use", "note", "text"])]
    seen = ["note", "text", "An", "agree-", "ment", "7", "on", "re-", "use"]
    sight = locate.Sight(
        ((500.0, 500.0),),
        tuple(locate.Seen(1, text, (10.0 * i, 0.0, 10.0 * i + 9, 10.0)) for i, text in enumerate(seen)),
    )
    found = locate.locate(words, sight)
    assert found.missing == []
    assert [len(found.places[i]) for i in range(6)] == [1, 2, 1, 2, 1, 1]
    assert [word.text for word in found.surplus] == ["7"]


def test_the_page_keeps_what_stands_around_the_tables(tmp_path: Path) -> None:
    page = tmp_path / "accuracy.md"
    page.write_text(f"before\n{board.START}\nold\n{board.END}\nafter\n", "utf-8")
    board.publish("new\n", page)
    assert page.read_text("utf-8") == f"before\n{board.START}\nnew\n{board.END}\nafter\n"
