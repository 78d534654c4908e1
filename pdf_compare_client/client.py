"""The client: one method for what a program does, over one connection pool."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from pdf_compare_client.errors import ApiError, TookTooLong, Unreachable
from pdf_compare_client.models import Answer, Batch, BatchItem, Change, Comparison, Document, Job, Pair

PART_BYTES = 8 * 1024 * 1024
WHOLE_BYTES = 16 * 1024 * 1024  #: a larger file goes in parts, so that a broken connection costs one part
_CHUNK_BYTES = 1024 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}
_AGAIN = frozenset({429, 502, 503, 504})
_MOST_WAIT = 30.0
_FIRST_PAUSE, _MOST_PAUSE = 0.5, 30.0


def _in_silence(*_: object) -> None:
    """Whoever does not ask for progress."""


class Client:
    """A connection to a server, under a token; a context manager. Thread-safe.

    A request that the server is too busy for, or that finds it away, is sent again: 429 and 503 after the time that
    `Retry-After` names, within `patience_seconds` together. Writes carry an idempotency key, so that nothing is done
    twice.
    """

    def __init__(
        self,
        server: str,
        *,
        token: str | None = None,
        timeout_seconds: float = 60.0,
        patience_seconds: float = 120.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            server: Its address, such as https://compare.example.org.
            token: Made by a person under *Your account*.
            timeout_seconds: For one request.
            patience_seconds: For sending one again.
            transport: Instead of the network, for tests.
        """
        headers = {"User-Agent": "pdf-compare-client"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            base_url=server.rstrip("/") + "/api/v1/",
            headers=headers,
            timeout=httpx.Timeout(timeout_seconds, connect=10.0),
            transport=transport,
        )
        self._patience = patience_seconds

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    # ---------------------------------------------------------------- documents

    def upload(
        self,
        file: str | os.PathLike[str],
        *,
        name: str | None = None,
        version_of: str | None = None,
        on_progress: Callable[[int, int], None] = _in_silence,
    ) -> Document:
        """Store a file; one that the server has under this name already is not sent again.

        Args:
            file: A PDF.
            name: What it is called there; as here, if not given.
            version_of: Id of a document that it is a version of, if that has another name.
            on_progress: Called with the bytes sent and their number.
        """
        path = Path(file)
        size, sha256 = path.stat().st_size, _sha256_of(path)
        called = name or path.name
        if version_of is None:
            for known in self.documents(sha256=sha256):
                if known.name == called:
                    return known
        if size > WHOLE_BYTES:
            return self._upload_in_parts(path, called, size, sha256, version_of, on_progress)
        params = {"name": called} | ({} if version_of is None else {"version_of": version_of})
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/pdf"}
        answer = self._send("PUT", "documents", params=params, headers=headers, body=path.read_bytes)
        on_progress(size, size)
        return Document.from_json(answer.json()["document"])

    def documents(self, *, query: str = "", sha256: str | None = None) -> Iterator[Document]:
        """The documents of the workspace, newest first; those whose name holds `query`, or with these bytes."""
        params: dict[str, str | int] = {"query": query, "limit": 200}
        if sha256 is not None:
            params["sha256"] = sha256
        for page in self._pages("documents", params):
            yield from map(Document.from_json, page["documents"])

    def versions(self, document_id: str) -> list[Document]:
        """The versions of a document, newest first."""
        answer = self._send("GET", f"documents/{document_id}/versions").json()
        return [Document.from_json(one) for one in answer["documents"]]

    def download(self, document_id: str) -> bytes:
        """A stored PDF."""
        return self._send("GET", f"documents/{document_id}/file").content

    def delete_document(self, document_id: str) -> None:
        """Delete a document and every comparison made with it."""
        self._send("DELETE", f"documents/{document_id}")

    # ---------------------------------------------------------------- comparisons

    def compare(
        self,
        old: str,
        new: str,
        *,
        profile: str | None = None,
        options: Mapping[str, Any] | None = None,
        wait_seconds: float = 0.0,
    ) -> Comparison:
        """Ask for a comparison of two stored documents, and wait for it so long at most (60 s); see `wait`."""
        body = {"old": old, "new": new, **_how(profile, options)}
        params = {"wait": wait_seconds} if wait_seconds else {}
        answer = self._send("POST", "comparisons", params=params, json=body)
        return Comparison.from_json(answer.json()["comparison"])

    def compare_versions(
        self, document_id: str, *, profile: str | None = None, options: Mapping[str, Any] | None = None
    ) -> Comparison:
        """Compare the newest version of a document with the one before it."""
        address = f"documents/{document_id}/versions/comparison"
        return Comparison.from_json(self._send("POST", address, json=_how(profile, options)).json()["comparison"])

    def comparison(self, comparison_id: str, *, wait_seconds: float = 0.0) -> Comparison:
        """How a comparison stands."""
        params = {"wait": wait_seconds} if wait_seconds else {}
        return Comparison.from_json(
            self._send("GET", f"comparisons/{comparison_id}", params=params).json()["comparison"]
        )

    def wait(
        self,
        comparison_id: str,
        *,
        timeout_seconds: float | None = None,
        on_progress: Callable[[Comparison], None] = _in_silence,
    ) -> Comparison:
        """The comparison when it has ended, however it ended.

        Raises:
            TookTooLong: It has not within `timeout_seconds`.
        """
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 1.0
        while True:
            found = self.comparison(comparison_id, wait_seconds=pause)
            on_progress(found)
            if not found.is_live:
                return found
            left = _MOST_WAIT if end is None else end - time.monotonic()
            if left <= 0:
                raise TookTooLong(f"The comparison is still {found.state}.")
            pause = max(0.1, min(pause * 1.5, 5.0, left))

    def result(self, comparison_id: str) -> dict[str, Any]:
        """The whole result in the form `pdf-compare/1`."""
        found: dict[str, Any] = self._send("GET", f"comparisons/{comparison_id}/result").json()
        return found

    def export(self, comparison_id: str, format_: str, **filters: Sequence[str]) -> bytes:
        """The result as a file: json, html, md, csv, xlsx, docx, pdf-old, pdf-new or pdf-both.

        Args:
            comparison_id: Which.
            format_: One of those.
            filters: `layers`, `kinds`, `severities`, `states`, `page`, `query`: only these changes.
        """
        params = {name: ",".join(chosen) for name, chosen in filters.items()}
        return self._send("GET", f"comparisons/{comparison_id}/export/{format_}", params=params).content

    def changes(self, comparison_id: str, *, query: str = "", **filters: Sequence[str]) -> Iterator[Change]:
        """The changes of a result in its order; `layers`, `kinds`, `severities`, and part of the text, choose some."""
        params: dict[str, Any] = {name: ",".join(chosen) for name, chosen in filters.items()}
        for page in self._pages(f"comparisons/{comparison_id}/changes", {**params, "query": query, "limit": 200}):
            yield from map(Change.from_json, page["changes"])

    def cancel(self, comparison_id: str) -> Comparison:
        """Stop a comparison."""
        return Comparison.from_json(self._send("POST", f"comparisons/{comparison_id}/cancel").json()["comparison"])

    # ---------------------------------------------------------------- batches

    def compare_many(
        self,
        pairs: Sequence[Pair],
        *,
        name: str = "",
        profile: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Batch:
        """Ask for many comparisons at once, 500 at most."""
        body = {"name": name, "pairs": [pair._asdict() for pair in pairs], **_how(profile, options)}
        return Batch.from_json(self._send("POST", "batches", json=body).json()["batch"])

    def batch(self, batch_id: str) -> Batch:
        """How a batch stands."""
        return Batch.from_json(self._send("GET", f"batches/{batch_id}").json()["batch"])

    def batch_items(self, batch_id: str) -> Iterator[BatchItem]:
        """The table of a batch, in the order of its pairs."""
        for page in self._pages(f"batches/{batch_id}/items", {"limit": 200}):
            yield from map(BatchItem.from_json, page["items"])

    def batch_csv(self, batch_id: str) -> bytes:
        """The table of a batch as CSV."""
        return self._send("GET", f"batches/{batch_id}/items.csv").content

    def batches(self) -> Iterator[Batch]:
        """The batches of the workspace, newest first."""
        for page in self._pages("batches", {"limit": 50}):
            yield from map(Batch.from_json, page["batches"])

    def wait_for_batch(
        self,
        batch_id: str,
        *,
        timeout_seconds: float | None = None,
        on_progress: Callable[[Batch], None] = _in_silence,
    ) -> Batch:
        """The batch when all of it has ended; `TookTooLong`."""
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = self.batch(batch_id)
            on_progress(found)
            if not found.is_live:
                return found
            if end is not None and time.monotonic() >= end:
                raise TookTooLong("The batch is not done yet.")
            time.sleep(pause)
            pause = min(pause * 1.5, 5.0)

    # ---------------------------------------------------------------- the assistant

    def ask_document(self, document_id: str, question: str) -> Answer:
        """Ask a question about a document; the same again is the same answer."""
        return self._ask(f"documents/{document_id}/assistant", {"kind": "ask", "question": question})

    def ask_comparison(self, comparison_id: str, question: str, *, sides: str = "both") -> Answer:
        """Ask a question about the revisions of a comparison that is done; `sides` is old, new or both."""
        return self._ask(
            f"comparisons/{comparison_id}/assistant", {"kind": "ask", "question": question, "sides": sides}
        )

    def wait_for_answer(self, answer_id: str, *, timeout_seconds: float | None = None) -> Answer:
        """The answer when it has ended, however it ended; `TookTooLong`."""
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 0.2
        while True:
            found = Answer.from_json(self._send("GET", f"assistant/{answer_id}").json()["answer"])
            if not found.is_live:
                return found
            if end is not None and time.monotonic() >= end:
                raise TookTooLong(f"The answer is still {found.state}.")
            time.sleep(pause)
            pause = min(pause * 1.5, 3.0)

    def _ask(self, address: str, body: dict[str, Any]) -> Answer:
        return Answer.from_json(self._send("POST", address, json=body).json()["answer"])

    # ---------------------------------------------------------------- the rest

    def jobs(self, *, states: Sequence[str] = ()) -> Iterator[Job]:
        """The jobs of the workspace, newest first; those in `states`."""
        for page in self._pages("jobs", {"limit": 200, **({"state": list(states)} if states else {})}):
            yield from map(Job.from_json, page["jobs"])

    def whoami(self) -> dict[str, Any]:
        """Whose token this is, and in which workspace."""
        found: dict[str, Any] = self._send("GET", "session").json()["actor"]
        return found

    # ---------------------------------------------------------------- how

    def _pages(self, address: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        after: Any = None
        while True:
            asked = {**params} if after is None else {**params, "after": after}
            page: dict[str, Any] = self._send("GET", address, params=asked).json()
            yield page
            after = page["next"]
            if after is None:
                return

    def _upload_in_parts(
        self,
        path: Path,
        name: str,
        size: int,
        sha256: str,
        version_of: str | None,
        on_progress: Callable[[int, int], None],
    ) -> Document:
        said = {"filename": name, "sha256": sha256} | ({} if version_of is None else {"version_of": version_of})
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
        headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": metadata}
        address = self._send("POST", "uploads", headers=headers).headers["Location"]
        end = time.monotonic() + self._patience
        offset = 0
        with path.open("rb") as file:
            while True:
                file.seek(offset)
                part = file.read(PART_BYTES)
                how = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                try:
                    answer = self._once("PATCH", address, headers=how, body=lambda: part)  # noqa: B023  sent at once
                except (Unreachable, ApiError) as error:
                    if isinstance(error, ApiError) and error.status not in {*_AGAIN, 409}:
                        raise
                    if time.monotonic() >= end:
                        raise
                    time.sleep(_FIRST_PAUSE)
                    answer = self._send("HEAD", address, headers=_TUS)
                moved = int(answer.headers["Upload-Offset"])
                if moved > offset:
                    end = time.monotonic() + self._patience
                offset = moved
                on_progress(offset, size)
                if "Content-Location" in answer.headers:
                    found = self._send("GET", answer.headers["Content-Location"]).json()
                    return Document.from_json(found["document"])

    def _send(self, method: str, address: str, **how: Any) -> httpx.Response:
        """Send until it is answered for good, or patience ends."""
        if method == "POST" and "json" in how:
            how["headers"] = {**how.get("headers", {}), "Idempotency-Key": uuid.uuid4().hex}
        end, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            try:
                return self._once(method, address, **how)
            except Unreachable:
                if time.monotonic() + pause >= end:
                    raise
                wait = pause
            except _Busy as busy:
                wait = pause if busy.seconds is None else busy.seconds
                if time.monotonic() + wait >= end:
                    raise busy.error from None
            # Not everybody at the same moment.
            time.sleep(wait + random.uniform(0, 0.1 * wait))  # noqa: S311  no secret
            pause = min(pause * 2, _MOST_PAUSE)

    def _once(
        self, method: str, address: str, *, body: Callable[[], bytes] | None = None, **how: Any
    ) -> httpx.Response:
        # An address that the server gave begins at its root; httpx itself would put every one behind `base_url`.
        whole = self._http.base_url.join(address)
        if (whole.scheme, whole.netloc) != (self._http.base_url.scheme, self._http.base_url.netloc):
            raise Unreachable("The server names an address of another server; nothing is sent there.")
        try:
            answer = self._http.request(method, whole, content=None if body is None else body(), **how)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(f"The server does not answer ({type(error).__name__}).") from error
        if answer.status_code < 400:
            if answer.is_redirect:
                raise Unreachable("What answers at this address is no PDF Compare server.")
            return answer
        refused = _refused(answer)
        if answer.status_code in _AGAIN:
            raise _Busy(refused, _seconds(answer.headers.get("Retry-After")))
        raise refused


class _Busy(ApiError):
    """The server may do it later."""

    def __init__(self, error: ApiError, seconds: float | None) -> None:
        super().__init__(error.status, error.code, error.detail, error.remedy)
        self.error = error
        self.seconds = seconds


def _refused(answer: httpx.Response) -> ApiError:
    try:
        told = answer.json()
        return ApiError(answer.status_code, told["code"], told["detail"], told["remedy"])
    except (ValueError, KeyError, TypeError):
        return ApiError(answer.status_code, f"http_{answer.status_code}", answer.reason_phrase or "Refused.", "")


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None


def _how(profile: str | None, options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"options": dict(options or {})} | ({} if profile is None else {"profile": profile})


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
