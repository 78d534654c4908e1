"""Names of changes that stay: from what changed and the unchanged words around it, never from where it stands."""

from __future__ import annotations

import hashlib
from collections import Counter

NEIGHBOURS = 3  #: unchanged words before and after that are part of a name


class Names:
    """Gives out ids; equal changes are told apart by an ordinal."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def name(self, layer: str, kind: str, old: str, new: str, before: str, after: str) -> str:
        """The id of one change, for example `t-7f3a9c21`."""
        content = "\x1f".join((layer, kind, old, new, before, after))
        digest = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:10]
        stem = f"{layer[0]}-{digest}"
        self._seen[stem] += 1
        count = self._seen[stem]
        return stem if count == 1 else f"{stem}-{count}"
