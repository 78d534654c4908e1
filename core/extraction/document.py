"""A read document as it reaches a child: in parts, with the words that were recognised."""

from __future__ import annotations

from core.model import Document, join
from core.ocr.merging import with_recognised
from core.wire import Buffer, Message


def document_of(request: Message) -> Document:
    """The document of a request that the conductor made.

    Raises:
        BadOutput: It does not have the agreed form.
    """
    parts: list[Document] = []
    for k, header in enumerate(request.header["parts"]):
        prefix = f"{k}."
        buffers: dict[str, Buffer] = {
            name.removeprefix(prefix): buffer for name, buffer in request.buffers.items() if name.startswith(prefix)
        }
        parts.append(Document.from_message(Message(header, buffers)))
    return with_recognised(join(parts), request.header["ocr"], request.buffers.get("ocr"))
