"""Alembic migrations: expand first, contract a release later; never a long lock."""
