"""A server with accounts and the people who use it, each in a browser of his own."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from tests.acceptance.ui.walking import idle
from tests.people import GOOD


@dataclass
class Office:
    """The server's address, and the first administrator's one-time password until it is used."""

    base: str
    one_time: str | None


@dataclass
class Watched:
    """A browser of one person, and what went wrong in it."""

    context: BrowserContext
    page: Page
    wrong: list[str] = field(default_factory=list)


def person(browser: Browser, base: str) -> Watched:
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    watched = Watched(context, context.new_page())
    for kind in ("dialog", "pageerror"):
        context.on(
            kind if kind == "dialog" else "weberror",
            lambda told, kind=kind: watched.wrong.append(f"{kind} {getattr(told, 'error', told)}"),
        )
    context.on(
        "console", lambda said: watched.wrong.append(said.text) if "Content Security Policy" in said.text else None
    )
    context.on(
        "request",
        lambda request: (
            None if request.url.startswith((base, "data:", "blob:", "about:")) else watched.wrong.append(request.url)
        ),
    )
    return watched


def call(page: Page, method: str, path: str, body: object = None) -> dict[str, object]:
    """Use the API as a script of our own page would."""
    answer: dict[str, object] = page.evaluate(
        """async ([method, path, body]) => {
            const {csrf} = await (await fetch("/api/v1/session")).json();
            const headers = {"X-CSRF-Token": csrf, ...(body === null ? {} : {"Content-Type": "application/json"})};
            const sent = body === null ? null : JSON.stringify(body);
            const answer = await fetch("/api/v1" + path, {method, headers, body: sent});
            return answer.status === 204 ? {} : answer.json();
        }""",
        [method, path, body],
    )
    return answer


def enter(page: Page, office: Office, path: str = "/") -> None:
    """Sign in as the administrator, the first time with the one-time password."""
    page.goto(path)
    page.get_by_label("Login name").fill("admin")
    page.get_by_label("Password").fill(office.one_time or GOOD)
    page.get_by_role("button", name="Sign in").click()
    if office.one_time is not None:
        page.get_by_label("New password", exact=True).fill(GOOD)
        page.get_by_label("New password again").fill(GOOD)
        page.get_by_role("button", name="Keep it and go in").click()
        office.one_time = None
    idle(page)
