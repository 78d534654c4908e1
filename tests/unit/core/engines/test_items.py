"""Reading of annotations, fields, links, outline and properties: what is found, and what hostile files cost."""

from __future__ import annotations

import io
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from core.codec import comparison_to_json
from core.compare import compare
from core.engines import pikepdf_items
from core.engines.pikepdf_forms import date
from core.engines.pikepdf_values import MOST_TEXT, numbers, shortened, string
from core.model import Item
from core.options import CompareOptions
from tests.chaos.hostile_files import raw
from tests.unit.core.objects.building import annotation, document, field, link, pdf, sheets, to_page

TEXT = sheets(2)


def items(data: bytes, sort: str, **more: Any) -> list[Item]:
    return [item for item in document(data, **more).items if item.sort == sort]


def codes(data: bytes) -> list[str]:
    return [notice.code for notice in document(data).notices]


@pytest.mark.parametrize(
    ("rotation", "box"),
    [
        (0, (100, 92, 150, 192)),
        (90, (600, 100, 700, 150)),
        (180, (462, 600, 512, 700)),
        (270, (92, 462, 192, 512)),
    ],
)
def test_boxes_are_in_the_frame_of_the_page_as_displayed(rotation: int, box: tuple[float, float, float, float]) -> None:
    def turned(made: pikepdf.Pdf) -> None:
        made.pages[0].Rotate = rotation

    note = items(pdf(TEXT, annotation(1, "Square", [100, 600, 150, 700]), turned), "rectangle")[0]
    assert note.boxes == (pytest.approx(box),)


def test_crop_box_and_unit_count() -> None:
    def cropped(made: pikepdf.Pdf) -> None:
        made.pages[0].CropBox = Array([50, 50, 500, 750])
        made.pages[0].obj["/UserUnit"] = 2

    note = items(pdf(TEXT, annotation(1, "Square", [100, 600, 150, 700]), cropped), "rectangle")[0]
    assert note.boxes == (pytest.approx((100, 100, 200, 300)),)


def test_a_destination_is_a_page_and_a_place_as_displayed() -> None:
    found = items(pdf(TEXT, link(1, [72, 700, 90, 712], to_page(2, 500))), "link")
    assert [item.properties for item in found] == [{"action": "go to", "page": "2", "x": "72.0", "y": "292.0"}]


def test_a_share_of_pages_has_its_own_items_and_one_has_those_of_the_document() -> None:
    data = pdf(TEXT, annotation(1, "Text", [1, 1, 9, 9]), annotation(2, "Text", [1, 1, 9, 9]))
    first, second = (document(data, part=k, parts=2, with_whole=k == 0) for k in (0, 1))
    assert [item.page for item in first.items if item.sort == "note"] == [1]
    assert [item.page for item in second.items] == [2]
    assert any(item.sort == "property" for item in first.items)


def test_names_and_values_come_from_the_parents_of_a_widget() -> None:
    def nested(made: pikepdf.Pdf) -> None:
        parent = made.make_indirect(Dictionary(T=String("person"), FT=Name.Tx, V=String("Ann"), Ff=2))
        child = made.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                T=String("name"),
                Parent=parent,
                Rect=Array([72, 100, 200, 120]),
            )
        )
        parent.Kids = Array([child])
        made.Root.AcroForm = Dictionary(Fields=Array([parent]))
        made.pages[0].Annots = Array([child])

    found = items(pdf(TEXT, nested), "text field")
    assert [(item.key, item.text, item.properties) for item in found] == [("person.name", "Ann", {"required": "yes"})]


def test_a_form_of_xfa_is_said() -> None:
    def xfa(made: pikepdf.Pdf) -> None:
        made.Root.AcroForm["/XFA"] = made.make_stream(b"<xdp/>")

    assert codes(pdf(TEXT, field(1, "Tx", "who", [72, 100, 200, 120]), xfa)) == ["xfa_form"]


# ---------------------------------------------------------------- hostile files


def test_looped_trees_end() -> None:
    def looped(made: pikepdf.Pdf) -> None:
        one = made.make_indirect(Dictionary(Title=String("one")))
        two = made.make_indirect(Dictionary(Title=String("two"), Next=one, First=one))
        one.Next = two
        made.Root.Outlines = made.make_indirect(Dictionary(First=one))
        kid = made.make_indirect(Dictionary(FT=Name.Sig, T=String("s")))
        kid.Kids = Array([kid])
        kid.Parent = kid
        made.Root.AcroForm = Dictionary(Fields=Array([kid, kid]))
        node = made.make_indirect(Dictionary(Names=Array([])))
        node.Kids = Array([node, node])
        made.Root.Names = Dictionary(EmbeddedFiles=node, Dests=node, JavaScript=node)
        action = made.make_indirect(Dictionary(S=Name.URI, URI=String("https://a.example")))
        action.Next = Array([action, action])
        made.Root.OpenAction = action
        widget = made.make_indirect(
            Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, Rect=Array([1, 1, 9, 9]), Parent=kid)
        )
        made.pages[0].Annots = Array([widget])

    found = document(pdf(TEXT, looped))
    assert [item.text for item in found.items if item.sort == "bookmark"] == ["one", "two"]
    assert found.notices == ()


@pytest.mark.parametrize(
    "wrong",
    [
        Dictionary(Subtype=Name.Text),
        Dictionary(Subtype=Name.Text, Rect=String("no"), Contents=Array([1, 2]), C=Name.Red, CA=String("x")),
        Dictionary(Subtype=Name.Text, Rect=Array([10**15, -(10**15), 5, 5]), F=10**15),
        Dictionary(Subtype=Name.Highlight, Rect=Array([1, 1, 9, 9]), QuadPoints=Array([1, 2, Name.X])),
        Dictionary(Subtype=Name.Ink, InkList=Array([1, Array([Name.X])])),
        Dictionary(Subtype=Name.Widget, FT=Name.Tx, V=Dictionary(A=1), Opt=1, Ff=Name.X, Rect=Array([1, 2])),
        Dictionary(Subtype=Name.Widget, FT=Name.Sig, V=Dictionary(ByteRange=Array([0, Name.X, -5, 10**18]))),
        Dictionary(Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([99, Name.XYZ, Name.X]))),
        Dictionary(Subtype=Name.Link, Dest=Array([])),
        Dictionary(Subtype=1),
        String("not a dictionary"),
    ],
)
def test_nonsense_counts_as_absent(wrong: Any) -> None:
    def edit(made: pikepdf.Pdf) -> None:
        made.pages[0].Annots = Array([wrong])

    found = document(pdf(TEXT, edit))
    assert found.notices == ()
    assert len(found.words) > 100
    assert all(abs(value) <= 1e6 + 1000 for item in found.items for box in item.boxes for value in box)


def test_more_than_the_limit_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pikepdf_items, "MOST_ON_A_PAGE", 2)
    data = pdf(TEXT, *(annotation(1, "Text", [k, 1, k + 9, 9]) for k in range(3)))
    assert len(items(data, "note")) == 2
    assert codes(data) == ["objects_cut"]


def test_what_takes_too_long_is_given_up_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pikepdf_items, "MOST_SECONDS", -1.0)
    found = document(pdf(TEXT, annotation(1, "Text", [1, 1, 9, 9])))
    assert [notice.code for notice in found.notices] == ["objects_not_read"]
    assert found.items == ()
    assert len(found.words) > 100


def test_a_password_opens_them_too() -> None:
    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(TEXT, annotation(1, "Text", [1, 1, 9, 9], Contents=String("hello"))))) as made:
        rights = pikepdf.Permissions(extract=False, modify_assembly=True)
        made.save(stream, encryption=pikepdf.Encryption(owner="o", user="u", allow=rights))
    found = document(stream.getvalue(), password="u")
    assert [item.text for item in found.items if item.sort == "note"] == ["hello"]
    forbidden = next(item for item in found.items if item.key == "Forbidden")
    assert forbidden.text == "copy text"


# ---------------------------------------------------------------- values


def test_strings_of_all_codings_are_read() -> None:
    assert string("u:plain\r\ntext\x00") == "plain\ntext"
    assert string("b:e9") == "é"
    assert string("b:fffe4100") == "A"
    assert string("b:efbbbf" + "ü".encode().hex()) == "ü"
    assert string("/Name") == "Name"
    assert string(5) == ""


def test_a_long_text_keeps_its_difference() -> None:
    one, other = "a" * MOST_TEXT + "b", "a" * MOST_TEXT + "c"
    assert len(shortened(one)) < MOST_TEXT + 100
    assert shortened(one) != shortened(other)


def test_numbers_within_reason() -> None:
    assert numbers([1, 2.5]) == [1, 2.5]
    assert numbers([1e9, -1e9]) == [1e6, -1e6]
    assert numbers([1, True]) is None
    assert numbers("12") is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("D:20260102030405+02'00'", "2026-01-02 03:04:05 +02:00"),
        ("D:20260102030405Z", "2026-01-02 03:04:05 UTC"),
        ("D:2026", "2026"),
        ("yesterday", "yesterday"),
    ],
)
def test_dates_are_written_as_people_do(text: str, written: str) -> None:
    assert date(text) == written


@pytest.mark.parametrize(("kids", "count"), [(b"3 0 R 3 0 R 3 0 R", 1), (b"3 0 R", 3)])
def test_readers_that_count_other_pages_are_no_basis_for_no_change(kids: bytes, count: int) -> None:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
    data = raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), page])
    found = document(data)
    assert [notice.code for notice in found.notices] == ["engines_disagree", "objects_not_read"]
    result = comparison_to_json(compare(found, found, CompareOptions()), names={"old": "a", "new": "b"})
    assert (result["summary"]["complete"], result["summary"]["identical"]) == (False, None)
