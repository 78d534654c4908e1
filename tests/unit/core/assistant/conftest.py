"""A scripted language model, and a client of it that is in a hurry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.assistant.ollama import Ollama, Patience
from tests.language_model import LanguageModel, language_model


@pytest.fixture
def model() -> Iterator[LanguageModel]:
    with language_model() as running:
        yield running


@pytest.fixture
def client(model: LanguageModel) -> Ollama:
    patience = Patience(connect=1.0, first=0.6, between=0.4, whole=3.0)
    return Ollama(model.address, patience=patience, back_off_seconds=(0.01, 0.01))
