"""How numbers, times and names are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.options import CompareOptions
from service.views import ComparisonView, DocumentView, Problem, Progress
from ui import phrases

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (2_640_000, "2.6 MB"),
        (57_000_000, "57 MB"),
        (999_700, "1.0 MB"),
        (3_200_000_000, "3.2 GB"),
    ],
)
def test_size(n: int, text: str) -> None:
    assert phrases.size(n) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "under a second"), (12.4, "12 s"), (185, "3 min 5 s"), (120, "2 min"), (7800, "2 h 10 min")],
)
def test_duration(seconds: float, text: str) -> None:
    assert phrases.duration(seconds) == text


def test_names_lose_their_markdown() -> None:
    assert phrases.plain("a_b*c.pdf") == r"a\_b\*c\.pdf"
    assert phrases.plain("![x](http://e)\n:red[y]") == r"\!\[x\]\(http\:\/\/e\) \:red\[y\]"


def test_today_is_a_clock_time_in_the_readers_zone() -> None:
    now = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert phrases.moment(now - timedelta(minutes=5), now) == "00:25"
    assert phrases.moment(now - timedelta(hours=1), now) == "21 Nov, 23:30"
    assert phrases.moment(now - timedelta(hours=1), now, timezone(timedelta(hours=2))) == "01:30"
    assert phrases.moment(now - timedelta(days=400), now) == "18 Oct 2025, 00:30"


def test_progress_counts_pages_and_time() -> None:
    share, text = phrases.progress(Progress("reading", "old", 120, 1000, 12.0))
    assert (share, text) == (0.09, "Reading the old PDF: page 120 of 1,000, about 12 s left")
    assert phrases.progress(Progress("reading", None, 1, 4, None)) == (0.1875, "Reading both PDFs: page 1 of 4")
    assert phrases.progress(None) == (0.0, "Starting")


def test_bar_goes_on_from_stage_to_stage() -> None:
    stages = [("reading", 4), ("comparing", 0), ("comparing", 4), ("storing", 0)]
    shares = [phrases.progress(Progress(stage, None, done, 4, None))[0] for stage, done in stages]
    assert shares == sorted(shares) and shares[-1] <= 1


def test_queue_position() -> None:
    assert phrases.queue(1) == "Waiting: next in the queue"
    assert phrases.queue(3) == "Waiting: 2 jobs before this one"


@pytest.mark.parametrize(
    ("message", "side", "says"),
    [
        ("asks for a password.", "old", "a.pdf asks for a password."),
        ("The page has too many objects: 9.", "new", "B.pdf: The page has too many objects: 9."),
        ("took longer than the time limit", None, "Took longer than the time limit."),
    ],
)
def test_failure_names_the_file_as_it_is(message: str, side: str | None, says: str) -> None:
    old, new = (DocumentView("i", name, "0" * 64, 1, 1, NOW) for name in ("a.pdf", "B.pdf"))
    error = Problem("code", message, "Do this.", side)
    found = ComparisonView(
        "i", old, new, CompareOptions(), "failed", None, None, error, None, NOW, None, None, "j", None
    )
    assert phrases.failure(found) == (says, "Do this.")


def test_page_counts() -> None:
    assert phrases.page_counts(1, 1) == "1 page each"
    assert phrases.page_counts(1119, 1) == "1,119 and 1 pages"


def test_findings() -> None:
    assert phrases.findings({"counts": {"text": {"inserted": 1, "replaced": 2}}, "complete": True}) == "3 changes"
    summary = {"counts": {"text": {"replaced": 1200}}, "severity": {"major": 15}, "complete": True}
    assert phrases.findings(summary) == "1,200 changes, 15 major"
    assert phrases.findings({"counts": {}, "complete": True}) == "No changes"
    assert phrases.findings({"counts": {}, "complete": False}) == "0 changes; not every page could be compared"
