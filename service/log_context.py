"""Whose work a thread is at: ids that every log line of it bears, however deep the code that writes it.

nginx gives each request an id; the web server binds it, a job takes it along, and the worker binds it again. So one id
finds the lines of all of them. Nothing but ids: no names, no text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, str]] = ContextVar("pdf_compare_log", default=_NOTHING)


def bound() -> Mapping[str, str]:
    """What is bound now, by the name of the field."""
    return _BOUND.get()


def bind(**fields: str | None) -> None:
    """Bind for the rest of this context, as a thread that serves one page; None removes a field."""
    merged = {**_BOUND.get(), **fields}
    _BOUND.set({name: value for name, value in merged.items() if value is not None})


@contextmanager
def binding(**fields: str | None) -> Iterator[None]:
    """Bind inside of `with`."""
    token = _BOUND.set(_BOUND.get())
    try:
        bind(**fields)
        yield
    finally:
        _BOUND.reset(token)
