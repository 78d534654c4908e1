"""The wire form: what goes in comes out, and nothing malformed is believed."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest

from core.errors import BadOutput
from core.wire import MAX_HEADER_BYTES, Buffer, Decoder, Message, buffer_of, bytes_buffer, read_message, write_message

LIMIT = 1 << 20


def written(*messages: Message) -> bytes:
    stream = io.BytesIO()
    for message in messages:
        write_message(stream, message)
    return stream.getvalue()


def crafted(header: object, body: bytes = b"", *, count: int | None = None) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    buffers = len(header["_buffers"]) if isinstance(header, dict) and count is None else count or 0
    return struct.pack("<4sII", b"PDFC", len(raw), buffers) + raw + body


def test_messages_come_back_as_they_were_sent() -> None:
    boxes = np.arange(12, dtype=np.float32).reshape(3, 4)
    first = Message(
        {"kind": "result", "word": "e\u0301\ud83d 😀"}, {"box": buffer_of(boxes), "none": bytes_buffer(b"")}
    )
    stream = io.BytesIO(written(first, Message({"kind": "progress"})))
    back = read_message(stream, limit_bytes=LIMIT)
    assert back is not None
    assert back.header == first.header
    assert (back.buffers["box"].array() == boxes).all()
    assert back.buffers["none"].array().shape == (0,)
    assert [m.kind if (m := read_message(stream, limit_bytes=LIMIT)) else None for _ in range(2)] == ["progress", None]


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "i8", "f4", "f8"])
def test_every_agreed_dtype_travels_in_any_memory_order(dtype: str) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)[:, ::2].transpose(2, 0, 1)
    message = read_message(io.BytesIO(written(Message({}, {"a": buffer_of(values)}))), limit_bytes=LIMIT)
    assert message is not None
    found = message.buffers["a"].array()
    assert (found.dtype.str[1:], found.shape) == (dtype, values.shape)
    assert (found == values).all()
    assert not found.flags.writeable


@pytest.mark.parametrize("values", [np.array(["a"]), np.array([object()]), np.array([1 + 1j]), np.array([True])])
def test_no_other_dtype_is_sent(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="does not travel"):
        buffer_of(values)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused_where_it_is_looked_at(bad: float) -> None:
    message = read_message(io.BytesIO(written(Message({}, {"a": buffer_of(np.array([1.0, bad]))}))), limit_bytes=LIMIT)
    assert message is not None
    with pytest.raises(BadOutput):
        message.buffers["a"].array()


@pytest.mark.parametrize("size", [1, 5, 11, 12, 13, 40, 70])
def test_a_message_that_is_cut_off_is_refused(size: int) -> None:
    whole = written(Message({"kind": "result"}, {"a": bytes_buffer(b"x" * 20)}))
    with pytest.raises(BadOutput):
        read_message(io.BytesIO(whole[: min(size, len(whole) - 1)]), limit_bytes=LIMIT)


def row(**change: object) -> dict[str, object]:
    fields = {"name": "a", "dtype": "i4", "shape": [2], "size": 8, **change}
    return {"kind": "result", "_buffers": [list(fields.values())]}


@pytest.mark.parametrize(
    "raw",
    [
        crafted(b"{"),
        crafted(b"[]"),
        crafted(b"null"),
        crafted(b'"text"'),
        crafted(b"{}"),
        crafted(b"\xff\xfe"),
        crafted(b"[" * 200_000),
        crafted(b'{"_buffers":[],"x":Infinity}'),
        crafted(b'{"_buffers":[],"x":' + b"9" * 10_000 + b"}"),
        crafted({"_buffers": {"a": 1}}),
        crafted({"_buffers": [[1]]}),
        crafted({"_buffers": []}, count=1),
        crafted({"_buffers": []}, count=1_000_000),
        crafted(row(name=1), b"x" * 8),
        crafted(row(dtype="O8"), b"x" * 8),
        crafted(row(dtype=["i4"]), b"x" * 8),
        crafted(row(shape=2), b"x" * 8),
        crafted(row(shape=[1, 1, 1, 1, 2]), b"x" * 8),
        crafted(row(shape=[-2], size=-8)),
        crafted(row(shape=[-1, -2]), b"x" * 8),
        crafted(row(shape=[2.0]), b"x" * 8),
        crafted(row(shape=[True], dtype="u1", size=1), b"x"),
        crafted(row(size=9), b"x" * 9),
        crafted(row(size="8"), b"x" * 8),
        crafted(row(dtype="u1", shape=[1 << 39], size=1 << 39)),
        crafted(row(dtype="u1", shape=[LIMIT], size=LIMIT), bytes(LIMIT)),
        crafted({"_buffers": [["a", "u1", [1], 1], ["a", "u1", [1], 1]]}, b"xx"),
        b"PDFX" + bytes(8),
        struct.pack("<4sII", b"PDFC", MAX_HEADER_BYTES + 1, 0),
        struct.pack("<4sII", b"PDFC", 0, 0),
    ],
)
def test_a_malformed_message_is_refused(raw: bytes) -> None:
    with pytest.raises(BadOutput):
        read_message(io.BytesIO(raw), limit_bytes=LIMIT)


def test_a_message_that_could_not_be_read_is_not_sent() -> None:
    with pytest.raises(BadOutput):
        write_message(io.BytesIO(), Message({"x": "y" * MAX_HEADER_BYTES}))


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_a_decoder_takes_bytes_as_they_come(step: int) -> None:
    big = bytes(range(256)) * 300
    raw = written(
        Message({"n": 1}, {"a": bytes_buffer(b"")}), Message({"n": 2}, {"a": bytes_buffer(big)}), Message({"n": 3})
    )
    decoder, found, at = Decoder(limit_bytes=LIMIT), [], 0
    while at < len(raw):
        room = decoder.room()
        count = min(step, len(room), len(raw) - at)
        room[:count] = raw[at : at + count]
        at += count
        message = decoder.took(count)
        if message is not None:
            found.append(message)
    decoder.end()
    assert [m.header["n"] for m in found] == [1, 2, 3]
    assert bytes(found[1].buffers["a"].data) == big


def test_a_buffer_of_bytes_is_what_it_was() -> None:
    assert bytes_buffer(b"abc") == Buffer("u1", (3,), b"abc")
