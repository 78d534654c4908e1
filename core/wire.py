"""Messages between a parent and its children: a JSON header and raw columns, never pickle.

A message on a pipe is the magic `PDFC`, two little-endian uint32 (header bytes, buffer count), the header as
UTF-8 JSON, then each buffer. The header's key `_buffers` lists name, dtype, shape and size of each buffer in order.
The parent only moves `Buffer`s; NumPy is imported only by who looks inside one.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any, BinaryIO

from core.errors import BadOutput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"PDFC"
_PREFIX = struct.Struct("<4sII")
ITEM_BYTES = {"u1": 1, "u2": 2, "u4": 4, "i1": 1, "i2": 2, "i4": 4, "i8": 8, "f4": 4, "f8": 8}
MAX_HEADER_BYTES = 64 * 1024 * 1024
MAX_BUFFERS = 256


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


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message and flush."""
    table = [[name, b.dtype, list(b.shape), len(b.data)] for name, b in message.buffers.items()]
    header = json.dumps({**message.header, "_buffers": table}, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    stream.write(_PREFIX.pack(MAGIC, len(header), len(table)))
    stream.write(header)
    for buffer in message.buffers.values():
        stream.write(buffer.data)
    stream.flush()


def read_message(stream: BinaryIO, *, limit_bytes: int) -> Message | None:
    """Read one message; None at the end of the stream.

    Raises:
        BadOutput: It is cut off, malformed, or larger than `limit_bytes`; nothing larger is ever allocated.
    """
    prefix = stream.read(_PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < _PREFIX.size:
        raise BadOutput("a message is cut off")
    magic, header_bytes, count = _PREFIX.unpack(prefix)
    if magic != MAGIC or header_bytes > min(MAX_HEADER_BYTES, limit_bytes) or count > MAX_BUFFERS:
        raise BadOutput("a message is malformed or too large")
    try:
        header = json.loads(_exactly(stream, header_bytes))
        table = header.pop("_buffers")
        specs = [(str(n), str(d), tuple(int(x) for x in s), int(size)) for n, d, s, size in table]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadOutput("a message has no readable header") from error
    if len(specs) != count or sum(spec[3] for spec in specs) > limit_bytes:
        raise BadOutput("a message is malformed or too large")
    buffers: dict[str, Buffer] = {}
    for name, dtype, shape, size in specs:
        if dtype not in ITEM_BYTES or any(n < 0 for n in shape) or size < 0 or prod(shape) * ITEM_BYTES[dtype] != size:
            raise BadOutput("a column does not have the size it says")
        buffers[name] = Buffer(dtype, shape, _exactly(stream, size))
    return Message(header, buffers)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise BadOutput("a message is cut off")
    return data
