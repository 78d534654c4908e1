"""The last writes of workspaces, told to other processes by a real Redis that goes away and comes back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from db.database import UNKNOWN
from service import freshness
from service.freshness import LastWrites
from tests.chaos.redis_server import RedisServer

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


@pytest.fixture
def redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    monkeypatch.setattr(freshness, "_AWAY_SECONDS", 0.3)
    with RedisServer() as server:
        yield server


def test_a_write_is_known_in_the_other_processes(redis: RedisServer) -> None:
    writer, reader, workspace = LastWrites(redis.url), LastWrites(redis.url), uuid4()
    assert reader.of(workspace) is None
    writer.note(workspace, "1A/2B3C4D5E")
    assert reader.of(workspace) == "1A/2B3C4D5E"
    assert reader.of(uuid4()) is None


def test_an_earlier_position_does_not_take_a_later_ones_place(redis: RedisServer) -> None:
    first, second, workspace = LastWrites(redis.url), LastWrites(redis.url), uuid4()
    first.note(workspace, "9/FF000000")
    second.note(workspace, "9/FE000000")
    assert LastWrites(redis.url).of(workspace) == "9/FF000000"
    second.note(workspace, "10/0")
    assert first.of(workspace) == "10/0"


def test_while_redis_is_away_nobody_knows_and_afterwards_what_was_written_is_told(redis: RedisServer) -> None:
    writer, reader, workspace = LastWrites(redis.url), LastWrites(redis.url), uuid4()
    redis.kill()
    began = time.monotonic()
    writer.note(workspace, "0/100")
    assert writer.of(workspace) == UNKNOWN
    assert reader.of(workspace) == UNKNOWN
    assert time.monotonic() - began < 2
    redis.start()
    time.sleep(0.4)
    # Of another workspace, and still the writer tells what he could not.
    assert writer.of(uuid4()) is None
    assert reader.of(workspace) == "0/100"


def test_a_position_that_nobody_knows_sends_everybody_to_the_primary(redis: RedisServer) -> None:
    writer, workspace = LastWrites(redis.url), uuid4()
    writer.note(workspace, UNKNOWN)
    assert LastWrites(redis.url).of(workspace) == UNKNOWN


def test_without_redis_a_process_knows_its_own_writes() -> None:
    alone, workspace = LastWrites(None), uuid4()
    assert alone.of(workspace) is None
    alone.note(workspace, "0/10")
    alone.note(workspace, "0/8")
    assert alone.of(workspace) == "0/10"
