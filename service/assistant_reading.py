"""What is read of documents to answer a question: passages by their words and, where it can be, by meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.assistant.evidence import Passage, Withheld, cleared, text_of
from core.assistant.ollama import same_model
from core.assistant.passages import MOST_PASSAGES, pieces_of
from core.errors import AssistantError
from core.searching.folding import folded, words_of
from core.searching.query import STEMS, WRITTEN, lexemes
from db.database import Database
from db.rows import AssistantChunkRow, SearchDocumentRow, SearchPageRow
from service.search_index import stems_of

MOST_CHUNKS = 3000  #: of a document whose meaning is looked up; a longer one is searched by words only
_AT_ONCE = 16  #: texts in one call for vectors
_MOST_RANKED = 60
_FUSION = 60.0  #: of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009)
Embed = Callable[[Sequence[str]], list[list[float]]]


class NotIndexed(AssistantError):
    """The document is still being read for the search."""

    code = "not_indexed"
    remedy = "Ask again in a moment."
    retryable = True


class NoText(AssistantError):
    """The document has no text that could be read."""

    code = "no_text"
    remedy = "A scan needs Tesseract with the language of the document: `pdf-compare doctor` tells what is there."


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is asked about; `side` in a comparison."""

    id: str
    name: str
    sha256: str
    side: str | None


@dataclass(frozen=True, slots=True)
class _Chunk:
    source: int
    sha256: str
    page: int
    first: int
    last: int


def passages_for(
    database: Database,
    workspace: UUID,
    sources: Sequence[Source],
    question: str,
    *,
    embed: Embed | None,
    model: str,
) -> tuple[list[Passage], Withheld, list[str]]:
    """The passages that fit a question best, the best first; how many are withheld; codes of what is to be said.

    Args:
        database: Where the full-text index is.
        workspace: Whose.
        sources: The documents.
        question: Any words; without a fitting one the beginning of the documents is read.
        embed: Makes vectors; None: by words only.
        model: Which model's vectors.

    Raises:
        NotIndexed: A document is not in the index yet.
        NoText: None has a word.
    """
    said: list[str] = []
    with database.read(workspace, from_primary=True) as session:
        languages = {}
        for source in sources:
            row = session.get(SearchDocumentRow, (workspace, source.sha256))
            if row is not None and row.problem is not None:
                raise NoText
            if row is None or row.indexed_at is None:
                raise NotIndexed
            languages[source.sha256] = row.language
            if row.silent_pages:
                said.append("silent_pages")
        by_words = _by_words(session, sources, question, languages)
        has_vectors = bool(session.scalar(text("SELECT to_regtype('vector') IS NOT NULL")))
    by_meaning: list[_Chunk] = []
    if embed is None or not has_vectors:
        said.append("words_only")
    else:
        try:
            by_meaning = _by_meaning(database, workspace, sources, question, embed, model)
        except _TooMany:
            said.append("words_only_long")
        except AssistantError:
            said.append("words_only")
    with database.read(workspace, from_primary=True) as session:
        chosen = _fused(by_words, by_meaning) or _beginning(session, sources)
        passages = _read(session, chosen)
    if not passages:
        raise NoText
    kept, withheld = cleared(passages)
    return kept, withheld, sorted(set(said))


def _by_words(session: Session, sources: Sequence[Source], question: str, languages: dict[str, str]) -> list[_Chunk]:
    """Pieces of the pages that hold words of the question, the rarer together the better."""
    tokens = list(dict.fromkeys(token for token in folded(question) if len(token) > 1 or not token.isascii()))[:40]
    names: set[str] = set()
    for language in {*languages.values(), "simple"}:
        stems = stems_of(session, language, tokens) if language in STEMS else {}
        for token in tokens:
            if language in STEMS and token.isalpha() and token not in stems:
                continue  # too frequent to tell anything
            names.update(lexemes({language: stems[token]}) if token in stems else [])
            if not token.isalpha() or language not in STEMS:
                names.add(WRITTEN + token)
    known = [name for name in names if language_is_there(name, languages)] or sorted(names)
    if not known:
        return []
    asked = " | ".join("'" + name.replace("\\", "\\\\").replace("'", "''") + "'" for name in sorted(known))
    rows = session.execute(
        _PAGES, {"asked": asked, "digests": [source.sha256 for source in sources], "most": _MOST_RANKED}
    ).all()
    if not rows:
        return []
    found: list[_Chunk] = []
    wanted = set(tokens)
    pages = {
        row.id: row for row in session.scalars(select(SearchPageRow).where(SearchPageRow.id.in_([r.id for r in rows])))
    }
    for ranked in rows:
        page = pages.get(ranked.id)
        if page is None:
            continue
        pieces = pieces_of(page.body)
        if len(pieces) > 1:  # of a full page the piece with most of the words
            words = words_of(page.body)
            weigh = [
                len({t for word in words[first : last + 1] for t in folded(word)} & wanted) for first, last in pieces
            ]
            order = sorted(range(len(pieces)), key=lambda k: (-weigh[k], k))
            pieces = [pieces[k] for k in order[:2]]
        for source, document in enumerate(sources):
            if document.sha256 == page.sha256:
                found += [_Chunk(source, page.sha256, page.page, first, last) for first, last in pieces]
    return found


def language_is_there(name: str, languages: dict[str, str]) -> bool:
    """Whether a lexeme is of a language that one of the documents is in, or as written."""
    if name.startswith(WRITTEN):
        return True
    return any(name.startswith(STEMS[language]) for language in languages.values() if language in STEMS)


_PAGES = text("SELECT id, rank FROM search_hits(CAST(:asked AS tsquery), :digests, NULL, 400, 0, :most)").bindparams(
    bindparam("digests", type_=ARRAY(Text))
)
_NEAREST = text(
    "SELECT sha256, page, first, last FROM assistant_chunks "
    "WHERE sha256 = ANY(:digests) AND model = :model "
    "ORDER BY vector::vector <=> CAST(:asked AS real[])::vector, sha256, page, first LIMIT :most"
).bindparams(bindparam("digests", type_=ARRAY(Text)))


class _TooMany(Exception):
    """The document has more pieces than vectors are made of."""


def _by_meaning(
    database: Database, workspace: UUID, sources: Sequence[Source], question: str, embed: Embed, model: str
) -> list[_Chunk]:
    for digest in dict.fromkeys(source.sha256 for source in sources):
        _embed_document(database, workspace, digest, embed, model)
    asked = embed([f"search_query: {question}" if _is_nomic(model) else question])[0]
    with database.read(workspace, from_primary=True) as session:
        rows = session.execute(
            _NEAREST,
            {
                "digests": [source.sha256 for source in sources],
                "model": model,
                "asked": asked,
                "most": _MOST_RANKED,
            },
        ).all()
    return [
        _Chunk(k, row.sha256, row.page, row.first, row.last)
        for row in rows
        for k, source in enumerate(sources)
        if source.sha256 == row.sha256
    ]


def _embed_document(database: Database, workspace: UUID, digest: str, embed: Embed, model: str) -> None:
    """Make the vectors of a document unless they are there; those of each call are kept at once."""
    with database.read(workspace, from_primary=True) as session:
        mine = (AssistantChunkRow.sha256 == digest, AssistantChunkRow.model == model)
        had = {
            tuple(row) for row in session.execute(select(AssistantChunkRow.page, AssistantChunkRow.first).where(*mine))
        }
        count = session.scalar(select(func.count()).where(SearchPageRow.sha256 == digest)) or 0
        if count > MOST_CHUNKS:
            raise _TooMany
        pages = session.execute(
            select(SearchPageRow.page, SearchPageRow.body)
            .where(SearchPageRow.sha256 == digest)
            .order_by(SearchPageRow.page)
        ).all()
    todo = [
        (row.page, first, last, text_of(row.body, first, last))
        for row in pages
        for first, last in pieces_of(row.body)
        if (row.page, first) not in had
    ]
    if len(todo) + len(had) > MOST_CHUNKS:
        raise _TooMany
    for start in range(0, len(todo), _AT_ONCE):
        part = todo[start : start + _AT_ONCE]
        prefix = "search_document: " if _is_nomic(model) else ""
        vectors = embed([prefix + said for *_, said in part])
        rows: list[dict[str, Any]] = [
            {
                "workspace_id": workspace,
                "sha256": digest,
                "model": model,
                "page": page,
                "first": first,
                "last": last,
                "vector": vector,
            }
            for (page, first, last, _), vector in zip(part, vectors, strict=True)
        ]
        with database.write(workspace) as session:
            if session.get(SearchDocumentRow, (workspace, digest)) is None:
                return  # deleted in this moment
            session.execute(insert(AssistantChunkRow), rows)


def _is_nomic(model: str) -> bool:
    """Whether a model was trained to be told which text is the question."""
    return same_model("nomic-embed-text", model.partition(":")[0])


def _fused(by_words: Sequence[_Chunk], by_meaning: Sequence[_Chunk]) -> list[_Chunk]:
    scores: dict[_Chunk, float] = {}
    for ranking in (by_words, by_meaning):
        for rank, chunk in enumerate(dict.fromkeys(ranking)):
            scores[chunk] = scores.get(chunk, 0.0) + 1.0 / (_FUSION + rank)
    ordered = sorted(scores, key=lambda chunk: (-scores[chunk], chunk.source, chunk.page, chunk.first))
    return ordered[:MOST_PASSAGES]


def _beginning(session: Session, sources: Sequence[Source]) -> list[_Chunk]:
    """The first pages, for a question whose words stand nowhere."""
    found: list[_Chunk] = []
    for k, source in enumerate(sources):
        rows = session.execute(
            select(SearchPageRow.page, SearchPageRow.body)
            .where(SearchPageRow.sha256 == source.sha256)
            .order_by(SearchPageRow.page)
            .limit(4)
        ).all()
        found += [_Chunk(k, source.sha256, row.page, a, b) for row in rows for a, b in pieces_of(row.body)[:2]]
    return found


def _read(session: Session, chosen: Sequence[_Chunk]) -> list[Passage]:
    wanted = {(chunk.sha256, chunk.page) for chunk in chosen}
    pages = {
        (row.sha256, row.page): row
        for digest in {sha256 for sha256, _ in wanted}
        for row in session.scalars(
            select(SearchPageRow).where(
                SearchPageRow.sha256 == digest, SearchPageRow.page.in_([page for d, page in wanted if d == digest])
            )
        )
    }
    found = []
    for chunk in chosen:
        row = pages.get((chunk.sha256, chunk.page))
        if row is not None:
            said = text_of(row.body, chunk.first, chunk.last)
            found.append(Passage(chunk.source, None, chunk.page, said, row.body, row.boxes, row.unit))
    return found
