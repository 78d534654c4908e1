"""The headings of a document, so that changes can be listed by the section they stand in.

A heading is a short line of the running text in larger letters than most, or all bold and no sentence. What is taken
for one changes nothing of what is found: it only groups.
"""

from __future__ import annotations

import numpy as np

from core.model import Document, Flag, Section
from core.text.lines import Lines
from core.text.roles import Role, Roles

LARGER = 1.12  #: times as large as the body from which a short line is a heading
MOST_WORDS = 14  #: of a heading
MOST_CHARACTERS = 120
MOST_SECTIONS = 2000  #: of a document; beyond, the list is grouped by pages
_SENTENCE = (".", ",", ";", ":")


def sections_of(document: Document, lines: Lines, roles: Roles) -> tuple[Section, ...]:
    """The headings in reading order; none where there are too many to be headings."""
    words = document.words
    if not len(lines) or not len(words):
        return ()
    count = np.diff(lines.start)
    first = np.minimum(lines.start[:-1], len(words) - 1)
    is_short = (count >= 1) & (count <= MOST_WORDS)
    is_body = (roles.word[first] == Role.BODY) & ~lines.aside
    is_large = lines.size >= LARGER * lines.body_size
    bold = np.array([style.bold for style in document.styles] or [False])
    is_bold = np.minimum.reduceat(bold[words.style].astype(np.int8), first) > 0
    recognised = (words.flags[first] & int(Flag.OCR)) != 0  # whose sizes are guesses
    found = []
    for line in np.flatnonzero(is_short & is_body & (is_large | is_bold) & ~recognised).tolist():
        texts = [words.text(k) for k in range(int(lines.start[line]), int(lines.start[line + 1]))]
        title = " ".join(texts)
        if not any(map(str.isalpha, title)) or (not is_large[line] and title.endswith(_SENTENCE)):
            continue
        at = slice(int(lines.start[line]), int(lines.start[line + 1]))
        box = (*words.box[at, :2].min(axis=0).tolist(), *words.box[at, 2:].max(axis=0).tolist())
        found.append(Section(title[:MOST_CHARACTERS], int(lines.page[line]), (box[0], box[1], box[2], box[3])))
    return tuple(found) if len(found) <= MOST_SECTIONS else ()
