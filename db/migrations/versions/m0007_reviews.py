"""Reviews: decisions, comments, assignments and signatures on the changes of a pair of documents."""

from __future__ import annotations

from db.migrations.running import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("review_changes", "review_decisions", "review_comments", "review_signatures", "review_events")
UP = """
CREATE TABLE review_changes (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    change_id text NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    assignee_id uuid REFERENCES users ON DELETE SET NULL,
    due date,
    PRIMARY KEY (old_id, new_id, change_id)
);
CREATE INDEX review_changes_new ON review_changes (new_id);

CREATE TABLE review_decisions (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    change_id text NOT NULL,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    verdict text NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'ignored', 'open')),
    comparison_id uuid REFERENCES comparisons ON DELETE SET NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (old_id, new_id, change_id, user_id)
);
CREATE INDEX review_decisions_new ON review_decisions (new_id);
CREATE INDEX review_decisions_comparison ON review_decisions (comparison_id);

CREATE TABLE review_comments (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    change_id text NOT NULL,
    user_id uuid REFERENCES users ON DELETE SET NULL,
    body text NOT NULL,
    mentions jsonb NOT NULL,
    comparison_id uuid REFERENCES comparisons ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX review_comments_old ON review_comments (old_id, change_id);
CREATE INDEX review_comments_new ON review_comments (new_id, change_id);
CREATE INDEX review_comments_comparison ON review_comments (comparison_id);

CREATE TABLE review_signatures (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    comparison_id uuid REFERENCES comparisons ON DELETE SET NULL,
    user_id uuid REFERENCES users ON DELETE SET NULL,
    name text NOT NULL,
    note text NOT NULL,
    result_sha256 text NOT NULL,
    decisions_sha256 text NOT NULL,
    counts jsonb NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    withdrawn_at timestamptz
);
CREATE INDEX review_signatures_old ON review_signatures (old_id);
CREATE INDEX review_signatures_new ON review_signatures (new_id);
CREATE INDEX review_signatures_comparison ON review_signatures (comparison_id);

CREATE TABLE review_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    change_id text,
    user_id uuid REFERENCES users ON DELETE SET NULL,
    action text NOT NULL,
    detail jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX review_events_old ON review_events (old_id, id);
CREATE INDEX review_events_new ON review_events (new_id, id);
""" + "".join(
    f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO pdfcompare_app;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_of_workspace ON {table}
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""
    for table in _TABLES
)


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(f"DROP TABLE {', '.join(reversed(_TABLES))};")
