"""The full-text index: what is to be indexed, writing it, choosing a language, forgetting it.

Functions take the session of a transaction of the workspace, so that a document and the wish to find it, or its end
and the index's, are there or gone together.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_or_nothing
from sqlalchemy.orm import Session

from core.errors import BadOutput
from core.searching.folding import Token, is_run, tokens_of
from core.searching.languages import OTHER, language_of
from core.searching.query import STEMS, WRITTEN
from core.version import READER_VERSION
from core.wire import Message
from db.rows import ComparisonRow, DocumentRow, JobRow, SearchDocumentRow, SearchPageRow
from service import queue

#: Another one is made anew: what reading finds, or what is stored of it, has changed.
INDEX_VERSION = f"1-{READER_VERSION}"
#: After an upload: who uploads compares next, and must not wait for the search.
LATER_SECONDS = 3
MOST_ATTEMPTS = 4
MOST_POSITIONS = 16_383  #: PostgreSQL counts no further
_PAGES_AT_ONCE = 200
_LANGUAGE_TOKENS = 20_000  #: by which a language is told


@dataclass(frozen=True, slots=True)
class IndexedPage:
    """One page on its way into the index; attributes as of `SearchPageRow`."""

    number: int
    is_recognised: bool
    body: str
    boxes: bytes
    unit: float
    tokens: Sequence[Token]


def ask_for_index(session: Session, workspace: UUID, sha256: str, *, later_seconds: int = LATER_SECONDS) -> bool:
    """Have some bytes indexed, unless they are or soon will be; whether that was asked for now."""
    values = {"workspace_id": workspace, "sha256": sha256, "language": OTHER, "version": INDEX_VERSION}
    made = session.execute(
        insert_or_nothing(SearchDocumentRow).values(values).on_conflict_do_nothing().returning(SearchDocumentRow.sha256)
    ).scalar_one_or_none()
    if made is None:
        renewed = session.execute(
            update(SearchDocumentRow)
            .where(SearchDocumentRow.sha256 == sha256, SearchDocumentRow.version != INDEX_VERSION)
            .values(version=INDEX_VERSION, attempts=0, problem=None, indexed_at=None, asked_at=func.clock_timestamp())
            .returning(SearchDocumentRow.sha256)
        ).scalar_one_or_none()
        if renewed is None:
            return False
    queue.defer_index(session, workspace, sha256, later_seconds=later_seconds)
    return True


def ask_for_missing(session: Session, workspace: UUID, *, most: int = 200, stale_seconds: float = 900.0) -> int:
    """Have indexed what is not: documents from before there was a search, and what was lost with its worker."""
    known = select(SearchDocumentRow.sha256).where(SearchDocumentRow.version == INDEX_VERSION)
    fresh = session.scalars(select(DocumentRow.sha256).where(DocumentRow.sha256.not_in(known)).distinct().limit(most))
    asked = sum(ask_for_index(session, workspace, sha256, later_seconds=0) for sha256 in fresh.all())
    lost = session.scalars(
        update(SearchDocumentRow)
        .where(
            SearchDocumentRow.indexed_at.is_(None),
            SearchDocumentRow.problem.is_(None),
            SearchDocumentRow.attempts < MOST_ATTEMPTS,
            SearchDocumentRow.asked_at < func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, stale_seconds),
        )
        .values(asked_at=func.clock_timestamp())
        .returning(SearchDocumentRow.sha256)
    ).all()
    for sha256 in lost:
        queue.defer_index(session, workspace, sha256, later_seconds=0)
    return asked + len(lost)


def forget_index(session: Session, sha256: str) -> int:
    """Delete everything that can be found of some bytes in the session's workspace; how many pages there were."""
    pages = session.scalar(select(func.count()).where(SearchPageRow.sha256 == sha256)) or 0
    session.execute(delete(SearchDocumentRow).where(SearchDocumentRow.sha256 == sha256))
    return pages


def is_compared_now(session: Session, sha256: str) -> bool:
    """Whether somebody waits for a comparison of these bytes, which reads them first."""
    documents = select(DocumentRow.id).where(DocumentRow.sha256 == sha256)
    live = (
        select(JobRow.id)
        .join(ComparisonRow, ComparisonRow.job_id == JobRow.id)
        .where(
            JobRow.state.in_(("queued", "running")),
            ComparisonRow.old_id.in_(documents) | ComparisonRow.new_id.in_(documents),
        )
    )
    return session.scalar(live.limit(1)) is not None


def begin(session: Session, sha256: str) -> int | None:
    """Count an attempt; which one it is, or None where there is nothing to do any more."""
    attempt: int | None = session.execute(
        update(SearchDocumentRow)
        .where(SearchDocumentRow.sha256 == sha256, SearchDocumentRow.indexed_at.is_(None))
        .values(attempts=SearchDocumentRow.attempts + 1, asked_at=func.clock_timestamp())
        .returning(SearchDocumentRow.attempts)
    ).scalar_one_or_none()
    return attempt


def fail(session: Session, sha256: str, code: str) -> None:
    """Note that some bytes cannot be indexed."""
    session.execute(update(SearchDocumentRow).where(SearchDocumentRow.sha256 == sha256).values(problem=code))


def pages_of(answer: Message) -> list[IndexedPage]:
    """The pages that the piece `index` told.

    Raises:
        BadOutput: They do not have the agreed form.
    """
    try:
        bodies = json.loads(bytes(answer.buffers["bodies"].data))
        boxes = bytes(answer.buffers["boxes"].data)
        pages, at = [], 0
        for row, body in zip(answer.header["pages"], bodies, strict=True):
            number, count, is_recognised, unit = int(row[0]), int(row[1]), bool(row[2]), float(row[3])
            mine = boxes[8 * at : 8 * (at + count)]
            if not isinstance(body, str) or len(mine) != 8 * count or "\0" in body or not 0 < unit < 1e4:
                raise BadOutput
            pages.append(IndexedPage(number, is_recognised, body, mine, unit, tokens_of(body)))
            at += count
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadOutput from error
    return pages


def store(session: Session, workspace: UUID, sha256: str, pages: Sequence[IndexedPage]) -> None:
    """Put pages in place of what is there; the language is told by them unless somebody has chosen it."""
    row = session.scalars(select(SearchDocumentRow).where(SearchDocumentRow.sha256 == sha256).with_for_update()).one()
    if not row.is_chosen:
        row.language = language_of(_first_tokens(pages))
    stems = stems_of(session, row.language, {token.text for page in pages for token in page.tokens})
    session.execute(delete(SearchPageRow).where(SearchPageRow.sha256 == sha256))
    told = [page for page in pages if page.body]
    for start in range(0, len(told), _PAGES_AT_ONCE):
        session.execute(
            insert(SearchPageRow),
            [
                {
                    "workspace_id": workspace,
                    "sha256": sha256,
                    "page": page.number,
                    "is_recognised": page.is_recognised,
                    "body": page.body,
                    "boxes": page.boxes,
                    "unit": page.unit,
                    "search": vector([token.text for token in page.tokens], stems, row.language),
                }
                for page in told[start : start + _PAGES_AT_ONCE]
            ],
        )
    row.silent_pages, row.indexed_at, row.problem = len(pages) - len(told), func.clock_timestamp(), None


def reindex(session: Session, workspace: UUID, sha256: str, language: str) -> bool:
    """Index the stored pages by the stems of a language; False where there are none."""
    row = session.scalars(
        select(SearchDocumentRow).where(SearchDocumentRow.sha256 == sha256).with_for_update()
    ).one_or_none()
    if row is None:
        return False
    row.language, row.is_chosen = language, True
    session.flush()
    found = session.scalars(select(SearchPageRow).where(SearchPageRow.sha256 == sha256)).all()
    pages = [
        IndexedPage(one.page, one.is_recognised, one.body, one.boxes, one.unit, tokens_of(one.body)) for one in found
    ]
    silent, indexed = row.silent_pages, row.indexed_at
    if indexed is not None:
        store(session, workspace, sha256, pages)
        row.silent_pages = silent
    return True


def stems_of(session: Session, language: str, tokens: Iterable[str]) -> dict[str, str]:
    """By token its stem in a language; words that are too frequent to tell anything have none."""
    if language not in STEMS:
        return {}
    words = sorted({token for token in tokens if token.isalpha() and not is_run(token[0])})
    rows = session.execute(
        text(
            "SELECT word, (ts_lexize(CAST(:stemmer AS regdictionary), word))[1] "
            "FROM unnest(CAST(:words AS text[])) word"
        ),
        {"stemmer": f"{language}_stem", "words": words},
    )
    return {word: stem for word, stem in rows if stem}


def add_vectors(session: Session, changes: Sequence[dict[str, Any]]) -> None:
    """Add to rows of changes what they are found by: the words of their old and new texts."""
    tokens = [
        [
            token
            for text_ in (row["old_text"], row["new_text"])
            for token, _, _ in tokens_of(" ".join((text_ or "").split()))
        ]
        for row in changes
    ]
    language = language_of(token for some in tokens for token in some)
    stems = stems_of(session, language, {token for some in tokens for token in some})
    for row, some in zip(changes, tokens, strict=True):
        row["search"] = vector(some, stems, language)


def vector(tokens: Sequence[str], stems: Mapping[str, str], language: str) -> str:
    """Tokens in the form of PostgreSQL's `tsvector`: each as written, and by its stem."""
    positions: dict[str, list[int]] = {}
    for place, token in enumerate(tokens[:MOST_POSITIONS], 1):
        positions.setdefault(WRITTEN + token, []).append(place)
        stem = stems.get(token)
        if stem is not None:
            positions.setdefault(STEMS[language] + stem, []).append(place)
    return " ".join(
        "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "':" + ",".join(map(str, places[:255]))
        for lexeme, places in positions.items()
    )


def boxes_of(boxes: bytes, unit: float, first: int, last: int) -> list[tuple[float, float, float, float]]:
    """The boxes of some words, points; words that go on along a line are one box."""
    found: list[tuple[float, float, float, float]] = []
    for word in range(first, last + 1):
        x0, y0, x1, y1 = (value * unit for value in struct.unpack_from("<4H", boxes, 8 * word))
        if found:
            a0, b0, a1, b1 = found[-1]
            shared = min(b1, y1) - max(b0, y0)
            if shared > 0.5 * min(b1 - b0, y1 - y0) and 0 <= x0 - a1 + 1 < 2 * (y1 - y0):
                found[-1] = a0, min(b0, y0), max(a1, x1), max(b1, y1)
                continue
        found.append((x0, y0, x1, y1))
    return [(round(a, 2), round(b, 2), round(c, 2), round(d, 2)) for a, b, c, d in found]


def _first_tokens(pages: Sequence[IndexedPage]) -> list[str]:
    found: list[str] = []
    for page in pages:
        found += [token.text for token in page.tokens]
        if len(found) >= _LANGUAGE_TOKENS:
            break
    return found
