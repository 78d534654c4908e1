"""`pdf-compare up` as a user runs it: one line, everything works, a clean stop, and its data found again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.options import CompareOptions
from service.bootstrap import build
from service.settings import load_settings
from tests.integration.conftest import wait_for
from tests.integration.pdfs import pdf
from tests.processes import is_running

Up = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pdfc-up-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def up(data_dir: Path, port: int) -> Iterator[Up]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up", "--port", str(port), *arguments],
            env={**os.environ, "PDF_COMPARE_DATA_DIR": str(data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.slow
def test_up_compares_stops_cleanly_and_finds_its_data_again(up: Up, data_dir: Path, port: int) -> None:
    first = up("--workers", "1")
    assert first.stdout is not None
    line = first.stdout.readline()
    assert f"http://localhost:{port}" in line, line + _errors(first)
    assert _get(port, "/healthz") == 200
    assert _get(port, "/readyz") == 200
    services = build(load_settings(database_url=_socket_url(data_dir), data_dir=data_dir))
    actor = services.users.local_actor()
    ids = []
    for name, text in (("old.pdf", "The term is 30 days"), ("new.pdf", "The term is 45 days")):
        upload = services.documents.receive(actor, name)
        upload.write(pdf([text]))
        ids.append(upload.commit().id)
    view = services.comparisons.submit(actor, *ids, CompareOptions())
    done = wait_for(services, actor, view.id, lambda v: not v.is_live)
    assert done.state == "done", done.error
    services.close()
    family = _family(first.pid)
    assert len(family) >= 3
    # As a terminal does it: Ctrl-C goes to the foreground group, which is `up` alone.
    os.killpg(first.pid, signal.SIGINT)
    assert first.wait(30) == 0
    assert not any(is_running(pid) for pid in family)
    assert _errors(first) == ""

    second = up("--workers", "0")
    assert second.stdout is not None
    assert "http://localhost" in second.stdout.readline(), _errors(second)
    services = build(load_settings(database_url=_socket_url(data_dir), data_dir=data_dir))
    assert services.users.local_actor() == actor
    assert services.comparisons.submit(actor, *ids, CompareOptions()).state == "done"
    assert services.comparisons.result(actor, view.id)
    services.close()
    second.send_signal(signal.SIGTERM)
    assert second.wait(30) == 0


@pytest.mark.slow
def test_a_dead_worker_is_started_again_and_all_die_with_up(up: Up, port: int) -> None:
    process = up("--workers", "1")
    assert process.stdout is not None
    assert "http://" in process.stdout.readline()
    family = _family(process.pid)
    (worker,) = [pid for pid, command in family.items() if "-m worker" in command]
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while not any("-m worker" in c for pid, c in _family(process.pid).items() if pid != worker):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    family = _family(process.pid)
    process.kill()
    process.wait()
    while any(is_running(pid) for pid in family):
        assert time.monotonic() < deadline + 20, family
        time.sleep(0.1)


def test_a_port_that_is_taken_is_one_sentence(up: Up, port: int, data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = up("--workers", "0")
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert f"port {port}" in errors
    assert "--port" in errors
    assert not data_dir.exists()


def test_a_database_that_is_away_is_one_sentence(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    process = up("--workers", "0")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert "DATABASE" in errors or "database" in errors


def _socket_url(data_dir: Path) -> str:
    return f"postgresql://postgres@/pdf_compare?host={data_dir}/postgres/run"


def _get(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return int(answer.status)


def _errors(process: subprocess.Popen[str]) -> str:
    if process.poll() is None:
        return ""
    return process.stderr.read() if process.stderr is not None else ""


def _family(pid: int) -> dict[int, str]:
    """Command lines of the direct children."""
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,args="], capture_output=True, text=True, check=False)
    found = {}
    for line in listed.stdout.splitlines():
        number, _, command = line.strip().partition(" ")
        found[int(number)] = command
    return found
