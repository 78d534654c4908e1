"""Alembic's entry: runs the migrations on the connection that `db.migrate` hands over."""

from __future__ import annotations

from alembic import context

from db.rows import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
