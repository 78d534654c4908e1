"""The median is NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from core.median import median


@pytest.mark.parametrize("shape", [(1,), (2,), (7,), (8,), (1, 2), (12, 2), (11, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_it_is_that_of_numpy_bit_for_bit(shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        values = (random.normal(size=shape) * 1000).astype(dtype)
        assert np.array_equal(np.asarray(median(values), np.float64), np.asarray(np.median(values, axis=0), np.float64))
