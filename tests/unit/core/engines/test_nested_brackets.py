"""A bracket in the blank half of a full-width one: read as it follows on the line."""

from __future__ import annotations

import numpy as np

from core.engines.pdfium_brackets import nested_brackets


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
