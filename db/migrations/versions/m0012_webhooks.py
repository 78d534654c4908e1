"""Addresses that are told when something ends, and what was sent to them."""

from __future__ import annotations

from db.migrations.running import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OF_WORKSPACE = "workspace_id = nullif(current_setting('app.workspace', true), '')::uuid"

UP = f"""
CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    url text NOT NULL,
    events jsonb NOT NULL,
    salt text NOT NULL,
    failures bigint NOT NULL DEFAULT 0,
    disabled_at timestamptz,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX webhooks_workspace ON webhooks (workspace_id, created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO pdfcompare_app;
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY webhooks_of_workspace ON webhooks USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    event text NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts bigint NOT NULL DEFAULT 0,
    status bigint,
    reason text,
    engine_id bigint,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_at timestamptz
);
CREATE INDEX deliveries_newest ON deliveries (webhook_id, created_at, id);
CREATE INDEX deliveries_waiting ON deliveries (workspace_id) WHERE state = 'waiting';
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO pdfcompare_app;
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY deliveries_of_workspace ON deliveries USING ({_OF_WORKSPACE}) WITH CHECK ({_OF_WORKSPACE});
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run("DROP TABLE deliveries, webhooks;")
