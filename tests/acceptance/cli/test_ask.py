"""`summarize` and `ask`, with a scripted language model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from core.sample import sample_pair
from tests.language_model import CHAT_MODEL, LanguageModel, data_of, honest, language_model
from tests.results import change, result, side

REPORT = result(
    change("replaced", side("payment within 30 days"), side("payment within 45 days"), severity="major"),
    change("inserted", None, side("A new clause on audits.")),
)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    with language_model(honest) as running:
        monkeypatch.setenv("OLLAMA_HOST", running.address)
        monkeypatch.setenv("PDF_COMPARE_MODEL", CHAT_MODEL)
        yield running


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(REPORT))
    return str(path)


def test_a_result_is_summarised_by_rule_for_three_readers(report: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for audience in ("line", "management", "detailed"):
        assert main(["summarize", report, "--audience", audience]) == 0
        told[audience] = capsys.readouterr().out.splitlines()
    assert [len(lines) for lines in told.values()] == [1, 3, 3]
    assert "“payment within 30 days” became “payment within 45 days”" in told["management"][1]
    assert main(["summarize", report, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[1]["changes"] == [REPORT["changes"][0]["id"]]


@pytest.mark.parametrize("held", ["%PDF-1.7", "[]", '{"schema": "pdf-compare/1", "changes": 3}'])
def test_what_is_no_result_is_refused(held: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.json"
    path.write_text(held)
    assert main(["summarize", str(path)]) == 2
    assert capsys.readouterr().err.startswith("error[no_result] ")


def test_a_result_is_asked_and_answers_with_its_changes(
    model: LanguageModel, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(body: dict[str, object]) -> str:
        first = data_of(body)[0]
        proven = {"text": "Payment within 30 days became 45 days.", "changes": [first["change"]]}
        return json.dumps({"statements": [proven, {"text": "Nothing important changed.", "changes": [1]}]})

    model.answer = answer
    assert main(["ask", report, "When is payment due?"]) == 0
    told = capsys.readouterr().out
    assert "Payment within 30 days became 45 days." in told
    assert "“payment within 30 days” became “payment within 45 days”" in told
    assert "Nothing important" not in told and "(1 could not be proven: left out.)" in told


def test_a_document_is_asked_and_answers_with_quotes_and_pages(
    model: LanguageModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, data = sample_pair()[0]
    path = tmp_path / name
    path.write_bytes(data)
    assert main(["ask", str(path), "When is payment of an invoice due?", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["parts"]["statements"]
    assert all(row["citations"][0]["page"] >= 1 and row["citations"][0]["quote"] for row in rows)
    model.answer = lambda _: json.dumps(
        {"statements": [{"text": "x", "passages": [{"passage": 1, "quote": "no such"}]}]}
    )
    assert main(["ask", str(path), "Who signed?"]) == 1
    assert capsys.readouterr().out.startswith("Not found in it.")


def test_without_a_model_it_says_so_and_how_to_get_one(
    model: LanguageModel, report: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model.models = []
    assert main(["ask", report, "Why?"]) == 2
    assert "is not installed" in capsys.readouterr().err
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    assert main(["ask", report, "Why?"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error[no_model] ") and "OLLAMA_HOST" in told
