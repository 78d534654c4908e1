"""What commands do with `--server`: the same work, done by a server, over the typed client."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import OptionsError, PdfCompareError
from core.options import CompareOptions

if TYPE_CHECKING:
    from pdf_compare_client import Client, Comparison

TOKEN = "PDF_COMPARE_TOKEN"  # noqa: S105  the variable's name
_FACES = {"both": "pdf-both", "old": "pdf-old", "new": "pdf-new"}


class ServerRefused(PdfCompareError):
    """The server refuses, or could not do it."""

    code = "server_refused"
    remedy = "See docs/api.md for what the server's code means."


class ServerAway(PdfCompareError):
    """The server does not answer."""

    code = "server_away"
    remedy = "Check the address after --server, and whether the server runs."


def add_server(parser: argparse.ArgumentParser, *, is_needed: bool = False) -> None:
    """Add `--server` and `--token`."""
    where = parser.add_argument_group("on a server (docs/api.md)")
    where.add_argument("--server", metavar="URL", required=is_needed, help="have it done by this server")
    where.add_argument("--token", metavar="TOKEN", help=f"who asks; better in the variable {TOKEN}")


@contextmanager
def connected(arguments: argparse.Namespace) -> Iterator[Client]:
    """A client of the server that was named; its errors as ours.

    Raises:
        OptionsError: There is no token, or the address is none.
        ServerRefused: The server says no.
        ServerAway: It says nothing.
    """
    from pdf_compare_client import ApiError, Client, ClientError

    token = arguments.token or os.environ.get(TOKEN)
    if not token:
        raise OptionsError("no token", remedy=f"Make one under Your account, and put it into {TOKEN}.")
    if not arguments.server.startswith(("http://", "https://")):
        raise OptionsError(f"server: {arguments.server!r} is no address", remedy="Write https://….")
    try:
        with Client(arguments.server, token=token) as client:
            yield client
    except ApiError as error:
        raise ServerRefused(f"the server refuses [{error.code}]: {error.detail}", remedy=error.remedy) from error
    except ClientError as error:
        raise ServerAway(str(error)) from error


def compared(client: Client, old: Path, new: Path, options: CompareOptions, *, quiet: bool = False) -> Comparison:
    """Both files stored and compared there.

    Raises:
        ServerRefused: The comparison failed, or was cancelled.
    """
    from cli.terminal import Bar

    bar = Bar(sys.stderr, quiet=quiet)

    def show(comparison: Comparison) -> None:
        progress = comparison.progress or {}
        bar.show(progress.get("stage", comparison.state), progress.get("done", 0), progress.get("total", 0))

    try:
        documents = [
            client.upload(path, on_progress=lambda done, total: bar.show("sending", done, total)) for path in (old, new)
        ]
        asked = client.compare(documents[0].id, documents[1].id, options=options.to_json())
        return ended(client.wait(asked.id, on_progress=show))
    finally:
        bar.clear()


def ended(comparison: Comparison) -> Comparison:
    """A comparison that is done; `ServerRefused` when it is not and never will be."""
    if comparison.state == "done":
        return comparison
    if comparison.error is None:
        raise ServerRefused(f"the comparison was {comparison.state} on the server", remedy="Ask again.")
    refused = ServerRefused(
        f"[{comparison.error.code}] {comparison.error.message}", remedy=comparison.error.remedy
    )  # fmt: skip
    refused.side = comparison.error.side
    raise refused


def face(client: Client, comparison: Any, name: str, **filters: list[str]) -> bytes:
    """The result as a file, by the name that `compare` has for it, with the changes that the filters let through."""
    return client.export(comparison.id, _FACES.get(name, name), **filters)
