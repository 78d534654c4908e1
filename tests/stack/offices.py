"""People in real browsers on the scaled stack: the walks that the product is tried by on one machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.chaos.promises import Told
from tests.stack.compose import ROOT, UI, Stack
from tests.stack.people import BASE

# People who sign in; and no bound on how much a walk may ask for in a minute.
SETTINGS = f"""services:
  {UI}:
    environment:
      PDF_COMPARE_ACCOUNTS: "on"
      PDF_COMPARE_REQUESTS_PER_MINUTE: "0"
"""
WALKS = {
    "invited, compared, shared, revoked, removed; a second step; names that are scripts": "test_people.py",
    "trash, moving, administration, the log": "test_office.py",
}
# Its receiver listens on the host, which containers do not reach; the part `webhook` has one inside.
NOT_HERE = "not webhooks"


def told() -> Iterator[Told]:
    """Each walk, on the same installation, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        (own := Path(folder) / "offices.yml").write_text(SETTINGS)
        with Stack(own) as stack:
            said = stack.compose("exec", "-T", UI, "pdf-compare", "user", "first")
            found = re.search(r"one-time password (\S+) ", said)
            assert found, said
            password = {"PDFC_OFFICE_PASSWORD": found[1]}
            for what, file in WALKS.items():
                yield _walked(what, file, password)
                password = {}  # it was good for once


def _walked(what: str, file: str, password: dict[str, str]) -> Told:
    tests = f"tests/acceptance/ui/{file}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", NOT_HERE, tests],
        env={**os.environ, "PDFC_OFFICE": BASE, **password},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    lines = done.stdout.strip().splitlines()
    failed = [line.removeprefix("FAILED ") for line in lines if line.startswith(("FAILED", "ERROR"))]
    return Told(what, done.returncode == 0, "; ".join([*lines[-1:], *failed]))
