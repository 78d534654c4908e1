"""The promises of `make chaos` in little: minutes instead of an hour; the long form prints figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from benchmarks.promises import Told
from tests.chaos import hostile, kills, outages, soak

SHORT: dict[str, Callable[[], Iterator[Told]]] = {
    "hostile files": lambda: hostile.told(mutations=15, with_corpus=False),
    "equal submits": soak.equal_submits,
    "killed workers": lambda: kills.lost_and_doubled(7, jobs=16, workers=2, kill_seconds=6),
    "postgres": lambda: outages.postgres_restarts(jobs=8),
    "redis": lambda: outages.redis_dies(jobs=3),
    "full disk": outages.disk_full,
    "sigterm": outages.sigterm,
}


@pytest.mark.parametrize("part", SHORT)
def test_promises_are_kept(part: str) -> None:
    if part == "redis" and shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    broken = [told.line() for told in SHORT[part]() if not told.kept]
    assert broken == []
