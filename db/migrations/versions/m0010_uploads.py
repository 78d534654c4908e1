"""Uploads that go on where they broke off, and documents that are versions of each other under several names."""

from __future__ import annotations

from db.migrations.running import run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OF_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"

UP = f"""
-- NULL: of one series with the documents of the same name.
ALTER TABLE documents ADD COLUMN series uuid;
CREATE INDEX documents_series ON documents (workspace_id, series) WHERE series IS NOT NULL;
CREATE INDEX documents_name ON documents (workspace_id, name);
GRANT UPDATE (series) ON documents TO pdfcompare_app;

CREATE TABLE uploads (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    received_bytes bigint NOT NULL DEFAULT 0,
    sha256 text,
    version_of uuid,
    document_id uuid REFERENCES documents ON DELETE CASCADE,
    created_by uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX uploads_age ON uploads (workspace_id, expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO pdfcompare_app;
ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY uploads_of_workspace ON uploads USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});

CREATE TABLE upload_parts (
    upload_id uuid NOT NULL REFERENCES uploads ON DELETE CASCADE,
    start bigint NOT NULL,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (upload_id, start)
);
CREATE INDEX upload_parts_bytes ON upload_parts (workspace_id, sha256);
GRANT SELECT, INSERT, UPDATE, DELETE ON upload_parts TO pdfcompare_app;
ALTER TABLE upload_parts ENABLE ROW LEVEL SECURITY;
ALTER TABLE upload_parts FORCE ROW LEVEL SECURITY;
CREATE POLICY upload_parts_of_workspace ON upload_parts USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});
"""
DOWN = """
DROP TABLE upload_parts, uploads;
DROP INDEX documents_name;
ALTER TABLE documents DROP COLUMN series;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
