"""Workspaces, their members, invitations, and tokens of programs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Response

from api.identity import Reader, Use, Writer
from api.schemas import (
    InvitationList,
    InvitationMade,
    InvitationRequest,
    MemberList,
    Named,
    Problem,
    RoleGiven,
    TokenList,
    TokenMade,
    TokenRequest,
    WorkspaceAnswer,
    WorkspaceList,
)
from service.access import Role
from service.tokens import Scope

router = APIRouter(tags=["workspaces"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
_REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": Problem}, 422: {"model": Problem}}
_MOST_BYTES = 16 * 1024
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Sent again within a day, the same request is answered as before and done once.",
    ),
]


@router.get("/workspaces", response_model=WorkspaceList)
def list_workspaces(actor: Reader, services: Use) -> dict[str, Any]:
    """The workspaces you are a member of."""
    return {"workspaces": [view.to_json() for view in services.workspaces.list(actor)]}


@router.post("/workspaces", status_code=201, response_model=WorkspaceAnswer, max_body_size=_MOST_BYTES)
def add_workspace(
    body: Named, response: Response, actor: Writer, services: Use, key: IdempotencyKey = None
) -> dict[str, Any]:
    """A new workspace that you own."""

    def act() -> tuple[int, dict[str, Any]]:
        return 201, {"workspace": services.workspaces.add(actor, body.name).to_json()}

    answer = services.answers.once(actor, key, ["workspaces", body.model_dump()], act)
    response.status_code = answer.status
    return answer.body


@router.put("/workspace/name", status_code=204, max_body_size=_MOST_BYTES)
def rename_workspace(body: Named, actor: Writer, services: Use) -> Response:
    """Give the workspace you work in another name."""
    services.workspaces.rename(actor, body.name)
    return Response(status_code=204)


@router.get("/members", response_model=MemberList)
def list_members(actor: Reader, services: Use) -> dict[str, Any]:
    """Who is in the workspace."""
    return {"members": [member.to_json() for member in services.workspaces.members(actor)]}


@router.put("/members/{user_id}", status_code=204, responses=_REFUSED, max_body_size=_MOST_BYTES)
def set_role(user_id: UUID, body: RoleGiven, actor: Writer, services: Use) -> Response:
    """Give a member another role."""
    services.workspaces.set_role(actor, str(user_id), Role(body.role))
    return Response(status_code=204)


@router.delete("/members/{user_id}", status_code=204, responses=_REFUSED)
def remove_member(user_id: UUID, actor: Writer, services: Use) -> Response:
    """Take somebody out of the workspace, or leave it."""
    services.workspaces.remove(actor, str(user_id))
    return Response(status_code=204)


@router.get("/invitations", response_model=InvitationList)
def list_invitations(actor: Reader, services: Use) -> dict[str, Any]:
    """The invitations that nobody has taken yet."""
    return {"invitations": [invitation.to_json() for invitation in services.workspaces.invitations(actor)]}


@router.post("/invitations", status_code=201, response_model=InvitationMade, max_body_size=_MOST_BYTES)
def invite(body: InvitationRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """A link for somebody to join the workspace, good once."""
    invitation, secret = services.workspaces.invite(actor, body.for_whom, Role(body.role))
    return {"invitation": invitation.to_json(), "path": f"/invitation/{secret}"}


@router.delete("/invitations/{invitation_id}", status_code=204, responses=_MISSING)
def withdraw(invitation_id: UUID, actor: Writer, services: Use) -> Response:
    """Take an invitation back."""
    services.workspaces.withdraw(actor, str(invitation_id))
    return Response(status_code=204)


@router.get("/tokens", response_model=TokenList)
def list_tokens(actor: Reader, services: Use) -> dict[str, Any]:
    """Your tokens for this workspace; for its owners everybody's."""
    return {"tokens": [token.to_json() for token in services.tokens.list(actor)]}


@router.post("/tokens", status_code=201, response_model=TokenMade, max_body_size=_MOST_BYTES)
def add_token(body: TokenRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """A token for a program, for this workspace."""
    token, secret = services.tokens.add(actor, body.name, Scope(body.scope), days=body.days)
    return {"token": token.to_json(), "secret": secret}


@router.delete("/tokens/{token_id}", status_code=204, responses=_MISSING)
def revoke_token(token_id: UUID, actor: Writer, services: Use) -> Response:
    """End a token."""
    services.tokens.revoke(actor, str(token_id))
    return Response(status_code=204)
