"""The installed command, as a shell or a script sees it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import jsonschema
import pikepdf
import pytest

from core.sample import sample_pair
from tests.docx_text import text_of

ROOT = Path(__file__).parents[3]
COMMAND = str(Path(sys.executable).parent / "pdf-compare")
PAIRS = ROOT / "../shared/corpus/pairs"
VALIDATOR = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/pdf-compare-1.schema.json").read_text("utf-8")))


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    for name, data in sample_pair():
        (folder / name).write_bytes(data)
    return folder / sample_pair()[0][0], folder / sample_pair()[1][0]


def one_line(stderr: str, *parts: str) -> None:
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert len(lines) == 1, stderr
    assert all(part in lines[0] for part in parts), lines[0]


# ------------------------------------------------------------------ answers


def test_changes_give_exit_code_1_and_a_result_that_keeps_the_schema(pair: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    done = run("compare", *pair, "--json", target)
    result = json.loads(target.read_text("utf-8"))
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert [error.message for error in VALIDATOR.iter_errors(result)] == []
    assert result["summary"]["identical"] is False
    assert "250,000 → 275,000" in done.stdout
    kinds = {(change["layer"], change["kind"]) for change in result["changes"]}
    assert {("text", "inserted"), ("text", "deleted"), ("text", "replaced"), ("text", "moved")} <= kinds
    assert ("style", "replaced") in kinds


def test_equal_bytes_give_exit_code_0(pair: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    done = run("compare", pair[0], pair[0], "--json", target)
    result = json.loads(target.read_text("utf-8"))
    assert (done.returncode, result["changes"], result["summary"]["identical"]) == (0, [], True)
    assert [error.message for error in VALIDATOR.iter_errors(result)] == []
    assert len(result["old"]["pages"]) == 3


def test_a_copy_by_another_writer_is_the_same(pair: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.pdf"
    with pikepdf.open(pair[0]) as pdf:
        pdf.save(copy, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)
    assert run("compare", pair[0], copy).returncode == 0


def test_the_same_result_whatever_the_number_of_jobs(pair: tuple[Path, Path]) -> None:
    one, two = (run("compare", *pair, "--json", "-", "--jobs", jobs).stdout for jobs in ("1", "2"))
    assert one == two


def test_a_cache_changes_nothing_but_the_time(pair: tuple[Path, Path], tmp_path: Path) -> None:
    results = [run("compare", *pair, "--json", "-", "--cache", tmp_path / "cache").stdout for _ in range(2)]
    assert results[0] == results[1]
    assert list((tmp_path / "cache").iterdir())


def test_json_on_standard_output_stands_there_alone(pair: tuple[Path, Path]) -> None:
    done = run("compare", *pair, "--json", "-")
    assert json.loads(done.stdout)["schema"] == "pdf-compare/1"


def test_quiet_says_nothing(pair: tuple[Path, Path]) -> None:
    done = run("compare", *pair, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_all_faces_are_written(pair: tuple[Path, Path], tmp_path: Path) -> None:
    faces = [
        "--html",
        "r.html",
        "--md",
        "r.md",
        "--csv",
        "r.csv",
        "--xlsx",
        "r.xlsx",
        "--docx",
        "r.docx",
        "--pdf",
        "both.pdf",
        "--pdf",
        "marked-{side}.pdf",
    ]
    done = run("compare", *pair, *faces, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "<ins>" in (tmp_path / "r.html").read_text("utf-8")
    assert "~~250,000~~ → 275,000" in (tmp_path / "r.md").read_text("utf-8")
    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8-sig", newline="")))
    assert ("250,000", "275,000") in {(row["Old"], row["New"]) for row in rows}
    with zipfile.ZipFile(tmp_path / "r.xlsx") as book:
        assert b"275,000" in book.read("xl/sharedStrings.xml")
    redline = (tmp_path / "r.docx").read_bytes()
    assert "limited to EUR 250,000 in" in text_of(redline, "old")
    assert "limited to EUR 275,000 in" in text_of(redline, "new")
    pages = {}
    for name in ("both", "marked-old", "marked-new"):
        with pikepdf.open(tmp_path / f"{name}.pdf") as pdf:
            pages[name] = len(pdf.pages)
        assert (tmp_path / f"{name}.pdf").stat().st_size < 100_000
    assert pages == {"both": 4, "marked-old": 4, "marked-new": 4}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_word_processor_opens_the_redline(pair: tuple[Path, Path], tmp_path: Path) -> None:
    run("compare", *pair, "--docx", "r.docx", "--quiet", cwd=tmp_path)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "r.docx"),
    ]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert 3 <= len(pdf.pages) <= 5


def test_written_files_hold_what_the_filters_let_through(pair: tuple[Path, Path], tmp_path: Path) -> None:
    chosen = [
        "--export-layers",
        "text",
        "--export-severities",
        "major",
        "--export-page",
        "2",
        "--export-query",
        "275,000",
    ]
    done = run("compare", *pair, *chosen, "--csv", "r.csv", "--json", "r.json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8-sig", newline="")))
    assert [(row["Old"], row["New"]) for row in rows] == [("250,000", "275,000")]
    assert len(json.loads((tmp_path / "r.json").read_bytes())["changes"]) > 10


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("--export-layers", "words"), "there is no 'words'"),
        (("--export-kinds", ","), "nothing is named"),
        (("--unreviewed",), "has no review"),
    ],
)
def test_filters_that_cannot_be_are_refused(pair: tuple[Path, Path], chosen: tuple[str, ...], said: str) -> None:
    done = run("compare", *pair, *chosen)
    assert done.returncode == 2
    assert said in done.stderr


def test_layers_and_pages_narrow_what_is_compared(pair: tuple[Path, Path]) -> None:
    result = json.loads(run("compare", *pair, "--json", "-", "--layers", "style", "--pages", "2").stdout)
    assert {change["layer"] for change in result["changes"]} == {"style"}
    assert [page["number"] for page in result["old"]["pages"]] == [2]


def test_colour_only_on_a_terminal(pair: tuple[Path, Path]) -> None:
    assert "\033" not in run("compare", *pair).stdout


def test_a_reader_that_stops_early_is_no_trouble(pair: tuple[Path, Path]) -> None:
    script = f"'{COMMAND}' compare '{pair[0]}' '{pair[1]}' --json - | head -c 10"
    done = subprocess.run(["bash", "-c", script], capture_output=True, timeout=60, check=False)
    assert done.stderr == b""


# ------------------------------------------------------------------ trouble


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    empty, text, cut = folder / "empty.pdf", folder / "letter.pdf", folder / "cut.pdf"
    empty.write_bytes(b"")
    text.write_text("Dear Sir or Madam, this is no PDF.")
    cut.write_bytes(b"%PDF-1.7\n")
    locked, none = folder / "locked.pdf", folder / "none.pdf"
    pdf = pikepdf.new()
    pdf.save(none)
    pdf.add_blank_page()
    pdf.save(locked, encryption=pikepdf.Encryption(user="open", owner="own"))
    return {
        "empty": (empty, "error[empty_file]"),
        "text": (text, "error[not_a_pdf]"),
        "cut": (cut, "error[damaged_pdf]"),
        "locked": (locked, "error[encrypted_pdf]"),
        "none": (none, "error[no_pages]"),
        "absent": (folder / "absent.pdf", "error[cannot_open]"),
        "folder": (folder, "error[cannot_open]"),
    }


@pytest.mark.parametrize("what", ["empty", "text", "cut", "locked", "none", "absent", "folder"])
@pytest.mark.parametrize("side", ["old", "new"])
def test_a_bad_file_gives_one_line_that_names_it(pair: tuple[Path, Path], tmp_path: Path, what: str, side: str) -> None:
    bad, code = bad_files(tmp_path)[what]
    done = run("compare", *((bad, pair[1]) if side == "old" else (pair[0], bad)), "--json", tmp_path / "r.json")
    assert done.returncode == 2
    one_line(done.stderr, code, str(bad))
    assert not (tmp_path / "r.json").exists()


def test_a_password_opens_and_a_wrong_one_is_said(pair: tuple[Path, Path], tmp_path: Path) -> None:
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(pair[0]) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="öffnen", owner="own"))
    asked = run("compare", locked, pair[0])
    wrong = run("compare", pair[0], locked, "--new-password", "secret-guess")
    right = run("compare", locked, pair[0], "--old-password", "öffnen", "--layers", "text,style,table,page")
    protected = run("compare", locked, pair[0], "--old-password", "öffnen")
    one_line(asked.stderr, "--old-password")
    one_line(wrong.stderr, "error[wrong_password]", "--new-password")
    assert "secret-guess" not in wrong.stderr
    assert (asked.returncode, wrong.returncode, right.returncode) == (2, 2, 0), right.stderr
    # That it is protected, and what is forbidden, and no more.
    assert (protected.returncode, "metadata   2 deleted" in protected.stdout) == (1, True)
    assert "2 changes" in protected.stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--layers", "words"],
        ["--ignore", "everything"],
        ["--pages", "5-3"],
        ["--jobs", "none"],
        ["--layers", "drawings"],
        ["--js", "x"],
        ["--json", "-", "--md", "-"],
        ["--json", "no/such/folder/r.json"],
        ["--pdf", "/"],
    ],
)
def test_a_wrong_option_gives_one_line(pair: tuple[Path, Path], options: list[str]) -> None:
    done = run("compare", *pair, *options)
    assert done.returncode == 2
    one_line(done.stderr, "error[")


def test_an_input_is_never_overwritten(pair: tuple[Path, Path], tmp_path: Path) -> None:
    old = tmp_path / "old.pdf"
    old.write_bytes(pair[0].read_bytes())
    done = run("compare", old, pair[1], "--json", old)
    assert done.returncode == 2
    assert old.read_bytes() == pair[0].read_bytes()


def test_a_line_break_in_a_file_name_stays_one_line(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("compare", tmp_path / "a\nb\x1b[31m.pdf", pair[1])
    one_line(done.stderr, "error[cannot_open]", "a b")
    assert "\x1b" not in done.stderr


def test_a_pipe_is_refused_and_does_not_hang(pair: tuple[Path, Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    done = run("compare", tmp_path / "pipe.pdf", pair[1])
    one_line(done.stderr, "error[cannot_open]", "pipe.pdf")


def test_no_command_is_one_line() -> None:
    done = run()
    assert done.returncode == 2
    one_line(done.stderr, "COMMAND")


def test_interruption_gives_130_and_leaves_no_child(pair: tuple[Path, Path], tmp_path: Path) -> None:
    big = tmp_path / "big.pdf"
    with pikepdf.open(pair[0]) as pdf:
        for _ in range(9):
            pdf.pages.extend(pdf.pages)
        pdf.save(big)
    process = subprocess.Popen(
        [COMMAND, "compare", str(big), str(pair[1])],
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has it ignored, and a child would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  one call, one thread
    )
    deadline = time.monotonic() + 30
    while len(session(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)  # until it reads with children: not before, and not when all is done
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    deadline = time.monotonic() + 5
    while (left := session(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def session(leader: int) -> list[int]:
    """Processes of a session that are not zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


# ------------------------------------------------------------------ speed and real documents


def test_the_parent_loads_nothing_heavy() -> None:
    script = (
        "import sys, cli.main, cli.compare, core.pipeline\n"
        "heavy = {'numpy', 'pypdfium2', 'pikepdf', 'PIL', 'sqlalchemy', 'streamlit', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.corpus
@pytest.mark.parametrize("name", ["awesomecv-resume", "metropolis-demo", "top10-he", "ocr-skew1", "asvs5-tr"])
def test_real_pairs_give_results_that_keep_the_schema(name: str, tmp_path: Path) -> None:
    folder = PAIRS / name
    if not folder.is_dir():
        pytest.skip("the corpus is not here")
    outputs = ["--json", tmp_path / "r.json", "--html", tmp_path / "r.html", "--pdf", tmp_path / "r.pdf"]
    done = run("compare", folder / "old.pdf", folder / "new.pdf", *outputs)
    result = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(result)][:3] == []
    assert done.returncode == (1 if result["changes"] else 0 if result["summary"]["complete"] else 2), done.stderr
    with pikepdf.open(tmp_path / "r.pdf") as pdf:
        assert len(pdf.pages) > len(result["page_map"])  # the legend comes last
