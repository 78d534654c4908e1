"""The way in: signing in, replacing a one-time password, taking an invitation. Plain pages and forms, see `sheet`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from urllib.parse import quote, urlsplit
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.problems import status_of
from api.sessions import COOKIE, SAME_ORIGIN, SessionCookies, is_https, set_cookie
from core.errors import NotFound, PdfCompareError
from service.accounts import LEAST_PASSWORD
from service.bootstrap import Services
from service.users import digest_of
from ui.sheet import Field, Form, sheet

log = logging.getLogger(__name__)

SIGN_IN = "/sign-in"
_CHANGE_SECONDS = 600
_UNLOCKED, _UNLOCKED_SECONDS = "pdfc_shared", 12 * 3600
_MOST_BYTES = 16 * 1024
# The report brings its own policy, by the digests of its one style and script; and in a sandbox it has no origin, so
# that it could not act for whoever is signed in even if something in it did run.
_REPORT_HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-popups; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_HINT = f"At least {LEAST_PASSWORD} characters. Several words that do not belong together are best."

_Page = Callable[[Request], Awaitable[Response]]


class Stale(PdfCompareError):
    """The form is too old, or was not opened by this browser."""

    code = "cross_site"
    remedy = "Please fill it in again."


def address(path: str) -> str:
    """Where to sign in, to be brought to `path` afterwards."""
    return SIGN_IN if path in {"", "/"} else f"{SIGN_IN}?next={quote(path, safe='/')}"


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The pages before the application."""
    entrance = _Entrance(services, cookies)
    told = entrance.told
    return [
        Route(SIGN_IN, told(entrance.ask), methods=["GET"]),
        Route(SIGN_IN, told(entrance.sign_in), methods=["POST"]),
        Route("/new-password", told(entrance.replace), methods=["POST"]),
        Route("/invitation/{secret}", told(entrance.invited), methods=["GET"]),
        Route("/invitation/{secret}", told(entrance.accept), methods=["POST"]),
        Route("/shared/{secret}", told(entrance.shared, for_guests=True), methods=["GET"]),
        Route("/shared/{secret}", told(entrance.unlock, for_guests=True), methods=["POST"]),
    ]


class _Entrance:
    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        self._services = services
        self._cookies = cookies
        self._unlocked = URLSafeTimedSerializer(services.secret, salt="pdfc-shared")
        self._changes = URLSafeTimedSerializer(services.secret, salt="pdfc-new-password")

    def told(self, page: _Page, *, for_guests: bool = False) -> _Page:
        """Errors as a page, and nothing at all where there are no accounts, but for guests."""

        @wraps(page)
        async def answer(request: Request) -> Response:
            if not for_guests and not self._services.users.has_accounts:
                return RedirectResponse("/", status_code=303)
            try:
                return await page(request)
            except Stale as error:
                if for_guests:
                    return self._locked_page(request, error=f"{error.message} {error.help}", status=403)
                return self._sign_in_page(request, error=f"{error.message} {error.help}", status=403)
            except NotFound as error:
                return sheet("This link is no longer good", says=error.help, status=404)
            except PdfCompareError as error:
                log.warning("entrance failed", extra={"action": "web.entrance", "code": error.code})
                return sheet("That did not work", error=f"{error.message} {error.help}", status=status_of(error))

        return answer

    # ---- signing in

    async def ask(self, request: Request) -> Response:
        """The sign-in page; who is signed in already is sent on."""
        sid = self._sid(request)
        if await run_in_threadpool(self._services.users.actor_for_session, sid) is not None:
            return RedirectResponse(_next(request.query_params.get("next", "")), status_code=303)
        if await run_in_threadpool(self._services.accounts.is_new):
            return sheet(
                "Nobody can sign in yet",
                says="Whoever runs this server makes the first account, and is told its one-time password:",
                below="pdf-compare user first",
            )
        return self._sign_in_page(request, path=request.query_params.get("next", ""))

    async def sign_in(self, request: Request) -> Response:
        """Check a name and a password."""
        form = await self._form(request)
        login, path = form.get("login", ""), form.get("next", "")
        accounts = self._services.accounts
        try:
            checked = await run_in_threadpool(accounts.check, login, form.get("password", ""))
        except PdfCompareError as error:
            said = f"{error.message} {error.help}"
            return self._sign_in_page(request, login=login, path=path, error=said, status=status_of(error))
        if checked.must_change:
            return self._replace_page(request, self._changes.dumps(str(checked.user)), path)
        return await self._let_in(request, checked.user, path)

    async def replace(self, request: Request) -> Response:
        """Put an own password in place of a one-time password, and go in."""
        form = await self._form(request)
        token, path, password = form.get("change", ""), form.get("next", ""), form.get("new", "")
        try:
            user = UUID(self._changes.loads(token, max_age=_CHANGE_SECONDS))
        except (BadSignature, ValueError) as error:
            raise Stale() from error
        if password != form.get("again", ""):
            return self._replace_page(request, token, path, error="The two are not the same. Type them again.")
        try:
            await run_in_threadpool(self._services.accounts.replace_one_time, user, password)
        except PdfCompareError as error:
            return self._replace_page(request, token, path, error=f"{error.message} {error.help}")
        return await self._let_in(request, user, path)

    async def _let_in(self, request: Request, user: UUID, path: str, *, workspace: str | None = None) -> Response:
        """A session under an id that nobody has known before."""
        before = self._sid(request)
        sid, cookie = self._cookies.new()
        accounts, device = self._services.accounts, request.headers.get("user-agent", "")
        await run_in_threadpool(accounts.sign_in, user, sid, device=device, before=before)
        if workspace is not None:
            await run_in_threadpool(accounts.choose_workspace, sid, workspace)
        answer = RedirectResponse(_next(path), status_code=303, headers={"Cache-Control": "no-store"})
        answer.headers.append("Set-Cookie", set_cookie(cookie, request.scope))
        return answer

    # ---- invitations

    async def invited(self, request: Request) -> Response:
        """What the link invites to, and how to take it."""
        return await self._invitation_page(request)

    async def accept(self, request: Request) -> Response:
        """Take an invitation, as who one is signed in as, or with a new account."""
        secret = request.path_params["secret"]
        form = await self._form(request)
        services = self._services
        actor = await run_in_threadpool(services.users.actor_for_session, self._sid(request))
        if actor is not None:
            found = await run_in_threadpool(services.workspaces.accept, secret, actor.user)
            await run_in_threadpool(services.accounts.choose_workspace, self._sid(request), found.id)
            return RedirectResponse("/", status_code=303)
        if form.get("new", "") != form.get("again", ""):
            return await self._invitation_page(request, form, error="The two passwords are not the same.")
        await run_in_threadpool(services.workspaces.invitation, secret)  # before an account is made for it
        try:
            user = await run_in_threadpool(
                services.accounts.make, form.get("name", ""), form.get("login", ""), form.get("new", "")
            )
        except PdfCompareError as error:
            return await self._invitation_page(request, form, error=f"{error.message} {error.help}")
        found = await run_in_threadpool(services.workspaces.accept, secret, user)
        return await self._let_in(request, user, "", workspace=found.id)

    async def _invitation_page(
        self, request: Request, filled: Mapping[str, str] | None = None, error: str = ""
    ) -> Response:
        secret = request.path_params["secret"]
        invitation = await run_in_threadpool(self._services.workspaces.invitation, secret)
        actor = await run_in_threadpool(self._services.users.actor_for_session, self._sid(request))
        by = f"{invitation.invited_by} invites you" if invitation.invited_by else "You are invited"
        says = f"{by} to work here as {_ROLE_SAID[invitation.role.value]}."
        action, hidden = f"/invitation/{quote(secret)}", [("csrf", self._csrf(request))]
        title = f"Join “{invitation.workspace_name}”"
        if actor is not None:
            form = Form(action, f"Join as {actor.name}", hidden=hidden)
            return sheet(title, says=says, error=error, form=form)
        filled = filled or {}
        fields = (
            Field("name", "Your name", autocomplete="name", value=filled.get("name", "")),
            Field(
                "login",
                "Login name",
                autocomplete="username",
                value=filled.get("login", ""),
                hint="Such as your address at work.",
            ),
            Field("new", "Password", "password", "new-password", hint=_HINT),
            Field("again", "Password again", "password", "new-password"),
        )
        return sheet(
            title,
            says=says,
            error=error,
            form=Form(action, "Make an account and join", fields, hidden),
            below="You have an account here already? Sign in first, and open this link again.",
            status=422 if error else 200,
        )

    # ---- guests

    async def shared(self, request: Request) -> Response:
        """The report of a shared result, once its password was given where it has one."""
        secret = request.path_params["secret"]
        shares = self._services.shares
        if await run_in_threadpool(shares.asks_password, secret) and not self._is_unlocked(request, secret):
            return self._locked_page(request)
        report = await run_in_threadpool(shares.report, secret)
        return Response(report, media_type="text/html; charset=utf-8", headers=_REPORT_HEADERS)

    async def unlock(self, request: Request) -> Response:
        """Check the password of a link, and remember in this browser for a while that it was right."""
        secret = request.path_params["secret"]
        form = await self._form(request)
        try:
            await run_in_threadpool(self._services.shares.check, secret, form.get("password", ""))
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
        field = Field("password", "Password of the link", "password", "off")
        form = Form(f"/shared/{quote(request.path_params['secret'])}", "Open", [field], [("csrf", self._csrf(request))])
        return sheet("A shared result", error=error, form=form, status=status)

    # ----

    def _sign_in_page(
        self, request: Request, *, login: str = "", path: str = "", error: str = "", status: int = 200
    ) -> Response:
        fields = (
            Field("login", "Login name", autocomplete="username", value=login[:120]),
            Field("password", "Password", "password", "current-password"),
        )
        hidden = [("csrf", self._csrf(request)), ("next", _next(path))]
        return sheet(
            "Sign in",
            error=error,
            form=Form(SIGN_IN, "Sign in", fields, hidden),
            below="No account, or the password is lost? Ask an administrator of this server.",
            status=status,
        )

    def _replace_page(self, request: Request, token: str, path: str, *, error: str = "") -> Response:
        fields = (
            Field("new", "New password", "password", "new-password", hint=_HINT),
            Field("again", "New password again", "password", "new-password"),
        )
        hidden = [("csrf", self._csrf(request)), ("change", token), ("next", _next(path))]
        says = "" if error else "The one-time password has done its work. From now on this one holds:"
        form = Form("/new-password", "Keep it and go in", fields, hidden)
        return sheet("Choose your password", says=says, error=error, form=form, status=422 if error else 200)

    async def _form(self, request: Request) -> dict[str, str]:
        """The fields of a form that our own page has sent.

        Raises:
            Stale: It was not.
        """
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            raise Stale()
        form = await request.form(max_files=0, max_fields=20)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        sid = self._cookies.read(request.cookies.get(COOKIE))
        if (
            sid is None
            or request.headers.get("sec-fetch-site") not in SAME_ORIGIN
            or not self._cookies.csrf_matches(sid, fields.get("csrf"))
        ):
            raise Stale()
        return fields

    def _sid(self, request: Request) -> str:
        """The session id of the browser; the one that this very answer gives it where it has none yet."""
        sid = self._cookies.read(request.cookies.get(COOKIE))
        return sid if sid is not None else str(request.scope.get("pdfc.new_sid", ""))

    def _csrf(self, request: Request) -> str:
        return self._cookies.csrf(self._sid(request))


_ROLE_SAID = {
    "owner": "an owner, who may do everything",
    "editor": "an editor, who may upload and compare",
    "reviewer": "a reviewer, who may see and judge changes",
    "viewer": "a viewer, who may see everything",
}


def _next(path: str) -> str:
    """A path of this server to go to; the start page for anything that would lead elsewhere."""
    split = urlsplit(path)
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()
    return path if plain and not split.scheme and not split.netloc else "/"
