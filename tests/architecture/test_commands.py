"""Every command that a document shows: the product's own are read by its parser, targets and services exist, and
whatever is run by nothing here stands in a list with the reason."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cli.main import COMMANDS, parser
from core.errors import PdfCompareError

ROOT = Path(__file__).parents[2]
#: docs/api.md is left out: tests/integration/api runs its blocks as they stand
PAGES = sorted(
    page
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    if page.name != "api.md"
)
#: first word → why no test runs the line as it stands
NOT_RUN = {
    "docker": "needs containers: make stack-test runs the stack",
    "kubectl": "needs a cluster; what it is given is checked by test_kubernetes",
    "systemctl": "needs a booted systemd; the units are checked by test_systemd",
    "systemd-analyze": "the same",
    "journalctl": "the same",
    "apt-get": "changes the host",
    "useradd": "changes the host",
    "runuser": "changes the host",
    "install": "changes the host",
    "python3": "makes an environment, as make venv does",
    "python": "a benchmark or a drill, with a make target or a time of its own",
    "pip": "installs, as make does",
    "sed": "changes a file of the operator; the values are checked by test_stack",
    "cat": "feeds the command after it, which needs containers",
    "export": "sets variables for the line after it",
    "age-keygen": "another program; what it writes is read in test_backups",
    "curl": "needs a server: tests/integration/api does the same requests",
    "jq": "reads an answer of such a request",
    "head": "feeds such a request",
    "tail": "feeds such a request",
    "openssl": "makes a digest or a secret for the line after it",
    "git": "another program",
}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
SERVICES = set(yaml.safe_load((ROOT / "docker-compose-scaled.yml").read_text("utf-8"))["services"])
COMPOSE = re.compile(r"^(docker-compose|docker compose) -f docker-compose-scaled\.yml (.*)$")


def lines_of(page: Path) -> Iterator[str]:
    """Each command line of the shell blocks of a page, continued lines joined, here-documents left out."""
    for block in re.findall(r"^```(?:sh|bash|shell)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        ends = ""
        for line in block.replace("\\\n", " ").splitlines():
            if ends:
                ends = "" if line.strip() == ends else ends
            elif line.strip() and not line.lstrip().startswith("#"):
                if match := re.search(r"<<-?'?(\w+)'?", line):
                    ends = match[1]
                yield line.strip()


SHOWN = [(page, line) for page in PAGES for line in lines_of(page)]


def told(line: str) -> str | None:
    """What is wrong with a command line; None when nothing is."""
    line = re.sub(r"^(?:[A-Z_]+=\S* )+", "", line)
    if match := COMPOSE.match(line):
        named = set(
            re.findall(
                r"(?:^|\s)((?:pdf-compare-[a-z-]+|postgres-[a-z0-9-]+|pgbouncer|nginx|redis|migrate|backup|archive))(?=\s|=|$)",
                match[2],
            )
        )
        unknown = {name for name in named - SERVICES if name != "postgres-replica-3"}
        inner = re.search(r"\b(pdf-compare) (?!-)(\w[\w-]*.*)$", match[2])
        return (
            f"no service {sorted(unknown)}"
            if unknown
            else told(inner[0])
            if inner and inner[2].split()[0] in COMMANDS
            else None
        )
    words = shlex.split(line.split("  #")[0].split(" | ")[0].split(" > ")[0].split(" && ")[0], comments=True)
    if not words:
        return None
    program = words[0].rpartition("/")[2]
    if program == "pdf-compare":
        return parsed([word for word in words[1:] if word not in ("…", "&")])
    if program == "make":
        unknown = {word for word in words[1:] if "=" not in word} - TARGETS
        return f"no target {sorted(unknown)}" if unknown else None
    if re.match(r"\w+=", line) or program in NOT_RUN or words[0].startswith("packaging/"):
        return None
    return f"nothing runs {program}, and no reason is given"


def parsed(words: list[str]) -> str | None:
    chosen = next((word for word in words if not word.startswith("-")), None)
    try:
        parser(chosen).parse_args(words)
    except PdfCompareError as error:
        return error.message
    except SystemExit:
        return None  # --help, --version
    return None


@pytest.mark.parametrize(("page", "line"), SHOWN, ids=lambda value: value.name if isinstance(value, Path) else None)
def test_a_command_that_is_shown_exists(page: Path, line: str) -> None:
    assert told(line) is None, f"{page.name}: {line}"


def test_a_command_that_is_wrong_is_seen() -> None:
    assert told("pdf-compare backup --nowhere") is not None
    assert told("pdf-compare nothing") is not None
    assert told("make nothing") is not None
    assert told("docker-compose -f docker-compose-scaled.yml up -d pdf-compare-nothing") is not None
    assert told("sudo rm -rf /") is not None
    assert len(SHOWN) > 60
