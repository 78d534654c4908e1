"""The services of a running installation, for commands that look after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from core.errors import PdfCompareError
from service.access import Actor
from service.bootstrap import Services, build
from service.job_records import MOST_LISTED, JobView
from service.settings import Settings, load_settings


class NotRunning(PdfCompareError):
    """PDF Compare does not run here."""

    code = "not_running"
    remedy = "Start it with `pdf-compare up`, or name the database of a running one in DATABASE_URL."


@contextmanager
def services() -> Iterator[Services]:
    """Connected to the database that the settings name, else to the embedded one while `up` runs it.

    Raises:
        NotRunning: Neither is there.
    """
    settings = load_settings()
    if settings.database_url is None:
        settings = load_settings(database_url=_embedded(settings))
    found = build(settings)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The database's address past any pooler: of the one that is set, else of the embedded one.

    The embedded server is used while `up` runs it, else started for as long as it is needed.
    """
    if settings.database_url is not None:
        yield settings.direct_to
        return
    from db.embedded import EmbeddedPostgres

    try:
        yield _embedded(settings)
    except NotRunning:
        with EmbeddedPostgres(settings.data_dir / "postgres") as server:
            yield server.url


def operators(found: Services) -> list[Actor]:
    """Whoever runs the server, in each workspace."""
    return [found.users.operator_of(workspace) for workspace in found.database.workspaces()]


def all_jobs(
    found: Services, *, states: Sequence[str] = (), dead: bool | None = None, most: int = 1_000_000
) -> list[JobView]:
    """The jobs of all workspaces, newest first: those in `states`, dead letters or all others."""
    jobs: list[JobView] = []
    for actor in operators(found):
        after: str | None = None
        taken = 0
        while taken < most:
            part, after = found.job_records.list(
                actor, states=states, dead=dead, limit=min(MOST_LISTED, most - taken), after=after
            )
            jobs += part
            taken += len(part)
            if after is None:
                break
    return sorted(jobs, key=lambda job: job.created_at, reverse=True)[:most]


def _embedded(settings: Settings) -> str:
    from db.embedded import EmbeddedPostgres

    url = EmbeddedPostgres(settings.data_dir / "postgres").url
    folder = Path(unquote(url.partition("host=")[2]))
    if not any(folder.glob(".s.PGSQL.*")):
        raise NotRunning
    return url
