"""The symbols of a document's legends with their pictures, for a vision model to name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from core.assistant.tasks import MOST_SYMBOLS, LegendSymbol
from core.errors import AssistantError
from core.extraction.conductor import Conductor
from core.extraction.options import ExtractOptions
from core.sandbox import run_piece
from core.sides import Source
from core.wire import Message
from service.assistant import AssistWork
from service.bootstrap import Services
from service.jobs import Attempt
from service.read_cache import BlobReadCache


class NoLegend(AssistantError):
    """The document has no legend of symbols."""

    code = "no_legend"
    remedy = "A legend is found by its title, such as Legend or Symbols; docs/extract.md says how."


def legend_symbols(
    services: Services, attempt: Attempt, work: AssistWork, must_stop: Callable[[], bool]
) -> list[LegendSymbol]:
    """What the legends show, counted by shape, each with its picture.

    Raises:
        NoLegend: There is none.
        InputError, EngineError, Cancelled: As of reading.
    """
    settings, source = services.settings, work.sources[0]
    fd = services.blobs.open(attempt.workspace, "pdf", source.sha256)
    try:
        conductor = Conductor(
            limits=settings.limits,
            jobs=settings.worker_jobs,
            cancelled=must_stop,
            cache=BlobReadCache(services.blobs, attempt.workspace),
        )
        found = conductor.extract(Source(fd, source.name, source.sha256, None), ExtractOptions(what=("symbols",)))
        symbols = json.loads(found.json)["symbols"]
        if not symbols:
            raise NoLegend
        wanted = [[one["page"], one["box"]] for one in symbols[:MOST_SYMBOLS]]
        answer = run_piece(
            "crops", Message({"kind": "request", "crops": wanted, "format": "png"}), files=[fd], limits=settings.limits
        )
    finally:
        os.close(fd)
    pictures = {k: buffer.data for k, buffer in answer.buffers.items()}
    return [
        LegendSymbol(
            id=str(one["id"]),
            label=str(one["label"]),
            page=int(one["page"]),
            box=one["box"],
            count=int(one["count"]),
            picture=bytes(pictures.get(str(k), b"")),
        )
        for k, one in enumerate(symbols)
    ]
