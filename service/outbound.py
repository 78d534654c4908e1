"""Requests that the server makes to addresses which users choose: only to networks that may be reached, and only once.

A name is looked up, each address that it stands for is judged, and the connection goes to an address that was judged:
a name that stands for another one a moment later (DNS rebinding) changes nothing. No redirect is followed, no proxy of
the environment is asked, and the whole of it ends within a time, however slowly the other side speaks.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

from core.errors import InputError, PdfCompareError

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
MOST_CHARACTERS = 2000
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class BadAddress(InputError):
    """The address cannot be sent to."""

    code = "bad_webhook_address"
    remedy = "Give an http or https address, without a name and password, on a network that this server may reach."


class NotSent(PdfCompareError):
    """The other side could not be reached, or did not answer in time."""

    code = "not_sent"
    remedy = "Look at the receiver; it is tried again."


class Target(NamedTuple):
    """A place to send to, with the address that was judged."""

    parts: SplitResult
    host: str
    port: int
    address: str


def target(url: str, allowed: Sequence[Network] = ()) -> Target:
    """Where an address leads, now.

    Args:
        url: As a user gave it.
        allowed: Networks besides the public ones.

    Raises:
        BadAddress: It cannot be read, leads nowhere, or (with one address of several) to where it must not.
    """
    if len(url) > MOST_CHARACTERS or not url.isascii() or not url.isprintable() or " " in url:
        raise BadAddress("The address is too long, or holds characters that none may hold.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress("The address cannot be read.") from error
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.fragment or port == 0:
        raise BadAddress()
    port = port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadAddress("The address's name cannot be found.", remedy="Check the name, or try again later.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(_may_be_reached(address, allowed) for address in addresses):
        raise BadAddress(
            "The address leads into a network that this server must not reach.",
            remedy="Give a public address; an administrator can allow networks in PDF_COMPARE_WEBHOOK_NETWORKS.",
        )
    return Target(parts, host, port, addresses[0])


def post(url: str, body: bytes, headers: Mapping[str, str], allowed: Sequence[Network] = ()) -> int:
    """Send a body; the status of the answer, whose content is not read.

    Raises:
        BadAddress: It leads to where it must not, by now.
        NotSent: There was no answer in time.
    """
    place = target(url, allowed)
    connection = _Connection(place)
    ending = threading.Timer(TOTAL_SECONDS, connection.abandon)
    ending.daemon = True
    ending.start()
    try:
        path = (place.parts.path or "/") + (f"?{place.parts.query}" if place.parts.query else "")
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotSent(f"No answer: {_reason(error)}.") from error
    finally:
        ending.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """To the judged address, under the name that was asked for."""

    def __init__(self, place: Target) -> None:
        super().__init__(place.host, place.port, timeout=CONNECT_SECONDS)
        self._place = place
        self._abandoned = False

    def connect(self) -> None:
        plain = socket.create_connection((self._place.address, self._place.port), CONNECT_SECONDS)
        plain.settimeout(TOTAL_SECONDS)
        self.sock = plain
        if self._place.parts.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self._place.host)
        if self._abandoned:
            raise TimeoutError

    def abandon(self) -> None:
        """Let whatever waits on the connection fail."""
        self._abandoned = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _may_be_reached(text: str, allowed: Sequence[Network]) -> bool:
    address = _meant(ipaddress.ip_address(text.partition("%")[0]))
    if any(address.version == network.version and address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast


def _meant(address: _Address) -> _Address:
    """An IPv4 address that is wrapped in one of IPv6, unwrapped."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if wrapped is None and address.teredo is not None:
            wrapped = address.teredo[1]
        if wrapped is None and address in _NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return wrapped or address
    return address


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, ssl.SSLError):
        return "its certificate is not good"
    return type(error).__name__
