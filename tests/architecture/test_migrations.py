"""Migrations fit the release before: while web servers are replaced one by one, both work on the same database."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

VERSIONS = sorted((Path(__file__).parents[2] / "db" / "migrations" / "versions").glob("m*.py"))
#: what takes away, renames or forbids what the release before writes; a column that must have a value needs a default
TAKES_AWAY = re.compile(
    r"\b(DROP (TABLE|COLUMN|TYPE|CONSTRAINT|VIEW)|RENAME|ALTER COLUMN|SET NOT NULL|REVOKE)\b"
    r"|ADD COLUMN \w+ (?![^,;]*DEFAULT)[^,;]*NOT NULL",
    re.IGNORECASE,
)


def upgrade_texts(module: ast.Module) -> list[str]:
    """Strings of a migration that are not only for its way back."""
    functions = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    back = {node.id for node in ast.walk(functions["downgrade"]) if isinstance(node, ast.Name)}
    back -= {node.id for node in ast.walk(functions["upgrade"]) if isinstance(node, ast.Name)}
    parts = [
        node
        for node in module.body[1:]
        if node is not functions["downgrade"]
        and not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in back)
    ]
    return [
        node.value
        for part in parts
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("path", VERSIONS[1:], ids=lambda path: path.stem)
def test_a_migration_only_adds_unless_it_says_which_release_was_the_last_to_need_it(path: Path) -> None:
    module = ast.parse(path.read_text("utf-8"))
    contracts = any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "LAST_NEEDED_BY"
        for node in module.body
    )
    texts = upgrade_texts(module)
    assert any(re.search(r"\b(CREATE|ALTER|GRANT|UPDATE)\b", text) for text in texts)
    found = [match[0] for text in texts for match in TAKES_AWAY.finditer(text)]
    assert not found or contracts


@pytest.mark.parametrize(
    ("statement", "takes_away"),
    [
        ("ALTER TABLE users ADD COLUMN login text", False),
        ("ALTER TABLE jobs ADD COLUMN spent jsonb, ADD COLUMN is_dead boolean NOT NULL DEFAULT false", False),
        ("ALTER TABLE jobs ADD COLUMN is_dead boolean NOT NULL", True),
        ("ALTER TABLE jobs DROP COLUMN spent", True),
        ("ALTER TABLE jobs RENAME spent TO used", True),
    ],
)
def test_what_takes_away_is_seen(statement: str, takes_away: bool) -> None:
    assert bool(TAKES_AWAY.search(statement)) is takes_away
