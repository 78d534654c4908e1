"""What travels over the API, for the OpenAPI document and for checking bodies at the door."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class Problem(BaseModel):
    """A problem document (RFC 9457) with our code and what to do about it."""

    type: str
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong.")
    code: str = Field(description="Stable name of the error; see docs/errors.md.")
    remedy: str = Field(description="One sentence: what to do.")


class Document(BaseModel):
    """A stored PDF."""

    id: UUID
    name: str
    sha256: str
    size_bytes: int
    page_count: int
    created_at: datetime


class DocumentAnswer(BaseModel):
    document: Document


class Upload(BaseModel):
    """A file that comes in parts."""

    id: UUID
    name: str
    size_bytes: int
    received_bytes: int
    document: Document | None = Field(description="What it became, when it is complete.")
    expires_at: datetime


class UploadAnswer(BaseModel):
    upload: Upload


class DocumentList(BaseModel):
    documents: list[Document]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class DocumentVersions(BaseModel):
    documents: list[Document]


class Samples(BaseModel):
    old: Document
    new: Document


class Area(BaseModel):
    """A rectangle in millimetres from a corner of the page; no width or height: to the other edge."""

    model_config = ConfigDict(extra="allow")  # likewise checked by the core

    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"]
    x: float
    y: float
    width: float | None = None
    height: float | None = None
    pages: str = Field(default="all", description="all, odd, even, or ranges such as 1-5,9.")
    side: Literal["both", "old", "new"] = "both"
    name: str = ""


class TextRule(BaseModel):
    """Text that is left out: a regular expression of RE2."""

    pattern: str
    name: str = ""


class SeverityRule(BaseModel):
    """Another severity for the changes that fit; the first rule that fits holds."""

    severity: Literal["major", "normal", "minor"]
    reason: str = ""
    layer: str = ""
    kind: str = ""
    pattern: str = Field(default="", description="A regular expression of RE2, found in the old or the new text.")
    name: str = Field(default="", description="Told as the reason instead of the change's own.")


class Registration(BaseModel):
    """Two points of an old page, and the same on a new one: how a drawing is laid on the other by hand."""

    old_page: int
    new_page: int
    old: list[list[float]] = Field(description="Two points [x, y], millimetres from the top left corner.")
    new: list[list[float]]


class Options(BaseModel):
    """Choices of a comparison; what is left out has its default. See docs/profiles.md."""

    model_config = ConfigDict(extra="allow")  # the core names an unknown option itself, with the list of known ones

    layers: list[str] | None = None
    without_layers: list[str] | None = Field(default=None, description="Instead of `layers`: those to leave out.")
    ignore: list[str] | None = None
    show: list[str] | None = Field(default=None, description="What is usually tidied away.")
    ignore_areas: list[Area | str] | None = Field(default=None, description="Objects, or text as on the command line.")
    only_areas: list[Area | str] | None = None
    ignore_text: list[TextRule | str] | None = Field(default=None, description="Patterns, with or without a name.")
    severity: list[SeverityRule] | None = None
    size_percent: float | None = Field(default=None, description="Least change of a font size that is told.")
    least_mm2: float | None = Field(default=None, description="Least area of ink that is told, square millimetres.")
    show_running: bool | None = None
    pages: str | None = None
    ocr: str | None = Field(default=None, description="When characters are recognised: auto, always or never.")
    ocr_languages: list[str] | None = Field(default=None, description="By Tesseract's names, such as eng or deu.")
    registrations: list[Registration | str] | None = Field(default=None, description="Drawings laid by hand.")


class HowToCompare(BaseModel):
    """A profile, and options that are laid over it."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None = Field(
        default=None, max_length=80, description="Name of a profile; `options` are laid over it."
    )
    options: Options = Field(default_factory=Options)


class ComparisonRequest(HowToCompare):
    """Two stored documents and the options."""

    old: UUID
    new: UUID


class ProfileRequest(BaseModel):
    """What a profile holds besides its name."""

    model_config = ConfigDict(extra="forbid")

    description: str = ""
    options: Options = Field(default_factory=Options)


class Profile(BaseModel):
    """A named set of options, complete."""

    name: str
    description: str
    options: dict[str, Any]
    built_in: bool
    updated_at: datetime | None
    problem: str | None = Field(description="Why this version cannot use it; null when it can.")


class ProfileAnswer(BaseModel):
    profile: Profile


class ProfileList(BaseModel):
    profiles: list[Profile]


class Failure(BaseModel):
    """Why a comparison failed; `side` is the file it is about, where it is about one."""

    code: str
    message: str
    remedy: str
    side: Literal["old", "new"] | None = None


class Progress(BaseModel):
    """How far a running comparison is; `done` and `total` count pages where the stage has pages."""

    model_config = ConfigDict(extra="allow")

    stage: str
    side: str | None = None
    done: int
    total: int
    eta_seconds: float | None = None


class Links(BaseModel):
    """Where a comparison goes on; null where there is nothing yet."""

    status: str
    job: str
    result: str | None
    changes: str | None
    report: str | None


class Comparison(BaseModel):
    """A comparison and its job."""

    id: UUID
    old: Document
    new: Document
    options: dict[str, Any]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: Progress | None = None
    queue_position: int | None = None
    error: Failure | None = None
    summary: dict[str, Any] | None = None
    job: UUID = Field(description="For /jobs/{id}/metrics.")
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    links: Links


class ComparisonAnswer(BaseModel):
    comparison: Comparison


class ComparisonList(BaseModel):
    comparisons: list[Comparison]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class Pair(BaseModel):
    """Two stored documents, and what they are called in the table of their batch."""

    model_config = ConfigDict(extra="forbid")

    old: UUID
    new: UUID
    label: str = Field(default="", max_length=200)


class BatchRequest(HowToCompare):
    """Many pairs, such as two folders, or one original with everything that came back."""

    name: str = Field(default="", max_length=200)
    pairs: list[Pair] = Field(min_length=1, max_length=500)


class BatchItem(BaseModel):
    """A line of a batch's table."""

    ordinal: int
    label: str
    comparison: UUID | None = Field(description="null when it was deleted.")
    state: Literal["queued", "running", "done", "failed", "cancelled", "deleted"]
    old_name: str | None
    new_name: str | None
    identical: bool | None
    complete: bool | None = Field(description="Whether every page was compared.")
    changes: int | None
    major: int | None
    error: str | None = Field(description="Code of why it failed.")


class Batch(BaseModel):
    """Comparisons that were asked for together, and how far they are."""

    id: UUID
    name: str
    created_at: datetime
    total: int
    states: dict[str, int] = Field(description="How many by state.")
    identical: int
    changed: int
    changes: int
    major: int
    is_live: bool = Field(description="Whether some are still to be done.")


class BatchAnswer(BaseModel):
    batch: Batch


class BatchItems(BaseModel):
    items: list[BatchItem]
    next: int | None = Field(description="Give it as `after` for the next page; null at the end.")


class BatchList(BaseModel):
    batches: list[Batch]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class Change(BaseModel):
    """A change in few words: texts end after 2,000 characters. The whole of it is in the result."""

    ordinal: int
    id: str
    layer: str
    kind: str
    severity: str
    old_page: int | None
    new_page: int | None
    old_text: str | None
    new_text: str | None


class ChangeList(BaseModel):
    changes: list[Change]
    total: int = Field(description="How many fit, on all pages of this list.")
    next: int | None = Field(description="Give it as `after` for the next page; null at the end.")


class Job(BaseModel):
    """A job; `comparison` is what it is about, null when that was deleted."""

    id: UUID
    kind: str
    queue: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    comparison: UUID | None = None
    attempt: int
    crashes: int
    vanished: int
    is_dead: bool
    progress: Progress | None = None
    queue_position: int | None = None
    error: Failure | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class JobAnswer(BaseModel):
    job: Job


class JobList(BaseModel):
    jobs: list[Job]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class Spent(BaseModel):
    """What an attempt cost."""

    seconds: dict[str, float] = Field(description="Wall clock by stage.")
    cpu_seconds: float
    peak_bytes: int = Field(description="Most resident memory of any child.")
    children: int
    deaths: int = Field(description="Children that ended without an answer.")
    pages: int
    unprotected: list[str] = Field(default=[], description="What of a complete sandbox the children did without.")


class JobMetrics(BaseModel):
    id: UUID
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    attempts: int
    waited_seconds: float
    ran_seconds: float | None
    spent: Spent | None = Field(description="Of the last attempt; null before one has ended.")


class Quantiles(BaseModel):
    median: float | None
    p95: float | None


class QueueState(BaseModel):
    waiting: int
    running: int
    oldest_seconds: float


class Stats(BaseModel):
    """The jobs of the last `hours`; costs are those of jobs that are done."""

    hours: float
    jobs: dict[str, int]
    dead_letters: int
    ran_seconds: Quantiles
    waited_seconds: Quantiles
    stage_seconds: dict[str, float]
    cpu_seconds: float
    peak_bytes: int
    pages: int
    unprotected: list[str] = Field(description="What of a complete sandbox children of these jobs did without.")
    queues: dict[str, QueueState]


class Reason(BaseModel):
    """Dead letters that failed alike."""

    code: str
    message: str
    remedy: str
    count: int
    oldest: datetime
    newest: datetime


class DeadLetters(BaseModel):
    reasons: list[Reason]
    jobs: list[Job]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class DeadLettersChosen(BaseModel):
    """Which dead letters: one job, those with an error code, or, with neither, all."""

    model_config = ConfigDict(extra="forbid")

    job: UUID | None = None
    code: str | None = Field(default=None, max_length=100)
    older_than_days: float = Field(default=0.0, ge=0, le=36500, description="For purging only.")


class DeadLettersTouched(BaseModel):
    count: int


RoleName = Literal["owner", "editor", "reviewer", "viewer"]


class Actor(BaseModel):
    """Who is asking, and in which workspace."""

    user_id: UUID
    workspace_id: UUID
    workspace: str
    roles: list[RoleName]
    name: str
    is_admin: bool


class Session(BaseModel):
    """Who is asking, and what a script needs to write under its cookie."""

    csrf: str | None = Field(description="Send it as X-CSRF-Token with every write; null for a token.")
    actor: Actor


class WorkspaceChosen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace: UUID


class Named(BaseModel):
    """A name for something."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)


class Workspace(BaseModel):
    id: UUID
    name: str
    role: RoleName


class WorkspaceAnswer(BaseModel):
    workspace: Workspace


class WorkspaceList(BaseModel):
    workspaces: list[Workspace]


class Member(BaseModel):
    user: UUID
    name: str
    login: str
    role: RoleName
    since: datetime


class MemberList(BaseModel):
    members: list[Member]


class RoleGiven(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: RoleName


class InvitationRequest(BaseModel):
    """Who is invited, as you call him, and as what."""

    model_config = ConfigDict(extra="forbid")

    for_whom: str = Field(min_length=1, max_length=80)
    role: RoleName = "viewer"


class Invitation(BaseModel):
    id: UUID
    for_whom: str
    role: RoleName
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationMade(BaseModel):
    invitation: Invitation
    path: str = Field(description="Of the link, on this server. It is told this once only.")


class InvitationList(BaseModel):
    invitations: list[Invitation]


ScopeName = Literal["read", "review", "write", "manage"]


class TokenRequest(BaseModel):
    """A token for a program; `scope` bounds what your role lets it do."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    scope: ScopeName = "read"
    days: int | None = Field(default=90, ge=1, le=3650, description="How long it is good; null: until revoked.")


class Token(BaseModel):
    id: UUID
    name: str
    scope: ScopeName
    user: UUID
    user_name: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class TokenMade(BaseModel):
    token: Token
    secret: str = Field(description="What the program sends. It is told this once only.")


class TokenList(BaseModel):
    tokens: list[Token]


class ShareRequest(BaseModel):
    """A link for guests."""

    model_config = ConfigDict(extra="forbid")

    days: float = Field(default=14, gt=0, le=365)
    password: str | None = Field(default=None, min_length=8, max_length=256)


class Share(BaseModel):
    """A link; `views` counts how often its report was opened."""

    id: UUID
    comparison: UUID
    old_name: str
    new_name: str
    has_password: bool
    shared_by: str
    created_at: datetime
    expires_at: datetime
    views: int
    viewed_at: datetime | None


class ShareMade(BaseModel):
    share: Share
    path: str = Field(description="Of the link, on this server. It is told this once only.")


class ShareList(BaseModel):
    shares: list[Share]


class Discarded(BaseModel):
    """Something in the trash; it is deleted for good at `until`."""

    kind: Literal["document", "comparison"]
    id: UUID
    name: str
    by: str
    at: datetime
    until: datetime | None


class CopyRequest(BaseModel):
    """Where to; `move` puts it into the trash where it was."""

    model_config = ConfigDict(extra="forbid")

    workspace: UUID
    move: bool = False


class Copied(BaseModel):
    id: UUID = Field(description="In the other workspace.")


class TrashList(BaseModel):
    trash: list[Discarded]


class TrashEmptied(BaseModel):
    deleted: int


class Remains(BaseModel):
    left: dict[str, int] = Field(description="By table and kind of blob; empty when nothing is left.")


class Purged(Remains):
    """What is left of a document that was deleted for good: nothing, unless another one has the same bytes."""


class Retention(BaseModel):
    """Comparisons, and documents without one, are deleted after so many days; null: as the server does."""

    model_config = ConfigDict(extra="forbid")

    days: float | None = Field(gt=0, le=36500)


class Bounds(BaseModel):
    """null: as the server's settings say; 0: none."""

    model_config = ConfigDict(extra="forbid")

    most_bytes: int | None = Field(default=None, ge=0, le=2**60)
    most_documents: int | None = Field(default=None, ge=0, le=2**40)
    most_ocr_pages: int | None = Field(default=None, ge=0, le=2**40, description="In a month.")
    most_model_tokens: int | None = Field(default=None, ge=0, le=2**60, description="In a month.")


class Usage(BaseModel):
    """What a workspace holds and may hold; 0 for a bound that is none."""

    id: UUID
    name: str
    members: int
    documents: int
    comparisons: int
    bytes: int
    most_bytes: int
    most_documents: int
    retention_days: float
    ocr_pages: int = Field(description="Recognised in this month.")
    most_ocr_pages: int
    model_tokens: int = Field(description="Used in this month.")
    most_model_tokens: int


class UsageAnswer(BaseModel):
    workspace: Usage


class UsageList(BaseModel):
    workspaces: list[Usage]


class QueueDepth(BaseModel):
    waiting: int
    running: int
    oldest_seconds: float


class DeadLetterCount(BaseModel):
    workspace: str
    code: str
    count: int


class OperationsAnswer(BaseModel):
    """The whole server in numbers; jobs are those of the last day."""

    bytes: dict[str, int] = Field(description="By kind of blob.")
    free_bytes: int | None = Field(description="Where blobs are; null for a remote store.")
    database_bytes: int
    jobs: dict[str, int]
    queues: dict[str, QueueDepth]
    dead_letters: list[DeadLetterCount]


class PersonRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    login: str = Field(min_length=2, max_length=120)
    is_admin: bool = False


class PersonChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    is_admin: bool | None = None
    is_disabled: bool | None = None


class Person(BaseModel):
    id: UUID
    name: str
    login: str
    is_admin: bool
    is_disabled: bool
    waits: bool = Field(description="Has a one-time password that is not replaced yet.")
    created_at: datetime


class PersonAnswer(BaseModel):
    person: Person


class PersonMade(BaseModel):
    person: Person
    one_time_password: str = Field(description="It is told this once only.")


class PersonList(BaseModel):
    people: list[Person]


class SignedIn(BaseModel):
    """A browser that is signed in."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    is_this: bool


class SessionList(BaseModel):
    sessions: list[SignedIn]


class AuditEntry(BaseModel):
    """One thing that was done; `subject` is what it was done to."""

    id: int
    at: datetime
    user: UUID | None
    who: str
    via: str
    action: str
    subject: UUID | None
    detail: dict[str, Any]


class AuditList(BaseModel):
    entries: list[AuditEntry]
    next: int | None = Field(description="Give it as `before` for the next page; null at the end.")


class ExportFormat:
    """The faces a result can be exported as, in the path of `…/export/{format}`."""

    Name = Literal["html", "md", "csv", "xlsx", "docx", "json", "pdf-old", "pdf-new", "pdf-both"]


EventName = Literal["comparison.done", "comparison.failed", "comparison.cancelled", "batch.done"]
_Address = Field(min_length=1, max_length=2000, description="http or https; private networks only where allowed.")


class WebhookRequest(BaseModel):
    """An address, and what it is told."""

    model_config = ConfigDict(extra="forbid")

    url: str = _Address
    events: list[EventName] = Field(min_length=1, max_length=20)


class WebhookChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = Field(default=None, min_length=1, max_length=2000)
    events: list[EventName] | None = Field(default=None, min_length=1, max_length=20)
    is_enabled: bool | None = None


class Webhook(BaseModel):
    id: UUID
    url: str
    events: list[EventName]
    is_enabled: bool = Field(description="false: by hand, or after too many failures; switch it on again by PATCH.")
    failures: int = Field(description="Tries in a row that failed.")
    created_at: datetime


class WebhookAnswer(BaseModel):
    webhook: Webhook


class WebhookMade(BaseModel):
    webhook: Webhook
    secret: str = Field(description="The key of the signatures. It is told this once only.")


class WebhookList(BaseModel):
    webhooks: list[Webhook]


class Delivery(BaseModel):
    id: UUID
    event: str
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None = Field(description="Of the last answer.")
    reason: str | None = Field(description="Why it did not arrive.")
    body: dict[str, Any]
    created_at: datetime
    tried_at: datetime | None


class DeliveryAnswer(BaseModel):
    delivery: Delivery


class DeliveryList(BaseModel):
    deliveries: list[Delivery]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class SnippetPiece(BaseModel):
    text: str
    is_hit: bool


class PageHit(BaseModel):
    """A page with what was searched for."""

    document: UUID
    name: str
    sha256: str
    page: int
    kind: Literal["text", "recognised"]
    rank: float
    snippet: list[SnippetPiece]
    boxes: list[tuple[float, float, float, float]] = Field(description="In points from the top left of the page.")
    count: int
    comparison: UUID | None = Field(description="The newest result that shows the document.")


class FoundPages(BaseModel):
    hits: list[PageHit]
    total: int
    partial: bool = Field(description="More fit than are ranked; the newest are.")
    waiting: int = Field(description="Documents that cannot be found yet.")


class ChangeHit(BaseModel):
    """A change with what was searched for."""

    comparison: UUID
    change: str
    layer: str
    kind: str
    severity: str
    old_name: str
    new_name: str
    old_page: int | None
    new_page: int | None
    old_text: str | None
    new_text: str | None
    rank: float


class FoundChanges(BaseModel):
    hits: list[ChangeHit]
    total: int
    partial: bool


class SearchIndex(BaseModel):
    language: Literal["english", "german", "french", "spanish", "simple"]
    is_chosen: bool
    silent_pages: int = Field(description="Pages without a word, such as pictures that were not recognised.")
    indexed_at: datetime | None
    problem: str | None = Field(description="Code of the error that indexing ended with.")


class IndexAnswer(BaseModel):
    index: SearchIndex | None = Field(description="Null while nothing is known.")


class LanguageRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: Literal["english", "german", "french", "spanish", "simple"]


class ExtractionRequest(BaseModel):
    """What to take out; what is left out has its default. See docs/extract.md."""

    model_config = ConfigDict(extra="forbid")

    what: list[str] | None = Field(
        default=None,
        description="text, markdown, words, tables, parts, symbols, fields, metadata, images, attachments, "
        "page_images, searchable.",
    )
    pages: str | None = Field(default=None, max_length=2000)
    ocr: str | None = None
    ocr_languages: list[str] | None = None
    dpi: int | None = None


class Extraction(BaseModel):
    """An extraction and its job; the summary counts, and names the files as [what, name, media type, bytes]."""

    id: UUID
    document: UUID
    name: str
    options: dict[str, Any]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: Progress | None = None
    error: Failure | None = None
    summary: dict[str, Any] | None = None
    created_at: datetime
    job: UUID


class ExtractionAnswer(BaseModel):
    extraction: Extraction


class ExtractionList(BaseModel):
    extractions: list[Extraction]


class ExtractFormat:
    """The formats of an extraction's result."""

    Name = Literal[
        "json",
        "txt",
        "md",
        "words-json",
        "tables-csv",
        "tables-xlsx",
        "tables-json",
        "fields-csv",
        "fields-json",
        "metadata-json",
    ]


class ToldSentence(BaseModel):
    text: str
    changes: list[str] = Field(description="Ids of the changes that it is about; none: it is about the whole result.")


class RuleSummary(BaseModel):
    line: str
    management: list[ToldSentence]
    detailed: list[ToldSentence]


class RuleSummaryAnswer(BaseModel):
    summary: RuleSummary


class AssistantState(BaseModel):
    """What the assistant can do; `kinds` has the model of each kind of question that can be asked now."""

    is_on: bool
    reason: str = Field(description="Why it is off; empty where it is on.")
    kinds: dict[str, str]
    missing: list[str] = Field(description="Models that are set and not installed.")
    version: str
    loaded: list[str]
    has_meaning: bool = Field(description="Whether passages are found by meaning, and not by words alone.")
    is_breaker_open: bool
    seen_at: datetime | None


class AssistantStateAnswer(BaseModel):
    assistant: AssistantState
    tokens_today: int
    most_tokens_a_day: int = Field(description="0: any.")


class ComparisonQuestion(BaseModel):
    """What to ask about a result; see docs/assistant.md."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["summary", "explain", "materiality", "ask"]
    change: str | None = Field(default=None, max_length=80, description="For explain: id of the change.")
    question: str | None = Field(default=None, max_length=4000, description="For ask.")
    sides: Literal["old", "new", "both"] | None = Field(default=None, description="For ask: which revisions are read.")


class DocumentQuestion(BaseModel):
    """What to ask about a document; see docs/assistant.md."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["ask", "fields", "symbols"]
    question: str | None = Field(default=None, max_length=4000, description="For ask.")
    fields: dict[str, Any] | None = Field(
        default=None, alias="schema", description="For fields: a JSON schema, an object of one level."
    )


class AssistantJob(BaseModel):
    """Something that was asked; `result` holds what stands up of the answer, also while it comes."""

    id: UUID
    kind: str
    comparison: UUID | None
    document: UUID | None
    request: dict[str, Any]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    queue_position: int | None
    progress: Progress | None
    error: Failure | None
    result: dict[str, Any] | None
    model: str
    job: UUID
    created_at: datetime


class AssistantAnswer(BaseModel):
    answer: AssistantJob


class AssistantAnswerList(BaseModel):
    answers: list[AssistantJob]
