from dataclasses import replace

from core.coverage import coverage, looked_for, settle_ways
from core.model import Document, Image, Item, Notice, Page
from core.options import LAYERS
from tests.builders import document


def many() -> Document:
    """Page 1 words, 2 with an image and a link, 3 not to be compared, 4 compared by its picture."""
    words = document("a b", "c", "d", "e")
    pages = (
        *words.pages[:2],
        Page(3, 612, 792, (), (Notice("no_text", "is a scan", 3),)),
        Page(4, 612, 792, ("pixels",)),
    )
    box = (0.0, 0.0, 9.0, 9.0)
    image = Image(2, box, "d", "", (1, 1))
    items = tuple(Item(layer, "x", "", page, box, "t") for layer, page in (("link", 2), ("form", 3), ("form", 4)))
    nowhere = Item("metadata", "x", "", None, None, "t")
    return Document("0" * 64, 4, pages, words.words, words.styles, images=(image,), items=(*items, nowhere))


def ways(*layers: str, tabled: tuple[int, ...] = ()) -> list[tuple[str, ...]]:
    return [page.compared for page in settle_ways(many(), layers, tabled).pages]


def test_a_page_names_what_it_holds_of_the_chosen_layers() -> None:
    assert ways(*LAYERS, tabled=(1,)) == [
        ("text", "tables"),
        ("text", "images", "links"),
        (),
        ("forms", "pixels"),
    ]


def test_what_was_not_chosen_is_not_named() -> None:
    assert ways("text") == [("text",), ("text",), (), ("pixels",)]


def test_a_page_without_anything_chosen_names_what_was_looked_for() -> None:
    assert ways("image") == [("images",), ("images",), (), ("pixels",)]
    assert ways("metadata")[0] == ("document",)


def test_what_one_document_did_not_give_was_not_looked_for() -> None:
    unread = replace(many(), notices=(Notice("objects_not_read", "too odd"),))
    assert looked_for(("text", "form", "link"), (many(), unread)) == ("text",)
    assert looked_for(("text", "form", "link"), (many(), many())) == ("text", "form", "link")


def test_the_statement_counts_pages_by_state_and_by_way() -> None:
    page = {"number": 1, "compared": ["text"], "notices": []}
    side = {
        "notices": [],
        "pages": [page, {**page, "number": 2, "notices": [1]}, {**page, "number": 3, "compared": []}],
    }
    found = coverage({"old": side, "new": side}, ["text", "page"], "never", (10, 12, 9))
    assert found["pages"]["new"] == {"compared": 1, "doubtful": 1, "not_compared": 1, "by": {"text": 2}}
    assert found["words"] == {"old": 10, "new": 12, "matched": 9}
    assert set(found["layers"]) | set(found["not_compared"]) == set(LAYERS)
