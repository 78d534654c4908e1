"""A scripted language model that speaks Ollama's documented API on a free port of 127.0.0.1, and its failures."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from core.assistant.ollama import Ollama, same_model

Answer = Callable[[dict[str, Any]], str]
CHAT_MODEL, EMBED_MODEL, VISION_MODEL = "scripted:1b", "scripted-embed:latest", "scripted-vision:2b"


class LanguageModel:
    """What it answers (`answer`, given the body of /api/chat) and how it fails (`failure`) may be changed at any time.

    Attributes:
        requests: (path, body) of every request in order.
        busy: So many requests are answered by 503 first.
    """

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer: Answer = answer or (lambda _: "{}")
        self.failure: str | None = None
        self.done_reason = "stop"
        self.busy = 0
        self.models = [CHAT_MODEL, EMBED_MODEL]
        self.loaded: list[str] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.aborted = 0
        self.ended = threading.Event()
        self.address = ""

    def chats(self) -> list[dict[str, Any]]:
        """The bodies of /api/chat."""
        return [body for path, body in self.requests if path == "/api/chat"]


class Served(NamedTuple):
    """A language model's server that answers; `embed` is None where it has no model for vectors."""

    client: Ollama
    chat: str
    embed: str | None


@contextmanager
def language_model(answer: Answer | None = None) -> Iterator[LanguageModel]:
    """One that runs until the block ends."""
    model = LanguageModel(answer)

    class Handler(_Handler):
        script = model

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: LanguageModel
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.script.requests.append((self.path, {}))
        if self.path == "/api/version":
            self._json({"version": "0.33.1"})
        elif self.path == "/api/tags":
            self._json({"models": [{"name": name, "size": 1_000_000} for name in self.script.models]})
        elif self.path == "/api/ps":
            self._json({"models": [{"name": name, "size_vram": 0} for name in self.script.loaded]})
        else:
            self._json({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script = self.script
        script.requests.append((self.path, body))
        try:
            if script.busy > 0 or script.failure == "503":
                script.busy -= 1
                self._json({"error": "server busy, please try again. maximum pending requests exceeded"}, 503)
            elif script.failure == "500":
                self._json({"error": "llama runner process has terminated"}, 500)
            elif self.path == "/api/pull":
                self._pull(body["model"])
            elif script.failure == "missing" or not any(same_model(body["model"], name) for name in script.models):
                self._json({"error": f"model '{body['model']}' not found"}, 404)
            elif script.failure == "hang":
                script.ended.wait()
            elif self.path == "/api/embed":
                self._json({"embeddings": [_vector(text) for text in body["input"]], "prompt_eval_count": 7})
            else:
                self._chat(body)
        except OSError:
            script.aborted += 1

    def _chat(self, body: dict[str, Any]) -> None:
        script = self.script
        script.loaded = [body["model"]]
        self._begin()
        if script.failure == "silent":
            script.ended.wait()
        if script.failure == "drip":
            while not script.ended.wait(0.05):
                self._chunk(b" ")
        if script.failure == "endless":
            while not script.ended.is_set():
                self._piece("and " * 50)
        if script.failure == "invalid_json":
            self._chunk(b"{this is no JSON\n")
            self._chunk(b"")
            return
        text = '{"nothing": [' if script.failure == "not_the_schema" else script.answer(body)
        for start in range(0, len(text), 20):
            self._piece(text[start : start + 20])
            if script.failure == "broken_off":
                self.close_connection = True
                return
        read = sum(len(message["content"]) for message in body["messages"]) // 4
        ended = {
            "done": True,
            "done_reason": self.script.done_reason,
            "prompt_eval_count": read,
            "eval_count": len(text) // 4,
        }
        self._line({"model": body["model"], "message": {"role": "assistant", "content": ""}, **ended})
        self._chunk(b"")

    def _pull(self, name: str) -> None:
        self._begin()
        self._line({"status": "pulling manifest"})
        self._line({"status": "pulling 00", "total": 10, "completed": 5})
        if self.script.failure == "missing":
            self._line({"error": "pull model manifest: file does not exist"})
        else:
            self.script.models.append(name)
            self._line({"status": "success"})
        self._chunk(b"")

    def _piece(self, content: str) -> None:
        self._line({"model": "m", "message": {"role": "assistant", "content": content}, "done": False})

    def _line(self, told: dict[str, Any]) -> None:
        self._chunk(json.dumps(told).encode() + b"\n")

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, told: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _vector(text: str) -> list[float]:
    """A bag of words in 64 places: texts that share words are near each other."""
    found = [0.01] * 64
    for word in text.lower().split():
        found[sum(word.encode()) % 64] += 1.0
    return found


def data_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The pieces that a chat was given to read."""
    found = re.search(r"DATA-\w+\n(.*?)\nEND-", body["messages"][-1]["content"], re.DOTALL)
    return [json.loads(line) for line in found[1].splitlines()] if found else []


def honest(body: dict[str, Any]) -> str:
    """A model that says what the data say, whatever it is asked."""
    data, parts = data_of(body), body["format"]["properties"]
    if "management" in parts:
        rows = [{"text": _said(piece), "changes": [piece["change"]]} for piece in data]
        return json.dumps({"line": rows[:1], "management": rows[:6], "detailed": rows[:20]})
    if "sentences" in parts:
        return json.dumps({"sentences": [{"text": _said(data[0])}]})
    if "changes" in parts:
        rows = [{"change": one["change"], "material": "medium", "reason": _said(one)} for one in data]
        return json.dumps({"changes": rows})
    if "statements" in parts:
        question = re.search(r"QUESTION-\w+\n(.*?)\nEND-", body["messages"][-1]["content"], re.DOTALL)
        wanted = (
            {word.strip("?.,").lower() for word in json.loads(question[1]).split() if len(word) > 4} if question else ()
        )
        rows = []
        for piece in data:
            sentences = re.split(r"(?<=[.;])\s+", piece["text"])
            best = max(sentences, key=lambda s: len({w.strip("?.,").lower() for w in s.split()} & set(wanted)))
            if {word.strip("?.,").lower() for word in best.split()} & set(wanted):
                quote = " ".join(best.split()[:14])
                rows.append({"text": quote, "passages": [{"passage": piece["passage"], "quote": quote}]})
        return json.dumps({"statements": rows[:3]})
    return "{}"


def _said(piece: dict[str, Any]) -> str:
    old, new = (piece.get(side, "")[:80] for side in ("old", "new"))
    if old and new:
        return f"“{old}” was replaced by “{new}”."
    return f"“{new or old}” was {'added' if new else 'removed'}."
