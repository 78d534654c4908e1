"""The files of the scaled stack fit each other: names of the guide, variables, secrets, scripts. Runs no container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from core.options import Limits
from service.settings import LIMIT_PREFIX, Settings, SettingsError, refuse_weak

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose-scaled.yml").read_text()
SERVICES = ("nginx", "pdf-compare-ui", "pgbouncer", "postgres-primary", "postgres-replica-1", "postgres-replica-2")
SERVICES += ("redis", "ollama", "prometheus", "grafana", "pdf-compare-worker", "migrate")
NAMED = ("nginx", "pgbouncer", "postgres-primary", "postgres-replica-1", "postgres-replica-2", "redis", "ollama")
SECRETS = ("PDF_COMPARE_SECRET", "POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD", "REDIS_PASSWORD")
SECRETS += ("GRAFANA_PASSWORD",)
# Settings that the common environment does not pass, and why.
NOT_PASSED = {
    "DATABASE_READ_URLS": "by their numbers, DATABASE_READ_URL_1 to 5",
    "PDF_COMPARE_BACKUP_AT": "the service `backup` alone",
    "PDF_COMPARE_BACKUP_DATABASE_URL": "likewise",
    "PDF_COMPARE_BACKUP_DIR": "likewise",
    "PDF_COMPARE_BACKUP_KEEP": "likewise",
    "PDF_COMPARE_BACKUP_METRICS_PORT": "likewise",
    "PDF_COMPARE_BACKUP_RECIPIENT": "likewise",
    "PDF_COMPARE_DATA_DIR": "the image says where its volume is",
    "PDF_COMPARE_HOST": "the image: nginx is in front",
    "PDF_COMPARE_LIMITS": "by their names, PDF_COMPARE_LIMIT_…",
    "PDF_COMPARE_LOG_FORMAT": "the image: JSON, as its collectors read",
    "PDF_COMPARE_PORT": "nginx and the health checks know it",
    "PDF_COMPARE_WORKER_GRACE_SECONDS": "the workers alone: it belongs to their stop_grace_period",
    "PDF_COMPARE_WORKER_METRICS_PORT": "the workers alone: Prometheus knows it",
    "PDF_COMPARE_WORKER_QUEUES": "the workers alone: each kind has its networks",
    "NUM_WORKERS": "how many containers of workers there are",
}


def _lines(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if re.match(r"[A-Z][A-Z0-9_]*=", line))


def test_services_and_containers_have_the_names_of_the_guide() -> None:
    for service in SERVICES:
        assert re.search(rf"^  {service}:", COMPOSE, re.MULTILINE), service
    for service in NAMED:
        assert f"container_name: pdf-compare-{service}\n" in COMPOSE


def test_what_the_template_sets_is_used_and_secrets_have_no_default() -> None:
    template = _lines(ROOT / ".env.scaled")
    read_by_compose = {"COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES"}
    assert [name for name in template if name not in read_by_compose and f"${{{name}" not in COMPOSE] == []
    for name in SECRETS:
        assert template[name] == "change-me"
        assert set(re.findall(rf"\$\{{{name}([^}}]*)\}}", COMPOSE)) == {":-"}


def test_every_setting_reaches_the_containers_and_none_is_unknown() -> None:
    names = {str(field.validation_alias) for field in Settings.model_fields.values()} - set(NOT_PASSED)
    names |= {LIMIT_PREFIX + field.name.upper() for field in fields(Limits)} - {f"{LIMIT_PREFIX}SANDBOX"}
    lines = COMPOSE[COMPOSE.index("x-app-environment:") : COMPOSE.index("\n  nginx:")]
    common = dict(re.findall(r"^  ([A-Z][A-Z0-9_]+): (.*)$", lines, re.MULTILINE))
    assert sorted(names - set(common)) == []
    # What is not ours: the drivers of the database and the object store read these.
    passed = {name for name in common if not name.startswith(("PG", "AWS_", "DATABASE_READ_URL_"))}
    assert sorted(passed - names) == []
    # Whoever sets it in .env is heard; the addresses inside of the stack are its own.
    own = {"DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL"}
    assert [name for name in sorted(names - own) if not common[name].startswith(f"${{{name}:-")] == []


@pytest.mark.parametrize("script", sorted(ROOT.glob("[pdn]*/**/*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_their_shell(script: Path) -> None:
    shell = "sh" if script.read_text().startswith("#!/bin/sh") else "bash"
    subprocess.run([shell, "-n", str(script)], check=True, timeout=10)


def test_an_environment_with_strong_secrets_is_written_once(tmp_path: Path) -> None:
    made = tmp_path / "env"
    command = [str(ROOT / "packaging" / "env.sh"), str(ROOT / ".env.scaled"), str(made)]
    subprocess.run(command, check=True, timeout=30, capture_output=True)
    values = _lines(made)
    for name in SECRETS:
        refuse_weak(name, values[name])
        assert len(values[name]) >= 32
    assert len({values[name] for name in SECRETS}) == len(SECRETS)
    assert set(values) == set(_lines(ROOT / ".env.scaled"))
    assert made.stat().st_mode & 0o077 == 0
    before = made.read_text()
    assert subprocess.run(command, check=False, timeout=30, capture_output=True).returncode == 1
    assert made.read_text() == before


@pytest.mark.parametrize("value", ["", "change-me", "tiny", "password1234567"])
@pytest.mark.parametrize(
    ("script", "name"),
    [("db/postgres/primary.sh", "POSTGRES_PASSWORD"), ("packaging/redis/start.sh", "REDIS_PASSWORD")],
)
def test_a_weak_password_is_refused_by_name(script: str, name: str, value: str) -> None:
    strong = "0123456789abcdef"
    environment = {"PATH": os.environ["PATH"], "POSTGRES_REPLICATION_PASSWORD": strong, name: value}
    shell = shutil.which("bash")
    assert shell is not None
    done = subprocess.run(
        [shell, str(ROOT / script)], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert "make env" in done.stderr
    assert not value or value not in done.stderr
    with pytest.raises(SettingsError, match=name):
        refuse_weak(name, value)


def _pgbouncer(tmp_path: Path, **environment: str) -> tuple[int, str, str]:
    """Status of its start script, what it says, and the configuration that it would run with."""
    fake = tmp_path / "pgbouncer"
    fake.write_text('#!/bin/sh\ncat "$1"\n')
    fake.chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RUN_FOLDER": str(tmp_path), "POSTGRES_PASSWORD": "0" * 16}
    done = subprocess.run(
        ["bash", str(ROOT / "pgbouncer" / "start.sh")],
        env=given | environment, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    return done.returncode, done.stderr, done.stdout


def test_the_pooler_goes_to_the_stack_s_own_database_unless_another_is_named(tmp_path: Path) -> None:
    _, _, own = _pgbouncer(tmp_path)
    assert "pdfcompare = host=postgres-primary dbname=pdfcompare\n" in own
    assert "pdfcompare_ro2 = host=postgres-replica-2 " in own
    assert "pdfcompare_dump = host=postgres-replica-1 dbname=pdfcompare pool_mode=session" in own
    _, _, other = _pgbouncer(tmp_path, DATABASE_URL="postgresql://me:it%27s%20100%25%40home@db.example.org:6543/docs")
    address = "host=db.example.org port=6543 dbname='docs' user='me' password='it''s 100%@home'"
    assert f"pdfcompare = {address}\n" in other
    assert f"pdfcompare_session = {address} pool_mode=session" in other
    assert f"pdfcompare_dump = {address} pool_mode=session" in other
    assert "_ro1" not in other
    _, _, plain = _pgbouncer(tmp_path, DATABASE_URL="postgres://me:secret@10.0.0.5/docs?sslmode=prefer")
    assert "host=10.0.0.5 port=5432 dbname='docs' user='me' password='secret'" in plain
    status, says, _ = _pgbouncer(tmp_path, DATABASE_URL="mysql://me@there/docs")
    assert status == 1
    assert "DATABASE_URL" in says


@pytest.mark.parametrize("script", ["pgbouncer/start.sh", "db/postgres/primary.sh"])
def test_tls_without_certificates_or_with_a_mode_that_is_none_is_refused(script: str) -> None:
    strong = dict.fromkeys(("POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD"), "0123456789abcdef")
    for value, says in (("verify-full", "cert.pem is not there"), ("on", "DATABASE_TLS must be")):
        done = subprocess.run(
            ["bash", str(ROOT / script)],
            env={"PATH": os.environ["PATH"], "DATABASE_TLS": value, **strong},
            capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        assert done.returncode == 1
        assert says in done.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_certificates_are_made_once_and_belong_together(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    command = [str(ROOT / "packaging" / "certificates.sh"), str(folder)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)

    def openssl(*words: str) -> str:
        return subprocess.run(["openssl", *words], check=True, timeout=30, capture_output=True, text=True).stdout

    cert = str(folder / "cert.pem")
    assert "OK" in openssl("verify", "-CAfile", str(folder / "ca.pem"), "-verify_hostname", "pgbouncer", cert)
    public = openssl("x509", "-in", cert, "-noout", "-pubkey")
    assert openssl("pkey", "-in", str(folder / "key.pem"), "-pubout") == public
    assert {path.name for path in folder.iterdir()} == {"ca.pem", "cert.pem", "key.pem"}
    assert subprocess.run(command, check=False, timeout=60, capture_output=True).returncode == 1


def _blocks() -> dict[str, str]:
    """The lines of each service."""
    services = COMPOSE.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    found = re.split(r"^  ([a-z0-9-]+):", services, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def test_workers_and_databases_are_on_the_inner_network_alone_and_only_nginx_is_published() -> None:
    blocks = _blocks()
    # The replicas take what they do not set from the primary.
    for name in ("pdf-compare-worker", "migrate", "postgres-primary", "redis"):
        assert re.search(r"^    networks: \[data\]$", blocks[name], re.MULTILINE), name
    for name in ("postgres-replica-1", "postgres-replica-2"):
        assert "networks:" not in blocks[name]
    assert re.search(r"^  data:\n    internal: true$", COMPOSE, re.MULTILINE)
    assert {name for name, block in blocks.items() if "ports:" in block} == {"nginx", "prometheus", "grafana"}
    assert all("_ADDRESS:-127.0.0.1}:" in blocks[name] for name in ("prometheus", "grafana"))


def test_the_stack_starts_without_its_own_database() -> None:
    """Who comments those services out needs to change nothing else: what does not depend on them does not name them."""
    for name, block in _blocks().items():
        depends = re.search(r"^    depends_on:\n((?:      .*\n)+)", block, re.MULTILINE)
        if not name.startswith("postgres-") and depends is not None:
            assert "postgres-" not in depends[1], name
