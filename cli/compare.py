"""`pdf-compare compare OLD NEW`: compares on this machine alone, without a server or database."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from cli.baseline import beyond, read_baseline, write_baseline
from cli.choices import add_choices, options_of
from cli.exit_codes import ExitCode
from cli.remote import add_server, compared, connected, face
from cli.told import add_filters, as_query, selection_of
from cli.trouble import report
from core.errors import CannotOpen, CannotWrite, Incomplete, OptionsError, PdfCompareError
from core.faces.notices import all_notices
from core.faces.plain import shown
from core.faces.selection import Selection
from core.options import CompareOptions, Limits

if TYPE_CHECKING:
    from core.pipeline import Outcome, Progress

SIDES = ("old", "new")
_FACES = ("json", "html", "md", "xlsx", "csv", "docx")
Parsed: TypeAlias = "Callable[[], dict[str, Any]]"


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "compare",
        help="compare two revisions of a PDF",
        description="Compare two revisions of a PDF. Works alone, and keeps nothing unless --cache is given.",
        epilog="Exit codes: 0 every page compared, no change; 1 changes; 2 trouble, told in one line; 130 Ctrl-C.",
    )
    parser.add_argument("old", metavar="OLD", help="the old revision")
    parser.add_argument("new", metavar="NEW", help="the new revision")
    out = parser.add_argument_group("output (FILE may be - for standard output)")
    out.add_argument("--json", metavar="FILE", help="the whole result, form pdf-compare/1")
    out.add_argument("--html", metavar="FILE", help="a report in one file, for any browser")
    out.add_argument("--md", metavar="FILE", help="a report in Markdown")
    out.add_argument("--xlsx", metavar="FILE", help="an Excel workbook: summary, changes, tables, coverage")
    out.add_argument("--csv", metavar="FILE", help="one line for each change, for spreadsheets and scripts")
    out.add_argument(
        "--docx", metavar="FILE", help="both revisions in one text with tracked changes, for Word and LibreOffice"
    )
    out.add_argument(
        "--pdf",
        metavar="FILE",
        action="append",
        default=[],
        help="both revisions side by side with the changes marked; with {side} in FILE: a marked copy of each, "
        "such as marked-{side}.pdf. May be given twice",
    )
    out.add_argument(
        "--baseline", metavar="FILE", help="changes whose ids stand there are accepted: no reason for exit 1"
    )
    out.add_argument("--write-baseline", metavar="FILE", help="accept all changes found: write their ids there")
    out.add_argument("--quiet", "-q", action="store_true", help="no summary and no progress bar")
    add_filters(parser)
    add_choices(parser)
    how = parser.add_argument_group("how")
    how.add_argument("--old-password", metavar="PASSWORD", help="opens OLD")
    how.add_argument("--new-password", metavar="PASSWORD", help="opens NEW")
    how.add_argument(
        "--jobs", metavar="N", type=_positive, help="processes at the same time (default: one for each core)"
    )
    how.add_argument("--cache", metavar="DIR", type=Path, help="keep read documents here, to compare them again sooner")
    add_server(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, write what was asked for, and tell the result."""
    names = {"old": str(arguments.old), "new": str(arguments.new)}
    try:
        options = options_of(arguments)
        outputs = _outputs(arguments)
        selection = selection_of(arguments)
        accepted = read_baseline(arguments.baseline) if arguments.baseline is not None else frozenset()
        with _made(arguments, options, names, selection) as made:
            for output in outputs:
                _write(output, made.face(output.face))
            if arguments.write_baseline is not None:
                write_baseline(arguments.write_baseline, made.parsed())
            tell = not arguments.quiet and not any(output.is_stdout for output in outputs)
            return _answer(made, names, tell=tell, accepted=accepted)
    except PdfCompareError as error:
        about = names[error.side] if error.side in names else _about(error, names)
        return report(error, about=about, remedy=_remedy(error))


@dataclass(frozen=True, slots=True)
class _Made:
    """A result, wherever it was made; `face` gives it as the file of a face."""

    identical: bool | None
    parsed: Parsed
    face: Callable[[str], bytes]


@contextmanager
def _made(
    arguments: argparse.Namespace, options: CompareOptions, names: dict[str, str], selection: Selection
) -> Iterator[_Made]:
    """The result: of this machine, or of the server that was named."""
    if arguments.server is None:
        with opened(names["old"], "old") as old, opened(names["new"], "new") as new:
            handles = {"old": old, "new": new}
            outcome = _compare(arguments, options, handles)
            parsed = cache(lambda: _parsed(outcome.json))
            made = _Here(outcome, parsed, handles, arguments, selection)
            yield _Made(outcome.identical, parsed, made.face)
        return
    for name in ("old_password", "new_password", "jobs", "cache"):
        if getattr(arguments, name) is not None:
            option = name.replace("_", "-")
            raise OptionsError(f"--{option} does not go with --server", remedy="Leave it out, or compare here.")
    for side in SIDES:
        with opened(names[side], side):
            pass
    with connected(arguments) as client:
        comparison = compared(client, Path(names["old"]), Path(names["new"]), options, quiet=arguments.quiet)
        whole = cache(lambda: face(client, comparison, "json"))
        yield _Made(
            comparison.identical,
            cache(lambda: _parsed(whole())),
            lambda name: whole() if name == "json" else face(client, comparison, name, **as_query(selection)),
        )


# ------------------------------------------------------------------ what was asked for


@dataclass(frozen=True, slots=True)
class _Output:
    """A file to write; `face` is one of `_FACES`, or both, old or new for a marked PDF."""

    face: str
    path: str

    @property
    def is_stdout(self) -> bool:
        return self.path == "-"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return int(text)


def _outputs(arguments: argparse.Namespace) -> list[_Output]:
    """What to write, refused before any work where it cannot succeed."""
    outputs = [_Output(face, path) for face in _FACES if (path := getattr(arguments, face)) is not None]
    for path in arguments.pdf:
        sides = SIDES if "{side}" in path else ("both",)
        outputs += [_Output(side, path.replace("{side}", side)) for side in sides]
    if sum(output.is_stdout for output in outputs) > 1:
        raise OptionsError("only one output can go to standard output", remedy="Give the others a file name.")
    for output in outputs:
        if output.is_stdout:
            continue
        path = Path(output.path)
        if not path.parent.is_dir() or path.is_dir():
            raise CannotWrite(
                f"{output.path}: is a folder" if path.is_dir() else f"{output.path}: there is no such folder"
            )
        if any(
            path.exists() and Path(source).exists() and path.samefile(source)
            for source in (arguments.old, arguments.new)
        ):
            raise OptionsError(f"{output.path} is one of the files to compare", remedy="Write to another file.")
    return outputs


@contextmanager
def opened(name: str, side: str | None = None) -> Iterator[int]:
    """A file descriptor of a regular file; a pipe or device is refused, because it can be read only once.

    Raises:
        CannotOpen: About `side`, where there are two.
    """
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _about_side(CannotOpen(f"cannot be opened: {(error.strerror or 'unknown').lower()}"), side) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _about_side(CannotOpen("is not a file"), side)
        yield handle
    finally:
        os.close(handle)


def _about_side(error: PdfCompareError, side: str | None) -> PdfCompareError:
    error.side = side
    return error


# ------------------------------------------------------------------ the work


def _compare(arguments: argparse.Namespace, options: CompareOptions, handles: dict[str, int]) -> Outcome:
    from cli.read_cache import FolderCache
    from cli.terminal import Bar
    from core.pipeline import Source, compare_files

    bar = Bar(sys.stderr, quiet=arguments.quiet)

    def show(progress: Progress) -> None:
        label = f"{progress.stage} {progress.side}" if progress.side else progress.stage
        bar.show(label, progress.done, progress.total)

    def source(side: str) -> Source:
        name = Path(getattr(arguments, side)).name
        return Source(fd=handles[side], name=name, sha256=None, password=getattr(arguments, f"{side}_password"))

    try:
        return compare_files(
            source("old"),
            source("new"),
            options,
            limits=Limits(),
            jobs=arguments.jobs or len(os.sched_getaffinity(0)),
            on_progress=show,
            cancelled=None,
            cache=FolderCache(arguments.cache) if arguments.cache else None,
        )
    finally:
        bar.clear()


def _parsed(data: bytes) -> dict[str, Any]:
    import json

    result: dict[str, Any] = json.loads(data)
    return result


@dataclass(frozen=True, slots=True)
class _Here:
    """What was compared on this machine."""

    outcome: Outcome
    parsed: Parsed
    handles: dict[str, int]
    arguments: argparse.Namespace
    selection: Selection

    def face(self, face: str) -> bytes:
        """The file of a face; JSON is the whole result."""
        result, chosen = self.parsed, self.selection
        passwords = {side: getattr(self.arguments, f"{side}_password") for side in SIDES}
        if face == "json":
            return self.outcome.json
        if face == "html":
            from core.faces.html import html
            from core.thumbnails import thumbnails

            pictures = thumbnails(result(), self.handles, limits=Limits(), passwords=passwords, selection=chosen)
            return html(result(), chosen, pictures).encode("utf-8", "replace")
        if face == "md":
            from core.faces.markdown import markdown

            return markdown(result(), chosen).encode("utf-8", "replace")
        if face == "xlsx":
            from core.faces.xlsx import xlsx

            return xlsx(result(), chosen)
        if face == "csv":
            from core.faces.csv import csv

            return csv(result(), chosen).encode("utf-8", "replace")
        if face == "docx":
            from core.redlined import redline_docx

            return redline_docx(result(), self.handles, limits=Limits(), passwords=passwords, selection=chosen)
        from core.marked import marked_pdf

        return marked_pdf(result(), face, self.handles, limits=Limits(), passwords=passwords, selection=chosen)


def _write(output: _Output, data: bytes) -> None:
    try:
        if output.is_stdout:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            Path(output.path).write_bytes(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(f"{output.path}: {(error.strerror or 'unknown').lower()}") from error


# ------------------------------------------------------------------ the answer


def _answer(made: _Made, names: dict[str, str], *, tell: bool, accepted: frozenset[str]) -> int:
    left = beyond(made.parsed(), accepted) if accepted and made.identical is False else None
    if tell:
        from cli.summary import summary
        from cli.terminal import Ink, width

        whole = made.parsed()
        told = whole if left is None or not left["changes"] else left
        lines = list(summary(told, ink=Ink(sys.stdout), columns=width(sys.stdout, 200)))
        if left is not None:
            count = len(whole["changes"]) - len(left["changes"])
            lines.append(f"The baseline accepts {count:,} of {len(whole['changes']):,} changes.")
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
    if made.identical:
        return ExitCode.SAME
    if made.identical is False and (left is None or left["changes"]):
        return ExitCode.CHANGED
    if left is not None and made.parsed()["summary"].get("complete", True):
        return ExitCode.SAME
    return _incomplete(made.parsed(), names)


def _incomplete(result: dict[str, Any], names: dict[str, str]) -> ExitCode:
    """No change was found, but that is not to say that there is none."""
    missing = {side: sum(not page["compared"] for page in result[side]["pages"]) for side in SIDES}
    about = " and ".join(names[side] for side in SIDES if missing[side]) or " and ".join(names.values())
    counted = sum(missing.values()), sum(len(result[side]["pages"]) for side in SIDES)
    reason = next((notice["message"] for _, notice in all_notices(result)), "")
    what = f"{counted[0]:,} of {counted[1]:,} pages" if counted[0] else "not everything"
    message = f"no change found, but {what} could {'not ' if counted[0] else ''}be compared. {reason}"
    return report(Incomplete(shown(message, 300)), about=about)


def _about(error: PdfCompareError, names: dict[str, str]) -> str:
    return "pdf-compare" if isinstance(error, OptionsError) else f"{names['old']} and {names['new']}"


def _remedy(error: PdfCompareError) -> str | None:
    """The remedy in terms of this command, where it has an option for it."""
    if error.code == "encrypted_pdf":
        return f"Give --{error.side or 'old'}-password, or a copy saved without one."
    if error.code == "wrong_password":
        return f"Check --{error.side or 'old'}-password, or give a copy saved without one."
    if error.code in ("too_many_pages", "timed_out"):
        return "Choose fewer pages with --pages, or split the file."
    return None
