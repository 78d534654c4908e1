"""`pdf-compare user`: the first administrator, and a way back in for one who has lost his password."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from cli import connected
from core.errors import NotFound
from service.access import Actor
from service.accounts import ONE_TIME_HOURS, clean_login
from service.bootstrap import Services

_GOOD_FOR = f"It is good for {ONE_TIME_HOURS} hours and is replaced at the first sign-in."


def add_parser(commands: Any) -> None:
    """Add the sub-parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "user",
        help="people who may sign in: the first administrator, list, add, reset a password",
        description="Look after accounts from the server itself, whoever is signed in there.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    acts.add_parser("first", help="make the first administrator and print his one-time password")
    acts.add_parser("list", help="list all accounts")
    add = acts.add_parser("add", help="add a person and print a one-time password")
    add.add_argument("login", help="the name to sign in with, such as an address")
    add.add_argument("--name", help="the person's name; default: the login name")
    add.add_argument("--admin", action="store_true", help="may look after users and workspaces")
    reset = acts.add_parser("reset", help="give a person a one-time password, end his sessions and unlock him")
    reset.add_argument("login")
    reset.add_argument("--second-step", action="store_true", help="take his authenticator away too")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 0."""
    acts: dict[str, Callable[[Services, argparse.Namespace], None]] = {
        "first": _first,
        "list": _list,
        "add": _add,
        "reset": _reset,
    }
    with connected.services() as services:
        acts[arguments.act](services, arguments)
    return 0


def _first(services: Services, arguments: argparse.Namespace) -> None:
    made = services.accounts.add_first()
    if made is None:
        _say("There are accounts already; `pdf-compare user reset LOGIN` gives one of them a new password.")
        return
    _say(f"Sign in as {made[0]} with the one-time password {made[1]} . {_GOOD_FOR}")


def _list(services: Services, arguments: argparse.Namespace) -> None:
    for person in services.accounts.list(_operator(services)):
        marks = (
            ("administrator", person.is_admin),
            ("closed", person.is_disabled),
            ("one-time password", person.waits),
        )
        told = ", ".join(word for word, holds in marks if holds)
        _say(f"{person.login}\t{person.name}\t{told}")


def _add(services: Services, arguments: argparse.Namespace) -> None:
    person, password = services.accounts.add(
        _operator(services), arguments.name or arguments.login, arguments.login, is_admin=arguments.admin
    )
    _say(f"{person.login} signs in with the one-time password {password} . {_GOOD_FOR}")


def _reset(services: Services, arguments: argparse.Namespace) -> None:
    operator, login = _operator(services), clean_login(arguments.login)
    found = next((person for person in services.accounts.list(operator) if person.login == login), None)
    if found is None:
        raise NotFound("There is no account of this name.", remedy="`pdf-compare user list` lists all.")
    if arguments.second_step:
        services.second_steps.reset(operator, found.id)
    password = services.accounts.reset(operator, found.id)
    _say(f"{login} signs in with the one-time password {password} . {_GOOD_FOR}")


def _operator(services: Services) -> Actor:
    """Whoever runs the server, in the workspace of the first administrator."""
    home = services.users.home_of(services.users.local_user())
    if home is None:
        home = services.database.workspaces()[0]
    return services.users.operator_of(home)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
