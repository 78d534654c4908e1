"""Replicas that replay everything five seconds late: whoever wrote something sees it at once, on any web server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.promises import Told
from tests.acceptance.ui.conftest import CHROMIUM
from tests.integration.pdfs import pdf
from tests.stack.compose import Stack, run
from tests.stack.people import BASE, Person

LAG_SECONDS = 5
REPLICAS = ("pdf-compare-postgres-replica-1", "pdf-compare-postgres-replica-2")
ROUNDS = 5


def told(stack: Stack) -> Iterator[Told]:
    """Two people at the API, each also without the cookie that keeps him on his web server; and one in a browser."""
    with _late(f"{LAG_SECONDS}s"):
        yield _lags()
        yield from _api()
        yield _browser()


@contextmanager
def _late(delay: str) -> Iterator[None]:
    _set(delay)
    try:
        yield
    finally:
        _set("0")


def _set(delay: str) -> None:
    for replica in REPLICAS:
        command = ("docker", "exec", replica, "psql", "-q", "-U", "postgres")
        run(*command, "-c", f"ALTER SYSTEM SET recovery_min_apply_delay = '{delay}'", "-c", "SELECT pg_reload_conf()")


def _lags() -> Told:
    """That the test tests what it says."""
    person = Person()
    document = person.upload("late.pdf", pdf([f"Late {time.time_ns()}"]))
    counts = [_count(replica, document) for replica in REPLICAS]
    return Told(f"both replicas lag by {LAG_SECONDS} s", counts == ["0", "0"], f"{counts} of 1 row there after a write")


def _count(container: str, document: str) -> str:
    sql = f"SELECT count(*) FROM documents WHERE id = '{document}'"
    return run("docker", "exec", container, "psql", "-qAt", "-U", "postgres", "-d", "pdfcompare", "-c", sql).strip()


def _api() -> Iterator[Told]:
    people = [Person(), Person()]
    unseen: list[str] = []
    slowest = 0.0
    for number in range(ROUNDS):
        for name, person in zip("ab", people, strict=True):
            old, new = (
                person.upload(f"{name}{number} {side}.pdf", pdf([f"{side} of {name}{number} at {time.time_ns()}"]))
                for side in ("old", "new")
            )
            slowest = max(slowest, _seen(person, f"/api/v1/documents/{new}", unseen, "document"))
            _seen(person, "/api/v1/documents?limit=200", unseen, "list", partial(_has, new))
            comparison = person.compare(old, new)
            _seen(person, f"/api/v1/comparisons/{comparison}", unseen, "comparison")
            began = time.monotonic()
            state = person.wait(comparison, seconds=60)
            if state != "done":
                unseen.append(f"comparison {state} after {time.monotonic() - began:.0f} s")
            for _ in range(6):
                _anywhere(person)
                answer = person.http.get(f"/api/v1/comparisons/{comparison}/result")
                if not answer.is_success:
                    unseen.append(f"result {answer.status_code}")
    yield Told(
        "the uploader sees his document and his result at once, through each web server",
        not unseen,
        f"{len(unseen)} times not ({', '.join(sorted(set(unseen))) or 'none'}), the slowest look took {slowest:.2f} s",
    )


def _seen(
    person: Person, path: str, unseen: list[str], what: str, wanted: Callable[[Any], bool] = lambda _: True
) -> float:
    """Look six times, each time through whichever web server; the slowest look."""
    slowest = 0.0
    for _ in range(6):
        _anywhere(person)
        began = time.monotonic()
        answer = person.http.get(path)
        slowest = max(slowest, time.monotonic() - began)
        if not answer.is_success or not wanted(answer.json()):
            unseen.append(f"{what} {answer.status_code}")
    return slowest


def _has(document: str, answer: Any) -> bool:
    return any(one["id"] == document for one in answer["documents"])


def _anywhere(person: Person) -> None:
    """Forget the web server, so that nginx gives another one."""
    if "pdfc_route" in person.http.cookies:
        person.http.cookies.delete("pdfc_route")


def _browser() -> Told:
    """Upload two files on the page, compare, and open the result."""
    stamp = time.time_ns()
    began = time.monotonic()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = chromium.new_page()
        page.set_default_timeout(60_000)
        page.goto(BASE)
        for side, text in (("old", "thirty days"), ("new", "forty days")):
            _give(page, side, f"{side}-{stamp}.pdf", pdf([f"Payment within {text} of {stamp}"]))
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.get_by_text(f"old-{stamp}.pdf").first).to_be_visible(timeout=60_000)
        page.wait_for_url("**/result**", timeout=60_000)
        expect(page.get_by_text("forty").first).to_be_visible(timeout=60_000)
        wrong = page.get_by_text("not found").count() + page.get_by_text("Traceback").count()
        chromium.close()
    return Told(
        "in a browser: two uploads, a comparison and its result, without a gap",
        wrong == 0,
        f"{time.monotonic() - began:.1f} s from the first page to the result",
    )


def _give(page: Page, side: str, name: str, data: bytes) -> None:
    zone = page.get_by_test_id(f"zone-{side}")
    zone.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/pdf", "buffer": data})
    expect(zone.get_by_text(name)).to_be_visible(timeout=60_000)
