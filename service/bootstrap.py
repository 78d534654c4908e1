"""The one place where the parts are joined."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.sandbox import lacking
from db.blobs import Blobs
from db.database import Database
from service.accounts import Accounts
from service.answers import Answers
from service.assistant import Assistant
from service.audit import Audit
from service.batches import Batches
from service.comparisons import Comparisons
from service.documents import Documents
from service.extraction import Extractions
from service.freshness import LastWrites
from service.identities import Identities
from service.job_records import JobRecords
from service.jobs import Jobs
from service.likeness import Likeness
from service.moving import Moving
from service.operations import Overview
from service.pages import Pages
from service.profiles import Profiles
from service.provider import Provider
from service.quotas import Quotas
from service.rates import Rates
from service.reviews import Reviews
from service.search import Search
from service.second_steps import SecondSteps
from service.sessions import Sessions
from service.settings import Settings, SettingsError, load_settings
from service.shares import Shares
from service.telemetry import Telemetry
from service.timeline import Timelines
from service.tokens import Tokens
from service.trash import Trash
from service.uploads import Uploads
from service.users import Users
from service.webhooks import Webhooks
from service.workspaces import Workspaces

log = logging.getLogger(__name__)

DATABASE_PATIENCE_SECONDS = 10.0  #: a primary that is started again is back by then


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that a door may ask for. Thread-safe; one per process."""

    settings: Settings
    users: Users
    accounts: Accounts
    provider: Provider
    identities: Identities
    second_steps: SecondSteps
    workspaces: Workspaces
    tokens: Tokens
    audit: Audit
    rates: Rates
    answers: Answers
    documents: Documents
    uploads: Uploads
    comparisons: Comparisons
    reviews: Reviews
    likeness: Likeness
    timelines: Timelines
    batches: Batches
    webhooks: Webhooks
    shares: Shares
    trash: Trash
    moving: Moving
    quotas: Quotas
    operations: Overview
    pages: Pages
    profiles: Profiles
    search: Search
    extractions: Extractions
    assistant: Assistant
    jobs: Jobs
    job_records: JobRecords
    sessions: Sessions
    telemetry: Telemetry
    database: Database
    blobs: Blobs
    secret: str

    def check(self) -> None:
        """Return when database and blob store answer and fit; raises what is wrong (a `StorageError`)."""
        self.database.ping()
        self.blobs.check()

    def watch_sandbox(self) -> None:
        """Find out, once, how well children are locked in here, for metrics and probes; a log line where it lacks.

        Raises:
            EngineError: Children cannot be started here at all.
        """
        measures = lacking(self.settings.limits)
        self.telemetry.unprotected = measures
        if measures:
            log.warning("children are not locked in", extra={"action": "sandbox", "reason": ", ".join(measures)})

    def close(self) -> None:
        """Give back connections and children."""
        self.pages.close()
        self.database.close()


def build(settings: Settings | None = None) -> Services:
    """Join the parts. No query is made; the database may come up later."""
    settings = settings or load_settings()
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    telemetry = Telemetry()
    database = Database(
        settings.writes_to,
        settings.database_read_urls,
        pool_size=settings.database_pool_size,
        freshness=LastWrites(redis_url),
        patience_seconds=DATABASE_PATIENCE_SECONDS,
        on_wait=telemetry.connection_waited,
    )
    blobs = Blobs(settings.data_dir / "blobs", settings.blob_url)
    blobs.looked = telemetry.cache_looked
    sessions = Sessions(redis_url, life_seconds=settings.session_seconds)
    secret = signing_secret(settings)
    trash = Trash(settings, database, blobs)
    webhooks = Webhooks(database, secret=secret, networks=settings.webhook_networks)
    jobs = Jobs(database, waiting_each=settings.waiting_jobs_per_user, on_end=webhooks.job_ended)
    documents = Documents(settings, database, blobs)
    users = Users(settings, database, sessions)
    accounts = Accounts(database, users, sessions)
    comparisons = Comparisons(settings, database, blobs, jobs, documents)
    profiles, reviews = Profiles(database), Reviews(database)
    telemetry.watch(jobs, database, sessions, blobs)
    return Services(
        settings=settings,
        users=users,
        accounts=accounts,
        provider=Provider(settings),
        identities=Identities(settings, database, accounts),
        second_steps=SecondSteps(settings, database, secret),
        workspaces=Workspaces(settings, database),
        tokens=Tokens(database, users),
        audit=Audit(database),
        rates=Rates(redis_url, per_minute=settings.requests_per_minute),
        answers=Answers(database),
        documents=documents,
        uploads=Uploads(settings, database, blobs, documents),
        comparisons=comparisons,
        reviews=reviews,
        likeness=Likeness(blobs, comparisons, profiles, reviews),
        timelines=Timelines(database),
        trash=trash,
        moving=Moving(settings, database, blobs, users, trash),
        batches=Batches(database, comparisons, jobs),
        webhooks=webhooks,
        shares=Shares(database, users, comparisons),
        operations=Overview(database, blobs, jobs),
        quotas=Quotas(settings, database),
        pages=Pages(documents, blobs, settings.limits, on_death=telemetry.child_died),
        profiles=profiles,
        search=Search(database),
        extractions=Extractions(database, blobs, jobs),
        assistant=Assistant(settings, database, blobs, jobs),
        jobs=jobs,
        job_records=JobRecords(database, jobs),
        sessions=sessions,
        telemetry=telemetry,
        database=database,
        blobs=blobs,
        secret=secret,
    )


def signing_secret(settings: Settings) -> str:
    """What signs cookies: the setting, else a random one kept beside the data, so that a restart keeps sessions."""
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    path = settings.data_dir / "secret"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret.{os.getpid()}")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_urlsafe(48))
        _keep_first(fresh, path)
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"PDF_COMPARE_DATA_DIR: cannot write to {path.parent}: {error.strerror}") from error


def _keep_first(fresh: Path, path: Path) -> None:
    """Put a file in place unless there is one already, also when several processes start at once."""
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
