"""One question to the assistant: begin, read, ask the model, keep what stands up; and a look at how the model is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from core import pipeline
from core.assistant import tasks
from core.assistant.evidence import Passage, Withheld, changes_of
from core.assistant.fields import fields_of
from core.assistant.ollama import Call, Ollama, same_model
from core.assistant.tasks import Asker, Outcome
from core.errors import AssistantError, Cancelled, PdfCompareError
from core.jobwatch import Spent
from service.assistant import AssistWork
from service.assistant_reading import NotIndexed, passages_for
from service.assistant_state import tell_state
from service.bootstrap import Services
from service.jobs import Attempt
from service.language_model import client_of
from worker.attempts import Pulse, Verdict, attempted
from worker.legends import legend_symbols

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0  #: between two looks at the model's server
TELL_SECONDS = 0.4  #: between two writings of what has come so far
INDEX_SECONDS = 60.0  #: a document that was just stored is read for the search in this time


class AssistSupervisor:
    """Answers questions, one in each thread that calls; what becomes of a job is as with comparisons."""

    def __init__(self, services: Services, client: Ollama | None = None) -> None:
        self._services = services
        self._mine = threading.local()  # tokens of the question that a thread answers
        self._client = client or client_of(services.settings, self._count_call)
        services.telemetry.llm_breaker_open.set_function(lambda: float(self._client.breaker.is_open))

    def run(self, job: UUID, workspace: UUID, *, leaving: Callable[[], bool]) -> Verdict:
        """Do a job to its end, or hand it back; arguments as of `worker.attempts.attempted`."""
        return attempted(self._services, "assist", job, workspace, leaving=leaving, work=self._work)

    def look(self) -> None:
        """Tell everybody how the model's server is."""
        settings, client = self._services.settings, self._client
        if settings.assistant == "off":
            return
        version, models, problem = "", [], None
        try:
            version, models = client.version(), client.models()
        except AssistantError as error:
            problem = error.code
        self._services.telemetry.llm_up.set(problem is None)
        try:
            tell_state(
                self._services.database,
                version=version,
                models=models,
                problem=problem,
                is_breaker_open=client.breaker.is_open,
                embed=settings.llm_embed,
            )
        except PdfCompareError as error:
            log.warning("state not told", extra={"action": "assist_state", "code": error.code})

    def watch(self, stopping: threading.Event) -> None:
        """Look now and again until `stopping`; for a thread of its own."""
        while True:
            try:
                self.look()
            except Exception:
                log.exception("state not told", extra={"action": "assist_state"})
            if stopping.wait(LOOK_SECONDS):
                return

    # ----

    def _work(self, attempt: Attempt, pulse: Pulse, _: Spent) -> str:
        services = self._services
        self._mine.tokens = 0
        work = services.assistant.work(attempt)
        if work is None:
            return "deleted"
        try:
            outcome, said = self._answer(attempt, work, pulse)
            for reason, count in outcome.dropped.items():
                services.telemetry.llm_dropped.labels(work.kind, reason).inc(count)
            return "done" if services.assistant.finish(attempt, work, outcome, said) else "lost"
        finally:
            self._count_tokens(attempt, work, self._mine.tokens)

    def _answer(self, attempt: Attempt, work: AssistWork, pulse: Pulse) -> tuple[Outcome, Sequence[str]]:
        services = self._services
        said: list[str] = []
        last = 0.0

        def tell(outcome: Outcome) -> None:
            nonlocal last
            if time.monotonic() >= last + TELL_SECONDS:
                last = time.monotonic()
                services.assistant.tell(attempt, work, outcome, said)

        asker = Asker(self._client, work.model, tell, pulse.must_stop)
        pulse.progress(pipeline.Progress("asking", None, 0, 0))
        if work.kind in ("summary", "materiality"):
            changes, withheld = changes_of(services.assistant.result_of(attempt, work))
            ask = tasks.summarise if work.kind == "summary" else tasks.weigh
            return ask(asker, changes, withheld), said
        if work.kind == "explain":
            changes, withheld = changes_of(services.assistant.result_of(attempt, work))
            chosen = next((change for change in changes if change.id == work.request["change"]), None)
            return tasks.explain(asker, chosen, withheld if chosen is None else Withheld()), said
        if work.kind == "symbols":
            return tasks.name_symbols(asker, legend_symbols(services, attempt, work, pulse.must_stop)), said
        passages, withheld, found = self._passages(attempt, work, pulse, _question_of(work))
        said += found
        if work.kind == "fields":
            return tasks.extract(asker, fields_of(work.request["schema"]), passages, withheld), said
        return tasks.answer(asker, str(work.request["question"]), passages, withheld), said

    def _passages(
        self, attempt: Attempt, work: AssistWork, pulse: Pulse, question: str
    ) -> tuple[list[Passage], Withheld, list[str]]:
        """What is read for a question; a document that is not in the index yet is waited for."""
        services, model = self._services, self._services.settings.llm_embed
        embed = partial(self._client.embed, model, cancelled=pulse.must_stop)
        has_model = any(same_model(model, name) for name in self._installed())
        deadline = time.monotonic() + INDEX_SECONDS
        while True:
            try:
                found, withheld, said = passages_for(
                    services.database,
                    attempt.workspace,
                    work.sources,
                    question,
                    embed=embed if has_model else None,
                    model=model,
                )
            except NotIndexed:
                if time.monotonic() > deadline:
                    raise
                if pulse.must_stop():
                    raise Cancelled from None
                pulse.progress(pipeline.Progress("reading", None, 0, 0))
                time.sleep(0.5)
                continue
            sides = [
                Passage(one.source, work.sources[one.source].side, one.page, one.text, one.body, one.boxes, one.unit)
                for one in found
            ]
            return sides, withheld, said

    def _installed(self) -> list[str]:
        try:
            return [model.name for model in self._client.models()]
        except AssistantError:
            return []

    def _count_tokens(self, attempt: Attempt, work: AssistWork, tokens: int) -> None:
        try:
            self._services.assistant.count(attempt, work, tokens)
        except PdfCompareError as error:
            log.warning("tokens not counted", extra={"action": "assist_count", "job": attempt.job, "code": error.code})

    def _count_call(self, call: Call) -> None:
        self._mine.tokens = getattr(self._mine, "tokens", 0) + call.prompt_tokens + call.output_tokens
        telemetry = self._services.telemetry
        telemetry.llm_calls.labels(call.task, call.outcome).inc()
        if call.outcome != "breaker_open":
            telemetry.llm_seconds.labels(call.task).observe(call.seconds)
        telemetry.llm_tokens.labels(call.task, "read").inc(call.prompt_tokens)
        telemetry.llm_tokens.labels(call.task, "written").inc(call.output_tokens)


def _question_of(work: AssistWork) -> str:
    """What passages are looked for."""
    if work.kind == "fields":
        return " ".join(f"{one.name} {one.description}" for one in fields_of(work.request["schema"]))[:2000]
    return str(work.request["question"])
