"""The texts of the pages in the language of the reader.

English stands in the source and is the key; another language is a catalogue, and what it lacks is shown in English. The
viewer has catalogues of its own (frontend/viewer/messages.mjs) and goes by the same choice: the cookie, else the
languages of the browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.german import MESSAGES as GERMAN

COOKIE = "pdf_compare_language"
LANGUAGES = {"en": "English", "de": "Deutsch"}
_CATALOGUES: Mapping[str, Mapping[str, str]] = {"en": {}, "de": GERMAN}
_MOST_WISHES = 20  # languages of a browser that are looked at
_PLACE = re.compile(r"\{(\d+)(?::([^|}]*)\|([^}]*))?\}")
_THOUSANDS = {"de": "."}
# Of the request that is answered; scripts of Streamlit run in threads of their own, and ask Streamlit.
_answered: ContextVar[str | None] = ContextVar("language", default=None)


def chosen(cookie: str | None, accepted: str) -> str:
    """The code of the language: what was chosen, else the first of Accept-Language that there is, else English."""
    if cookie in LANGUAGES:
        return cookie
    wishes: list[tuple[float, int, str]] = []
    for place, wish in enumerate(accepted.split(",")[:_MOST_WISHES]):
        name, _, weight = wish.partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, name.strip().lower()[:2]))
        except ValueError:
            continue
    return next((name for weight, _, name in sorted(wishes) if name in LANGUAGES and weight < 0), "en")


def language() -> str:
    """The code of the reader's language."""
    answered = _answered.get()
    if answered is not None:
        return answered
    return chosen(st.context.cookies.get(COOKIE), st.context.headers.get("Accept-Language") or "")


def t(text: str, *values: object) -> str:
    """A text with its values in `{0}` and so on; in a catalogue `{0:one|other}` is `one` for 1 and for the old side."""
    return filled(_CATALOGUES[language()].get(text, text), values)


def noted(text: str) -> str:
    """A text that stands in a table and is told by `t` where it is shown: so that it is found for the catalogues."""
    return text


def number(value: int) -> str:
    """A whole number with its thousands apart."""
    told = f"{value:,}"
    return told.replace(",", _THOUSANDS.get(language(), ","))


def filled(text: str, values: tuple[object, ...]) -> str:
    """`text` with its places filled."""

    def value(place: re.Match[str]) -> str:
        told = str(values[int(place[1])])
        if place[2] is None:
            return told
        return place[2] if told in ("1", "old") else place[3]

    return _PLACE.sub(value, text) if values else text


class ReadersLanguage:
    """Middleware: what is answered outside of Streamlit is told in the language of the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            found = chosen(request.cookies.get(COOKIE), request.headers.get("accept-language", ""))
            token = _answered.set(found)
            try:
                await self._app(scope, receive, send)
            finally:
                _answered.reset(token)
            return
        await self._app(scope, receive, send)


def words(table: Mapping[Any, str], key: Any) -> str:
    """The text that a table of `noted` ones has for a key."""
    return t(table[key])
