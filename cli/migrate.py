"""`pdf-compare migrate`: bring the database to the schema of this release."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import Any

from db import migrate
from db.schema import Form
from service.settings import load_settings, refuse_weak

_PAUSE_SECONDS = 1.0


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "migrate",
        help="bring the database to the current form",
        description="Apply what is missing to the database named by DATABASE_DIRECT_URL, else DATABASE_URL. Safe to "
        "run again, after it was broken off too, and by several at once.",
    )
    parser.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="for a database that is not there yet"
    )
    parser.add_argument(
        "--check-secrets", default="", metavar="NAMES", help="variables, with commas, that must hold a strong password"
    )


def run(arguments: argparse.Namespace) -> int:
    """Migrate; 0."""
    for name in filter(None, arguments.check_secrets.split(",")):
        refuse_weak(name, os.environ.get(name, ""))
    settings = load_settings()
    deadline = time.monotonic() + arguments.wait
    told = ""
    while True:
        try:
            form = migrate.upgrade(settings.direct_to)
            break
        except migrate.Unfit:
            raise
        except migrate.CannotMigrate as error:
            if time.monotonic() > deadline:
                raise
            # Most often it only starts; a wrong password or certificate is to be seen at once all the same.
            if error.message != told:
                told = error.message
                sys.stderr.write(f"Waiting: {told}\n")
        time.sleep(_PAUSE_SECONDS)
    sys.stdout.write(
        "The database has the form of a later release, which fits this one; nothing was changed.\n"
        if form is Form.AHEAD
        else "The database is up to date.\n"
    )
    return 0
