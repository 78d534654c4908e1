"""A scripted language model, and a client of it that is in a hurry; beside it a real Ollama where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.assistant.ollama import ModelAway, Ollama, Patience, same_model
from service.settings import Settings
from tests.language_model import CHAT_MODEL, EMBED_MODEL, LanguageModel, Served, honest, language_model

_START_SECONDS = 60.0


@pytest.fixture(scope="module", params=["scripted", "ollama"])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """The scripted server, then a real one with the models of this machine."""
    if request.param == "scripted":
        with language_model(honest) as running:
            yield Served(Ollama(running.address), CHAT_MODEL, EMBED_MODEL)
        return
    binary = shutil.which("ollama")
    if binary is None:
        pytest.skip("no `ollama` is installed: only the scripted server was asked")
    with _ollama(binary) as client:
        installed = [model.name for model in client.models()]
        chat = os.environ.get("PDF_COMPARE_MODEL") or Settings.model_fields["llm"].default
        embed = Settings.model_fields["llm_embed"].default
        if not any(same_model(chat, name) for name in installed):
            pytest.skip(f"`ollama` is installed, its model {chat} is not: `ollama pull {chat}`")
        yield Served(client, chat, embed if any(same_model(embed, name) for name in installed) else None)


@contextmanager
def _ollama(binary: str) -> Iterator[Ollama]:
    """A real server of our own on a free port, with the models that are there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [binary, "serve"],
        env={**os.environ, "OLLAMA_HOST": address},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    client = Ollama(f"http://{address}")
    try:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                client.version()
                break
            except ModelAway:
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.skip("`ollama serve` does not start here")
                time.sleep(0.2)
        yield client
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def model() -> Iterator[LanguageModel]:
    with language_model() as running:
        yield running


@pytest.fixture
def client(model: LanguageModel) -> Ollama:
    patience = Patience(connect=1.0, first=0.6, between=0.4, whole=3.0)
    return Ollama(model.address, patience=patience, back_off_seconds=(0.01, 0.01))
