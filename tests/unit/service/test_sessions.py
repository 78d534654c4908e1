"""Sessions in this process, and with a Redis that goes and comes back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from service import sessions as module
from service.sessions import Sessions
from tests.chaos.redis_server import RedisServer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with RedisServer() as started:
        yield started


def test_what_was_saved_is_loaded_until_it_is_forgotten() -> None:
    sessions = Sessions(None, life_seconds=60)
    assert sessions.load("a") == {}
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {"user_id": "1"}
    assert sessions.load("b") == {}
    sessions.forget("a")
    assert sessions.load("a") == {}
    assert not sessions.is_away


def test_an_old_session_is_empty() -> None:
    sessions = Sessions(None, life_seconds=0)
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {}


def test_without_its_redis_a_process_goes_on_with_its_copies() -> None:
    sessions = Sessions("redis://127.0.0.1:9/0", life_seconds=60)
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {"user_id": "1"}
    assert sessions.is_away
    sessions.forget("a")
    assert sessions.load("a") == {}


def test_replicas_share_what_is_saved_and_what_is_forgotten(server: RedisServer) -> None:
    one, other = (Sessions(server.url, life_seconds=60) for _ in range(2))
    one.save("a", {"page": 1})
    assert other.load("a") == {"page": 1}
    other.save("a", {"page": 2})
    assert one.load("a") == {"page": 2}
    one.forget("a")
    assert other.load("a") == {}


def test_what_changed_while_redis_was_away_is_there_when_it_is_back(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", 0.0)
    one, other = (Sessions(server.url, life_seconds=60) for _ in range(2))
    one.save("kept", {"page": 1})
    one.save("ended", {"page": 1})
    server.kill()
    assert one.load("kept") == {"page": 1}
    one.save("kept", {"page": 2})
    one.forget("ended")
    assert one.is_away
    server.start()
    assert one.load("kept") == {"page": 2}
    assert one.load("ended") == {}
    assert not one.is_away
    assert other.load("kept") == {"page": 2}
    assert other.load("ended") == {}
