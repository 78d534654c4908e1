"""Starts a producer's program in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TIMEOUT_SECONDS = 180.0
#: 2024-01-01: files say the same date whenever they are made.
EPOCH = "1704067200"


@contextmanager
def workshop() -> Iterator[Path]:
    """A temporary folder."""
    with tempfile.TemporaryDirectory(prefix="accuracy-") as folder:
        yield Path(folder)


def run(command: Sequence[str | Path], folder: Path) -> None:
    """Run a program; raises `RuntimeError` with its last words when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH, "FORCE_SOURCE_DATE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
        raise RuntimeError(f"{command[0]}: {said[-600:]}")
