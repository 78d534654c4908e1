"""The house stays in order: floors, names, docstrings, locked packages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from cli.doctor import FLOORS, parts
from service.telemetry import FIELDS

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "db", "service", "api", "cli", "worker", "ui", "pdf_compare_client")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LOCKS = tuple(f"requirements{name}.lock" for name in ("", "-dev", "-benchmark", "-tracing", "-docs"))


def test_imports_go_down_only() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_no_drawer_for_odds_and_ends_and_no_twins() -> None:
    bad = re.compile(r"(^|_)(utils?|helpers?|manager|common|misc|new|v2|enhanced|old2)$")
    assert [str(path) for path in SOURCES if bad.search(path.stem) or bad.search(path.parent.name)] == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in SOURCES if path.read_text("utf-8").strip() and not ast.get_docstring(parsed(path))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_public_functions_and_classes_say_what_a_caller_cannot_see() -> None:
    """Members of an enumeration or a small value may speak for themselves; a public function may not."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in SOURCES
        if "migrations" not in path.parts
        for node in parsed(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_nothing_is_printed_past_the_doors() -> None:
    printing = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_what_is_logged_besides_the_message_is_let_through() -> None:
    """A field that the log does not know is dropped without a word."""
    named = {(str(path.relative_to(ROOT)), key) for path in SOURCES for key in logged(parsed(path))}
    assert {key for _, key in named} >= {"action", "job", "webhook", "reference", "kind"}
    assert {(path, key) for path, key in named if key not in FIELDS} == set()


@pytest.mark.parametrize("name", [*LOCKS, "requirements-s3.lock"])
def test_a_lock_holds_hashes_and_no_address(name: str) -> None:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE)
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted|file:|\.local|localhost", text)
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    bare = [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry or "==" not in entry]
    assert bare == []


@pytest.mark.parametrize("name", LOCKS)
def test_locked_versions_are_not_below_the_floors(name: str) -> None:
    locked = pinned(name)
    low = [package for package, floor in FLOORS.items() if parts(locked[canonical(package)]) < parts(floor)]
    assert low == []


def test_every_package_asked_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {
        "requirements.lock": project["dependencies"],
        "requirements-dev.lock": [*project["dependencies"], *project["optional-dependencies"]["dev"]],
        "requirements-benchmark.lock": [*project["dependencies"], *project["optional-dependencies"]["benchmark"]],
        "requirements-tracing.lock": [*project["dependencies"], *project["optional-dependencies"]["tracing"]],
        "requirements-docs.lock": [*project["dependencies"], *project["optional-dependencies"]["docs"]],
    }
    missing = {name: [line for line in lines if canonical(line) not in pinned(name)] for name, lines in wanted.items()}
    assert missing == {name: [] for name in LOCKS}


def test_every_package_imported_is_asked_for() -> None:
    """What another package happens to bring may be gone with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {canonical(line) for line in project["dependencies"]}
    declared |= {canonical(line) for line in project["optional-dependencies"]["tracing"]}  # service/tracing.py alone
    brought = packages_distributions()
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in SOURCES
        for name in imported(path)
        if name not in sys.stdlib_module_names
        and name not in PACKAGES
        and not declared & {canonical(distribution) for distribution in brought.get(name, [name])}
    }
    assert missing == set()


def test_the_table_of_packages_is_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = {canonical(line) for line in [*project["dependencies"], *project["optional-dependencies"]["tracing"]]}
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    rows = text[text.index("| Package | For | Licence |") :].split("\n\n")[0].splitlines()[2:]
    # A row may say after a name what stands behind it, in brackets.
    told = {canonical(name.strip()) for row in rows for name in re.sub(r"\([^)]*\)", "", row).split("|")[1].split(",")}
    assert sorted(told - asked) == []
    assert sorted(asked - told) == []


def test_the_benchmark_shares_no_code_with_what_it_measures() -> None:
    """Its documents, truths and scores would prove nothing otherwise."""
    sources = [*(ROOT / "benchmarks" / "accuracy").rglob("*.py"), ROOT / "benchmarks" / "measuring.py"]
    assert len(sources) > 15
    sharing = {str(path.relative_to(ROOT)): sorted(imported(path) & set(PACKAGES)) for path in sources}
    assert {path: names for path, names in sharing.items() if names} == {}


def imported(path: Path) -> set[str]:
    """The first names of all modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return {name.partition(".")[0] for name in found}


def logged(module: ast.Module) -> set[str]:
    """The keys of every `extra` of a log line, written there or in a variable of the same name as it is handed in."""
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    given = [
        keyword.value
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in levels
        for keyword in node.keywords
        if keyword.arg == "extra"
    ]
    variables = {value.id for value in given if isinstance(value, ast.Name)}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and target.id in variables:
                    given.append(node.value)
                elif isinstance(target, ast.Subscript) and getattr(target.value, "id", None) in variables:
                    given.append(ast.Dict([target.slice], [node.value]))
    pairs = [part for value in given for part in ast.walk(value) if isinstance(part, ast.Dict)]
    assert all(isinstance(value, ast.Dict | ast.Name | ast.IfExp | ast.BinOp) for value in given)
    return {key.value for part in pairs for key in part.keys if isinstance(key, ast.Constant)}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def pinned(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text("utf-8")
    return {
        canonical(package): version for package, version in re.findall(r"^([\w.\-\[\]]+)==(\S+)", text, re.MULTILINE)
    }


def canonical(requirement: str) -> str:
    match = re.match(r"[\w.-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()
