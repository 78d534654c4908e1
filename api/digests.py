"""The digest that a sender gives with a body, as Content-Digest or Repr-Digest (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import re

from starlette.datastructures import Headers

from core.errors import InputError

_MEMBER = re.compile(r"([a-z0-9-]+)=:([A-Za-z0-9+/=]*):")
_SHA256_BYTES = 32


class BadDigest(InputError):
    """The digest in the request cannot be checked."""

    code = "bad_digest"
    remedy = "Send Content-Digest: sha-256=:…: with the SHA-256 of the file in base64, or leave it out."


def given_digest(headers: Headers) -> str | None:
    """The SHA-256 that a request's body is said to have, in hexadecimal digits; None when nothing is said.

    Raises:
        BadDigest: It is said in a way, or by an algorithm, that we cannot check; to let it pass would be to lie.
    """
    said = [headers[name] for name in ("content-digest", "repr-digest") if name in headers]
    found: set[str] = set()
    for value in said:
        members = [_MEMBER.fullmatch(member.strip()) for member in value.split(",")]
        digests = [member[2] for member in members if member is not None and member[1] == "sha-256"]
        if None in members or len(digests) != 1:
            raise BadDigest()
        try:
            digest = base64.b64decode(digests[0], validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadDigest() from error
        if len(digest) != _SHA256_BYTES:
            raise BadDigest()
        found.add(digest.hex())
    if len(found) > 1:
        raise BadDigest("The request names two digests that differ.")
    return next(iter(found), None)
