"""Choosing the language of the pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from ui.desk import safe_path
from ui.language import COOKIE, LANGUAGES, language, t

_YEAR_SECONDS = 365 * 24 * 3600


def choices() -> str:
    """A line of links, one for each language but that of the reader."""
    mine = language()
    links = (
        f'<a href="/language/{code}" hreflang="{code}" lang="{code}" target="_self">{name}</a>'
        for code, name in LANGUAGES.items()
        if code != mine
    )
    return f'<nav class="languages" aria-label="{t("Language")}">{" ".join(links)}</nav>'


def routes() -> list[BaseRoute]:
    """Where a language is chosen: kept in a cookie that the viewer's scripts read too."""

    async def choose(request: Request) -> Response:
        code = request.path_params["code"]
        _, _, path = request.headers.get("referer", "").partition(request.headers.get("host", "//"))
        answer = RedirectResponse(safe_path(path), status_code=303)
        if code in LANGUAGES:
            answer.set_cookie(COOKIE, code, max_age=_YEAR_SECONDS, samesite="lax", secure=request.url.scheme == "https")
        return answer

    return [Route("/language/{code}", choose, methods=["GET"])]
