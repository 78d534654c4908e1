"""Finding a phrase in the words of pages."""

from __future__ import annotations

import pytest

from service.finding import MOST_HITS, find

PAGE = [["The", 0, 0, 20, 10], ["Supplier", 25, 0, 65, 10], ["shall", 0, 12, 30, 22], ["pay", 35, 12, 50, 22]]


def test_a_phrase_is_found_across_words_and_lines_with_a_box_for_each_word() -> None:
    [hit] = find([(7, PAGE)], "supplier  SHALL")
    assert (hit.page, hit.boxes) == (7, ((25, 0, 65, 10), (0, 12, 30, 22)))
    assert hit.context == "the supplier shall pay"


def test_a_part_of_a_word_has_its_share_of_the_box() -> None:
    [hit] = find([(1, PAGE)], "pli")
    assert hit.boxes == ((25 + 3 * 5, 0, 25 + 6 * 5, 10),)


@pytest.mark.parametrize(("text", "phrase"), [("ﬁne", "FINE"), ("STRASSE", "straße"), ("１２", "12")])
def test_forms_of_a_character_are_the_same(text: str, phrase: str) -> None:
    assert len(find([(1, [[text, 0, 0, 10, 10]])], phrase)) == 1


def test_every_place_is_found_in_order_and_no_more_than_the_most() -> None:
    page = [["aa", 0, 0, 10, 10]] * (MOST_HITS + 5)
    assert len(find([(1, page)], "aa")) == MOST_HITS
    assert [hit.page for hit in find([(1, PAGE), (2, []), (3, PAGE)], "the")] == [1, 3]
    assert find([(1, PAGE)], "   ") == [] == find([(1, PAGE)], "absent")
