"""What administrators get wrong and machines run out of: each has its cause in the log of the service concerned."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping

import httpx

from benchmarks.promises import Told
from tests.integration.pdfs import pdf
from tests.stack.compose import PORT, ROOT, UI, WORKER, Failed, Stack, run
from tests.stack.people import Person

SECRETS = (
    "PDF_COMPARE_SECRET",
    "POSTGRES_PASSWORD",
    "POSTGRES_REPLICATION_PASSWORD",
    "REDIS_PASSWORD",
    "GRAFANA_PASSWORD",
)
GUIDE = (ROOT / "docs" / "operations.md").read_text()
_FULL_MB = 24


def told() -> Iterator[Told]:
    """One after the other, each on a stack of its own or on what of it the case needs."""
    for part in (_no_env, _example_values, _short, _wrong_password, _port_in_use, _too_many_cores, _full_disk):
        yield from part()


def _no_env() -> Iterator[Told]:
    with _changed(dict.fromkeys(SECRETS)).bare() as stack:
        output = _up(stack)
        for service, says in (
            ("migrate", "POSTGRES_PASSWORD: is empty, short or well known"),
            ("postgres-primary", "POSTGRES_PASSWORD is not set"),
            ("pgbouncer", "POSTGRES_PASSWORD is not set"),
            ("redis", "REDIS_PASSWORD is not set"),
        ):
            yield _told_by(stack, service, says, "no .env", also=output)
        served = _answers()
    yield Told("no .env: nothing is served", not served, "the port is closed" if not served else "served")


def _example_values() -> Iterator[Told]:
    with _changed(dict.fromkeys(SECRETS, "change-me")).bare() as stack:
        output = _up(stack)
        for service, says in (
            ("migrate", "POSTGRES_PASSWORD: is empty, short or well known"),
            ("postgres-primary", "POSTGRES_PASSWORD has a value of an example"),
            ("redis", "REDIS_PASSWORD has a value of an example"),
        ):
            yield _told_by(stack, service, says, ".env.scaled as it is", also=output)


def _short() -> Iterator[Told]:
    with Stack().bare() as stack:
        for name in SECRETS:
            right = stack.settings[name]
            stack.change(**{name: "tiny-K7"})
            try:
                stack.compose("run", "--rm", "--no-deps", "migrate")
                line = "accepted"
            except Failed as error:
                line = str(error)
            stack.change(**{name: right})
            yield Told(f"a short {name} is refused by name", name in line and "short" in line, _with(line, name))


def _wrong_password() -> Iterator[Told]:
    with Stack().bare() as stack:
        stack.compose("up", "-d", "postgres-primary")
        stack.said("postgres-primary", "ready to accept connections", seconds=120)
        stack.change(POSTGRES_PASSWORD="another-one-than-before-4711")
        stack.compose("up", "-d", "--no-deps", "pgbouncer", "migrate")
        for service in ("pgbouncer", "migrate"):
            yield _told_by(stack, service, "password authentication failed", "a password that is not the database's")


def _port_in_use() -> Iterator[Told]:
    with Stack().bare() as stack, socket.create_server(("0.0.0.0", PORT)):
        try:
            stack.compose("up", "-d", "--no-deps", "nginx")
            line = "it started"
        except Failed as error:
            line = str(error)
    yield Told("a port in use is named", f"{PORT}" in line and "already" in line, _with(line, "already"))


def _too_many_cores() -> Iterator[Told]:
    with Stack(CPU_LIMIT="512").bare() as stack:
        try:
            stack.compose("up", "-d", "--no-deps", UI)
            line = "it started"
        except Failed as error:
            line = str(error)
    yield Told("more cores than there are: named", "Range of CPUs" in line, _with(line, "Range of CPUs"))


def _full_disk() -> Iterator[Told]:
    """The volume of documents has some megabytes; and, on the same stack, the language model is dead."""
    file = Stack().folder / "small.yml"
    options = f"{{type: tmpfs, device: tmpfs, o: 'size={_FULL_MB}m,uid=10001,gid=10001,mode=0750'}}"
    file.write_text(f"volumes:\n  documents:\n    driver: local\n    driver_opts: {options}\n")
    with Stack(file, STREAMLIT_INSTANCES="1") as stack:
        run("docker", "kill", "pdf-compare-ollama")
        person = Person()
        kept, refused = [], None
        for number in range(_FULL_MB):
            answer = person.put(f"{number}.pdf", _large(number))
            if not answer.is_success:
                refused = answer
                break
            kept.append(answer.json()["document"]["id"])
        says = refused.text if refused is not None else "everything fits"
        yield Told(
            "a full disk: the upload is refused with its reason",
            refused is not None and refused.status_code == 507 and "no space left" in says,
            f"after {len(kept)} files: {says[:200]}",
        )
        yield _told_by(stack, UI, "disk_full", "a full disk")
        listed = {one["id"] for one in person.http.get("/api/v1/documents?limit=200").json()["documents"]}
        yield Told("a full disk: nothing half is kept", listed == set(kept), f"{len(listed)} of {len(kept)} documents")
        for document in kept:
            person.delete(f"/api/v1/documents/{document}")
        pair = [person.upload(f"{side}.pdf", pdf([f"{side} side"])) for side in ("old", "new")]
        state = person.wait(person.compare(pair[0], pair[1]))
        yield Told("room again: uploads and comparisons work, also without Ollama", state == "done", state)
        doctor = run("docker", "exec", stack.containers(WORKER)[0], "sh", "-c", "pdf-compare doctor || true")
        line = next((line for line in doctor.splitlines() if "ollama" in line.lower()), "")
        yield Told("a dead Ollama is told by `pdf-compare doctor`", "does not answer" in line, line.strip())


def _large(number: int) -> bytes:
    """A file of about 4 MB that is not like the others."""
    return pdf([f"File {number}"]) + b"\n%" + number.to_bytes(2).hex().encode() * 1_000_000 + b"\n%%EOF\n"


def _up(stack: Stack) -> str:
    """What `up -d` says, whether it fails or not."""
    try:
        return stack.compose("up", "-d")
    except Failed as error:
        return str(error)


def _told_by(stack: Stack, service: str, says: str, what: str, also: str = "") -> Told:
    line = stack.said(service, says, seconds=40)
    listed = _listed(says)
    found = line or (says if says in also else "")
    return Told(f"{what}: named in the log of {service}", bool(found) and listed, _last(found) or f"not said: {says}")


def _listed(says: str) -> bool:
    """Whether the guide's table of symptoms knows what the log says, with any name in place of the variable's."""
    pattern = re.compile(r"[A-Z]+_PASSWORD")
    return pattern.sub("", says).strip(": ").lower() in pattern.sub("", GUIDE).lower()


def _answers() -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{PORT}/", timeout=3)
    except httpx.HTTPError:
        return False
    return True


def _with(text: str, name: str) -> str:
    return next((line for line in text.splitlines() if name in line), text)[-220:]


def _last(text: str) -> str:
    return text.strip().splitlines()[-1][-220:] if text.strip() else ""


def _changed(environment: Mapping[str, str | None]) -> Stack:
    stack = Stack()
    stack.change(**environment)
    return stack
