"""TLS: between the application, PgBouncer and PostgreSQL by one setting, and HTTPS at nginx by mounting two files."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.promises import Told
from tests.stack.compose import HTTPS_PORT, PORT, ROOT, WORKER, Failed, Stack, run
from tests.stack.people import Person

_PLAIN = """
import psycopg2
for address in ("pgbouncer:6432", "postgres-primary:5432"):
    try:
        psycopg2.connect(f"postgresql://pdfuser@{address}/pdfcompare?sslmode=disable", connect_timeout=5)
        print("connected")
    except psycopg2.OperationalError as error:
        print(str(error).strip().splitlines()[-1])
"""
_ENCRYPTED = (
    "SELECT coalesce(sum(ssl::int), 0), count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
    "WHERE client_addr IS NOT NULL"
)


def told() -> Iterator[Told]:
    """With certificates that fit; then with some that do not."""
    work = Stack().folder
    right, other = certificates(work / "right"), certificates(work / "other")
    https = mounted(work / "https.yml", *web_certificate(work / "web"))
    with Stack(https, DATABASE_TLS="verify-full", EXPORTER_TLS="verify-full", TLS_DIR=str(right)) as stack:
        yield from _database(stack)
        yield from _https(work / "web" / "ca.pem")
    yield from _do_not_fit(work, right, other)
    shutil.rmtree(work)


def certificates(folder: Path) -> Path:
    """An authority of its own, and a certificate of the database's servers, as `make certificates` writes them."""
    run(str(ROOT / "packaging" / "certificates.sh"), str(folder))
    return folder


def web_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate and key for the name `localhost`."""
    run(str(ROOT / "packaging" / "certificates.sh"), str(folder), "localhost")
    return folder / "cert.pem", folder / "key.pem"


def mounted(file: Path, cert: Path, key: Path) -> Path:
    """A compose file that does what the two lines of the service nginx do when they are uncommented."""
    mounts = f"[{cert}:/etc/nginx/ssl/cert.pem:ro, {key}:/etc/nginx/ssl/key.pem:ro]"
    file.write_text(f"services:\n  nginx:\n    volumes: {mounts}\n")
    return file


def _database(stack: Stack) -> Iterator[Told]:
    person = Person(f"https://localhost:{HTTPS_PORT}", verify=False)
    pair = person.post("/api/v1/samples")
    state = person.wait(person.compare(*(pair[side]["id"] for side in ("old", "new"))))
    encrypted, connections = _on_primary(_ENCRYPTED)
    yield Told(
        "DATABASE_TLS=verify-full: every connection to PostgreSQL is encrypted, and a comparison is made",
        state == "done" and encrypted == connections > 2,
        f"{encrypted} of {connections}; the comparison is {state}",
    )
    shown = run(
        *("docker", "exec", "pdf-compare-pgbouncer", "psql", "-qAt", "-p", "6432", "-U", "pdfuser", "pgbouncer"),
        *("-c", "SHOW CLIENTS"),
    )
    clients = [line for line in shown.splitlines() if "|unix|" not in line and "unix(" not in line]
    plain = [line for line in clients if "TLSv1" not in line]
    yield Told(
        "DATABASE_TLS=verify-full: every client of PgBouncer is encrypted",
        bool(clients) and not plain,
        f"{len(clients) - len(plain)} of {len(clients)}",
    )
    refused = run("docker", "exec", stack.containers(WORKER)[0], "python", "-c", _PLAIN).splitlines()
    yield Told(
        "DATABASE_TLS=verify-full: whoever comes without TLS is refused",
        len(refused) == 2 and "connected" not in refused,
        "; ".join(refused)[-200:],
    )


def _on_primary(sql: str) -> tuple[int, int]:
    answer = run(
        *("docker", "exec", "pdf-compare-postgres-primary", "psql", "-qAt", "-U", "postgres", "-d", "pdfcompare"),
        *("-c", sql),
    )
    first, second = answer.strip().split("|")
    return int(first), int(second)


def _https(authority: Path) -> Iterator[Told]:
    base = f"https://localhost:{HTTPS_PORT}"
    context = ssl.create_default_context(cafile=str(authority))
    with httpx.Client(base_url=base, verify=context) as http:
        page = http.get("/")
        cookies = [value for name, value in page.headers.multi_items() if name == "set-cookie"]
        secure = bool(cookies) and all("secure" in one.lower() for one in cookies if not one.startswith("_streamlit"))
        strict = "max-age" in page.headers.get("strict-transport-security", "")
        healthy = http.get("/health").status_code
        cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    plain = httpx.get(f"http://localhost:{PORT}/comparisons")
    with connect(
        f"wss://localhost:{HTTPS_PORT}/_stcore/stream",
        ssl=context,
        additional_headers={"Cookie": cookie},
        origin=Origin(base),
    ) as socket:
        socket.ping().wait(5)
        is_open = socket.close_code is None
    yield Told(
        "HTTPS by two mounted files: pages, websocket, safe cookies, and http only leads there",
        (page.status_code, healthy, plain.status_code) == (200, 200, 308) and secure and strict and is_open,
        f"page {page.status_code}, /health {healthy}, http {plain.status_code} to {plain.headers.get('location')}",
    )


def _do_not_fit(work: Path, right: Path, other: Path) -> Iterator[Told]:
    mixed = work / "mixed"
    shutil.copytree(right, mixed)
    shutil.copy(other / "ca.pem", mixed / "ca.pem")
    with Stack(DATABASE_TLS="verify-full", TLS_DIR=str(mixed)).bare() as stack:
        stack.compose("up", "-d", "postgres-primary", "pgbouncer", "migrate")
        # It waits for a healthy primary, which this one is.
        stack.compose("up", "-d", "--no-deps", "postgres-replica-1")
        for service in ("migrate", "postgres-replica-1"):
            yield _told_by(stack, service, "certificate verify failed", "certificates of another authority")
    wrong_key = work / "wrong-key"
    shutil.copytree(right, wrong_key)
    shutil.copy(other / "key.pem", wrong_key / "key.pem")
    with Stack(DATABASE_TLS="verify-full", TLS_DIR=str(wrong_key)).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "postgres-primary", "pgbouncer")
        for service in ("postgres-primary", "pgbouncer"):
            yield _told_by(stack, service, "mismatch", "a key of another certificate")
    named = work / "named"
    run(str(ROOT / "packaging" / "certificates.sh"), str(named), "db.example.org")
    with Stack(DATABASE_TLS="verify-full", TLS_DIR=str(named)).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "pgbouncer", "migrate")
        yield _told_by(stack, "migrate", 'does not match host name "pgbouncer"', "a certificate of another name")
    empty = work / "empty"
    empty.mkdir()
    with Stack(DATABASE_TLS="verify-full", TLS_DIR=str(empty)).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "postgres-primary", "pgbouncer")
        for service in ("postgres-primary", "pgbouncer"):
            yield _told_by(stack, service, "cert.pem is not there", "no certificate")
    shut = work / "shut"
    shutil.copytree(right, shut)
    (shut / "key.pem").chmod(0o600)
    with Stack(DATABASE_TLS="verify-full", TLS_DIR=str(shut)).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "postgres-primary", "pgbouncer")
        for service in ("postgres-primary", "pgbouncer"):
            yield _told_by(stack, service, "key.pem cannot be read", "a key that only root may read")
    file = mounted(work / "wrong.yml", work / "web" / "cert.pem", other / "key.pem")
    with Stack(file).bare() as stack:
        stack.compose("up", "-d", "--no-deps", "nginx")
        yield _told_by(stack, "nginx", "its key belong together", "nginx with a key of another certificate")
        yield _told_by(
            stack, "nginx", "key values mismatch", "nginx with a key of another certificate, in words of its own"
        )


def _told_by(stack: Stack, service: str, words: str, what: str) -> Told:
    try:
        line = stack.said(service, words)
    except (Failed, subprocess.TimeoutExpired) as error:
        line = ""
        words = str(error)
    return Told(f"{what}: named in the log of {service}", bool(line), line[-200:] or f"not said: {words}")
