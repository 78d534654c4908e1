"""How numbers, times and names are written on the pages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any

from service.views import ComparisonView, Progress
from ui.language import noted, number, t

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

STATES = {
    "queued": noted("Waiting"),
    "running": noted("Running"),
    "done": noted("Done"),
    "failed": noted("Failed"),
    "cancelled": noted("Cancelled"),
}
_STAGES = {
    "reading": noted("Reading"),
    "recognising": noted("Recognising characters"),
    "comparing": noted("Comparing the words"),
    "storing": noted("Storing the result"),
    "preparing": noted("Preparing"),
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
    return f"{number(n)} {t(noun if n == 1 else f'{noun}s')}"


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
        return t("under a second")
    whole = round(seconds)
    if whole < 60:
        return t("{0} s", whole)
    if whole < 3600:
        return t("{0} min {1} s", whole // 60, whole % 60) if whole % 60 else t("{0} min", whole // 60)
    return t("{0} h {1} min", whole // 3600, whole % 3600 // 60)


def spent(found: dict[str, Any] | None) -> str | None:
    """What a job cost, as one line; None where nothing is known."""
    if not found:
        return None
    parts = [
        t("{0} {1} s", t(stage), f"{seconds:.1f}") for stage, seconds in found["seconds"].items() if seconds >= 0.05
    ]
    parts.append(t("processor time {0} s", f"{found['cpu_seconds']:.1f}"))
    if found["peak_bytes"]:
        parts.append(t("at most {0} of memory", size(found["peak_bytes"])))
    parts.append(t("{0} read", counted(found["pages"], "page")))
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def progress(found: Progress | None) -> tuple[float, str]:
    """The filled share (0 to 1) and the sentence of a running job."""
    if found is None:
        return 0.0, t("Starting")
    text = t(_STAGES.get(found.stage, found.stage.replace("_", " ").capitalize() or noted("Working")))
    if found.stage in ("reading", "recognising"):
        text = _reading(found)
        if found.total:
            text += t(": page {0} of {1}", number(min(found.done, found.total)), number(found.total))
    if found.eta_seconds is not None and found.eta_seconds >= 1:
        text += t(", about {0} left", duration(found.eta_seconds))
    return _share(found), text


def _reading(found: Progress) -> str:
    if found.stage == "recognising":
        return (
            t("Recognising characters of the {0} PDF", found.side)
            if found.side
            else t("Recognising characters of both PDFs")
        )
    return t("Reading the {0} PDF", found.side) if found.side else t("Reading both PDFs")


def _share(found: Progress) -> float:
    """How much of the whole job is done: each stage has its part of the bar, so that it never goes back."""
    begin, end = _PARTS.get(found.stage, (0.0, 1.0))
    return begin + (end - begin) * (min(1.0, found.done / found.total) if found.total else 0.0)


def queue(position: int | None) -> str:
    """Where a waiting job stands; 1 is next."""
    if position is None or position <= 1:
        return t("Waiting: next in the queue")
    return t("Waiting: {0} before this one", counted(position - 1, "job"))


def failure(found: ComparisonView) -> tuple[str, str]:
    """Why a comparison failed, as two sentences: what, naming the file it is about, and what to do."""
    if found.error is None:
        return t("The comparison failed."), t("Try again.")
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
    return t("{0} each", counted(old, "page")) if old == new else t("{0} and {1} pages", number(old), number(new))


def findings(summary: dict[str, Any] | None) -> str:
    """What a finished comparison found, in a few words."""
    if not summary:
        return ""
    layers = summary.get("counts") or {}
    changes = sum(int(n) for kinds in layers.values() for n in kinds.values())
    major = int((summary.get("severity") or {}).get("major", 0))
    found = counted(changes, "change") + (t(", {0} major", number(major)) if major else "")
    if summary.get("complete", True):
        return found if changes else t("No changes")
    return t("{0}; not every page could be compared", found)
