"""The local user, sessions, and what operators see of all this."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from core.errors import NotFound
from core.options import CompareOptions
from db.rows import MembershipRow
from service.access import Forbidden, Role
from service.bootstrap import Services, build
from service.telemetry import configure_logging
from tests.integration.conftest import Add, StartWorker, member, submit_pair, wait_for
from tests.integration.pdfs import pdf


def test_processes_that_start_at_once_make_one_local_user(services: Services) -> None:
    with ThreadPoolExecutor(10) as threads:
        actors = list(threads.map(lambda _: services.users.local_actor(), range(20)))
    assert len(set(actors)) == 1
    assert actors[0].roles == {"owner"}
    assert build(services.settings).users.local_actor() == actors[0]


def test_a_session_belongs_to_its_user_as_long_as_he_is_a_member(services: Services) -> None:
    actor = services.users.actor_for_session("one")
    assert actor == services.users.local_actor()
    somebody = member(services, "editor")
    services.sessions.save("two", {"user_id": somebody.user_id, "workspace_id": somebody.workspace_id})
    assert services.users.actor_for_session("two") == somebody
    with services.database.write(somebody.workspace) as session:
        session.execute(update(MembershipRow).values(role="viewer"))
    changed = services.users.actor_for_session("two")
    assert changed is not None
    with pytest.raises(Forbidden):
        changed.require(Role.EDITOR)
    with services.database.write(somebody.workspace) as session:
        session.execute(delete(MembershipRow))
    assert services.users.actor_for_session("two") is None


def test_a_stranger_is_nobody_in_a_workspace(services: Services) -> None:
    local, somebody = services.users.local_actor(), member(services, "owner")
    with pytest.raises(NotFound):
        services.users.actor(somebody.user, local.workspace)


def test_the_signing_secret_is_made_once_and_private(services: Services) -> None:
    again = build(services.settings)
    assert again.secret == services.secret
    assert len(again.secret) >= 32
    assert (services.settings.data_dir / "secret").stat().st_mode & 0o777 == 0o600


def test_metrics_tell_the_queue(services: Services, add: Add) -> None:
    submit_pair(services, add, services.users.local_actor(), pdf(["One"]), pdf(["Two"]))
    body, media_type = services.telemetry.render()
    assert 'pdfc_queue_waiting{queue="compare"} 1.0' in body.decode()
    assert media_type.startswith("text/plain")


def test_neither_names_nor_text_reach_the_logs(
    services: Services, add: Add, start_worker: StartWorker, capfd: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging(services.settings.model_copy(update={"log_level": "DEBUG", "log_format": "json"}))
    logging.getLogger("procrastinate").setLevel(logging.DEBUG)
    try:
        start_worker(PDF_COMPARE_LOG_LEVEL="DEBUG", PDF_COMPARE_LOG_FORMAT="json")
        actor = services.users.local_actor()
        old, new = add(actor, "geheimnis.pdf", pdf(["Kennwort Lorbeer"])), add(actor, "geheimnis2.pdf", pdf(["Ulme"]))
        with pytest.raises(Exception, match="not a PDF"):
            add(actor, "geheimnis3.pdf", b"Kennwort Lorbeer")
        view = services.comparisons.submit(actor, old.id, new.id, CompareOptions())
        wait_for(services, actor, view.id, lambda v: v.state == "done")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.getLogger("procrastinate").setLevel(logging.NOTSET)
    logged = capfd.readouterr().err
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert any(line.get("action") == "job_done" for line in lines)
    for word in ("geheimnis", "Lorbeer", "Ulme"):
        assert word not in logged
