"""Read documents kept in a folder between runs, when `--cache DIR` asks for it."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from core.errors import CannotWrite

_DIGEST_BYTES = 32


class FolderCache:
    """One file for each key, readable by its owner only: SHA-256 of the content, then the content.

    A file that does not match its digest counts as absent. Nothing is ever deleted: the folder is the user's.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWrite(f"{folder}: {error.strerror}") from error
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """The content kept under `key`, or None."""
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        content = data[_DIGEST_BYTES:]
        return content if sha256(content).digest() == data[:_DIGEST_BYTES] else None

    def put(self, key: str, content: bytes) -> None:
        """Keep `content`; a full disk is no reason to fail a comparison, so trouble is passed over."""
        temporary = ""
        try:
            handle, temporary = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(content).digest())
                file.write(content)
            Path(temporary).replace(self._path(key))
        except OSError:
            if temporary:
                Path(temporary).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / sha256(key.encode()).hexdigest()
