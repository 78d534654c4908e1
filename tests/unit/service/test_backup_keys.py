"""Keys of backups that are none are told as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.backup_folder import BackupFolder, BadKey, _unseal


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="no age1"):
        BackupFolder(tmp_path, "age1nonsense")


def test_a_malformed_key_is_told_as_a_key(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="no whole AGE-SECRET-KEY"):
        _unseal(tmp_path / "sealed", tmp_path / "plain", "AGE-SECRET-KEY-1NONSENSE")
