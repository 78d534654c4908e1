"""People in real browsers on the scaled stack: the walks that the product is tried by on one machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.promises import Told
from tests.stack.compose import ROOT, UI, Stack
from tests.stack.people import BASE

TESTS = ROOT / "tests" / "acceptance" / "ui"
# People who sign in; and no bound on how much a walk may ask for in a minute.
SETTINGS = f"""services:
  {UI}:
    environment:
      PDF_COMPARE_ACCOUNTS: "on"
      PDF_COMPARE_REQUESTS_PER_MINUTE: "0"
"""
PEOPLE = {
    "invited, compared, shared, revoked, removed; a second step; names that are scripts": "test_people.py",
    "trash, moving, administration, the log": "test_office.py",
}
ALONE = {
    "reviewed by keyboard and in two windows, signed, carried over, given to somebody": "test_review.py",
    "uploaded, refused, compared, looked at, taken away": "test_browser.py",
}
# Its receiver listens on the host, which containers do not reach; the part `webhook` has one inside.
NOT_HERE = "not webhooks"


def with_people() -> Iterator[Told]:
    """People who sign in; each walk on the same installation, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        (own := Path(folder) / "people.yml").write_text(SETTINGS)
        with Stack(own) as stack:
            said = stack.compose("exec", "-T", UI, "pdf-compare", "user", "first")
            found = re.search(r"one-time password (\S+) ", said)
            assert found, said
            password = {"PDFC_OFFICE_PASSWORD": found[1]}
            for what, file in PEOPLE.items():
                yield _walked(what, file, PDFC_OFFICE=BASE, **password)
                password = {}  # it was good for once


def told(_: Stack) -> Iterator[Told]:
    """Those that need nobody to sign in."""
    for what, file in ALONE.items():
        yield _walked(what, file, PDFC_PRODUCT=BASE)


def _walked(what: str, file: str, **where: str) -> Told:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", NOT_HERE, str(TESTS / file)],
        env={**os.environ, **where},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    lines = done.stdout.strip().splitlines()
    failed = [line.removeprefix("FAILED ") for line in lines if line.startswith(("FAILED", "ERROR"))]
    return Told(what, done.returncode == 0, "; ".join([*lines[-1:], *failed]))
