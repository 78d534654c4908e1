"""People who sign in on the scaled stack: the guide's first administrator, an invitation, a program and a guest."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from benchmarks.promises import Told
from tests.people import GOOD
from tests.stack.compose import UI, Stack, run
from tests.stack.people import BASE

# What a fresh `.env` says; the tests' own file turns it off for parts whose people are nameless.
ACCOUNTS = f'services:\n  {UI}:\n    environment:\n      PDF_COMPARE_ACCOUNTS: "on"\n'


def told() -> Iterator[Told]:
    """From the first start to a guest's link, over all web servers; then what Redis and a web server are killed for."""
    with tempfile.TemporaryDirectory() as folder:
        (own := Path(folder) / "accounts.yml").write_text(ACCOUNTS)
        with Stack(own) as stack:
            yield from _people(stack)


def _people(stack: Stack) -> Iterator[Told]:
    stranger = _visitor()
    doors = {path: stranger.get(path).status_code for path in ("/", "/library", "/api/v1/documents", "/api/v1/stats")}
    yield Told("nobody is inside before he signs in", list(doors.values()) == [303, 303, 401, 401], str(doors))

    said = stack.compose("exec", "-T", UI, "pdf-compare", "user", "first")
    found = re.search(r"Sign in as (\S+) with the one-time password (\S+) ", said)
    assert found, said
    admin = _visitor()
    page = _fill(admin, "/sign-in", login=found[1], password=found[2])
    _send(admin, "/new-password", page.text, new=GOOD, again=GOOD)
    actor = _enter(admin)
    yield Told("the guide's command gives the first administrator", actor["is_admin"], f"signed in as {found[1]}")

    path = _post(admin, "/api/v1/invitations", {"for_whom": "Ada", "role": "editor"})["path"]
    ada = _visitor()
    _fill(ada, path, name="Ada", login="ada", new=GOOD, again=GOOD)
    roles = _enter(ada)["roles"]
    yield Told("who is invited joins, on another web server", "editor" in roles, f"{roles} {_servers(admin, ada)}")

    pair = _post(ada, "/api/v1/samples")
    sides = {side: pair[side]["id"] for side in ("old", "new")}
    comparison = _post(ada, "/api/v1/comparisons", sides)["comparison"]["id"]
    state = ada.get(f"/api/v1/comparisons/{comparison}", params={"wait": 60}).json()["comparison"]["state"]
    seen = admin.get(f"/api/v1/comparisons/{comparison}").status_code
    yield Told("what one compares, the other of the workspace sees", (state, seen) == ("done", 200), f"{state}, {seen}")

    added = stack.compose("exec", "-T", UI, "pdf-compare", "user", "add", "eve")
    one_time = re.search(r"one-time password (\S+) ", added)
    assert one_time, added
    eve = _visitor()
    page = _fill(eve, "/sign-in", login="eve", password=one_time[1])
    _send(eve, "/new-password", page.text, new=GOOD, again=GOOD)
    _enter(eve)
    answers = {
        eve.get(f"/api/v1/comparisons/{comparison}").status_code,
        eve.get(f"/api/v1/documents/{sides['old']}").status_code,
        eve.get(f"/api/v1/comparisons/{comparison}/changes").status_code,
    }
    listed = eve.get("/api/v1/comparisons").json()["comparisons"]
    yield Told(
        "another's workspace does not exist", answers == {404} and not listed, f"{answers}, {len(listed)} listed"
    )

    secret = _post(ada, "/api/v1/tokens", {"name": "nightly", "scope": "read"})["secret"]
    bearer = ("-H", f"Authorization: Bearer {secret}")
    read = run(
        "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *bearer, f"{BASE}/api/v1/comparisons/{comparison}"
    )
    wrote = run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", *bearer, "-X", "POST", f"{BASE}/api/v1/samples")
    yield Told(
        "a program reads with its token, and writes nothing", (read, wrote) == ("200", "403"), f"{read}, {wrote}"
    )

    link = _post(ada, f"/api/v1/comparisons/{comparison}/shares", {"days": 1})
    guest = _visitor()
    shown = guest.get(link["path"]).status_code
    beyond = guest.get(f"/api/v1/comparisons/{comparison}").status_code
    yield Told("a guest sees the shared result and nothing else", (shown, beyond) == (200, 401), f"{shown}, {beyond}")
    ada.delete(f"/api/v1/shares/{link['share']['id']}").raise_for_status()
    gone = guest.get(link["path"]).status_code
    yield Told("a revoked link is gone on every web server", gone in {404, 410}, str(gone))

    run("docker", "exec", "pdf-compare-redis", "redis-cli", "FLUSHDB")
    run("docker", "kill", stack.containers(UI)[0])
    still = {person.get("/api/v1/session").status_code for person in (admin, ada, eve)}
    yield Told("nobody is signed out by an emptied Redis and a killed web server", still == {200}, str(still))

    ada.delete("/api/v1/session").raise_for_status()
    after = ada.get("/api/v1/session").status_code
    yield Told("who signs out is out on every web server", after == httpx.codes.UNAUTHORIZED, str(after))


def _visitor() -> httpx.Client:
    """A browser that nobody has signed in with; nginx chooses its web server."""
    return httpx.Client(base_url=BASE, timeout=90.0, headers={"Accept": "text/html,*/*"})


def _fill(person: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send the form that stands at an address."""
    return _send(person, path, person.get(path).raise_for_status().text, **fields)


def _send(person: httpx.Client, path: str, form: str, **fields: str) -> httpx.Response:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    answer = person.post(path, data={**hidden, **fields})
    assert answer.status_code < httpx.codes.BAD_REQUEST, (path, answer.status_code)
    return answer


def _enter(person: httpx.Client) -> dict[str, Any]:
    """Who he is, when he is inside; from then on he may write."""
    told = person.get("/api/v1/session").raise_for_status().json()
    person.headers["X-CSRF-Token"] = told["csrf"]
    return dict(told["actor"])


def _post(person: httpx.Client, path: str, body: Any = None) -> Any:
    return person.post(path, json=body).raise_for_status().json()


def _servers(*people: httpx.Client) -> str:
    """How many web servers they are on."""
    return f"on {len({person.cookies.get('pdfc_route') for person in people})} web servers"
