"""One document into the full-text index: read as for a comparison, told page by page, written in one transaction."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from core.errors import Cancelled, InputError, PdfCompareError, StorageError
from core.extraction.conductor import Conductor
from core.extraction.options import ExtractOptions
from core.sides import Source
from db.database import one_at_a_time
from db.rows import DocumentRow
from service import queue, search_index
from service.bootstrap import Services
from service.read_cache import BlobReadCache

log = logging.getLogger(__name__)

_ASK_SECONDS = 2.0  #: between two looks whether somebody waits for a comparison
AGAIN_SECONDS = 3
#: From this attempt on indexing goes on although others wait: else a busy server would never search.
PATIENT_ATTEMPTS = search_index.MOST_ATTEMPTS - 1


class Indexer:
    """Indexes documents, one in each thread that calls."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def run(self, workspace: UUID, sha256: str, *, leaving: Callable[[], bool]) -> bool:
        """Index some bytes; False where that is to be tried again later.

        Args:
            workspace: Whose they are.
            sha256: Digest of the PDF.
            leaving: Whether this worker is to stop.

        Raises:
            StorageError: The database or the store is away.
        """
        database, started = self._services.database, time.monotonic()
        with database.write(workspace) as session:
            if session.scalar(select(DocumentRow.id).where(DocumentRow.sha256 == sha256).limit(1)) is None:
                search_index.forget_index(session, sha256)
                return True
            if search_index.is_compared_now(session, sha256):
                return False
            attempt = search_index.begin(session, sha256)
        if attempt is None:
            return True
        try:
            self._index(workspace, sha256, leaving, is_patient=attempt < PATIENT_ATTEMPTS)
        except Cancelled:
            return False
        except PdfCompareError as error:
            if isinstance(error, StorageError) and error.retryable:
                raise
            log.warning("not indexed", extra={"action": "index_failed", "code": error.code})
            if not isinstance(error, InputError | StorageError) and attempt < search_index.MOST_ATTEMPTS:
                return False
            with database.write(workspace) as session:
                search_index.fail(session, sha256, error.code)
            return True
        seconds = round(time.monotonic() - started, 2)
        log.info("indexed", extra={"action": "indexed", "seconds": seconds})
        return True

    def _index(self, workspace: UUID, sha256: str, leaving: Callable[[], bool], *, is_patient: bool) -> None:
        services, looked = self._services, time.monotonic()

        def must_stop() -> bool:
            nonlocal looked
            if leaving():
                return True
            if is_patient and time.monotonic() > looked + _ASK_SECONDS:
                looked = time.monotonic()
                return services.jobs.depths()[queue.COMPARE][0] > 0
            return False

        settings = services.settings
        options = ExtractOptions(what=("words",), ocr_languages=tuple(settings.search_ocr_languages))
        fd = services.blobs.open(workspace, "pdf", sha256)
        try:
            conductor = Conductor(
                limits=settings.limits,
                jobs=settings.worker_jobs,
                cancelled=must_stop,
                cache=BlobReadCache(services.blobs, workspace),
            )
            answer = conductor.index(Source(fd, "", sha256, None), options)
        finally:
            os.close(fd)
        pages = search_index.pages_of(answer)
        with services.database.write(workspace) as session:
            # Against a deletion of the bytes at the same moment: see `service.documents`.
            one_at_a_time(session, f"{workspace}/{sha256}")
            if session.scalar(select(DocumentRow.id).where(DocumentRow.sha256 == sha256).limit(1)) is None:
                search_index.forget_index(session, sha256)
                return
            search_index.store(session, workspace, sha256, pages)
