"""The client of a language model server that speaks Ollama's documented API. Used by workers and commands only.

Every wait has an end: to connect, to the first piece of an answer, between two pieces, and altogether; an answer has a
most of characters; a call that is not wanted any more is given up within a quarter of a second. Ollama cuts a request
that is too long silently, so the room is counted here, always sent (`num_ctx`), and cutting is refused (`truncate`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil, isfinite
from typing import Any, Literal, TypeVar

import httpx

from core.assistant.breaker import Breaker
from core.errors import AssistantError, Cancelled

DEFAULT_ADDRESS = "http://127.0.0.1:11434"
_ASK_SECONDS = 0.25  #: between two looks whether the call is still wanted
_LOOK_SECONDS = 10.0  #: for what is no work for a model
_MOST_LINE_BYTES = 2_000_000
_MOST_ANSWER_BYTES = 64_000_000  #: of what is not streamed; a batch of embeddings is the largest
_MOST_PIECES = 100_000
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0)  #: before a busy server is asked again
_CHARACTERS_A_TOKEN = 3.0  #: fewer than any model in use needs for Latin text; other scripts are counted by bytes
T = TypeVar("T")


class ModelAway(AssistantError):
    """The language model does not answer."""

    code = "model_away"
    remedy = "Try again in a minute; if it stays so, tell the administrator. Everything else works without it."
    retryable = True


class ModelBusy(AssistantError):
    """The language model has too much to do."""

    code = "model_busy"
    remedy = "Try again in some minutes."
    retryable = True


class ModelMissing(AssistantError):
    """The language model that is set is not installed on its server."""

    code = "model_missing"
    remedy = "Ask the administrator to pull it; docs/assistant.md says how."


class ModelFailed(AssistantError):
    """The language model's server failed."""

    code = "model_failed"
    remedy = "Try again; if it stays so, tell the administrator."
    retryable = True


class ModelTooSlow(AssistantError):
    """The language model took longer than it may."""

    code = "model_too_slow"
    remedy = "Ask about less, or try again when fewer people ask."
    retryable = True


class ModelNonsense(AssistantError):
    """The language model did not answer in the agreed form."""

    code = "model_nonsense"
    remedy = "Try again; if it stays so, the administrator may choose another model."
    retryable = True


class TooLongForModel(AssistantError):
    """What the language model would have to read does not fit into its context."""

    code = "too_long_for_model"
    remedy = "Ask about less, or have the administrator raise PDF_COMPARE_MODEL_CONTEXT."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, seconds."""

    connect: float = 3.0
    first: float = 90.0  #: a model may have to be loaded
    between: float = 20.0
    whole: float = 180.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; tokens as the server counted them, else as counted here."""

    text: str
    prompt_tokens: int
    output_tokens: int
    is_cut: bool = False  #: it ended because it had become too long


@dataclass(slots=True)
class _Used:
    """Tokens that a call has used so far, counted here; what a call that failed half-way is charged with."""

    read: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """A call that has ended, for metrics."""

    task: str
    outcome: str  #: ok, cancelled, or the code of an error
    seconds: float
    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is installed; `is_loaded` where it is in memory."""

    name: str
    size_bytes: int
    is_loaded: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; pictures as PNG or JPEG."""

    role: Literal["system", "user", "assistant"]
    content: str
    images: Sequence[bytes] = field(default=())

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.images:
            told["images"] = [base64.b64encode(image).decode() for image in self.images]
        return told


def tokens_in(text: str) -> int:
    """How many tokens a text has at most, about: no model's own count is at hand."""
    narrow = sum(map(str.isascii, text)) if not text.isascii() else len(text)
    return ceil(narrow / _CHARACTERS_A_TOKEN + (len(text) - narrow) * 1.3) if text else 0


def address_of(host: str | None) -> str:
    """An address as people write it (`OLLAMA_HOST`: a host, host:port or URL) as a URL."""
    given = (host or DEFAULT_ADDRESS).strip().rstrip("/")
    url = given if "://" in given else f"http://{given}"
    parsed = httpx.URL(url)
    if parsed.scheme == "http" and parsed.port is None and "://" not in given:
        parsed = parsed.copy_with(port=11434)
    return str(parsed).rstrip("/")


def same_model(wanted: str, name: str) -> bool:
    """Whether a name that was set means an installed model; without a tag it means `latest`."""
    return name == wanted or (":" not in wanted and name == f"{wanted}:latest")


class Ollama:
    """Calls to one server, each with an end. Thread-safe; every call has its own connection."""

    def __init__(
        self,
        address: str,
        *,
        patience: Patience | None = None,
        breaker: Breaker | None = None,
        on_call: Callable[[Call], None] = lambda _: None,
        context_tokens: int = 8192,
        back_off_seconds: Sequence[float] = _BACK_OFF_SECONDS,
    ) -> None:
        """Ask the server at `address`; every call that has ended is told to `on_call`."""
        self.address = address
        self.context_tokens = context_tokens
        self.breaker = breaker or Breaker()
        self._patience = patience or Patience()
        self._on_call = on_call
        self._back_off = back_off_seconds

    def chat(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        task: str,
        schema: Mapping[str, Any] | None = None,
        most_tokens: int = 1024,
        on_text: Callable[[str], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Reply:
        """An answer, streamed.

        Args:
            model: Which model.
            messages: What it reads.
            task: For metrics.
            schema: JSON schema of the answer.
            most_tokens: The answer has no more.
            on_text: Called with all of the answer so far, whenever there is more.
            cancelled: Whether the call is not wanted any more.

        Raises:
            AssistantError: One of those above; `Cancelled`.
        """
        asked = sum(tokens_in(message.content) + 8 + 800 * len(message.images) for message in messages)
        if asked + most_tokens > self.context_tokens:
            raise TooLongForModel()
        body = {
            "model": model,
            "messages": [message.to_json() for message in messages],
            "stream": True,
            "think": False,
            "truncate": False,
            "shift": False,
            "options": {
                "num_ctx": self.context_tokens,
                "num_predict": most_tokens,
                "temperature": 0,
                "seed": 1,
            },
        }
        if schema is not None:
            body["format"] = schema

        used = _Used()

        async def ask(deadline: _Deadline) -> Reply:
            return await self._chat(body, asked, most_tokens, on_text, deadline, used)

        return self._run(task, ask, cancelled, self._patience.whole, used)

    def embed(
        self, model: str, texts: Sequence[str], *, cancelled: Callable[[], bool] = lambda: False
    ) -> list[list[float]]:
        """A vector for each text; raises as `chat`."""
        body = {"model": model, "input": list(texts), "truncate": False}

        found: list[list[float]] = []

        async def ask(deadline: _Deadline) -> Reply:
            told = await self._json("POST", "/api/embed", deadline, body)
            vectors = told.get("embeddings")
            if not isinstance(vectors, list) or len(vectors) != len(texts):
                raise ModelNonsense
            for vector in vectors:
                if not isinstance(vector, list) or not 1 <= len(vector) <= 16_000:
                    raise ModelNonsense
                if not all(isinstance(v, int | float) and isfinite(v) for v in vector):
                    raise ModelNonsense
                found.append([float(v) for v in vector])
            if len({len(vector) for vector in found}) > 1:
                raise ModelNonsense
            return Reply("", _count(told.get("prompt_eval_count")), 0)

        self._run("embed", ask, cancelled, self._patience.whole)
        return found

    def version(self) -> str:
        """The server's version; raises as `chat`."""
        return str(self._get("/api/version").get("version", ""))[:40]

    def models(self) -> list[Model]:
        """The models that are installed; raises as `chat`."""
        loaded = {str(row.get("name")) for row in _rows(self._get("/api/ps"))}
        return [
            Model(str(row.get("name", ""))[:100], _count(row.get("size")), str(row.get("name")) in loaded)
            for row in _rows(self._get("/api/tags"))
        ]

    def pull(
        self, model: str, *, on_progress: Callable[[str, int, int], None] = lambda *_: None, seconds: float = 7200
    ) -> None:
        """Have the server fetch a model; status, done and total bytes are told; raises as `chat`."""

        async def ask(deadline: _Deadline) -> Reply:
            async with self._open("/api/pull", {"model": model, "stream": True}, deadline) as response:
                status = ""
                async for told in _lines(response, deadline, self._patience.between * 6):
                    _refuse_error(told)
                    status = str(told.get("status", ""))[:60]
                    on_progress(status, _count(told.get("completed")), _count(told.get("total")))
            if status != "success":
                raise ModelFailed("The model could not be fetched.")
            return Reply("", 0, 0)

        self._run("pull", ask, lambda: False, seconds)

    # ----

    def _get(self, path: str) -> dict[str, Any]:
        told: dict[str, Any] = {}

        async def ask(deadline: _Deadline) -> Reply:
            nonlocal told
            told = await self._json("GET", path, deadline, None)
            return Reply("", 0, 0)

        # A look at the state: it neither waits for the breaker nor moves it.
        asyncio.run(_ended(ask(_Deadline(_LOOK_SECONDS, lambda: False))))
        return told

    def _run(
        self,
        task: str,
        ask: Callable[[_Deadline], Awaitable[Reply]],
        cancelled: Callable[[], bool],
        whole_seconds: float,
        used: _Used | None = None,
    ) -> Reply:
        """One call past the breaker, told to the metrics; where it fails, with what `used` says it had used."""
        wait = self.breaker.wait_seconds()
        if wait > 0:
            self._on_call(Call(task, "breaker_open", 0.0))
            raise ModelAway(f"The language model failed several times; it is asked again in {ceil(wait)} seconds.")
        started, outcome, reply = time.monotonic(), "ok", None
        try:
            reply = asyncio.run(_ended(ask(_Deadline(whole_seconds, cancelled))))
        except Cancelled:
            outcome = "cancelled"
            self.breaker.given_up()
            raise
        except AssistantError as error:
            outcome = error.code
            if isinstance(error, ModelAway | ModelFailed | ModelTooSlow):
                self.breaker.failed()
            else:
                self.breaker.succeeded()
            raise
        except BaseException:
            outcome = "internal"
            self.breaker.given_up()
            raise
        else:
            self.breaker.succeeded()
            return reply
        finally:
            seconds = time.monotonic() - started
            tokens = (used.read, used.written) if used is not None else (0, 0)
            if reply is not None:
                tokens = reply.prompt_tokens, reply.output_tokens
            self._on_call(Call(task, outcome, seconds, *tokens))

    async def _chat(
        self,
        body: Mapping[str, Any],
        asked: int,
        most_tokens: int,
        on_text: Callable[[str], None],
        deadline: _Deadline,
        used: _Used,
    ) -> Reply:
        parts: list[str] = []
        length, most_characters = 0, most_tokens * 12
        async with self._open("/api/chat", body, deadline) as response:
            pieces = 0
            async for told in _lines(response, deadline, self._patience.between, first=self._patience.first):
                _refuse_error(told)
                message = told.get("message")
                content = message.get("content", "") if isinstance(message, dict) else ""
                pieces += 1
                if not isinstance(content, str) or pieces > _MOST_PIECES:
                    raise ModelNonsense
                parts.append(content)
                used.read, used.written = asked, used.written + tokens_in(content)  # it has begun: all was read
                length += len(content)
                if length > most_characters:  # the server does not keep to `num_predict`
                    raise ModelNonsense("The language model did not come to an end.")
                if content:
                    on_text("".join(parts))
                if told.get("done") is True:
                    read = _count(told.get("prompt_eval_count")) or asked
                    written = _count(told.get("eval_count")) or tokens_in("".join(parts))
                    if read >= self.context_tokens:
                        raise TooLongForModel
                    return Reply("".join(parts), read, written, told.get("done_reason") == "length")
        raise ModelFailed("The language model's answer was broken off.")

    async def _json(
        self, method: str, path: str, deadline: _Deadline, body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        received = bytearray()
        async with self._open(path, body, deadline, method=method) as response:
            async for chunk in _chunks(response, deadline, _LOOK_SECONDS):
                received += chunk
                if len(received) > _MOST_ANSWER_BYTES:
                    raise ModelNonsense
        told = _parsed(bytes(received))
        _refuse_error(told)
        return told

    @asynccontextmanager
    async def _open(
        self, path: str, body: Mapping[str, Any] | None, deadline: _Deadline, *, method: str = "POST"
    ) -> AsyncIterator[httpx.Response]:
        """The response to a request, of status 200; a busy server is asked again after a while."""
        first = self._patience.first if method == "POST" else _LOOK_SECONDS
        limits = httpx.Timeout(None, connect=self._patience.connect)
        async with httpx.AsyncClient(base_url=self.address, timeout=limits, trust_env=False) as client:
            for wait in (*self._back_off, None):
                request = client.build_request(method, path, json=body)
                try:
                    response = await deadline.within(client.send(request, stream=True), first)
                except (httpx.HTTPError, OSError) as error:
                    raise ModelAway from error
                try:
                    if response.status_code == 200:
                        yield response
                        return
                    if response.status_code != 503 or wait is None:
                        raise _refusal(response.status_code, await _start_of(response, deadline))
                except (httpx.HTTPError, OSError) as error:
                    raise ModelFailed("The language model's answer was broken off.") from error
                finally:
                    await response.aclose()
                await deadline.within(asyncio.sleep(wait * random.uniform(0.75, 1.25)), None)  # noqa: S311


class _Deadline:
    """The end of a call, by the clock or because nobody wants it any more."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._at = time.monotonic() + seconds
        self._cancelled = cancelled

    async def within(self, awaited: Awaitable[T], seconds: float | None) -> T:
        """What is awaited, unless it takes more than `seconds` or all of the call's time."""
        task = asyncio.ensure_future(awaited)
        until = self._at if seconds is None else min(self._at, time.monotonic() + seconds)
        try:
            while True:
                done, _ = await asyncio.wait({task}, timeout=max(0.0, min(_ASK_SECONDS, until - time.monotonic())))
                if done:
                    return task.result()
                if self._cancelled():
                    raise Cancelled
                if time.monotonic() >= until:
                    raise ModelTooSlow
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1.0)


async def _ended(awaited: Awaitable[T]) -> T:
    return await awaited


async def _chunks(
    response: httpx.Response, deadline: _Deadline, between: float, *, first: float | None = None
) -> AsyncIterator[bytes]:
    iterator = response.aiter_bytes()
    wait = first or between
    while True:
        try:
            chunk = await deadline.within(anext(iterator), wait)
        except StopAsyncIteration:
            return
        except (httpx.HTTPError, OSError) as error:
            raise ModelFailed("The language model's answer was broken off.") from error
        wait = between
        yield chunk


async def _lines(
    response: httpx.Response, deadline: _Deadline, between: float, *, first: float | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of a stream, one a line. A drip of bytes does not count as a piece: the lines are timed."""
    buffer = bytearray()
    began = time.monotonic()
    wait = first or between
    async for chunk in _chunks(response, deadline, between, first=first):
        buffer += chunk
        if len(buffer) > _MOST_LINE_BYTES:
            raise ModelNonsense
        *whole, rest = bytes(buffer).split(b"\n")
        if whole:
            began, wait = time.monotonic(), between
        elif time.monotonic() - began > wait:
            raise ModelTooSlow
        buffer = bytearray(rest)
        for line in whole:
            if line.strip():
                yield _parsed(line)
    if buffer.strip():
        yield _parsed(bytes(buffer))


async def _start_of(response: httpx.Response, deadline: _Deadline) -> str:
    received = bytearray()
    async for chunk in _chunks(response, deadline, 5.0):
        received += chunk
        if len(received) > 4000:
            break
    return received[:4000].decode("utf-8", "replace")


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ModelNonsense from error
    if not isinstance(told, dict):
        raise ModelNonsense
    return told


def _refuse_error(told: Mapping[str, Any]) -> None:
    """An error that comes in a stream that began well."""
    if "error" in told:
        raise _refusal(500, str(told["error"])[:400])


def _refusal(status: int, said: str) -> AssistantError:
    """What a status means. The server's words are looked at, but not passed on: they may hold what it was sent."""
    words = said.lower()
    if status == 404 or ("model" in words and ("not found" in words or "does not exist" in words)):
        return ModelMissing()
    if status == 503:
        return ModelBusy()
    if status == 400 and ("context" in words or "too long" in words or "exceed" in words or "truncat" in words):
        return TooLongForModel()
    return ModelFailed(f"The language model's server failed with status {status}.")


def _rows(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = told.get("models")
    return [row for row in rows[:1000] if isinstance(row, dict)] if isinstance(rows, list) else []


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 1 << 60 else 0
