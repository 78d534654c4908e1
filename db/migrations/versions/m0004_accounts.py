"""Accounts: login names, passwords, who is signed in; invitations to workspaces; the audit log."""

from __future__ import annotations

from db.migrations.running import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# The single local user becomes the first administrator when accounts are switched on, so what he has stays his.
UP = """
ALTER TABLE users
    ADD COLUMN login text,
    ADD COLUMN is_admin boolean NOT NULL DEFAULT false,
    ADD COLUMN disabled_at timestamptz;
UPDATE users SET is_admin = true WHERE is_local;
CREATE UNIQUE INDEX users_login ON users (login);
GRANT UPDATE (name, login, is_admin, disabled_at) ON users TO pdfcompare_app;
GRANT UPDATE (name) ON workspaces TO pdfcompare_app;

CREATE TABLE passwords (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    hash text NOT NULL,
    one_time_until timestamptz,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON passwords TO pdfcompare_app;

-- By digest of the login name as it was typed: names that exist and names that do not are told apart by nothing here.
CREATE TABLE sign_in_failures (
    login_digest text PRIMARY KEY,
    failures bigint NOT NULL,
    since timestamptz NOT NULL,
    locked_until timestamptz
);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_failures TO pdfcompare_app;

CREATE TABLE sign_ins (
    id uuid PRIMARY KEY,
    digest text NOT NULL UNIQUE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    chosen_workspace uuid REFERENCES workspaces ON DELETE SET NULL,
    device text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sign_ins_user ON sign_ins (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_ins TO pdfcompare_app;
ALTER TABLE sign_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY sign_ins_of_user ON sign_ins
    USING (user_id = nullif(current_setting('app.user', true), '')::uuid)
    WITH CHECK (user_id = nullif(current_setting('app.user', true), '')::uuid);
CREATE POLICY sign_ins_by_secret ON sign_ins FOR SELECT
    USING (digest = nullif(current_setting('app.secret', true), ''));

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    digest text NOT NULL UNIQUE,
    for_whom text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'editor', 'reviewer', 'viewer')),
    invited_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_workspace ON invitations (workspace_id, created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON invitations TO pdfcompare_app;
ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_of_workspace ON invitations
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
CREATE POLICY invitations_by_secret ON invitations FOR SELECT
    USING (digest = nullif(current_setting('app.secret', true), ''));

-- Without foreign keys, so that it outlives what it tells of; the role may add and read, nothing else.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_id uuid,
    via text NOT NULL,
    action text NOT NULL,
    subject_id uuid,
    detail jsonb NOT NULL
);
CREATE INDEX audit_newest ON audit (workspace_id, id);
GRANT SELECT, INSERT ON audit TO pdfcompare_app;
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_read ON audit FOR SELECT
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
CREATE POLICY audit_of_admin ON audit FOR SELECT USING (EXISTS (
    SELECT FROM users
    WHERE id = nullif(current_setting('app.user', true), '')::uuid AND is_admin AND disabled_at IS NULL
));
CREATE POLICY audit_added ON audit FOR INSERT
    WITH CHECK (workspace_id IS NULL OR workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""
DOWN = """
DROP TABLE audit, invitations, sign_ins, sign_in_failures, passwords;
REVOKE UPDATE (name) ON workspaces FROM pdfcompare_app;
REVOKE UPDATE (name, login, is_admin, disabled_at) ON users FROM pdfcompare_app;
ALTER TABLE users DROP COLUMN login, DROP COLUMN is_admin, DROP COLUMN disabled_at;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
