"""Rows of pages."""

from __future__ import annotations

import tracemalloc

import numpy as np

from core.geometry import rows_of_page


def test_the_rows_of_a_page() -> None:
    pages = np.array([1, 1, 3, 3, 3, 7], np.int32)
    assert [rows_of_page(pages, number) for number in (0, 1, 2, 3, 7, 8)] == [
        (0, 0),
        (0, 2),
        (2, 2),
        (2, 5),
        (5, 6),
        (6, 6),
    ]


def test_looking_for_a_page_copies_no_column() -> None:
    pages = np.repeat(np.arange(1, 1001, dtype=np.int32), 1000)
    tracemalloc.start()
    try:
        assert rows_of_page(pages, 500) == (499_000, 500_000)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
