"""`pdf-compare backup`: now, or each night as a service; the list of what there is, and a check of it."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server

from cli import connected
from core.errors import PdfCompareError
from db.blobs import Blobs
from service import backups
from service.backup_folder import BackupFolder, Manifest
from service.metrics import Children
from service.settings import Settings, load_settings
from service.telemetry import configure_logging

log = logging.getLogger("backup")

ASK_SECONDS = 60.0
RETRY_SECONDS = 15 * 60.0  #: after a backup that failed


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "backup",
        help="back up the database, the documents and the results; list and check backups",
        description="Write a backup of everything: one dump of the database, and the documents and results that are "
        "new since the last backup. Works while people work. Old backups go by PDF_COMPARE_BACKUP_KEEP.",
    )
    parser.add_argument("--to", type=Path, metavar="DIR", help="folder of backups (PDF_COMPARE_BACKUP_DIR)")
    parser.add_argument("--recipient", metavar="AGE1…", help="encrypt for this key (PDF_COMPARE_BACKUP_RECIPIENT)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="list the backups")
    what.add_argument("--check", metavar="NAME", help="read every file of a backup (`latest`: of the newest)")
    what.add_argument("--service", action="store_true", help="make one each day, at PDF_COMPARE_BACKUP_AT")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0."""
    given = {"backup_dir": arguments.to, "backup_recipient": arguments.recipient}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    folder = BackupFolder(settings.backups_in, settings.backup_recipient)
    if arguments.list:
        listed = folder.backups()
        for manifest in listed:
            _say(_line(manifest))
        if not listed:
            sys.stderr.write(f"There is no backup in {folder.path}.\n")
    elif arguments.check:
        manifest = folder.manifest(arguments.check)
        folder.check(manifest)
        _say(f"{manifest.name} is whole: the dump, and {manifest.blobs:,} documents and results.")
    elif arguments.service:
        configure_logging(settings)
        _Service(settings, folder).run()
    else:
        manifest = _make(settings, folder)
        _say(_line(manifest))
        if manifest.damaged:
            sys.stderr.write(
                f"{len(manifest.damaged)} documents or results are damaged where they are stored, and are not in the "
                "backup; an earlier backup may have them.\n"
            )
    return 0


def _make(settings: Settings, folder: BackupFolder) -> Manifest:
    with connected.database(settings) as url:
        sources = [source for source in (settings.backup_database_url, url) if source]
        blobs = Blobs(settings.data_dir / "blobs", settings.blob_url)
        return backups.make(folder, sources, blobs, backups.Keep.parsed(settings.backup_keep))


def metrics(registry: CollectorRegistry) -> tuple[Gauge, Gauge, Gauge, Counter]:
    """What the service tells: when the last one was made, how long it took, how large it is, and how many failed."""
    return (
        Gauge("pdfc_backup_last_success_seconds", "Time of the last backup", registry=registry),
        Gauge("pdfc_backup_seconds", "How long the last backup took", registry=registry),
        Gauge("pdfc_backup_bytes", "What the last backup holds", registry=registry),
        Counter("pdfc_backup_failures", "Backups that failed", registry=registry),
    )


class _Service:
    """One backup a day until SIGTERM, with metrics; soon after the start when the last one is too old."""

    def __init__(self, settings: Settings, folder: BackupFolder) -> None:
        self._settings = settings
        self._folder = folder
        self._stopping = threading.Event()
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(Children())
        self._last, self._seconds, self._bytes, self._failures = metrics(self._registry)

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        newest = next(iter(self._folder.backups()), None)
        if newest is not None:
            self._tell(newest)
        if self._settings.backup_metrics_port:
            start_http_server(self._settings.backup_metrics_port, registry=self._registry)
        due = next_time(newest.made_at if newest else None, self._settings.backup_at, datetime.now(UTC))
        # Asked again and again, because the clock of the machine may be set meanwhile.
        while not self._stopping.wait(min(max((due - datetime.now(UTC)).total_seconds(), 0.0), ASK_SECONDS)):
            if datetime.now(UTC) >= due:
                due = self._once()

    def _once(self) -> datetime:
        """Make one; when the next is due."""
        began = time.monotonic()
        try:
            made = _make(self._settings, self._folder)
        except PdfCompareError as error:
            self._failures.inc()
            log.error("backup failed", extra={"action": "backup_failed", "code": error.code, "reason": error.message})  # noqa: TRY400
            return datetime.now(UTC) + timedelta(seconds=RETRY_SECONDS)
        self._tell(made)
        if made.damaged:
            log.error("stored files are damaged", extra={"action": "backup_damaged", "status": len(made.damaged)})
        log.info("backup made", extra={"action": "backup", "seconds": round(time.monotonic() - began, 1)})
        return next_time(made.made_at, self._settings.backup_at, datetime.now(UTC))

    def _tell(self, manifest: Manifest) -> None:
        self._last.set(manifest.made_at.timestamp())
        self._seconds.set(manifest.seconds)
        self._bytes.set(manifest.dump_bytes + manifest.blob_bytes)


def next_time(last: datetime | None, at: str, now: datetime) -> datetime:
    """When the next backup is due: at the time of day `at` (UTC), or now when one was missed."""
    hour, minute = map(int, at.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    latest_due = today if today <= now else today - timedelta(days=1)
    if last is None or last < latest_due:
        return now
    return latest_due + timedelta(days=1)


def _line(manifest: Manifest) -> str:
    size = (manifest.dump_bytes + manifest.blob_bytes) / 1e6
    marks = "".join(
        f", {mark}"
        for mark, holds in (
            ("encrypted", manifest.recipient),
            ("from a replica", manifest.source == "replica"),
            (f"{len(manifest.damaged)} damaged", manifest.damaged),
        )
        if holds
    )
    return (
        f"{manifest.name}  {size:,.1f} MB, {manifest.blobs:,} documents and results ({manifest.copied:,} new), "
        f"{manifest.seconds:.1f} s{marks}"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
