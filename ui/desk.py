"""What the plain pages before the application share: their forms, their errors, and letting somebody in."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import quote, urlsplit
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.problems import status_of
from api.sessions import COOKIE, SAME_ORIGIN, SessionCookies, is_https, set_cookie
from core.errors import NotFound, PdfCompareError
from service.bootstrap import Services
from ui.language import t
from ui.sheet import sheet

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
_MOST_BYTES = 16 * 1024

Page = Callable[[Request], Awaitable[Response]]


class Stale(PdfCompareError):
    """The form is too old, or was not opened by this browser."""

    code = "cross_site"
    remedy = "Please fill it in again."


def address(path: str) -> str:
    """Where to sign in, to be brought to `path` afterwards."""
    return SIGN_IN if path in {"", "/"} else f"{SIGN_IN}?next={quote(path, safe='/')}"


def safe_path(path: str) -> str:
    """A path of this server to go to; the start page for anything that would lead elsewhere."""
    split = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()
    return path if plain and not split.scheme and not split.netloc else "/"


class Desk:
    """The base of the pages before the application.

    Args:
        services: The use cases.
        cookies: Signs and reads session cookies.
    """

    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        self.services = services
        self.cookies = cookies

    def told(self, page: Page) -> Page:
        """Errors as a page, and nothing at all where there are no accounts."""

        @wraps(page)
        async def answer(request: Request) -> Response:
            if not self.services.users.has_accounts:
                return RedirectResponse("/", status_code=303)
            try:
                return await page(request)
            except Stale as error:
                return self.stale(request, error)
            except PdfCompareError as error:
                return failed(error)

        return answer

    def stale(self, request: Request, error: Stale) -> Response:
        """What is shown for a form that cannot be taken."""
        return failed(error)

    async def let_in(
        self, request: Request, user: UUID, path: str, *, by: str = "password", workspace: str | None = None
    ) -> Response:
        """A session under an id that nobody has known before, and on to `path`."""
        answer = RedirectResponse(safe_path(path), status_code=303, headers={"Cache-Control": "no-store"})
        await self.give_session(answer, request, user, by=by, workspace=workspace)
        return answer

    async def give_session(
        self, answer: Response, request: Request, user: UUID, *, by: str, workspace: str | None
    ) -> None:
        """Put a fresh session on an answer."""
        before = self.sid(request)
        sid, cookie = self.cookies.new()
        accounts, device = self.services.accounts, request.headers.get("user-agent", "")
        await run_in_threadpool(accounts.sign_in, user, sid, device=device, before=before, by=by)
        if workspace is not None:
            await run_in_threadpool(accounts.choose_workspace, sid, workspace)
        answer.headers.append("Set-Cookie", set_cookie(cookie, request.scope))

    async def form(self, request: Request) -> dict[str, str]:
        """The fields of a form that our own page has sent.

        Raises:
            Stale: It was not.
        """
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            raise Stale()
        form = await request.form(max_files=0, max_fields=20)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        sid = self.cookies.read(request.cookies.get(COOKIE))
        if (
            sid is None
            or request.headers.get("sec-fetch-site") not in SAME_ORIGIN
            or not self.cookies.csrf_matches(sid, fields.get("csrf"))
        ):
            raise Stale()
        return fields

    def sid(self, request: Request) -> str:
        """The session id of the browser; the one that this very answer gives it where it has none yet."""
        sid = self.cookies.read(request.cookies.get(COOKIE))
        return sid if sid is not None else str(request.scope.get("pdfc.new_sid", ""))

    def csrf(self, request: Request) -> str:
        """The token that a form of ours carries."""
        return self.cookies.csrf(self.sid(request))

    def origin(self, request: Request) -> str:
        """The address of this server as the user knows it, without a path."""
        public = self.services.settings.public_url
        if public:
            return public.rstrip("/")
        return f"{'https' if is_https(request.scope) else 'http'}://{request.url.netloc}"


def failed(error: PdfCompareError) -> Response:
    """An error as a page."""
    if isinstance(error, NotFound):
        return sheet(t("This link is no longer good"), says=error.help, status=404)
    log.warning("entrance failed", extra={"action": "web.entrance", "code": error.code})
    return sheet(t("That did not work"), error=f"{error.message} {error.help}", status=status_of(error))
