"""Profiles of a workspace: named sets of options."""

from __future__ import annotations

import psycopg
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE profiles (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL,
    description text NOT NULL,
    options jsonb NOT NULL,
    updated_by uuid REFERENCES users ON DELETE SET NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT profiles_same_name UNIQUE (workspace_id, name)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON profiles TO pdfcompare_app;
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE profiles FORCE ROW LEVEL SECURITY;
CREATE POLICY profiles_of_workspace ON profiles
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""


def upgrade() -> None:
    _run(UP)


def downgrade() -> None:
    _run("DROP TABLE profiles;")


def _run(statements: str) -> None:
    """Several statements, in the migration's transaction; only psycopg 3's own cursor takes them as they are."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    driver.execute(statements.encode())
