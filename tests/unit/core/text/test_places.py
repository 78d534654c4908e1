"""Pages of labels: the place decides where the order of drawing would tell more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.compare import compare
from core.model import Document, Kind, Layer, Words
from core.options import CompareOptions
from tests.builders import document

LABELS = [f"{letter}{number}" for number in range(1, 9) for letter in "RCLUQ"] + ["GND"] * 8 + ["10k", "22k"]


def sheet(labels: list[str], order: list[int]) -> Document:
    """A label in each cell of a grid of five columns, cells 24 points high; drawn in the given order."""
    at = [k for k, text in enumerate(labels) if text]
    drawn = document([(labels[k], 140.0, 0) for k in at])
    box = drawn.words.box.copy()
    for row, k in enumerate(at):
        box[row] += [90.0 * (k % 5), 24.0 * (k // 5), 90.0 * (k % 5), 24.0 * (k // 5)]
    order = [at.index(k) for k in order if k in at]
    columns = {name: getattr(drawn.words, name) for name in Words.COLUMNS} | {"box": box}
    columns = {name: column if name == "line" else column[order] for name, column in columns.items()}
    return replace(drawn, words=Words(drawn.words.vocabulary, **columns))


def told(old: Document, new: Document) -> list[tuple[str, str, str]]:
    found = compare(old, new, CompareOptions()).changes
    return sorted((c.kind, c.old.text if c.old else "", c.new.text if c.new else "") for c in found)


def shuffled(count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).permutation(count).tolist()  # type: ignore[no-any-return]


def test_labels_drawn_in_another_order_are_no_change() -> None:
    count = len(LABELS)
    assert told(sheet(LABELS, list(range(count))), sheet(LABELS, shuffled(count, 1))) == []


def test_a_label_replaced_at_its_place_is_told_alone() -> None:
    changed = [*LABELS[:7], "C99", *LABELS[8:]]
    count = len(LABELS)
    expected = [("replaced", LABELS[7], "C99")]
    assert told(sheet(LABELS, list(range(count))), sheet(changed, shuffled(count, 2))) == expected


def test_a_label_that_goes_and_one_that_comes_are_told() -> None:
    old, new = ["D1", "", *LABELS], ["", "", *LABELS, "", "D2"]
    found = told(sheet(old, shuffled(len(old), 3)), sheet(new, shuffled(len(new), 4)))
    assert found == [("deleted", "D1", ""), ("inserted", "", "D2")]


def test_values_that_changed_places_are_told() -> None:
    swapped = [*LABELS[:-2], "22k", "10k"]
    found = compare(
        sheet(LABELS, list(range(len(LABELS)))), sheet(swapped, shuffled(len(LABELS), 5)), CompareOptions()
    ).changes
    assert found, "10k and 22k stand at each other's place"
    assert {word for change in found for side in (change.old, change.new) if side for word in side.text.split()} == {
        "10k",
        "22k",
    }
    assert all(change.kind is Kind.REPLACED for change in found)


def test_a_label_that_ends_in_its_sign_is_not_joined_with_the_next() -> None:
    old = document("TXN-\nRXN-\nGPIO2\nVDD")
    new = document("TXN-\nGPIO2\nRXN-\nVDD")
    words = {
        word
        for change in compare(old, new, CompareOptions()).changes
        for side in (change.old, change.new)
        if side
        for word in side.text.split()
    }
    assert words <= {"TXN-", "RXN-", "GPIO2"}


def test_labels_that_changed_places_together_are_told_each() -> None:
    left, right = [f"N{k}" for k in range(1, 9)], [f"M{k}" for k in range(1, 9)]
    cells = [cell for a, b in zip(left, right, strict=True) for cell in (a, "", "", "", b)] + LABELS
    mirrored = [cell for a, b in zip(left, right, strict=True) for cell in (b, "", "", "", a)] + LABELS
    count = len(cells)
    expected = [*(("replaced", a, b) for a, b in zip(left, right, strict=True))]
    expected += [("replaced", b, a) for a, b in zip(left, right, strict=True)]
    assert told(sheet(cells, list(range(count))), sheet(mirrored, shuffled(count, 6))) == sorted(expected)


def test_dimensions_that_changed_and_moved_a_little_are_replaced_one_by_one() -> None:
    old, new = ["247", "160", "", "", "", *LABELS], ["249,1", "200", "R15", "", "", *LABELS]
    drawn = sheet(new, list(range(len(new))))
    box = drawn.words.box.copy()
    box[:2] += [0.0, -30.0, 0.0, -30.0]  # further up, where a view was drawn anew
    moved = replace(drawn, words=replace(drawn.words, box=box))
    expected = [("inserted", "", "R15"), ("replaced", "160", "200"), ("replaced", "247", "249,1")]
    assert told(sheet(old, list(range(len(old)))), moved) == expected


def test_a_note_of_several_lines_is_deleted_as_one() -> None:
    def drawing(note: bool) -> Document:
        lines = [(text, 100.0 + 24 * k, 0) for k, text in enumerate(LABELS[:24])]
        words = ["Cut", "the teeth", "by hand"]
        return document([*lines, *((text, 700.0 + 12 * k, 0) for k, text in enumerate(words if note else []))])

    old, new = drawing(True), drawing(False)
    columns = {name: getattr(new.words, name)[::-1] for name in ("token", "box")}  # drawn in another order
    assert told(old, replace(new, words=replace(new.words, **columns))) == [("deleted", "Cut the teeth by hand", "")]


def test_the_context_of_a_label_is_its_line() -> None:
    changed = [*LABELS[:7], "C99", *LABELS[8:]]
    order = list(range(len(LABELS)))
    old, new = sheet(LABELS, order), sheet(changed, order)
    (change,) = compare(old, new, CompareOptions(layers=(Layer.TEXT,))).changes
    assert change.detail["context"] == {"old": LABELS[7], "new": "C99"}


def test_a_row_taken_out_of_a_table_whose_values_return() -> None:
    """The rows below moved up and nearly stand where others stood: each value went with its label."""
    rows = [("PIN12", "down"), ("PIN0", "up"), ("PIN2", "down"), ("PIN4", "down"), ("PIN15", "up"), ("PIN5", "up")]

    def table(chosen: list[tuple[str, str]], top: float, seed: int) -> Document:
        page = sheet(LABELS, list(range(len(LABELS))))
        cells = [(text, 500.0 + 35 * c, top + 8 * r) for r, row in enumerate(chosen) for c, text in enumerate(row)]
        words = document([(text, y, 0) for text, _, y in cells]).words
        box = words.box.copy()
        box[:, [0, 2]] += np.array([x - 72.0 for _, x, _ in cells], np.float32)[:, None]
        box[:, 3] -= 5  # small print
        vocabulary = {text: k for k, text in enumerate(dict.fromkeys((*page.words.vocabulary, *words.vocabulary)))}
        token = [vocabulary[w.vocabulary[t]] for w in (page.words, words) for t in w.token.tolist()]
        columns = {n: np.concatenate((getattr(page.words, n), getattr(words, n))) for n in Words.COLUMNS}
        columns |= {"token": np.array(token, np.int32), "box": np.concatenate((page.words.box, box))}
        order = shuffled(len(token), seed)
        columns = {n: column if n == "line" else column[order] for n, column in columns.items()}
        columns["line"] = np.arange(len(token), dtype=np.int32)
        return replace(page, words=Words(tuple(vocabulary), **columns))

    old, new = table(rows, 400.0, 6), table(rows[:3] + rows[4:], 401.0, 7)
    assert told(old, new) == [("deleted", "PIN4", ""), ("deleted", "down", "")]
    assert told(new, old) == [("inserted", "", "PIN4"), ("inserted", "", "down")]


def test_labels_that_come_between_two_that_stayed_are_told_one_by_one() -> None:
    stayed = [(text, 100.0 + 24 * k, 0) for k, text in enumerate(LABELS[:20])]
    come = [("R0,50", 300.0, 0), ("0,84", 620.0, 0), ("Detail A", 700.0, 0), ("tooth profile", 712.0, 0)]
    old, new = document(stayed), document([*stayed[:10], *come, *stayed[10:]])
    expected = [("inserted", "", "0,84"), ("inserted", "", "Detail A tooth profile"), ("inserted", "", "R0,50")]
    assert told(old, new) == expected
    assert told(new, old) == sorted(("deleted", text, "") for _, _, text in expected)


def test_a_note_and_the_labels_drawn_in_its_stead_elsewhere_are_not_one_change() -> None:
    stayed = [(text, 100.0 + 24 * k, 0) for k, text in enumerate(LABELS[:20])]
    note = [("Cut the teeth", 600.0, 0), ("by hand", 612.0, 0)]
    labels = [("50°", 200.0, 0), ("2,40", 310.0, 0)]
    found = told(document([*stayed[:10], *note, *stayed[10:]]), document([*stayed[:10], *labels, *stayed[10:]]))
    assert found == [("deleted", "Cut the teeth by hand", ""), ("inserted", "", "2,40"), ("inserted", "", "50°")]


def test_a_value_that_moved_along_its_column_as_the_part_grew_is_replaced() -> None:
    stayed = [(text, 100.0 + 24 * k, 0) for k, text in enumerate(LABELS[:20])]
    old, new = [*stayed, ("160", 600.0, 0)], [*stayed, ("200", 695.0, 0)]
    assert told(document(old), document(new)) == [("replaced", "160", "200")]


def rows(texts: list[str], left: float = 72.0, pitch: float = 24.0) -> Document:
    """Lines of words at fixed columns, as the rows of a table without rules; drawn row by row."""
    drawn = document([(word, 72.0, 0) for text in texts for word in text.split()])
    box = drawn.words.box.copy()
    at = [(k, column) for k, text in enumerate(texts) for column in range(len(text.split()))]
    height = box[:, 3] - box[:, 1]
    for row, (k, column) in enumerate(at):
        width = box[row, 2] - box[row, 0]
        x, y = left + 110.0 * column, 72.0 + pitch * k
        box[row] = [x, y, x + width, y + height[row]]
    columns = {name: getattr(drawn.words, name) for name in Words.COLUMNS} | {"box": box}
    return replace(drawn, words=Words(drawn.words.vocabulary, **columns))


TABLE = [
    *("alpha 298 444.88 stays", "beta 102 818.14 went", "gamma 323 602.03 came", "delta 331 893.18 left"),
    *("epsilon 257 638.14 grew", "zeta 343 263.85 fell", "eta 290 568.60 rose"),
]


def in_order(texts: list[str], order: str) -> list[str]:
    return [texts[int(k)] for k in order]


def test_a_row_that_moved_past_others_is_told_as_moved() -> None:
    for order, row in (("5012346", "zeta 343 263.85 fell"), ("1234560", "alpha 298 444.88 stays")):
        found = told(rows(TABLE), rows(in_order(TABLE, order)))
        assert found == [("moved", row, row)], order


def test_short_labels_that_passed_others_are_told() -> None:
    for count in (1, 2):
        short = [" ".join(row.split()[:count]) for row in TABLE]
        for order in ("5012346", "1234560", "0132456", "6012345"):
            found = told(rows(short), rows(in_order(short, order)))
            assert found, (count, order)
            words = {word for _, old, new in found for word in f"{old} {new}".split()}
            assert len(words) <= 2 * count, (count, order, found)


def test_a_column_that_moved_past_others_is_told() -> None:
    turned = [" ".join((c, a, b, d)) for a, b, c, d in (row.split() for row in TABLE)]
    found = told(rows(TABLE), rows(turned))
    assert {word for _, old, new in found for word in f"{old} {new}".split()} >= {row.split()[2] for row in TABLE}


def test_labels_that_moved_with_their_symbol_past_others_are_no_change() -> None:
    def drawing(symbol: tuple[float, float]) -> Document:
        drawn = document([(word, 72.0, 0) for word in (*LABELS[:30], "X1", "MAX232", "SO16")])
        box = drawn.words.box.copy()
        size = box[:, 2:] - box[:, :2]
        at = np.array(
            [(72.0 + 90.0 * (k % 5), 72.0 + 60.0 * (k // 5)) for k in range(30)]
            + [(symbol[0], symbol[1] + 11.0 * k) for k in range(3)]
        )
        columns = {name: getattr(drawn.words, name) for name in Words.COLUMNS}
        return replace(drawn, words=Words(drawn.words.vocabulary, **columns | {"box": np.hstack((at, at + size))}))

    assert told(drawing((110.0, 86.0)), drawing((290.0, 266.0))) == []
    assert told(drawing((162.0, 86.0)), drawing((162.0, 266.0))) == []


def test_labels_that_changed_places_and_are_drawn_in_the_same_order() -> None:
    """Both sides hold the same words in the same order; at two places another one stands."""
    order = list(range(len(LABELS)))
    old = sheet(LABELS, order)
    new = with_places(old, {3: 17, 17: 3})
    expected = [("replaced", LABELS[3], LABELS[17]), ("replaced", LABELS[17], LABELS[3])]
    assert told(old, new) == told(new, old) == sorted(expected)


def test_three_labels_that_went_round_are_told_each() -> None:
    old = sheet(LABELS, list(range(len(LABELS))))
    new = with_places(old, {3: 17, 17: 30, 30: 3})
    expected = [(LABELS[17], LABELS[3]), (LABELS[30], LABELS[17]), (LABELS[3], LABELS[30])]
    assert told(old, new) == sorted(("replaced", before, after) for before, after in expected)


def test_labels_that_change_places_beside_another_change() -> None:
    order = list(range(len(LABELS)))
    old = sheet(LABELS, order)
    new = with_places(sheet([*LABELS[:7], "C99", *LABELS[8:]], order), {3: 17, 17: 3})
    expected = [(LABELS[3], LABELS[17]), (LABELS[17], LABELS[3]), (LABELS[7], "C99")]
    assert told(old, new) == sorted(("replaced", before, after) for before, after in expected)


def test_equal_labels_that_change_places_are_no_change() -> None:
    old = sheet(LABELS, list(range(len(LABELS))))
    ground = [k for k, text in enumerate(LABELS) if text == "GND"]
    assert told(old, with_places(old, {ground[0]: ground[3], ground[3]: ground[0]})) == []


def test_a_label_that_took_another_place_pushes_no_other_out() -> None:
    """A row that is taken out lets those below move up: each stands where another stood, and none went round."""
    old = sheet(["", *LABELS], list(range(len(LABELS) + 1)))
    assert told(old, with_places(old, {0: 0, 1: 1, 2: 2, 3: 3})) == []


def test_a_page_laid_out_anew_has_no_labels_that_changed_places() -> None:
    """The same cells, filled column by column and no longer row by row, and drawn in the same order."""
    count = 25
    old = sheet(LABELS[:count], list(range(count)))
    assert told(old, with_places(old, {k: 5 * (k % 5) + k // 5 for k in range(count)})) == []


def with_places(page: Document, goes: dict[int, int]) -> Document:
    """The sheet with labels by number of their row put into other cells."""
    box = page.words.box.copy()
    for one, other in goes.items():
        wide, high = box[one, 2] - box[one, 0], box[one, 3] - box[one, 1]
        left, top = 72.0 + 90.0 * (other % 5), 140.0 + 24.0 * (other // 5)
        box[one] = [left, top, left + wide, top + high]
    return replace(page, words=replace(page.words, box=box))
