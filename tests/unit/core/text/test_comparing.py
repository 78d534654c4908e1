"""What is told of two documents, from columns to changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.compare import compare
from core.model import Change, Document, Flag, Kind, Layer
from core.options import CompareOptions
from tests.builders import PLAIN, document

PARAGRAPHS = [
    "The supplier shall deliver the goods within thirty days of the order.\n"
    "Partial delivery needs the consent of the buyer in writing.",
    "The buyer inspects every consignment on arrival and reports visible faults.\n"
    "Hidden faults are reported as soon as they are found.",
    "Payment falls due on the last working day of the following month.\n"
    "Late payment bears interest at two per cent above the base rate.",
    "Neither party is liable for events that lie outside its own control.\n"
    "Strikes in the works of a party are not such events at all.",
    "This agreement is governed by the law of the place of delivery.\n"
    "Disputes go to the courts that sit in that same place.",
]


def changes(old: Document, new: Document, **options: object) -> list[tuple[str, str, str, str]]:
    """(layer, kind, old text, new text) of each change."""
    found = compare(old, new, CompareOptions(**options)).changes  # type: ignore[arg-type]
    return [(str(c.layer), str(c.kind), c.old.text if c.old else "", c.new.text if c.new else "") for c in found]


def of(old: str, new: str) -> list[tuple[str, str, str, str]]:
    return changes(document(old), document(new))


def test_equal_documents_have_no_change() -> None:
    text = "\n".join(PARAGRAPHS)
    assert of(text, text) == []


def test_a_replaced_word_is_told_alone() -> None:
    assert of("pay within 30 days of receipt", "pay within 45 days of receipt") == [("text", "replaced", "30", "45")]


def test_an_exponent_is_not_a_digit() -> None:
    assert of("a load of 10² kg", "a load of 102 kg") == [("text", "replaced", "10²", "102")]
    assert of("an area of 4 m² here", "an area of 4 m2 here") == [("text", "replaced", "m²", "m2")]
    assert of("an area of 4 m² here", "an area of 4 ㎡ here") == []
    assert of("add ½ a cup", "add ¹/₂ a cup") == []


def test_reflow_over_lines_and_pages_is_no_change() -> None:
    one = document("\n".join(PARAGRAPHS))
    words = " ".join(PARAGRAPHS).split()
    lines = [" ".join(words[k : k + 5]) for k in range(0, len(words), 5)]
    other = document("\n".join(lines[:9]), "\n".join(lines[9:]))
    assert changes(one, other) == []


def test_a_word_broken_at_a_line_end_is_the_same_word() -> None:
    assert of("the whole agree~\nment is void", "the whole agreement is void") == []
    assert of("the whole agree-\nment is void", "the whole agreement is void") == []


def test_a_real_hyphen_at_a_line_end_is_kept_where_the_other_side_has_it() -> None:
    assert of("a well~\nknown case", "a well-known case") == []


def test_a_hyphen_is_the_words_own_where_its_font_signs_breaks_otherwise() -> None:
    signed = "im\u2010\nportant things are ar\u2010\nranged by their or\u2010\nder and mais ceux~\nci stand"
    (change,) = compare(document(signed), document(signed.replace(" mais ceux~\nci", "")), CompareOptions()).changes
    assert change.old and change.old.text == "mais ceux-ci"
    plain = signed.replace("\u2010", "~")
    (change,) = compare(document(plain), document(plain.replace(" mais ceux~\nci", "")), CompareOptions()).changes
    assert change.old and change.old.text == "mais ceuxci"


def test_a_hyphen_at_a_line_end_after_capitals_or_before_another_script_is_part_of_the_word() -> None:
    assert of("it ends", "it ends as an IT~\nmanager says") == [("text", "inserted", "", "as an IT-manager says")]
    assert of("it ends", "it ends as Debian~\nпроекта says") == [("text", "inserted", "", "as Debian-проекта says")]
    assert of("it ends", "it ends as an agree~\nment says") == [("text", "inserted", "", "as an agreement says")]


def test_a_latin_word_cut_without_a_sign_among_ideographs_is_one_word() -> None:
    known = "日 本 Debian 語\n"
    assert of(known, known + "日 本 語 Debia\nn 本 日") == [("text", "inserted", "", "日 本 語 Debian 本 日")]
    assert of(known + "in to\n", known + "in to\n日 本 語 in\nto 本 日") == [
        ("text", "inserted", "", "日 本 語 in to 本 日")
    ]
    assert of("A Debian word", "A Debian word ends as Debia\nn here") == [
        ("text", "inserted", "", "ends as Debia n here")
    ]


def test_a_hyphen_inside_a_line_is_a_change() -> None:
    assert of("they re-sign the lease", "they resign the lease") == [("text", "replaced", "re-sign", "resign")]


def test_a_letter_spaced_heading_is_the_same_heading() -> None:
    assert of("C O N T R A C T of sale", "CONTRACT of sale") == []


def test_quotes_dashes_and_ligatures_are_folded() -> None:
    assert of("the “buyer” – as defined", 'the "buyer" - as defined') == []


def test_a_moved_paragraph_is_one_move() -> None:
    old = document("\n".join(PARAGRAPHS))
    new = document("\n".join([PARAGRAPHS[1], PARAGRAPHS[2], PARAGRAPHS[3], PARAGRAPHS[0], PARAGRAPHS[4]]))
    found = changes(old, new)
    assert [(layer, kind) for layer, kind, *_ in found] == [("text", "moved")]
    assert found[0][2] == found[0][3] == " ".join(PARAGRAPHS[0].split())


def test_a_moved_and_edited_paragraph_is_a_move_with_a_change_inside() -> None:
    old = document("\n".join(PARAGRAPHS))
    edited = PARAGRAPHS[0].replace("thirty", "sixty")
    new = document("\n".join([PARAGRAPHS[1], PARAGRAPHS[2], PARAGRAPHS[3], edited, PARAGRAPHS[4]]))
    found = changes(old, new)
    assert sorted(kind for _, kind, *_ in found) == ["moved", "replaced"]
    assert ("text", "replaced", "thirty", "sixty") in found


def test_moves_can_be_ignored() -> None:
    old = document("\n".join(PARAGRAPHS))
    new = document("\n".join([*PARAGRAPHS[1:], PARAGRAPHS[0]]))
    found = compare(old, new, CompareOptions(ignore=("moves",)))
    assert (found.changes, found.detail["ignored"]) == ((), {"moves": 1})


def running(number: int, body: str, title: str = "Supply agreement") -> list[tuple[str, float, int]]:
    """A page with a header and a page number around its text."""
    lines = [(line, 120.0 + 12 * k, 0) for k, line in enumerate(body.splitlines())]
    return [(title, 40.0, 0), *lines, (f"Page {number}", 770.0, 0)]


def test_running_lines_that_shift_and_renumber_are_silent() -> None:
    old = document(*(running(k + 1, text) for k, text in enumerate(PARAGRAPHS[:4])))
    new = document(*(running(k + 1, text) for k, text in enumerate([PARAGRAPHS[4], *PARAGRAPHS[:4]])))
    found = changes(old, new)
    assert [(layer, kind) for layer, kind, *_ in found] == [("page", "inserted")]


@pytest.mark.parametrize(
    ("old", "new", "told"), [("P-101", "P-102", 1), ("S 4", "S 5", 1), ("S. 4", "S. 5", 0), ("Page 4", "Page 5", 0)]
)
def test_the_mark_of_a_part_at_the_foot_is_no_page_number(old: str, new: str, told: int) -> None:
    body = [(line, 120.0 + 12 * k, 0) for k, line in enumerate(PARAGRAPHS[0].splitlines())]
    found = changes(document([*body, (old, 770.0, 0)]), document([*body, (new, 770.0, 0)]))
    assert len(found) == told


def test_a_changed_header_is_one_change() -> None:
    old = document(*(running(k + 1, text, "Draft of March") for k, text in enumerate(PARAGRAPHS)))
    new = document(*(running(k + 1, text, "Draft of April") for k, text in enumerate(PARAGRAPHS)))
    assert changes(old, new) == [("text", "replaced", "March", "April")]
    assert changes(old, new, ignore=("headers",)) == []


def test_shifted_running_lines_are_shown_on_demand() -> None:
    old = document(*(running(k + 1, text) for k, text in enumerate(PARAGRAPHS)))
    new = document(*(running(k + 2, text) for k, text in enumerate(PARAGRAPHS)))
    assert changes(old, new) == []
    found = changes(old, new, show_running=True)
    assert ("page", "replaced", "Page 1", "Page 2") in found
    assert {layer for layer, *_ in found} == {"page"}


def test_a_moved_page_is_not_reported_as_deleted() -> None:
    old = document(*PARAGRAPHS)
    new = document(*PARAGRAPHS[1:], PARAGRAPHS[0])
    comparison = compare(old, new, CompareOptions())
    assert [(c.layer, c.kind) for c in comparison.changes] == [(Layer.PAGE, Kind.MOVED)]
    assert {(p.old, p.new) for p in comparison.page_map} == {(2, 1), (3, 2), (4, 3), (5, 4), (1, 5)}


def test_a_deleted_page_stands_in_the_page_map() -> None:
    comparison = compare(document(*PARAGRAPHS), document(PARAGRAPHS[0], *PARAGRAPHS[2:]), CompareOptions())
    assert (2, None) in {(p.old, p.new) for p in comparison.page_map}
    assert [(c.layer, c.kind) for c in comparison.changes] == [(Layer.PAGE, Kind.DELETED)]


def test_a_bold_word_is_a_style_change() -> None:
    text = "\n".join(PARAGRAPHS)
    found = compare(document(text), document(text.replace("consent", "*consent*")), CompareOptions()).changes
    assert [(c.layer, c.old and c.old.text, c.detail["to"]) for c in found] == [
        (Layer.STYLE, "consent", {"bold": True})
    ]


def test_an_underline_and_another_family_are_style_changes() -> None:
    old = document("\n".join(PARAGRAPHS))
    flags = old.words.flags.copy()
    flags[3] |= Flag.UNDERLINE
    underlined = replace(old, words=replace(old.words, flags=flags))
    (change,) = compare(old, underlined, CompareOptions()).changes
    assert change.detail["to"] == {"underline": True}
    other = replace(PLAIN, font="Courier", family="Courier")
    style = old.words.style.copy()
    style[5] = len(old.styles)
    refonted = replace(old, words=replace(old.words, style=style), styles=(*old.styles, other))
    (change,) = compare(old, refonted, CompareOptions()).changes
    assert change.detail["to"] == {"family": "Courier"}


def test_a_size_is_seen_alike_whether_it_grew_or_shrank() -> None:
    old = document("\n".join(PARAGRAPHS))
    for size, seen in ((10.5, 0), (10.62, 1)):
        style = old.words.style.copy()
        style[5] = len(old.styles)
        larger = replace(old, words=replace(old.words, style=style), styles=(*old.styles, replace(PLAIN, size=size)))
        assert [len(compare(*pair, CompareOptions()).changes) for pair in ((old, larger), (larger, old))] == [seen] * 2


def test_a_highlight_is_a_style_change_and_words_of_two_looks_that_change_alike_are_one_run() -> None:
    old = document("\n".join(PARAGRAPHS))
    style = old.words.style.copy()
    style[4] = len(old.styles)
    styles = (*old.styles, replace(PLAIN, bold=True))
    mixed = replace(old, words=replace(old.words, style=style), styles=styles)
    flags = mixed.words.flags.copy()
    flags[2:7] |= int(Flag.HIGHLIGHT)
    marked = replace(mixed, words=replace(mixed.words, flags=flags))
    (change,) = compare(mixed, marked, CompareOptions()).changes
    assert change.detail["from"] == {"highlighted": False}
    assert change.detail["to"] == {"highlighted": True}
    assert change.old is not None
    assert change.old.text.split() == [old.words.text(k) for k in range(2, 7)]


def test_another_template_is_no_style_change() -> None:
    old = document([(line, 100.0 + 12 * k, 0) for k, line in enumerate("\n".join(PARAGRAPHS).splitlines())])
    new = document([(line, 100.0 + 12 * k, 2) for k, line in enumerate("\n".join(PARAGRAPHS).splitlines())])
    assert changes(old, new) == []


def test_a_deleted_section_takes_its_number_with_it() -> None:
    gone = "5. Second matter\nAll of that goes away."
    old = f"4. First matter\nAll of this stays.\n{gone}\n6. Third matter\nThis stays too."
    new = "4. First matter\nAll of this stays.\n5. Third matter\nThis stays too."
    assert of(old, new) == [
        ("text", "deleted", "5. Second matter All of that goes away.", ""),
        ("text", "replaced", "6.", "5."),
    ]


def test_a_sentence_around_a_little_word_is_inserted_whole() -> None:
    old = "it goes from the plain one to the best there is"
    sentence = "At this stage the menu allows you to choose what is loaded."
    new = old.replace(" to ", f" {sentence} ")
    assert sorted(of(old, new)) == [("text", "deleted", "to", ""), ("text", "inserted", "", sentence)]
    assert sorted(of(new, old)) == [("text", "deleted", sentence, ""), ("text", "inserted", "", "to")]


def test_a_word_that_says_something_is_not_given_up_for_a_sentence() -> None:
    old = "the parties agree that they are not bound by it"
    new = "the parties agree that they are Nobody of them is not held by law to anything. bound by it"
    assert ("text", "deleted", "not", "") not in of(old, new)


def test_two_insertions_around_a_word_stay_two() -> None:
    old = "it goes from the plain one to the best there is"
    new = "it goes from the plain one that we had last year to almost every day of the best there is"
    assert of(old, new) == [
        ("text", "inserted", "", "that we had last year"),
        ("text", "inserted", "", "almost every day of"),
    ]


def test_ignored_case_and_punctuation() -> None:
    old, new = document("The Buyer, as defined"), document("the buyer as defined")
    assert changes(old, new, ignore=("case", "punctuation")) == []
    assert changes(old, new, ignore=("case",)) == [("text", "replaced", "Buyer,", "buyer")]


def test_layers_filter_what_is_told() -> None:
    old, new = document("one two three"), document("one 2 three")
    assert changes(old, new, layers=("style",)) == []


def test_swapping_sides_swaps_insertions_and_deletions() -> None:
    old, new = (
        document("\n".join(PARAGRAPHS)),
        document("\n".join([*PARAGRAPHS[:2], "An entirely new clause stands here.", *PARAGRAPHS[3:]])),
    )
    there = {(kind, a, b) for _, kind, a, b in changes(old, new)}
    back = {
        ({"inserted": "deleted", "deleted": "inserted"}.get(kind, kind), b, a) for _, kind, a, b in changes(new, old)
    }
    assert there == back


def names(found: tuple[Change, ...]) -> dict[tuple[str, str], str]:
    return {(c.old.text if c.old else "", c.new.text if c.new else ""): c.id for c in found if c.layer is Layer.TEXT}


def test_names_survive_other_options_and_a_page_in_front() -> None:
    old = document("\n".join(PARAGRAPHS))
    new_text = "\n".join(PARAGRAPHS).replace("thirty", "sixty").replace("two per cent", "three per cent")
    first = names(compare(old, document(new_text), CompareOptions()).changes)
    fewer = names(compare(old, document(new_text), CompareOptions(layers=("text",))).changes)
    shifted = names(
        compare(old, document("A cover page that was not there before.", new_text), CompareOptions()).changes
    )
    assert first and fewer == first
    assert first.items() <= shifted.items()


def test_every_page_says_how_it_was_compared_and_boxes_lie_on_the_words() -> None:
    old, new = document("pay within 30 days"), document("pay within 45 days")
    (change,) = compare(old, new, CompareOptions()).changes
    assert change.new is not None
    (region,) = change.new.regions
    assert (region.page, region.box) == (1, (125.0, 100.0, 135.0, 110.0))
    assert change.detail["context"] == {"old": "pay within 30 days", "new": "pay within 45 days"}
    assert (str(change.severity), change.detail["reason"]) == ("major", "period")


def test_an_empty_document_compares() -> None:
    assert changes(document(""), document("")) == []
    assert [kind for _, kind, *_ in changes(document(""), document("some words here"))] == ["inserted"]


def test_dot_leaders_are_not_words() -> None:
    assert of("Prices . . . . . . 7", "Prices . . . 7") == []
    assert of("wait ... for it", "wait for it") == [("text", "deleted", "...", "")]


def test_numbers_in_a_list_of_contents_that_follow_the_pages_are_minor() -> None:
    contents = "Contents of this\nFirst part . . . . 2\nSecond part . . . . {}"
    old = document(*(running(k + 1, t) for k, t in enumerate([contents.format(3), *PARAGRAPHS[:2]])))
    new = document(
        *(running(k + 1, t) for k, t in enumerate([contents.format(4), PARAGRAPHS[0], PARAGRAPHS[4], PARAGRAPHS[1]]))
    )
    found = [c for c in compare(old, new, CompareOptions()).changes if c.layer is Layer.TEXT]
    assert [(str(c.severity), c.detail["reason"]) for c in found] == [("minor", "page reference")]


def test_a_page_number_line_needs_no_twin() -> None:
    old = document(running(1, PARAGRAPHS[0]))
    new = document([*running(1, PARAGRAPHS[0])[:-1], ("Page 1 of 1", 770.0, 0)])
    assert changes(old, new) == []


def without_text(source: Document, number: int, picture: str = "") -> Document:
    """The document with one page that could not be compared."""
    pages = tuple(replace(p, compared=(), picture=picture) if p.number == number else p for p in source.pages)
    return replace(source, pages=pages)


def test_nothing_is_told_of_a_page_whose_partner_could_not_be_compared() -> None:
    old = document(*PARAGRAPHS)
    new = without_text(document(PARAGRAPHS[0], "", *PARAGRAPHS[2:]), 2)
    comparison = compare(old, new, CompareOptions())
    assert comparison.changes == ()
    assert comparison.old.pages[1].compared == ()
    assert [n.code for n in comparison.old.pages[1].notices] == ["partner_not_compared"]


def test_pages_without_text_are_compared_by_equal_pictures() -> None:
    old, new = (without_text(document(PARAGRAPHS[0], ""), 2, picture="a") for _ in "ab")
    comparison = compare(old, new, CompareOptions())
    assert comparison.changes == ()
    assert [p.compared for p in comparison.new.pages] == [("text",), ("pixels",)]
    other = compare(old, without_text(document(PARAGRAPHS[0], ""), 2, picture="b"), CompareOptions())
    assert [p.compared for p in other.new.pages] == [("text",), ()]


def test_what_is_missing_has_a_place_on_the_partner_page() -> None:
    old = document(PARAGRAPHS[0], "Gone words stand first here.\n" + PARAGRAPHS[1])
    (change,) = compare(old, document(*PARAGRAPHS[:2]), CompareOptions()).changes
    assert (change.kind, change.detail["anchor"]["page"]) == (Kind.DELETED, 2)


def test_far_parts_of_one_line_are_marked_apart() -> None:
    old, new = document("The left part"), document("The left part and right end")
    box = new.words.box.copy()
    box[4:] += np.array([300, 0, 300, 0], np.float32)
    (change,) = compare(old, replace(new, words=replace(new.words, box=box)), CompareOptions()).changes
    assert change.new is not None
    assert change.new.text == "and right end"
    assert len(change.new.regions) == 2


def test_heads_made_of_chapter_and_section_are_silent_when_pages_shift() -> None:
    chapters = ["Requirements", "Preparation", "Installation"]
    sections = ["Supported hardware", "Backing up files", "Booting the system"]

    def book(extra: str) -> Document:
        pages: list[list[tuple[str, float, int]]] = []
        for k, (chapter, section) in enumerate(zip(chapters, sections, strict=True), 1):
            head = (f"CHAPTER {k}. {chapter.upper()} {k}.1. {section.upper()}", 40.0, 2)
            title = [(f"Chapter {k}", 130.0, 3), (chapter, 160.0, 3), (f"{k}.1 {section}", 200.0, 3)]
            body = [(line, 240.0 + 12 * n, 0) for n, line in enumerate(PARAGRAPHS[k].splitlines() * 3)]
            pages.append([("", 40.0, 0), *title, *body])
            pages.extend([[head, *body], [head, *body]] if k != 2 or not extra else [[head, *body]])
        return document(*pages)

    found = changes(book(""), book("shorter"))
    assert not [change for change in found if "CHAPTER" in change[2] + change[3]], found


def test_a_bullet_that_touches_its_item_is_no_word() -> None:
    assert of("•one item\n•another item", "one item\nanother item") == []
    assert of("•one item\n•another item", "• one item\n• another item") == []
    assert of("one a·b item", "one ab item") != []
