"""Ranges of tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.text.spans import Outside

_SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 8)).map(lambda s: (s[0], s[0] + s[1])), max_size=8)


@given(_SPANS, st.integers(0, 40), st.integers(0, 20))
def test_outside_is_what_no_span_holds(spans: list[tuple[int, int]], start: int, size: int) -> None:
    held = {token for a, b in spans for token in range(a, b)}
    found = [token for a, b in Outside(spans).of(start, start + size) for token in range(a, b)]
    assert found == [token for token in range(start, start + size) if token not in held]


def test_a_stretch_looks_at_few_of_many_spans() -> None:
    class Counted(list[tuple[int, int]]):
        looked_at = 0

        def __getitem__(self, k: int) -> tuple[int, int]:  # type: ignore[override]
            self.looked_at += 1
            return super().__getitem__(k)

    many = Outside((10 * k, 10 * k + 5) for k in range(10_000))
    many._spans = counted = Counted(many._spans)
    for k in range(10_000):
        assert many.of(10 * k, 10 * k + 10) == [(10 * k + 5, 10 * k + 10)]
    assert counted.looked_at <= 3 * 10_000
