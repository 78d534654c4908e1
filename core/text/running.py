"""Running headers and footers: compared as texts, each told once however many pages carry it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz.fuzz import ratio

from core.model import Document, PagePair, Region, Side
from core.text.lines import Lines
from core.text.printing import word_regions
from core.text.roles import VERSION_SIMILARITY, Role, Roles, RunningText, is_page_number, line_text
from core.text.sequence import exact_blocks
from core.text.tokens import Tokens, normalised


@dataclass(frozen=True, slots=True)
class RunningChange:
    """A changed running text: the differing words at all their places, and the old and new line as a whole."""

    where: str
    old: Side | None
    new: Side | None
    context: str
    whole: tuple[str, str]


def running_changes(
    tokens: tuple[Tokens, Tokens], lines: tuple[Lines, Lines], roles: tuple[Roles, Roles]
) -> Iterator[RunningChange]:
    """The running texts that came, went or changed. One that quotes the body of either side is silent."""
    texts = tuple([_Text(tokens[k], lines[k], running) for running in roles[k].running] for k in (0, 1))
    common = {t.compared for t in texts[0]} & {t.compared for t in texts[1]}
    quoted = _body_text(tokens)
    left = tuple([t for t in side if t.compared not in common and t.tells and not _quoted(t, quoted)] for side in texts)
    scored = sorted(
        (
            (_similarity(a, b), -abs(i - j), -i, -j)
            for i, a in enumerate(left[0])
            for j, b in enumerate(left[1])
            if a.where == b.where
        ),
        reverse=True,
    )
    used: tuple[set[int], set[int]] = (set(), set())
    for score, _, minus_i, minus_j in scored:
        i, j = -minus_i, -minus_j
        if score <= VERSION_SIMILARITY or i in used[0] or j in used[1]:
            continue
        used[0].add(i)
        used[1].add(j)
        change = _difference(left[0][i], left[1][j])
        if change is not None:
            yield change
    for k in (0, 1):
        for i, text in enumerate(left[k]):
            if i not in used[k]:
                side = text.side(range(len(text.words)))
                whole = (side.text, "") if k == 0 else ("", side.text)
                yield RunningChange(text.where, side if k == 0 else None, side if k == 1 else None, "", whole)


class _Text:
    """One running text as words, at all its lines."""

    def __init__(self, tokens: Tokens, table: Lines, running: RunningText) -> None:
        self.where = running.where
        self._tokens = tokens
        self._starts = [int(table.start[line]) for line in running.lines]
        first = running.lines[0]
        document = tokens.document
        self.words = [document.words.text(k) for k in range(int(table.start[first]), int(table.start[first + 1]))]
        masked = running.masked.split(" ")
        self.keys = [normalised(word) for word in (masked if len(masked) == len(self.words) else self.words)]
        self.compared = " ".join(self.keys)
        self.letters = _bare(self.compared)
        self.tells = bool(self.letters) and not is_page_number(self.compared)

    def side(self, chosen: range | list[int]) -> Side:
        """Some of its words, with their place on every page."""
        regions: list[Region] = []
        for start in self._starts:
            regions += word_regions(self._tokens, np.array([start + k for k in chosen], np.int64))
        return Side(" ".join(self.words[k] for k in chosen), tuple(regions))


def _similarity(old: _Text, new: _Text) -> float:
    """Per cent. A watermark takes the place of another one whatever it reads."""
    return max(ratio(old.compared, new.compared), VERSION_SIMILARITY + 1.0 if old.where == "watermark" else 0.0)


def _difference(old: _Text, new: _Text) -> RunningChange | None:
    blocks = exact_blocks(old.keys, new.keys)
    same_old = {i + k for i, _, size in blocks for k in range(size)}
    same_new = {j + k for _, j, size in blocks for k in range(size)}
    gone = [k for k in range(len(old.keys)) if k not in same_old]
    come = [k for k in range(len(new.keys)) if k not in same_new]
    if not gone and not come:
        return None
    context = " ".join(word for k, word in enumerate(old.keys) if k not in set(gone))
    whole = " ".join(old.words), " ".join(new.words)
    return RunningChange(old.where, old.side(gone) if gone else None, new.side(come) if come else None, context, whole)


def _body_text(tokens: tuple[Tokens, Tokens]) -> str:
    """The letters of both bodies, for looking up what a header quotes."""
    parts = []
    for side in tokens:
        body = side.key[: side.bounds[1]].tolist()
        parts.append("".join(side.keys[k] for k in body))
    return _bare("\0".join(parts))


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _quoted(text: _Text, body: str) -> bool:
    """Whether a header repeats the body, as chapter heads do; a single short word proves nothing."""
    parts = [_bare(part) for part in text.compared.split("\0")]
    return len(text.letters) >= 6 and all(part in body for part in parts)


def page_labels(document: Document, table: Lines, roles: Roles) -> dict[int, int]:
    """By page: the number printed on it, or the page's own where none is."""
    labels = {page.number: page.number for page in document.pages}
    for running in roles.running:
        if is_page_number(running.masked) or "\0" in running.masked:
            pattern = re.compile(re.escape(running.masked).replace("\0", r"(\d+)", 1).replace("\0", r"\d+"))
            for line in running.lines:
                match = pattern.fullmatch(line_text(document, table, line))
                if match and len(match.group(1)) < 6:
                    labels[int(table.page[line])] = int(match.group(1))
    return labels


def shifted_lines(
    documents: tuple[Document, Document],
    lines: tuple[Lines, Lines],
    roles: tuple[Roles, Roles],
    page_map: tuple[PagePair, ...],
) -> Iterator[tuple[Side, Side]]:
    """Running lines of paired pages that read differently, page numbers included."""
    tables = tuple(_by_page(documents[k], lines[k], roles[k]) for k in (0, 1))
    for pair in page_map:
        if pair.old is None or pair.new is None:
            continue
        for top in (True, False):
            old, new = tables[0].get((pair.old, top)), tables[1].get((pair.new, top))
            if old is not None and new is not None and old.text != new.text:
                yield old, new


def _by_page(document: Document, table: Lines, roles: Roles) -> dict[tuple[int, bool], Side]:
    found: dict[tuple[int, bool], tuple[list[str], list[Region]]] = {}
    for line in np.flatnonzero(roles.word[table.start[:-1]] == Role.RUNNING).tolist() if len(table) else []:
        page = int(table.page[line])
        top = bool(table.box[line, 1] < table.page_size[line, 1] / 2)
        texts, regions = found.setdefault((page, top), ([], []))
        texts.append(line_text(document, table, line))
        boxes = document.words.box[table.start[line] : table.start[line + 1]]
        low, high = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
        regions.append(Region(page, (low[0], low[1], high[0], high[1])))
    return {key: Side(" ".join(texts), tuple(regions)) for key, (texts, regions) in found.items()}
