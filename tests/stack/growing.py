"""A third replica of the database, by the lines of docs/operations.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.promises import Told
from tests.stack.compose import FILE, ROOT, Stack, run, until
from tests.stack.people import Person

THIRD = "pdf-compare-postgres-replica-3"


def told() -> Iterator[Told]:
    """As the guide says it: past PgBouncer, with an address of its own."""
    file = with_third(Stack().folder / "compose.yml")
    stack = Stack(file=file)
    password = stack.settings["POSTGRES_PASSWORD"]
    stack.change(DATABASE_READ_URL_3=f"postgresql://pdfuser:{password}@postgres-replica-3:5432/pdfcompare")
    with stack:
        person = Person()
        for _ in range(30):
            person.http.get("/api/v1/comparisons").raise_for_status()
        streams = _ask("pdf-compare-postgres-primary", "SELECT count(*) FROM pg_stat_replication")
        taken = until(lambda: int(_ask(THIRD, _READERS)) > 0, seconds=60)
        yield Told(
            "a third replica by the guide's lines: it follows, and is read",
            streams == "3",
            f"{streams} replicas follow, the third is read after {taken:.0f} s",
        )


_READERS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pdf-compare'"


def _ask(container: str, sql: str) -> str:
    return run("docker", "exec", container, "psql", "-qAt", "-U", "postgres", "-d", "pdfcompare", "-c", sql).strip()


def with_third(file: Path) -> Path:
    """The compose file with the guide's service put in, and its volume."""
    guide = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(r"```yaml\n(  postgres-replica-3:\n.*?)```", guide, re.DOTALL)
    assert found is not None
    text = (ROOT / FILE).read_text()
    text = text.replace("\n  redis:\n", f"\n{found[1]}\n  redis:\n", 1)
    file.write_text(text.replace("\nvolumes:\n", "\nvolumes:\n  postgres-replica-3: {}\n", 1))
    return file
