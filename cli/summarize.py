"""`pdf-compare summarize RESULT.json`: what a result says, in sentences by rule, without a language model."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from cli.exit_codes import ExitCode
from cli.results import read_result
from cli.trouble import report
from core.errors import InputError, PdfCompareError
from core.faces.plain import shown
from core.faces.summary import Sentence, rule_summary

AUDIENCES = ("line", "management", "detailed")


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "summarize",
        help="what a result says, in sentences, for three readers",
        description="Tell a result that `compare --json` wrote in sentences by rule: no language model, the same each "
        "time. Exit codes: 0 told, 2 trouble.",
    )
    parser.add_argument("result", metavar="RESULT", help="a file in the form pdf-compare/1")
    parser.add_argument("--audience", choices=AUDIENCES, default="management", help="for whom (default: management)")
    parser.add_argument("--json", action="store_true", help="with the changes that each sentence is about")


def run(arguments: argparse.Namespace) -> int:
    """Read and tell."""
    try:
        summary = rule_summary(read_result(arguments.result))
    except PdfCompareError as error:
        return report(error, about=arguments.result)
    except (KeyError, TypeError, AttributeError):
        return report(InputError("is no whole result"), about=arguments.result)
    sentences = (Sentence(summary.line),) if arguments.audience == "line" else getattr(summary, arguments.audience)
    if arguments.json:
        sys.stdout.write(json.dumps([sentence.to_json() for sentence in sentences], ensure_ascii=False) + "\n")
        return ExitCode.SAME
    for number, sentence in enumerate(sentences):
        sys.stdout.write(f"{'- ' if number else ''}{shown(sentence.text)}\n")
    return ExitCode.SAME
