"""`pdf-compare search WORDS`: full-text search in a running installation, from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from cli.connected import operators, services
from cli.exit_codes import ExitCode
from cli.terminal import Ink
from core.faces.plain import shown
from service.search import ChangeHit, Hit


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "search",
        help="search all documents, or all changes, of a running installation",
        description="Search the documents of a running installation: of `up` on this machine, or of the one whose "
        "database DATABASE_URL names. Exit codes: 0 found, 1 nothing found, 2 trouble.",
    )
    parser.add_argument("words", nargs="+", help='words, "a phrase" (in quotes of its own), begin*')
    parser.add_argument("--without", action="append", default=[], metavar="WORD", help="no page with it")
    parser.add_argument("--changes", action="store_true", help="search what changed instead of pages")
    parser.add_argument("--changed-only", action="store_true", help="only pages on which a result shows a change")
    parser.add_argument("--limit", type=int, default=20, help="of each workspace (default: 20)")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each hit")


def run(arguments: argparse.Namespace) -> int:
    """Search and print; 0 where something was found."""
    query = " ".join([*(_term(word) for word in arguments.words), *(f"-{_term(word)}" for word in arguments.without)])
    ink, count = Ink(sys.stdout), 0
    with services() as found:
        for actor in operators(found):
            hits: tuple[Any, ...]
            if arguments.changes:
                hits = found.search.find_changes(actor, query, limit=arguments.limit).hits
            else:
                hits = found.search.find(actor, query, changed_only=arguments.changed_only, limit=arguments.limit).hits
            count += len(hits)
            for hit in hits:
                line = json.dumps(hit.to_json(), ensure_ascii=False) if arguments.json else _line(hit, ink)
                sys.stdout.write(line + "\n")
    return ExitCode.SAME if count else ExitCode.CHANGED


def _term(word: str) -> str:
    """A word with blanks in it was quoted for the shell: a phrase."""
    return f'"{word}"' if " " in word and '"' not in word else word


def _line(hit: Hit | ChangeHit, ink: Ink) -> str:
    if isinstance(hit, ChangeHit):
        what = shown(f"{hit.old_text or ''} → {hit.new_text or ''}", 200)
        return f"{ink(shown(hit.new_name), 'bold')} page {hit.new_page or hit.old_page}: {hit.kind} {what}"
    parts = (ink(piece.text, "yellow") if piece.is_hit else shown(piece.text) for piece in hit.snippet)
    blanks = "".join(
        part if k == 0 or hit.snippet[k].text[:1] not in " " else f" {part}" for k, part in enumerate(parts)
    )
    return f"{ink(shown(hit.name), 'bold')} page {hit.page}: {blanks}"
