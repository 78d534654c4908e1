"""Recognised words put among the words of a document, in place of those that cannot be read or trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadOutput
from core.model import Document, Flag, Notice, Page, Style, Words
from core.notices import CONTRADICTED_TEXT, LYING, PAGE_TURNED, SCANNED_PAGE, SUSPECT_TEXT, UNREAD_TEXT, UNSEEN_TEXT
from core.wire import Buffer

COLUMNS = 9  #: of a row: text, four edges, line, flags, size, angle
#: Confidence, of 100, from which recognised words are better than a text layer that is doubted.
TRUSTED_FROM = 75.0
#: And so many of them, for each word of that layer between blanks.
TRUSTED_SHARE = 0.5
#: A layer that is doubted is right where so many of the recognised words, and this share of them, stand in it.
CONFIRMING_LEAST, CONFIRMING_SHARE, CONFIRMING_LETTERS = 8, 0.5, 4
#: Of a recognised word that a readable one covers by so much, the readable one is taken.
COVERED_SHARE = 0.5
#: Less than this in the mean is no text: drawings have 40 to 71, maps 71, charts 65, poor scans of print 86 and more.
READABLE_FROM = 72.0

INSTALL = "Install tesseract-ocr, and tesseract-ocr-deu and so on for other languages."


@dataclass(frozen=True, slots=True)
class _Page:
    """What was recognised on one page: texts, then columns (n, 4), (n,), (n,), (n,), (n,)."""

    texts: list[str]
    box: NDArray[np.float32]
    line: NDArray[np.int32]
    flags: NDArray[np.uint32]
    size: NDArray[np.float32]
    angle: NDArray[np.int16]
    confidence: float

    def __len__(self) -> int:
        return len(self.texts)

    def only(self, kept: NDArray[np.bool_]) -> _Page:
        texts = [text for text, keep in zip(self.texts, kept.tolist(), strict=True) if keep]
        columns = {name: getattr(self, name)[kept] for name in ("box", "line", "flags", "size", "angle")}
        return replace(self, texts=texts, **columns)


def with_recognised(document: Document, header: Mapping[str, Any] | None, words: Buffer | None) -> Document:
    """The document with the words that were recognised, and with notices that say so.

    Args:
        document: As read.
        header: `Recognised.to_message()`; None where nothing was to be recognised.
        words: The buffer that goes with it.

    Raises:
        BadOutput: They do not fit each other or the document.
    """
    if header is None or words is None or not header["wanted"]:
        return document
    found = _pages(header, words)
    failed = {int(page): str(sentence) for page, sentence in header["failed"]}
    wanted = set(map(int, header["wanted"]))
    pages: list[Page] = []
    taken: dict[int, _Page] = {}
    dropped: set[int] = set()
    for page in document.pages:
        if page.number not in wanted:
            pages.append(page)
            continue
        if page.number in found and _confirms(page, found[page.number], document.words):
            pages.append(replace(page, notices=tuple(n for n in page.notices if n.code != SUSPECT_TEXT)))
        elif page.number in found:
            mine, layer = _chosen(page, found[page.number], document.words)
            if mine is not None:
                taken[page.number] = mine
            if not layer:
                dropped.add(page.number)
            pages.append(_told(page, mine, found[page.number], layer, header))
        else:
            pages.append(_not_told(page, failed.get(page.number), header))
    if taken or dropped:
        document = _merged(document, taken, dropped)
    return replace(document, pages=tuple(pages))


def _confirms(page: Page, found: _Page, words: Words) -> bool:
    """Whether the recognised words say the same as the text layer, which was doubted for its letters alone."""
    if {notice.code for notice in page.notices} & UNSEEN_TEXT != {SUSPECT_TEXT}:
        return False
    read = {words.vocabulary[k].casefold() for k in np.unique(words.token[words.page == page.number]).tolist()}
    told = [text.casefold() for text in found.texts if len(text) >= CONFIRMING_LETTERS and text.isalpha()]
    agreed = sum(text in read for text in told)
    return agreed >= CONFIRMING_LEAST and agreed >= CONFIRMING_SHARE * len(told)


def _chosen(page: Page, found: _Page, words: Words) -> tuple[_Page | None, bool]:
    """What is taken of the recognised words, and whether the text layer of the page stays."""
    codes = {notice.code for notice in page.notices}
    at = np.flatnonzero(words.page == page.number)
    if SCANNED_PAGE in codes:
        rest = found.only(~_covered(found.box, words.box[at]))
        return (rest if len(rest) and rest.confidence >= READABLE_FROM else None), True
    if codes & {SUSPECT_TEXT, CONTRADICTED_TEXT, UNREAD_TEXT}:
        # Glued words count as one: a map that gives ideographs for letters makes each letter a word.
        written = int(np.count_nonzero(words.flags[at] & Flag.GLUED == 0))
        is_better = found.confidence >= TRUSTED_FROM and len(found) >= TRUSTED_SHARE * written
        return (found, False) if is_better else (None, True)
    if len(found) and found.confidence >= READABLE_FROM:
        return found, False
    return None, bool(len(at))


def _covered(box: NDArray[np.float32], by: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) whether one of the boxes `by` covers most of each box."""
    if not len(by) or not len(box):
        return np.zeros(len(box), bool)
    low = np.maximum(box[:, None, :2], by[None, :, :2])
    high = np.minimum(box[:, None, 2:], by[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area = np.maximum((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]), 1e-6)
    return np.asarray((shared >= COVERED_SHARE * area[:, None]).any(axis=1))


def _told(page: Page, mine: _Page | None, found: _Page, layer: bool, header: Mapping[str, Any]) -> Page:
    """The page with what is said of its recognised words."""
    others = tuple(notice for notice in page.notices if notice.code not in UNSEEN_TEXT)
    if mine is None:
        if page.compared:  # the text layer stays, with its doubts
            return page
        message = "The page has no text layer, and its picture holds no words that could be recognised with confidence."
        return replace(page, notices=(*others, Notice("no_words", message, page.number)))
    names = ", ".join(header["languages"])
    why = "Besides the text layer, words" if layer else "Words"
    message = f"{why} of the page were recognised (Tesseract, {names}; confidence {found.confidence:.0f} of 100)."
    notices = [*others, Notice("recognised_text", f"{message} Some may be misread.", page.number)]
    lying = LYING.get(int(np.bincount(found.angle // 90, minlength=4).argmax()))
    if lying is not None:
        notices.append(Notice(PAGE_TURNED, f"The page {lying}, and was turned to be recognised.", page.number))
    if header["missing"]:
        notices.append(_language(page, header))
    return replace(page, compared=("text", "ocr"), notices=tuple(notices))


def _not_told(page: Page, failed: str | None, header: Mapping[str, Any]) -> Page:
    """The page with the reason why nothing was recognised on it."""
    if failed is not None:
        notice = Notice(
            "ocr_failed", f"The words in the picture of the page were not recognised: {failed}", page.number
        )
    elif not header["installed"]:
        message = f"The words in the picture of the page were not recognised: Tesseract is not installed. {INSTALL}"
        notice = Notice("ocr_not_installed", message, page.number)
    else:
        notice = _language(page, header)
    return replace(page, notices=(*page.notices, notice))


def _language(page: Page, header: Mapping[str, Any]) -> Notice:
    names = ", ".join(header["missing"])
    message = f"The data of Tesseract for {names} is not installed, and was not used on the page. {INSTALL}"
    return Notice("ocr_language_missing", message, page.number)


# ---------------------------------------------------------------- columns


def _pages(header: Mapping[str, Any], words: Buffer) -> dict[int, _Page]:
    """The recognised words by page, checked."""
    try:
        lists = json.loads(bytes(words.data).decode("utf-8", "surrogatepass"))
        if len(lists) != len(header["pages"]):
            raise ValueError("pages")
        return {
            int(number): _page(rows, float(sure)) for (number, sure), rows in zip(header["pages"], lists, strict=True)
        }
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise BadOutput("recognised words do not have the agreed form") from error


def _page(rows: list[list[Any]], confidence: float) -> _Page:
    if any(len(row) != COLUMNS for row in rows):
        raise ValueError("columns")
    values = np.array([row[1:] for row in rows], np.float64).reshape(-1, 8)
    if not np.isfinite(values).all() or abs(values).max(initial=0) > 1e7:
        raise ValueError("not finite")
    line = values[:, 4].astype(np.int32)
    if (np.diff(line) < 0).any():
        raise ValueError("lines")
    texts = [str(row[0]) for row in rows]
    if not all(texts) or any("\0" in text for text in texts):
        raise ValueError("texts")
    return _Page(
        texts=texts,
        box=values[:, :4].astype(np.float32),
        line=line,
        flags=values[:, 5].astype(np.uint32),
        size=values[:, 6].astype(np.float32),
        angle=values[:, 7].astype(np.int16) % 360,
        confidence=confidence,
    )


def _merged(document: Document, taken: Mapping[int, _Page], dropped: set[int]) -> Document:
    """The document with recognised words after those that its text layer keeps, page by page."""
    words = document.words
    vocabulary = {text: k for k, text in enumerate(words.vocabulary)}
    styles = {style: k for k, style in enumerate(document.styles)}
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in Words.COLUMNS}
    lines = 0

    def add(part: dict[str, NDArray[Any]]) -> None:
        nonlocal lines
        if not len(part["line"]):
            return
        steps = np.concatenate(([0], np.cumsum(np.diff(part["line"]) != 0)))
        part["line"] = (lines + steps).astype(np.int32)
        lines = int(part["line"][-1]) + 1
        for name, column in part.items():
            columns[name].append(column)

    starts = np.searchsorted(words.page, [page.number for page in document.pages])
    stops = np.searchsorted(words.page, [page.number for page in document.pages], side="right")
    for page, start, stop in zip(document.pages, starts.tolist(), stops.tolist(), strict=True):
        if page.number not in dropped:
            add({name: getattr(words, name)[start:stop] for name in Words.COLUMNS})
        mine = taken.get(page.number)
        if mine is not None:
            looks = [
                styles.setdefault(Style("", "", size, bold=False, italic=False, color=0), len(styles))
                for size in mine.size.tolist()
            ]
            add(
                {
                    "token": np.array([vocabulary.setdefault(t, len(vocabulary)) for t in mine.texts], np.int32),
                    "page": np.full(len(mine), page.number, np.int32),
                    "box": mine.box,
                    "line": mine.line,
                    "flags": mine.flags | np.uint32(Flag.OCR),
                    "style": np.array(looks, np.int32),
                    "angle": mine.angle,
                }
            )
    joined = {name: np.concatenate(parts) if parts else getattr(words, name)[:0] for name, parts in columns.items()}
    return replace(document, words=Words(vocabulary=tuple(vocabulary), **joined), styles=tuple(styles))
