"""What a job has cost, and which failed jobs are dead letters: those that the user cannot mend himself."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE jobs ADD COLUMN spent jsonb, ADD COLUMN is_dead boolean NOT NULL DEFAULT false")
    op.execute("GRANT SELECT ON procrastinate_workers TO pdfcompare_app")
    op.execute("CREATE INDEX jobs_dead ON jobs (workspace_id, finished_at) WHERE is_dead")


def downgrade() -> None:
    op.execute("REVOKE SELECT ON procrastinate_workers FROM pdfcompare_app")
    op.execute("ALTER TABLE jobs DROP COLUMN spent, DROP COLUMN is_dead")
