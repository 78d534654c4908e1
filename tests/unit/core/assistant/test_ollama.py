"""The client against a server that answers, fails, hangs and babbles."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from core.assistant.breaker import Breaker
from core.assistant.ollama import (
    Call,
    Message,
    ModelAway,
    ModelBusy,
    ModelFailed,
    ModelMissing,
    ModelNonsense,
    ModelTooSlow,
    Ollama,
    Patience,
    TooLongForModel,
    address_of,
    tokens_in,
)
from core.errors import AssistantError, Cancelled
from tests.language_model import CHAT_MODEL, EMBED_MODEL, LanguageModel

HELLO = [Message("user", "Hello")]


def test_an_answer_comes_in_pieces_with_its_tokens(model: LanguageModel, client: Ollama) -> None:
    model.answer = lambda _: "A text that is longer than one piece of the answer."
    heard: list[str] = []
    reply = client.chat(CHAT_MODEL, HELLO, task="ask", schema={"type": "object"}, on_text=heard.append)
    assert (reply.text, heard[-1]) == (model.answer({}),) * 2
    assert len(heard) == 3 and reply.output_tokens == 12
    sent = model.chats()[0]
    assert sent["truncate"] is False and sent["shift"] is False and sent["format"] == {"type": "object"}
    assert sent["options"]["num_ctx"] == 8192 and sent["options"]["num_predict"] == 1024
    assert "tools" not in sent


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("hang", ModelTooSlow),
        ("silent", ModelTooSlow),
        ("drip", ModelTooSlow),
        ("endless", ModelNonsense),
        ("invalid_json", ModelNonsense),
        ("broken_off", ModelFailed),
        ("500", ModelFailed),
        ("503", ModelBusy),
        ("missing", ModelMissing),
    ],
)
def test_every_failure_is_an_error_in_time(
    model: LanguageModel, client: Ollama, failure: str, error: type[AssistantError]
) -> None:
    model.failure = failure
    started = time.monotonic()
    with pytest.raises(error):
        client.chat(CHAT_MODEL, HELLO, task="ask")
    assert time.monotonic() - started < 3.0 + 5.0


def test_a_busy_server_is_asked_again(model: LanguageModel, client: Ollama) -> None:
    model.busy, model.answer = 2, lambda _: "Yes."
    assert client.chat(CHAT_MODEL, HELLO, task="ask").text == "Yes."
    assert len(model.chats()) == 3


def test_nobody_there_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ModelAway):
        Ollama(f"http://127.0.0.1:{port}").models()


def test_a_call_that_is_not_wanted_any_more_is_given_up(model: LanguageModel) -> None:
    client, wanted = Ollama(model.address, patience=Patience(whole=60)), threading.Event()
    model.failure = "hang"
    threading.Timer(0.3, wanted.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        client.chat(CHAT_MODEL, HELLO, task="ask", cancelled=wanted.is_set)
    assert time.monotonic() - started < 30


def test_what_does_not_fit_is_never_sent(model: LanguageModel, client: Ollama) -> None:
    with pytest.raises(TooLongForModel):
        client.chat(CHAT_MODEL, [Message("user", "word " * 8000)], task="ask")
    assert model.chats() == []


def test_the_breaker_opens_lets_one_try_and_closes(model: LanguageModel) -> None:
    now = [0.0]
    calls: list[Call] = []
    breaker = Breaker(most_failures=3, open_seconds=30, clock=lambda: now[0])
    client = Ollama(model.address, breaker=breaker, on_call=calls.append, back_off_seconds=())
    model.failure, model.answer = "500", lambda _: "Yes."

    def outcome() -> str:
        with suppress(AssistantError):
            client.chat(CHAT_MODEL, HELLO, task="ask")
        return calls[-1].outcome

    assert [outcome() for _ in range(4)] == ["model_failed"] * 3 + ["breaker_open"]
    assert len(model.chats()) == 3
    now[0] = 31.0
    assert [outcome(), outcome()] == ["model_failed", "breaker_open"]  # one tried
    now[0], model.failure = 62.0, None
    assert [outcome(), outcome()] == ["ok", "ok"] and not breaker.is_open


@pytest.mark.parametrize(("failure", "is_charged"), [("broken_off", True), ("endless", True), ("500", False)])
def test_a_call_that_fails_half_way_is_charged_with_what_it_used(
    model: LanguageModel, failure: str, is_charged: bool
) -> None:
    calls: list[Call] = []
    client = Ollama(model.address, on_call=calls.append, back_off_seconds=())
    model.failure, model.answer = failure, lambda _: "words of an answer"
    with pytest.raises(AssistantError):
        client.chat(CHAT_MODEL, [Message("user", "a question of some words")], task="ask", most_tokens=50)
    assert (calls[0].prompt_tokens > 0, calls[0].output_tokens > 0) == (is_charged, is_charged)


def test_a_missing_model_does_not_open_the_breaker(model: LanguageModel, client: Ollama) -> None:
    model.failure = "missing"
    for _ in range(7):
        with pytest.raises(ModelMissing):
            client.chat(CHAT_MODEL, HELLO, task="ask")


def test_models_are_listed_pulled_and_embed(model: LanguageModel, client: Ollama) -> None:
    model.models, steps = [CHAT_MODEL], []
    with pytest.raises(ModelMissing):
        client.embed(EMBED_MODEL, ["a"])
    client.pull(EMBED_MODEL, on_progress=lambda *step: steps.append(step))
    assert [found.name for found in client.models()] == [CHAT_MODEL, EMBED_MODEL] and client.version() == "0.33.1"
    assert steps[-1] == ("success", 0, 0)
    near, far, same = client.embed(EMBED_MODEL, ["payment in days", "a red valve", "payment in days"])
    assert near == same != far
    model.failure = "missing"
    with pytest.raises(ModelMissing):
        client.pull("no-such-model")


def test_addresses_are_written_in_many_ways() -> None:
    assert address_of(None) == "http://127.0.0.1:11434"
    assert address_of("ollama") == "http://ollama:11434"
    assert address_of("10.0.0.7:9000/") == "http://10.0.0.7:9000"
    assert address_of("https://llm.example.org") == "https://llm.example.org"


def test_tokens_of_other_scripts_are_counted_higher() -> None:
    assert tokens_in("") == 0
    assert tokens_in("thirty days") == 4 < tokens_in("三十日以内に支払う")
