"""What is left of a digest anywhere: the proof that what was deleted is deleted. It asks for digests, never for text.

Tables are found in the database's own catalogue and kinds of blobs in the store: what is added later is asked too.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import column, func, or_, select, table, text

from db.blobs import Blobs
from db.database import Database

_COLUMNS = text("""
    SELECT c.table_name, c.column_name FROM information_schema.columns c
    JOIN information_schema.columns w ON w.table_schema = c.table_schema AND w.table_name = c.table_name
        AND w.column_name = 'workspace_id'
    WHERE c.table_schema = current_schema() AND c.data_type = 'text' AND c.column_name LIKE '%sha256%'
    ORDER BY c.table_name, c.column_name
""")


def remains(database: Database, blobs: Blobs, workspace: UUID, digests: Sequence[str]) -> dict[str, int]:
    """How much a workspace, its trash included, still has of files with these digests; by table, and by kind of blob.

    Empty when nothing is left. Rows that hold no digest are not counted: they go with the row of their document.
    """
    found: dict[str, int] = {}
    with database.read(workspace, with_trash=True, from_primary=True) as session:
        columns: dict[str, list[str]] = {}
        for name, digest in session.execute(_COLUMNS):
            columns.setdefault(name, []).append(digest)
        for name, of_digest in columns.items():
            fits = or_(*(column(one).in_(digests) for one in of_digest))
            found[f"table {name}"] = session.scalar(select(func.count()).select_from(table(name)).where(fits)) or 0
    for kind in blobs.kinds(workspace):
        found[f"blobs {kind}"] = sum(len(blobs.names_of(workspace, kind, digest)) for digest in digests)
    return {place: count for place, count in found.items() if count}
