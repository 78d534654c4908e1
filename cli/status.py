"""`pdf-compare status --server URL [ID]`: how comparisons and batches on a server stand."""

from __future__ import annotations

import argparse
import itertools
import sys
from typing import Any

from cli.exit_codes import ExitCode
from cli.remote import add_server, connected


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "status",
        help="how comparisons and batches on a server stand",
        description="Without an id: who asks, the newest jobs and batches. With one: that comparison or batch.",
    )
    parser.add_argument("id", metavar="ID", nargs="?", help="of a comparison or a batch")
    parser.add_argument("--limit", type=int, default=20, help="how many, newest first (default: 20)")
    add_server(parser, is_needed=True)


def run(arguments: argparse.Namespace) -> int:
    """Ask and tell."""
    from pdf_compare_client import ApiError, Client

    def one(client: Client) -> str:
        try:
            found = client.comparison(arguments.id)
        except ApiError as error:
            if error.status != 404:
                raise
            batch = client.batch(arguments.id)
            states = ", ".join(f"{count} {state}" for state, count in batch.states.items())
            return f"{batch.id}  batch  {states}; {batch.changed} changed, {batch.identical} the same"
        told = [found.id, found.state]
        if found.progress is not None:
            told.append(f"{found.progress['stage']} {found.progress['done']}/{found.progress['total'] or '?'}")
        if found.queue_position is not None:
            told.append(f"number {found.queue_position} in the queue")
        if found.error is not None:
            told.append(found.error.code)
        if found.state == "done":
            told.append({True: "the same", False: "changed", None: "incomplete"}[found.identical])
        return "  ".join(told)

    with connected(arguments) as client:
        if arguments.id is not None:
            sys.stdout.write(one(client) + "\n")
            return ExitCode.SAME
        who = client.whoami()
        sys.stdout.write(f"{who['name']} in {who['workspace']}\n")
        for job in itertools.islice(client.jobs(), arguments.limit):
            code = "" if job.error is None else job.error["code"]
            sys.stdout.write(
                f"{job.comparison or job.id}  {job.kind:<8} {job.state:<9} {job.created_at:%F %T}  {code}\n"
            )
        for batch in itertools.islice(client.batches(), arguments.limit):
            done = batch.total - sum(batch.states.get(state, 0) for state in ("queued", "running"))
            sys.stdout.write(f"{batch.id}  batch    {done}/{batch.total} done, {batch.changed} changed\n")
    return ExitCode.SAME
