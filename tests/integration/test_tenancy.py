"""No workspace ever sees a row of another, also where connections are shared by a pooler."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import NullPool, create_engine, insert, select, text
from sqlalchemy.exc import ProgrammingError

from core.options import CompareOptions
from db.database import Database
from db.embedded import SYSTEM_USER
from db.rows import (
    TENANT_TABLES,
    AnswerRow,
    AssistantAnswerRow,
    AssistantChunkRow,
    AssistantUseRow,
    AuditRow,
    BatchItemRow,
    BatchRow,
    ChangeRow,
    ComparisonRow,
    DeliveryRow,
    DocumentRow,
    ExtractionRow,
    InvitationRow,
    JobRow,
    MembershipRow,
    MonthlyUseRow,
    ProfileRow,
    ReviewChangeRow,
    ReviewCommentRow,
    ReviewDecisionRow,
    ReviewEventRow,
    ReviewSignatureRow,
    SearchDocumentRow,
    SearchPageRow,
    ShareRow,
    TokenRow,
    UploadPartRow,
    UploadRow,
    UserRow,
    WebhookRow,
    WorkspaceRow,
)
from service.access import Actor
from service.bootstrap import Services, build
from service.settings import load_settings
from tests.integration.conftest import Add
from tests.integration.pdfs import pdf

Tenants = tuple[UUID, UUID]


def test_every_table_with_a_workspace_forces_row_level_security(database_url: str) -> None:
    with _superuser(database_url).connect() as connection:
        rows = connection.execute(
            text("""
                SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c
                JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
                WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
            """)
        ).all()
    assert {name for name, _ in rows} == set(TENANT_TABLES)
    assert all(forced for _, forced in rows)


def test_application_role_bypasses_nothing_and_owns_nothing(database_url: str) -> None:
    with _superuser(database_url).connect() as connection:
        role = connection.execute(
            text("SELECT rolcanlogin, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = 'pdfcompare_app'")
        ).one()
        owned = connection.scalar(text("SELECT count(*) FROM pg_class WHERE relowner = 'pdfcompare_app'::regrole"))
    assert tuple(role) == (False, False, False)
    assert owned == 0


def test_without_a_workspace_every_tenant_table_is_empty(database_url: str, tenants: Tenants) -> None:
    _assert_unset_sees_nothing(database_url)


def test_a_workspace_sees_its_own_rows_only(database_url: str, tenants: Tenants) -> None:
    database = Database(database_url)
    for mine in tenants:
        with database.read(mine) as session:
            for table in TENANT_TABLES:
                found = set(session.scalars(text(f"SELECT workspace_id FROM {table}")))
                assert found == {mine}, table
    database.close()


def test_a_row_of_another_workspace_cannot_be_written(database_url: str, tenants: Tenants) -> None:
    mine, theirs = tenants
    database = Database(database_url)
    with pytest.raises(ProgrammingError, match="row-level security"), database.write(mine) as session:
        session.execute(insert(DocumentRow).values(**_document(theirs)))
    with database.write(mine) as session:
        changed = session.execute(text("UPDATE documents SET name = 'x' WHERE workspace_id = :w"), {"w": theirs})
        assert changed.rowcount == 0  # type: ignore[attr-defined]
    database.close()


def test_a_workspace_is_changed_from_inside_only(database_url: str, tenants: Tenants) -> None:
    database, (mine, theirs) = Database(database_url), tenants
    with database.write(mine) as session:
        for column in ("name = 'x'", "most_bytes = 1", "retention_days = 1"):
            changed = session.execute(text(f"UPDATE workspaces SET {column} WHERE id = :w"), {"w": theirs})
            assert changed.rowcount == 0  # type: ignore[attr-defined]
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(insert(WorkspaceRow).values(id=uuid4(), name="x"))
    database.close()


def test_reading_refuses_to_write(database_url: str, tenants: Tenants) -> None:
    database = Database(database_url)
    with pytest.raises(Exception, match="read-only"), database.read(tenants[0]) as session:
        session.execute(insert(DocumentRow).values(**_document(tenants[0])))
    database.close()


def test_behind_a_pooler_with_one_connection_nobody_sees_foreign_rows(pooled_url: str, tenants: Tenants) -> None:
    """1,000 transactions of two workspaces and of none, interleaved on ONE server connection."""
    database = Database(pooled_url, pool_size=8)

    def look(turn: int) -> list[UUID]:
        whose = (*tenants, None)[turn % 3]
        with database.read(whose) as session:
            found = list(session.scalars(select(DocumentRow.workspace_id)))
        return [row for row in found if row != whose] + ([] if found or whose is None else [uuid4()])

    with ThreadPoolExecutor(8) as threads:
        foreign = [row for rows in threads.map(look, range(1000)) for row in rows]
    database.close()
    assert foreign == []
    _assert_unset_sees_nothing(pooled_url)


@pytest.fixture
def tenants(database_url: str) -> Tenants:
    """Two workspaces with a row in each tenant table."""
    database, found = Database(database_url), (uuid4(), uuid4())
    for workspace in found:
        user, job, comparison, document = uuid4(), uuid4(), uuid4(), _document(workspace)
        with database.write(workspace, user=user) as session:
            session.execute(insert(UserRow).values(id=user, name="n", is_local=False))
            session.execute(insert(WorkspaceRow).values(id=workspace, name="w"))
            session.execute(insert(MembershipRow).values(workspace_id=workspace, user_id=user, role="owner"))
            session.execute(insert(DocumentRow).values(**document))
            session.execute(
                insert(JobRow).values(id=job, workspace_id=workspace, kind="compare", queue="compare", state="done")
            )
            session.execute(
                insert(ComparisonRow).values(
                    id=comparison, workspace_id=workspace, key="k", content_key="c", old_id=document["id"],
                    new_id=document["id"], options={}, engine_version="1", job_id=job,
                )
            )  # fmt: skip
            session.execute(
                insert(ChangeRow).values(
                    workspace_id=workspace, comparison_id=comparison, ordinal=0, change_id="t-1", layer="text",
                    kind="inserted", severity="normal",
                )
            )  # fmt: skip
            session.execute(
                insert(ProfileRow).values(id=uuid4(), workspace_id=workspace, name="p", description="", options={})
            )
            session.execute(
                insert(InvitationRow).values(
                    id=uuid4(), workspace_id=workspace, digest=uuid4().hex, for_whom="w", role="viewer",
                    expires_at=datetime.now(UTC),
                )
            )  # fmt: skip
            session.execute(
                insert(TokenRow).values(
                    id=uuid4(), workspace_id=workspace, user_id=user, digest=uuid4().hex, name="t", scope="read"
                )
            )
            session.execute(
                insert(ExtractionRow).values(
                    id=uuid4(), workspace_id=workspace, document_id=document["id"], key="k", options={}, job_id=job
                )
            )
            digest = {"workspace_id": workspace, "sha256": "0" * 64}
            session.execute(insert(SearchDocumentRow).values(**digest, language="simple", version="1"))
            session.execute(
                insert(SearchPageRow).values(
                    **digest, page=1, is_recognised=False, body="x", boxes=b"", unit=0.05, search="'=x':1"
                )
            )
            asked = {"id": uuid4(), "workspace_id": workspace, "kind": "summary", "key": "k", "request": {}}
            session.execute(insert(AssistantAnswerRow).values(**asked, comparison_id=comparison, model="m", job_id=job))
            piece = {"model": "m", "page": 1, "first": 0, "last": 1, "vector": [0.5]}
            session.execute(insert(AssistantChunkRow).values(**digest, **piece))
            spent = {"workspace_id": workspace, "user_id": user, "day": date(2026, 11, 1), "tokens": 1}
            session.execute(insert(AssistantUseRow).values(spent))
            session.execute(
                insert(ShareRow).values(
                    id=uuid4(), workspace_id=workspace, comparison_id=comparison, digest=uuid4().hex, shared_by=user,
                    expires_at=datetime.now(UTC),
                )
            )  # fmt: skip
            answer = {"workspace_id": workspace, "user_id": user, "key": "k", "request_digest": "d"}
            session.execute(insert(AnswerRow).values(answer))
            row = {"workspace_id": workspace, "user_id": user, "via": "web", "action": "signed_in", "detail": {}}
            session.execute(insert(AuditRow).inline().values(row))
            used = {"workspace_id": workspace, "month": date(2026, 11, 1), "kind": "ocr_pages", "used": 1}
            session.execute(insert(MonthlyUseRow).values(used))
            upload, batch = uuid4(), uuid4()
            session.execute(
                insert(UploadRow).values(
                    id=upload, workspace_id=workspace, name="n", size_bytes=1, created_by=user,
                    expires_at=datetime.now(UTC),
                )
            )  # fmt: skip
            part = {"upload_id": upload, "start": 0, "workspace_id": workspace, "size_bytes": 1, "sha256": "0" * 64}
            session.execute(insert(UploadPartRow).values(part))
            session.execute(insert(BatchRow).values(id=batch, workspace_id=workspace, name="b"))
            item = {"batch_id": batch, "ordinal": 0, "workspace_id": workspace, "label": ""}
            session.execute(insert(BatchItemRow).values(item))
            webhook = {"id": uuid4(), "workspace_id": workspace, "url": "u", "events": [], "salt": "s"}
            session.execute(insert(WebhookRow).values(webhook))
            delivery = {"id": uuid4(), "workspace_id": workspace, "webhook_id": webhook["id"]}
            session.execute(insert(DeliveryRow).values(**delivery, event="ping", body={}, state="failed"))
            pair = {"workspace_id": workspace, "old_id": document["id"], "new_id": document["id"]}
            said = {**pair, "change_id": "t-1", "user_id": user}
            session.execute(insert(ReviewChangeRow).values(**pair, change_id="t-1"))
            session.execute(insert(ReviewDecisionRow).values(**said, verdict="accepted"))
            session.execute(insert(ReviewCommentRow).values(**said, id=uuid4(), body="Why?", mentions=[]))
            session.execute(insert(ReviewEventRow).values(**said, action="decided", detail={}))
            session.execute(
                insert(ReviewSignatureRow).values(
                    **pair, id=uuid4(), user_id=user, name="n", note="", result_sha256="0", decisions_sha256="0",
                    counts={},
                )
            )  # fmt: skip
    database.close()
    return found


def test_a_comparison_is_submitted_and_cancelled_behind_the_pooler(
    services: Services, actor: Actor, add: Add, pooled_url: str
) -> None:
    """Row and job are written by one transaction, on whatever server connection it gets."""
    pooled = build(load_settings(database_url=pooled_url, data_dir=services.settings.data_dir))
    old, new = add(actor, "old.pdf", pdf(["One"])), add(actor, "new.pdf", pdf(["Two"]))
    with ThreadPoolExecutor(4) as threads:
        views = list(
            threads.map(lambda _: pooled.comparisons.submit(actor, old.id, new.id, CompareOptions()), range(12))
        )
    assert len({view.id for view in views}) == 1
    assert services.jobs.depths()["compare"][0] == 1
    assert pooled.comparisons.cancel(actor, views[0].id).state == "cancelled"
    assert services.jobs.depths()["compare"][0] == 0
    pooled.close()


@pytest.fixture
def pooled_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The same database through a real PgBouncer in transaction mode with a pool of one."""
    binary = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(binary).exists():
        pytest.fail("pgbouncer is not installed; `make test` installs it")
    parts = urlsplit(database_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name, run = parts.path.lstrip("/"), parse_qs(parts.query)["host"][0]
    config = (
        f"[databases]\n{name} = host={run} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        "unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\nmax_client_conn = 100\n"
        "ignore_startup_parameters = extra_float_digits\n"
    )
    ini = Path(run).parent / f"pgbouncer-{port}.ini"
    ini.write_text(config)
    ini.chmod(0o644)
    as_user = {"user": SYSTEM_USER, "extra_groups": []} if os.geteuid() == 0 else {}
    with (tmp_path / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([binary, ini], stdout=log, stderr=log, cwd="/", **as_user)  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "pgbouncer.log").read_text()
                time.sleep(0.05)
        yield f"postgresql://postgres@127.0.0.1:{port}/{name}"
    finally:
        process.terminate()
        process.wait()
        ini.unlink()


def _assert_unset_sees_nothing(url: str) -> None:
    database = Database(url)
    with database.read() as session:
        counts = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in TENANT_TABLES}
    database.close()
    assert counts == dict.fromkeys(TENANT_TABLES, 0)


def _document(workspace: UUID) -> dict[str, object]:
    return {
        "id": uuid4(), "workspace_id": workspace, "name": "a.pdf", "sha256": "0" * 64, "size_bytes": 1, "page_count": 1,
    }  # fmt: skip


def _superuser(url: str):  # type: ignore[no-untyped-def]
    return create_engine("postgresql+psycopg2" + url.removeprefix("postgresql"), poolclass=NullPool)
