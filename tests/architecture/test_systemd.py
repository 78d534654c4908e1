"""The units of a bare-metal install: what systemd itself says of them, offline."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.main import COMMANDS
from service.settings import Settings

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "systemd").glob("pdf-compare*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
ANALYZE = shutil.which("systemd-analyze")
#: as systemd counts exposure, in tenths: 0 none, 100 all; what is left is the network, which the product is for
MOST_EXPOSED = 25


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
def test_systemd_reads_the_units_without_a_complaint(tmp_path: Path) -> None:
    program = tmp_path / "pdf-compare"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/pdf-compare/bin/pdf-compare", str(program)))
    named = [str(tmp_path / unit.name.replace("@.", "@1.")) for unit in UNITS]
    done = subprocess.run([str(ANALYZE), "verify", *named], capture_output=True, text=True, check=False, timeout=120)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "pdf-compare" in line]
    assert ours == []


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_the_units_are_locked_in(unit: Path) -> None:
    command = [str(ANALYZE), "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_units_give_settings_and_commands_that_exist() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    example = (ROOT / "systemd" / "environment").read_text()
    given = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    given |= {
        name for unit in SERVICES for name in re.findall(r"^Environment=([A-Z_]+)=", unit.read_text(), re.MULTILINE)
    }
    assert given <= known
    commands = {re.search(r"^ExecStart=\S+ (\S+)", unit.read_text(), re.MULTILINE)[1] for unit in SERVICES}  # type: ignore[index]
    assert commands == {"migrate", "web", "worker", "backup"}
    assert commands <= set(COMMANDS)


def test_children_may_lock_themselves_in() -> None:
    for unit in SERVICES:
        text = unit.read_text()
        assert "landlock_restrict_self seccomp" in text
        assert "NoNewPrivileges=yes" in text
        assert "MemoryDenyWriteExecute" not in text
