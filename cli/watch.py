"""`pdf-compare watch DIR`: each new revision of a file is compared with the one before, its report laid beside it.

What was seen last lies in `DIR/.pdf-compare`: a copy of each file's last revision under its digest, and a table of
names. A report is written before the table says that its revision was seen, so nothing is missed over a restart, and
at worst compared twice.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.choices import add_choices, options_of
from cli.compare import opened
from cli.exit_codes import ExitCode
from cli.remote import add_server, connected, ended, face
from cli.trouble import report
from core.errors import CannotOpen, CannotWrite, PdfCompareError
from core.faces.plain import shown
from core.options import CompareOptions, Limits

FOLDER = ".pdf-compare"
_TABLE = "seen.json"
_LOOK_SECONDS = 1.0
_REPORT = ".changes.html"


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "watch",
        help="compare each new revision of the files in a folder with the one before",
        description="Stay, and compare: when NAME.pdf is replaced, NAME.pdf.changes.html tells what changed. A file is "
        "read when it has not changed for a while. What happened while nobody watched is found at the next start.",
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="where the files are")
    parser.add_argument(
        "--settle", metavar="SECONDS", type=float, default=3.0, help="unchanged for so long (default: 3)"
    )
    parser.add_argument("--once", action="store_true", help="look once, and leave when all is compared")
    add_choices(parser)
    add_server(parser)


def run(arguments: argparse.Namespace) -> int:
    """Watch until SIGTERM or Ctrl-C."""
    options = options_of(arguments)
    if not arguments.folder.is_dir():
        raise CannotOpen(f"{arguments.folder}: is not a folder")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    watch = Watch(arguments, options)
    while True:
        waiting = watch.look()
        if arguments.once and not waiting:
            return ExitCode.SAME
        time.sleep(_LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Sight:
    """A file as it looked, and since when it has looked so."""

    size: int
    changed_ns: int
    inode: int
    since: float


class Watch:
    """What was seen of a folder, on disk and since the start."""

    def __init__(self, arguments: argparse.Namespace, options: CompareOptions) -> None:
        self._arguments = arguments
        self._options = options
        self._folder: Path = arguments.folder
        self._kept = self._folder / FOLDER
        self._sights: dict[str, _Sight] = {}
        self._done: dict[str, _Sight] = {}
        try:
            self._kept.mkdir(exist_ok=True)
            table = self._kept / _TABLE
            self._seen: dict[str, str] = json.loads(table.read_text("utf-8")) if table.exists() else {}
        except (OSError, ValueError) as error:
            raise CannotWrite(f"{self._kept}: cannot be used ({type(error).__name__})") from error

    def look(self) -> bool:
        """Compare what has settled; whether something still has to settle."""
        waiting = False
        names = sorted(path.name for path in self._folder.iterdir() if _is_watched(path))
        for name in names:
            sight = self._sight(name)
            if sight is None or self._done.get(name) == sight:
                continue
            if time.monotonic() - sight.since < self._arguments.settle:
                waiting = True
                continue
            try:
                self._take(name)
            except PdfCompareError as error:
                # The file is what it is until it changes again.
                report(error, about=str(self._folder / name))
            self._done[name] = sight
        return waiting

    def _sight(self, name: str) -> _Sight | None:
        try:
            status = (self._folder / name).stat()
        except OSError:
            return None
        before = self._sights.get(name)
        now = _Sight(status.st_size, status.st_mtime_ns, status.st_ino, time.monotonic())
        if before is None or (before.size, before.changed_ns, before.inode) != (now.size, now.changed_ns, now.inode):
            self._sights[name] = now
        return self._sights[name]

    def _take(self, name: str) -> None:
        """Keep a copy of the file, compare it with the last one, and remember it."""
        copy, digest = self._copied(name)
        last = self._seen.get(name)
        if last == digest:
            return
        before = None if last is None else self._kept / f"{last}.pdf"
        if before is None or not before.exists():
            self._say(name, "first seen")
        else:
            try:
                page, told = self._compared(name, before, copy)
            except PdfCompareError:
                if digest not in self._seen.values():
                    copy.unlink(missing_ok=True)
                raise
            _put(self._folder / f"{name}{_REPORT}", page)
            self._say(name, told)
        self._seen[name] = digest
        _put(self._kept / _TABLE, json.dumps(self._seen, ensure_ascii=False, indent=1, sort_keys=True).encode())
        if last is not None and last not in self._seen.values():
            (self._kept / f"{last}.pdf").unlink(missing_ok=True)

    def _copied(self, name: str) -> tuple[Path, str]:
        """The file as it is now, under its digest: it may be replaced while it is compared."""
        fresh = self._kept / f"{os.getpid()}.part"
        try:
            shutil.copyfile(self._folder / name, fresh)
            with fresh.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            kept = self._kept / f"{digest}.pdf"
            fresh.replace(kept)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise CannotOpen(f"cannot be read: {(error.strerror or 'unknown').lower()}") from error
        return kept, digest

    def _compared(self, name: str, old: Path, new: Path) -> tuple[bytes, str]:
        """The report, and how many changes there are."""
        if self._arguments.server:
            with connected(self._arguments) as client:
                before = client.upload(old, name=name)
                after = client.upload(new, name=name)
                asked = client.compare(before.id, after.id, options=self._options.to_json())
                comparison = ended(client.wait(asked.id))
                counted = sum(1 for _ in client.changes(comparison.id))
                return face(client, comparison, "html"), _told(comparison.identical, counted)
        from core.faces.html import html
        from core.pipeline import Source, compare_files

        with opened(str(old), "old") as old_fd, opened(str(new), "new") as new_fd:
            outcome = compare_files(
                Source(fd=old_fd, name=name, sha256=None, password=None),
                Source(fd=new_fd, name=name, sha256=None, password=None),
                self._options,
                limits=Limits(),
                jobs=len(os.sched_getaffinity(0)),
                on_progress=None,
                cancelled=None,
                cache=None,
            )
        result = json.loads(outcome.json)
        return html(result).encode("utf-8", "replace"), _told(outcome.identical, len(result["changes"]))

    @staticmethod
    def _say(name: str, what: str) -> None:
        sys.stdout.write(f"{time.strftime('%F %T')}  {shown(name, 120)}  {what}\n")
        sys.stdout.flush()


def _is_watched(path: Path) -> bool:
    return path.name.lower().endswith(".pdf") and not path.name.startswith(".") and path.is_file()


def _told(identical: bool | None, changes: int) -> str:
    if identical:
        return "no change"
    return f"{changes:,} change{'s' * (changes != 1)}" + ("" if identical is False else ", not every page compared")


def _put(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {(error.strerror or 'unknown').lower()}") from error
