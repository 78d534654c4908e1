"""The assistant: its answers, what was used, vectors of passages, and the state of the language model."""

from __future__ import annotations

from db.migrations.running import run

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE assistant_answers (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    kind text NOT NULL,
    key text NOT NULL,
    comparison_id uuid REFERENCES comparisons ON DELETE CASCADE,
    document_id uuid REFERENCES documents ON DELETE CASCADE,
    request jsonb NOT NULL,
    model text NOT NULL,
    job_id uuid NOT NULL REFERENCES jobs ON DELETE CASCADE,
    result jsonb,
    created_by uuid REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT assistant_answers_same_question UNIQUE (workspace_id, key)
);
CREATE INDEX assistant_answers_comparison ON assistant_answers (comparison_id);
CREATE INDEX assistant_answers_document ON assistant_answers (document_id);
CREATE INDEX assistant_answers_job ON assistant_answers (job_id);

CREATE TABLE assistant_use (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    day date NOT NULL,
    tokens bigint NOT NULL,
    PRIMARY KEY (workspace_id, user_id, day)
);

-- An array, not pgvector's type: that is looked for when a question is asked, and a server may lack it.
CREATE TABLE assistant_chunks (
    workspace_id uuid NOT NULL,
    sha256 text NOT NULL,
    model text NOT NULL,
    page bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    vector real[] NOT NULL,
    PRIMARY KEY (workspace_id, sha256, model, page, first),
    FOREIGN KEY (workspace_id, sha256) REFERENCES search_documents ON DELETE CASCADE
);

-- Nobody's: it says nothing of what anybody stores.
CREATE TABLE assistant_state (
    id bigint PRIMARY KEY,
    version text NOT NULL,
    models jsonb NOT NULL,
    problem text,
    is_breaker_open boolean NOT NULL,
    has_meaning boolean NOT NULL,
    seen_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON assistant_state TO pdfcompare_app;
"""

# Where the server has it and the role may; the search by meaning is off elsewhere, and says so.
VECTORS = """
DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS vector;
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'without pgvector: %', SQLERRM;
END $$
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
DROP TABLE assistant_state, assistant_chunks, assistant_use, assistant_answers;
"""


def upgrade() -> None:
    run(UP)
    run(VECTORS)
    for table in ("assistant_answers", "assistant_use", "assistant_chunks"):
        run(POLICIES.format(table=table))


def downgrade() -> None:
    run(DOWN)
