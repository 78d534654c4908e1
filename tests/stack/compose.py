"""The stack under test: the real compose file, with stand-ins for images that only a registry has."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FILE = "docker-compose-scaled.yml"
APP_IMAGE = "pdf-compare-test/app"  #: what `new_image` changes; the one that is built stays
BUILT_IMAGE = os.environ.get("STACK_TEST_IMAGE", "pdf-compare:latest")
STAND_INS = ("nginx", "postgres", "redis", "prometheus")
EXPORTERS = ("nginx", "pgbouncer", "postgres", "redis", "node")
PORT, HTTPS_PORT = 18080, 18443
PROJECT = "pdf-compare-stack-test"
UI, WORKER = "pdf-compare-ui", "pdf-compare-worker"
ENDING = ("migrate", "ollama-pull")  #: services that do their work once


class Failed(Exception):
    """A command of the stack ended with an error; its output is the message."""


def run(*command: str, data: bytes | None = None, seconds: float = 600) -> str:
    """What a command writes; `Failed` when it fails."""
    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=seconds, cwd=ROOT)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.stderr.decode()[-1000:] or done.stdout.decode()[-1000:]}")
    return done.stdout.decode()


def until(wanted: Callable[[], bool], *, seconds: float, pause: float = 0.25) -> float:
    """Seconds until it is so; `Failed` when it takes longer."""
    began = time.monotonic()
    while not wanted():
        if time.monotonic() - began > seconds:
            raise Failed(f"not within {seconds:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began


class Stack:
    """Started and healthy inside of `with`; containers, networks and volumes are gone at the end.

    Args:
        more: Compose files after the product's, as a user's own.
        file: In place of the product's.
        environment: What differs from a `.env` as `make env` writes it; None: not in it.
    """

    def __init__(self, *more: Path, file: Path = ROOT / FILE, **environment: str | None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pdfc-stack-"))
        self._env = self.folder / "env"
        run(str(ROOT / "packaging" / "env.sh"), str(ROOT / ".env.scaled"), str(self._env))
        lines = [line for line in self._env.read_text().splitlines() if not line.startswith("#") and "=" in line]
        self.settings: dict[str, str] = dict(line.split("=", 1) for line in lines)
        self.settings |= {"HTTP_PORT": str(PORT), "HTTPS_PORT": str(HTTPS_PORT), "STREAMLIT_INSTANCES": "3"}
        self.settings |= {"COMPOSE_PROJECT_NAME": PROJECT, "UI_MEMORY": "2g", "PDF_COMPARE_IMAGE": APP_IMAGE}
        self.settings |= {f"{name.upper()}_IMAGE": f"pdf-compare-test/{name}" for name in STAND_INS}
        self.settings |= {f"{name.upper()}_EXPORTER_IMAGE": f"pdf-compare-test/{name}-exporter" for name in EXPORTERS}
        self.settings |= {"PDF_COMPARE_WEBHOOK_NETWORKS": "172.16.0.0/12,192.168.0.0/16"}  # where Docker puts networks
        self.change(**environment)
        self.base = ["docker-compose", "--env-file", str(self._env), "--project-directory", str(ROOT)]
        for path in (file, HERE / "override.yml", *more):
            self.base += ["-f", str(path)]

    def change(self, **environment: str | None) -> None:
        """Set variables for the next commands; None removes one."""
        for name, value in environment.items():
            if value is None:
                self.settings.pop(name, None)
            else:
                self.settings[name] = value
        self._env.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))

    def __enter__(self) -> Stack:
        self.clear()
        began = time.monotonic()
        try:
            self.compose("up", "-d")
            self.wait_healthy(seconds=300)
        except Failed as error:
            # Most often it is the one that migrates that knows why.
            error.add_note(self.compose("logs", "--no-color", "--tail=5", "migrate", "pgbouncer"))
            raise
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if os.environ.get("KEEP_STACK") != "1":
            self.clear()

    @contextmanager
    def bare(self) -> Iterator[Stack]:
        """Nothing is started; what was, is gone at the end."""
        self.clear()
        try:
            yield self
        finally:
            self.clear()

    def clear(self) -> None:
        """Remove containers, networks and volumes; what is left of an earlier run too."""
        self.compose("down", "-v", "--remove-orphans", "-t", "5")
        run("docker", "tag", BUILT_IMAGE, APP_IMAGE)

    def said(self, service: str, words: str, *, seconds: float = 60) -> str:
        """The line of a service's log that has these words; empty when none comes in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            lines = self.compose("logs", "--no-color", service).splitlines()
            found = [line for line in lines if words.lower() in line.lower()]
            if found:
                return found[-1].partition("| ")[2].strip()
            time.sleep(0.5)
        return ""

    def compose(self, *words: str, seconds: float = 900) -> str:
        return run(*self.base, *words, seconds=seconds)

    def new_image(self) -> None:
        """Give the application's image another id under the same name, as a build of new code does."""
        image = self.settings["PDF_COMPARE_IMAGE"]
        recipe = f"FROM {image}\nLABEL updated={time.time_ns()}\n"
        run("docker", "build", "-q", "-t", image, "-", data=recipe.encode())

    def containers(self, service: str) -> list[str]:
        """Ids of the containers of a service that run."""
        return self.compose("ps", "-q", service).split()

    def states(self) -> Mapping[str, str]:
        """By container: healthy, starting, unhealthy, running or exited."""
        ids = self.compose("ps", "-q").split()
        found: list[dict[str, Any]] = json.loads(run("docker", "inspect", *ids)) if ids else []
        states = {one["Name"].lstrip("/"): one["State"] for one in found}
        return {name: state.get("Health", {}).get("Status") or state["Status"] for name, state in states.items()}

    def wait_healthy(self, *, seconds: float) -> float:
        """Until each is healthy, and those that do their work once have ended."""

        def healthy() -> bool:
            states = self.states()
            return bool(states) and all(
                state == "healthy"
                or (state == "running" and (name.endswith(("prometheus", "grafana")) or "-exporter" in name))
                or (state == "exited" and any(once in name for once in ENDING))
                for name, state in states.items()
            )

        try:
            return until(healthy, seconds=seconds, pause=1.0)
        except Failed as error:
            error.add_note(", ".join(f"{name} {state}" for name, state in self.states().items() if state != "healthy"))
            raise


def build() -> None:
    """All images: ours from the tree, and the stand-ins."""
    folder = HERE / "images"
    for name in STAND_INS:
        _built(f"pdf-compare-test/{name}", "-f", str(folder / f"{name}.Dockerfile"), str(folder))
    for name in EXPORTERS:
        recipe = ("-f", str(folder / "exporter.Dockerfile"), "--build-arg", f"NAME={name}")
        _built(f"pdf-compare-test/{name}-exporter", *recipe, str(folder))
    _built("pdf-compare-pgbouncer:latest", "pgbouncer")
    _built("pdf-compare:latest", ".")


def _built(tag: str, *words: str) -> None:
    run("docker", "build", "-q", "-t", tag, *words, seconds=1800)
