"""Sessions in this process and with a Redis that is away."""

from __future__ import annotations

from service.sessions import Sessions


def test_what_was_saved_is_loaded_until_it_is_forgotten() -> None:
    sessions = Sessions(None, life_seconds=60)
    assert sessions.load("a") == {}
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {"user_id": "1"}
    assert sessions.load("b") == {}
    sessions.forget("a")
    assert sessions.load("a") == {}


def test_an_old_session_is_empty() -> None:
    sessions = Sessions(None, life_seconds=0)
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {}


def test_without_its_redis_a_session_is_empty_and_nothing_breaks() -> None:
    sessions = Sessions("redis://127.0.0.1:9/0", life_seconds=60)
    sessions.save("a", {"user_id": "1"})
    assert sessions.load("a") == {}
    sessions.forget("a")
