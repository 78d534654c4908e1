"""`pdf-compare dead-letters`: jobs that failed for a reason that no user can mend, and what can be done with them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from cli.connected import all_jobs, operators, services
from cli.exit_codes import ExitCode
from cli.jobs import export, owner_of
from core.errors import OptionsError
from service.bootstrap import Services
from service.job_records import JobView

_ACTIONS = {
    "list": "one line for each, newest first",
    "analyse": "grouped by reason, with what to do",
    "retry": "queue them again: one by its id, those of a --code, or --all",
    "purge": "delete them and their comparisons, not the documents: one, a --code, or --all, --older-than DAYS",
    "export": "all of them as JSON lines",
}


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "dead-letters",
        help="jobs that failed for good: list, analyse, retry, purge, export",
        description="\n".join(f"{name}: {what}" for name, what in _ACTIONS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", nargs="?", choices=tuple(_ACTIONS), default="list")
    parser.add_argument("id", nargs="?", help="one job; for export the file, `-` for standard output")
    parser.add_argument("--code", help="those that failed with this code, as `analyse` tells it")
    parser.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument("--older-than", type=float, default=0.0, metavar="DAYS", help="for purge: only these")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked; 0."""
    with services() as found:
        if arguments.action == "list":
            sys.stdout.write("".join(map(_line, all_jobs(found, dead=True))) or "No dead letters.\n")
        elif arguments.action == "analyse":
            _analyse(found)
        elif arguments.action == "export":
            export(arguments.id or "-", all_jobs(found, dead=True))
        else:
            _change(found, arguments)
    return ExitCode.SAME


def _change(found: Services, arguments: argparse.Namespace) -> None:
    chosen = [bool(arguments.id), bool(arguments.code), arguments.all]
    if sum(chosen) != 1:
        raise OptionsError(
            f"dead-letters {arguments.action}: choose one job, a --code or --all",
            remedy="See pdf-compare dead-letters --help.",
        )
    actors = [owner_of(found, arguments.id)] if arguments.id else operators(found)
    count = 0
    for actor in actors:
        if arguments.action == "retry":
            count += found.job_records.requeue(actor, job_id=arguments.id, code=arguments.code)
        else:
            count += found.job_records.purge(
                actor, job_id=arguments.id, code=arguments.code, older_than_days=arguments.older_than
            )
    what = "queued again" if arguments.action == "retry" else "deleted"
    sys.stdout.write(f"{count} {what}.\n")


def _analyse(found: Services) -> None:
    told = False
    for actor in operators(found):
        for reason in found.job_records.reasons(actor):
            told = True
            span = f"{reason.oldest.astimezone():%Y-%m-%d %H:%M} to {reason.newest.astimezone():%Y-%m-%d %H:%M}"
            sys.stdout.write(
                f"{reason.count:5}  {reason.code}: {reason.message}\n       {reason.remedy}\n       {span}\n"
            )
    if not told:
        sys.stdout.write("No dead letters.\n")


def _line(job: JobView) -> str:
    code = "" if job.error is None else job.error.code
    when = "" if job.finished_at is None else f"{job.finished_at.astimezone():%Y-%m-%d %H:%M:%S}"
    return f"{job.id}  {when}  {code}  child died {job.crashes}, worker vanished {job.vanished}\n"
