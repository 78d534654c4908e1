"""`pdf-compare up`: the whole product on this machine; PostgreSQL, the web server and the workers are its processes."""

from __future__ import annotations

import argparse
import ctypes
import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from cli import web
from core.errors import PdfCompareError
from db import migrate
from db.embedded import EmbeddedPostgres
from service.settings import Settings, is_this_machine, load_settings, usable_cores

WEB_START_SECONDS = 60.0
WEB_STOP_SECONDS = 5.0
#: Ctrl-C on a laptop should not take long; a job that is handed back goes on at the next start.
GRACE_SECONDS = 3.0
TICK_SECONDS = 0.25
#: A process that lived shorter than this did not start; after so many of these in a row we give up.
SHORT_LIFE_SECONDS, MOST_SHORT_LIVES = 10.0, 5
_PR_SET_PDEATHSIG = 1


class CannotStart(PdfCompareError):
    """The product cannot start."""

    code = "cannot_start"
    remedy = "See the lines above."


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "up",
        help="run the whole product on this machine: database, web server, workers",
        description="Run the whole product on this machine until Ctrl-C: an embedded PostgreSQL (unless DATABASE_URL "
        "names another), the web server, and workers.",
    )
    parser.add_argument("--workers", type=int, help="worker processes (NUM_WORKERS; default: one a core; 0: elsewhere)")
    parser.add_argument("--port", type=int, help="port of the web server (PDF_COMPARE_PORT; default: 8501)")
    parser.add_argument("--host", help="address to listen on (PDF_COMPARE_HOST; default: 127.0.0.1, this machine only)")


def run(arguments: argparse.Namespace) -> int:
    """Run until a signal; 0 after a clean stop."""
    named = {"num_workers": arguments.workers, "port": arguments.port, "host": arguments.host}
    settings = load_settings(**{name: value for name, value in named.items() if value is not None})
    count = usable_cores() if settings.num_workers is None else settings.num_workers
    _check_port(settings)
    with _signals() as signals, ExitStack() as stack:
        try:
            server = None
            if settings.database_url is None:
                server = EmbeddedPostgres(settings.data_dir / "postgres")
                stack.enter_context(server)
            url = server.url if server else settings.writes_to
            migrate.upgrade(url if server else settings.direct_to)
            processes = _Processes(signals)
            stack.callback(processes.stop)
            environment = _environment(settings, url)
            server_process = processes.add(
                "web server", web.command(settings), environment, stop_seconds=WEB_STOP_SECONDS
            )
            for number in range(count):
                command = [sys.executable, "-m", "worker"]
                processes.add(f"worker {number + 1}", command, environment, stop_seconds=_grace(settings) + 5.0)
            _wait_healthy(settings, server_process)
            _say(_welcome(settings, count))
            if settings.has_accounts:
                _say_first_sign_in(settings, url)
            while True:
                time.sleep(TICK_SECONDS)
                processes.look_after()
                if server is not None and not server.is_running:
                    raise CannotStart(
                        "the embedded PostgreSQL server has ended", remedy=f"See {settings.data_dir}/postgres/log."
                    )
        except KeyboardInterrupt:
            signals.begin_stopping()
            _say("Stopping.")
        except BaseException:
            signals.begin_stopping()
            raise
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _welcome(settings: Settings, workers: int) -> str:
    """The one line."""
    address = "localhost" if is_this_machine(settings.host) or _is_any(settings.host) else settings.host
    who = (
        "People sign in with their accounts." if settings.has_accounts else "You are its only user, without a password."
    )
    if not settings.has_accounts and not is_this_machine(settings.host):
        who = "Accounts are off: everybody who reaches this address sees all documents."
    done_by = "" if workers else " No workers run here."
    return f"PDF Compare: http://{address}:{settings.port} . {who}{done_by} Ctrl-C stops it."


def _say_first_sign_in(settings: Settings, url: str) -> None:
    """At the first start: the administrator's one-time password, on the terminal and nowhere else."""
    from service.bootstrap import build

    services = build(load_settings(database_url=url, data_dir=settings.data_dir))
    try:
        made = services.accounts.add_first()
    finally:
        services.close()
    if made is not None:
        _say(f"Sign in as {made[0]} with the one-time password {made[1]} , which is then replaced by your own.")


def _check_port(settings: Settings) -> None:
    """Say in one sentence that the port is taken, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotStart(
                f"port {settings.port} of {settings.host} cannot be used: {(error.strerror or 'unknown').lower()}.",
                remedy=f"Stop what uses it, or give another one: --port {settings.port + 1}.",
            ) from error


def _environment(settings: Settings, url: str) -> dict[str, str]:
    """What the processes get: our own environment, and what was decided here."""
    environment = dict(os.environ)
    environment |= {
        "DATABASE_URL": url,
        "PDF_COMPARE_DATA_DIR": str(settings.data_dir),
        "PDF_COMPARE_HOST": settings.host,
        "PDF_COMPARE_PORT": str(settings.port),
        "PDF_COMPARE_WORKER_GRACE_SECONDS": str(_grace(settings)),
        "PYTHONUNBUFFERED": "1",
    }
    # A terminal is for trouble; who wants more says so.
    environment.setdefault("PDF_COMPARE_LOG_LEVEL", "WARNING")
    return environment


def _grace(settings: Settings) -> float:
    chosen = "worker_grace_seconds" in settings.model_fields_set
    return settings.worker_grace_seconds if chosen else GRACE_SECONDS


def _wait_healthy(settings: Settings, process: _Process) -> None:
    host = "127.0.0.1" if _is_any(settings.host) else settings.host
    deadline = time.monotonic() + WEB_START_SECONDS
    while time.monotonic() < deadline:
        if not process.is_running:
            raise CannotStart("the web server ended while it started.")
        connection = http.client.HTTPConnection(host, settings.port, timeout=2.0)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(TICK_SECONDS)
    raise CannotStart(f"the web server did not answer within {WEB_START_SECONDS:.0f} s.")


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


@dataclass
class _Signals:
    """SIGTERM, SIGHUP and Ctrl-C mean "stop"; while we stop, another one means "at once"."""

    stopping: bool = False
    at_once: bool = False

    def begin_stopping(self) -> None:
        self.stopping = True

    def handle(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            self.at_once = True
        else:
            self.stopping = True
            raise KeyboardInterrupt


@contextmanager
def _signals() -> Iterator[_Signals]:
    signals = _Signals()
    before = {n: signal.signal(n, signals.handle) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class _Process:
    """One process, and how to start it again."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    stop_seconds: float
    popen: subprocess.Popen[bytes] = field(init=False)
    started: float = 0.0
    short_lives: int = 0
    again_at: float | None = None

    def start(self) -> None:
        self.started, self.again_at = time.monotonic(), None
        self.popen = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            # Its own group: Ctrl-C in the terminal comes to us only, and we stop them in order.
            process_group=0,
            preexec_fn=_stop_with_parent,  # noqa: PLW1509  one system call, and this process has one thread
        )

    @property
    def is_running(self) -> bool:
        return self.popen.poll() is None


class _Processes:
    """The web server and the workers: started again when they die, stopped in the order they were added."""

    def __init__(self, signals: _Signals) -> None:
        self._signals = signals
        self._all: list[_Process] = []

    def add(self, name: str, command: list[str], environment: Mapping[str, str], *, stop_seconds: float) -> _Process:
        process = _Process(name, command, environment, stop_seconds)
        process.start()
        self._all.append(process)
        return process

    def look_after(self) -> None:
        """Start again what has died; later each time it dies at once.

        Raises:
            CannotStart: Something dies at every start.
        """
        now = time.monotonic()
        for process in self._all:
            if process.again_at is not None:
                if now >= process.again_at:
                    process.start()
            elif not process.is_running:
                process.short_lives = process.short_lives + 1 if now - process.started < SHORT_LIFE_SECONDS else 0
                if process.short_lives >= MOST_SHORT_LIVES:
                    raise CannotStart(f"the {process.name} ends at every start (status {process.popen.returncode}).")
                sys.stderr.write(
                    f"The {process.name} has ended (status {process.popen.returncode}); starting it again.\n"
                )
                process.again_at = now + min(2.0**process.short_lives - 1.0, 15.0)

    def stop(self) -> None:
        """The web server first, so that nothing new comes in; then all workers at once."""
        for group in (self._all[:1], self._all[1:]):
            for process in group:
                if process.is_running:
                    process.popen.terminate()
            for process in group:
                self._wait(process)

    def _wait(self, process: _Process) -> None:
        deadline = time.monotonic() + process.stop_seconds
        while process.is_running:
            if time.monotonic() > deadline or self._signals.at_once:
                with suppress(ProcessLookupError):
                    os.killpg(process.popen.pid, signal.SIGKILL)
                process.popen.wait()
                return
            time.sleep(0.02)


def _stop_with_parent() -> None:
    """In the child: end in an orderly way when `up` dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
