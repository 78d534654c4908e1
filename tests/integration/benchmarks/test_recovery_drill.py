"""Recovery to a moment, by the scripts of the stack, on a real server."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.recovery_drill import drill


def test_a_server_is_brought_back_to_the_moment_before_a_mistake() -> None:
    # Not pytest's own folder: as root the server runs as a system user, and that folder is closed to others.
    with tempfile.TemporaryDirectory(prefix="pdfc-recovery-") as place:
        told = list(drill(Path(place)))
    assert [each.line() for each in told if not each.kept] == []
    assert len(told) == 11
