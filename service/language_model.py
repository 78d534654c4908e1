"""The client of the language model as the settings want it; for workers and commands."""

from __future__ import annotations

from collections.abc import Callable

from core.assistant.ollama import Call, Ollama, Patience, address_of
from service.settings import Settings


def client_of(settings: Settings, on_call: Callable[[Call], None] = lambda _: None) -> Ollama:
    """A client; every call that has ended is told to `on_call`."""
    patience = Patience(
        first=settings.llm_first_seconds, between=settings.llm_between_seconds, whole=settings.llm_seconds
    )
    return Ollama(
        address_of(settings.ollama_host), patience=patience, on_call=on_call, context_tokens=settings.llm_context
    )
