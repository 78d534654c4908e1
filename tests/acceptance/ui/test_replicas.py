"""A user goes on where he was when his replica is gone: the state of his session is in Redis."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from streamlit.testing.v1 import AppTest

from ui import runtime, state

MAIN = Path(state.__file__).with_name("main.py")

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")


@pytest.fixture
def redis_url() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


def _replica(sid: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """A page in a process that knows nothing but what is in the database and in Redis."""
    runtime.services.cache_clear()
    runtime.cookies.cache_clear()
    monkeypatch.setattr(state, "session_id", lambda: sid)
    app = AppTest.from_file(str(MAIN), default_timeout=30).run()
    assert not app.exception
    return app


def test_choices_and_files_follow_the_user(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("PDF_COMPARE_DATA_DIR", str(tmp_path / "data"))
    first = _replica("session-of-a-user", monkeypatch)
    first.checkbox(key="ignore_case").check().run()
    first.button(key="sample").click().run()
    gone = runtime.services()

    second = _replica("session-of-a-user", monkeypatch)
    assert runtime.services() is not gone
    assert second.checkbox(key="ignore_case").value is True
    assert second.button(key="cancel")  # he still waits for the comparison that he started
    assert not _replica("session-of-another", monkeypatch).checkbox(key="ignore_case").value
    for services in (gone, runtime.services()):
        services.close()
    runtime.services.cache_clear()
    runtime.cookies.cache_clear()
