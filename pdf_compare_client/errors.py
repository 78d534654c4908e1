"""What can go wrong, as the server says it or because it says nothing."""

from __future__ import annotations


class ClientError(Exception):
    """Base of all errors of this package."""


class Unreachable(ClientError):
    """The server does not answer, or what answers is no PDF Compare."""


class TookTooLong(ClientError):
    """It has not ended in the time that was given."""


class BadSignature(ClientError):
    """A webhook's request is not from the server, or too old."""


class ApiError(ClientError):
    """The server refuses: `code` is stable, `detail` says what is wrong, `remedy` what to do."""

    def __init__(self, status: int, code: str, detail: str, remedy: str) -> None:
        super().__init__(f"{detail} {remedy}".strip())
        self.status = status
        self.code = code
        self.detail = detail
        self.remedy = remedy
