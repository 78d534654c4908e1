"""The search reads the index and not every page, and finds what is on changed pages only."""

from __future__ import annotations

from db.migrations.running import run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Beside the one of the release before, which has one argument less. A word that is on most pages looked to the planner
# as if reading all pages were cheaper than the index; but @@ takes each page's words out of their storage, which costs
# ten times as much, and the index alone needs no second look. Whoever sets `changed` wants the pages on which some
# result shows a change.
UP = """
CREATE FUNCTION search_hits(
    asked tsquery, digests text[], recognised boolean, changed boolean, most bigint, skipped bigint, shown bigint
)
RETURNS TABLE (id bigint, found bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = off AS $$
    WITH touched AS MATERIALIZED (
        SELECT d.sha256, c.old_page AS page FROM changes c
            JOIN comparisons r ON r.id = c.comparison_id JOIN documents d ON d.id = r.old_id
            WHERE changed AND c.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
                AND c.old_page IS NOT NULL AND r.deleted_at IS NULL
        UNION
        SELECT d.sha256, c.new_page FROM changes c
            JOIN comparisons r ON r.id = c.comparison_id JOIN documents d ON d.id = r.new_id
            WHERE changed AND c.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid
                AND c.new_page IS NOT NULL AND r.deleted_at IS NULL
    ), held AS MATERIALIZED (
        SELECT p.id FROM search_pages p
        WHERE p.workspace_id = nullif(current_setting('app.workspace', true), '')::uuid AND p.search @@ asked
            AND (digests IS NULL OR p.sha256 = ANY (digests)) AND (recognised IS NULL OR p.is_recognised = recognised)
            AND p.sha256 IN (
                SELECT d.sha256 FROM documents d WHERE d.workspace_id = p.workspace_id AND d.deleted_at IS NULL
            )
            AND (NOT changed OR (p.sha256, p.page) IN (SELECT t.sha256, t.page FROM touched t))
    ), ranked AS (
        SELECT p.id, ts_rank_cd(p.search, asked) AS rank
        FROM search_pages p WHERE p.id IN (SELECT h.id FROM held h ORDER BY h.id DESC LIMIT most)
    )
    SELECT r.id, (SELECT count(*) FROM held), r.rank FROM ranked r ORDER BY r.rank DESC, r.id DESC
    LIMIT shown OFFSET skipped
$$;
GRANT EXECUTE ON FUNCTION search_hits(tsquery, text[], boolean, boolean, bigint, bigint, bigint) TO pdfcompare_app;
"""
DOWN = "DROP FUNCTION search_hits(tsquery, text[], boolean, boolean, bigint, bigint, bigint);"


def upgrade() -> None:
    run(UP)


def downgrade() -> None:
    run(DOWN)
