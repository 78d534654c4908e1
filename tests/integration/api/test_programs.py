"""What programs do: examples of the documents, client and command line, against a real server and worker."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from api.sessions import SessionCookies
from core.sample import sample_pair
from pdf_compare_client import ApiError, Client, Pair, TookTooLong, Unreachable
from pdf_compare_client import client as client_module
from service.access import Actor
from service.bootstrap import Services, build
from service.settings import load_settings
from service.tokens import Scope
from tests.integration.pdfs import pdf
from tests.language_model import CHAT_MODEL, EMBED_MODEL, LanguageModel, honest, language_model
from ui import server as web

DOCS = Path(__file__).parents[3] / "docs" / "api.md"
PDF_COMPARE = str(Path(sys.executable).parent / "pdf-compare")
OLD_PDF, NEW_PDF = (data for _, data in sample_pair())


@dataclass(frozen=True)
class Live:
    """A server that listens, a worker that works, and a token."""

    url: str
    token: str
    services: Services
    actor: Actor

    def client(self) -> Client:
        return Client(self.url, token=self.token)


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    with language_model(honest) as running:
        yield running


@pytest.fixture(scope="module")
def live(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory, model: LanguageModel) -> Iterator[Live]:
    from tests.conftest import _administer, _made

    name, data = f"test_{uuid4().hex[:12]}", tmp_path_factory.mktemp("data")
    url = _made(server, name, template)
    services = build(load_settings(database_url=url, data_dir=data, llm=CHAT_MODEL, llm_embed=EMBED_MODEL))
    cookies = SessionCookies(services.secret)
    app = Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.05)
    port = running.servers[0].sockets[0].getsockname()[1]
    models = {"PDF_COMPARE_MODEL": CHAT_MODEL, "PDF_COMPARE_MODEL_EMBED": EMBED_MODEL, "OLLAMA_HOST": model.address}
    environment = {**os.environ, **models, "DATABASE_URL": url, "PDF_COMPARE_DATA_DIR": str(data)}
    worker = subprocess.Popen([sys.executable, "-m", "worker"], env=environment, process_group=0)
    actor = services.users.local_actor()
    _, secret = services.tokens.add(actor, "t", Scope.WRITE)
    yield Live(f"http://127.0.0.1:{port}", secret, services, actor)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    running.should_exit = True
    thread.join(10)
    services.close()
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "old.pdf").write_bytes(OLD_PDF)
    (tmp_path / "new.pdf").write_bytes(NEW_PDF)
    return tmp_path


def run(live: Live | None, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ} if live is None else {**os.environ, "PDF_COMPARE_TOKEN": live.token}
    how = [] if live is None else ["--server", live.url]
    return subprocess.run(
        [PDF_COMPARE, *words, *how],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_document_is_asked_on_the_server_and_answers_with_its_pages(live: Live, folder: Path) -> None:
    end = time.monotonic() + 120
    while not live.services.assistant.state(live.actor).is_on:
        assert time.monotonic() < end, "no worker told that the language model answers"
        time.sleep(0.2)
    question = "When does each invoice have to be paid?"
    done = run(live, folder, "ask", "old.pdf", question)
    assert done.returncode == 0, done.stderr
    assert re.search(r"“.+” \(page \d\)", done.stdout)
    with live.client() as client:
        stored = client.upload(folder / "old.pdf").id
        answer = client.wait_for_answer(client.ask_document(stored, question).id)
    assert answer.state == "done" and answer.result is not None and answer.result["parts"]["statements"]
    again = run(live, folder, "ask", stored, question, "--json")
    assert json.loads(again.stdout)["parts"] == answer.result["parts"]
    refused = run(live, folder, "ask", "00000000-0000-0000-0000-000000000000", question)
    assert refused.returncode == 2 and refused.stderr.startswith("error[server_refused]")


# ---------------------------------------------------------------- documents


EXAMPLES = dict(re.findall(r"```sh\n# example: (\w+)\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL))


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "build"])
def test_the_examples_work(live: Live, folder: Path, name: str) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", EXAMPLES[name]],
        cwd=folder,
        env={
            **os.environ,
            "SERVER": live.url,
            "TOKEN": live.token,
            "PATH": f"{Path(PDF_COMPARE).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    if name == "parts":
        assert json.loads(done.stdout[done.stdout.rindex('{"upload"') :])["upload"]["document"]["name"] == "new.pdf"
    if name == "compare":
        assert done.stdout.splitlines()[:2] == ["done", "false"]
        assert json.loads((folder / "result.json").read_bytes())["schema"] == "pdf-compare/1"
        assert (folder / "changes.xlsx").read_bytes()[:2] == b"PK"
    if name == "batch":
        rows = list(csv.DictReader(done.stdout[done.stdout.index("ordinal") :].splitlines()))
        assert [(row["label"], row["state"], row["identical"]) for row in rows] == [
            ("revision", "done", "False"),
            ("", "done", "True"),
        ]


def test_the_build_fails_when_a_document_changed_beyond_what_is_accepted(folder: Path) -> None:
    def build_() -> int:
        return subprocess.run(
            ["bash", "-c", EXAMPLES["build"]],
            cwd=folder,
            env={**os.environ, "PATH": f"{Path(PDF_COMPARE).parent}:{os.environ['PATH']}"},
            capture_output=True,
            timeout=120,
            check=False,
        ).returncode

    lines = ["The term is 30 days", "Payment is due at once", "The fee is 5 per cent"]
    (folder / "released.pdf").write_bytes(pdf(lines))
    (folder / "built.pdf").write_bytes(pdf([lines[0].replace("30", "45"), *lines[1:]]))
    (folder / "accepted-changes.txt").write_text("# nothing yet\n")
    assert build_() == 1
    assert "45" in (folder / "changes.md").read_text()
    accept = ["compare", "released.pdf", "built.pdf", "--write-baseline", "accepted-changes.txt", "-q"]
    assert run(None, folder, *accept).returncode == 1
    assert build_() == 0
    # The accepted change on another page now, behind one that nobody accepted.
    (folder / "released.pdf").write_bytes(pdf(["A preface", *lines]))
    (folder / "built.pdf").write_bytes(pdf(["A preface", lines[0].replace("30", "45"), *lines[1:]]))
    assert build_() == 0
    (folder / "built.pdf").write_bytes(
        pdf(["A preface", lines[0].replace("30", "45"), lines[1], "The fee is 9 per cent"])
    )
    assert build_() == 1
    (folder / "accepted-changes.txt").write_text("not an id!\n")
    assert build_() == 2


# ---------------------------------------------------------------- the client


def test_the_client_does_all_of_it(live: Live, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "WHOLE_BYTES", 2000)
    monkeypatch.setattr(client_module, "PART_BYTES", 3000)
    parts: list[int] = []
    mine = OLD_PDF + b"% mine\n"  # bytes that the server does not have yet
    (folder / "mine.pdf").write_bytes(mine)
    with live.client() as client:
        old = client.upload(folder / "mine.pdf", on_progress=lambda done, total: parts.append(done))
        assert len(parts) > 1 and parts[-1] == len(mine)
        assert client.upload(folder / "mine.pdf") == old  # not sent again
        new = client.upload(folder / "new.pdf", name="newer.pdf", version_of=old.id)
        assert [one.id for one in client.versions(old.id)] == [new.id, old.id]
        asked = client.compare_versions(new.id, options={"layers": ["text"]})
        comparison = client.wait(asked.id, timeout_seconds=60)
        assert (comparison.state, comparison.identical) == ("done", False)
        result = client.result(comparison.id)
        changes = list(client.changes(comparison.id))
        assert [change.id for change in changes] == [change["id"] for change in result["changes"]]
        assert {change.severity for change in client.changes(comparison.id, severities=["major"])} == {"major"}
        assert client.export(comparison.id, "html", layers=["text"]).startswith(b"<!")
        batch = client.wait_for_batch(client.compare_many([Pair(old.id, new.id, "a"), Pair(old.id, old.id)]).id)
        assert (batch.total, batch.changed, batch.identical) == (2, 1, 1)
        assert [item.label for item in client.batch_items(batch.id)] == ["a", ""]
        assert client.batch_csv(batch.id).startswith(b"ordinal,")
        assert next(client.jobs(states=["done"])).state == "done"
        assert client.download(old.id) == mine
        with pytest.raises(ApiError) as refused:
            client.comparison(str(uuid4()))
        assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_the_client_comes_again_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", waits.append)
    answers = [
        httpx.Response(
            429, headers={"Retry-After": "7"}, json={"code": "too_many_requests", "detail": "", "remedy": ""}
        ),
        httpx.Response(503, text="away"),
        httpx.Response(200, json={"actor": {"name": "Ada"}}),
    ]
    transport = httpx.MockTransport(lambda request: answers.pop(0))
    with Client("http://x", token="t", transport=transport) as client:
        assert client.whoami() == {"name": "Ada"}
    assert 7 <= waits[0] < 8 and 0.5 <= waits[1] < 1.2


def test_the_client_gives_up_in_the_end() -> None:
    def busy(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "60"})

    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    for answer, patience, error in ((busy, 1.0, ApiError), (gone, 0.1, Unreachable)):
        transport = httpx.MockTransport(answer)
        with Client("http://x", patience_seconds=patience, transport=transport) as client, pytest.raises(error):
            client.whoami()


def test_the_same_write_is_sent_under_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module.time, "sleep", lambda seconds: None)
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        raise httpx.ReadTimeout("slow") if len(keys) < 3 else httpx.ConnectError("x") if len(keys) < 4 else TookTooLong

    with Client("http://x", transport=httpx.MockTransport(answer)) as client, pytest.raises(TookTooLong):
        client.compare("a", "b")
    assert len(keys) == 4 and len(set(keys)) == 1


# ---------------------------------------------------------------- the command line


def test_compare_on_a_server_is_compare_here(live: Live, folder: Path) -> None:
    there = run(live, folder, "compare", "old.pdf", "new.pdf", "--json", "there.json", "--csv", "there.csv",
                "--pdf", "there-{side}.pdf", "--layers", "text,table")  # fmt: skip
    here = run(None, folder, "compare", "old.pdf", "new.pdf", "--json", "here.json", "--csv", "here.csv",
               "--layers", "text,table")  # fmt: skip
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout) == (1, here.stdout)
    assert json.loads((folder / "there.json").read_bytes()) == json.loads((folder / "here.json").read_bytes())
    assert (folder / "there.csv").read_bytes() == (folder / "here.csv").read_bytes()
    assert (folder / "there-old.pdf").read_bytes().startswith(b"%PDF-")
    assert run(live, folder, "compare", "old.pdf", "old.pdf", "-q").returncode == 0
    (folder / "bad.pdf").write_bytes(b"no pdf at all, but long enough")
    bad = run(live, folder, "compare", "old.pdf", "bad.pdf")
    assert bad.returncode == 2 and len(bad.stderr.splitlines()) == 1 and "not_a_pdf" in bad.stderr


def test_wrong_servers_and_tokens_are_one_line(live: Live, folder: Path) -> None:
    for words, code in (
        (["--server", live.url, "--token", "pdfc_wrong"], "bad_token"),
        (["--server", "nonsense", "--token", "x"], "bad_options"),
        (["--server", live.url], "bad_options"),
        (["--server", live.url, "--token", "x", "--old-password", "x"], "bad_options"),
    ):
        environment = {name: value for name, value in os.environ.items() if name != "PDF_COMPARE_TOKEN"}
        done = subprocess.run(
            [PDF_COMPARE, "compare", "old.pdf", "new.pdf", *words],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and code in done.stderr, done.stderr


@pytest.mark.parametrize("is_there", [False, True])
def test_batch_of_two_folders(live: Live, folder: Path, is_there: bool) -> None:
    before, after = folder / "before", folder / "after"
    (before / "sub").mkdir(parents=True)
    after.mkdir()
    (after / "sub").mkdir()
    (before / "sub" / "a.pdf").write_bytes(OLD_PDF)
    (after / "sub" / "a.pdf").write_bytes(NEW_PDF)
    for name, old, new in (
        ("same.pdf", pdf(["One"]), pdf(["One"])),
        ("bad.pdf", pdf(["Two"]), b"not a pdf at all"),
        ("gone.pdf", pdf(["Three"]), None),
        ("came.pdf", None, pdf(["Four"])),
        ("old name.pdf", pdf(["Five"]), None),
        ("new name.pdf", None, pdf(["Five"])),
    ):
        for place, data in ((before, old), (after, new)):
            if data is not None:
                (place / name).write_bytes(data)
    done = run(live if is_there else None, folder, "batch", "before", "after", "--csv", "t.csv", "--out", "reports")
    assert done.returncode == 2, done.stderr
    rows = {row["name"]: row for row in csv.DictReader((folder / "t.csv").read_text().splitlines())}
    assert {name: row["state"] for name, row in rows.items()} == {
        "sub/a.pdf": "changed", "same.pdf": "same", "bad.pdf": "failed", "gone.pdf": "removed", "came.pdf": "added",
        "new name.pdf": "same",
    }  # fmt: skip
    assert rows["bad.pdf"]["error"] == "not_a_pdf" and int(rows["sub/a.pdf"]["major"]) > 0
    assert [path.name for path in (folder / "reports").rglob("*.html")] == ["a.pdf.html"]


@pytest.mark.parametrize("is_there", [False, True])
def test_watch_tells_each_revision_over_restarts(live: Live, folder: Path, is_there: bool) -> None:
    watched = folder / "watched"
    watched.mkdir()
    contract, told = watched / "contract.pdf", watched / "contract.pdf.changes.html"
    words = ["watch", "watched", "--once", "--settle", "0.2"]
    contract.write_bytes(OLD_PDF)
    assert "first seen" in run(live if is_there else None, folder, *words).stdout
    assert not told.exists()
    assert run(live if is_there else None, folder, *words).stdout == ""
    contract.write_bytes(NEW_PDF)
    assert re.search(r"contract\.pdf  \d+ changes", run(live if is_there else None, folder, *words).stdout)
    assert told.read_bytes().startswith(b"<!")
    told.unlink()
    assert run(live if is_there else None, folder, *words).stdout == ""
    contract.write_bytes(b"cut off while it was copied")
    bad = run(live if is_there else None, folder, *words)
    assert bad.returncode == 0 and "not_a_pdf" in bad.stderr
    contract.write_bytes(OLD_PDF)
    assert "changes" in run(live if is_there else None, folder, *words).stdout  # with the last good one
    assert told.exists()


def test_status_tells_of_jobs_and_batches(live: Live, folder: Path) -> None:
    with live.client() as client:
        document = client.upload(folder / "old.pdf")
        batch = client.wait_for_batch(client.compare_many([Pair(document.id, document.id)]).id)
        item = next(client.batch_items(batch.id))
    assert "1 done" in run(live, folder, "status", batch.id).stdout
    assert item.comparison is not None
    assert "done  the same" in run(live, folder, "status", item.comparison).stdout
    assert batch.id in run(live, folder, "status").stdout
    assert run(live, folder, "status", str(uuid4())).returncode == 2
