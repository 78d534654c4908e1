"""What migrations are run with."""

from __future__ import annotations

import psycopg
from alembic import op


def run(statements: str) -> None:
    """Several statements, in the migration's transaction; only psycopg 3's own cursor takes them as they are."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(statements.encode())
