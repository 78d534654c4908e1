"""The way in: signing in, replacing a one-time password, a second step, taking an invitation; see `sheet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from api.problems import status_of
from api.sessions import SessionCookies
from core.errors import PdfCompareError
from service.accounts import LEAST_PASSWORD
from service.bootstrap import Services
from service.users import digest_of
from ui.desk import SIGN_IN, Desk, Stale, safe_path
from ui.language import noted, t
from ui.sheet import Field, Form, sheet

_CHANGE_SECONDS = 600
_STEP_SECONDS = 600
_HINT = noted("At least {0} characters. Several words that do not belong together are best.")


def routes(services: Services, cookies: SessionCookies) -> list[BaseRoute]:
    """The pages before the application."""
    entrance = Entrance(services, cookies)
    told = entrance.told
    return [
        Route(SIGN_IN, told(entrance.ask), methods=["GET"]),
        Route(SIGN_IN, told(entrance.sign_in), methods=["POST"]),
        Route("/new-password", told(entrance.replace), methods=["POST"]),
        Route("/second-step", told(entrance.second_step), methods=["POST"]),
        Route("/authenticator", told(entrance.set_up), methods=["POST"]),
        Route("/invitation/{secret}", told(entrance.invited), methods=["GET"]),
        Route("/invitation/{secret}", told(entrance.accept), methods=["POST"]),
    ]


class _Halfway(NamedTuple):
    """Who gave the right password and is asked for a code now, and where he goes then."""

    user: UUID
    path: str
    workspace: str | None


class Entrance(Desk):
    """The pages of signing in."""

    def __init__(self, services: Services, cookies: SessionCookies) -> None:
        super().__init__(services, cookies)
        self._changes = URLSafeTimedSerializer(services.secret, salt="pdfc-new-password")
        self._steps = URLSafeTimedSerializer(services.secret, salt="pdfc-second-step")

    def stale(self, request: Request, error: Stale) -> Response:
        """The sign-in page again."""
        return self._sign_in_page(request, error=f"{error.message} {error.help}", status=403)

    # ---- signing in

    async def ask(self, request: Request) -> Response:
        """The sign-in page; who is signed in already is sent on."""
        sid = self.sid(request)
        if await run_in_threadpool(self.services.users.actor_for_session, sid) is not None:
            return RedirectResponse(safe_path(request.query_params.get("next", "")), status_code=303)
        if not self.services.provider.is_on and await run_in_threadpool(self.services.accounts.is_new):
            return sheet(
                t("Nobody can sign in yet"),
                says=t("Whoever runs this server makes the first account, and is told its one-time password:"),
                below="pdf-compare user first",
            )
        return self._sign_in_page(request, path=request.query_params.get("next", ""))

    async def sign_in(self, request: Request) -> Response:
        """Check a name and a password."""
        form = await self.form(request)
        login, path = form.get("login", ""), form.get("next", "")
        accounts = self.services.accounts
        try:
            checked = await run_in_threadpool(accounts.check, login, form.get("password", ""))
        except PdfCompareError as error:
            said = f"{error.message} {error.help}"
            return self._sign_in_page(request, login=login, path=path, error=said, status=status_of(error))
        if checked.must_change:
            return self._replace_page(request, self._changes.dumps(str(checked.user)), path)
        return await self._go_on(request, _Halfway(checked.user, path, None))

    async def replace(self, request: Request) -> Response:
        """Put an own password in place of a one-time password, and go in."""
        form = await self.form(request)
        token, path, password = form.get("change", ""), form.get("next", ""), form.get("new", "")
        try:
            user = UUID(self._changes.loads(token, max_age=_CHANGE_SECONDS))
        except (BadSignature, ValueError) as error:
            raise Stale() from error
        if password != form.get("again", ""):
            return self._replace_page(request, token, path, error=t("The two are not the same. Type them again."))
        try:
            await run_in_threadpool(self.services.accounts.replace_one_time, user, password)
        except PdfCompareError as error:
            return self._replace_page(request, token, path, error=f"{error.message} {error.help}")
        return await self._go_on(request, _Halfway(user, path, None))

    # ---- the second step

    async def _go_on(self, request: Request, halfway: _Halfway) -> Response:
        """In, or first to the second step for who has or must have one."""
        steps = self.services.second_steps
        if await run_in_threadpool(steps.is_on, halfway.user):
            return self._step_page(request, self._token(request, halfway))
        if await run_in_threadpool(steps.is_required, halfway.user):
            return await self._set_up_page(request, halfway)
        return await self.let_in(request, halfway.user, halfway.path, workspace=halfway.workspace)

    async def second_step(self, request: Request) -> Response:
        """Check a code, and go in."""
        form = await self.form(request)
        token = form.get("step", "")
        halfway = self._halfway(request, token)
        try:
            await run_in_threadpool(self.services.second_steps.check, halfway.user, form.get("code", ""))
        except PdfCompareError as error:
            said = f"{error.message} {error.help}"
            return self._step_page(request, token, error=said, status=status_of(error))
        return await self.let_in(request, halfway.user, halfway.path, by="code", workspace=halfway.workspace)

    async def set_up(self, request: Request) -> Response:
        """Check the first code of a new authenticator, tell the recovery codes, and let him in."""
        form = await self.form(request)
        halfway = self._halfway(request, form.get("step", ""))
        try:
            codes = await run_in_threadpool(self.services.second_steps.confirm_for, halfway.user, form.get("code", ""))
        except PdfCompareError as error:
            return await self._set_up_page(
                request, halfway, error=f"{error.message} {error.help}", status=status_of(error)
            )
        answer = sheet(
            t("Keep these recovery codes"),
            says=t("Each opens your account once when the authenticator is lost. They are shown this once only:"),
            codes=codes,
            link=(t("Go on"), safe_path(halfway.path)),
        )
        await self.give_session(answer, request, halfway.user, by="code", workspace=halfway.workspace)
        return answer

    def _token(self, request: Request, halfway: _Halfway) -> str:
        """Says who gave the right password, in this browser only and for a while."""
        told = [str(halfway.user), halfway.path, halfway.workspace, digest_of(self.sid(request))]
        return str(self._steps.dumps(told))

    def _halfway(self, request: Request, token: str) -> _Halfway:
        try:
            user, path, workspace, browser = self._steps.loads(token, max_age=_STEP_SECONDS)
        except (BadSignature, ValueError) as error:
            raise Stale() from error
        if browser != digest_of(self.sid(request)):
            raise Stale()
        return _Halfway(UUID(user), path, workspace)

    def _step_page(self, request: Request, token: str, *, error: str = "", status: int = 200) -> Response:
        field = Field("code", t("Code"), autocomplete="one-time-code", mode="numeric")
        return sheet(
            t("Second step"),
            says="" if error else t("Type the code that your authenticator shows now."),
            error=error,
            form=Form("/second-step", t("Go on"), [field], [("csrf", self.csrf(request)), ("step", token)]),
            below=t("The authenticator is lost? Type a recovery code instead, or ask an administrator."),
            status=status,
        )

    async def _set_up_page(
        self, request: Request, halfway: _Halfway, *, error: str = "", status: int = 200
    ) -> Response:
        setup = await run_in_threadpool(self.services.second_steps.begin_for, halfway.user)
        field = Field("code", t("Code that it shows now"), autocomplete="one-time-code", mode="numeric")
        hidden = [("csrf", self.csrf(request)), ("step", self._token(request, halfway))]
        return sheet(
            t("Set up a second step"),
            says="" if error else t("It is required here. Scan this with an authenticator on your phone:"),
            error=error,
            picture=setup.svg,
            codes=[setup.secret],
            form=Form("/authenticator", t("Use it from now on"), [field], hidden),
            status=status,
        )

    # ---- invitations

    async def invited(self, request: Request) -> Response:
        """What the link invites to, and how to take it."""
        return await self._invitation_page(request)

    async def accept(self, request: Request) -> Response:
        """Take an invitation, as who one is signed in as, or with a new account."""
        secret = request.path_params["secret"]
        form = await self.form(request)
        services = self.services
        actor = await run_in_threadpool(services.users.actor_for_session, self.sid(request))
        if actor is not None:
            found = await run_in_threadpool(services.workspaces.accept, secret, actor.user)
            await run_in_threadpool(services.accounts.choose_workspace, self.sid(request), found.id)
            return RedirectResponse("/", status_code=303)
        if form.get("new", "") != form.get("again", ""):
            return await self._invitation_page(request, form, error=t("The two passwords are not the same."))
        await run_in_threadpool(services.workspaces.invitation, secret)  # before an account is made for it
        try:
            user = await run_in_threadpool(
                services.accounts.make, form.get("name", ""), form.get("login", ""), form.get("new", "")
            )
        except PdfCompareError as error:
            return await self._invitation_page(request, form, error=f"{error.message} {error.help}")
        found = await run_in_threadpool(services.workspaces.accept, secret, user)
        return await self._go_on(request, _Halfway(user, "", found.id))

    async def _invitation_page(
        self, request: Request, filled: Mapping[str, str] | None = None, error: str = ""
    ) -> Response:
        secret = request.path_params["secret"]
        invitation = await run_in_threadpool(self.services.workspaces.invitation, secret)
        actor = await run_in_threadpool(self.services.users.actor_for_session, self.sid(request))
        by = t("{0} invites you", invitation.invited_by) if invitation.invited_by else t("You are invited")
        says = t("{0} to work here as {1}.", by, t(_ROLE_SAID[invitation.role.value]))
        action, hidden = f"/invitation/{quote(secret)}", [("csrf", self.csrf(request))]
        title = t("Join “{0}”", invitation.workspace_name)
        if actor is not None:
            form = Form(action, t("Join as {0}", actor.name), hidden=hidden)
            return sheet(title, says=says, error=error, form=form)
        filled = filled or {}
        fields = (
            Field("name", t("Your name"), autocomplete="name", value=filled.get("name", "")),
            Field(
                "login",
                t("Login name"),
                autocomplete="username",
                value=filled.get("login", ""),
                hint=t("Such as your address at work."),
            ),
            Field("new", t("Password"), "password", "new-password", hint=t(_HINT, LEAST_PASSWORD)),
            Field("again", t("Password again"), "password", "new-password"),
        )
        provider = self.services.provider
        return sheet(
            title,
            says=says,
            error=error,
            link=(provider.label, f"/oidc/start?invitation={quote(secret)}") if provider.is_on else None,
            form=Form(action, t("Make an account and join"), fields, hidden),
            below=t("You have an account here already? Sign in first, and open this link again."),
            status=422 if error else 200,
        )

    # ----

    def _sign_in_page(
        self, request: Request, *, login: str = "", path: str = "", error: str = "", status: int = 200
    ) -> Response:
        fields = (
            Field("login", t("Login name"), autocomplete="username", value=login[:120]),
            Field("password", t("Password"), "password", "current-password"),
        )
        path, provider = safe_path(path), self.services.provider
        return sheet(
            t("Sign in"),
            error=error,
            link=(provider.label, f"/oidc/start?next={quote(path, safe='')}") if provider.is_on else None,
            form=Form(SIGN_IN, t("Sign in"), fields, [("csrf", self.csrf(request)), ("next", path)]),
            below=t("No account, or the password is lost? Ask an administrator of this server."),
            status=status,
        )

    def _replace_page(self, request: Request, token: str, path: str, *, error: str = "") -> Response:
        fields = (
            Field("new", t("New password"), "password", "new-password", hint=t(_HINT, LEAST_PASSWORD)),
            Field("again", t("New password again"), "password", "new-password"),
        )
        hidden = [("csrf", self.csrf(request)), ("change", token), ("next", safe_path(path))]
        says = "" if error else t("The one-time password has done its work. From now on this one holds:")
        form = Form("/new-password", t("Keep it and go in"), fields, hidden)
        return sheet(t("Choose your password"), says=says, error=error, form=form, status=422 if error else 200)


_ROLE_SAID = {
    "owner": noted("an owner, who may do everything"),
    "editor": noted("an editor, who may upload and compare"),
    "reviewer": noted("a reviewer, who may see and judge changes"),
    "viewer": noted("a viewer, who may see everything"),
}
