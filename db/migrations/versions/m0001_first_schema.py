"""First schema: accounts, documents, jobs, comparisons and changes under row-level security; the job engine."""

from __future__ import annotations

from procrastinate.schema import SchemaManager

from db.migrations.running import run
from db.roles import MAKE_APP_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    is_local boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
-- One single local user: two first starts at once must not make two.
CREATE UNIQUE INDEX users_local ON users (is_local) WHERE is_local;

CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'reviewer', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE documents (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    page_count bigint NOT NULL,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT documents_same_file UNIQUE (workspace_id, sha256, name)
);
CREATE INDEX documents_newest ON documents (workspace_id, created_at, id);

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    kind text NOT NULL,
    queue text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    attempt bigint NOT NULL DEFAULT 0,
    crashes bigint NOT NULL DEFAULT 0,
    vanished bigint NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    engine_id bigint,
    progress jsonb,
    error jsonb,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz
);
CREATE INDEX jobs_newest ON jobs (workspace_id, created_at);
CREATE INDEX jobs_live ON jobs (workspace_id, created_by) WHERE state IN ('queued', 'running');

CREATE TABLE comparisons (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    key text NOT NULL,
    content_key text NOT NULL,
    old_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    new_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    options jsonb NOT NULL,
    engine_version text NOT NULL,
    job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    summary jsonb,
    identical boolean,
    result_sha256 text,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT comparisons_same_question UNIQUE (workspace_id, key)
);
CREATE INDEX comparisons_newest ON comparisons (workspace_id, created_at, id);
CREATE INDEX comparisons_content ON comparisons (workspace_id, content_key);
CREATE INDEX comparisons_job ON comparisons (job_id);
CREATE INDEX comparisons_old ON comparisons (old_id);
CREATE INDEX comparisons_new ON comparisons (new_id);

CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    comparison_id uuid NOT NULL REFERENCES comparisons ON DELETE CASCADE,
    ordinal bigint NOT NULL,
    change_id text NOT NULL,
    layer text NOT NULL,
    kind text NOT NULL,
    severity text NOT NULL,
    old_page bigint,
    new_page bigint,
    old_text text,
    new_text text,
    CONSTRAINT changes_order UNIQUE (comparison_id, ordinal)
);
CREATE INDEX changes_stable ON changes (workspace_id, change_id);
"""

# Roles belong to the whole server: another database of it may have made this one already. The login that migrates
# must be able to become it; a superuser always is.
GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships, documents, jobs, comparisons, changes TO pdfcompare_app;
GRANT SELECT, INSERT ON users, workspaces TO pdfcompare_app;
"""

# An unset setting is NULL or, after it was set once in the session, an empty string: both name no workspace.
POLICIES = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_of_workspace ON {table}
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""
OWN_MEMBERSHIPS = """
CREATE POLICY memberships_of_user ON memberships FOR SELECT
    USING (user_id = nullif(current_setting('app.user', true), '')::uuid);
"""

# What deferring and cancelling a job in our own transaction needs; the engine's functions run as the caller.
ENGINE_GRANTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs TO pdfcompare_app;
GRANT SELECT, INSERT, DELETE ON procrastinate_events TO pdfcompare_app;
GRANT SELECT, UPDATE ON procrastinate_periodic_defers TO pdfcompare_app;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq TO pdfcompare_app;
"""

DROP = """
DROP TABLE changes, comparisons, jobs, documents, memberships, workspaces, users;
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers CASCADE;
DO $$
DECLARE found regprocedure;
BEGIN
    FOR found IN
        SELECT oid FROM pg_proc
        WHERE proname LIKE 'procrastinate\\_%' AND pronamespace = current_schema()::regnamespace
    LOOP EXECUTE format('DROP FUNCTION %s', found); END LOOP;
END;
$$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
"""


def upgrade() -> None:
    run(TABLES)
    run(MAKE_APP_ROLE)
    run(GRANTS)
    for table in ("memberships", "documents", "jobs", "comparisons", "changes"):
        run(POLICIES.format(table=table))
    run(OWN_MEMBERSHIPS)
    run(SchemaManager.get_schema())
    run(ENGINE_GRANTS)


def downgrade() -> None:
    run(DROP)
