"""Columns of two tables: by their cells, helped by their names."""

from __future__ import annotations

from core.tables.matching import Sheet, match

ROWS = 10


def sheet(heads: list[str], *columns: list[tuple[int, ...]]) -> Sheet:
    """A table without header rows: the cells of each column, an empty one left out."""
    rows = [{c: column[k] for c, column in enumerate(columns) if column[k]} for k in range(ROWS)]
    texts = [{c: " ".join(map(str, cell)) for c, cell in row.items()} for row in rows]
    return Sheet(rows, texts, 0, heads)


def test_a_title_over_a_sliver_does_not_make_it_the_column() -> None:
    keys = [(k,) for k in range(ROWS)]
    old = sheet(["", "operations"], keys, [(100, 101, 102 + k, 150 + k, 999) for k in range(ROWS)])
    sliver = [(700 + k,) if k < 3 else () for k in range(ROWS)]
    new = sheet(
        ["", "operations description", "operations"], keys, [(102 + k, 150 + k, 999) for k in range(ROWS)], sliver
    )
    assert (1, 1) in match(old, new).columns
    assert (1, 1) in match(new, old).columns


def test_a_name_still_pairs_columns_whose_cells_all_changed() -> None:
    keys = [(k,) for k in range(ROWS)]
    old = sheet(["part", "price"], keys, [(200 + k,) for k in range(ROWS)])
    new = sheet(["part", "price"], keys, [(300 + k,) for k in range(ROWS)])
    assert match(old, new).columns == [(0, 0), (1, 1)]
