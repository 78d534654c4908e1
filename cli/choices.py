"""What is compared: options of a command line that make `CompareOptions`, over a profile where one is named."""

from __future__ import annotations

import argparse
import os
from typing import Any

from core.areas import Area
from core.errors import CannotOpen, OptionsError
from core.options import IGNORABLE, LAYERS, OCR_MODES, SHOWABLE, CompareOptions
from core.registrations import Registration

RUNNING = "running"  #: in `--show`: shifts of headers, footers and page numbers


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add the options, as a group of their own."""
    what = parser.add_argument_group("what is compared (docs/profiles.md)")
    what.add_argument(
        "--profile", metavar="NAME|FILE", help="a named set of options: built in (see `pdf-compare profiles`) or a file"
    )
    what.add_argument("--layers", metavar="LIST", help=f"only these, with commas: {', '.join(LAYERS)}")
    what.add_argument("--ignore", metavar="LIST", help=f"no change, with commas: {', '.join(IGNORABLE)}")
    what.add_argument(
        "--show", metavar="LIST", help=f"what is usually tidied away, with commas: {', '.join((*SHOWABLE, RUNNING))}"
    )
    for name, text in (
        ("--ignore-area", "no change there: millimetres from a corner, such as 'bottom-right 10,10 60x30 pages=2-'"),
        ("--only-area", "changes only there"),
        ("--ignore-text", "no change in what matches this regular expression (RE2)"),
    ):
        metavar = "PATTERN" if name == "--ignore-text" else "AREA"
        what.add_argument(name, metavar=metavar, action="append", default=[], help=f"{text}. May be given often")
    what.add_argument("--size-change", metavar="PERCENT", help="tell a font size from this change on (default: 6)")
    what.add_argument(
        "--least-area", metavar="MM2", help="tell what is drawn from so many mm2 of ink on (default: what can be seen)"
    )
    what.add_argument(
        "--ocr",
        choices=OCR_MODES,
        help="recognise characters where the text cannot be read (auto, the default), on every page, or never",
    )
    what.add_argument(
        "--ocr-languages", metavar="LIST", help="by Tesseract's names, with commas, such as eng,deu (default: eng)"
    )
    what.add_argument(
        "--register",
        metavar="POINTS",
        action="append",
        default=[],
        help="lay a drawing on its partner by two points of both pages, in mm from the top left corner, such as "
        "'3=4 20,30=25,31 280,190=285,191'. May be given often",
    )
    what.add_argument("--pages", metavar="RANGES", help="only these pages of both, such as 1-5,9,12-")


def options_of(arguments: argparse.Namespace) -> CompareOptions:
    """The options that were chosen.

    Raises:
        OptionsError: One cannot be used.
        CannotOpen: The profile's file cannot be read.
    """
    from core.profiles import overlaid

    base = CompareOptions() if arguments.profile is None else _profile(arguments.profile)
    choices: dict[str, Any] = {}
    if arguments.layers is not None:
        choices["layers"] = _listed(arguments.layers)
    ignore, show = _listed(arguments.ignore or ""), _listed(arguments.show or "")
    if ignore:
        choices["ignore"] = [*base.ignore, *ignore]
        if "whitespace" in ignore and "spaces" not in show:
            choices["show"] = [sort for sort in base.show if sort != "spaces"]
    if set(show) - {RUNNING}:
        choices["show"] = [*base.show, *(sort for sort in show if sort != RUNNING)]
        if "spaces" in show and "whitespace" not in ignore:
            choices["ignore"] = [rule for rule in choices.get("ignore", base.ignore) if rule != "whitespace"]
    if RUNNING in show:
        choices["show_running"] = True
    for name, given in (
        ("ignore_areas", [Area.from_text(text).to_json() for text in arguments.ignore_area]),
        ("only_areas", [Area.from_text(text).to_json() for text in arguments.only_area]),
        ("ignore_text", arguments.ignore_text),
        ("registrations", [Registration.from_text(text).to_json() for text in arguments.register]),
    ):
        if given:
            choices[name] = [*getattr(base, name), *given]
    if arguments.size_change is not None:
        choices["size_percent"] = _number(
            "size-change", arguments.size_change.removesuffix("%"), "per cent, such as 2.5"
        )
    if arguments.least_area is not None:
        choices["least_mm2"] = _number("least-area", arguments.least_area, "square millimetres, such as 0.5")
    if arguments.ocr is not None:
        choices["ocr"] = arguments.ocr
    if arguments.ocr_languages is not None:
        choices["ocr_languages"] = _listed(arguments.ocr_languages)
    if arguments.pages is not None:
        choices["pages"] = arguments.pages
    return overlaid(base, choices)


def _profile(name: str) -> CompareOptions:
    """The options of a built-in profile, else of a file."""
    from core.profiles import MOST_BYTES, built_in, find_built_in, read_profile

    found = find_built_in(name)
    if found is not None:
        return found.options
    try:
        with open(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise OptionsError(
            f"profile: there is none called {name!r}, and no such file",
            remedy=f"Choose from {', '.join(built_in())}, or give a file.",
        ) from None
    except OSError as error:
        raise CannotOpen(f"profile {name}: cannot be opened: {(error.strerror or 'unknown').lower()}") from error
    return read_profile(data).options


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _number(name: str, text: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OptionsError(f"{name}: {text!r} is not a number", remedy=f"Write {example}.") from None
