"""`pdf-compare worker`: becomes the worker process; nothing of it is imported here."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "worker",
        help="run workers that take comparisons from the queue",
        description="Take jobs from the database named by DATABASE_URL and do them until SIGTERM or Ctrl-C.",
    )
    parser.add_argument("--queues", help="queues to serve, with commas: compare, extract, assist, notify")
    parser.add_argument("--concurrency", type=int, help="jobs side by side")


def run(arguments: argparse.Namespace) -> int:
    """Replace this process; does not return."""
    command = [sys.executable, "-m", "worker"]
    if arguments.queues:
        command += ["--queues", arguments.queues]
    if arguments.concurrency:
        command += ["--concurrency", str(arguments.concurrency)]
    os.execv(command[0], command)  # noqa: S606  our own interpreter, fixed arguments
