"""`pdf-compare extract FILE`: takes text, tables, fields, pictures and files out of a PDF, on this machine alone."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.compare import opened
from cli.exit_codes import ExitCode
from cli.trouble import report
from core.errors import CannotWrite, OptionsError, PdfCompareError
from core.extraction.files import made
from core.extraction.options import LEAST_DPI, MOST_DPI, ExtractOptions
from core.faces.plain import shown
from core.options import OCR_MODES, Limits

if TYPE_CHECKING:
    from core.extraction.conductor import Extraction
    from core.pipeline import Progress

#: Option → what is extracted, and the format by the ending of the file's name; the first is for any other ending.
_FILES: dict[str, tuple[str, dict[str, str]]] = {
    "text": ("text", {"": "txt"}),
    "md": ("markdown", {"": "md"}),
    "words": ("words", {"": "words-json"}),
    "tables": ("tables", {"": "tables-csv", ".xlsx": "tables-xlsx", ".json": "tables-json"}),
    "frames": ("tables", {"": "tables-pandas"}),
    "parts": ("parts", {"": "parts-csv", ".json": "parts-json"}),
    "symbols": ("symbols", {"": "symbols-csv", ".json": "symbols-json"}),
    "fields": ("fields", {"": "fields-json", ".csv": "fields-csv"}),
    "metadata": ("metadata", {"": "metadata-json"}),
    "json": ("", {"": "json"}),
}
_FOLDERS = {"images": "images", "attachments": "attachments", "page_images": "page_images"}
_ALL_JSON = ("text", "markdown", "words", "tables", "parts", "symbols", "fields", "metadata", "images", "attachments")
_MOST_TOLD = 8


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "extract",
        help="take text, tables, fields, pictures and files out of a PDF",
        description="Take out what a PDF holds. Works alone, and keeps nothing unless --cache is given. "
        "Without an option: its text, to standard output.",
        epilog="Exit codes: 0 done, also with notices; 2 trouble, told in one line; 130 Ctrl-C.",
    )
    parser.add_argument("file", metavar="FILE", help="the PDF")
    out = parser.add_argument_group("output (F may be - for standard output)")
    out.add_argument("--text", metavar="F", help="as it stands on the page, in columns; form feeds between pages")
    out.add_argument("--md", metavar="F", help="Markdown in reading order: headings, lists, tables")
    out.add_argument("--words", metavar="F", help="every word with its box, size and line (JSON)")
    out.add_argument("--tables", metavar="F", help="CSV, or by the name's ending .xlsx (a sheet for each) or .json")
    out.add_argument(
        "--frames", metavar="F", help="tables as pandas reads them (JSON, orient table, by the table's id)"
    )
    out.add_argument("--parts", metavar="F", help="lines of parts lists with quantities: CSV, or .json")
    out.add_argument("--symbols", metavar="F", help="symbols of legends and how often each is drawn: CSV, or .json")
    out.add_argument("--fields", metavar="F", help="form fields and signatures: JSON, or .csv")
    out.add_argument("--metadata", metavar="F", help="properties, outline, page labels, layers (JSON)")
    out.add_argument("--json", metavar="F", help="all of these in one, form pdf-compare-extract/1")
    out.add_argument("--images", metavar="DIR", help="the pictures in it, as they were put in")
    out.add_argument("--attachments", metavar="DIR", help="the files in it")
    out.add_argument("--page-images", metavar="DIR", help="a picture of each page (PNG)")
    out.add_argument("--searchable", metavar="F", help="a copy with a text layer under scanned pages")
    out.add_argument("--quiet", "-q", action="store_true", help="no notices and no progress bar")
    how = parser.add_argument_group("how")
    how.add_argument("--pages", metavar="RANGES", help="only these, such as 1-5,9,12-")
    how.add_argument("--password", metavar="PASSWORD", help="opens FILE")
    how.add_argument("--ocr", choices=OCR_MODES, default="auto", help="recognise characters (default: auto)")
    how.add_argument("--ocr-languages", metavar="LIST", default="eng", help="by Tesseract's names, such as eng,deu")
    how.add_argument("--dpi", type=int, default=150, help=f"of pictures of pages, {LEAST_DPI} to {MOST_DPI}")
    how.add_argument("--jobs", metavar="N", type=int, help="processes at the same time (default: one for each core)")
    how.add_argument("--cache", metavar="DIR", type=Path, help="keep read documents here")


def run(arguments: argparse.Namespace) -> int:
    """Extract, write what was asked for, and tell what could not be read."""
    name = str(arguments.file)
    try:
        wanted = {option: getattr(arguments, option) for option in (*_FILES, *_FOLDERS, "searchable")}
        if not any(wanted.values()):
            wanted["text"] = "-"
        options = _options(arguments, wanted)
        _check(wanted, name)
        with opened(name) as handle:
            found = _extracted(arguments, options, handle)
        result = _write(wanted, found)
        if not arguments.quiet:
            _tell(result, name)
    except PdfCompareError as error:
        about = "pdf-compare" if isinstance(error, OptionsError) else name
        return report(error, about=about, remedy=_remedy(error))
    return ExitCode.SAME


def _options(arguments: argparse.Namespace, wanted: dict[str, Any]) -> ExtractOptions:
    what = {_FILES[option][0] for option in _FILES if wanted[option]} - {""}
    what |= {option for option in (*_FOLDERS, "searchable") if wanted[option]}
    if wanted["json"]:
        what |= set(_ALL_JSON)
    if arguments.jobs is not None and arguments.jobs < 1:
        raise OptionsError("--jobs: must be above 0")
    return ExtractOptions(
        what=tuple(what),
        pages=arguments.pages,
        ocr=arguments.ocr,
        ocr_languages=tuple(part.strip() for part in arguments.ocr_languages.split(",") if part.strip()),
        dpi=arguments.dpi,
    )


def _check(wanted: dict[str, Any], source: str) -> None:
    """Refuse before any work what cannot be written."""
    files = [str(wanted[option]) for option in (*_FILES, "searchable") if wanted[option]]
    if files.count("-") > 1:
        raise OptionsError("only one output can go to standard output", remedy="Give the others a file name.")
    for file in files:
        path = Path(file)
        if file == "-":
            continue
        if not path.parent.is_dir() or path.is_dir():
            raise CannotWrite(f"{file}: is a folder" if path.is_dir() else f"{file}: there is no such folder")
        if path.exists() and Path(source).exists() and path.samefile(source):
            raise OptionsError(f"{file} is the file to extract from", remedy="Write to another file.")
    for option in _FOLDERS:
        if wanted[option] and Path(wanted[option]).exists() and not Path(wanted[option]).is_dir():
            raise CannotWrite(f"{wanted[option]}: is no folder")


def _extracted(arguments: argparse.Namespace, options: ExtractOptions, handle: int) -> Extraction:
    from cli.read_cache import FolderCache
    from cli.terminal import Bar
    from core.extraction.conductor import Conductor
    from core.pipeline import Source

    bar = Bar(sys.stderr, quiet=arguments.quiet)

    def show(progress: Progress) -> None:
        bar.show(progress.stage, progress.done, progress.total)

    try:
        conductor = Conductor(
            limits=Limits(),
            jobs=arguments.jobs or len(os.sched_getaffinity(0)),
            on_progress=show,
            cache=FolderCache(arguments.cache) if arguments.cache else None,
        )
        source = Source(fd=handle, name=Path(arguments.file).name, password=arguments.password)
        return conductor.extract(source, options)
    finally:
        bar.clear()


def _write(wanted: dict[str, Any], found: Extraction) -> dict[str, Any]:
    """Write everything; the parsed result."""
    import json

    result: dict[str, Any] = json.loads(found.json)
    for option, (_, formats) in _FILES.items():
        path = wanted[option]
        if path:
            _to(path, made(result, formats.get(Path(path).suffix.lower(), formats[""])))
    for file in found.files:
        if file.what == "searchable":
            _to(wanted["searchable"], file.data)
            continue
        folder = Path(wanted[file.what])
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"{folder}: {(error.strerror or 'unknown').lower()}") from error
        _to(str(folder / file.name), file.data)
    return result


def _to(path: str, data: bytes | memoryview) -> None:
    try:
        if path == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        else:
            Path(path).write_bytes(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(f"{path}: {(error.strerror or 'unknown').lower()}") from error


def _tell(result: dict[str, Any], name: str) -> None:
    """What could not be read, or may be wrong, on stderr: a line for each sort, with its pages."""
    by_sort: dict[str, tuple[str, list[int]]] = {}
    for page in result["pages"]:
        for notice in page["notices"]:
            by_sort.setdefault(notice["code"], (notice["message"], []))[1].append(page["number"])
    lines = [f"note[{n['code']}] {n['message']}" for n in result["notices"]]
    for code, (message, pages) in by_sort.items():
        more = f" (page {pages[0]})" if len(pages) == 1 else f" (page {pages[0]} and {len(pages) - 1:,} more)"
        lines.append(f"note[{code}] {message}{more}")
    for line in lines[:_MOST_TOLD]:
        sys.stderr.write(shown(f"{line}", 400) + "\n")
    if len(lines) > _MOST_TOLD:
        sys.stderr.write(f"… and {len(lines) - _MOST_TOLD} more; --json has them all\n")


def _remedy(error: PdfCompareError) -> str | None:
    """The remedy in terms of this command, where it has an option for it."""
    if error.code == "encrypted_pdf":
        return "Give --password, or a copy saved without one."
    if error.code == "wrong_password":
        return "Check --password, or give a copy saved without one."
    if error.code in ("too_many_pages", "timed_out"):
        return "Choose fewer pages with --pages, or split the file."
    return None
