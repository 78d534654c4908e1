"""Annotations, fields, links, bookmarks and properties: what is told, and what is not."""

from __future__ import annotations

from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from core.model import Change, Kind, Severity
from tests.unit.core.objects.building import (
    Edit,
    address,
    annotation,
    attachment,
    bookmarks,
    changes,
    field,
    highlight,
    information,
    line_rect,
    link,
    pdf,
    sheets,
    to_page,
)

TEXT = sheets(3)
PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmp:CreatorTool="Writer {title}"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
NOTE = annotation(1, "Text", [300, 700, 320, 720], Contents=String("Please check."), T=String("Ann"))


def told(found: list[Change]) -> list[tuple[str, str]]:
    return [(str(change.layer), str(change.kind)) for change in found]


def compared(old: list[Edit], new: list[Edit], new_text: list[list[str]] | None = None) -> list[Change]:
    return changes(pdf(TEXT, *old), pdf(TEXT if new_text is None else new_text, *new))


# ---------------------------------------------------------------- comments


def test_a_comment_that_came_is_one_change_at_its_place() -> None:
    found = compared([], [NOTE])
    assert told(found) == [("annotation", "inserted")]
    assert found[0].new is not None and found[0].new.text == "Please check."
    assert found[0].new.regions[0].page == 1
    assert found[0].new.regions[0].box == pytest.approx((300, 72, 320, 92))
    assert found[0].detail["sort"] == "note"
    assert found[0].detail["properties"]["author"] == [None, "Ann"]


def test_another_text_of_a_comment_is_told_with_both() -> None:
    other = annotation(1, "Text", [300, 700, 320, 720], Contents=String("Checked on 5 May."), T=String("Ann"))
    found = compared([NOTE], [other])
    assert told(found) == [("annotation", "replaced")]
    assert found[0].old is not None and found[0].new is not None
    assert (found[0].old.text, found[0].new.text) == ("Please check.", "Checked on 5 May.")
    assert found[0].severity is Severity.MAJOR


@pytest.mark.parametrize(
    ("more", "name", "values"),
    [
        ({"T": String("Bob")}, "author", ["Ann", "Bob"]),
        ({"C": Array([1, 0, 0])}, "color", [None, "#ff0000"]),
        ({"CA": 0.4}, "opacity", [None, "0.40"]),
        ({"F": 2}, "hidden", [None, "yes"]),
        ({"F": 0}, "printed", [None, "no"]),
    ],
)
def test_other_properties_of_a_comment_are_told(more: dict[str, Any], name: str, values: list[str | None]) -> None:
    entries = {"Contents": String("Please check."), "T": String("Ann"), **more}
    found = compared([NOTE], [annotation(1, "Text", [300, 700, 320, 720], **entries)])
    assert told(found) == [("annotation", "replaced")]
    assert found[0].detail["properties"][name] == values


def test_the_date_of_a_comment_alone_is_no_change() -> None:
    other = annotation(
        1, "Text", [300, 700, 320, 720], Contents=String("Please check."), T=String("Ann"), M=String("D:20260101")
    )
    assert compared([NOTE], [other]) == []


def test_a_comment_that_was_dragged_has_moved() -> None:
    found = compared(
        [NOTE], [annotation(1, "Text", [400, 500, 420, 520], Contents=String("Please check."), T=String("Ann"))]
    )
    assert told(found) == [("annotation", "moved")]


def test_a_highlight_goes_with_its_words_through_reflow() -> None:
    mark = highlight(2, 4, 6, 6)
    longer = [[f"A new line {k} goes here now, of which nothing was known." for k in range(3)] + TEXT[0], *TEXT[1:]]
    assert compared([mark], [mark], longer) == []


def test_a_highlight_over_more_words_is_told() -> None:
    found = compared([highlight(1, 3, 8, 4)], [highlight(1, 3, 8, 24)])
    assert told(found) == [("annotation", "replaced")]
    old, new = found[0].detail["properties"]["words"]
    assert len(new) > len(old)


def test_comments_of_an_inserted_page_are_told_by_the_page() -> None:
    extra = sheets(1, start=9)
    note = annotation(2, "Text", [300, 700, 320, 720], Contents=String("On the new page."))
    assert compared([], [note], [TEXT[0], *extra, *TEXT[1:]]) == []


def test_a_reply_and_a_review_state_are_comments() -> None:
    def answer(made: pikepdf.Pdf) -> None:
        parent = made.pages[0].Annots[0]
        for contents, more in (("Agreed.", {}), ("Accepted by Bob", {"/State": String("Accepted")})):
            made.pages[0].Annots.append(
                made.make_indirect(
                    Dictionary(
                        {
                            "/Type": Name.Annot,
                            "/Subtype": Name.Text,
                            "/Rect": Array([300, 700, 320, 720]),
                            "/IRT": parent,
                            "/Contents": String(contents),
                            "/F": 4,
                            **more,
                        }
                    )
                )
            )

    found = compared([NOTE], [NOTE, answer])
    assert sorted(change.detail["sort"] for change in found) == ["reply", "review"]
    assert all(change.detail["properties"]["answers"] == [None, "Please check."] for change in found)


# ---------------------------------------------------------------- links


def test_another_address_is_told_with_the_words() -> None:
    rect = line_rect(2, 8, 7)
    found = compared([link(1, rect, address("https://a.example/x"))], [link(1, rect, address("https://b.example/x"))])
    assert told(found) == [("link", "replaced")]
    assert found[0].detail["properties"]["target"] == ["https://a.example/x", "https://b.example/x"]
    assert found[0].old is not None and "line 2" in found[0].old.text


def test_a_link_inside_follows_its_page() -> None:
    rect = line_rect(2, 8, 7)
    extra = sheets(1, start=9)
    assert compared([link(1, rect, to_page(3))], [link(1, rect, to_page(4))], [TEXT[0], *extra, *TEXT[1:]]) == []


def test_a_link_inside_that_leads_elsewhere_is_told() -> None:
    rect = line_rect(2, 8, 7)
    found = compared([link(1, rect, to_page(2))], [link(1, rect, to_page(3))])
    assert told(found) == [("link", "replaced")]
    assert [text.partition(" (")[0] for text in found[0].detail["properties"]["target"]] == ["page 2", "page 3"]


def test_one_link_or_one_for_each_line_is_the_same() -> None:
    def over_two_lines(made: pikepdf.Pdf) -> None:
        first, second = line_rect(2, 0, 60), line_rect(3, 0, 60)
        quads = [first[0], first[3], first[2], first[3], first[0], first[1], first[2], first[1]]
        quads += [second[0], second[3], second[2], second[3], second[0], second[1], second[2], second[1]]
        thing = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([first[0], second[1], first[2], first[3]]),
            QuadPoints=Array(quads),
            A=address("https://a.example"),
        )
        made.pages[0].Annots = Array([made.make_indirect(thing)])

    parts = [link(1, line_rect(k, 0, 60), address("https://a.example")) for k in (2, 3)]
    assert compared([over_two_lines], parts) == []


def test_a_link_that_starts_a_program_is_major() -> None:
    launch = Dictionary(S=Name.Launch, F=String("calc.exe"))
    found = compared([], [link(1, line_rect(2, 8, 7), launch)])
    assert told(found) == [("link", "inserted")]
    assert found[0].severity is Severity.MAJOR


def test_all_links_lost_are_one_change() -> None:
    many = [link(1 + k % 3, line_rect(k // 3, 0, 7), address(f"https://a.example/{k}")) for k in range(30)]
    found = compared(many, [])
    assert told(found) == [("link", "deleted")]
    assert found[0].detail["count"] == 30
    assert found[0].old is not None and len(found[0].old.regions) == 30


def test_one_edit_of_many_addresses_is_one_change() -> None:
    def many(scheme: str) -> list[Edit]:
        return [link(1 + k % 3, line_rect(k // 3, 0, 7), address(f"{scheme}://a.example/{k}")) for k in range(30)]

    found = compared(many("http"), many("https"))
    assert [change.detail.get("count") for change in found] == [30]


def test_a_named_destination_is_the_place_it_names() -> None:
    def named(page: int, name: str) -> Edit:
        def edit(made: pikepdf.Pdf) -> None:
            made.Root.Dests = Dictionary({f"/{name}": to_page(page)(made)})

        return edit

    rect = line_rect(2, 8, 7)
    old = [named(2, "chapter.1"), link(1, rect, String("chapter.1"))]
    assert compared(old, [named(2, "chapter.7"), link(1, rect, String("chapter.7"))]) == []
    found = compared(old, [named(3, "chapter.1"), link(1, rect, String("chapter.1"))])
    assert told(found) == [("link", "replaced")]


# ---------------------------------------------------------------- forms


def test_another_value_of_a_field_is_told_with_both() -> None:
    rect = [72.0, 100.0, 272.0, 118.0]
    found = compared(
        [field(1, "Tx", "sum", rect, V=String("1,000 EUR"))], [field(1, "Tx", "sum", rect, V=String("9,000 EUR"))]
    )
    assert told(found) == [("form", "replaced")]
    assert found[0].old is not None and found[0].new is not None
    assert (found[0].old.text, found[0].new.text) == ("1,000 EUR", "9,000 EUR")
    assert found[0].severity is Severity.MAJOR
    assert found[0].detail["name"] == "sum"


def test_a_box_that_was_checked_is_major() -> None:
    rect = [72.0, 100.0, 84.0, 112.0]
    states = Dictionary(N=Dictionary(Yes=Dictionary(), Off=Dictionary()))
    found = compared(
        [field(1, "Btn", "agree", rect, V=Name.Off, AS=Name.Off, AP=states)],
        [field(1, "Btn", "agree", rect, V=Name.Yes, AS=Name.Yes, AP=states)],
    )
    assert told(found) == [("form", "replaced")]
    assert found[0].detail["properties"]["checked"] == ["no", "yes"]
    assert found[0].severity is Severity.MAJOR


@pytest.mark.parametrize(
    ("more", "name", "values"),
    [
        ({"Ff": 2}, "required", [None, "yes"]),
        ({"Ff": 1}, "read only", [None, "yes"]),
        ({"MaxLen": 12}, "longest", [None, "12"]),
        ({"DV": String("none")}, "default", [None, "none"]),
        ({"TU": String("Your name")}, "label", [None, "Your name"]),
    ],
)
def test_other_properties_of_a_field_are_told(more: dict[str, Any], name: str, values: list[str | None]) -> None:
    rect = [72.0, 100.0, 272.0, 118.0]
    found = compared([field(1, "Tx", "who", rect)], [field(1, "Tx", "who", rect, **more)])
    assert told(found) == [("form", "replaced")]
    assert found[0].detail["properties"][name] == values


def test_a_field_that_was_renamed_or_dragged_is_one_change() -> None:
    rect, away = [72.0, 100.0, 272.0, 118.0], [272.0, 300.0, 472.0, 318.0]
    renamed = compared([field(1, "Tx", "who", rect)], [field(1, "Tx", "whom", rect)])
    assert [change.detail["properties"] for change in renamed] == [{"name": ["who", "whom"]}]
    assert told(compared([field(1, "Tx", "who", rect)], [field(1, "Tx", "who", away)])) == [("form", "moved")]


def test_a_signature_says_what_it_covers() -> None:
    def signed(made: pikepdf.Pdf) -> None:
        value = made.make_indirect(
            Dictionary(
                Type=Name.Sig,
                SubFilter=Name("/adbe.pkcs7.detached"),
                Name=String("Ann Example"),
                Reason=String("I approve."),
                ByteRange=Array([0, 10, 20, 30]),
            )
        )
        field(1, "Sig", "signature", [72, 100, 200, 130], V=value)(made)

    found = compared([], [signed])
    assert told(found) == [("form", "inserted")]
    assert found[0].severity is Severity.MAJOR
    assert found[0].new is not None and found[0].new.text == "Ann Example"
    properties = found[0].detail["properties"]
    assert properties["reason"] == [None, "I approve."]
    assert properties["covers"][1].startswith("revision 1, not")
    assert len(found[0].new.regions) == 1


# ---------------------------------------------------------------- bookmarks

OUTLINE = [("1 Ash", 1, 1), ("1.1 Bark", 2, 1), ("2 Beech", 1, 2), ("3 Cedar", 1, 3)]


def renumbered(*entries: tuple[str, int, int]) -> list[Edit]:
    return [bookmarks(*entries)]


def test_bookmarks_that_came_went_or_were_renamed_are_told() -> None:
    old = renumbered(*OUTLINE)
    came = compared(old, renumbered(*OUTLINE[:2], ("2 Birch", 1, 2), *OUTLINE[2:]))
    assert [(change.kind, change.new.text) for change in came if change.new] == [(Kind.INSERTED, "2 Birch")]
    went = compared(old, renumbered(*OUTLINE[2:]))
    assert [(change.kind, change.old.text) for change in went if change.old] == [(Kind.DELETED, "1 Ash\n1.1 Bark")]
    named = compared(old, renumbered(*OUTLINE[:3], ("3 Cedars", 1, 3)))
    assert [(c.kind, c.old.text, c.new.text) for c in named if c.old and c.new] == [
        (Kind.REPLACED, "3 Cedar", "3 Cedars")
    ]


def test_a_bookmark_elsewhere_has_moved() -> None:
    found = compared(renumbered(*OUTLINE), renumbered(OUTLINE[3], *OUTLINE[:3]))
    assert [(change.kind, change.new.text) for change in found if change.new] == [(Kind.MOVED, "3 Cedar")]


def test_bookmarks_follow_their_pages_and_new_numbers_are_one_change() -> None:
    extra = sheets(1, start=9)
    new = [("1 Ash", 1, 1), ("1.1 Bark", 2, 1), ("3 Beech", 1, 3), ("4 Cedar", 1, 4)]
    found = compared(renumbered(*OUTLINE), renumbered(*new), [TEXT[0], *extra, *TEXT[1:]])
    assert {change.detail["reason"] for change in found} == {"numbering"}
    assert all(change.severity is Severity.MINOR for change in found)


def test_a_bookmark_that_leads_elsewhere_is_told() -> None:
    found = compared(renumbered(*OUTLINE), renumbered(*OUTLINE[:3], ("3 Cedar", 1, 1)))
    assert told(found) == [("outline", "replaced")]
    assert "target" in found[0].detail["properties"]


# ---------------------------------------------------------------- facts


def test_properties_are_told_and_traces_of_production_are_not() -> None:
    found = compared(
        [information(Title="Draft", Producer="One 1.0", Creator="Writer", ModDate="D:20250101")],
        [information(Title="Final", Producer="Two 2.0", Creator="Other", ModDate="D:20260101", Project="Bridge")],
    )
    assert [(c.kind, c.detail["name"]) for c in found] == [(Kind.INSERTED, "Project"), (Kind.REPLACED, "Title")]


def test_what_dictionary_and_packet_both_say_is_one_property() -> None:
    def packet(title: str) -> Edit:
        def edit(made: pikepdf.Pdf) -> None:
            made.docinfo["/Title"] = title
            made.Root.Metadata = made.make_stream(PACKET.format(title=title).encode())

        return edit

    found = compared([packet("Draft")], [packet("Final")])
    assert [(c.kind, c.detail["name"]) for c in found] == [(Kind.REPLACED, "Title")]
    assert compared([information(Title="Draft")], [packet("Draft")]) == []
    two = compared([packet("Draft")], [packet("Final"), information(Title="Draft")])
    assert [(c.kind, c.detail["name"]) for c in two] == [(Kind.INSERTED, "Title (XMP)")]


def test_attachments_are_told_by_name_and_content() -> None:
    one, other = attachment("data.csv", b"a,b\n1,2\n"), attachment("data.csv", b"a,b\n1,3\n")
    assert told(compared([], [one])) == [("metadata", "inserted")]
    found = compared([one], [other])
    assert told(found) == [("metadata", "replaced")]
    assert "content" in found[0].detail["properties"]
    renamed = compared([one], [attachment("figures.csv", b"a,b\n1,2\n")])
    assert [(c.kind, c.old.text, c.new.text) for c in renamed if c.old and c.new] == [
        (Kind.REPLACED, "data.csv", "figures.csv")
    ]


def test_page_labels_are_one_change_and_inserted_pages_none() -> None:
    def labels(*runs: tuple[int, str]) -> Edit:
        def edit(made: pikepdf.Pdf) -> None:
            nums: list[Any] = []
            for index, style in runs:
                nums += [index, Dictionary(S=Name(f"/{style}"))]
            made.Root.PageLabels = Dictionary(Nums=Array(nums))

        return edit

    old = labels((0, "r"), (1, "D"))
    assert told(compared([old], [labels((0, "D"))])) == [("metadata", "replaced")]
    extra = sheets(1, start=9)
    assert compared([old], [old], [*TEXT[:2], *extra, TEXT[2]]) == []
    assert compared([old], [labels((0, "r"), (2, "D"))], [TEXT[0], *extra, *TEXT[1:]]) == []


def test_layers_are_told_by_name_and_state() -> None:
    def layer(name: str, *, shown: bool = True) -> Edit:
        def edit(made: pikepdf.Pdf) -> None:
            group = made.make_indirect(Dictionary(Type=Name.OCG, Name=String(name)))
            state = Dictionary() if shown else Dictionary(OFF=Array([group]))
            made.Root.OCProperties = Dictionary(OCGs=Array([group]), D=state)

        return edit

    found = compared([layer("Dimensions")], [layer("Dimensions", shown=False)])
    assert [c.detail["properties"] for c in found] == [{"shown": ["yes", "no"]}]
    assert sorted(told(compared([layer("One")], [layer("Two")]))) == [("metadata", "deleted"), ("metadata", "inserted")]


def test_a_script_that_came_is_major() -> None:
    def script(made: pikepdf.Pdf) -> None:
        made.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert('hello')"))

    found = compared([], [script])
    assert told(found) == [("metadata", "inserted")]
    assert found[0].severity is Severity.MAJOR
    assert found[0].detail["name"] == "on opening"


# ---------------------------------------------------------------- all of it

EVERYTHING: list[Edit] = [
    NOTE,
    highlight(2, 4, 6, 6, Contents=String("hm")),
    annotation(1, "Square", [72, 300, 200, 400], C=Array([0, 0, 1])),
    link(1, line_rect(2, 8, 7), address("https://a.example")),
    link(1, line_rect(5, 8, 7), to_page(3)),
    field(2, "Tx", "who", [72, 100, 272, 118], V=String("Ann")),
    bookmarks(*OUTLINE),
    information(Title="Draft"),
    attachment("data.csv", b"a,b\n"),
]


def test_the_same_is_quiet_and_swapped_sides_mirror() -> None:
    full, bare = pdf(TEXT, *EVERYTHING), pdf(TEXT)
    assert changes(full, full) == []
    came, went = changes(bare, full), changes(full, bare)
    assert len(came) == len(EVERYTHING) + 2  # three branches of bookmarks
    mirror = {"inserted": "deleted", "deleted": "inserted"}
    assert sorted(told(came)) == sorted((layer, mirror.get(kind, kind)) for layer, kind in told(went))


def test_names_of_changes_do_not_depend_on_pages_in_front() -> None:
    note = annotation(3, "Text", [300, 700, 320, 720], Contents=String("Please check."))
    later = annotation(4, "Text", [300, 700, 320, 720], Contents=String("Please check."))
    before = {change.id for change in compared([], [note])}
    extra = sheets(1, start=9)
    after = {change.id for change in compared([], [later], [*extra, *TEXT])}
    assert before == after
