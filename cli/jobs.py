"""`pdf-compare jobs`: what the view Jobs shows, from the command line: list, watch live, cancel, retry, export."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.connected import all_jobs, operators, services
from cli.exit_codes import ExitCode
from cli.terminal import Ink
from core.errors import CannotWrite, NotFound, OptionsError
from service.access import Actor
from service.bootstrap import Services
from service.job_records import STATES, JobView

_REDRAW_SECONDS = 1.0
_CLEAR = "\033[H\033[J"
_COLORS = {"done": "green", "failed": "red", "running": "blue", "queued": "yellow", "cancelled": "dim"}


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "jobs",
        help="list, watch, cancel and retry jobs",
        description="The jobs of a running installation: of `up` on this machine, or of the one whose database "
        "DATABASE_URL names.",
    )
    parser.add_argument("action", nargs="?", choices=("list", "cancel", "retry"), default="list")
    parser.add_argument("id", nargs="?", help="the job to cancel or retry")
    parser.add_argument("--state", action="append", choices=STATES, help="only these; may be given several times")
    parser.add_argument("--limit", type=int, default=30, help="how many, newest first (default: 30)")
    parser.add_argument("--live", action="store_true", help="stay and redraw, with queues and workers, until Ctrl-C")
    parser.add_argument("--export", metavar="FILE", help="write them all as JSON lines, `-` for standard output")


def run(arguments: argparse.Namespace) -> int:
    """List, watch or act; 0."""
    if (arguments.action != "list") != bool(arguments.id):
        raise OptionsError("jobs: cancel and retry take the id of one job", remedy="See pdf-compare jobs --help.")
    with services() as found:
        if arguments.action != "list":
            _act(found, arguments.action, arguments.id)
        elif arguments.export:
            export(arguments.export, all_jobs(found, states=arguments.state or ()))
        elif arguments.live:
            _watch(found, arguments)
        else:
            sys.stdout.write(_chosen(found, arguments, Ink(sys.stdout)))
    return ExitCode.SAME


def export(target: str, jobs: list[JobView]) -> None:
    """Each job with its metrics as a line of JSON; no document's name is in it.

    Raises:
        CannotWrite: The file cannot be written.
    """
    lines = "".join(json.dumps({**job.to_json(), "metrics": job.metrics()}) + "\n" for job in jobs)
    if target == "-":
        sys.stdout.write(lines)
        return
    try:
        Path(target).write_text(lines)
    except OSError as error:
        raise CannotWrite(f"{target}: {error.strerror}") from error


def owner_of(found: Services, job_id: str) -> Actor:
    """The operator in the workspace of a job; `NotFound`."""
    for actor in operators(found):
        try:
            found.job_records.get(actor, job_id)
        except NotFound:
            continue
        return actor
    raise NotFound(f"There is no job {job_id}.", remedy="See `pdf-compare jobs` for those that there are.")


def _act(found: Services, action: str, job_id: str) -> None:
    actor = owner_of(found, job_id)
    job = found.job_records.get(actor, job_id)
    if action == "cancel":
        found.jobs.cancel(actor, job_id)
    elif job.comparison is not None:
        found.comparisons.retry(actor, job.comparison)
    sys.stdout.write(f"{job_id} {found.job_records.get(actor, job_id).state}\n")


def _chosen(found: Services, arguments: argparse.Namespace, ink: Ink) -> str:
    return _table(all_jobs(found, states=arguments.state or (), most=arguments.limit), ink)


def _watch(found: Services, arguments: argparse.Namespace) -> None:
    ink = Ink(sys.stdout)
    while True:
        shown = _queues(found, ink) + "\n" + _chosen(found, arguments, ink)
        sys.stdout.write((_CLEAR if ink.is_on else "") + shown)
        sys.stdout.flush()
        time.sleep(_REDRAW_SECONDS)


def _queues(found: Services, ink: Ink) -> str:
    lines = [
        f"{name:12} {waiting:4} waiting {running:4} running" + (f", oldest {age:.0f} s" if waiting else "")
        for name, (waiting, running, age) in found.jobs.depths().items()
    ]
    workers = found.jobs.workers()
    lines += [f"worker {number:5}   heartbeat {age:.0f} s ago" for number, age in workers]
    return "\n".join(lines or [ink("no workers", "red")]) + "\n"


def _table(jobs: list[JobView], ink: Ink) -> str:
    if not jobs:
        return "No jobs.\n"
    return "".join(_line(job, ink) + "\n" for job in jobs)


def _line(job: JobView, ink: Ink) -> str:
    told = [job.id, ink(f"{job.state:9}", _COLORS[job.state]), _local(job.created_at)]
    if job.progress is not None:
        told.append(f"{job.progress.stage} {job.progress.done}/{job.progress.total or '?'}")
        if job.progress.eta_seconds is not None:
            told.append(f"about {job.progress.eta_seconds:.0f} s left")
    if job.queue_position is not None:
        told.append(f"number {job.queue_position} in the queue")
    if job.spent is not None and job.finished_at is not None:
        told.append(
            f"{sum(job.spent['seconds'].values()):.1f} s, {job.spent['cpu_seconds']:.1f} s of processor time, "
            f"{job.spent['peak_bytes'] >> 20} MB, {job.spent['pages']} pages read"
        )
    if job.error is not None:
        told.append(ink(f"{job.error.code}{' (dead letter)' if job.is_dead else ''}", "red"))
    return "  ".join(told)


def _local(time_: datetime) -> str:
    return time_.astimezone().strftime("%Y-%m-%d %H:%M:%S")
