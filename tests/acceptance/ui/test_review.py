"""A review in a real browser: by keyboard, in two windows; what was typed outlives connection and session."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from core.sample import sample_pair
from tests.acceptance.ui import kinds
from tests.acceptance.ui.walking import violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DECISION_SECONDS = 0.3  #: 95 of 100 decisions are shown within it


class Server:
    """The product's API, as a page of a browser asks it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        page.goto(address)
        self.csrf = page.request.get(f"{address}/api/v1/session").json()["csrf"]

    def compare(self, old: bytes, new: bytes, name: str) -> str:
        ids = []
        for data in (old, new):
            address = f"{self.address}/api/v1/documents?name={name}"
            stored = self.page.request.put(address, data=data, headers={"X-CSRF-Token": self.csrf})
            assert stored.ok, stored.text()
            ids.append(stored.json()["document"]["id"])
        address = f"{self.address}/api/v1/comparisons"
        headers = {"X-CSRF-Token": self.csrf, "Content-Type": "application/json"}
        made = self.page.request.post(address, data=json.dumps({"old": ids[0], "new": ids[1]}), headers=headers).json()
        id_: str = made["comparison"]["id"]
        found = self.page.request.get(f"{address}/{id_}?wait=60", timeout=90_000).json()
        assert found["comparison"]["state"] == "done"
        return id_

    def review(self, comparison: str) -> dict:  # type: ignore[type-arg]
        found: dict = self.page.request.get(  # type: ignore[type-arg]
            f"{self.address}/api/v1/comparisons/{comparison}/reviews"
        ).json()["review"]
        return found

    def delete(self, comparison: str) -> None:
        found = self.page.request.get(f"{self.address}/api/v1/comparisons/{comparison}").json()["comparison"]
        address = f"{self.address}/api/v1/documents/{found['old']['id']}"
        assert self.page.request.delete(address, headers={"X-CSRF-Token": self.csrf}).ok


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1500, "height": 900})
    yield made
    made.close()


_SERIAL = iter(range(1000))


@pytest.fixture
def server(context: BrowserContext, product: str) -> Server:
    return Server(context.new_page(), product)


@pytest.fixture
def comparison(server: Server) -> str:
    """A pair that no other test has touched."""
    n = next(_SERIAL)
    old, new = (data + b"%% %d\n" % n for _, data in sample_pair())
    return server.compare(old, new, f"contract-{n}.pdf")


def opened(page: Page, server: Server, comparison: str, change: int = 1) -> Page:
    page.goto(f"{server.address}/result?comparison={comparison}")
    page.get_by_test_id("column-new").wait_for(timeout=30_000)
    expect(page.get_by_test_id("review")).to_be_visible()
    page.get_by_test_id("change").nth(change).click()
    expect(page.get_by_test_id("desk")).to_be_visible()
    return page


def test_a_review_is_done_by_keyboard_and_signed(server: Server, comparison: str) -> None:
    page = opened(server.page, server, comparison)
    total = json.loads(page.request.get(f"{server.address}/api/v1/comparisons/{comparison}/result").body())["changes"]
    for key in "ari":
        page.keyboard.press(key)
        page.keyboard.press("n")
    expect(page.get_by_test_id("review")).to_have_text(f"3/{len(total)}")
    page.keyboard.press("m")
    page.keyboard.type("Is this agreed? @Loc")
    expect(page.get_by_role("button", name="@Local user")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".thread .mention")).to_have_text("@Local user")
    expect(page.get_by_test_id("comment")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("a")  # once more: taken back
    expect(page.get_by_role("button", name="Accept", exact=True)).to_have_attribute("aria-pressed", "false")
    page.get_by_test_id("review").click()
    dialog = page.get_by_test_id("review-dialog")
    expect(dialog.get_by_test_id("sign")).to_be_disabled()
    dialog.get_by_role("button", name="Accept", exact=True).click()
    expect(dialog.get_by_text(f"{len(total)} of {len(total)} changes decided.")).to_be_visible()
    dialog.get_by_role("textbox").fill("Agreed with the supplier")
    dialog.get_by_test_id("sign").click()
    expect(dialog.get_by_test_id("signature")).to_contain_text("stands")
    expect(dialog.locator(".activity li").first).to_contain_text("signed off")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    review = server.review(comparison)
    [signature] = review["signatures"]
    assert (signature["note"], signature["stands"]) == ("Agreed with the supplier", True)
    assert (review["counts"]["rejected"], review["counts"]["ignored"], review["counts"]["open"]) == (1, 1, 0)
    page.get_by_test_id("change").nth(1).click()
    page.keyboard.press("r")
    page.get_by_test_id("review").click()
    expect(dialog.get_by_test_id("signature")).to_contain_text("decisions have changed since")
    page.reload()
    expect(page.get_by_test_id("review")).to_have_text(f"{len(total)}/{len(total)}")


def test_only_open_changes_are_shown_and_each_decision_brings_the_next(server: Server, comparison: str) -> None:
    page = opened(server.page, server, comparison, change=0)
    page.locator(".chip[data-chip='review:open']").click()
    total = int(page.get_by_test_id("review").inner_text().split("/")[1])
    first = page.locator(".row.on").get_attribute("data-id")
    page.get_by_test_id("changes").focus()
    page.keyboard.press("a")
    expect(page.locator(".tally .count")).to_have_text(f"{total - 1} of {total} changes")
    expect(page.locator(".row.on")).not_to_have_attribute("data-id", first or "")
    assert "states=open" in (
        page.locator(".v").evaluate(
            "(v) => v.querySelector('[data-testid=export]').click() ?? v.querySelector('a.choice').href"
        )
    )


class Late:
    """Keeps news of the review from a page until it has written something."""

    def __init__(self, page: Page) -> None:
        self.has_written = False
        page.route("**/reviews**", self.handle)
        page.route("**/reviews/**", self.handle)

    def handle(self, route: Route) -> None:
        self.has_written |= route.request.method != "GET"
        if self.has_written:
            route.continue_()
        else:
            route.fulfill(status=304)


def test_two_windows_in_one_change_lose_nothing(context: BrowserContext, server: Server, comparison: str) -> None:
    first = opened(server.page, server, comparison)
    second = opened(context.new_page(), server, comparison)
    second.get_by_test_id("comment").fill("I am still writing this")
    Late(second)
    first.keyboard.press("a")
    expect(first.get_by_role("button", name="Accepted", exact=True)).to_be_visible()
    second.get_by_test_id("changes").focus()
    second.keyboard.press("r")
    trouble = second.get_by_test_id("review-trouble")
    expect(trouble).to_contain_text("You, in another window, accepted this change meanwhile.")
    expect(second.get_by_test_id("comment")).to_have_value("I am still writing this")
    expect(second.get_by_role("button", name="Accepted", exact=True)).to_be_visible()  # what stands is shown
    trouble.get_by_role("button", name="Decide all the same").click()
    expect(second.get_by_role("button", name="Rejected", exact=True)).to_be_visible()
    expect(trouble).to_be_hidden()
    first.bring_to_front()
    expect(first.get_by_role("button", name="Rejected", exact=True)).to_be_visible()  # news of the other window


def test_what_was_typed_outlives_connection_session_and_comparison(
    context: BrowserContext, server: Server, comparison: str
) -> None:
    page = opened(server.page, server, comparison)
    box, trouble = page.get_by_test_id("comment"), page.get_by_test_id("review-trouble")
    box.fill("Not to be lost")
    context.set_offline(True)
    page.get_by_role("button", name="Send").click()
    expect(trouble).to_contain_text("The server did not answer")
    page.get_by_test_id("changes").focus()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Accept", exact=True)).to_have_attribute("aria-pressed", "false")
    context.set_offline(False)
    expect(box).to_have_value("Not to be lost")
    cookies = context.cookies()
    context.clear_cookies()
    page.get_by_role("button", name="Send").click()
    expect(trouble).to_contain_text("Your session has ended.")
    expect(box).to_have_value("Not to be lost")
    other = context.new_page()  # he signs in again: another session, with another token
    other.goto(server.address)
    assert {one["value"] for one in context.cookies()} != {one["value"] for one in cookies}
    trouble.get_by_role("button", name="Try again").click()
    expect(page.locator(".thread .remark")).to_have_text("Not to be lost")
    server.csrf = page.request.get(f"{server.address}/api/v1/session").json()["csrf"]
    box.fill("Too late")
    server.delete(comparison)
    page.get_by_role("button", name="Send").click()
    expect(trouble).to_contain_text("This comparison is not there any more")
    expect(box).to_have_value("Too late")


def test_a_draft_is_there_again_after_the_page_was_loaded_anew(server: Server, comparison: str) -> None:
    page = opened(server.page, server, comparison)
    page.get_by_test_id("comment").fill("Half a thought")
    page.get_by_test_id("change").nth(2).click()
    expect(page.get_by_test_id("comment")).to_have_value("")
    page.reload()
    opened(page, server, comparison)
    expect(page.get_by_test_id("comment")).to_have_value("Half a thought")


_DECIDE = """async (root, key) => {
    const begun = performance.now();
    const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true });
    root.querySelector('.list').dispatchEvent(event);
    await new Promise(requestAnimationFrame);
    if (!root.querySelector('.verdict-button[aria-pressed=true]')) throw new Error('not shown');
    return performance.now() - begun;
}"""


def test_decisions_are_shown_at_once_and_recorded(server: Server, comparison: str) -> None:
    page = opened(server.page, server, comparison, change=0)
    shown, recorded = [], []
    for k in range(20):
        with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
            begun = time.perf_counter()
            shown.append(page.locator(".v").evaluate(_DECIDE, "ar"[k % 2]) / 1000)
        assert answered.value.ok
        recorded.append(time.perf_counter() - begun)
        page.keyboard.press("n")
    shown.sort()
    recorded.sort()
    for what, times in (("shown", shown), ("recorded", recorded)):
        print(f"decision {what}: median {times[10] * 1000:.0f} ms, 95 of 100 {times[18] * 1000:.0f} ms")
    assert shown[18] < DECISION_SECONDS
    assert server.review(comparison)["counts"]["open"] == server.review(comparison)["counts"]["changes"] - 20


def test_a_change_is_given_to_somebody_and_ignored_with_all_like_it(server: Server, comparison: str) -> None:
    page = opened(server.page, server, comparison)
    page.get_by_test_id("assign").click()
    page.get_by_test_id("assignee").select_option(label="Local user")
    page.get_by_label("Until").fill("2020-01-31")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator(".assignment")).to_contain_text("Local user, until 31 Jan 2020 (late)")
    expect(page.locator(".chip[data-chip='review:mine']")).to_contain_text("1")
    page.get_by_role("button", name="Ignore all like it…").click()
    page.get_by_label("From now on too").check()
    page.get_by_label("Name of the profile").fill(f"Rule of {comparison[:6]}")
    page.locator(".alike").get_by_role("button").click()
    expect(page.locator(".alike")).to_contain_text("now leaves out")
    expect(page.get_by_role("button", name="Ignored", exact=True)).to_be_visible()
    before = page.url
    page.get_by_role("button", name="Compare again").click()
    page.wait_for_url(lambda url: url != before and "comparison=" in url)
    page.get_by_test_id("column-new").wait_for(timeout=60_000)
    again = page.url.rpartition("=")[2]
    expect(page.get_by_test_id("review")).to_be_visible()
    assert server.review(again)["counts"]["changes"] < server.review(comparison)["counts"]["changes"]


def test_three_revisions_stand_on_one_line_and_what_is_new_since_one_signed_is_a_click_away(
    server: Server, comparison: str
) -> None:
    page = opened(server.page, server, comparison)
    review = server.review(comparison)
    headers = {"X-CSRF-Token": server.csrf, "Content-Type": "application/json"}
    body = {"result_sha256": review["result_sha256"], "with_open": True}
    address = f"{server.address}/api/v1/comparisons/{comparison}"
    assert page.request.post(f"{address}/reviews/signatures", data=json.dumps(body), headers=headers).status == 201
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Accepted", exact=True)).to_be_visible()
    decided = page.locator(".row.on").get_attribute("data-id")
    name = page.request.get(address).json()["comparison"]["new"]["name"]
    third = sample_pair()[1][1] + f"% third of {comparison}\n".encode()
    stored = page.request.put(f"{server.address}/api/v1/documents?name={name}", data=third, headers=headers)
    assert stored.ok
    page.get_by_test_id("review").click()
    dialog = page.get_by_test_id("review-dialog")
    expect(dialog.get_by_test_id("timeline").get_by_role("listitem")).to_have_count(3)
    expect(dialog.get_by_test_id("timeline")).to_contain_text("signed by Local user")
    expect(dialog.get_by_role("button", name="What changed since")).to_be_visible()
    assert violations(page) == []
    # The first with the third: what was decided is there, as carried over.
    dialog.get_by_label("with this one").select_option(index=2)
    before = page.url
    dialog.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url(lambda url: url != before, wait_until="load")
    page.wait_for_timeout(1000)
    page.get_by_test_id("column-new").wait_for(timeout=60_000)
    page.locator(f"[data-testid=change][data-id='{decided}']").click()
    expect(page.locator(".decision.carried")).to_contain_text("carried over from")
    page.keyboard.press("a")  # the same again confirms it
    expect(page.locator(".decision.carried")).to_have_count(0)
    expect(page.locator(".decision")).to_contain_text("You accepted")


_ON = """() => {
    let on = document.activeElement;
    while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
    return on?.dataset?.testid ?? "";
}"""


def tabbed_to(page: Page, name: str) -> None:
    """Press Tab until the control of this test id has the keyboard."""
    for _ in range(80):
        if page.evaluate(_ON) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


@pytest.mark.parametrize("kind", ["drawing", "table", "scan"])
def test_every_kind_of_document_is_reviewed_and_signed_without_a_mouse(server: Server, kind: str) -> None:
    if kind == "scan" and shutil.which("tesseract") is None:
        pytest.skip("Tesseract is not installed")
    comparison = server.compare(*getattr(kinds, kind)(), f"{kind}.pdf")
    page = server.page
    page.goto(f"{server.address}/result?comparison={comparison}")
    page.get_by_test_id("column-new").wait_for(timeout=30_000)
    expect(page.get_by_test_id("review")).to_be_visible()
    total = server.review(comparison)["counts"]["changes"]
    assert total >= 1
    tabbed_to(page, "changes")
    for _ in range(total):
        page.keyboard.press("n")
        page.keyboard.press("a")
    expect(page.get_by_test_id("review")).to_have_text(f"{total}/{total}")
    tabbed_to(page, "review")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("review-dialog")).to_be_visible()
    assert violations(page) == []
    tabbed_to(page, "sign")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("signature")).to_contain_text("stands")
    review = server.review(comparison)
    assert (review["counts"]["accepted"], len(review["signatures"])) == (total, 1)
