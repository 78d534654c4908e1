"""Guests: whoever has the link of a shared result sees it, and nothing else here."""

from __future__ import annotations

import html
import json
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from api.app import create_files
from api.identity import Identity
from api.problems import problem_of, status_of
from api.sessions import SessionCookies, is_https
from core.errors import NotFound, PdfCompareError
from service.access import Actor
from service.bootstrap import Services
from service.rates import TooManyRequests
from service.shares import Guest, WrongSharePassword
from service.users import digest_of
from ui.desk import Desk, Page, Stale, failed
from ui.language import language, t
from ui.sheet import Field, Form, sheet

_FRONTEND = Path(__file__).parent / "frontend"
_PAGE, _LOGO = _FRONTEND / "guest.html", Path(__file__).parent / "static" / "logo.svg"
_UNLOCKED, _UNLOCKED_SECONDS = "pdfc_shared", 12 * 3600
# The report brings its own policy, by the digests of its one style and script; and in a sandbox it has no origin, so
# that it could not act for whoever is signed in even if something in it did run.
_REPORT_HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-popups; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The pages of guests."""
    guests = _Guests(services, cookies)
    told, data = guests.told, guests.as_data
    return [
        Route("/shared/{secret}", told(guests.shared), methods=["GET"]),
        Route("/shared/{secret}", told(guests.unlock), methods=["POST"]),
        Route("/shared/{secret}/report", told(guests.report), methods=["GET"]),
        Route("/shared/{secret}/api/comparisons/{comparison_id}/result", data(guests.result), methods=["GET"]),
        Mount("/shared/{secret}/files", create_files(services, cookies, _GuestIdentity(services, cookies, guests))),
        # Whatever else the viewer would like to ask is not there, and must not be the application's page.
        Route("/shared/{secret}/{rest:path}", data(guests.nothing), methods=["GET"]),
        Mount("/viewer", _Modules(directory=_FRONTEND)),
    ]


class _Modules(StaticFiles):
    """The modules of the viewer, as the application has them; they hold nothing of anybody."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        answer = super().file_response(*given, **named)
        answer.headers["Cache-Control"] = "no-cache"  # asked for again, so that a new release is one
        return answer


class _Guests(Desk):
    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        super().__init__(services, cookies)
        self._unlocked = URLSafeTimedSerializer(services.secret, salt="pdfc-shared")

    def told(self, page: Page) -> Page:
        """Errors as a page."""

        @wraps(page)
        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except Stale as error:
                return self._locked_page(request, error=f"{error.message} {error.help}", status=403)
            except PdfCompareError as error:
                return failed(error)

        return answer

    def as_data(self, page: Page) -> Page:
        """Errors as problem documents, for what the viewer asks."""

        @wraps(page)
        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except PdfCompareError as error:
                return problem_of(error)

        return answer

    async def shared(self, request: Request) -> Response:
        """The viewer on a shared result, once its password was given where it has one."""
        try:
            guest = await self._guest(request)
        except WrongSharePassword:
            return self._locked_page(request)
        await run_in_threadpool(self.services.shares.count_view, guest)
        base = f"/shared/{quote(request.path_params['secret'])}"
        found = guest.comparison
        data = {"comparison": found.id, "guest": True, "csrf": "", "api": f"{base}/api", "files": f"{base}/files"}
        filled = {
            "{language}": language(),
            "{report_label}": t("Report"),
            "{without_script}": t("The viewer needs a script; the report is there without one:"),
            "{title}": f"{found.old.name} → {found.new.name}",
            "{report}": f"{base}/report",
            "{data}": json.dumps(data),
        }
        page = _PAGE.read_text("utf-8").replace("{logo}", _LOGO.read_text("utf-8"))
        for name, value in filled.items():
            page = page.replace(name, html.escape(value, quote=True))
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return Response(page, media_type="text/html; charset=utf-8", headers=headers)

    async def report(self, request: Request) -> Response:
        """The report of a shared result, to be read or kept."""
        try:
            await self._guest(request)
        except WrongSharePassword:
            return self._locked_page(request)
        report = await run_in_threadpool(self.services.shares.report, request.path_params["secret"])
        return Response(report, media_type="text/html; charset=utf-8", headers=_REPORT_HEADERS)

    async def result(self, request: Request) -> Response:
        """The shared result, for the viewer."""
        guest = await self._guest(request)
        if request.path_params["comparison_id"] != guest.comparison.id:
            raise NotFound()
        data = await run_in_threadpool(self.services.comparisons.result, guest.actor, guest.comparison.id)
        return Response(data, media_type="application/json", headers={"Cache-Control": "no-store"})

    async def nothing(self, request: Request) -> Response:
        """Not for guests."""
        raise NotFound()

    def guest(self, request: Request) -> Guest:
        """Who has the link; `WrongSharePassword` until its password was given in this browser.

        All who have the same link are counted together: a guest is nobody else.

        Raises:
            TooManyRequests: They have asked too often in this minute.
        """
        secret, shares = request.path_params["secret"], self.services.shares
        if shares.asks_password(secret) and not self._is_unlocked(request, secret):
            raise WrongSharePassword("The link has a password.", remedy="Open the link, and give it there.")
        guest = shares.guest(secret)
        rate = self.services.rates.take(f"share:{guest.share}")
        request.state.rate = rate
        if rate is not None and rate.left < 0:
            raise TooManyRequests()
        return guest

    async def _guest(self, request: Request) -> Guest:
        return await run_in_threadpool(self.guest, request)

    async def unlock(self, request: Request) -> Response:
        """Check the password of a link, and remember in this browser for a while that it was right."""
        secret = request.path_params["secret"]
        form = await self.form(request)
        try:
            await run_in_threadpool(self.services.shares.check, secret, form.get("password", ""))
        except NotFound:
            raise
        except PdfCompareError as error:
            return self._locked_page(request, error=f"{error.message} {error.help}", status=status_of(error))
        path = f"/shared/{quote(secret)}"
        answer = RedirectResponse(path, status_code=303)
        answer.set_cookie(
            _UNLOCKED,
            self._unlocked.dumps(digest_of(secret)),
            max_age=_UNLOCKED_SECONDS,
            path=path,
            httponly=True,
            samesite="lax",
            secure=is_https(request.scope),
        )
        return answer

    def _is_unlocked(self, request: Request, secret: str) -> bool:
        try:
            told = self._unlocked.loads(request.cookies.get(_UNLOCKED, ""), max_age=_UNLOCKED_SECONDS)
        except BadSignature:
            return False
        return bool(told == digest_of(secret))

    def _locked_page(self, request: Request, *, error: str = "", status: int = 200) -> Response:
        field = Field("password", t("Password of the link"), "password", "off")
        form = Form(
            f"/shared/{quote(request.path_params['secret'])}", t("Open"), [field], [("csrf", self.csrf(request))]
        )
        return sheet(t("A shared result"), error=error, form=form, status=status)


class _GuestIdentity(Identity):
    """Who asks for pictures and words under a link: a guest, and of the two documents of its result alone.

    Args:
        services: Knows the links.
        cookies: Unused; a guest is who has the link.
        guests: Knows whether its password was given.
    """

    def __init__(self, services: Services, cookies: SessionCookies, guests: _Guests) -> None:
        super().__init__(services, cookies, is_limited=False)
        self._guests = guests

    def actor(self, request: Request) -> Actor:
        """The guest.

        Raises:
            NotFound: The link is no longer good, or he asks for another document, or for a whole file.
            WrongSharePassword: Its password was not given yet.
        """
        guest, sha256 = self._guests.guest(request), str(request.path_params["sha256"])
        guest.require_document(sha256)
        if request.url.path.endswith(sha256):  # a file holds more than its pages show
            raise NotFound()
        return guest.actor

    def writer(self, request: Request) -> Actor:
        """Nobody."""
        raise NotFound()
