"""Reviews from outside: versions and conditions, problems, and two people at once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from service.bootstrap import Services
from tests.integration.api.test_api import assert_problem, stored
from tests.integration.reviewing import colleague, done, text_change

CHANGES = [text_change("t-1", "30 days", "45 days"), text_change("t-2", "30 days", "45 days", page=2)]


@pytest.fixture
def path(client: TestClient, services: Services, old_pdf: bytes, new_pdf: bytes) -> str:
    old, new = stored(client, old_pdf, "a.pdf"), stored(client, new_pdf, "b.pdf")
    made = done(services, services.users.local_actor(), old["id"], new["id"], CHANGES)
    return f"/api/v1/comparisons/{made}/reviews"


def test_a_decision_has_a_version_and_is_refused_over_one_that_was_not_seen(
    client: TestClient, services: Services, path: str
) -> None:
    change = f"{path}/changes/t-1"
    assert client.get(change).headers["ETag"] == '"0"'
    first = client.put(change, json={"verdict": "accepted"}, headers={"If-Match": '"0"'})
    assert (first.status_code, first.headers["ETag"], first.json()["change"]["state"]) == (200, '"1"', "accepted")
    ada = colleague(services, services.users.local_actor(), "Ada")
    services.reviews.decide(ada, path.split("/")[4], "t-1", "rejected")
    stale = client.put(change, json={"verdict": "ignored"}, headers={"If-Match": '"1"'})
    problem = assert_problem(stale, 412, "changed_meanwhile")
    assert problem["detail"] == "Ada rejected this change meanwhile."
    assert client.put(change, json={"verdict": "ignored"}, headers={"If-Match": "*"}).json()["change"]["version"] == 3
    assert_problem(client.put(change, json={"verdict": "ignored"}, headers={"If-Match": "x"}), 422, "bad_review")


def test_the_review_is_sent_again_only_when_something_was_done(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.json()["review"]["counts"]["open"] == 2 and first.json()["review"]["may_decide"]
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304
    many = client.post(path, json={"verdict": "accepted", "changes": [{"id": "t-1", "version": 0}, {"id": "t-2"}]})
    assert (many.status_code, many.json()["conflicts"]) == (200, [])
    again = client.get(path, headers=known)
    assert (again.status_code, again.json()["review"]["counts"]["accepted"]) == (200, 2)
    stale = client.post(path, json={"verdict": "rejected", "changes": [{"id": "t-1", "version": 0}]})
    assert stale.json() == {"changes": [], "conflicts": ["t-1"]}
    assert client.get(f"{path}/activity").json()["events"][0]["detail"] == {"verdict": "accepted", "count": 2}


def test_comments_assignments_and_signatures_over_the_api(client: TestClient, services: Services, path: str) -> None:
    me = client.get("/api/v1/session").json()["actor"]["user_id"]
    said = client.post(f"{path}/changes/t-1/comments", json={"text": "Right?\n<script>"})
    assert said.status_code == 201
    [comment] = said.json()["change"]["comments"]
    assert comment["text"] == "Right?\n<script>"
    given = client.put(f"{path}/changes/t-1/assignment", json={"assignee": me, "due": "2030-01-31"})
    assert (given.json()["change"]["assignee"]["user"], given.json()["change"]["due"]) == (me, "2030-01-31")
    assert client.delete(f"{path}/changes/t-1/comments/{comment['id']}").json()["change"]["comments"] == []
    review = client.get(path).json()["review"]
    body = {"result_sha256": review["result_sha256"], "note": "Seen"}
    assert_problem(client.post(f"{path}/signatures", json=body), 409, "still_open")
    assert_problem(client.post(f"{path}/signatures", json={**body, "result_sha256": "0"}), 412, "other_result")
    signed = client.post(f"{path}/signatures", json={**body, "with_open": True})
    [signature] = signed.json()["review"]["signatures"]
    assert (signed.status_code, signature["stands"], signature["note"]) == (201, True, "Seen")
    withdrawn = client.delete(f"{path}/signatures/{signature['id']}").json()["review"]["signatures"][0]
    assert withdrawn["withdrawn_at"] is not None


def test_ignoring_all_like_it_names_the_rule(client: TestClient, path: str) -> None:
    answer = client.post(f"{path}/changes/t-1/alike", json={"profile": "Terms"}).json()
    assert [change["state"] for change in answer["changes"]] == ["ignored", "ignored"]
    assert answer["rule"] == "the words “30 days” or “45 days”"
    [rule] = client.get("/api/v1/profiles/Terms").json()["profile"]["options"]["ignore_text"]
    assert rule["name"].startswith("like ")


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "code"),
    [
        ("PUT", "changes/t-9", {"verdict": "accepted"}, 404, "not_found"),
        ("PUT", "changes/t-1", {"verdict": "perhaps"}, 422, "bad_request"),
        ("PUT", "changes/t-1", {"verdict": "accepted", "by": "another"}, 422, "bad_request"),
        ("PUT", "changes/t-1/assignment", {"assignee": str(uuid4())}, 422, "bad_review"),
        ("PUT", "changes/t-1/assignment", {"due": "tomorrow"}, 422, "bad_request"),
        ("POST", "changes/t-1/comments", {"text": ""}, 422, "bad_review"),
        ("POST", "changes/t-1/comments", {"text": "x" * 8001}, 422, "bad_request"),
        ("POST", "changes/t-1/comments", {"text": "a\0b"}, 201, ""),
        ("POST", "", {"verdict": "accepted", "changes": []}, 422, "bad_request"),
        ("POST", "", {"verdict": "accepted", "changes": [{"id": "t-9"}]}, 404, "not_found"),
    ],
)
def test_what_cannot_be_recorded_is_a_problem(
    client: TestClient, path: str, method: str, address: str, body: object, status: int, code: str
) -> None:
    answer = client.request(method, f"{path}/{address}".rstrip("/"), json=body)
    if code:
        assert_problem(answer, status, code)
    else:
        assert answer.status_code == status


def test_without_the_token_of_the_page_nothing_is_decided(client: TestClient, path: str) -> None:
    del client.headers["X-CSRF-Token"]
    assert_problem(client.put(f"{path}/changes/t-1", json={"verdict": "accepted"}), 403, "cross_site")
    assert client.get(path).json()["review"]["counts"]["open"] == 2


def test_exports_follow_the_filters_and_hold_what_was_said_but_guests_do_not_see_it(
    client: TestClient, services: Services, path: str
) -> None:
    client.put(f"{path}/changes/t-1", json={"verdict": "accepted"})
    client.post(f"{path}/changes/t-1/comments", json={"text": "Quittenmarmelade"})
    export = path.replace("/reviews", "/export")
    whole = client.get(f"{export}/json").json()
    assert whole["review"]["changes"][0]["comments"][0]["text"] == "Quittenmarmelade"
    assert "user" not in whole["review"]["changes"][0]["decisions"][0] and len(whole["changes"]) == 2
    for format_ in ("md", "csv", "html"):
        accepted = client.get(f"{export}/{format_}", params={"states": "accepted"}).text
        assert "t-1" in accepted or format_ == "md"
        assert "Quittenmarmelade" in accepted
        opened = client.get(f"{export}/{format_}", params={"states": "open,disputed"}).text
        assert "Quittenmarmelade" not in opened
    assert client.get(f"{export}/csv", params={"page": 2, "query": "DAYS"}).text.count("\n") == 2
    assert "review" not in client.get(path.replace("/reviews", "/result")).json()
    _, secret = services.shares.add(services.users.local_actor(), path.split("/")[4])
    guest = client.get(f"/shared/{secret}", headers={"Accept": "text/html"}).text
    assert "Quittenmarmelade" not in guest
