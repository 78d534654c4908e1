"""Words as the units that are compared: keys that are equal where a reader sees the same word.

A word broken at a line end is one token of two words. Keys are shared by both documents.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.model import Document, Flag
from core.text.lines import label_pages
from core.text.roles import Role, Roles
from core.text.sequence import Ints

_SAME = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "‚": "'",
        "‛": "'",
        "′": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "‟": '"',
        "″": '"',
        "«": '"',
        "»": '"',
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "―": "-",
        "−": "-",
        "﹣": "-",
        "－": "-",
        "•": "·",
        "∙": "·",
        "⋅": "·",
        "●": "·",
        "▪": "·",
        "\uf0b7": "·",
        "…": "...",
    }
)


def _spelled_out(character: str) -> str:
    """One step of a compatibility form: ㎡ is m²."""
    kind, _, codes = unicodedata.decomposition(character).partition("> ")
    return "".join(chr(int(code, 16)) for code in codes.split()) if kind == "<square" else character


#: Raised and lowered digits say something else than level ones. Compatibility forms would fold them: they wait in a
#: private plane until that is done. Squared and cubed units (㎡) are spelled as one writes them.
SCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻₀₁₂₃₄₅₆₇₈₉₊₋"
_WAITING = {ord(c): chr(0x10FF00 + k) for k, c in enumerate(SCRIPTS)}
_KEPT = _WAITING | {code: _spelled_out(chr(code)).translate(_WAITING) for code in range(0x3300, 0x3400)}
_BACK = {ord(waiting): chr(code) for code, waiting in _WAITING.items()}
#: A fraction of small digits is the fraction that has a character of its own: ½.
_FRACTION = re.compile(r"([⁰¹²³⁴-⁹]+)[/⁄]([₀-₉]+)")
LEVEL = str.maketrans(SCRIPTS, "0123456789+-0123456789+-")  #: digits as if they stood level
_SMALL = int(Flag.SMALL_CAPS | Flag.LOW_CAPS)
_DOTS = frozenset(".·․")
_BULLETS = frozenset("•‣⁃▪▫●○■□◦◾◼➢➤❖\uf0b7\uf0a7\uf0d8\uf076·∙")
_CUT = re.compile(r"([^\W\d_])[-\u2010\u2011]$")  #: a letter and a printed hyphen
_LAST_PART = re.compile(r"[^\W_]*$")
_IDEOGRAPH = re.compile("[\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ENDS_LATIN, _BEGINS_LATIN = re.compile(r"[A-Za-zÀ-ɏ]$"), re.compile(r"[A-Za-zÀ-ɏ]")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
#: Breaks of a font that are signed with U+2010, for another sign to be a word's own hyphen.
LEAST_SIGNED = 3


@dataclass(frozen=True, slots=True)
class Tokens:
    """n tokens of one document, role after role.

    Attributes:
        document: Where the words are.
        order: Word indices in stream order.
        first: (n + 1,) positions in `order`; token t holds the words `order[first[t]:first[t + 1]]`.
        key: (n,) equal for tokens that read the same.
        role: (n,) `Role`.
        hyphen: (n,) bool, the token was broken at a line end.
        bounds: Token index at which each of the compared roles begins, and the end.
        keys: The key's text, by key.
    """

    document: Document
    order: NDArray[np.int64]
    first: NDArray[np.int64]
    key: Ints
    role: NDArray[np.uint8]
    hyphen: NDArray[np.bool_]
    bounds: tuple[int, ...]
    keys: list[str]

    def __len__(self) -> int:
        return len(self.key)

    def words(self, start: int, stop: int) -> NDArray[np.int64]:
        """Indices of the words of a stretch of tokens."""
        return self.order[self.first[start] : self.first[stop]]

    def lead(self, at: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Index of the first word of each token, or of those at some places: their number is what it costs."""
        first = self.first[:-1]
        return self.order[first if at is None else first[at]]


def put_together(pieces: list[str], key: str) -> str:
    """The printed word: with the hyphen where the key kept one."""
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = _CUT.sub(r"\1", whole)
        kept = whole + "-" + piece
        whole = kept if normalised(kept).casefold() in key.casefold() else whole + piece
    return whole


def normalised(text: str) -> str:
    """What is compared of a word: compatibility forms, quotes and dashes folded; case and raised digits kept."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text.translate(_SAME).translate(_KEPT)).translate(_SAME).translate(_BACK)
    return _FRACTION.sub(lambda match: f"{match[1]}⁄{match[2]}".translate(LEVEL), folded)


def normaliser(ignore: tuple[str, ...]) -> Callable[[str], str]:
    """The function from a word's text to its key's text; an empty key takes the word out of the comparison."""
    case, punctuation = "case" in ignore, "punctuation" in ignore

    def fold(text: str) -> str:
        text = normalised(text)
        if punctuation:
            text = _EDGES.sub("", text)
        return text.casefold() if case else text

    return fold


def tokens_of(
    documents: tuple[Document, Document],
    roles: tuple[Roles, Roles],
    ignore: tuple[str, ...] = (),
    rows: tuple[Sequence[NDArray[np.int64]], Sequence[NDArray[np.int64]]] = ((), ()),
) -> tuple[Tokens, Tokens]:
    """The tokens of both documents, with common keys; `rows` are words, by side, that are read in another order."""
    fold = normaliser(ignore)
    table: dict[str, int] = {"": 0}
    keys: list[str] = [""]

    def intern(text: str) -> int:
        found = table.get(text)
        if found is None:
            found = table[text] = len(keys)
            keys.append(text)
        return found

    folded = tuple([fold(text) for text in document.words.vocabulary] for document in documents)
    maps = tuple(np.array([intern(text) for text in texts] or [0], np.int32) for texts in folded)
    keyed = tuple(m[d.words.token] if len(d.words) else m[:0] for d, m in zip(documents, maps, strict=True))
    for k in (0, 1):
        _read_small_capitals(documents[k], keyed[k], documents[1 - k], fold, intern)
    streams = [_stream(d, r, m, o) for d, r, m, o in zip(documents, roles, keyed, rows, strict=True)]
    whole = tuple(_whole_words(d, texts) for d, texts in zip(documents, folded, strict=True))
    joined = (
        _join(documents[0], streams[0], keyed[0], fold, intern, (whole[1], whole[0]), keys),
        _join(documents[1], streams[1], keyed[1], fold, intern, (whole[0], whole[1]), keys),
    )
    return _ranked(*joined, keys)


def _ranked(old: Tokens, new: Tokens, keys: list[str]) -> tuple[Tokens, Tokens]:
    """Keys in the order of their texts, so that they do not depend on which document is the old one."""
    order = sorted(range(len(keys)), key=keys.__getitem__)
    rank = np.empty(len(keys), np.int32)
    rank[order] = np.arange(len(keys), dtype=np.int32)
    texts = [keys[k] for k in order]
    return replace(old, key=rank[old.key], keys=texts), replace(new, key=rank[new.key], keys=texts)


def _stream(
    document: Document, roles: Roles, keys: Ints, rows: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Word indices, role after role, without running lines and words without a key."""
    words = document.words
    usable = (keys != 0) & ~_leaders(document) & ~_markers(document) if len(words) else np.zeros(0, bool)
    order = np.concatenate(
        [np.flatnonzero((roles.word == role) & usable) for role in (Role.BODY, Role.FOOTNOTE, Role.ASIDE)]
    )
    return _in_order(order, rows), roles.word[order]


def _in_order(order: NDArray[np.int64], rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Word indices with those of each row that stand together put in the row's own order."""
    where = np.full(int(order.max(initial=-1)) + 1, -1, np.int64)
    where[order] = np.arange(len(order))
    order = order.copy()
    for row in rows:
        row = row[row < len(where)]
        row = row[where[row] >= 0]
        at = np.sort(where[row])
        if len(at) and int(at[-1] - at[0]) + 1 == len(at):
            order[at] = row
    return order


def _read_small_capitals(
    document: Document, keys: Ints, other: Document, fold: Callable[[str], str], intern: Callable[[str], int]
) -> None:
    """Give small capitals that are set as smaller capitals the keys of the small letters that they stand for.

    Other programs write them as small letters of another font. Capitals they stay where the other document has those.
    """
    words = document.words
    found = np.flatnonzero(words.flags & _SMALL != 0).tolist()
    ordinary = np.unique(other.words.token[other.words.flags & _SMALL == 0]).tolist() if found else []
    known = {fold(other.words.vocabulary[token]) for token in ordinary}
    for k in found:
        text = words.text(k)
        start = 0 if words.flags[k] & Flag.LOW_CAPS else next(n for n, c in enumerate(text + "x") if c.isalpha()) + 1
        small = fold(text[:start] + text[start:].lower())
        if small in known or fold(text) not in known:
            keys[k] = intern(small)


def _leaders(document: Document) -> NDArray[np.bool_]:
    """Words that are dot leaders, as in a list of contents: long runs of dots, or three lone dots and more in a row."""
    words = document.words
    lone = np.array([text in _DOTS for text in words.vocabulary])[words.token]
    long = np.array([len(text) > 3 and set(text) <= _DOTS for text in words.vocabulary])[words.token]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], lone, [False])).astype(np.int8)))
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start < 3:
            lone[start:stop] = False
    found: NDArray[np.bool_] = lone | long
    return found


def _markers(document: Document) -> NDArray[np.bool_]:
    """Bullets that begin a line: some writers draw those of a whole list in one go, others as shapes.

    A middle dot within a line is a sign like any other.
    """
    words = document.words
    bullet = np.array([text in _BULLETS for text in words.vocabulary])[words.token]
    first = np.concatenate(([True], np.diff(words.line) != 0))
    # several in a row, drawn in one go
    while True:
        more = bullet & np.concatenate(([False], (first & bullet)[:-1])) & ~first
        if not more.any():
            break
        first |= more
    found: NDArray[np.bool_] = bullet & first
    return found


def _broken(document: Document) -> NDArray[np.bool_]:
    """Words that a line end may have cut: with the reader's mark, or ending in a printed hyphen there."""
    words = document.words
    hyphened = np.array([_CUT.search(text) is not None for text in words.vocabulary] or [False])
    ends = (words.flags & Flag.LINE_END != 0) & hyphened[words.token] if len(words) else np.zeros(0, bool)
    found: NDArray[np.bool_] = (words.flags & Flag.HYPHEN != 0) | ends
    return found


def _own_hyphens(document: Document) -> NDArray[np.bool_]:
    """Words broken at a hyphen of their own: the breaks of their font are signed otherwise, with U+2010."""
    words = document.words
    signed = np.array([text.endswith("\u2010") for text in words.vocabulary] or [False])
    if not signed.any() or not len(words):
        return np.zeros(len(words), bool)
    fonts: dict[str, int] = {}
    of_style = np.array([fonts.setdefault(style.font, len(fonts)) for style in document.styles] or [0])
    font = of_style[words.style]
    breaks = np.bincount(font[signed[words.token] & (words.flags & Flag.LINE_END != 0)], minlength=len(fonts))
    found: NDArray[np.bool_] = (words.flags & Flag.HYPHEN != 0) & (breaks[font] >= LEAST_SIGNED)
    return found


def _cut_among_ideographs(document: Document) -> NDArray[np.bool_]:
    """Latin words at the end of a line of ideographs before another one: some writers cut them there without a sign."""
    words = document.words
    ideographs = np.array([_IDEOGRAPH.match(text) is not None for text in words.vocabulary] or [False])
    if not ideographs.any() or len(words) < 2:
        return np.zeros(len(words), bool)
    ideographic = np.bincount(words.line, ideographs[words.token]) > 0
    ends = np.array([_ENDS_LATIN.search(text) is not None for text in words.vocabulary])[words.token]
    begins = np.array([_BEGINS_LATIN.match(text) is not None for text in words.vocabulary])[words.token]
    found = np.zeros(len(words), bool)
    found[:-1] = ends[:-1] & begins[1:] & ideographic[words.line[:-1]] & (np.diff(words.line) == 1)
    return found


def _whole_words(document: Document, folded: list[str]) -> set[str]:
    """Words of a document that are nowhere broken, without punctuation at their edges."""
    words = document.words
    broken = _broken(document) | _cut_among_ideographs(document)
    after = np.concatenate(([False], broken[:-1])) if len(broken) else broken
    used = np.unique(words.token[~(broken | after)])
    return {_EDGES.sub("", folded[token]).casefold() for token in used.tolist()}


def _join(
    document: Document,
    stream: tuple[NDArray[np.int64], NDArray[np.uint8]],
    keys: Ints,
    fold: Callable[[str], str],
    intern: Callable[[str], int],
    whole: tuple[set[str], set[str]],
    texts: list[str],
) -> Tokens:
    """Put words together that were broken at a line end."""
    order, role = stream
    words = document.words
    key = keys[order]
    broken = np.flatnonzero(_broken(document)[order[:-1]] & (role[:-1] == role[1:]))
    head = np.ones(len(order), bool)
    hyphen = np.zeros(len(order), bool)
    key = key.copy()
    cut = np.flatnonzero(_cut_among_ideographs(document)[order[:-1]] & (np.diff(order) == 1) & (role[:-1] == role[1:]))
    unsigned = {at for at in cut.tolist() if _is_one_word(texts[key[at]], texts[key[at + 1]], whole)}
    for at in _marks_of_notes(document, order, role).tolist():
        key[at] = intern(texts[key[at]].translate(LEVEL))
    for at in _with_bullets(document, order).tolist():
        key[at] = intern(fold(words.text(int(order[at]))[1:]))
    labels = np.isin(words.page[order[broken]], sorted(label_pages(words)))
    beginnings = _Beginnings(whole) if labels.any() else None
    own = _own_hyphens(document)[order]
    glued = dict.fromkeys(unsigned, False) | dict(zip(broken.tolist(), labels.tolist(), strict=True))
    for at, label in sorted(glued.items()):
        start = at
        while start > 0 and not head[start]:
            start -= 1
        left = texts[key[start]].removesuffix("-")
        right = fold(words.text(int(order[at + 1])))
        if label and beginnings is not None and not right[:1].islower() and not beginnings.know(left, right):
            # A label such as TXN- ends in its sign, and what is drawn next does not go on with it.
            key[start] = intern(left + "-")
            continue
        key[start] = intern(left + right if at in unsigned else _glue(left, right, whole, own=bool(own[at])))
        head[at + 1] = False
        hyphen[start] = True
    first = np.append(np.flatnonzero(head), len(order))
    kept_role = role[head]
    bounds = tuple(np.searchsorted(kept_role, (Role.BODY, Role.FOOTNOTE, Role.ASIDE, Role.RUNNING)).tolist())
    return Tokens(document, order, first, key[head], kept_role, hyphen[head], bounds, texts)


def _marks_of_notes(document: Document, order: NDArray[np.int64], role: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Positions in `order` of raised numbers that begin a line of a footnote: raised or level, they name the note."""
    begins = _first_of_line(document, [text[0] in SCRIPTS for text in document.words.vocabulary])
    found: NDArray[np.int64] = np.flatnonzero((role == Role.FOOTNOTE) & begins[order])
    return found


def _with_bullets(document: Document, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions in `order` of words that begin a line and have a bullet before them without a blank."""
    bullet = [len(text) > 1 and text[0] in _BULLETS and text[1].isalpha() for text in document.words.vocabulary]
    found: NDArray[np.int64] = np.flatnonzero(_first_of_line(document, bullet)[order])
    return found


def _first_of_line(document: Document, chosen: list[bool]) -> NDArray[np.bool_]:
    """(n,) the words that begin a line and whose entry of the vocabulary is chosen."""
    words = document.words
    if not any(chosen):
        return np.zeros(len(words), bool)
    begins = np.concatenate(([True], np.diff(words.line) != 0))
    found: NDArray[np.bool_] = begins & np.array(chosen)[words.token]
    return found


class _Beginnings:
    """The whole words of both documents, to be asked for how they begin."""

    def __init__(self, whole: tuple[set[str], set[str]]) -> None:
        self._sorted = sorted(whole[0] | whole[1])

    def know(self, left: str, right: str) -> bool:
        """Whether a word begins with the two parts, with a hyphen between them or without."""
        for joined in (left + right, left + "-" + right):
            bare = _EDGES.sub("", joined).casefold()
            at = bisect_left(self._sorted, bare)
            if at < len(self._sorted) and self._sorted[at].startswith(bare):
                return True
        return False


def _glue(left: str, right: str, whole: tuple[set[str], set[str]], *, own: bool) -> str:
    """One word of two: without a hyphen, or with it where a document writes it so, or it is `own`."""
    glued, kept = left + right, left + "-" + right
    bare, hyphened = _EDGES.sub("", glued).casefold(), _EDGES.sub("", kept).casefold()
    for known in whole:
        if bare in known:
            return glued
        if hyphened in known:
            return kept
    return kept if own or not right[:1].islower() or _is_compound(left, right) else glued


def _is_compound(left: str, right: str) -> bool:
    """Whether the hyphen between two pieces is part of the word: capitals before it (`PDF-file`), or two scripts."""
    part = _LAST_PART.search(left)
    capitals = part is not None and len(part[0]) > 1 and part[0].isupper()
    scripts = {unicodedata.name(one, "").partition(" ")[0] for one in (left[-1:], right[:1]) if one.isalpha()}
    return capitals or len(scripts) > 1


def _is_one_word(left: str, right: str, whole: tuple[set[str], set[str]]) -> bool:
    """Whether two pieces are a word that one of the documents knows, and are not words by themselves."""
    bare, a, b = (_EDGES.sub("", text).casefold() for text in (left + right, left, right))
    return any(bare in known for known in whole) and not all(any(part in known for known in whole) for part in (a, b))
