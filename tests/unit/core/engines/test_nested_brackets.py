"""A bracket in the blank half of a full-width one: read as it follows on the line."""

from __future__ import annotations

import numpy as np

from core.engines.pdfium_brackets import hung_brackets, nested_brackets
from core.model import Flag


def read(*words: tuple[str, float, float]) -> str:
    """Texts with their left and right edges, in the order in which they are given; what is read."""
    numbers = {text: k for k, text in enumerate(dict.fromkeys(text for text, *_ in words))}
    token = np.array([numbers[text] for text, *_ in words], np.int32)
    box = np.array([(left, 0, right, 11) for _, left, right in words], np.float32)
    nothing = np.zeros(len(words), np.int16)
    order = nested_brackets(token, numbers, nothing.astype(np.int32), box, nothing)
    return "".join(words[k][0] for k in (range(len(words)) if order is None else order.tolist()))


def test_brackets_follow_as_they_stand() -> None:
    assert read(("者", 0, 11), ("「", 12, 23), ("(", 14, 17.6), ("上", 23, 34)) == "者(「上"
    assert read(("上", 0, 11), (")", 17, 20.6), ("」", 11, 22), ("と", 22, 33)) == "上」)と"


def test_what_stands_in_its_order_stays() -> None:
    assert read(("者", 0, 11), ("(", 11, 14.6), ("「", 14.6, 25.6), ("上", 25.6, 36)) == "者(「上"
    assert read(("「", 0, 11), ("(", 11, 14.6), ("上", 14.6, 25)) == "「(上"
    assert read(("「", 0, 11), ("A", 6, 13), ("」", 13, 24)) == "「A」"
    assert read(("「", 0, 11), ("『", 11, 22), ("上", 22, 33), ("』", 33, 44), ("」", 44, 55)) == "「『上』」"


def test_an_arabic_mark_after_a_bracket_drawn_elsewhere_stands_at_it() -> None:
    """`(b a)،`: both brackets are drawn before the words of the line, each as it looks there."""
    texts = [")", "(", "a", "b", "،", "c"]
    left = [60, 30, 50, 34, 26, 10]
    width = [4, 4, 10, 14, 3, 14]
    box = np.array([(x, 0, x + w, 11) for x, w in zip(left, width, strict=True)], np.float32)
    flags = np.array([0 if text in "()" else int(Flag.RTL) for text in texts], np.uint16)
    page, angle = np.ones(6, np.int32), np.zeros(6, np.int16)
    found = hung_brackets(
        np.arange(6, dtype=np.int32), {text: k for k, text in enumerate(texts)}, page, box, angle,
        np.full(6, 11, np.float32), flags,
    )  # fmt: skip
    assert found is not None
    spelled, glued, order = found
    shown = [("" if glued[k] & Flag.GLUED else " ") + spelled.get(k, texts[k]) for k in order.tolist()]
    assert "".join(shown) == " (a b)، c"


def test_a_dash_that_touches_a_word_from_right_to_left_is_written_with_it() -> None:
    texts, left, width = ["—", "a", "b", "c"], [46, 58, 34, 10], [11, 20, 12, 20]
    box = np.array([(x, 0, x + w, 11) for x, w in zip(left, width, strict=True)], np.float32)
    flags = np.array([0, *[int(Flag.RTL)] * 3], np.uint16)
    found = hung_brackets(
        np.arange(4, dtype=np.int32), {text: k for k, text in enumerate(texts)}, np.ones(4, np.int32), box,
        np.zeros(4, np.int16), np.full(4, 11, np.float32), flags,
    )  # fmt: skip
    assert found is not None
    _, glued, order = found
    assert "".join(("" if glued[k] & Flag.GLUED else " ") + texts[k] for k in order.tolist()) == " a —b c"
