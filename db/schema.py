"""Whether the database has a form that this release can use.

Migrations only add, so a release works on the schema of a later one: its old web servers serve while the new ones come,
and a way back needs no migration. What nobody uses any more goes one release later, in a migration that names the last
release that needed it (`LAST_NEEDED_BY`); the database then says so itself, and that release refuses to work on it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, text

from core.errors import StorageError
from core.version import VERSION

_VERSIONS = Path(__file__).parent / "migrations" / "versions"
_NOT_FOR = "not for PDF Compare up to "
_STATE = text(
    "SELECT to_regclass('public.alembic_version') IS NOT NULL,"
    " obj_description(to_regclass('public.alembic_version'), 'pg_class')"
)
_REVISION = text("SELECT version_num FROM public.alembic_version")


class SchemaBehind(StorageError):
    """The database has the form of an earlier release."""

    code = "schema_behind"
    remedy = "Run `pdf-compare migrate` of this release; web servers and workers wait for it."


class SchemaBeyond(StorageError):
    """The database has the form of a later release, which took away what this one needs."""

    code = "schema_beyond"
    remedy = "Start that later release, or restore the backup that was made before the update (docs/upgrade.md)."
    retryable = False


class Form(StrEnum):
    """How the schema of a database stands to that of this release."""

    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"  #: of a later release, and fits
    BEYOND = "beyond"  #: of a later release, and does not


def form_of(connection: Connection) -> Form:
    """How the database stands; two short questions."""
    has_table, comment = connection.execute(_STATE).one()
    revision = connection.execute(_REVISION).scalar() if has_table else None
    return judged(revision, comment, VERSION)


def judged(revision: str | None, comment: str | None, version: str) -> Form:
    """From what the database says of itself, for a release."""
    last = (comment or "").removeprefix(_NOT_FOR) if (comment or "").startswith(_NOT_FOR) else None
    if last is not None and parts(version)[: len(parts(last))] <= parts(last):
        return Form.BEYOND
    known = revisions()
    if revision == known[-1]:
        return Form.CURRENT
    return Form.BEHIND if revision is None or revision in known else Form.AHEAD


def require_fit(connection: Connection) -> None:
    """Return when this release can work on the database.

    Raises:
        SchemaBehind: After `pdf-compare migrate` it can.
        SchemaBeyond: Never.
    """
    form = form_of(connection)
    if form is Form.BEHIND:
        raise SchemaBehind
    if form is Form.BEYOND:
        raise SchemaBeyond


def told(last_needed_by: list[str]) -> str | None:
    """What the database says of itself, when these releases needed what is gone; None for none."""
    return _NOT_FOR + max(last_needed_by, key=parts) if last_needed_by else None


def parts(version: str) -> tuple[int, ...]:
    """`1.20.3` as (1, 20, 3)."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


@cache
def revisions() -> tuple[str, ...]:
    """All revisions of this release, in order. From the files' names, since a web server needs nothing else of them."""
    return tuple(sorted(match[1] for path in _VERSIONS.glob("m*.py") if (match := re.match(r"m(\d{4})_", path.name))))
