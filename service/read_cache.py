"""Read documents kept as blobs: a document read once is never read again in its workspace."""

from __future__ import annotations

import re
from uuid import UUID

from db.blobs import Blobs


class BlobReadCache:
    """The pipeline's `ReadCache` over the blobs of one workspace. A key begins with the digest of its document."""

    def __init__(self, blobs: Blobs, workspace: UUID) -> None:
        self._blobs = blobs
        self._workspace = workspace

    def get(self, key: str) -> bytes | None:
        return self._blobs.get_derived(self._workspace, "read", _safe(key))

    def put(self, key: str, data: bytes) -> None:
        self._blobs.put_derived(self._workspace, "read", _safe(key), data)


def _safe(key: str) -> str:
    return re.sub(r"[^0-9A-Za-z._-]", "-", key)
