"""The stack under test: the real compose file, with stand-ins for images that only a registry has."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FILE = "docker-compose-scaled.yml"
STAND_INS = ("nginx", "postgres", "redis", "prometheus")
PORT = 18080
UI, WORKER = "pdf-compare-ui", "pdf-compare-worker"


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
    """Built, started and healthy inside of `with`; containers, networks and volumes are gone at the end."""

    def __init__(self, **environment: str) -> None:
        folder = Path(tempfile.mkdtemp(prefix="pdfc-stack-"))
        self._env = folder / "env"
        run(str(ROOT / "packaging" / "env.sh"), str(ROOT / ".env.scaled"), str(self._env))
        lines = [line for line in self._env.read_text().splitlines() if not line.startswith("#") and "=" in line]
        self.settings: dict[str, str] = dict(line.split("=", 1) for line in lines)
        self.settings |= {"HTTP_PORT": str(PORT), "HTTPS_PORT": "18443", "STREAMLIT_INSTANCES": "3"}
        self.settings |= {"COMPOSE_PROJECT_NAME": "pdf-compare-stack-test", "UI_MEMORY": "2g"}
        self.settings |= {f"{name.upper()}_IMAGE": f"pdf-compare-test/{name}" for name in STAND_INS}
        self.settings |= environment
        self._env.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))
        self.base = ["docker-compose", "--env-file", str(self._env), "-f", FILE, "-f", str(HERE / "override.yml")]

    def __enter__(self) -> Stack:
        self.compose("down", "-v", "--remove-orphans")
        began = time.monotonic()
        self.compose("up", "-d")
        self.wait_healthy(seconds=300)
        self.start_seconds = time.monotonic() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if os.environ.get("KEEP_STACK") != "1":
            self.compose("down", "-v", "--remove-orphans", "-t", "5")

    def compose(self, *words: str, seconds: float = 900) -> str:
        return run(*self.base, *words, seconds=seconds)

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
        """Until each is healthy, and the one that migrates has ended."""

        def healthy() -> bool:
            states = self.states()
            return bool(states) and all(
                state == "healthy"
                or (state == "running" and name.endswith(("prometheus", "grafana")))
                or (state == "exited" and name.endswith("migrate"))
                for name, state in states.items()
            )

        return until(healthy, seconds=seconds, pause=1.0)


def build() -> None:
    """All images: ours from the tree, and the stand-ins."""
    folder = HERE / "images"
    for name in STAND_INS:
        _built(f"pdf-compare-test/{name}", "-f", str(folder / f"{name}.Dockerfile"), str(folder))
    _built("pdf-compare-pgbouncer:latest", "pgbouncer")
    _built("pdf-compare:latest", ".")


def _built(tag: str, *words: str) -> None:
    run("docker", "build", "-q", "-t", tag, *words, seconds=1800)
