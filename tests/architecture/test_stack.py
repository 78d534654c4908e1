"""The files of the scaled stack fit each other: names of the guide, variables, secrets, scripts. Runs no container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.settings import SettingsError, refuse_weak

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose-scaled.yml").read_text()
SERVICES = ("nginx", "pdf-compare-ui", "pgbouncer", "postgres-primary", "postgres-replica-1", "postgres-replica-2")
SERVICES += ("redis", "ollama", "prometheus", "grafana", "pdf-compare-worker", "migrate")
NAMED = ("nginx", "pgbouncer", "postgres-primary", "postgres-replica-1", "postgres-replica-2", "redis", "ollama")
SECRETS = ("PDF_COMPARE_SECRET", "POSTGRES_PASSWORD", "POSTGRES_REPLICATION_PASSWORD", "REDIS_PASSWORD")
SECRETS += ("GRAFANA_PASSWORD",)


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


def test_every_setting_of_the_product_that_the_stack_passes_exists() -> None:
    known = (ROOT / "docs" / "settings.md").read_text()
    names = r"^ +(PDF_COMPARE_[A-Z_]+|SANDBOX|REDIS_URL|DATABASE_(?:DIRECT_)?URL):"
    passed = set(re.findall(names, COMPOSE, re.MULTILINE))
    assert len(passed) >= 8
    assert [name for name in sorted(passed) if f"`{name}`" not in known] == []


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
