"""Links for guests; how much a workspace may keep, and how long."""

from __future__ import annotations

from db.migrations.running import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE shares (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    comparison_id uuid NOT NULL REFERENCES comparisons ON DELETE CASCADE,
    digest text NOT NULL UNIQUE,
    password_hash text,
    shared_by uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    views bigint NOT NULL DEFAULT 0,
    viewed_at timestamptz
);
CREATE INDEX shares_workspace ON shares (workspace_id, created_at);
CREATE INDEX shares_comparison ON shares (comparison_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON shares TO pdfcompare_app;
ALTER TABLE shares ENABLE ROW LEVEL SECURITY;
ALTER TABLE shares FORCE ROW LEVEL SECURITY;
CREATE POLICY shares_of_workspace ON shares
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
CREATE POLICY shares_by_secret ON shares FOR SELECT
    USING (digest = nullif(current_setting('app.secret', true), ''));

-- NULL: as the server's settings say.
ALTER TABLE workspaces
    ADD COLUMN most_bytes bigint,
    ADD COLUMN most_documents bigint,
    ADD COLUMN retention_days double precision;
GRANT UPDATE (most_bytes, most_documents, retention_days) ON workspaces TO pdfcompare_app;

-- Names of workspaces are read by whoever may sign in; changed only from inside.
ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
CREATE POLICY workspaces_read ON workspaces FOR SELECT USING (true);
CREATE POLICY workspaces_added ON workspaces FOR INSERT
    WITH CHECK (id = nullif(current_setting('app.workspace', true), '')::uuid);
CREATE POLICY workspaces_changed ON workspaces FOR UPDATE
    USING (id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('app.workspace', true), '')::uuid);
"""
DOWN = """
DROP POLICY workspaces_changed ON workspaces;
DROP POLICY workspaces_added ON workspaces;
DROP POLICY workspaces_read ON workspaces;
ALTER TABLE workspaces NO FORCE ROW LEVEL SECURITY;
ALTER TABLE workspaces DISABLE ROW LEVEL SECURITY;
REVOKE UPDATE (most_bytes, most_documents, retention_days) ON workspaces FROM pdfcompare_app;
ALTER TABLE workspaces DROP COLUMN most_bytes, DROP COLUMN most_documents, DROP COLUMN retention_days;
DROP TABLE shares;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
