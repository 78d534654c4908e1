"""What a reader sees of edits: a clause written anew is one change, exchanged words are not."""

from __future__ import annotations

from core.compare import compare
from core.options import CompareOptions
from tests.builders import document

BEFORE = "The buyer inspects every consignment on arrival.\n"
AFTER = "\nHidden faults are reported in writing as soon as they are found."


def told(old: str, new: str) -> list[tuple[str, str]]:
    found = compare(document(BEFORE + old + AFTER), document(BEFORE + new + AFTER), CompareOptions()).changes
    return [(c.old.text if c.old else "", c.new.text if c.new else "") for c in found]


def test_a_sentence_of_which_more_was_written_anew_than_stayed_is_one_change() -> None:
    old = "Evaluate whether the supplier can keep a promise given to you in his plan."
    new = "Nobody likes doubt: ask how the works would keep a date, then given their answer choose."
    assert told(old, new) == [(old, new)]


def test_words_exchanged_in_a_sentence_are_told_one_by_one() -> None:
    old = "Payment falls due on the last working day of the month at noon."
    new = "Payment comes due on the first working hour of the month at dawn."
    assert told(old, new) == [("falls", "comes"), ("last", "first"), ("day", "hour"), ("noon.", "dawn.")]


def test_a_number_that_stayed_is_not_told_with_the_words_around() -> None:
    old = "Late payment bears interest 9 parts a year or 4 beyond any base rate."
    new = "Whoever pays late owes 9 weeks over law or 4 times whatever courts say."
    assert len(told(old, new)) == 3
    assert all("9" not in text and "4" not in text for pair in told(old, new) for text in pair)


def test_a_sentence_is_not_joined_with_the_next() -> None:
    old = "Boxes travel by sea in steel. They are sealed. Pallets go home with each empty truck."
    new = "Crates go by air on wood. They are sealed. Drivers take some back in any small van."
    assert [pair for pair in told(old, new) if "sealed." in pair[0]] == []
