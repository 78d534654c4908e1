"""`pdf-compare restore`: a backup into an empty installation, with a proof that all of it is there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from cli import connected
from db.blobs import Blobs
from service import backups
from service.backup_folder import BackupFolder, identity_in
from service.settings import load_settings


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "restore",
        help="bring a backup back into an empty installation",
        description="Bring a backup back. The database and the store must be empty; what is there already is never "
        "overwritten. Everything is checked before anything is written, and compared by digest after it.",
    )
    parser.add_argument("name", help="a backup as `pdf-compare backup --list` names it, or `latest`")
    parser.add_argument(
        "--from", dest="source", type=Path, metavar="DIR", help="folder of backups (PDF_COMPARE_BACKUP_DIR)"
    )
    parser.add_argument("--identity", type=Path, metavar="FILE", help="the key of an encrypted backup, by age-keygen")


def run(arguments: argparse.Namespace) -> int:
    """Restore; 0."""
    settings = load_settings(**({"backup_dir": arguments.source} if arguments.source else {}))
    identity = identity_in(arguments.identity) if arguments.identity else None
    folder = BackupFolder(settings.backups_in)
    folder.manifest(arguments.name)  # a name that is none is said before a server is started
    with connected.database(settings) as url:
        blobs = Blobs(settings.data_dir / "blobs", settings.blob_url)
        done = backups.restore(folder, arguments.name, url, blobs, identity=identity, say=_say)
    _say(
        f"Restored {done.manifest.name} in {done.seconds:.1f} s: {done.rows:,} rows of {done.tables} tables and "
        f"{done.blobs:,} documents and results, 0 differences."
    )
    return 0


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
