"""How numbers, times and names are written on the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from service.views import ComparisonView, Progress

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

STATES = {"queued": "Waiting", "running": "Running", "done": "Done", "failed": "Failed", "cancelled": "Cancelled"}
_STAGES = {
    "reading": "Reading",
    "recognising": "Recognising characters",
    "comparing": "Comparing the words",
    "storing": "Storing the result",
    "preparing": "Preparing",
}
# Measured on long documents: most of a job is reading.
_PARTS = {
    "preparing": (0.0, 0.0),
    "reading": (0.0, 0.75),
    "recognising": (0.75, 0.75),
    "comparing": (0.75, 0.97),
    "storing": (0.97, 1.0),
}


def plain(text: str) -> str:
    """Foreign text (a file's name) for a place that reads Markdown: shown as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", _CONTROL.sub(" ", text))


def counted(n: int, noun: str) -> str:
    """`1 page`, `1,000 pages`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def size(n: int) -> str:
    """Bytes as a person reads them: `840 bytes`, `2.6 MB`."""
    if n < 1000:
        return counted(n, "byte")
    value, unit = n / 1000, "kB"
    for larger in ("MB", "GB"):
        if value >= 999.5:
            value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def moment(when: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """A time in the reader's zone: only the clock for today, else the day too."""
    local, today = when.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return (
        f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local.year}") + local.strftime(", %H:%M")
    )


def duration(seconds: float) -> str:
    """`under a second`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds < 1:
        return "under a second"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def spent(found: dict[str, Any] | None) -> str | None:
    """What a job cost, as one line; None where nothing is known."""
    if not found:
        return None
    parts = [f"{stage} {seconds:.1f} s" for stage, seconds in found["seconds"].items() if seconds >= 0.05]
    parts.append(f"processor time {found['cpu_seconds']:.1f} s")
    if found["peak_bytes"]:
        parts.append(f"at most {size(found['peak_bytes'])} of memory")
    parts.append(f"{counted(found['pages'], 'page')} read")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def progress(found: Progress | None) -> tuple[float, str]:
    """The filled share (0 to 1) and the sentence of a running job."""
    if found is None:
        return 0.0, "Starting"
    text = _STAGES.get(found.stage, found.stage.replace("_", " ").capitalize() or "Working")
    if found.stage in ("reading", "recognising"):
        where = " of" if found.stage == "recognising" else ""
        text += where + (f" the {found.side} PDF" if found.side else " both PDFs")
        if found.total:
            text += f": page {min(found.done, found.total):,} of {found.total:,}"
    if found.eta_seconds is not None and found.eta_seconds >= 1:
        text += f", about {duration(found.eta_seconds)} left"
    return _share(found), text


def _share(found: Progress) -> float:
    """How much of the whole job is done: each stage has its part of the bar, so that it never goes back."""
    begin, end = _PARTS.get(found.stage, (0.0, 1.0))
    return begin + (end - begin) * (min(1.0, found.done / found.total) if found.total else 0.0)


def queue(position: int | None) -> str:
    """Where a waiting job stands; 1 is next."""
    if position is None or position <= 1:
        return "Waiting: next in the queue"
    return f"Waiting: {counted(position - 1, 'job')} before this one"


def failure(found: ComparisonView) -> tuple[str, str]:
    """Why a comparison failed, as two sentences: what, naming the file it is about, and what to do."""
    if found.error is None:
        return "The comparison failed.", "Try again."
    file = {"old": found.old.name, "new": found.new.name}.get(found.error.side or "")
    message = sentence(found.error.message)
    if file:
        # What our errors say either continues the file's name or is a sentence of its own.
        begins_small = found.error.message.strip()[:1].islower()
        message = f"{file} {found.error.message.strip()}" if begins_small else f"{file}: {message}"
    return message if message.endswith(".") else f"{message}.", found.error.remedy


def sentence(message: str) -> str:
    """A message of an error as a sentence: with a capital and a full stop."""
    says = message.strip()
    says = says[:1].upper() + says[1:]
    return says if says.endswith((".", "!", "?")) else f"{says}."


def page_counts(old: int, new: int) -> str:
    """`3 pages each`, `599 and 600 pages`."""
    return f"{counted(old, 'page')} each" if old == new else f"{old:,} and {new:,} pages"


def findings(summary: dict[str, Any] | None) -> str:
    """What a finished comparison found, in a few words."""
    if not summary:
        return ""
    layers = summary.get("counts") or {}
    changes = sum(int(n) for kinds in layers.values() for n in kinds.values())
    major = int((summary.get("severity") or {}).get("major", 0))
    found = counted(changes, "change") + (f", {major:,} major" if major else "")
    if summary.get("complete", True):
        return found if changes else "No changes"
    return f"{found}; not every page could be compared"
