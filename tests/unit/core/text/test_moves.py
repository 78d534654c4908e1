"""Moves: one change for what stands elsewhere, where that is sure."""

from __future__ import annotations

import pytest

from core.compare import compare
from core.model import Change
from core.options import CompareOptions
from tests.builders import document

ITEMS = [
    "Deliver the printed plans to the office.",
    "Check every label before shipping.",
    "Send one copy to the buyer.",
    "Store the master in the archive.",
    "Report damaged boxes on arrival.",
    "Return empty pallets within the week.",
]
PARAGRAPHS = [
    "The supplier shall deliver the goods within thirty days of the order.\n"
    "Partial delivery needs the consent of the buyer.",
    "The buyer inspects every consignment on arrival and reports visible faults.\n"
    "Hidden faults follow when they are found.",
    "Payment falls due on the last working day of the following month.\n"
    "Late payment bears interest above the base rate.",
    "Neither party is liable for events that lie outside its own control.\nStrikes in the works are not such events.",
    "This agreement is governed by the law of the place of delivery.\n"
    "Disputes go to the courts that sit in that place.",
]


def told(old: str, new: str) -> list[tuple[str, str, str]]:
    found = compare(document(old), document(new), CompareOptions()).changes
    return [(c.kind, c.old.text if c.old else "", c.new.text if c.new else "") for c in found]


def test_a_moved_list_item_is_one_move() -> None:
    order = [0, 2, 3, 1, 4, 5]
    assert told("\n".join(ITEMS), "\n".join(ITEMS[k] for k in order)) == [("moved", ITEMS[1], ITEMS[1])]


def test_a_swapped_pair_of_list_items_is_one_move() -> None:
    order = [0, 1, 3, 2, 4, 5]
    found = told("\n".join(ITEMS), "\n".join(ITEMS[k] for k in order))
    assert len(found) == 1
    assert found[0] in [("moved", ITEMS[2], ITEMS[2]), ("moved", ITEMS[3], ITEMS[3])]


def test_what_moved_is_told_with_the_words_it_moved_with() -> None:
    """`a` stands before and after: what went could be read as `sudden noise a`, what came could not."""
    old = "any server a sudden noise) linked a network is the goal of tries by others"
    new = "any server a network is the goal of tries a sudden noise) linked by others"
    assert told(old, new) == [("moved", "a sudden noise) linked", "a sudden noise) linked")]
    assert told(new, old) == [("moved", "a sudden noise) linked", "a sudden noise) linked")]


@pytest.mark.parametrize(
    ("old", "new", "either"),
    [
        ("and suddenly he ran home along the road", "and he ran home suddenly along the road", ("suddenly",)),
        ("between apples and pears as fruit", "between pears and apples as fruit", ("apples", "pears")),
        ("in a long dark winter or summer as ever", "in summer or a long dark winter as ever", ("summer",)),
    ],
)
def test_words_that_move_within_a_sentence(old: str, new: str, either: tuple[str, ...]) -> None:
    assert told(old, new) in [[("moved", words, words)] for words in either]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("it shall not be paid but may be kept", "it shall be paid but may not be kept"),
        ("pay 30 euros first and then the rest", "pay euros first and then 30 the rest"),
        ("we saw the man in a boat on lake", "we saw man in a boat on the lake"),
    ],
)
def test_words_that_change_the_meaning_are_told_as_gone_and_come(old: str, new: str) -> None:
    assert sorted(kind for kind, *_ in told(old, new)) == ["deleted", "inserted"]


def test_the_same_word_in_another_sentence_is_no_move() -> None:
    old = "First suddenly he came. " + "Nothing else was seen of them that day. " + "Then he went."
    new = "First he came. " + "Nothing else was seen of them that day. " + "Then suddenly he went."
    assert sorted(kind for kind, *_ in told(old, new)) == ["deleted", "inserted"]


def test_a_paragraph_moved_from_beside_a_deleted_one() -> None:
    old = "\n".join(PARAGRAPHS)
    new = "\n".join([PARAGRAPHS[0], PARAGRAPHS[3], PARAGRAPHS[4], PARAGRAPHS[1]])
    found = told(old, new)
    flat = [" ".join(paragraph.split()) for paragraph in PARAGRAPHS]
    assert sorted(found) == [("deleted", flat[2], ""), ("moved", flat[1], flat[1])]


def test_a_section_moved_with_its_heading_and_a_lost_sentence_is_one_move() -> None:
    section = "2. Inspection and faults\n" + PARAGRAPHS[1] + "\n" + PARAGRAPHS[2]
    lost = section.replace("Hidden faults follow when they are found.\n", "")
    old = "\n".join([PARAGRAPHS[0], section, PARAGRAPHS[3], PARAGRAPHS[4], "Signed by both parties on the day above."])
    new = "\n".join([PARAGRAPHS[0], PARAGRAPHS[3], PARAGRAPHS[4], lost, "Signed by both parties on the day above."])
    found = told(old, new)
    assert sorted(kind for kind, *_ in found) == ["deleted", "moved"]
    assert ("deleted", "Hidden faults follow when they are found.", "") in found


def test_the_edited_rest_of_a_moved_sentence_is_an_edit_of_it() -> None:
    body = "that the office is run by a small charity of the town which will send all of the papers"
    old, new = f"You agree {body} for you.", f"I know {body} to the state."
    told_old = [PARAGRAPHS[0], old, *PARAGRAPHS[1:]]
    told_new = [*PARAGRAPHS[:4], new, PARAGRAPHS[4]]
    assert told("\n".join(told_old), "\n".join(told_new)) == [
        ("moved", old, new),
        ("replaced", "You agree", "I know"),
        ("replaced", "for you.", "to the state."),
    ]


def test_a_few_words_that_note_and_text_have_in_common_are_no_move() -> None:
    text = [f"{line} And so on." for line in PARAGRAPHS]
    new = [*text, "Whoever has reason to believe the boxes are wet calls at once."]

    def page(lines: list[str], note: str) -> list[tuple[str, float, int]]:
        body = [(part, 100.0 + 12 * k, 0) for k, part in enumerate("\n".join(lines).splitlines())]
        return [*body, (f"† {note}", 700.0, 2)]

    old = page(text, "We do not have reason to believe the sea is near.")
    changed = page(new, "Tides are known.")
    found = [(c.kind, c.old.text if c.old else "", c.new.text if c.new else "") for c in of(old, changed)]
    assert ("inserted", "", new[-1]) in found
    assert any(kind == "replaced" and "reason to believe the sea" in before for kind, before, _ in found)


def of(old: list[tuple[str, float, int]], new: list[tuple[str, float, int]]) -> list[Change]:
    return list(compare(document(old), document(new), CompareOptions()).changes)
