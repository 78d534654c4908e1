"""Profiles over HTTP: listed, saved, used in a comparison, deleted; and every refusal a problem document."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from core.profiles import built_in
from tests.integration.api.test_api import assert_problem, stored

OPTIONS: dict[str, Any] = {
    "without_layers": ["style"],
    "ignore": ["punctuation"],
    "ignore_areas": ["bottom-right 10,10 60x30 pages=2-", {"corner": "top-left", "x": 0, "y": 0, "height": 15}],
    "ignore_text": [r"Rev\. \w", {"pattern": r"\d{4}-\d\d-\d\d", "name": "Dates"}],
    "severity": [{"reason": "spelling", "severity": "minor"}],
}


def saved(client: TestClient, name: str, **options: Any) -> dict[str, Any]:
    answer = client.put(f"/api/v1/profiles/{name}", json={"description": "Ours.", "options": options})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["profile"]
    return found


def test_built_in_profiles_are_listed_and_own_ones_after_them(client: TestClient) -> None:
    made = saved(client, "Zeichnung%20ä%2Fb", **OPTIONS)
    assert (made["name"], made["built_in"], made["problem"]) == ("Zeichnung ä/b", False, None)
    assert made["options"]["ignore_areas"][0]["corner"] == "bottom-right"
    listed = client.get("/api/v1/profiles").json()["profiles"]
    assert [profile["name"] for profile in listed] == [*built_in(), "Zeichnung ä/b"]
    assert client.get("/api/v1/profiles/Zeichnung%20ä%2Fb").json()["profile"] == made
    assert client.get("/api/v1/profiles/technical-drawing").json()["profile"]["built_in"] is True


def test_a_comparison_takes_a_profile_and_own_options_over_it(client: TestClient, old_pdf: bytes) -> None:
    saved(client, "ours", **OPTIONS)
    document = stored(client, old_pdf)["id"]
    body = {"old": document, "new": document, "profile": "ours"}
    options = client.post("/api/v1/comparisons", json=body).json()["comparison"]["options"]
    assert (options["profile"], options["ignore"]) == ("ours", ["punctuation"])
    assert [rule["name"] for rule in options["ignore_text"]] == ["", "Dates"]
    own = {**body, "options": {"ignore": ["case"], "size_percent": 2}}
    options = client.post("/api/v1/comparisons", json=own).json()["comparison"]["options"]
    assert (options["profile"], options["ignore"], options["size_percent"]) == ("", ["case"], 2)
    assert "style" not in options["layers"]


def test_a_deleted_profile_leaves_its_comparisons(client: TestClient, old_pdf: bytes) -> None:
    saved(client, "ours", **OPTIONS)
    document = stored(client, old_pdf)["id"]
    made = client.post("/api/v1/comparisons", json={"old": document, "new": document, "profile": "ours"}).json()
    assert client.delete("/api/v1/profiles/ours").status_code == 204
    assert_problem(client.get("/api/v1/profiles/ours"), 404, "not_found")
    again = client.get(f"/api/v1/comparisons/{made['comparison']['id']}").json()["comparison"]
    assert again["options"]["profile"] == "ours"


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("contract", {}, 422, "bad_options"),
        ("%20", {}, 422, "bad_options"),
        ("n" * 81, {}, 422, "bad_options"),
        ("x", {"options": {"ignore_text": ["("]}}, 422, "bad_options"),
        ("x", {"options": {"ignore_areas": ["somewhere"]}}, 422, "bad_options"),
        ("x", {"options": {"ignore_areas": [{"corner": "middle", "x": 0, "y": 0}]}}, 422, "bad_request"),
        ("x", {"options": {"pages": "1"}}, 422, "bad_options"),
        ("x", {"options": {"severity": [{"severity": "fatal", "reason": "date"}]}}, 422, "bad_request"),
        ("x", {"options": {}, "more": 1}, 422, "bad_request"),
        ("x", {"description": "d" * 501}, 422, "bad_options"),
    ],
)
def test_what_is_no_profile_is_a_problem_and_is_not_kept(
    client: TestClient, name: str, body: dict[str, Any], status: int, code: str
) -> None:
    assert_problem(client.put(f"/api/v1/profiles/{name}", json=body), status, code)
    assert len(client.get("/api/v1/profiles").json()["profiles"]) == len(built_in())


def test_an_unknown_profile_is_not_compared_with(client: TestClient, old_pdf: bytes) -> None:
    document = stored(client, old_pdf)["id"]
    body = {"old": document, "new": document, "profile": "nobody's"}
    assert_problem(client.post("/api/v1/comparisons", json=body), 404, "not_found")
    assert_problem(client.delete("/api/v1/profiles/contract"), 404, "not_found")


def test_writing_needs_the_token(client: TestClient) -> None:
    del client.headers["X-CSRF-Token"]
    assert_problem(client.put("/api/v1/profiles/ours", json={}), 403, "cross_site")
