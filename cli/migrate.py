"""`pdf-compare migrate`: bring the database to the schema of this release."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from db import migrate
from service.settings import load_settings


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    commands.add_parser(
        "migrate",
        help="bring the database to the current form",
        description="Apply what is missing to the database named by DATABASE_DIRECT_URL, else DATABASE_URL. Safe to "
        "run again, and by several at once.",
    )


def run(arguments: argparse.Namespace) -> int:
    """Migrate; 0."""
    migrate.upgrade(load_settings().direct_to)
    sys.stdout.write("The database is up to date.\n")
    return 0
