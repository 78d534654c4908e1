"""The tables, as SQLAlchemy rows named …Row so that nobody takes them for values; they never leave `db` and `service`.

Every table with a `workspace_id` is under row-level security (see `database.py` and the first migration).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Row(DeclarativeBase):
    """Base of all rows: text without a length, times with a zone, JSON as jsonb."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        int: BigInteger,
    }


class UserRow(Row):
    """A person.

    Attributes:
        login: The name to sign in with, lower case; None for the local user until accounts are switched on.
        is_local: Who works here while there are no accounts; the first administrator afterwards.
        is_admin: May look after users and workspaces.
        disabled_at: Since when he may not sign in.
    """

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    login: Mapped[str | None]
    is_local: Mapped[bool]
    is_admin: Mapped[bool] = mapped_column(server_default="false")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("users_login", "login", unique=True),)


class PasswordRow(Row):
    """A user's password as argon2id; a one-time password is good until `one_time_until`, and only for a change."""

    __tablename__ = "passwords"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    hash: Mapped[str]
    one_time_until: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class SignInFailureRow(Row):
    """Wrong passwords for a login name, by the digest of the name, whether it exists or not."""

    __tablename__ = "sign_in_failures"

    login_digest: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class SignInRow(Row):
    """A browser that is signed in, by the digest of its session id. Seen by its user, or by who has the session id."""

    __tablename__ = "sign_ins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    chosen_workspace: Mapped[UUID | None] = mapped_column(ForeignKey("workspaces.id", ondelete="SET NULL"))
    device: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("sign_ins_user", "user_id"),)


class IdentityRow(Row):
    """A person of an OpenID provider, by what the provider calls him for good, and whose account that is here."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("identities_user", "user_id"),)


class SpentSecretRow(Row):
    """Something that is good once and was used, by its digest, until it is too old to be used anyway."""

    __tablename__ = "spent_secrets"

    digest: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]


class SecondStepRow(Row):
    """A user's authenticator.

    Attributes:
        secret: What both know, encrypted.
        last_step: Number of the half minute whose code was used last; that one and those before are good no more.
        confirmed_at: When its first code was right; None while it is being set up.
    """

    __tablename__ = "second_steps"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str]
    last_step: Mapped[int] = mapped_column(server_default="0")
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class RecoveryCodeRow(Row):
    """A code for who has lost his authenticator, by its digest; gone once used."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)


class WorkspaceRow(Row):
    """Where documents lie; its bounds are those of the server's settings where they are None."""

    __tablename__ = "workspaces"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    most_bytes: Mapped[int | None]
    most_documents: Mapped[int | None]
    most_ocr_pages: Mapped[int | None]
    most_model_tokens: Mapped[int | None]
    retention_days: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MonthlyUseRow(Row):
    """What a workspace has used in a month: `ocr_pages` or `model_tokens`."""

    __tablename__ = "monthly_use"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int]


class MembershipRow(Row):
    """Who may do what where. Seen from inside its workspace, and by its own user before a workspace is chosen."""

    __tablename__ = "memberships"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("memberships_user", "user_id"),)


class InvitationRow(Row):
    """A way into a workspace, by the digest of the secret in its link; accepted ones are gone."""

    __tablename__ = "invitations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(unique=True)
    for_whom: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]

    __table_args__ = (Index("invitations_workspace", "workspace_id", "created_at"),)


class ShareRow(Row):
    """A link to one result for guests, by the digest of the secret in it."""

    __tablename__ = "shares"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    comparison_id: Mapped[UUID] = mapped_column(ForeignKey("comparisons.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    shared_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    views: Mapped[int] = mapped_column(server_default="0")
    viewed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("shares_workspace", "workspace_id", "created_at"),
        Index("shares_comparison", "comparison_id"),
    )


class TokenRow(Row):
    """A program's key to a workspace, in the name of a user, by its digest; `scope` bounds what his role allows."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    scope: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]

    __table_args__ = (Index("api_tokens_user", "workspace_id", "user_id"),)


class AnswerRow(Row):
    """The answer to a request with an Idempotency-Key; without a status while the request is being answered."""

    __tablename__ = "answers"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("answers_age", "workspace_id", "created_at"),)


class AuditRow(Row):
    """Who did what, for good: rows can be added and read only. Ids, counts and roles; never names or text of documents.

    Attributes:
        workspace_id: Where; None for what concerns the whole server, such as signing in.
        user_id: Who; None for a guest, or a name that does not exist.
        via: web, api, link or console.
        action: Such as `document.uploaded`; see `service.audit`.
        subject_id: What it was done to.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    user_id: Mapped[UUID | None]
    via: Mapped[str]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (Index("audit_newest", "workspace_id", "id"),)


class DocumentRow(Row):
    """A PDF under a name; several rows may share the bytes. In the trash since `deleted_at`, then seen there only.

    Attributes:
        series: Documents that are versions of each other under several names; None where the name alone tells.
    """

    __tablename__ = "documents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    page_count: Mapped[int]
    series: Mapped[UUID | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("workspace_id", "sha256", "name", name="documents_same_file"),
        Index("documents_newest", "workspace_id", "created_at", "id"),
        Index("documents_deleted", "workspace_id", "deleted_at", postgresql_where="deleted_at IS NOT NULL"),
        Index("documents_series", "workspace_id", "series", postgresql_where="series IS NOT NULL"),
        Index("documents_name", "workspace_id", "name"),
    )


class UploadRow(Row):
    """A file that comes in parts, over several requests and to any replica.

    Attributes:
        received_bytes: Up to where it has come; parts follow each other without a gap.
        sha256: What the sender says it is.
        document_id: What became of it, when it is complete.
    """

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str]
    size_bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(server_default="0")
    sha256: Mapped[str | None]
    version_of: Mapped[UUID | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]

    __table_args__ = (Index("uploads_age", "workspace_id", "expires_at"),)


class UploadPartRow(Row):
    """A stretch of an upload's bytes, as a blob under its digest."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    size_bytes: Mapped[int]
    sha256: Mapped[str]

    __table_args__ = (Index("upload_parts_bytes", "workspace_id", "sha256"),)


class JobRow(Row):
    """What a user sees of a job. Which worker runs it when is the business of the job engine's own tables.

    Attributes:
        state: queued, running, done, failed, cancelled.
        attempt: Times it was started; a worker writes only while this is still its number.
        crashes: Times a child died on it.
        vanished: Times its worker disappeared.
        engine_id: Row of the job engine, while there is one.
        progress: stage, side, done, total, eta_seconds.
        error: code, message, remedy.
        spent: What its last attempt cost, as `core.jobwatch.Spent`.
        is_dead: It failed in a way that no user can mend, and waits in the dead-letter list.
    """

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    kind: Mapped[str]
    queue: Mapped[str]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(server_default="0")
    crashes: Mapped[int] = mapped_column(server_default="0")
    vanished: Mapped[int] = mapped_column(server_default="0")
    cancel_requested: Mapped[bool] = mapped_column(server_default="false")
    engine_id: Mapped[int | None]
    progress: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    spent: Mapped[dict[str, Any] | None]
    is_dead: Mapped[bool] = mapped_column(server_default="false")
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("jobs_newest", "workspace_id", "created_at"),
        Index("jobs_dead", "workspace_id", "finished_at", postgresql_where="is_dead"),
        Index(
            "jobs_live",
            "workspace_id",
            "created_by",
            postgresql_where="state IN ('queued', 'running')",
        ),
    )


class ComparisonRow(Row):
    """Two documents and options.

    Attributes:
        key: Digest of everything that decides the result: contents, names, options, engine.
        content_key: The same without the names, to find a result that differs in nothing else.
        deleted_at: In the trash since then, and seen there only.
        deleted_with: The document that it went there with, and is restored with.
    """

    __tablename__ = "comparisons"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    key: Mapped[str]
    content_key: Mapped[str]
    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    options: Mapped[dict[str, Any]]
    engine_version: Mapped[str]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    summary: Mapped[dict[str, Any] | None]
    identical: Mapped[bool | None]
    result_sha256: Mapped[str | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    deleted_at: Mapped[datetime | None]
    deleted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    deleted_with: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("workspace_id", "key", name="comparisons_same_question"),
        Index("comparisons_newest", "workspace_id", "created_at", "id"),
        Index("comparisons_deleted", "workspace_id", "deleted_at", postgresql_where="deleted_at IS NOT NULL"),
        Index("comparisons_content", "workspace_id", "content_key"),
        Index("comparisons_job", "job_id"),
        Index("comparisons_old", "old_id"),
        Index("comparisons_new", "new_id"),
    )


class BatchRow(Row):
    """Comparisons that were asked for together."""

    __tablename__ = "batches"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("batches_newest", "workspace_id", "created_at", "id"),)


class BatchItemRow(Row):
    """One pair of a batch; without a comparison when that was deleted."""

    __tablename__ = "batch_items"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("comparisons.id", ondelete="SET NULL"))
    label: Mapped[str]

    __table_args__ = (Index("batch_items_comparison", "comparison_id"),)


class WebhookRow(Row):
    """An address that is told when something ends.

    Attributes:
        events: Which, by name.
        salt: With the server's secret it makes the key of the signatures.
        failures: Tries in a row that failed.
        disabled_at: Since when nothing is sent, by hand or after too many failures.
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSONB)
    salt: Mapped[str]
    failures: Mapped[int] = mapped_column(server_default="0")
    disabled_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("webhooks_workspace", "workspace_id", "created_at"),)


class DeliveryRow(Row):
    """Something that a webhook is told: waiting, delivered or failed; ids, states and counts only."""

    __tablename__ = "deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event: Mapped[str]
    body: Mapped[dict[str, Any]]
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    status: Mapped[int | None]
    reason: Mapped[str | None]
    engine_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    tried_at: Mapped[datetime | None]

    __table_args__ = (
        Index("deliveries_newest", "webhook_id", "created_at", "id"),
        Index("deliveries_waiting", "workspace_id", postgresql_where="state = 'waiting'"),
    )


class ChangeRow(Row):
    """One change of a result, for queries; all of it is in the result's blob. Texts are cut at 2,000 characters."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    comparison_id: Mapped[UUID] = mapped_column(ForeignKey("comparisons.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    change_id: Mapped[str]
    layer: Mapped[str]
    kind: Mapped[str]
    severity: Mapped[str]
    old_page: Mapped[int | None]
    new_page: Mapped[int | None]
    old_text: Mapped[str | None]
    new_text: Mapped[str | None]
    search: Mapped[Any | None] = mapped_column(TSVECTOR, deferred=True)

    __table_args__ = (
        UniqueConstraint("comparison_id", "ordinal", name="changes_order"),
        Index("changes_words", "search", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
        Index("changes_stable", "workspace_id", "change_id"),
    )


class ProfileRow(Row):
    """A named set of options, in the form of a profile's file."""

    __tablename__ = "profiles"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str]
    description: Mapped[str]
    options: Mapped[dict[str, Any]]
    updated_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (UniqueConstraint("workspace_id", "name", name="profiles_same_name"),)


class ReviewChangeRow(Row):
    """What reviewers share about a change of a pair of documents; made with the first thing that is said about it.

    Attributes:
        version: Counts decisions and assignments, so that nobody overwrites what he has not seen.
    """

    __tablename__ = "review_changes"

    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    change_id: Mapped[str] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(server_default="1")
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    due: Mapped[date | None]

    __table_args__ = (Index("review_changes_new", "new_id"),)


class ReviewDecisionRow(Row):
    """What one reviewer says of a change: accepted, rejected, ignored; `open` where he took it back.

    Attributes:
        comparison_id: In which comparison of the pair he was looking at it.
    """

    __tablename__ = "review_decisions"

    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True)
    change_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    verdict: Mapped[str]
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("comparisons.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        Index("review_decisions_new", "new_id"),
        Index("review_decisions_comparison", "comparison_id"),
    )


class ReviewCommentRow(Row):
    """A remark on a change; `mentions` are ids of members."""

    __tablename__ = "review_comments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    change_id: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    body: Mapped[str]
    mentions: Mapped[list[str]] = mapped_column(JSONB)
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("comparisons.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        Index("review_comments_old", "old_id", "change_id"),
        Index("review_comments_new", "new_id", "change_id"),
        Index("review_comments_comparison", "comparison_id"),
    )


class ReviewSignatureRow(Row):
    """A sign-off: who, when, of which result, with which decisions; withdrawn ones stay.

    Attributes:
        name: As the signer was called when he signed.
        decisions_sha256: Digest of the decisions that stood then.
        counts: Of the changes by their state, as they stood then.
    """

    __tablename__ = "review_signatures"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("comparisons.id", ondelete="SET NULL"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str]
    note: Mapped[str]
    result_sha256: Mapped[str]
    decisions_sha256: Mapped[str]
    counts: Mapped[dict[str, Any]]
    signed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index("review_signatures_old", "old_id"),
        Index("review_signatures_new", "new_id"),
        Index("review_signatures_comparison", "comparison_id"),
    )


class ReviewEventRow(Row):
    """One thing that a reviewer did, for the list of activity; about many changes at once where `change_id` is None."""

    __tablename__ = "review_events"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    old_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    new_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    change_id: Mapped[str | None]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("review_events_old", "old_id", "id"), Index("review_events_new", "new_id", "id"))


class ExtractionRow(Row):
    """What is taken out of a document; the result and its files are kept as derived blobs under the digest.

    Attributes:
        key: Digest of everything that decides the result: contents, name, options, engine.
        summary: Counts, and the files as [what, name, media type, bytes]; None until it is done.
    """

    __tablename__ = "extractions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    key: Mapped[str]
    options: Mapped[dict[str, Any]]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    summary: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        UniqueConstraint("workspace_id", "key", name="extractions_same_question"),
        Index("extractions_newest", "workspace_id", "created_at", "id"),
        Index("extractions_document", "document_id"),
        Index("extractions_job", "job_id"),
    )


class SearchDocumentRow(Row):
    """The full-text index of the bytes of a document, whatever names they have.

    Attributes:
        language: Whose stems are used; `simple` for none.
        is_chosen: By a person, not by its small words.
        version: Of the index's form; another one is made anew.
        attempts: Times that indexing was begun since it was asked for.
        problem: Code of the error that it ended with.
        silent_pages: Without a word, such as pictures that were not recognised.
        indexed_at: None until its pages can be found.
    """

    __tablename__ = "search_documents"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str]
    is_chosen: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None]
    silent_pages: Mapped[int] = mapped_column(server_default="0")
    asked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    indexed_at: Mapped[datetime | None]


class SearchPageRow(Row):
    """One page in the full-text index: its words as `core.searching.folding` separates them, and where each stands.

    Attributes:
        boxes: Four uint16 for each word, little-endian, in units from the top left.
        unit: Points.
        search: Lexemes as written (`=word`) and by stems (`e:stem`); a position is that of a token, from 1.
    """

    __tablename__ = "search_pages"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID]
    sha256: Mapped[str]
    page: Mapped[int]
    is_recognised: Mapped[bool]
    body: Mapped[str]
    boxes: Mapped[bytes]
    unit: Mapped[float]
    search: Mapped[Any] = mapped_column(TSVECTOR, deferred=True)

    __table_args__ = (
        UniqueConstraint("workspace_id", "sha256", "page", name="search_pages_once"),
        ForeignKeyConstraint(
            ("workspace_id", "sha256"),
            ("search_documents.workspace_id", "search_documents.sha256"),
            ondelete="CASCADE",
        ),
        Index("search_pages_words", "search", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )


class AssistantAnswerRow(Row):
    """What the assistant was asked about a comparison or a document, and what it answered.

    Attributes:
        kind: summary, explain, materiality, ask, fields or symbols.
        key: Digest of everything that decides the answer: contents, question, prompts, model.
        request: The question, the change, the fields.
        result: What stands up of the answer, while it comes and afterwards.
    """

    __tablename__ = "assistant_answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    kind: Mapped[str]
    key: Mapped[str]
    comparison_id: Mapped[UUID | None] = mapped_column(ForeignKey("comparisons.id", ondelete="CASCADE"))
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("documents.id", ondelete="CASCADE"))
    request: Mapped[dict[str, Any]]
    model: Mapped[str]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    result: Mapped[dict[str, Any] | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (
        UniqueConstraint("workspace_id", "key", name="assistant_answers_same_question"),
        Index("assistant_answers_comparison", "comparison_id"),
        Index("assistant_answers_document", "document_id"),
        Index("assistant_answers_job", "job_id"),
    )


class AssistantUseRow(Row):
    """Tokens of the language model that a user has used in a workspace in a day."""

    __tablename__ = "assistant_use"

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    tokens: Mapped[int]


class AssistantChunkRow(Row):
    """A piece of a page as a model's vector. Kept by digest, as long as the bytes are in the full-text index.

    Attributes:
        first: Its first word on the page, from 0; likewise `last`.
        vector: As an array of its own accord: a server without pgvector can hold it too.
    """

    __tablename__ = "assistant_chunks"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
    vector: Mapped[list[float]] = mapped_column(ARRAY(REAL))

    __table_args__ = (
        ForeignKeyConstraint(
            ("workspace_id", "sha256"),
            ("search_documents.workspace_id", "search_documents.sha256"),
            ondelete="CASCADE",
        ),
    )


class AssistantStateRow(Row):
    """How the language model's server is, as the workers see it; one row.

    Attributes:
        models: [name, bytes, in memory?] of what is installed.
        problem: Code of the error where it does not answer.
        seen_at: When a worker looked last.
    """

    __tablename__ = "assistant_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    models: Mapped[dict[str, Any]]
    problem: Mapped[str | None]
    is_breaker_open: Mapped[bool]
    has_meaning: Mapped[bool]
    seen_at: Mapped[datetime]


TENANT_TABLES = (
    "memberships",
    "documents",
    "uploads",
    "upload_parts",
    "jobs",
    "comparisons",
    "batches",
    "batch_items",
    "webhooks",
    "deliveries",
    "changes",
    "profiles",
    "invitations",
    "api_tokens",
    "answers",
    "shares",
    "audit",
    "review_changes",
    "review_decisions",
    "review_comments",
    "review_signatures",
    "review_events",
    "monthly_use",
    "extractions",
    "search_documents",
    "search_pages",
    "assistant_answers",
    "assistant_use",
    "assistant_chunks",
)
