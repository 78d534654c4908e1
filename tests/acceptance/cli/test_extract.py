"""`pdf-compare extract`, as a shell or a script sees it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from core.sample import sample_pair
from tests.acceptance.cli.test_compare import one_line, run
from tests.unit.core.pdfs import drawn, lines


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    name, data = sample_pair()[0]
    path = tmp_path_factory.mktemp("contract") / name
    path.write_bytes(data)
    return path


def test_without_options_the_text_comes_on_standard_output(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(drawn(lines("One line."), lines("And another page.")))
    done = run("extract", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "One line.\n\fAnd another page.\n", "")


def test_files_of_every_sort_are_written(contract: Path, tmp_path: Path) -> None:
    names = {"--text": "a.txt", "--md": "a.md", "--tables": "a.csv", "--words": "w.json", "--json": "all.json",
             "--fields": "f.csv", "--metadata": "m.json", "--page-images": "pages"}  # fmt: skip
    options = [part for option, name in names.items() for part in (option, tmp_path / name)]
    done = run("extract", contract, *options, "--dpi", "72")
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert result["schema"] == "pdf-compare-extract/1" and result["tables"]
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))
    assert rows[0] == result["tables"][0]["rows"][0]
    assert len(list((tmp_path / "pages").glob("page-*.png"))) == result["page_count"]
    done = run("extract", contract, "--tables", tmp_path / "t.xlsx", "--pages", "1-2")
    assert done.returncode == 0 and zipfile.is_zipfile(tmp_path / "t.xlsx")


def test_trouble_is_one_line_and_exit_code_2(contract: Path, tmp_path: Path) -> None:
    done = run("extract", tmp_path / "none.pdf")
    assert done.returncode == 2
    one_line(done.stderr, "error[cannot_open]", "none.pdf")
    done = run("extract", contract, "--text", contract)
    assert done.returncode == 2
    one_line(done.stderr, "is the file to extract from")
    done = run("extract", contract, "--text", "-", "--md", "-")
    one_line(done.stderr, "only one output")
    done = run("extract", contract, "--dpi", "9000", "--page-images", tmp_path / "x")
    one_line(done.stderr, "dpi")
