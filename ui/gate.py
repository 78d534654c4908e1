"""Taking the browser to a page outside of the application, such as the one to sign in at; a script cannot do that."""

from __future__ import annotations

from ui.components import component


def gate(address: str) -> None:
    """Load another page of this server in place of this one; where the user was goes along as `next`."""
    component("gate", js="gate-*.js", css="gate-*.css", html="<div></div>")(key="gate", data={"to": address})
