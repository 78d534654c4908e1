"""Tokens of programs, and answers kept for requests that are sent twice."""

from __future__ import annotations

from db.migrations.running import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE api_tokens (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest text NOT NULL UNIQUE,
    name text NOT NULL,
    scope text NOT NULL CHECK (scope IN ('read', 'review', 'write', 'manage')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    used_at timestamptz
);
CREATE INDEX api_tokens_user ON api_tokens (workspace_id, user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON api_tokens TO pdfcompare_app;
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY api_tokens_of_workspace ON api_tokens
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
CREATE POLICY api_tokens_by_secret ON api_tokens FOR SELECT
    USING (digest = nullif(current_setting('app.secret', true), ''));

CREATE TABLE answers (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key text NOT NULL,
    request_digest text NOT NULL,
    status bigint,
    body jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, user_id, key)
);
CREATE INDEX answers_age ON answers (workspace_id, created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON answers TO pdfcompare_app;
ALTER TABLE answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE answers FORCE ROW LEVEL SECURITY;
CREATE POLICY answers_of_workspace ON answers
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run("DROP TABLE answers, api_tokens;")
