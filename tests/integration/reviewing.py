"""Comparisons that are done without a worker, and people to review them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text, update

from core.options import CompareOptions
from db.rows import ChangeRow, ComparisonRow, MembershipRow, UserRow
from service.access import Actor
from service.bootstrap import Services
from tests.results import change, result, side


def text_change(id_: str, old: str | None, new: str | None, *, page: int = 1, **more: Any) -> dict[str, Any]:
    """A change of words with this id."""
    kind = "inserted" if old is None else "deleted" if new is None else "replaced"
    sides = (None if said is None else side(said, page) for said in (old, new))
    return change(kind, *sides, id=id_, **more)


def done(
    services: Services,
    actor: Actor,
    old: str,
    new: str,
    changes: Sequence[dict[str, Any]],
    options: CompareOptions | None = None,
) -> str:
    """A comparison of two stored documents with these changes; its id."""
    view = services.comparisons.submit(actor, old, new, options or CompareOptions())
    told = result(*changes)
    for name, document in (("old", view.old), ("new", view.new)):
        told[name].update(name=document.name, sha256=document.sha256)
    digest = services.blobs.put(actor.workspace, "result", json.dumps(told).encode())
    rows = [
        {
            "workspace_id": actor.workspace,
            "comparison_id": UUID(view.id),
            "ordinal": ordinal,
            "change_id": one["id"],
            **{key: one[key] for key in ("layer", "kind", "severity")},
            **{f"{s}_page": one[s] and one[s]["regions"][0]["page"] for s in ("old", "new")},
            **{f"{s}_text": one[s] and one[s]["text"] for s in ("old", "new")},
        }
        for ordinal, one in enumerate(changes)
    ]
    with services.database.write(actor.workspace) as session:
        session.execute(
            update(ComparisonRow)
            .where(ComparisonRow.id == UUID(view.id))
            .values(summary=told["summary"], identical=not changes, result_sha256=digest)
        )
        session.execute(text("UPDATE jobs SET state = 'done', engine_id = NULL WHERE id = :id"), {"id": view.job})
        if rows:
            session.execute(insert(ChangeRow), rows)
    return view.id


def colleague(services: Services, of: Actor, name: str, role: str = "reviewer", login: str | None = None) -> Actor:
    """Somebody new in the same workspace."""
    user = uuid4()
    with services.database.write(of.workspace, user=user) as session:
        session.execute(insert(UserRow).values(id=user, name=name, login=login, is_local=False))
        session.execute(insert(MembershipRow).values(workspace_id=of.workspace, user_id=user, role=role))
    return services.users.actor(user, of.workspace)
