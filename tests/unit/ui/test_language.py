"""Every text of the pages and of the viewer can be read in German, and the reader's language is found."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.unit.ui import messages
from ui.german import MESSAGES
from ui.language import ReadersLanguage, chosen, filled
from ui.sheet import Field, Form, sheet


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\d+)", text))


@pytest.mark.parametrize(
    ("named", "catalogue"),
    [(messages.of_pages(), MESSAGES), (messages.of_viewer(), messages.catalogue_of_viewer())],
    ids=["pages", "viewer"],
)
def test_no_text_is_missing_in_the_german_catalogue(named: Mapping[str, str], catalogue: Mapping[str, str]) -> None:
    assert len(named) > 300
    missing = {text: file for text, file in named.items() if text not in catalogue}
    assert missing == {}, "add its German to ui/german.py, or for the viewer to ui/frontend/viewer/de.mjs"
    assert [text for text in named if places(text) != places(catalogue[text])] == []
    assert [text for text in catalogue.values() if not text.strip()] == []


def test_no_text_is_shown_that_is_not_named_for_the_catalogues() -> None:
    assert messages.unnamed_in_viewer() == [], "tell it by t`…` of messages.mjs, and add its German to de.mjs"
    assert messages.unnamed_in_pages() == [], "tell it by t of ui.language, and add its German to ui/german.py"


@pytest.mark.parametrize(
    ("cookie", "accepted", "code"),
    [
        (None, "", "en"),
        (None, "de-DE,de;q=0.9,en;q=0.8", "de"),
        (None, "fr, en;q=0.5, de;q=0.8", "de"),
        (None, "de;q=0, *", "en"),
        (None, "de;q=x", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("../x", "de", "de"),
    ],
)
def test_what_was_chosen_goes_before_the_browser(cookie: str | None, accepted: str, code: str) -> None:
    assert chosen(cookie, accepted) == code


def test_a_catalogue_chooses_by_side_and_by_one() -> None:
    assert filled("{0:alte|neue} Seite {1}", ("new", "{0}")) == "neue Seite {0}"
    assert filled("{0} {0:Mal|Male}", (1,)) == "1 Mal"


def test_a_page_before_the_application_is_in_the_readers_language_throughout() -> None:
    def page(_request: Request) -> Response:
        form = Form("/there", "Weiter", fields=[Field("name", "Name")])
        return sheet("Titel", picture="<svg/>", link=("Anders", "/anders"), form=form)

    app = Starlette(routes=[Route("/", page)], middleware=[Middleware(ReadersLanguage)])
    german = TestClient(app).get("/", headers={"Accept-Language": "de"}).text
    assert '<html lang="de">' in german
    assert '<p class="or">oder</p>' in german
    assert 'alt="Zum Einscannen"' in german
    assert '<html lang="en">' in TestClient(app).get("/").text
