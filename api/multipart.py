"""A form with one file in it, read as it comes: nothing of it is held but the piece at hand.

Starlette's own reader copies a file of any size into a temporary one before a route sees it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from core.errors import InputError

FIELD = "file"
OVERHEAD_BYTES = 16 * 1024  #: more than the boundaries and headers of a form with one file have
_HEADER_BYTES = 4096
_MOST_HEADERS = 8


class NotAForm(InputError):
    """The body is not a form with a file."""

    code = "not_a_form"
    remedy = f"Send multipart/form-data with the file in the field `{FIELD}`; PUT takes the file itself as the body."


class BadForm(InputError):
    """The form cannot be read."""

    code = "bad_form"
    remedy = f"Send one file in the field `{FIELD}`, and nothing else."


async def one_file(request: Request) -> AsyncIterator[str | bytes]:
    """The name of the file in the form, then its bytes in pieces.

    Raises:
        NotAForm: The request says that its body is something else.
        BadForm: There is no file in it, more than one, another field, or it breaks off.
    """
    form = _Form(request.headers.get("content-type", ""))
    async for chunk in request.stream():
        for event in form.feed(chunk):
            yield event
    form.end()


class _Form:
    """Turns bytes of a form into events."""

    def __init__(self, content_type: str) -> None:
        kind, parameters = parse_options_header(content_type)
        boundary = parameters.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise NotAForm()
        self._events: list[str | bytes] = []
        self._name, self._value = bytearray(), bytearray()
        self._disposition: bytes | None = None
        self._files = 0
        self._is_whole = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": lambda data, start, end: self._events.append(bytes(data[start:end])),
                    "on_end": self._ends,
                },
                max_header_count=_MOST_HEADERS,
                max_header_size=_HEADER_BYTES,
            )
        except FormParserError as error:
            raise BadForm("The boundary of the form cannot be used.") from error

    def feed(self, chunk: bytes) -> list[str | bytes]:
        """What these bytes bring."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadForm() from error
        events, self._events = self._events, []
        return events

    def end(self) -> None:
        """There are no more bytes."""
        if not self._is_whole:
            raise BadForm("The form breaks off before its end.")
        if not self._files:
            raise BadForm("There is no file in the form.")

    def _part_begins(self) -> None:
        self._disposition = None

    def _header_ends(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        kind, parameters = parse_options_header(self._disposition)
        field = parameters.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or field != FIELD:
            raise BadForm(f"There is no field {field[:40]!r}.")
        if b"filename" not in parameters:
            raise BadForm(f"The field `{FIELD}` is not a file.")
        self._files += 1
        if self._files > 1:
            raise BadForm("There is more than one file in the form.")
        self._events.append(parameters[b"filename"].decode("utf-8", "replace")[:255])

    def _ends(self) -> None:
        self._is_whole = True
