"""`pdf-compare models`: which language models are set, which are there; have their server fetch those that are not."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

from cli.exit_codes import ExitCode
from cli.terminal import Bar, Ink
from core.assistant.ollama import ModelAway, ModelTooSlow, Ollama, address_of, same_model
from core.faces.plain import shown
from service.assistant_state import KINDS
from service.settings import Settings, load_settings

_WAIT_SECONDS = 300.0
_AGAIN_SECONDS = 2.0


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "models",
        help="which language models the assistant has; fetch those that are missing",
        description="Ask the language model's server (OLLAMA_HOST) which of the models that are set it has. "
        "Exit codes: 0 all are there, 1 some are missing, 2 trouble.",
    )
    parser.add_argument("--pull", action="store_true", help="have the server fetch what is missing")
    parser.add_argument("--wait", action="store_true", help="wait for the server to come up, five minutes at most")


def run(arguments: argparse.Namespace) -> int:
    """Look, fetch, tell; 0 where all models are there."""
    settings = load_settings()
    client = Ollama(address_of(settings.ollama_host))
    ink, missing = Ink(sys.stdout), 0
    if settings.assistant == "off":
        sys.stdout.write("The assistant is switched off (PDF_COMPARE_ASSISTANT).\n")
        return ExitCode.SAME
    installed = _installed(client, is_patient=arguments.wait)
    for name, tasks in wanted(settings).items():
        is_there = any(same_model(name, known) for known in installed)
        if not is_there and arguments.pull:
            bar = Bar(sys.stderr)
            client.pull(name, on_progress=bar.show)
            bar.clear()
            is_there = True
        missing += not is_there
        state = ink("there", "green") if is_there else ink("missing", "yellow")
        sys.stdout.write(f"{shown(name, 80):<32} {state}  {', '.join(tasks)}\n")
    return ExitCode.CHANGED if missing else ExitCode.SAME


def wanted(settings: Settings) -> dict[str, list[str]]:
    """The models that are set, and what each is for."""
    found: dict[str, list[str]] = {}
    for kind in KINDS:
        if model := settings.llm_for(kind):
            found.setdefault(model, []).append(kind)
    found.setdefault(settings.llm_embed, []).append("meaning")
    return found


def _installed(client: Ollama, *, is_patient: bool) -> list[str]:
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return [model.name for model in client.models()]
        except (ModelAway, ModelTooSlow):
            if not is_patient or time.monotonic() > deadline:
                raise
            time.sleep(_AGAIN_SECONDS)
