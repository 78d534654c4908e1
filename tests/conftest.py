"""What all tests share: one real PostgreSQL server for the session, a fresh database for each test that writes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import NullPool, create_engine, text

from db import migrate
from db.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """The embedded server, with data of its own, in a place that its system user can reach."""
    # Not pytest's own folder: as root the server runs as a system user, and that folder is closed to others.
    home = Path(tempfile.mkdtemp(prefix="pdfc-test-"))
    home.chmod(0o711)
    try:
        with EmbeddedPostgres(home / "pg") as running:
            yield running
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: EmbeddedPostgres) -> str:
    """The name of a migrated database to copy from."""
    name = "template_migrated"
    migrate.upgrade(_made(server, name, None))
    return name


@pytest.fixture
def database_url(server: EmbeddedPostgres, template: str) -> Iterator[str]:
    """An empty, migrated database."""
    name = f"test_{uuid4().hex[:12]}"
    yield _made(server, name, template)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests do not reach them."""
    for name in os.environ:
        if name.startswith(("PDF_COMPARE_", "DATABASE_", "OLLAMA_")) or name in {"NUM_WORKERS", "REDIS_URL"}:
            monkeypatch.delenv(name)


def _made(server: EmbeddedPostgres, name: str, template: str | None) -> str:
    _administer(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return server.url.replace("/pdf_compare?", f"/{name}?")


def _administer(server: EmbeddedPostgres, statement: str) -> None:
    url = "postgresql+psycopg2" + server.url.removeprefix("postgresql")
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
