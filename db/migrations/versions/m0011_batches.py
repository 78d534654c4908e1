"""Comparisons that were asked for together."""

from __future__ import annotations

from db.migrations.running import run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OF_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"

UP = f"""
CREATE TABLE batches (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX batches_newest ON batches (workspace_id, created_at, id);
GRANT SELECT, INSERT, UPDATE, DELETE ON batches TO pdfcompare_app;
ALTER TABLE batches ENABLE ROW LEVEL SECURITY;
ALTER TABLE batches FORCE ROW LEVEL SECURITY;
CREATE POLICY batches_of_workspace ON batches USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});

CREATE TABLE batch_items (
    batch_id uuid NOT NULL REFERENCES batches ON DELETE CASCADE,
    ordinal bigint NOT NULL,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    comparison_id uuid REFERENCES comparisons ON DELETE SET NULL,
    label text NOT NULL,
    PRIMARY KEY (batch_id, ordinal)
);
CREATE INDEX batch_items_comparison ON batch_items (comparison_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_items TO pdfcompare_app;
ALTER TABLE batch_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_items FORCE ROW LEVEL SECURITY;
CREATE POLICY batch_items_of_workspace ON batch_items USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run("DROP TABLE batch_items, batches;")
