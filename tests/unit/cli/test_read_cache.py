from pathlib import Path

import pytest

from cli.read_cache import FolderCache
from core.errors import CannotWrite


def test_what_was_put_is_got_by_another_run(tmp_path: Path) -> None:
    FolderCache(tmp_path / "c").put("key", b"content")
    assert FolderCache(tmp_path / "c").get("key") == b"content"
    assert FolderCache(tmp_path / "c").get("other") is None


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    cache.put("key", b"content")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    assert cache.get("key") is None


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path / "c")
    cache.put("key", b"content")
    assert (tmp_path / "c").stat().st_mode & 0o077 == 0
    assert next((tmp_path / "c").iterdir()).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        FolderCache(tmp_path / "file" / "c")
