"""The commands beside `compare`."""

import json
from pathlib import Path

from tests.acceptance.cli.test_compare import run


def test_version_and_help_say_what_there_is() -> None:
    assert run("--version").stdout.startswith("pdf-compare 0.")
    told = run("--help").stdout
    assert all(name in told for name in ("compare", "up", "worker", "migrate", "sample", "doctor"))


def test_every_command_has_help() -> None:
    for name in ("compare", "up", "worker", "migrate", "sample", "doctor"):
        done = run(name, "--help")
        assert done.returncode == 0, (name, done.stderr)
        assert done.stdout.startswith(f"usage: pdf-compare {name}")


def test_doctor_tells_what_it_found_also_as_json() -> None:
    done = run("doctor", "--json")
    found = {check["name"]: check["state"] for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 0, done.stderr
    assert found["PDFium build"] == "ok"
    assert "tesseract" in found
    assert "PDFium build" in run("doctor").stdout


def test_sample_writes_a_pair_that_can_be_compared(tmp_path: Path) -> None:
    old, new = run("sample", tmp_path / "here").stdout.split()
    assert run("compare", old, new, "--quiet").returncode == 1


def test_sample_says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("sample", tmp_path / "file")
    assert done.returncode == 2
    assert done.stderr.startswith("error[cannot_write] ")
