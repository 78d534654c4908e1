"""How the language model is, as the workers tell it: pages and the API never ask it themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from core.assistant.ollama import Model, same_model
from core.errors import PdfCompareError
from db.database import Database
from db.rows import AssistantStateRow
from service.settings import Settings
from service.views import iso

NO_VISION = "No vision model is set (PDF_COMPARE_MODEL_SYMBOLS)."
STALE_SECONDS = 60.0  #: a worker tells it every 15
KINDS = ("summary", "explain", "materiality", "ask", "fields", "symbols")


class AssistantOff(PdfCompareError):
    """The assistant is off."""

    code = "assistant_off"
    remedy = "The administrator can install a language model: docs/assistant.md. Everything else works without it."


@dataclass(frozen=True, slots=True)
class AssistantState:
    """What the assistant can do now.

    Attributes:
        is_on: Whether questions are answered.
        reason: One sentence why not; empty where it is on.
        kinds: By kind of question, its model, those that are installed only.
        missing: Models that are set and not installed.
        version: Of the model's server.
        loaded: Models in memory.
        has_meaning: Whether passages are found by meaning too, and not by words alone.
    """

    is_on: bool
    reason: str
    kinds: dict[str, str]
    missing: tuple[str, ...]
    version: str
    loaded: tuple[str, ...]
    has_meaning: bool
    is_breaker_open: bool
    seen_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        return {
            "is_on": self.is_on,
            "reason": self.reason,
            "kinds": self.kinds,
            "missing": list(self.missing),
            "version": self.version,
            "loaded": list(self.loaded),
            "has_meaning": self.has_meaning,
            "is_breaker_open": self.is_breaker_open,
            "seen_at": iso(self.seen_at),
        }


def tell_state(
    database: Database, *, version: str, models: Sequence[Model], problem: str | None, is_breaker_open: bool, embed: str
) -> None:
    """Write down what a worker saw."""
    with database.write() as session:
        has_vectors = session.scalar(text("SELECT to_regtype('vector') IS NOT NULL"))
        values = {
            "version": version,
            "models": {"installed": [[model.name, model.size_bytes, model.is_loaded] for model in models]},
            "problem": problem,
            "is_breaker_open": is_breaker_open,
            "has_meaning": bool(has_vectors) and any(same_model(embed, model.name) for model in models),
            "seen_at": func.clock_timestamp(),
        }
        told = insert(AssistantStateRow).values(id=1, **values)
        session.execute(told.on_conflict_do_update(index_elements=["id"], set_=values))


def state_of(database: Database, settings: Settings) -> AssistantState:
    """What the assistant can do now."""
    wanted = {kind: model for kind in KINDS if (model := settings.llm_for(kind))}
    if settings.assistant == "off":
        return _off("It is switched off on this server.")
    with database.read() as session:
        row = session.scalars(select(AssistantStateRow)).one_or_none()
    if row is None or row.seen_at < datetime.now(UTC) - timedelta(seconds=STALE_SECONDS):
        return _off("No worker of this server serves it.", None if row is None else row.seen_at)
    if row.problem is not None:
        return _off("No language model answers this server.", row.seen_at)
    installed = [(str(name), bool(is_loaded)) for name, _, is_loaded in row.models["installed"]]
    there = {model for model in {*wanted.values(), settings.llm_embed} if _has(installed, model)}
    kinds = {kind: model for kind, model in wanted.items() if model in there}
    missing = sorted({*wanted.values(), settings.llm_embed} - there)
    reason = "" if kinds else f"The language model {', '.join(missing)} is not installed on its server."
    return AssistantState(
        is_on=bool(kinds),
        reason=reason,
        kinds=kinds,
        missing=tuple(missing),
        version=row.version,
        loaded=tuple(name for name, is_loaded in installed if is_loaded),
        has_meaning=row.has_meaning,
        is_breaker_open=row.is_breaker_open,
        seen_at=row.seen_at,
    )


def _has(installed: Sequence[tuple[str, bool]], model: str) -> bool:
    return any(same_model(model, name) for name, _ in installed)


def _off(reason: str, seen_at: datetime | None = None) -> AssistantState:
    return AssistantState(False, reason, {}, (), "", (), False, False, seen_at)
