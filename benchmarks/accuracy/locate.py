"""Where the words of a known text stand in a PDF, as Poppler sees them; the product has no part in it.

The text is known from the document that was laid out; its words are followed through the output of `pdftotext`
in content order, first as words, then, where a producer hyphenated, spaced or joined them, as characters.
"""

from __future__ import annotations

import html
import itertools
import re
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.accuracy.document import Word

Box = tuple[float, float, float, float]
Place = tuple[int, Box]

_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF])
_WIDE = re.compile(r"([\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef])")
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ENTRY = re.compile(
    r'<page width="([\d.]+)" height="([\d.]+)"|'
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>',
    re.DOTALL,
)
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_BLANKS = {0xA0: " ", 0x202F: " ", 0x2009: " "}
_FOLDED = str.maketrans({**dict.fromkeys("‘’‚`´", "'"), **dict.fromkeys("“”„", '"'), **dict.fromkeys("‐‑–—−", "-")})


def plain(text: str) -> str:
    """NFC, ligatures spelled out, invisible characters dropped, blanks equal; case, quotes and dashes as written."""
    return unicodedata.normalize("NFC", text.translate({**_INVISIBLE, **_LIGATURES, **_BLANKS}))


def split(text: str) -> list[str]:
    """Words between blanks; each Chinese or Japanese character is one."""
    return _WIDE.sub(r" \1 ", plain(text)).split()


def folded(text: str) -> str:
    """For following a word through a PDF only: compatibility forms, quotes and dashes folded."""
    return unicodedata.normalize("NFKC", plain(text)).translate(_FOLDED).replace("ـ", "").strip()


def _known_by(text: str) -> str:
    """Poppler's order of letters in Arabic ligatures cannot be relied on: such a word is known by its letters."""
    return "".join(sorted(folded(text))) if _RIGHT_TO_LEFT.search(text) else folded(text)


@dataclass(frozen=True, slots=True)
class Seen:
    """A word that Poppler found; `box` in points from the top left corner of the page as displayed."""

    page: int
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Sight:
    """What Poppler sees of a file."""

    sizes: tuple[tuple[float, float], ...]
    words: tuple[Seen, ...]


def see(pdf: Path) -> Sight:
    """All words in content order. Raises `RuntimeError` when Poppler cannot read the file."""
    command = ["pdftotext", "-bbox", "-raw", "-cropbox", str(pdf), "-"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"pdftotext: {done.stderr.decode('utf-8', 'replace')[-300:]}")
    sizes: list[tuple[float, float]] = []
    words: list[Seen] = []
    for match in _ENTRY.finditer(done.stdout.decode("utf-8", "replace")):
        if match[1]:
            sizes.append((float(match[1]), float(match[2])))
            continue
        x0, y0, x1, y1 = (float(match[i]) for i in range(3, 7))
        text = html.unescape(match[7])
        if _RIGHT_TO_LEFT.search(text):  # given in visual order
            text = text[::-1]
        parts = split(text)
        # Poppler gives no boxes within a word: ideographs have theirs by their share, twice that of a Latin letter.
        edges = [0, *itertools.accumulate(2 if _WIDE.match(part) else len(part) for part in parts)]
        step = (x1 - x0) / max(1, edges[-1])
        words += [
            Seen(len(sizes), part, (x0 + a * step, y0, x0 + b * step, y1))
            for part, (a, b) in zip(parts, itertools.pairwise(edges), strict=True)
        ]
    return Sight(tuple(sizes), tuple(_logical(words)))


def _logical(words: list[Seen]) -> Iterator[Seen]:
    """Poppler gives the words of a right-to-left line from the left; turn them round."""

    def line(word: Seen) -> tuple[int, int]:
        return word.page, round((word.box[1] + word.box[3]) / 2 / 4)

    for _, group in itertools.groupby(words, key=line):
        run = list(group)
        right_to_left = 2 * sum(bool(_RIGHT_TO_LEFT.search(word.text)) for word in run) > len(run)
        yield from sorted(run, key=lambda word: -word.box[2]) if right_to_left else run


@dataclass(frozen=True, slots=True)
class Found:
    """Places by word id (a hyphenated word has two), ids that were not found, and seen words that nobody expected."""

    places: dict[int, list[Place]]
    missing: list[Word]
    surplus: list[Seen]


def locate(words: Sequence[Word], sight: Sight) -> Found:
    """Follow words through a file. Runs that moved elsewhere (footnotes, floats) are found in later passes."""
    places: dict[int, list[Place]] = {}
    wanted, seen = list(words), list(sight.words)
    for _ in range(6):
        before = len(wanted)
        wanted, seen = _pass(wanted, seen, places)
        if not wanted or len(wanted) == before:
            break
    return Found(places, wanted, seen)


def _pass(wanted: list[Word], seen: list[Seen], places: dict[int, list[Place]]) -> tuple[list[Word], list[Seen]]:
    left: list[Word] = []
    over: list[Seen] = []
    a, b = [_known_by(word.text) for word in wanted], [_known_by(word.text) for word in seen]
    for tag, i0, i1, j0, j1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            for word, spot in zip(wanted[i0:i1], seen[j0:j1], strict=True):
                places[word.id] = [(spot.page, spot.box)]
        else:
            found, rest, surplus = _by_characters(wanted[i0:i1], seen[j0:j1])
            places.update(found)
            left += rest
            over += surplus
    return left, over


def _by_characters(words: list[Word], spots: list[Seen]) -> tuple[dict[int, list[Place]], list[Word], list[Seen]]:
    """A word is found when all its letters are, in order, in pieces that hold nothing else but hyphens."""
    if not words or not spots:
        return {}, words, spots
    a = [(c, i) for i, word in enumerate(words) for c in folded(word.text) if c != "-"]
    b = [(c, j) for j, spot in enumerate(spots) for c in folded(spot.text) if c != "-"]
    partners: dict[int, set[int]] = {}
    matched_a, matched_b = [0] * len(words), [0] * len(spots)
    matcher = SequenceMatcher(None, [c for c, _ in a], [c for c, _ in b], autojunk=False)
    for i0, j0, size in matcher.get_matching_blocks():
        for (_, i), (_, j) in zip(a[i0 : i0 + size], b[j0 : j0 + size], strict=True):
            partners.setdefault(i, set()).add(j)
            matched_a[i] += 1
            matched_b[j] += 1
    length_a = [sum(c != "-" for c in folded(word.text)) for word in words]
    length_b = [sum(c != "-" for c in folded(spot.text)) for spot in spots]
    noted = {j for i, word in enumerate(words) if word.note for j in partners.get(i, ())}
    for j in noted:  # the mark of a footnote sticks to its word
        length_b[j] -= sum(c.isdigit() for c in folded(spots[j].text)) - sum(
            c.isdigit() for i, word in enumerate(words) if j in partners.get(i, ()) for c in word.text
        )
    found: dict[int, list[Place]] = {}
    used: set[int] = set()
    rest = []
    for i, word in enumerate(words):
        mine = partners.get(i, set())
        if matched_a[i] == length_a[i] and mine and all(matched_b[j] == length_b[j] for j in mine):
            found[word.id] = [(spots[j].page, spots[j].box) for j in sorted(mine)]
            used |= mine
        else:
            rest.append(word)
    return found, rest, [spot for j, spot in enumerate(spots) if j not in used]


def runs(places: Sequence[Place]) -> list[Place]:
    """Boxes of words in reading order as a few boxes: words of a line, lines of a block in one column, joined."""
    lines: list[tuple[int, list[float]]] = []
    for page, (x0, y0, x1, y1) in places:
        last = lines[-1] if lines else None
        if last and last[0] == page and abs((last[1][1] + last[1][3]) - (y0 + y1)) < (y1 - y0):
            last[1][:] = [min(last[1][0], x0), min(last[1][1], y0), max(last[1][2], x1), max(last[1][3], y1)]
        else:
            lines.append((page, [x0, y0, x1, y1]))
    blocks: list[tuple[int, list[float]]] = []
    for page, box in lines:
        last = blocks[-1] if blocks else None
        below = last and last[0] == page and 0 < box[3] - last[1][3] < 3.2 * (box[3] - box[1])
        if last and below and min(box[2], last[1][2]) > max(box[0], last[1][0]):
            old = last[1]
            old[:] = [min(old[0], box[0]), min(old[1], box[1]), max(old[2], box[2]), max(old[3], box[3])]
        else:
            blocks.append((page, list(box)))
    return [(page, (box[0], box[1], box[2], box[3])) for page, box in blocks]
