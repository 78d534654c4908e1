"""Messages between a parent and its children: a JSON header and raw columns, never pickle.

A message on a pipe is the magic `PDFC`, two little-endian uint32 (header bytes, buffer count), the header as
UTF-8 JSON, then each buffer. The header's key `_buffers` lists name, dtype, shape and size of each buffer in order.
The parent only moves `Buffer`s; NumPy is imported only by who looks inside one.
"""

from __future__ import annotations

import json
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, TypeGuard

from core.errors import BadOutput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"PDFC"
_PREFIX = struct.Struct("<4sII")
ITEM_BYTES = {"u1": 1, "u2": 2, "u4": 4, "i1": 1, "i2": 2, "i4": 4, "i8": 8, "f4": 4, "f8": 8}
#: JSON can be twenty times larger once parsed, so that this, not the size of a message, bounds what a lie can cost.
MAX_HEADER_BYTES = 16 * 1024 * 1024
MAX_BUFFERS = 8192
MAX_DIMENSIONS = 4
#: From this size on a block is a mapping of its own: it costs nothing until bytes come, and goes back at once.
_MAPPED_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Buffer:
    """One column: little-endian items of `dtype` in C order. `u1` with one dimension is also plain bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes | memoryview

    def array(self) -> NDArray[Any]:
        """A read-only array over the bytes; `BadOutput` where a float is not finite."""
        import numpy as np

        found: np.ndarray[Any, Any] = np.frombuffer(self.data, dtype="<" + self.dtype).reshape(self.shape)
        if self.dtype[0] == "f" and not np.isfinite(found).all():
            raise BadOutput("a column holds a number that is not finite")
        return found


def buffer_of(values: NDArray[Any]) -> Buffer:
    """The buffer of an array whose dtype is one of `ITEM_BYTES`."""
    import numpy as np

    packed = np.ascontiguousarray(values)
    dtype = packed.dtype.str.lstrip("<|=")
    if dtype not in ITEM_BYTES:
        raise ValueError(f"dtype {packed.dtype} does not travel")
    return Buffer(dtype, packed.shape, packed.data.cast("B") if packed.size else b"")


def bytes_buffer(data: bytes) -> Buffer:
    """The buffer of plain bytes."""
    return Buffer("u1", (len(data),), data)


@dataclass(frozen=True, slots=True)
class Message:
    """A JSON header and named buffers. `header["kind"]` says what it is: request, progress, result or error."""

    header: dict[str, Any]
    buffers: Mapping[str, Buffer] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.header.get("kind", ""))


def pieces_of(message: Message) -> Iterator[bytes | memoryview]:
    """The bytes of a message in order: prefix and header, then one piece for each buffer."""
    table = [[name, b.dtype, list(b.shape), len(b.data)] for name, b in message.buffers.items()]
    header = json.dumps({**message.header, "_buffers": table}, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    if len(header) > MAX_HEADER_BYTES or len(table) > MAX_BUFFERS:
        raise BadOutput("a message is too large to send")
    yield _PREFIX.pack(MAGIC, len(header), len(table)) + header
    for buffer in message.buffers.values():
        yield buffer.data


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message and flush."""
    for piece in pieces_of(message):
        stream.write(piece)
    stream.flush()


def read_message(stream: BinaryIO, *, limit_bytes: int) -> Message | None:
    """Read one message; None at the end of the stream.

    Raises:
        BadOutput: It is cut off, malformed, or larger than `limit_bytes`; nothing larger is ever allocated.
    """
    decoder = Decoder(limit_bytes=limit_bytes)
    while True:
        with decoder.room() as room:
            count = _read_into(stream, room)
        if not count:
            decoder.end()
            return None
        message = decoder.took(count)
        if message is not None:
            return message


def _read_into(stream: BinaryIO, room: memoryview) -> int:
    return int(stream.readinto(room) or 0)  # type: ignore[attr-defined]  # every binary stream has it


class Decoder:
    """Messages out of bytes as they come, without I/O: fill `room()`, say with `took` how many bytes came.

    Nothing of what the sender claims is believed before it is checked, and memory is used only for bytes that came.
    """

    def __init__(self, *, limit_bytes: int) -> None:
        """`limit_bytes` is for each message: its header and buffers together."""
        self._limit = limit_bytes
        self._restart()

    def _restart(self) -> None:
        self._header: dict[str, Any] | None = None
        self._header_bytes = 0
        self._count = 0
        self._specs: list[tuple[str, str, tuple[int, ...], int]] = []
        self._buffers: dict[str, Buffer] = {}
        self._in_prefix = True
        self._want(_PREFIX.size)

    def _want(self, size: int) -> None:
        self._block = _block(size)
        self._filled = 0

    def room(self) -> memoryview:
        """Where the next bytes go; never empty."""
        return self._block[self._filled :]

    def took(self, count: int) -> Message | None:
        """Account for `count` bytes put into `room()`; the message when this completes one.

        Raises:
            BadOutput: The message is malformed or larger than the limit.
        """
        self._filled += count
        if self._filled < len(self._block):
            return None
        if self._in_prefix:
            self._take_prefix()
        elif self._header is None:
            self._take_header()
        else:
            self._take_buffer()
        return self._next_or_message()

    def end(self) -> None:
        """The stream has ended: `BadOutput` when inside a message."""
        if not self._in_prefix or self._filled:
            raise BadOutput("a message is cut off")

    def _take_prefix(self) -> None:
        magic, header_bytes, count = _PREFIX.unpack(self._block)
        if magic != MAGIC or not 0 < header_bytes <= min(MAX_HEADER_BYTES, self._limit) or count > MAX_BUFFERS:
            raise BadOutput("a message is malformed or too large")
        self._in_prefix, self._header_bytes, self._count = False, header_bytes, count
        self._want(header_bytes)

    def _take_header(self) -> None:
        try:
            header = _HEADERS.decode(bytes(self._block).decode("utf-8", "surrogatepass"))
            self._specs = [_spec(*row) for row in header.pop("_buffers")]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadOutput("a message has no readable header") from error
        names = {spec[0] for spec in self._specs}
        if len(self._specs) != self._count or len(names) != self._count:
            raise BadOutput("a message is malformed or too large")
        if sum(spec[3] for spec in self._specs) > self._limit - self._header_bytes:
            raise BadOutput("a message is malformed or too large")
        self._header = header

    def _take_buffer(self) -> None:
        name, dtype, shape, _ = self._specs[len(self._buffers)]
        self._buffers[name] = Buffer(dtype, shape, self._block.toreadonly())

    def _next_or_message(self) -> Message | None:
        if self._header is None:
            return None
        while len(self._buffers) < self._count:
            name, dtype, shape, size = self._specs[len(self._buffers)]
            if size:
                self._want(size)
                return None
            self._buffers[name] = Buffer(dtype, shape, b"")
        message = Message(self._header, self._buffers)
        self._restart()
        return message


def _block(size: int) -> memoryview:
    if size < _MAPPED_BYTES:
        return memoryview(bytearray(size))
    return memoryview(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


def _spec(name: object, dtype: object, shape: object, size: object) -> tuple[str, str, tuple[int, ...], int]:
    """A row of the table of buffers, every field checked; ValueError otherwise."""
    if not isinstance(name, str) or not isinstance(dtype, str) or dtype not in ITEM_BYTES or not _is_count(size):
        raise ValueError("buffer")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS or not all(map(_is_count, shape)):
        raise ValueError("buffer")
    if prod(shape) * ITEM_BYTES[dtype] != size:
        raise BadOutput("a column does not have the size it says")
    return name, dtype, tuple(shape), int(size)


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 1 << 40


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


_HEADERS = json.JSONDecoder(parse_constant=_refuse_constant)
