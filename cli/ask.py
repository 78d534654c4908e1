"""`pdf-compare ask FILE QUESTION`: what a language model says of a PDF or a result, as far as it is proven."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.compare import opened
from cli.exit_codes import ExitCode
from cli.remote import add_server, connected
from cli.results import read_result
from cli.trouble import report
from core.errors import AssistantError, OptionsError, PdfCompareError
from core.faces.plain import shown

if TYPE_CHECKING:
    from core.assistant.tasks import Asker
    from pdf_compare_client import Answer, Client
    from service.settings import Settings

MOST_QUESTION = 1000  #: characters


class NoModel(AssistantError):
    """No language model is set up here."""

    code = "no_model"
    remedy = "Install Ollama, or name its address in OLLAMA_HOST: docs/assistant.md. Everything else works without it."


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "ask",
        help="ask a language model about a PDF or a result, with proof",
        description="Ask the language model at OLLAMA_HOST about a PDF, or about a result that `compare --json` wrote; "
        "with --server, the assistant there. Of its answer only what is proven is told, with the quotes and pages. "
        "Exit codes: 0 answered, 1 not found in it, 2 trouble.",
    )
    parser.add_argument("about", metavar="FILE", help="a PDF or a result; with --server also an id")
    parser.add_argument("question", metavar="QUESTION", help=f"{MOST_QUESTION:,} characters at most")
    parser.add_argument("--password", help="of the PDF")
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_server(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and tell; 0 where something was proven."""
    question = shown(arguments.question)
    if not question or len(question) > MOST_QUESTION:
        raise OptionsError(f"the question has no words, or more than {MOST_QUESTION:,} characters")
    try:
        result = _asked_there(arguments, question) if arguments.server else _asked_here(arguments, question)
    except OptionsError:
        raise
    except PdfCompareError as error:
        return report(error, about=arguments.about)
    rows = result["parts"].get("statements", [])
    if arguments.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in told(result))
    return ExitCode.SAME if rows else ExitCode.CHANGED


def told(result: dict[str, Any]) -> Iterator[str]:
    """The lines: statements with what proves them, then what was left out."""
    rows = result["parts"].get("statements", [])
    if not rows:
        yield "Not found in it."
    for row in rows:
        yield shown(row["text"])
        for cited in row.get("citations", ()):
            side = f"{cited['side']} " if cited.get("side") else ""
            yield f"    “{shown(cited['quote'])}” ({side}page {cited['page']})"
        for proof in row.get("proofs", ()):
            yield f"    {shown(proof)}"
    withheld = result["withheld"]
    for count, words in (
        (sum(result["dropped"].values()), "could not be proven: left out"),
        (result["left_out"], "passages or changes did not fit: not read"),
        (withheld["hidden"], "are hidden on the page and were kept from the model"),
        (withheld["addressed"], "are addressed to a machine and were kept from the model: look there"),
    ):
        if count:
            yield f"({count:,} {words}.)"
    if result.get("cut"):
        yield "(The answer became too long and was cut off: something may be missing.)"


# ------------------------------------------------------------------ here


def _asked_here(arguments: argparse.Namespace, question: str) -> dict[str, Any]:
    from core.assistant import tasks
    from core.assistant.evidence import changes_of, cleared
    from core.assistant.passages import passages_of
    from core.faces.summary import change_words
    from service.settings import load_settings

    with opened(arguments.about) as handle:
        is_result = os.pread(handle, 64, 0).lstrip()[:1] == b"{"
        asker = _asker(load_settings())
        pages = [] if is_result else _pages(arguments, handle)
    if not is_result:
        passages, withheld = cleared(passages_of(pages, question))
        return _without_places(tasks.answer(asker, question, passages, withheld).to_json())
    result = read_result(arguments.about)
    told = tasks.answer_from_changes(asker, question, *changes_of(result)).to_json()
    by_id = {change["id"]: change for change in result["changes"]}
    for row in told["parts"].get("statements", ()):
        row["proofs"] = [change_words(by_id[change]) for change in row["changes"]]
    return told


def _asker(settings: Settings) -> Asker:
    """Who asks; `NoModel` where nobody answers or the model is not there."""
    from core.assistant.ollama import ModelAway, address_of, same_model
    from core.assistant.tasks import Asker
    from service.language_model import client_of

    if settings.assistant == "off":
        raise NoModel("The assistant is switched off (PDF_COMPARE_ASSISTANT).")
    client, model = client_of(settings), settings.llm_for("ask")
    try:
        installed = client.models()
    except ModelAway as error:
        where = address_of(settings.ollama_host)
        raise NoModel(f"No language model answers at {where}.") from error
    if not any(same_model(model, one.name) for one in installed):
        raise NoModel(
            f"The language model {model} is not installed.",
            remedy="Fetch it with `pdf-compare models --pull`, or name another one in PDF_COMPARE_MODEL.",
        )
    return Asker(client, model)


def _pages(arguments: argparse.Namespace, handle: int) -> list[tuple[int, str]]:
    """Numbers and words of the pages, without what nobody can see on them."""
    from cli.terminal import Bar
    from core.extraction.conductor import Conductor
    from core.extraction.options import ExtractOptions
    from core.options import Limits
    from core.pipeline import Source
    from service.assistant_reading import NoText
    from service.search_index import pages_of

    bar = Bar(sys.stderr)
    try:
        conductor = Conductor(
            limits=Limits(),
            jobs=len(os.sched_getaffinity(0)),
            on_progress=lambda progress: bar.show(progress.stage, progress.done, progress.total),
        )
        source = Source(fd=handle, name=Path(arguments.about).name, password=arguments.password)
        found = pages_of(conductor.index(source, ExtractOptions(what=("words",))))
    finally:
        bar.clear()
    pages = [(page.number, page.body) for page in found if page.body]
    if not pages:
        raise NoText
    return pages


def _without_places(told: dict[str, Any]) -> dict[str, Any]:
    """Citations as people read them: page and quote."""
    for row in told["parts"].get("statements", ()):
        row["citations"] = [{name: one[name] for name in ("page", "quote")} for one in row["citations"]]
    return told


# ------------------------------------------------------------------ there


def _asked_there(arguments: argparse.Namespace, question: str) -> dict[str, Any]:
    from cli.remote import ServerRefused

    with connected(arguments) as client:
        asked = _ask(client, arguments.about, question)
        found = client.wait_for_answer(asked.id) if asked.is_live else asked
    if found.result is None or found.state != "done":
        if found.error is None:
            raise ServerRefused(f"the question was {found.state} on the server", remedy="Ask again.")
        raise ServerRefused(f"[{found.error.code}] {found.error.message}", remedy=found.error.remedy)
    return found.result


def _ask(client: Client, about: str, question: str) -> Answer:
    """A file is stored there first; an id is one of a comparison or of a document."""
    from pdf_compare_client import ApiError

    if Path(about).is_file():
        with Path(about).open("rb") as file:
            if file.read(64).lstrip()[:1] == b"{":
                raise OptionsError(
                    "the server has results of its own", remedy="Name the comparison's id, or ask without --server."
                )
        return client.ask_document(client.upload(about).id, question)
    try:
        return client.ask_comparison(about, question)
    except ApiError as error:
        if error.status not in (404, 422):
            raise
        return client.ask_document(about, question)
