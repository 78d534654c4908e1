"""Full-text search over a workspace: pages of documents, and changes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text as TextType
from sqlalchemy.types import Uuid

from core.errors import NotFound, OptionsError
from core.searching.folding import tokens_of, words_of
from core.searching.languages import LANGUAGES
from core.searching.query import STEMS, Term, lexemes, parsed, places, tsquery
from db.database import Database
from db.rows import ChangeRow, ComparisonRow, DocumentRow, SearchDocumentRow, SearchPageRow
from service import audit
from service.access import Actor, Role
from service.documents import added, find_document
from service.search_index import boxes_of, reindex
from service.views import iso

MOST_LISTED = 50
#: Where more pages than these fit, the newest are ranked: a word that is everywhere tells pages apart by nothing else.
MOST_RANKED = 400
MOST_BOXES = 200
SNIPPET_BEFORE, SNIPPET_WORDS = 10, 34
Kind = Literal["text", "recognised"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that fits.

    Attributes:
        document: Id of the newest document with these bytes, likewise `name`.
        kind: Whether its words were read, or recognised in a picture.
        boxes: Where the words stand on the page, points from the top left; a box for each line of a place.
        count: How many places there are, those without a box included.
        comparison: Id of the newest result that shows this document, to open it there.
    """

    document: str
    name: str
    sha256: str
    page: int
    kind: Kind
    rank: float
    snippet: tuple[Piece, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    count: int
    comparison: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ChangeHit:
    """A change that fits; its texts as in `ChangeView`."""

    comparison: str
    change: str
    layer: str
    kind: str
    severity: str
    old_name: str
    new_name: str
    old_page: int | None
    new_page: int | None
    old_text: str | None
    new_text: str | None
    rank: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits.

    Attributes:
        total: How many fit in all.
        is_partial: More fit than are ranked; the newest `MOST_RANKED` are.
        waiting: Documents that are not in the index yet.
    """

    hits: tuple[Hit, ...]
    total: int
    is_partial: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class FoundChanges:
    """A page of changes; attributes as of `Found`."""

    hits: tuple[ChangeHit, ...]
    total: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class IndexState:
    """What the search knows of a document; `indexed_at` is None while it waits, `problem` the code of an error."""

    language: str
    is_chosen: bool
    silent_pages: int
    indexed_at: datetime | None
    problem: str | None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "indexed_at": iso(self.indexed_at)}


class Search:
    """Use cases of the search. Reads go to replicas where there are some."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(
        self,
        actor: Actor,
        query: str,
        *,
        document_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        owner: str | None = None,
        kind: Kind | None = None,
        changed_only: bool = False,
        limit: int = 20,
        skip: int = 0,
    ) -> Found:
        """The pages that fit best.

        Args:
            actor: Who asks.
            query: Words (other forms count too), "phrases" (as written), begin*, -without.
            document_id: Only this document.
            since: Only documents added from then on; likewise `until`.
            owner: Only documents that this user added.
            kind: Only words that were read, or only those that were recognised.
            changed_only: Only pages on which a result shows a change.
            limit: At most so many.
            skip: So many of the best are left out, for a next page.

        Raises:
            BadQuery: There is nothing to search for.
            NotFound: There is no such document.
        """
        actor.require(Role.VIEWER)
        terms = parsed(query)
        with self._database.read(actor.workspace) as session:
            stems = _stems(session, terms)
            digests = _digests(session, document_id, since, until, owner)
            rows = session.execute(
                _HITS,
                {
                    "asked": tsquery(terms, stems),
                    "digests": digests,
                    "recognised": None if kind is None else kind == "recognised",
                    "changed": changed_only,
                    **_window(limit, skip),
                },
            ).all()
            hits = _hits(session, rows, terms, stems)
            waiting = session.scalar(
                select(func.count()).where(SearchDocumentRow.indexed_at.is_(None), SearchDocumentRow.problem.is_(None))
            )
        total = int(rows[0].found) if rows else 0
        return Found(hits, total, total > MOST_RANKED, int(waiting or 0))

    def find_changes(
        self,
        actor: Actor,
        query: str,
        *,
        document_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
        skip: int = 0,
    ) -> FoundChanges:
        """The changes of all results that fit best, by their old and new texts; arguments and errors as of `find`."""
        actor.require(Role.VIEWER)
        terms = parsed(query)
        with self._database.read(actor.workspace) as session:
            stems = _stems(session, terms)
            chosen = _comparisons(session, document_id, since, until)
            rows = session.execute(
                _CHANGES,
                {
                    "asked": tsquery(terms, stems),
                    "chosen": chosen,
                    **_window(limit, skip),
                },
            ).all()
            hits = _change_hits(session, rows)
        total = int(rows[0].found) if rows else 0
        return FoundChanges(hits, total, total > MOST_RANKED)

    def state(self, actor: Actor, document_id: str) -> IndexState | None:
        """What the search knows of a document; None while nothing; `NotFound`."""
        actor.require(Role.VIEWER)
        with self._database.read(actor.workspace) as session:
            digest = find_document(session, document_id).sha256
            row = session.scalars(select(SearchDocumentRow).where(SearchDocumentRow.sha256 == digest)).one_or_none()
        if row is None:
            return None
        return IndexState(row.language, row.is_chosen, row.silent_pages, row.indexed_at, row.problem)

    def choose_language(self, actor: Actor, document_id: str, language: str) -> None:
        """Say in which language a document is written, where that was not told by its words.

        Raises:
            NotFound: There is no such document, or it is not in the index yet.
            OptionsError: There is no such language.
        """
        actor.require(Role.EDITOR)
        if language not in LANGUAGES:
            raise OptionsError(f"there is no language {language[:20]!r}", remedy=f"Choose from {', '.join(LANGUAGES)}.")
        with self._database.write(actor.workspace) as session:
            document = find_document(session, document_id)
            if not reindex(session, actor.workspace, document.sha256, language):
                raise NotFound("The document is not in the search yet.")
            audit.note(session, actor, "search.language", document.id, language=language)


_HITS = text(
    "SELECT id, found, rank FROM search_hits("
    "CAST(:asked AS tsquery), :digests, :recognised, :changed, :most, :skipped, :shown)"
).bindparams(bindparam("digests", type_=ARRAY(TextType)))
_CHANGES = text(
    "SELECT id, found, rank FROM search_changes(CAST(:asked AS tsquery), :chosen, :most, :skipped, :shown)"
).bindparams(bindparam("chosen", type_=ARRAY(Uuid)))
_STEMS = text(
    "SELECT word, "  # noqa: S608 - the names are ours
    + ", ".join(f"(ts_lexize('{language}_stem', word))[1] AS {language}" for language in STEMS)
    + " FROM unnest(CAST(:words AS text[])) word"
)
_PLACES = text(
    "SELECT p.id, u.lexeme, u.positions FROM search_pages p, unnest(p.search) u "
    "WHERE p.id = ANY(:ids) AND u.lexeme = ANY(:lexemes)"
)


def _window(limit: int, skip: int) -> dict[str, int]:
    """Which of the ranked are shown."""
    return {"most": MOST_RANKED, "skipped": max(0, min(skip, MOST_RANKED)), "shown": max(1, min(limit, MOST_LISTED))}


def _stems(session: Session, terms: Sequence[Term]) -> dict[str, dict[str, str]]:
    """By token, by language, its stem; only of those whose other forms count."""
    words = sorted({term.tokens[0] for term in terms if term.has_forms and term.tokens[0].isalpha()})
    if not words:
        return {}
    return {
        row.word: {language: stem for language in STEMS if (stem := getattr(row, language))}
        for row in session.execute(_STEMS, {"words": words})
    }


def _digests(
    session: Session, document_id: str | None, since: datetime | None, until: datetime | None, owner: str | None
) -> list[str] | None:
    """The bytes that may be looked at; None for all."""
    if document_id is not None:
        return [find_document(session, document_id).sha256]
    if since is None and until is None and owner is None:
        return None
    wanted = select(DocumentRow.sha256).distinct().where(*added(since, until, owner))
    return list(session.scalars(wanted))


def _comparisons(
    session: Session, document_id: str | None, since: datetime | None, until: datetime | None
) -> list[UUID] | None:
    if document_id is None and since is None and until is None:
        return None
    wanted = select(ComparisonRow.id)
    if document_id is not None:
        document = find_document(session, document_id).id
        wanted = wanted.where((ComparisonRow.old_id == document) | (ComparisonRow.new_id == document))
    if since is not None:
        wanted = wanted.where(ComparisonRow.created_at >= since)
    if until is not None:
        wanted = wanted.where(ComparisonRow.created_at < until)
    return list(session.scalars(wanted))


def _hits(
    session: Session, rows: Sequence[Row[Any]], terms: Sequence[Term], stems: Mapping[str, Mapping[str, str]]
) -> tuple[Hit, ...]:
    if not rows:
        return ()
    ids = [row.id for row in rows]
    pages = {page.id: page for page in session.scalars(select(SearchPageRow).where(SearchPageRow.id.in_(ids)))}
    digests = {page.sha256 for page in pages.values()}
    documents: dict[str, DocumentRow] = {}
    for document in session.scalars(
        select(DocumentRow).where(DocumentRow.sha256.in_(digests)).order_by(DocumentRow.created_at)
    ):
        documents[document.sha256] = document
    shown = _shown_in(session, documents)
    forms = _forms(session, ids, terms, stems)
    hits = []
    for row in rows:
        page = pages.get(row.id)
        shown_as = documents.get(page.sha256) if page is not None else None
        if page is None or shown_as is None:  # deleted in this moment
            continue
        found = places(terms, tokens_of(page.body), forms.get(page.id, {}))
        boxes = [box for first, last in found for box in boxes_of(page.boxes, page.unit, first, last)]
        hits.append(
            Hit(
                document=str(shown_as.id),
                name=shown_as.name,
                sha256=page.sha256,
                page=page.page,
                kind="recognised" if page.is_recognised else "text",
                rank=round(float(row.rank), 6),
                snippet=_snippet(page.body, found),
                boxes=tuple(boxes[:MOST_BOXES]),
                count=len(found),
                comparison=shown.get(page.sha256),
            )
        )
    return tuple(hits)


def _shown_in(session: Session, documents: Mapping[str, DocumentRow]) -> dict[str, str]:
    """By digest, the newest done comparison of the document."""
    by_id = {document.id: digest for digest, document in documents.items()}
    found: dict[str, str] = {}
    for row in session.execute(
        select(ComparisonRow.id, ComparisonRow.old_id, ComparisonRow.new_id)
        .where(
            ComparisonRow.result_sha256.is_not(None),
            ComparisonRow.old_id.in_(by_id) | ComparisonRow.new_id.in_(by_id),
        )
        .order_by(ComparisonRow.created_at.desc())
        .limit(1000)
    ):
        for side in (row.old_id, row.new_id):
            if side in by_id:
                found.setdefault(by_id[side], str(row.id))
    return found


def _forms(
    session: Session, ids: Sequence[int], terms: Sequence[Term], stems: Mapping[str, Mapping[str, str]]
) -> dict[int, dict[str, set[int]]]:
    """By page, by token, the positions at which other forms of it stand, as the index itself has them."""
    meant: dict[str, list[str]] = {}
    for term in terms:
        if term.has_forms and not term.is_excluded:
            for lexeme in lexemes(stems.get(term.tokens[0], {})):
                meant.setdefault(lexeme, []).append(term.tokens[0])
    if not meant:
        return {}
    found: dict[int, dict[str, set[int]]] = {}
    for page, lexeme, positions in session.execute(_PLACES, {"ids": list(ids), "lexemes": list(meant)}):
        for token in meant[lexeme]:
            found.setdefault(page, {}).setdefault(token, set()).update(positions)
    return found


_SEPARATOR = re.compile("[ \x1e\x1f]")


def _snippet(body: str, found: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """The words around the first place, those that were searched for apart."""
    words = words_of(body)
    start = max(0, (found[0][0] if found else 0) - SNIPPET_BEFORE)
    stop = min(len(words), start + SNIPPET_WORDS)
    inside = {word for first, last in found for word in range(first, last + 1)}
    separators = _SEPARATOR.findall(body)
    pieces: list[Piece] = []
    for k in range(start, stop):
        blank = " " if k > start and separators[k - 1] == " " else ""
        is_hit = k in inside
        if pieces and pieces[-1].is_hit == is_hit:
            pieces[-1] = Piece(pieces[-1].text + blank + words[k], is_hit)
        else:
            if pieces and blank:
                pieces[-1] = Piece(pieces[-1].text + blank, pieces[-1].is_hit) if not pieces[-1].is_hit else pieces[-1]
                blank = "" if not pieces[-1].is_hit else blank
            pieces.append(Piece(blank + words[k], is_hit))
    if start and pieces:
        pieces.insert(0, Piece("… ", False))
    if stop < len(words):
        pieces.append(Piece(" …", False))
    return tuple(pieces)


_Old, _New = aliased(DocumentRow), aliased(DocumentRow)


def _change_hits(session: Session, rows: Sequence[Row[Any]]) -> tuple[ChangeHit, ...]:
    if not rows:
        return ()
    ids = [row.id for row in rows]
    found = {
        change.id: (change, old, new)
        for change, old, new in session.execute(
            select(ChangeRow, _Old.name, _New.name)
            .join(ComparisonRow, ComparisonRow.id == ChangeRow.comparison_id)
            .join(_Old, _Old.id == ComparisonRow.old_id)
            .join(_New, _New.id == ComparisonRow.new_id)
            .where(ChangeRow.id.in_(ids))
        )
    }
    hits = []
    for row in rows:
        if row.id in found:
            change, old, new = found[row.id]
            hits.append(
                ChangeHit(
                    comparison=str(change.comparison_id),
                    change=change.change_id,
                    layer=change.layer,
                    kind=change.kind,
                    severity=change.severity,
                    old_name=old,
                    new_name=new,
                    old_page=change.old_page,
                    new_page=change.new_page,
                    old_text=change.old_text,
                    new_text=change.new_text,
                    rank=round(float(row.rank), 6),
                )
            )
    return tuple(hits)
