"""The wire form of a document, and documents joined of page ranges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadOutput
from core.model import Document, Image, Item, Page, Rules, join
from core.wire import Message
from tests.builders import document


def _full(page: int) -> Document:
    return replace(
        document("some words"),
        page_count=2,
        pages=(Page(page, 600.0, 800.0),),
        words=replace(document("some words").words, page=np.full(2, page, np.int32)),
        rules=Rules(np.array([page], np.int32), np.array([[72.0, 90.0, 300.0, 90.5]], np.float32)),
        images=(Image(page, (1.0, 2.0, 3.0, 4.0), "d" * 64, "ff00", (640, 480), {"alt": "a \ud800 lone half"}),),
        items=(Item("link", "uri", "", page, ((1.0, 2.0, 3.0, 4.0),), "here", {"target": "https://example.org"}),),
    )


def test_everything_of_a_document_travels() -> None:
    there = _full(1)
    back = Document.from_message(there.to_message())
    assert (back.images, back.items, back.pages) == (there.images, there.items, there.pages)
    assert back.rules.box.tolist() == there.rules.box.tolist()


def test_parts_are_joined_in_page_order() -> None:
    whole = join([_full(2), _full(1)])
    assert [i.page for i in whole.images] == [i.page for i in whole.items] == whole.rules.page.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("items", '[["link","uri","",7,null,"",{}]]'),
        ("items", '[["no such layer","uri","",1,null,"",{}]]'),
        ("items", '{"link":1}'),
        ("images", '[[1,[0,0,1,NaN],"","",[1,1],{}]]'),
        ("images", '[[1,[0,0,1],"","",[1,1],{}]]'),
    ],
)
def test_a_list_that_lies_is_refused(name: str, rows: str) -> None:
    from core.wire import bytes_buffer

    message = _full(1).to_message()
    lying = Message(message.header, {**message.buffers, name: bytes_buffer(rows.encode())})
    with pytest.raises(BadOutput):
        Document.from_message(lying)
