"""What the scaler of workers asks the database, asked of a real one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import NullPool, create_engine, text

from core.sample import sample_pair
from service.access import Actor
from service.bootstrap import Services
from tests.architecture.kustomize import render
from tests.integration.conftest import Add, submit_pair

LARGE = Path(__file__).parents[2] / "k8s" / "overlays" / "large"


def test_the_scaler_counts_what_waits_and_what_is_done_now(services: Services, actor: Actor, add: Add) -> None:
    (scaled,) = (thing for thing in render(LARGE) if thing["kind"] == "ScaledObject")
    query = scaled["spec"]["triggers"][0]["metadata"]["query"]
    engine = create_engine(
        services.settings.direct_to.replace("postgresql:", "postgresql+psycopg2:"), poolclass=NullPool
    )

    def counted() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    before = counted()
    submit_pair(services, add, actor, *(data for _, data in sample_pair()))
    waiting = counted()
    assert waiting > before
    with engine.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE queue_name = 'compare'"))
    assert counted() == waiting
    with engine.begin() as connection:
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = now() + interval '1 h'"))
    assert counted() == 0
