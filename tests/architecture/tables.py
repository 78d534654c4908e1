"""The tables in docs/ that repeat the code; `make docs` writes them, a test keeps them equal."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import pkgutil
import re
from dataclasses import fields
from pathlib import Path
from unittest import mock

from cli.main import COMMANDS, parser
from core.errors import PdfCompareError, error_classes
from core.options import Limits
from service.settings import LIMIT_PREFIX, Settings
from tests.architecture import metric_table, schema_tables

DOCS = Path(__file__).parents[2] / "docs"


def error_table() -> list[str]:
    """A row for each error code, in the order of the codes."""
    for package in ("core", "service", "api", "cli", "db", "worker"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
            # Engines load PDF libraries, migrations and __main__ modules run: none defines an error of its own.
            if (
                ".engines." not in module.name
                and not module.name.endswith("__main__")
                and ".migrations" not in module.name
            ):
                importlib.import_module(module.name)
    rows = ["| Code | What it says | What to do | Tried again |", "| --- | --- | --- | --- |"]
    for code, cls in sorted(error_classes().items()):
        if cls.__module__.partition(".")[0] == "tests":
            continue
        said = inspect.cleandoc(cls.__doc__ or "").splitlines()[0]
        if cls is PdfCompareError:
            said = "Something unexpected happened; the message names its sort."
        rows.append(f"| `{code}` | {said} | {cls.remedy} | {'yes' if cls.retryable else 'no'} |")
    return rows


def settings_table() -> list[str]:
    """A row for each setting, in the order of the code."""
    rows = ["| Variable | Key in TOML | Default | Meaning |", "| --- | --- | --- | --- |"]
    for key, field in Settings.model_fields.items():
        variable = str(field.validation_alias)
        if key in ("limits", "database_read_urls"):
            variable = {"limits": f"{LIMIT_PREFIX}…", "database_read_urls": "DATABASE_READ_URL_1 … N"}[key]
        rows.append(f"| `{variable}` | `{key}` | {_default(key)} | {field.description} |")
    return rows


def _default(key: str) -> str:
    field = Settings.model_fields[key]
    special = {
        "data_dir": "`/var/lib/pdf-compare` as root, else `~/.local/share/pdf-compare`",
        "worker_jobs": "one for each core, at most 4",
        "limits": "see below",
    }
    if key in special:
        return special[key]
    if field.default is None or field.default == ():
        return "–"
    value = ", ".join(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{value}`"


def limits_table() -> list[str]:
    """A row for each limit; the meaning is that of the docstring of `Limits`."""
    meanings = dict(re.findall(r"^ +(\w+): (.+)$", inspect.getdoc(Limits) or "", re.MULTILINE))
    rows = ["| Variable | Default | Meaning |", "| --- | --- | --- |"]
    for field in fields(Limits):
        if field.name == "sandbox":  # a setting of its own
            continue
        value = getattr(Limits(), field.name)
        rows.append(f"| `{LIMIT_PREFIX}{field.name.upper()}` | {value:,} | {meanings.get(field.name, '')} |")
    return rows


def command_line() -> list[str]:
    """What each command says of itself."""
    rows = []
    with mock.patch.dict(os.environ, {"COLUMNS": "110"}):
        for name in COMMANDS:
            whole = parser(name)
            (commands,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
            rows += [
                f"## {name}",
                "",
                "```text",
                *commands.choices[name].format_help().rstrip().splitlines(),
                "```",
                "",
            ]
    return rows[:-1]


TABLES = {
    "commands": ("command-line.md", command_line),
    "errors": ("errors.md", error_table),
    "settings": ("settings.md", settings_table),
    "limits": ("settings.md", limits_table),
    "metrics": ("metrics.md", metric_table.rows),
    "labels": ("metrics.md", metric_table.label_rows),
    "result": ("result.md", schema_tables.rows),
}


def with_table(text: str, name: str, rows: list[str]) -> str:
    """`text` with the table between its two comments replaced."""
    begin, end = f"<!-- {name}: begin, written by `make docs` -->", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return "\n".join([before + begin, "", *rows, "", end]) + after


def main() -> None:
    """Write all tables."""
    for name, (file, table) in TABLES.items():
        path = DOCS / file
        path.write_text(with_table(path.read_text("utf-8"), name, table()), "utf-8")


if __name__ == "__main__":
    main()
