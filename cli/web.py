"""`pdf-compare web`: becomes the web server; workers and database are elsewhere."""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import PdfCompareError
from service.settings import Settings, load_settings


class NotInstalled(PdfCompareError):
    """The web interface is not there."""

    code = "not_installed"
    remedy = "Install pdf-compare again."


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "web",
        help="run the web server alone",
        description="Serve the pages and the API on the database named by DATABASE_URL until SIGTERM or Ctrl-C.",
    )
    parser.add_argument("--port", type=int, help="port of the web server (PDF_COMPARE_PORT; default: 8501)")
    parser.add_argument("--host", help="address to listen on (PDF_COMPARE_HOST; default: 127.0.0.1, this machine only)")


def run(arguments: argparse.Namespace) -> int:
    """Replace this process; does not return."""
    named = {"port": arguments.port, "host": arguments.host}
    settings = load_settings(**{name: value for name, value in named.items() if value is not None})
    settings.writes_to  # noqa: B018  says at once that no database is set
    line = command(settings)
    os.environ["PDF_COMPARE_HOST"] = settings.host  # decides whether people sign in
    os.execv(line[0], line)  # noqa: S606  our own interpreter, fixed arguments


def command(settings: Settings) -> list[str]:
    """The command line of the web server; `NotInstalled`."""
    spec = find_spec("ui")
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalled("The web interface is not installed.")
    script = Path(spec.submodule_search_locations[0]) / "app.py"
    flags = {
        "server.address": settings.host,
        "server.port": str(settings.port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "logger.level": "warning",
        "logger.hideWelcomeMessage": "true",
    }
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        *(f"--{name}={value}" for name, value in flags.items()),
    ]
