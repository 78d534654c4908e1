"""Extractions, and the full-text index: pages of documents, and changes."""

from __future__ import annotations

from db.migrations.running import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE extractions (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    document_id uuid NOT NULL REFERENCES documents ON DELETE CASCADE,
    key text NOT NULL,
    options jsonb NOT NULL,
    job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    summary jsonb,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT extractions_same_question UNIQUE (workspace_id, key)
);
CREATE INDEX extractions_newest ON extractions (workspace_id, created_at, id);
CREATE INDEX extractions_document ON extractions (document_id);
CREATE INDEX extractions_job ON extractions (job_id);

-- By digest: documents of the same bytes share their pages.
CREATE TABLE search_documents (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    sha256 text NOT NULL,
    language text NOT NULL,
    is_chosen boolean NOT NULL DEFAULT false,
    version text NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    problem text,
    silent_pages bigint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    indexed_at timestamptz,
    PRIMARY KEY (workspace_id, sha256)
);
CREATE TABLE search_pages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL,
    sha256 text NOT NULL,
    page bigint NOT NULL,
    is_recognised boolean NOT NULL,
    body text NOT NULL,
    boxes bytea NOT NULL,
    unit double precision NOT NULL,
    -- Ranking looks at many at once: taking them as they are is faster than inflating them.
    search tsvector STORAGE EXTERNAL NOT NULL,
    CONSTRAINT search_pages_once UNIQUE (workspace_id, sha256, page),
    FOREIGN KEY (workspace_id, sha256) REFERENCES search_documents ON DELETE CASCADE
);
CREATE INDEX search_pages_words ON search_pages USING gin (search) WITH (fastupdate = off);

ALTER TABLE changes ADD COLUMN search tsvector;
CREATE INDEX changes_words ON changes USING gin (search) WITH (fastupdate = off);

-- A policy is looked at before any operator that may leak, and @@ may: no index would be used. These functions belong
-- to the owner of the tables and name the workspace themselves, by the setting that the policies go by, and leave out
-- what is in the trash.
CREATE FUNCTION search_hits(
    asked tsquery, digests text[], recognised boolean, most bigint, skipped bigint, shown bigint
)
RETURNS TABLE (id bigint, found bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH held AS MATERIALIZED (
        SELECT p.id FROM search_pages p
        WHERE p.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid AND p.search @@ asked
            AND (digests IS NULL OR p.sha256 = ANY (digests)) AND (recognised IS NULL OR p.is_recognised = recognised)
            AND p.sha256 IN (
                SELECT d.sha256 FROM documents d WHERE d.workspace_id = p.workspace_id AND d.deleted_at IS NULL
            )
    ), ranked AS (
        SELECT p.id, ts_rank_cd(p.search, asked) AS rank
        FROM search_pages p WHERE p.id IN (SELECT h.id FROM held h ORDER BY h.id DESC LIMIT most)
    )
    SELECT r.id, (SELECT count(*) FROM held), r.rank FROM ranked r ORDER BY r.rank DESC, r.id DESC
    LIMIT shown OFFSET skipped
$$;
CREATE FUNCTION search_changes(asked tsquery, chosen uuid[], most bigint, skipped bigint, shown bigint)
RETURNS TABLE (id bigint, found bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH held AS MATERIALIZED (
        SELECT c.id FROM changes c
        WHERE c.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid AND c.search @@ asked
            AND (chosen IS NULL OR c.comparison_id = ANY (chosen))
            AND c.comparison_id IN (
                SELECT r.id FROM comparisons r WHERE r.workspace_id = c.workspace_id AND r.deleted_at IS NULL
            )
    ), ranked AS (
        SELECT c.id, ts_rank_cd(c.search, asked) AS rank
        FROM changes c WHERE c.id IN (SELECT h.id FROM held h ORDER BY h.id DESC LIMIT most)
    )
    SELECT r.id, (SELECT count(*) FROM held), r.rank FROM ranked r ORDER BY r.rank DESC, r.id DESC
    LIMIT shown OFFSET skipped
$$;
GRANT EXECUTE ON FUNCTION search_hits, search_changes TO pdfcompare_app;
"""

POLICIES = """
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO pdfcompare_app;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_of_workspace ON {table}
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
"""

DOWN = """
DROP FUNCTION search_changes;
DROP FUNCTION search_hits;
ALTER TABLE changes DROP COLUMN search;
DROP TABLE search_pages, search_documents, extractions;
"""


def upgrade() -> None:
    run(UP)
    for table in ("extractions", "search_documents", "search_pages"):
        run(POLICIES.format(table=table))


def downgrade() -> None:
    run(DOWN)
