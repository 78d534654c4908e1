"""Two people, a guest and a program on one server, in real browsers; and names that would like to be scripts."""

from __future__ import annotations

import io
import re
import time

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, expect
from reportlab.pdfgen import canvas

from core.sample import sample_pair
from tests.acceptance.ui.conftest import CHROMIUM
from tests.acceptance.ui.office import Office, call, enter, person
from tests.acceptance.ui.walking import idle, start, stored
from tests.integration.pdfs import pdf
from tests.people import GOOD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed"),
]
(OLD_NAME, OLD_PDF), (NEW_NAME, NEW_PDF) = sample_pair()

_ACT = "window.hit=1"
PAYLOADS = (
    *(
        f"<{tag} src=x onerror={_ACT}>"
        for tag in ("img", "video", "audio", "image", "input type=image", "script", "embed")
    ),
    *(
        f"<{tag} onload={_ACT}>"
        for tag in ("svg", "body", "iframe", "style", "svg/onload=1", "link rel=stylesheet href=x")
    ),
    *(
        f"<{tag} {event}={_ACT} autofocus tabindex=1>"
        for tag in ("input", "select", "a", "p")
        for event in ("onfocus", "onmouseover")
    ),
    f"<script>{_ACT}</script>",
    f"</script><script>{_ACT}</script>",
    f"</style><script>{_ACT}</script>",
    f"</title><script>{_ACT}</script>",
    f"</textarea><script>{_ACT}</script>",
    f"--><script>{_ACT}</script>",
    f"]]><script>{_ACT}</script>",
    f'"><script>{_ACT}</script>',
    f"'><script>{_ACT}</script>",
    f'" onmouseover={_ACT} x="',
    f"' onmouseover={_ACT} x='",
    f"`-{_ACT}-`",
    f"${{{_ACT}}}",
    f"{{{{constructor.constructor('{_ACT}')()}}}}",
    f"[a](javascript:{_ACT})",
    f"[a](JaVaScRiPt:{_ACT})",
    f"[a](data:text/html,<script>{_ACT}</script>)",
    f'![a](x" onerror="{_ACT})',
    f"<a href=javascript:{_ACT}>a</a>",
    f"<a href='java&#10;script:{_ACT}'>a</a>",
    f"<math><mtext><script>{_ACT}</script></mtext></math>",
    f"<details open ontoggle={_ACT}>",
    f"<marquee onstart={_ACT}>",
    f"<object data=javascript:{_ACT}>",
    f"<form action=javascript:{_ACT}><button autofocus>b</button></form>",
    f"<base href=javascript:{_ACT}//>",
    f"<meta http-equiv=refresh content=0;url=javascript:{_ACT}>",
    f"<template><script>{_ACT}</script></template>",
    f"<svg><animate onbegin={_ACT} attributeName=x>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>",
    f"$\\href{{javascript:{_ACT}}}{{a}}$",
    f":red[<img src=x onerror={_ACT}>] **b** :material/home:",
)


def test_two_people_a_guest_and_a_program(browser: Browser, office: Office) -> None:
    base = office.base
    boss, ada, guest = (person(browser, base) for _ in range(3))

    page = boss.page
    enter(page, office, "/library")
    expect(page).to_have_url(re.compile("/library$"))
    start(page, "/workspace")
    page.get_by_label("For whom").fill("Ada")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("code").filter(has_text="/invitation/").inner_text()

    ada.page.goto(link)
    ada.page.get_by_label("Your name").fill("Ada Lovelace")
    ada.page.get_by_label("Login name").fill("ada")
    ada.page.get_by_label("Password", exact=True).fill(GOOD)
    ada.page.get_by_label("Password again").fill(GOOD)
    ada.page.get_by_role("button", name="Make an account and join").click()
    idle(ada.page)
    stored(ada.page, "old", OLD_NAME, OLD_PDF)
    stored(ada.page, "new", NEW_NAME, NEW_PDF)
    ada.page.get_by_role("button", name="Compare", exact=True).click()
    expect(ada.page).to_have_url(re.compile(r"/result\?comparison="), timeout=120_000)
    start(ada.page, "/jobs")
    ada.page.get_by_role("button", name="Share").click()
    ada.page.get_by_role("button", name="Make a link").click()
    shared = ada.page.locator("code").filter(has_text="/shared/").inner_text()

    guest.page.goto(shared)
    # The viewer itself, with every page of both sides, and nothing to write with.
    expect(guest.page.get_by_test_id("position")).to_be_visible()
    expect(guest.page.locator("img").first).to_be_visible()
    assert guest.page.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    guest.page.keyboard.press("n")
    expect(guest.page.get_by_test_id("export")).to_have_count(0)
    expect(guest.page.get_by_test_id("review")).to_be_hidden()
    guest.page.get_by_role("link", name="Report").click()
    expect(guest.page.get_by_role("heading", name="What changed")).to_be_visible()
    guest.page.goto("/library")
    expect(guest.page.get_by_role("heading", name="Sign in")).to_be_visible()

    secret = str(call(ada.page, "POST", "/tokens", {"name": "build", "scope": "write"})["secret"])
    with httpx.Client(base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=30) as program:
        assert len(program.get("/documents").json()["documents"]) == 2
        stored_now = program.put("/documents", params={"name": "built.pdf"}, content=pdf(["Built"]))
        assert stored_now.status_code == 201

        start(page, "/workspace")
        expect(page.get_by_text("Opened 1 time")).to_be_visible()
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.get_by_text("Opened 1 time")).to_have_count(0)
        guest.page.goto(shared)
        expect(guest.page.get_by_text("This link is no longer good")).to_be_visible()

        # The page was opened while she was a member; what she does there now is refused.
        start(ada.page, "/library")
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(page.get_by_role("button", name="Remove", exact=True)).to_have_count(0)
        assert program.get("/documents").json()["code"] == "bad_token"
    ada.page.reload()
    idle(ada.page)
    expect(ada.page.get_by_text("No documents are stored yet.")).to_be_visible()  # in her own workspace again

    start(page, "/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert [*boss.wrong, *ada.wrong, *guest.wrong] == []


def test_a_second_step_in_a_browser(browser: Browser, office: Office) -> None:
    """Set up under *Your account*, asked for at the sign-in, reset by an administrator."""
    boss, grace = person(browser, office.base), person(browser, office.base)
    page = boss.page
    enter(page, office)
    made = call(page, "POST", "/admin/people", {"name": "Grace", "login": "grace"})
    own = grace.page
    own.goto("/account")
    own.get_by_label("Login name").fill("grace")
    own.get_by_label("Password").fill(str(made["one_time_password"]))
    own.get_by_role("button", name="Sign in").click()
    own.get_by_label("New password", exact=True).fill(GOOD)
    own.get_by_label("New password again").fill(GOOD)
    own.get_by_role("button", name="Keep it and go in").click()
    idle(own)
    own.get_by_role("button", name="Set it up").click()
    expect(own.get_by_role("img", name="To be scanned")).to_be_visible()
    secret = own.locator("code").filter(has_text=re.compile(r"^[A-Z2-7]{4} ")).inner_text().replace(" ", "")
    code = own.get_by_label("Code of your authenticator")
    code.fill("000000")
    own.get_by_role("button", name="Use it from now on").click()
    expect(own.get_by_text("not that of this secret")).to_be_visible()
    code.fill(pyotp.TOTP(secret).at(time.time() - 30))
    own.get_by_role("button", name="Use it from now on").click()
    expect(own.get_by_text("Keep these recovery codes")).to_be_visible()
    expect(own.get_by_text("10 recovery codes")).to_be_visible()
    own.get_by_role("button", name="Sign out", exact=True).click()
    own.get_by_label("Login name").fill("grace")
    own.get_by_label("Password").fill(GOOD)
    own.get_by_role("button", name="Sign in").click()
    expect(own.get_by_role("heading", name="Second step")).to_be_visible()
    own.get_by_label("Code").fill("12345")
    own.get_by_role("button", name="Go on").click()
    expect(own.get_by_role("alert")).to_contain_text("wrong, too old, or was used already")
    own.get_by_label("Code").fill(pyotp.TOTP(secret).at(time.time() + 30))
    own.get_by_role("button", name="Go on").click()
    idle(own)
    start(page, "/admin")
    page.get_by_role("button", name="No second step").click()
    expect(page.get_by_role("button", name="No second step")).to_have_count(0)
    own.goto("/library")
    own.get_by_label("Login name").fill("grace")
    own.get_by_label("Password").fill(GOOD)
    own.get_by_role("button", name="Sign in").click()
    expect(own).to_have_url(re.compile("/library$"))
    assert boss.wrong == [] and grace.wrong == []


def test_names_and_words_are_never_scripts(browser: Browser, office: Office) -> None:
    """50 payloads in names of documents, people, workspaces, tokens, invitations and profiles, titles and text."""
    assert len(set(PAYLOADS)) >= 50
    base = office.base
    eve, guest = person(browser, base), person(browser, base)
    page = eve.page
    enter(page, office)
    call(page, "PUT", "/workspace/name", {"name": PAYLOADS[0]})
    for number, payload in enumerate(PAYLOADS):
        call(page, "POST", "/invitations", {"for_whom": payload[:80], "role": "viewer"})
        call(page, "POST", "/tokens", {"name": payload[:80]})
        if number < 12:
            call(page, "POST", "/admin/people", {"name": payload[:80], "login": f"eve{number}"})
    secret = str(call(page, "POST", "/tokens", {"name": "x", "scope": "write"})["secret"])
    documents = []
    with httpx.Client(base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {secret}"}, timeout=60) as program:
        for number, payload in enumerate(PAYLOADS):
            made = program.put("/documents", params={"name": f"{payload}.pdf"}, content=pdf([f"Sheet {number}"]))
            assert made.status_code == 201, made.text
        for side in (0, 1):
            whole = program.put("/documents", params={"name": f"{PAYLOADS[-1]}.pdf"}, content=titled(side))
            documents.append(whole.json()["document"]["id"])
        made = program.post("/comparisons", json={"old": documents[0], "new": documents[1]}).json()["comparison"]
        ended = program.get(f"/comparisons/{made['id']}", params={"wait": 60}).json()["comparison"]
        assert ended["state"] == "done"
    shared = str(call(page, "POST", f"/comparisons/{made['id']}/shares", {})["path"])
    for path in ("/", "/library", "/jobs", "/account", "/workspace", "/admin", f"/result?comparison={made['id']}"):
        start(page, path)
        page.wait_for_timeout(700)
        assert page.evaluate("window.hit") is None, path
    guest.page.goto(shared)
    expect(guest.page.get_by_text("onerror").first).to_be_visible()
    assert guest.page.evaluate("window.hit") is None
    guest.page.goto(f"{shared}/report")
    expect(guest.page.get_by_text("onerror").first).to_be_visible()
    assert guest.page.evaluate("window.hit") is None
    assert eve.wrong == [] and guest.wrong == []


def titled(side: int) -> bytes:
    """A document whose text, title and bookmarks are the payloads; the two sides differ in each line."""
    out = io.BytesIO()
    drawing = canvas.Canvas(out)
    drawing.setTitle(f"{PAYLOADS[0]} {side}")
    for number, payload in enumerate(PAYLOADS):
        drawing.setFont("Helvetica", 8)
        drawing.drawString(40, 800 - 28 * (number % 25), f"{payload} {side}")
        drawing.bookmarkPage(f"b{number}")
        drawing.addOutlineEntry(f"{payload} {side}", f"b{number}")
        if number % 25 == 24:
            drawing.showPage()
    drawing.save()
    return out.getvalue()
