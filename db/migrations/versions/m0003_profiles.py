"""Profiles of a workspace: named sets of options."""

from __future__ import annotations

from db.migrations.running import run

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
    run(UP)


def downgrade() -> None:
    run("DROP TABLE profiles;")
