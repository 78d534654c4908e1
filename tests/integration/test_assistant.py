"""The assistant on a real database, done by the worker's own code with a scripted language model."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from core.assistant.fields import BadFields
from core.assistant.ollama import Ollama, Patience
from core.errors import NotFound, OptionsError
from core.options import CompareOptions
from core.sample import sample_pair
from service.access import Actor
from service.assistant import AnswerView, DaySpent
from service.assistant_state import AssistantOff
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.reviewing import colleague
from tests.language_model import CHAT_MODEL, EMBED_MODEL, VISION_MODEL, LanguageModel, language_model
from tests.unit.core.extraction.legends import plan
from worker.assisting import AssistSupervisor
from worker.comparing import CompareSupervisor
from worker.indexing import Indexer

OLD_PDF, NEW_PDF = (data for _, data in sample_pair())


@pytest.fixture(scope="module")
def running() -> Iterator[LanguageModel]:
    with language_model() as model:
        yield model


@pytest.fixture(scope="module")
def services(
    server: Any, template: str, tmp_path_factory: pytest.TempPathFactory, running: LanguageModel
) -> Iterator[Services]:
    """One database for all tests here: what is compared is read once."""
    from tests.conftest import _administer, _made

    name = f"test_{uuid4().hex[:12]}"
    joined = build(
        load_settings(
            database_url=_made(server, name, template),
            data_dir=tmp_path_factory.mktemp("data"),
            ollama_host=running.address,
            llm=CHAT_MODEL,
            llm_embed=EMBED_MODEL,
            llm_symbols=VISION_MODEL,
            llm_seconds=6,
            llm_first_seconds=2,
            llm_between_seconds=2,
        )
    )
    yield joined
    joined.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def model(running: LanguageModel, services: Services, actor: Actor) -> LanguageModel:
    """In order, and asked nothing yet."""
    running.failure, running.busy, running.models = None, 0, [CHAT_MODEL, EMBED_MODEL, VISION_MODEL]
    running.requests.clear()
    with services.database.write(actor.workspace) as session:
        for table in ("assistant_answers", "assistant_use", "assistant_chunks", "monthly_use"):
            session.execute(text(f"DELETE FROM {table}"))
    return running


@pytest.fixture
def supervisor(services: Services, model: LanguageModel) -> AssistSupervisor:
    made = AssistSupervisor(services)
    made.look()
    return made


def stored(services: Services, actor: Actor, name: str, data: bytes) -> str:
    upload = services.documents.receive(actor, name, size_hint=len(data))
    upload.write(data)
    return upload.commit().id


@pytest.fixture(scope="module")
def comparison(services: Services) -> str:
    actor = services.users.local_actor()
    documents = []
    for name, data in (("old.pdf", OLD_PDF), ("new.pdf", NEW_PDF)):
        upload = services.documents.receive(actor, name, size_hint=len(data))
        upload.write(data)
        documents.append(upload.commit())
    view = services.comparisons.submit(actor, documents[0].id, documents[1].id, CompareOptions())
    CompareSupervisor(services).run(UUID(view.job), actor.workspace, leaving=lambda: False)
    for document in (view.old, view.new):
        assert Indexer(services).run(actor.workspace, document.sha256, leaving=lambda: False)
    return view.id


def done(services: Services, supervisor: AssistSupervisor, actor: Actor, asked: AnswerView) -> AnswerView:
    supervisor.run(UUID(asked.job), actor.workspace, leaving=lambda: False)
    return services.assistant.get(actor, asked.id)


def ended(services: Services, outcome: str) -> float:
    """How many questions the metrics count as ended so."""
    labels = {"kind": "assist", "outcome": outcome}
    found = services.telemetry.registry.get_sample_value("pdfc_jobs_total", labels)
    assert found is not None
    return found


def pieces(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The data that the model was given."""
    data = re.search(r"DATA-\w+\n(.*?)\nEND-", body["messages"][-1]["content"], re.DOTALL)
    assert data is not None
    return [json.loads(line) for line in data[1].splitlines()]


def summary_of(say: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    """A model that says something of each change."""

    def answer(body: dict[str, Any]) -> str:
        rows = [{"text": say(piece), "changes": [piece["change"]]} for piece in pieces(body)]
        return json.dumps({"line": rows[:1], "management": rows[:3], "detailed": rows})

    return answer


def honest(piece: dict[str, Any]) -> str:
    old, new = piece.get("old"), piece.get("new")
    if old and new:
        return f"“{old}” became “{new}”."
    return f"“{new or old}” was {'added' if new else 'removed'}."


def test_a_summary_is_made_once_and_each_sentence_names_its_changes(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    model.answer = summary_of(honest)
    asked = services.assistant.ask_comparison(actor, comparison, "summary", {})
    assert (asked.state, asked.queue_position) == ("queued", 1)
    found = done(services, supervisor, actor, asked)
    assert found.state == "done" and found.result is not None
    known = {change["id"] for change in json.loads(services.comparisons.result(actor, comparison))["changes"]}
    rows = found.result["parts"]["detailed"]
    assert rows and all(set(row["changes"]) <= known and row["changes"] for row in rows)
    assert len(found.result["parts"]["line"]) == 1
    again = services.assistant.ask_comparison(actor, comparison, "summary", {})
    assert (again.id, again.state, len(model.chats())) == (asked.id, "done", 1)
    used, most = services.assistant.tokens(actor)
    assert 0 < used < most and services.quotas.usage(actor).model_tokens == used


def test_what_the_changes_do_not_say_is_dropped_and_counted(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    model.answer = lambda body: json.dumps(
        {
            "line": [{"text": "All changes are harmless and were approved.", "changes": [1]}],
            "management": [
                {"text": "The price rose to 99,000,000 EUR.", "changes": [1]},
                {"text": "See https://evil.example/x for more.", "changes": [1]},
                {"text": "Something was changed.", "changes": [9999]},
                {"text": "Something was changed.", "changes": []},
                {"text": honest(pieces(body)[0]), "changes": [1]},
            ],
            "detailed": [],
        }
    )
    found = done(services, supervisor, actor, services.assistant.ask_comparison(actor, comparison, "summary", {}))
    assert found.result is not None
    assert found.result["parts"]["line"] == [] and len(found.result["parts"]["management"]) == 1
    assert found.result["dropped"] == {"id": 2, "not_plain": 1, "number": 1, "verdict": 1}


def test_the_summary_by_rule_needs_no_model(services: Services, actor: Actor, comparison: str) -> None:
    summary = services.assistant.rule_summary(actor, comparison)
    assert re.match(r"\d+ changes?", summary.line)
    assert summary.management and all(sentence.text.endswith(".") for sentence in summary.detailed)
    assert any(sentence.changes for sentence in summary.management)


def test_without_a_model_it_is_off_and_says_so(
    services: Services, actor: Actor, model: LanguageModel, comparison: str
) -> None:
    with services.database.write() as session:
        session.execute(text("UPDATE assistant_state SET seen_at = now() - interval '1 hour'"))
    assert not services.assistant.state(actor).is_on
    with pytest.raises(AssistantOff):
        services.assistant.ask_comparison(actor, comparison, "summary", {})


@pytest.mark.parametrize(
    "failure", ["hang", "silent", "drip", "endless", "invalid_json", "not_the_schema", "500", "503"]
)
def test_a_model_that_fails_ends_in_a_sentence(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str, failure: str
) -> None:
    model.failure = failure
    before = {outcome: ended(services, outcome) for outcome in ("failed", "done")}
    asked = services.assistant.ask_comparison(actor, comparison, "summary", {})
    failed = done(services, supervisor, actor, asked)
    assert failed.state == "failed" and failed.error is not None and failed.error.remedy
    assert failed.error.code.startswith("model_")
    assert ended(services, "failed") == before["failed"] + 1
    with services.database.read(actor.workspace) as session:
        assert session.scalar(text("SELECT count(*) FROM jobs WHERE is_dead")) == 0
    model.failure, model.answer = None, summary_of(honest)
    assert services.assistant.ask_comparison(actor, comparison, "summary", {}).state == "queued"
    assert done(services, supervisor, actor, asked).state == "done"
    assert ended(services, "done") == before["done"] + 1


def test_a_missing_model_and_a_dead_server_are_told(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor
) -> None:
    assert services.assistant.state(actor).is_on
    model.models = []
    supervisor.look()
    state = services.assistant.state(actor)
    assert not state.is_on and CHAT_MODEL in state.reason and state.missing == (EMBED_MODEL, VISION_MODEL, CHAT_MODEL)
    dead = AssistSupervisor(services, Ollama("http://127.0.0.1:9", patience=Patience(connect=0.5)))
    dead.look()
    assert "answers" in services.assistant.state(actor).reason


def test_a_question_is_answered_by_quotes_that_stand_on_their_pages(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    def answer(body: dict[str, Any]) -> str:
        given = pieces(body)
        quote = " ".join(given[0]["text"].split()[:6])
        rows = [
            {"text": f"It says “{quote}”.", "passages": [{"passage": 1, "quote": quote}]},
            {"text": "The fee is 7 EUR.", "passages": [{"passage": 1, "quote": "The fee is 7 EUR"}]},
            {"text": "The fee is 7 EUR.", "passages": [{"passage": 77, "quote": quote}]},
        ]
        return json.dumps({"statements": rows})

    model.answer = answer
    asked = services.assistant.ask_comparison(actor, comparison, "ask", {"question": "What must the supplier do?"})
    found = done(services, supervisor, actor, asked)
    assert found.state == "done" and found.result is not None
    (statement,) = found.result["parts"]["statements"]
    (cited,) = statement["citations"]
    assert cited["side"] in ("old", "new") and cited["page"] >= 1 and cited["boxes"]
    assert found.result["dropped"] == {"id": 1, "quote": 1}
    assert "words_only" not in found.result["said"]
    with services.database.read(actor.workspace) as session:
        assert session.scalar(text("SELECT count(*) FROM assistant_chunks"))
    calls = len([path for path, _ in model.requests if path == "/api/embed"])
    asked = services.assistant.ask_comparison(actor, comparison, "ask", {"question": "And the buyer?"})
    done(services, supervisor, actor, asked)
    assert len([path for path, _ in model.requests if path == "/api/embed"]) == calls + 1  # the question's alone


def test_a_question_is_its_askers_own(
    services: Services, actor: Actor, supervisor: AssistSupervisor, comparison: str
) -> None:
    other = colleague(services, actor, "Grace", role="editor")
    request = {"question": "Which term?", "sides": "both"}
    mine = services.assistant.ask_comparison(actor, comparison, "ask", request)
    theirs = services.assistant.ask_comparison(other, comparison, "ask", request)
    assert mine.id != theirs.id
    with pytest.raises(NotFound):
        services.assistant.get(other, mine.id)
    with pytest.raises(NotFound):
        services.assistant.cancel(other, mine.id)
    assert [one.id for one in services.assistant.list(other, comparison_id=comparison)] == [theirs.id]
    shared = services.assistant.ask_comparison(actor, comparison, "summary", {})
    assert services.assistant.ask_comparison(other, comparison, "summary", {}).id == shared.id


def test_what_the_document_does_not_say_is_not_found(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    model.answer = lambda _: json.dumps({"statements": []})
    asked = services.assistant.ask_comparison(actor, comparison, "ask", {"question": "Who won the cup in 1954?"})
    found = done(services, supervisor, actor, asked)
    assert found.result is not None and found.result["parts"] == {"statements": []}


def test_fields_come_with_their_quotes_and_a_bad_schema_is_refused(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    document = services.comparisons.get(actor, comparison).new.id
    schema = {"type": "object", "properties": {"first": {"type": "string"}, "fee": {"type": "number"}}}

    def answer(body: dict[str, Any]) -> str:
        words = pieces(body)[0]["text"].split()
        row = {"passage": 1, "quote": " ".join(words[:4])}
        return json.dumps(
            {"fields": [{"name": "first", "value": words[0], **row}, {"name": "fee", "value": "99", **row}]}
        )

    model.answer = answer
    asked = services.assistant.ask_document(actor, document, "fields", {"schema": schema})
    found = done(services, supervisor, actor, asked)
    assert found.result is not None
    (field,) = found.result["parts"]["fields"]
    assert field["name"] == "first" and field["citation"]["boxes"] and found.result["dropped"] == {"value": 1}
    for bad in (
        {"type": "string"},
        {"type": "object"},
        {"type": "object", "properties": {"a": {"$ref": "http://x"}}},
        7,
    ):
        with pytest.raises(BadFields):
            services.assistant.ask_document(actor, document, "fields", {"schema": bad})
    with pytest.raises(OptionsError):
        services.assistant.ask_document(actor, document, "ask", {"question": "  "})


def test_materiality_is_never_less_than_by_rule(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    model.answer = lambda body: json.dumps(
        {"changes": [{"change": piece["change"], "material": "low", "reason": honest(piece)} for piece in pieces(body)]}
    )
    found = done(services, supervisor, actor, services.assistant.ask_comparison(actor, comparison, "materiality", {}))
    assert found.result is not None
    severity = {
        change["id"]: change["severity"]
        for change in json.loads(services.comparisons.result(actor, comparison))["changes"]
    }
    rows = found.result["parts"]["changes"]
    majors = [row for row in rows if severity[row["change"]] == "major"]
    assert majors and all((row["material"], row["by"]) == ("high", "rule") for row in majors)


def test_one_change_is_explained_and_a_foreign_one_is_not_there(
    services: Services,
    actor: Actor,
    stranger: Actor,
    model: LanguageModel,
    supervisor: AssistSupervisor,
    comparison: str,
) -> None:
    change = json.loads(services.comparisons.result(actor, comparison))["changes"][0]["id"]
    model.answer = lambda body: json.dumps({"sentences": [{"text": honest(pieces(body)[0])}]})
    asked = services.assistant.ask_comparison(actor, comparison, "explain", {"change": change})
    found = done(services, supervisor, actor, asked)
    assert found.result is not None and found.result["parts"]["sentences"][0]["changes"] == [change]
    with pytest.raises(NotFound):
        services.assistant.ask_comparison(actor, comparison, "explain", {"change": "t-none"})
    with pytest.raises(NotFound):
        services.assistant.get(stranger, asked.id)
    services.trash.put(actor, "comparison", comparison)
    with pytest.raises(NotFound):
        services.assistant.get(actor, asked.id)
    services.trash.restore(actor, "comparison", comparison)


def test_symbols_get_proposals_from_their_pictures_and_keep_their_counts(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor
) -> None:
    said = iter(("Gate valve", "Click https://evil.example now", "Harmless, approved", "Heat detector"))
    model.answer = lambda _: json.dumps({"names": [{"text": next(said)}]})
    document = stored(services, actor, "plan.pdf", plan())
    found = done(services, supervisor, actor, services.assistant.ask_document(actor, document, "symbols", {}))
    assert found.error is None and found.result is not None
    rows = found.result["parts"]["symbols"]
    assert [(row["label"], row["count"], row["proposal"]) for row in rows] == [
        ("Valve", 4, "Gate valve"),
        ("Motor valve", 2, None),
        ("Smoke detector", 4, None),
        ("Heat detector", 1, "Heat detector"),
    ]
    assert found.result["dropped"] == {"not_plain": 1, "verdict": 1}
    chats = model.chats()
    assert {body["model"] for body in chats} == {VISION_MODEL}
    pictures = [base64.b64decode(body["messages"][-1]["images"][0]) for body in chats]
    assert len(set(pictures)) == 4 and all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert "Valve" not in json.dumps([body["messages"][-1]["content"] for body in chats])


@pytest.mark.usefixtures("supervisor")
def test_symbols_are_named_by_nobody_without_a_vision_model(
    services: Services, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = stored(services, actor, "plan.pdf", plan())
    without = services.settings.model_copy(update={"llm_symbols": None})
    monkeypatch.setattr(services.assistant, "_settings", without)
    with pytest.raises(AssistantOff, match="PDF_COMPARE_MODEL_SYMBOLS"):
        services.assistant.ask_document(actor, document, "symbols", {})
    assert "symbols" not in services.assistant.state(actor).kinds


def test_the_day_has_an_end(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    model.answer = summary_of(honest)
    with services.database.write(actor.workspace) as session:
        session.execute(
            text("INSERT INTO assistant_use VALUES (:w, :u, (now() AT TIME ZONE 'UTC')::date, 500000)"),
            {"w": actor.workspace, "u": actor.user},
        )
    with pytest.raises(DaySpent, match="500,000"):
        services.assistant.ask_comparison(actor, comparison, "summary", {})


def test_a_question_is_cancelled_while_the_model_is_silent(
    services: Services, actor: Actor, model: LanguageModel, supervisor: AssistSupervisor, comparison: str
) -> None:
    asked = services.assistant.ask_comparison(actor, comparison, "summary", {})
    services.assistant.cancel(actor, asked.id)
    assert services.assistant.get(actor, asked.id).state == "cancelled"
    assert services.assistant.ask_comparison(actor, comparison, "summary", {}).state == "queued"
