"""`pdf-compare batch OLD NEW`: a folder against a folder, or one file against a folder; here or on a server."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from cli.choices import add_choices, options_of
from cli.compare import opened
from cli.exit_codes import ExitCode
from cli.remote import add_server, connected
from cli.terminal import Bar, Ink
from core.errors import CannotOpen, CannotWrite, OptionsError, PdfCompareError
from core.faces.plain import shown
from core.options import CompareOptions, Limits

MOST_PAIRS = 10_000
_AT_ONCE = 500  #: pairs of one batch on a server


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table; `state` is same, changed, incomplete, failed, added or removed."""

    name: str
    old: str
    new: str
    state: str
    changes: int | None = None
    major: int | None = None
    error: str = ""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "batch",
        help="compare a folder with a folder, or one file with many",
        description="Compare the PDFs of two folders by their names; what was renamed and is the same is found by its "
        "content. With a file for OLD, compare it with each PDF of NEW.",
        epilog="Exit codes: 0 nothing changed; 1 changes, or files added or removed; 2 trouble with a file.",
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="a folder, or one file")
    parser.add_argument("new", metavar="NEW", type=Path, help="a folder")
    parser.add_argument("--csv", metavar="FILE", help="the table as CSV, `-` for standard output")
    parser.add_argument("--out", metavar="DIR", type=Path, help="an HTML report of each pair that changed, there")
    parser.add_argument("--quiet", "-q", action="store_true", help="no table and no progress bar")
    add_choices(parser)
    add_server(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare all pairs and tell the table."""
    options = options_of(arguments)
    if not arguments.new.is_dir():
        raise CannotOpen(f"{arguments.new}: is not a folder")
    pairs, lines = _paired(arguments.old, arguments.new)
    if len(pairs) > MOST_PAIRS:
        raise OptionsError(f"there are {len(pairs):,} pairs", remedy=f"Compare {MOST_PAIRS:,} at most.")
    if arguments.out is not None:
        try:
            arguments.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"{arguments.out}: {(error.strerror or 'unknown').lower()}") from error
    made = _there(arguments, pairs, options) if arguments.server else _here(arguments, pairs, options)
    lines = sorted([*lines, *made], key=lambda line: line.name)
    if arguments.csv is not None:
        _write_csv(arguments.csv, lines)
    if not arguments.quiet and arguments.csv != "-":
        _tell(lines)
    states = {line.state for line in lines}
    if states & {"failed", "incomplete"}:
        return ExitCode.TROUBLE
    return ExitCode.CHANGED if states - {"same"} else ExitCode.SAME


def _paired(old: Path, new: Path) -> tuple[list[tuple[str, Path, Path]], list[Line]]:
    """The pairs by name, and a line for each file without a partner or renamed without a change."""
    news = _pdfs(new)
    if not old.is_dir():
        return [(name, old, path) for name, path in news.items()], []
    olds = _pdfs(old)
    pairs = [(name, path, news[name]) for name, path in olds.items() if name in news]
    gone = {name: path for name, path in olds.items() if name not in news}
    came = {name: path for name, path in news.items() if name not in olds}
    by_content = {_digest(path): name for name, path in gone.items()} if came else {}
    lines = []
    for name, path in list(came.items()):
        before = by_content.pop(_digest(path), None) if by_content else None
        if before is not None:
            lines.append(Line(name, str(gone.pop(before)), str(came.pop(name)), "same", 0, 0))
    lines += [Line(name, str(path), "", "removed") for name, path in gone.items()]
    lines += [Line(name, "", str(path), "added") for name, path in came.items()]
    return pairs, lines


def _pdfs(folder: Path) -> dict[str, Path]:
    """The PDFs below a folder, by their path in it; links out of it are not followed."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if name.lower().endswith(".pdf") and not name.startswith(".") and path.is_file():
                found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CannotOpen(f"{path}: {(error.strerror or 'unknown').lower()}") from error


def _here(
    arguments: argparse.Namespace, pairs: list[tuple[str, Path, Path]], options: CompareOptions
) -> Iterator[Line]:
    from core.pipeline import Source, compare_files

    bar = Bar(sys.stderr, quiet=arguments.quiet)
    for number, (name, old, new) in enumerate(pairs):
        bar.show("comparing", number, len(pairs))
        try:
            with opened(str(old), "old") as old_fd, opened(str(new), "new") as new_fd:
                outcome = compare_files(
                    Source(fd=old_fd, name=old.name, sha256=None, password=None),
                    Source(fd=new_fd, name=new.name, sha256=None, password=None),
                    options,
                    limits=Limits(),
                    jobs=len(os.sched_getaffinity(0)),
                    on_progress=None,
                    cancelled=None,
                    cache=None,
                )
        except PdfCompareError as error:
            yield Line(name, str(old), str(new), "failed", error=error.code)
            continue
        result = json.loads(outcome.json)
        if arguments.out is not None and result["changes"]:
            from core.faces.html import html

            _write(arguments.out, name, html(result).encode("utf-8", "replace"))
        major = sum(change["severity"] == "major" for change in result["changes"])
        yield Line(name, str(old), str(new), _state(outcome.identical), len(result["changes"]), major)
    bar.clear()


def _there(
    arguments: argparse.Namespace, pairs: list[tuple[str, Path, Path]], options: CompareOptions
) -> Iterator[Line]:
    from pdf_compare_client import ApiError, Batch, Pair

    bar = Bar(sys.stderr, quiet=arguments.quiet)
    with connected(arguments) as client:
        sent: list[tuple[str, Path, Path, Pair]] = []
        for number, (name, old, new) in enumerate(pairs):
            bar.show("sending", number, len(pairs))
            try:
                ids = [client.upload(path, name=name if path is new else None).id for path in (old, new)]
            except ApiError as error:
                if error.status not in {413, 415, 422}:
                    raise
                yield Line(name, str(old), str(new), "failed", error=error.code)
                continue
            sent.append((name, old, new, Pair(ids[0], ids[1], name[:200])))

        def show(batch: Batch) -> None:
            bar.show("comparing", batch.total - sum(batch.states.get(s, 0) for s in ("queued", "running")), batch.total)

        for start in range(0, len(sent), _AT_ONCE):
            part = sent[start : start + _AT_ONCE]
            batch = client.compare_many([pair for *_, pair in part], options=options.to_json())
            client.wait_for_batch(batch.id, on_progress=show)
            for (name, old, new, _), item in zip(part, client.batch_items(batch.id), strict=True):
                if item.state != "done":
                    yield Line(name, str(old), str(new), "failed", error=item.error or item.state)
                    continue
                if arguments.out is not None and item.changes and item.comparison is not None:
                    _write(arguments.out, name, client.export(item.comparison, "html"))
                yield Line(name, str(old), str(new), _state(item.identical), item.changes, item.major)
    bar.clear()


def _state(identical: bool | None) -> str:
    return {True: "same", False: "changed", None: "incomplete"}[identical]


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder / f"{name}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise CannotWrite(f"{path}: {(error.strerror or 'unknown').lower()}") from error


def _write_csv(target: str, lines: list[Line]) -> None:
    from core.faces.csv import harmless

    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(field.name for field in fields(Line))
    for line in lines:
        writer.writerow("" if cell is None else harmless(cell) for cell in astuple(line))
    if target == "-":
        sys.stdout.write(stream.getvalue())
        return
    try:
        Path(target).write_text(stream.getvalue(), "utf-8")
    except OSError as error:
        raise CannotWrite(f"{target}: {(error.strerror or 'unknown').lower()}") from error


def _tell(lines: list[Line]) -> None:
    ink = Ink(sys.stdout)
    colours = {"same": "green", "failed": "red", "incomplete": "red"}
    for line in lines:
        counted = "" if not line.changes else f"{line.changes:,} changes" + f", {line.major:,} major" * bool(line.major)
        state = ink(f"{line.state:<10}", colours.get(line.state, "yellow"))
        sys.stdout.write(f"{state} {shown(line.name, 120)}  {counted}{line.error}\n")
    counts = {state: sum(line.state == state for line in lines) for state in dict.fromkeys(x.state for x in lines)}
    sys.stdout.write(
        ", ".join(f"{count:,} {state}" for state, count in counts.items()) + "\n" if lines else "No PDFs.\n"
    )
