"""The trash: documents and comparisons that were deleted a while ago and can be had back; what a month has used."""

from __future__ import annotations

from db.migrations.running import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What is in the trash is hidden by the database itself, so that no query shows it that has never heard of a trash.
UP = """
ALTER TABLE documents
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by uuid REFERENCES users ON DELETE SET NULL;
ALTER TABLE comparisons
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN deleted_by uuid REFERENCES users ON DELETE SET NULL,
    ADD COLUMN deleted_with uuid;
CREATE INDEX documents_deleted ON documents (workspace_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX comparisons_deleted ON comparisons (workspace_id, deleted_at) WHERE deleted_at IS NOT NULL;
ALTER POLICY documents_of_workspace ON documents
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
        AND (deleted_at IS NULL OR current_setting('app.trash', true) = 'on'));
ALTER POLICY comparisons_of_workspace ON comparisons
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
        AND (deleted_at IS NULL OR current_setting('app.trash', true) = 'on'));

CREATE TABLE monthly_use (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    month date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('ocr_pages', 'model_tokens')),
    used bigint NOT NULL,
    PRIMARY KEY (workspace_id, month, kind)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON monthly_use TO pdfcompare_app;
ALTER TABLE monthly_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE monthly_use FORCE ROW LEVEL SECURITY;
CREATE POLICY monthly_use_of_workspace ON monthly_use
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
-- NULL: as the server's settings say.
ALTER TABLE workspaces
    ADD COLUMN most_ocr_pages bigint,
    ADD COLUMN most_model_tokens bigint;
GRANT UPDATE (most_ocr_pages, most_model_tokens) ON workspaces TO pdfcompare_app;
"""
DOWN = """
REVOKE UPDATE (most_ocr_pages, most_model_tokens) ON workspaces FROM pdfcompare_app;
ALTER TABLE workspaces DROP COLUMN most_ocr_pages, DROP COLUMN most_model_tokens;
DROP TABLE monthly_use;
ALTER POLICY comparisons_of_workspace ON comparisons
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER POLICY documents_of_workspace ON documents
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE comparisons DROP COLUMN deleted_at, DROP COLUMN deleted_by, DROP COLUMN deleted_with;
ALTER TABLE documents DROP COLUMN deleted_at, DROP COLUMN deleted_by;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
