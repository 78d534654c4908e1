"""Profiles: named sets of options, built in or of the workspace."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.identity import Reader, Use, Writer
from api.schemas import Problem, ProfileAnswer, ProfileList, ProfileRequest
from core.profiles import Profile

router = APIRouter(prefix="/profiles", tags=["profiles"])

_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem}}
# A hundred rules with their names; the rest of a larger body is not read.
_MOST_BYTES = 256 * 1024


@router.get("", response_model=ProfileList)
def list_profiles(actor: Reader, services: Use) -> dict[str, Any]:
    """The built-in profiles, then those of the workspace."""
    return {"profiles": [view.to_json() for view in services.profiles.list(actor)]}


@router.get("/{name:path}", response_model=ProfileAnswer, responses=_MISSING)
def get_profile(name: str, actor: Reader, services: Use) -> dict[str, Any]:
    """One profile by its name."""
    return {"profile": services.profiles.get(actor, name).to_json()}


@router.put(
    "/{name:path}", max_body_size=_MOST_BYTES, response_model=ProfileAnswer, responses={422: {"model": Problem}}
)
def save_profile(name: str, body: ProfileRequest, actor: Writer, services: Use) -> dict[str, Any]:
    """Save a profile for everybody in the workspace; one of the same name is replaced."""
    profile = Profile.from_json(
        {"name": name, "description": body.description, "options": body.options.model_dump(exclude_unset=True)}
    )
    return {"profile": services.profiles.save(actor, profile).to_json()}


@router.delete("/{name:path}", status_code=204, responses=_MISSING)
def delete_profile(name: str, actor: Writer, services: Use) -> Response:
    """Delete a profile of the workspace; comparisons made with it stay."""
    services.profiles.delete(actor, name)
    return Response(status_code=204)
