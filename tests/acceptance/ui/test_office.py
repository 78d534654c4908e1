"""Administration, trash, other workspaces, the log and webhooks, clicked through; and judged by axe, light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from core.sample import sample_pair
from pdf_compare_client import verify_webhook
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.office import Office, Watched, call, enter, person
from tests.acceptance.ui.walking import idle, start, violations
from tests.integration.pdfs import pdf

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]


@pytest.fixture
def boss(browser: Browser, office: Office) -> Iterator[Watched]:
    """The administrator, signed in; what goes wrong in his browser fails the test."""
    found = person(browser, office.base)
    enter(found.page, office)
    yield found
    found.context.close()
    assert found.wrong == []


def program(page: Page, base: str) -> httpx.Client:
    """A program with the rights of who is signed in, in the workspace where he works."""
    secret = str(call(page, "POST", "/tokens", {"name": "program", "scope": "manage"})["secret"])
    return httpx.Client(base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=60)


def uploaded(client: httpx.Client, name: str, data: bytes) -> str:
    answer = client.put("/documents", params={"name": name}, content=data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["document"]["id"])


def row(page: Page, text: str) -> Locator:
    """The row of a list that says something."""
    return page.locator('[class*="st-key-row_"]').filter(has_text=text).last


def accessible(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        idle(page)
        assert violations(page) == [], scheme
    page.emulate_media(color_scheme="light")


def test_trash_from_deleting_to_nothing_left(boss: Watched, office: Office) -> None:
    page = boss.page
    with program(page, office.base) as client:
        document = uploaded(client, "thrown away.pdf", pdf(["Thrown away"]))
        start(page, "/library")
        row(page, "thrown away.pdf").get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert client.get(f"/documents/{document}").status_code == 404
        trash = page.get_by_text(re.compile("^Trash: "))
        trash.click()
        page.get_by_role("button", name="Restore").click()
        expect(trash).to_have_count(0)
        expect(row(page, "thrown away.pdf").get_by_role("button", name="Delete")).to_be_visible()
        sha256 = client.get(f"/documents/{document}").json()["document"]["sha256"]

        row(page, "thrown away.pdf").get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        trash.click()
        accessible(page)
        page.get_by_role("button", name="Delete for good").click()
        expect(trash).to_have_count(0)
        expect(page.get_by_text("thrown away.pdf")).to_have_count(0)
        assert client.get(f"/admin/remains/{sha256}").json() == {"left": {}}


def test_a_document_and_a_comparison_go_to_another_workspace(boss: Watched, office: Office) -> None:
    page = boss.page
    call(page, "POST", "/workspaces", {"name": "Elsewhere"})
    with program(page, office.base) as client:
        uploaded(client, "taken along.pdf", pdf(["Taken along"]))
        sides = [uploaded(client, name, data) for name, data in sample_pair()]
        made = client.post("/comparisons", json={"old": sides[0], "new": sides[1]}).json()["comparison"]
        assert client.get(f"/comparisons/{made['id']}", params={"wait": 60}).json()["comparison"]["state"] == "done"
    start(page, "/library")
    row(page, "taken along.pdf").get_by_role("button", name="Copy").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Move it: into the trash here").click()
    dialog.get_by_role("button", name="Move").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(re.compile("^Trash: 1 thing"))).to_be_visible()
    start(page, "/jobs")
    row(page, sample_pair()[0][0]).get_by_role("button", name="Copy").click()
    expect(dialog.get_by_text("Its two documents and its result go along")).to_be_visible()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog).to_have_count(0)

    start(page, "/workspace")
    row(page, "Elsewhere").get_by_role("button", name="Work here").click()
    expect(row(page, "Elsewhere").get_by_text("You work here")).to_be_visible()
    start(page, "/library")
    for name in ("taken along.pdf", *(name for name, _ in sample_pair())):
        expect(page.get_by_text(name, exact=True)).to_be_visible()
    start(page, "/jobs")
    page.get_by_role("link", name="Open").first.click()
    expect(page.get_by_test_id("position")).to_be_visible()


def test_administration(boss: Watched, office: Office) -> None:
    page = boss.page
    start(page, "/admin")
    page.get_by_label("Name", exact=True).fill("Hedy Lamarr")
    page.get_by_label("Login name").fill("hedy")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("It is shown this once only")).to_be_visible()
    expect(page.locator("code").filter(has_text="hedy")).to_be_visible()
    accessible(page)
    row(page, "Hedy Lamarr").get_by_role("button", name="Close").click()
    expect(row(page, "Hedy Lamarr").get_by_text("Closed")).to_be_visible()
    expect(page.get_by_text("It is shown this once only")).to_have_count(0)

    page.get_by_role("radio", name="Workspaces").click()
    bound = row(page, "1 member").get_by_label("Documents at most")
    bound.fill("7")
    bound.press("Enter")
    idle(page)
    accessible(page)
    page.get_by_role("radio", name="Health and jobs").click()
    for heading in ("Health", "Storage", "Jobs", "Dead letters"):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    accessible(page)
    listed: Any = call(page, "GET", "/admin/workspaces")
    assert [one["most_documents"] for one in listed["workspaces"]].count(7) == 1

    page.get_by_role("radio", name="Settings in force").click()
    line = page.get_by_role("row").filter(has_text="PDF_COMPARE_ACCOUNTS")
    expect(line).to_contain_text("on")
    secret = page.get_by_role("row").filter(has_text="DATABASE_URL").first
    expect(secret).to_contain_text("set")
    expect(page.get_by_text("postgresql")).to_have_count(0)
    accessible(page)


def test_account_and_workspaces_are_accessible(boss: Watched) -> None:
    for path in ("/account", "/workspace"):
        start(boss.page, path)
        accessible(boss.page)


def test_the_log_is_filtered_and_taken_away(boss: Watched, office: Office) -> None:
    page = boss.page
    call(page, "POST", "/workspaces", {"name": "For the log"})
    start(page, "/admin")
    page.get_by_role("radio", name="Log").click()
    expect(page.get_by_text("signed in").first).to_be_visible()
    page.get_by_role("combobox", name="What").fill("Roles")
    page.get_by_role("option", name="Roles, members and workspaces").click()
    expect(page.get_by_text("added a workspace").first).to_be_visible()
    expect(page.get_by_text("signed in")).to_have_count(0)
    accessible(page)
    file = page.get_by_role("link", name="These as CSV").get_attribute("href")
    assert file is not None
    answer = page.request.get(file)
    lines = answer.text().splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert any("workspace.added" in line for line in lines) and not any("signed_in" in line for line in lines)
    page.get_by_label("Done to").fill("00000000-0000-0000-0000-000000000000")
    page.get_by_label("Done to").press("Enter")
    expect(page.get_by_text("Nothing of the kind.")).to_be_visible()


@dataclass
class Receiver:
    """A program that is told something."""

    address: str
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append((dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.address = f"http://127.0.0.1:{server.server_port}/told"
    Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def test_webhooks(boss: Watched, office: Office, receiver: Receiver) -> None:
    page = boss.page
    start(page, "/jobs")
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_label("Address").fill("http://10.0.0.1/inside")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()  # a network that must not be reached
    page.get_by_label("Address").fill(receiver.address)
    page.get_by_role("button", name="Add", exact=True).click()
    key = page.locator("code").filter(has_text="whsec_")
    secret = key.inner_text().strip()
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Delivered")).to_be_visible()
    expect(page.get_by_text("Answered 204")).to_be_visible()
    headers, body = receiver.got[0]
    verify_webhook(secret, headers, body)
    expect(key).to_have_count(0)  # it was shown that once
    accessible(page)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("2 times tried")).to_have_count(0)
    page.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Off", exact=True)).to_be_visible()
    page.get_by_role("button", name="New key").click()
    expect(key).to_be_visible()
    assert key.inner_text().strip() != secret
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody is told yet.")).to_be_visible()
