"""Which changes the files hold that `compare` writes: the filters of the screen and of the API, as options."""

from __future__ import annotations

import argparse
from collections.abc import Collection

from core.errors import OptionsError
from core.faces.reviewed import STATES
from core.faces.selection import EVERYTHING, Selection
from core.options import KINDS, LAYERS, SEVERITIES

_CHOICES: dict[str, Collection[str]] = {
    "layers": LAYERS,
    "kinds": KINDS,
    "severities": SEVERITIES,
    "states": STATES,
}


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the options, as a group of their own."""
    told = parser.add_argument_group(
        "which changes the written files hold; JSON, the summary and the exit code always tell of all"
    )
    for name, choices in _CHOICES.items():
        more = ", of their review on the server" if name == "states" else ""
        told.add_argument(
            f"--export-{name}", metavar="LIST", help=f"only these, with commas: {', '.join(choices)}{more}"
        )
    told.add_argument(
        "--unreviewed", action="store_true", help="only what nobody decided on: --export-states open, with --server"
    )
    told.add_argument("--export-page", metavar="N", type=_page, help="only what stands on this page of either side")
    told.add_argument("--export-query", metavar="WORDS", default="", help="only what holds these words")


def selection_of(arguments: argparse.Namespace) -> Selection:
    """What was chosen.

    Raises:
        OptionsError: There is no such word, or states are asked for where there is no review.
    """
    chosen: dict[str, list[str] | None] = {}
    for name, choices in _CHOICES.items():
        given = getattr(arguments, f"export_{name}")
        words = None if given is None else [word.strip() for word in given.split(",") if word.strip()]
        unknown = next((word for word in words or () if word not in choices), None)
        if unknown is not None or words == []:
            raise OptionsError(
                f"export-{name}: there is no {unknown!r}" if unknown else f"export-{name}: nothing is named",
                remedy=f"Choose from {', '.join(choices)}.",
            )
        chosen[name] = words
    if arguments.unreviewed:
        chosen["states"] = ["open"]
    if chosen["states"] is not None and arguments.server is None:
        raise OptionsError(
            "a comparison on this machine has no review", remedy="Leave the states out, or name a --server."
        )
    page = None if arguments.export_page is None else (arguments.export_page,)
    made = Selection(**chosen, pages=page, query=arguments.export_query)
    return EVERYTHING if made == Selection() else made


def as_query(selection: Selection) -> dict[str, list[str]]:
    """The same for the API's export."""
    told = {name: list(getattr(selection, name) or ()) for name in _CHOICES}
    told["page"] = [str(page) for page in selection.pages or ()]
    told["query"] = [selection.query] if selection.query.strip() else []
    return {name: words for name, words in told.items() if words}


def _page(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a page")
    return int(text)
