"""Signing in by an OpenID provider, and codes of an authenticator as a second step."""

from __future__ import annotations

from db.migrations.running import run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Read before anybody is signed in, as passwords are, so by no workspace and no user; nothing here opens a door alone.
UP = """
CREATE TABLE identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON identities TO pdfcompare_app;

CREATE TABLE spent_secrets (
    digest text PRIMARY KEY,
    until timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON spent_secrets TO pdfcompare_app;

CREATE TABLE second_steps (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secret text NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON second_steps TO pdfcompare_app;

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest text NOT NULL,
    PRIMARY KEY (user_id, digest)
);
GRANT SELECT, INSERT, DELETE ON recovery_codes TO pdfcompare_app;
"""
DOWN = """
DROP TABLE recovery_codes, second_steps, spent_secrets, identities;
"""


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
