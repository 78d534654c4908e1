"""Services on a fresh database, actors of two workspaces, and real workers as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import insert

from core.options import CompareOptions
from db.rows import MembershipRow, UserRow, WorkspaceRow
from service.access import Actor
from service.bootstrap import Services, build
from service.settings import load_settings
from service.views import ComparisonView, DocumentView

Add = Callable[[Actor, str, bytes], DocumentView]
StartWorker = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    joined = build(load_settings(database_url=database_url, data_dir=tmp_path / "data"))
    yield joined
    joined.close()


@pytest.fixture
def actor(services: Services) -> Actor:
    return services.users.local_actor()


@pytest.fixture
def stranger(services: Services) -> Actor:
    return member(services, "owner")


@pytest.fixture
def add(services: Services) -> Add:
    def add_(actor: Actor, name: str, data: bytes) -> DocumentView:
        upload = services.documents.receive(actor, name, size_hint=len(data))
        upload.write(data)
        return upload.commit()

    return add_


@pytest.fixture
def start_worker(services: Services) -> Iterator[StartWorker]:
    """Starts `python -m worker` on the test's database; all are ended at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**environment: str) -> subprocess.Popen[bytes]:
        settings = services.settings
        process = subprocess.Popen(
            [sys.executable, "-m", "worker"],
            env={
                **os.environ,
                "DATABASE_URL": settings.writes_to,
                "PDF_COMPARE_DATA_DIR": str(settings.data_dir),
                "PDF_COMPARE_WORKER_GRACE_SECONDS": "1",
                **environment,
            },
            process_group=0,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def member(services: Services, role: str) -> Actor:
    """A new user with a role in a new workspace."""
    user, workspace = uuid4(), uuid4()
    with services.database.write(workspace, user=user) as session:
        session.execute(insert(UserRow).values(id=user, name="Somebody", is_local=False))
        session.execute(insert(WorkspaceRow).values(id=workspace, name="Another"))
        session.execute(insert(MembershipRow).values(workspace_id=workspace, user_id=user, role=role))
    return services.users.actor(user, workspace)


def submit_pair(
    services: Services, add: Add, actor: Actor, old: bytes, new: bytes, options: CompareOptions | None = None
) -> ComparisonView:
    before, after = add(actor, "old.pdf", old), add(actor, "new.pdf", new)
    return services.comparisons.submit(actor, before.id, after.id, options or CompareOptions())


def wait_for(
    services: Services, actor: Actor, comparison: str, wanted: Callable[[ComparisonView], bool], *, seconds: float = 30
) -> ComparisonView:
    """Look until it is as wanted; fails with what it is instead."""
    deadline = time.monotonic() + seconds
    while not wanted(view := services.comparisons.get(actor, comparison)):
        assert time.monotonic() < deadline, f"still {view.state}, {view.progress}, {view.error}"
        time.sleep(0.05)
    return view
