"""Settings: the only reader of the environment. Read once at a door, validated, handed down as values.

Precedence: environment, then `NAME_FILE` (a file that holds the value, for secrets), then `.env`, then the TOML
file that `PDF_COMPARE_CONFIG` names (keys are the field names below, limits in a table `[limits]`), then defaults.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, IPvAnyNetwork, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from core.errors import PdfCompareError
from core.options import Limits

CONFIG_VARIABLE = "PDF_COMPARE_CONFIG"
LIMIT_PREFIX = "PDF_COMPARE_LIMIT_"
_READ_URL = re.compile(r"DATABASE_READ_URL_([1-9][0-9]*)")
_WEAK = {"change-me", "changeme", "secret", "password", "default", "example"}
_MIN_SECRET = 32
_MIN_PASSWORD = 12


class SettingsError(PdfCompareError):
    """A setting is missing or has a value that cannot be used."""

    code = "bad_settings"
    remedy = "Correct the setting and start again; docs/settings.md lists all of them."


def _listed(value: object) -> object:
    return tuple(x.strip() for x in value.split(",") if x.strip()) if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Networks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_listed)]


def default_data_dir() -> Path:
    """Where data lives when nothing is said: the system's place for root, else the user's own."""
    if os.geteuid() == 0:
        return Path("/var/lib/pdf-compare")
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "pdf-compare"


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _named(name: str, default: Any, text: str, **bounds: Any) -> Any:
    """A field read from the variable `name`; a callable default is called."""
    given = {"default_factory": default} if callable(default) else {"default": default}
    return Field(validation_alias=name, description=text, **given, **bounds)


def default_jobs() -> int:
    """Children for one comparison: enough for a laptop's user alone, few enough when every worker has one."""
    return min(4, usable_cores())


class Settings(BaseSettings):
    """Everything that can be set, by the name of its variable."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    database_url: str | None = _named("DATABASE_URL", None, "PostgreSQL for reads and writes", repr=False)
    database_read_urls: tuple[str, ...] = _named(
        "DATABASE_READ_URLS", (), "Replicas, from DATABASE_READ_URL_1..N", repr=False
    )
    database_direct_url: str | None = _named(
        "DATABASE_DIRECT_URL", None, "Past the pooler: migrations and LISTEN", repr=False
    )
    database_pool_size: int = _named("PDF_COMPARE_DATABASE_POOL_SIZE", 5, "Connections kept by a process", ge=1, le=200)
    redis_url: SecretStr | None = _named("REDIS_URL", None, "Sessions of several web replicas")
    data_dir: Path = _named("PDF_COMPARE_DATA_DIR", default_data_dir, "Blobs, embedded server, secret")
    blob_url: str | None = _named("PDF_COMPARE_BLOB_URL", None, "S3-compatible store instead of the data folder")
    secret: SecretStr | None = _named("PDF_COMPARE_SECRET", None, "Signs cookies; made at first start when not set")
    host: str = _named("PDF_COMPARE_HOST", "127.0.0.1", "Address the web server listens on")
    port: int = _named("PDF_COMPARE_PORT", 8501, "Port of the web server", ge=1, le=65535)
    public_url: str | None = _named("PDF_COMPARE_PUBLIC_URL", None, "Address that users type, when behind a proxy")
    cors_origins: Listed = _named(
        "PDF_COMPARE_CORS_ORIGINS", (), "Origins that may call the API from a browser; none by default"
    )
    num_workers: int | None = _named(
        "NUM_WORKERS", None, "Worker processes of `up`; one per core when not set", ge=0, le=1024
    )
    worker_queues: Listed = _named(
        "PDF_COMPARE_WORKER_QUEUES", ("compare", "extract", "assist", "notify"), "Queues a worker serves"
    )
    worker_concurrency: int = _named(
        "PDF_COMPARE_WORKER_CONCURRENCY", 1, "Jobs side by side in one worker", ge=1, le=64
    )
    search_ocr_languages: Listed = _named(
        "PDF_COMPARE_SEARCH_OCR_LANGUAGES", ("eng",), "Languages of scans that are recognised for the search"
    )
    worker_jobs: int = _named(
        "PDF_COMPARE_WORKER_JOBS", default_jobs, "Children side by side for one document job", ge=1, le=256
    )
    worker_grace_seconds: float = _named(
        "PDF_COMPARE_WORKER_GRACE_SECONDS", 30.0, "Time for running jobs after SIGTERM", ge=0, le=3600
    )
    waiting_jobs_per_user: int = _named(
        "PDF_COMPARE_WAITING_JOBS_PER_USER", 500, "Jobs of one user that may wait or run at once", ge=1
    )
    worker_metrics_port: int = _named(
        "PDF_COMPARE_WORKER_METRICS_PORT", 0, "Port of a worker's /metrics; 0: none", ge=0, le=65535
    )
    retention_days: float = _named(
        "PDF_COMPARE_RETENTION_DAYS", 0.0, "Comparisons, and documents without one, are deleted after; 0: never", ge=0
    )
    backup_dir: Path | None = _named(
        "PDF_COMPARE_BACKUP_DIR", None, "Folder of backups; beside the data, in `backups`, when not set"
    )
    backup_database_url: str | None = _named(
        "PDF_COMPARE_BACKUP_DATABASE_URL", None, "A replica to make backups from", repr=False
    )
    backup_keep: str = _named(
        "PDF_COMPARE_BACKUP_KEEP",
        "7,4,6",
        "Backups that stay: of the last days, weeks and months",
        pattern=r"^\d+,\d+,\d+$",
    )
    backup_recipient: str | None = _named(
        "PDF_COMPARE_BACKUP_RECIPIENT", None, "Encrypts backups for this age1… address; its key is needed to restore"
    )
    backup_at: str = _named(
        "PDF_COMPARE_BACKUP_AT",
        "02:30",
        "Time of day (UTC) of `backup --service`",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    backup_metrics_port: int = _named(
        "PDF_COMPARE_BACKUP_METRICS_PORT", 0, "Port of /metrics of `backup --service`; 0: none", ge=0, le=65535
    )
    trash_days: float = _named(
        "PDF_COMPARE_TRASH_DAYS", 30.0, "What is deleted can be had back for so long; 0: it is gone at once", ge=0
    )
    accounts: Literal["auto", "on", "off"] = _named(
        "PDF_COMPARE_ACCOUNTS", "auto", "Whether people sign in; auto: unless the server is for this machine only"
    )
    session_seconds: int = _named("PDF_COMPARE_SESSION_SECONDS", 8 * 3600, "Life of a session without use", ge=60)
    session_most_seconds: int = _named(
        "PDF_COMPARE_SESSION_MOST_SECONDS", 24 * 3600, "Life of a session in use; then its user signs in again", ge=60
    )
    second_step: Literal["optional", "administrators", "required"] = _named(
        "PDF_COMPARE_SECOND_STEP", "optional", "Who must give an authenticator's code after his password"
    )
    oidc_issuer: str | None = _named("OIDC_ISSUER", None, "OpenID provider to sign in with, as it names itself")
    oidc_client_id: str | None = _named("OIDC_CLIENT_ID", None, "What the provider calls this server")
    oidc_client_secret: SecretStr | None = _named("OIDC_CLIENT_SECRET", None, "The provider's secret for this server")
    oidc_scopes: Listed = _named("OIDC_SCOPES", ("openid", "email", "profile"), "What is asked of the provider")
    oidc_label: str = _named("OIDC_LABEL", "Sign in with your organisation", "What the button to the provider says")
    oidc_new_people: Literal["invited", "all"] = _named(
        "OIDC_NEW_PEOPLE", "invited", "Who gets an account at his first sign-in by the provider"
    )
    oidc_domains: Listed = _named("OIDC_DOMAINS", (), "Only people with verified addresses of these; none: any")
    oidc_groups: Listed = _named("OIDC_GROUPS", (), "Only people in one of these groups; none: any")
    oidc_groups_claim: str = _named("OIDC_GROUPS_CLAIM", "groups", "Where the provider tells the groups")
    oidc_link_by_email: bool = _named(
        "OIDC_LINK_BY_EMAIL", False, "Whether a verified address opens the account whose login name it is"
    )
    oidc_sign_out: bool = _named(
        "OIDC_SIGN_OUT", True, "Whether who came in by the provider is signed out there too, where it offers that"
    )
    invitation_days: float = _named("PDF_COMPARE_INVITATION_DAYS", 7.0, "Life of an invitation", gt=0, le=365)
    workspace_bytes: int = _named(
        "PDF_COMPARE_WORKSPACE_BYTES",
        0,
        "What the documents of a workspace may take, unless it has its own; 0: any",
        ge=0,
    )
    workspace_documents: int = _named(
        "PDF_COMPARE_WORKSPACE_DOCUMENTS", 0, "Documents of a workspace, unless it has its own bound; 0: any", ge=0
    )
    workspace_ocr_pages: int = _named(
        "PDF_COMPARE_WORKSPACE_OCR_PAGES",
        0,
        "Pages whose characters a workspace may have recognised in a month, unless it has its own bound; 0: any",
        ge=0,
    )
    workspace_model_tokens: int = _named(
        "PDF_COMPARE_WORKSPACE_MODEL_TOKENS",
        0,
        "Tokens of a language model that a workspace may use in a month, unless it has its own bound; 0: any",
        ge=0,
    )
    assistant: Literal["auto", "off"] = _named(
        "PDF_COMPARE_ASSISTANT", "auto", "auto: the assistant is there while its language model answers"
    )
    ollama_host: str | None = _named(
        "OLLAMA_HOST", None, "Where the language model is, as host:port or URL; this machine's Ollama when not set"
    )
    llm: str = _named("PDF_COMPARE_MODEL", "qwen3:4b-instruct", "Language model for everything that has none below")
    llm_summary: str | None = _named("PDF_COMPARE_MODEL_SUMMARY", None, "Language model for summaries and materiality")
    llm_explain: str | None = _named("PDF_COMPARE_MODEL_EXPLAIN", None, "Language model that explains a change")
    llm_ask: str | None = _named("PDF_COMPARE_MODEL_ASK", None, "Language model that answers questions")
    llm_fields: str | None = _named("PDF_COMPARE_MODEL_FIELDS", None, "Language model that finds fields")
    llm_symbols: str | None = _named(
        "PDF_COMPARE_MODEL_SYMBOLS",
        None,
        "Vision model that proposes names for the symbols of legends; off when not set",
    )
    llm_embed: str = _named(
        "PDF_COMPARE_MODEL_EMBED", "nomic-embed-text", "Model whose vectors find passages by meaning"
    )
    llm_context: int = _named(
        "PDF_COMPARE_MODEL_CONTEXT", 8192, "Tokens a model reads and writes in one call", ge=2048, le=262_144
    )
    llm_seconds: float = _named("PDF_COMPARE_MODEL_SECONDS", 180.0, "Longest call of a language model", ge=1, le=3600)
    llm_first_seconds: float = _named(
        "PDF_COMPARE_MODEL_FIRST_SECONDS", 90.0, "Longest wait for the first word; it may have to be loaded", gt=0
    )
    llm_between_seconds: float = _named(
        "PDF_COMPARE_MODEL_BETWEEN_SECONDS", 20.0, "Longest wait between two words", gt=0
    )
    llm_tokens_per_day: int = _named(
        "PDF_COMPARE_MODEL_TOKENS_PER_DAY",
        500_000,
        "Tokens that one user may use in a workspace in a day; 0: any",
        ge=0,
    )
    assist_concurrency: int = _named(
        "PDF_COMPARE_ASSIST_CONCURRENCY", 1, "Questions side by side in one worker", ge=1, le=16
    )
    requests_per_minute: int = _named(
        "PDF_COMPARE_REQUESTS_PER_MINUTE", 1200, "Requests to the API that one user may make in a minute; 0: any", ge=0
    )
    webhook_networks: Networks = _named(
        "PDF_COMPARE_WEBHOOK_NETWORKS",
        (),
        "Private networks that webhooks may reach besides public ones, such as 10.1.0.0/16",
    )
    sandbox: Literal["auto", "required"] = _named(
        "SANDBOX", "auto", "required: refuse work where the kernel cannot lock children in completely"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = _named(
        "PDF_COMPARE_LOG_LEVEL", "INFO", "Least level logged"
    )
    log_format: Literal["text", "json"] = _named("PDF_COMPARE_LOG_FORMAT", "text", "Log lines as text or JSON")
    traces_url: str | None = _named(
        "PDF_COMPARE_TRACES_URL",
        None,
        "Where traces are sent, OTLP over HTTP, such as http://collector:4318/v1/traces; none when not set",
    )
    traces_share: float = _named("PDF_COMPARE_TRACES_SHARE", 1.0, "Share of requests that are traced", ge=0, le=1)
    limits: Limits = _named("PDF_COMPARE_LIMITS", Limits, "Limits of one piece of work, from PDF_COMPARE_LIMIT_…")

    SECRETS: ClassVar[tuple[str, ...]] = (
        "database_url",
        "database_read_urls",
        "database_direct_url",
        "backup_database_url",
        "redis_url",
        "blob_url",
        "secret",
        "oidc_client_secret",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic gives these by name
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _Named(settings_cls)

    @field_validator("database_url", "database_direct_url", "backup_database_url")
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        return None if value is None else _postgresql_url(value)

    @field_validator("database_read_urls")
    @classmethod
    def _replicas(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_postgresql_url, value))

    @field_validator("secret")
    @classmethod
    def _strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            text = value.get_secret_value()
            if text.lower() in _WEAK or len(text) < _MIN_SECRET or len(set(text)) < 8:
                raise ValueError(f"is empty, short or well known; give at least {_MIN_SECRET} random characters")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        is_here = parts.scheme == "http" and is_this_machine(parts.hostname or "")
        if not parts.hostname or parts.query or parts.fragment or (parts.scheme != "https" and not is_here):
            raise ValueError("is not an https address, such as https://login.example.org/realms/main")
        return value

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Settings:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("OIDC_ISSUER and OIDC_CLIENT_ID are set together or not at all")
        if self.oidc_issuer is not None and "openid" not in self.oidc_scopes:
            raise ValueError("OIDC_SCOPES lacks openid")
        return self

    @model_validator(mode="after")
    def _limits_know_the_sandbox(self) -> Settings:
        object.__setattr__(self, "limits", replace(self.limits, sandbox=self.sandbox))
        return self

    @property
    def has_accounts(self) -> bool:
        """Whether people sign in. Who listens to this machine alone, under no public address, has one user."""
        if self.accounts != "auto":
            return self.accounts == "on"
        return self.public_url is not None or not is_this_machine(self.host)

    def shown(self) -> list[tuple[str, str]]:
        """Each setting by the name of its variable, as it is in force; of secrets only whether they are set."""
        told = []
        for key, field in type(self).model_fields.items():
            value = getattr(self, key)
            if key in self.SECRETS:
                value = "set" if value else "not set"
            shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
            told.append((str(field.validation_alias), "not set" if value in (None, ()) else shown))
        return told

    @property
    def writes_to(self) -> str:
        """URL of the database.

        Raises:
            SettingsError: None is set, and no `up` has set one for this process.
        """
        if self.database_url is None:
            raise SettingsError(
                "DATABASE_URL: no database is set",
                remedy="Set it, or use `pdf-compare up`, which brings its own server.",
            )
        return self.database_url

    def llm_for(self, kind: str) -> str:
        """The language model for a kind of question; empty where none is set, as may be for symbols."""
        if kind == "symbols":
            return self.llm_symbols or ""
        own = {
            "summary": self.llm_summary,
            "materiality": self.llm_summary,
            "explain": self.llm_explain,
            "ask": self.llm_ask,
            "fields": self.llm_fields,
        }
        return own.get(kind) or self.llm

    @property
    def backups_in(self) -> Path:
        """The folder of backups."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def direct_to(self) -> str:
        """URL past any pooler."""
        return self.database_direct_url or self.writes_to


def is_this_machine(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _postgresql_url(value: str) -> str:
    head, separator, tail = value.strip().partition("://")
    if not separator or head.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("is not a PostgreSQL URL such as postgresql://user:password@host:5432/database")
    return f"postgresql://{tail}"


class _Named(PydanticBaseSettingsSource):
    """The four places where a value may stand, merged by the name of its variable."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError

    def __call__(self) -> dict[str, Any]:
        environment = dict(os.environ)
        dotenv = {k: v for k, v in dotenv_values(".env").items() if v is not None} if Path(".env").is_file() else {}
        values = _from_toml(environment.get(CONFIG_VARIABLE) or dotenv.get(CONFIG_VARIABLE), self.settings_cls)
        for place in (dotenv, environment):
            values.update(_from_names(place, self.settings_cls))
        return values


def _from_names(place: Mapping[str, str], settings_cls: type[BaseSettings]) -> dict[str, Any]:
    named = dict(place)
    aliases = {str(field.validation_alias) for field in settings_cls.model_fields.values()}
    for name in place:
        stem = name.removesuffix("_FILE")
        if stem != name and (stem in aliases or _READ_URL.fullmatch(stem)) and place[name] and not place.get(stem):
            try:
                named[stem] = Path(place[name]).read_text().strip()
            except OSError as error:
                raise SettingsError(f"{name}: cannot read {place[name]}: {error.strerror}") from error
    # An empty value means "not set" (compose files pass `${X:-}`), except for the secret, which must never be empty.
    found: dict[str, Any] = {name: named[name] for name in aliases if named.get(name)}
    if "PDF_COMPARE_SECRET" in named:
        found["PDF_COMPARE_SECRET"] = named["PDF_COMPARE_SECRET"]
    replicas = sorted((int(m[1]), named[m[0]]) for m in map(_READ_URL.fullmatch, named) if m and named[m[0]])
    if replicas:
        found["DATABASE_READ_URLS"] = tuple(url for _, url in replicas)
    limits = {n.removeprefix(LIMIT_PREFIX).lower(): v for n, v in named.items() if n.startswith(LIMIT_PREFIX) and v}
    if limits:
        found["PDF_COMPARE_LIMITS"] = _limits(limits)
    return found


def _from_toml(path: str | None, settings_cls: type[BaseSettings]) -> dict[str, Any]:
    if not path:
        return {}
    try:
        table = tomllib.loads(Path(path).read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: cannot read {path}: {error}") from error
    limits = table.pop("limits", {})
    unknown = sorted(set(table) - set(settings_cls.model_fields))
    if unknown:
        raise SettingsError(f"{CONFIG_VARIABLE}: {path} has the unknown key {unknown[0]}")
    found = {str(settings_cls.model_fields[key].validation_alias): value for key, value in table.items()}
    if limits:
        found["PDF_COMPARE_LIMITS"] = _limits({key: str(value) for key, value in limits.items()})
    return found


def _limits(given: Mapping[str, str]) -> Limits:
    """The default limits with some replaced; a limit is a positive number."""
    types = {
        field.name: type(getattr(Limits(), field.name)) for field in dataclass_fields(Limits) if field.name != "sandbox"
    }
    values: dict[str, Any] = {}
    for key, text in given.items():
        name = LIMIT_PREFIX + key.upper()
        if key not in types:
            raise SettingsError(f"{name}: there is no such limit", remedy=f"Choose from {', '.join(sorted(types))}.")
        try:
            values[key] = types[key](text)
        except ValueError as error:
            raise SettingsError(f"{name}: {text!r} is not a number") from error
        if values[key] <= 0:
            raise SettingsError(f"{name}: must be greater than zero")
    return replace(Limits(), **values)


def refuse_weak(name: str, value: str) -> None:
    """A password of another service, such as the database's.

    Raises:
        SettingsError: It is empty, short or well known; the message names the variable.
    """
    if len(value) < _MIN_PASSWORD or any(weak in value.lower() for weak in _WEAK):
        raise SettingsError(
            f"{name}: is empty, short or well known; give at least {_MIN_PASSWORD} random characters",
            remedy="Set it in .env and start again; `make env` writes a .env with strong random ones.",
        )


def load_settings(**given: Any) -> Settings:
    """Read all settings; `given` (field names) goes before every place.

    Raises:
        SettingsError: A value cannot be used; the message names the variable.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = first["loc"][0] if first["loc"] else "settings"
        field = Settings.model_fields.get(str(where))
        name = str(field.validation_alias) if field else str(where)
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error
