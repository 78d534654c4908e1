"""Why an independent extractor does not come out even with what is told, word by word.

Of the words that `pdftotext` reads, old minus deleted plus inserted should be new. What is left over, the residue, has
one of two reasons: the extractor reads other words than we do, or words differ of which nothing is told. Both are
found here by counting alone, per word w and with the sign of (predicted - new):

    residue(w) = (theirs_old - ours_old)(w) - (theirs_new - ours_new)(w)        other words
               + (ours_old - deleted + inserted - ours_new)(w)                  nothing told

Words that differ and are not told are known from the alignment: running lines, heads of tables shown again, leaders
and bullets, words that read the same though they are written otherwise, stretches that are cut into words otherwise.
What none of these explains is a miss, or an invention: of those there must be none.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pairs import folders_of
from core.alignment import Alignment
from core.blind import blind_pages
from core.codec import comparison_to_json
from core.compare import align, compare
from core.engines.reading import read
from core.model import Document
from core.options import CompareOptions, Limits
from core.text.printing import Printer
from core.text.roles import Role

LIMIT = 0.006  #: residue in words of all words, from which a pair is explained
SHOWN = 40  #: words of a class that are listed; the rest is counted
SIDES = ("old", "new")

CLASSES = {
    "raised": "digits that stand raised or lowered, which we show so and the extractor level: `note.¹³`, `note.13`",
    "cut": "the extractor cuts the same characters of a page into other words, or puts them in another order",
    "sign": "one of the two has signs without letters or digits: leaders, bullets, operators, pieces of signs",
    "form": "words of fields of a form, which the extractor reads as text; we compare them as fields",
    "letters": "one of the two reads other letters: fonts without or with a wrong character map",
    "running": "running lines: told once however many pages carry them, silent where only their number changes",
    "heads": "heads of tables that are shown again after a break",
    "leaders": "leaders and bullets at the beginning of a line, which are not compared",
    "written": "matched words that are written otherwise: quotes, dashes, forms of characters, broken words",
    "blind": "words of pages that could not be compared, or whose partner could not",
    "blanks": "the same characters with other blanks",
    "unexplained": "none of these: a miss or an invention",
}

_CJK = re.compile(r"([\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef])")
_DROPPED = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2069")
)
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}

_LEVEL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "0123456789" * 2)

Words = Counter[str]


def words_of(text: str) -> list[str]:
    """Words between blanks; Chinese and Japanese characters are a word each. Forms of ligatures spelled out, NFC."""
    plain = unicodedata.normalize("NFC", text.translate(_DROPPED).translate(_LIGATURES))
    return _CJK.sub(r" \1 ", plain).split()


def plain(tokens: Iterable[str]) -> Words:
    """Words without their hyphens, those broken at a line end put together: hyphenation leaves no residue."""
    found: Words = Counter()
    waiting = ""
    for token in tokens:
        if waiting:
            if token[:1].islower():
                token = waiting + token
            else:
                found[waiting] += 1
        waiting = ""
        whole = token.replace("-", "").replace("\u2010", "")
        if token[-1:] in ("-", "\u2010") and len(token) > 1:
            waiting = whole
        elif whole:
            found[whole] += 1
    if waiting:
        found[waiting] += 1
    return found


# ---------------------------------------------------------------- what was read, and what was told


def extracted(path: Path) -> list[list[str]]:
    """By page, the words that pdftotext reads in content order."""
    run = subprocess.run(["pdftotext", "-raw", "-q", str(path), "-"], capture_output=True, timeout=300, check=False)
    return [words_of(page) for page in run.stdout.decode("utf-8", "replace").split("\f")]


def read_file(path: Path) -> Document:
    """A file as we read it."""
    with path.open("rb") as file:
        return read(file.fileno(), limits=Limits())


def told(result: dict[str, Any], side: str) -> Words:
    """The words of one side that are told as changed, moves left out; of a running line once."""
    found: Words = Counter()
    for change in result["changes"]:
        text = (change.get(side) or {}).get("text") or ""
        if change["layer"] in ("text", "table", "page", "form") and change["kind"] != "moved":
            found.update(plain(words_of(text)))
    return found


def _printed(aligned: Alignment, side: int) -> list[str]:
    """The text of each token."""
    printer = Printer(aligned.tokens[side])
    return [printer.text(k, k + 1) for k in range(len(aligned.tokens[side]))]


def _silent(aligned: Alignment) -> dict[str, Words]:
    """Words that differ between the sides and of which nothing is told, by reason: old less new."""
    found: dict[str, Words] = {
        name: Counter() for name in ("running", "heads", "leaders", "written", "blind", "blanks")
    }
    texts = _printed(aligned, 0), _printed(aligned, 1)
    partner = aligned.pairs
    for i, j in zip(partner[0].tolist(), partner[1].tolist(), strict=True):
        if texts[0][i] != texts[1][j]:
            found["written"].update(plain(words_of(texts[0][i])))
            found["written"].subtract(plain(words_of(texts[1][j])))
    for side, sign in ((0, 1), (1, -1)):
        tokens, words = aligned.tokens[side], aligned.documents[side].words
        free = np.ones(len(tokens), bool)
        free[partner[side]] = False
        free &= ~aligned.unmatched(side)
        _add(found["blanks"], (texts[side][k] for k in np.flatnonzero(free).tolist()), sign)
        blind = np.isin(aligned.page_of[side], sorted(blind_pages(aligned.documents[side])))
        _add(found["blind"], (texts[side][k] for k in np.flatnonzero(blind & aligned.unmatched(side)).tolist()), sign)
        role = aligned.roles[side].word
        streamed = np.zeros(len(words), bool)
        streamed[tokens.order] = True
        for name, chosen in (
            ("running", role == Role.RUNNING),
            ("heads", role == Role.REPEATED),
            ("leaders", ~streamed & (role < Role.RUNNING)),
        ):
            _add(found[name], (words.text(k) for k in np.flatnonzero(chosen).tolist()), sign)
    return found


def _add(counter: Words, texts: Iterable[str], sign: int) -> None:
    for word, count in plain(word for text in texts for word in words_of(text)).items():
        counter[word] += sign * count


def _ours(aligned: Alignment, side: int) -> list[Words]:
    """By page from 1 (index 0 is empty), the words that we read."""
    document, tokens = aligned.documents[side], aligned.tokens[side]
    words = document.words
    pages: dict[int, list[str]] = defaultdict(list)
    streamed = np.zeros(len(words), bool)
    streamed[tokens.order] = True
    for page, text in zip(aligned.page_of[side].tolist(), _printed(aligned, side), strict=True):
        pages[page] += words_of(text)
    for k in np.flatnonzero(~streamed).tolist():
        pages[int(words.page[k])] += words_of(words.text(k))
    last = max((page.number for page in document.pages), default=0)
    return [plain(pages.get(number, ())) for number in range(last + 1)]


# ---------------------------------------------------------------- explaining


@dataclass
class Explained:
    """The residue of one pair.

    Attributes:
        pair: Its name.
        words: All that the extractor reads on both sides.
        told: Words told as changed on both sides.
        by_class: By class, the words left over; above zero where the prediction has more of them than the new file.
    """

    pair: str
    words: int = 0
    told: int = 0
    by_class: dict[str, Words] = field(default_factory=dict)

    @property
    def residue(self) -> int:
        return sum(self.count(name) for name in self.by_class)

    @property
    def share(self) -> float:
        """Of all words."""
        return self.residue / self.words if self.words else 0.0

    def count(self, name: str) -> int:
        """Words of one class."""
        return sum(abs(n) for n in self.by_class.get(name, Counter()).values())


def explain(folder: Path) -> Explained:
    """Compare one pair and give each word that is left over its reason."""
    documents = tuple(read_file(folder / f"{side}.pdf") for side in SIDES)
    aligned = align(documents[0], documents[1], CompareOptions())
    result = comparison_to_json(
        compare(documents[0], documents[1], CompareOptions()), names={"old": "old.pdf", "new": "new.pdf"}
    )
    theirs = tuple(extracted(folder / f"{side}.pdf") for side in SIDES)
    said = told(result, "old"), told(result, "new")
    found = Explained(folder.name, sum(len(page) for pages in theirs for page in pages), sum(map(Counter.total, said)))
    if not all(any(pages) for pages in theirs):
        return found  # a scan: the extractor reads nothing
    whole = tuple(plain(word for page in pages for word in page) for pages in theirs)
    left: Words = Counter(whole[0])
    left.subtract(said[0])
    left.update(said[1])
    left.subtract(whole[1])
    ours = tuple(_ours(aligned, side) for side in (0, 1))
    reasons = _silent(aligned)
    reasons = {**_read_otherwise(documents, theirs, ours), **reasons}
    found.by_class = _shared_out(left, reasons)
    return found


def _read_otherwise(
    documents: tuple[Document, ...], theirs: tuple[list[list[str]], ...], ours: tuple[list[Words], ...]
) -> dict[str, Words]:
    """Words that only one of the two readings has, page by page, by how the two differ there: old less new."""
    found: dict[str, Words] = {name: Counter() for name in ("raised", "cut", "sign", "form", "letters")}
    for side, sign in ((0, 1), (1, -1)):
        fields = plain(word for item in documents[side].items if item.layer == "form" for word in words_of(item.text))
        for number, page in enumerate(theirs[side], 1):
            mine = ours[side][number] if number < len(ours[side]) else Counter()
            other = plain(page)
            for name, words in _differing(other, mine, fields):
                for word, count in words.items():
                    found[name][word] += sign * count
    return found


def _differing(theirs: Words, mine: Words, fields: Words) -> Iterator[tuple[str, Words]]:
    """The words of a page that only one reading has, by class; above zero where the extractor has them."""
    more, less = theirs - mine, mine - theirs
    filled = more & fields
    yield "form", filled
    more = more - filled
    raised, more, less = _raised(more, less)
    yield "raised", raised
    signs = Counter({word: n for word, n in more.items() if not _spells(word)})
    signs.subtract({word: n for word, n in less.items() if not _spells(word)})
    yield "sign", signs
    rest = Counter({word: n for word, n in more.items() if _spells(word)})
    gone = Counter({word: n for word, n in less.items() if _spells(word)})
    characters = _letters(rest), _letters(gone)
    strange = (characters[0] - characters[1]) | (characters[1] - characters[0])
    same, other = Counter[str](), Counter[str]()
    for words, sign in ((rest, 1), (gone, -1)):
        for word, count in words.items():
            # Letters that both readings have in equal number are only cut otherwise.
            (other if any(letter in strange for letter in _folded(word)) else same)[word] += sign * count
    yield "cut", same
    yield "letters", other


def _raised(more: Words, less: Words) -> tuple[Words, Words, Words]:
    """Words that only we show with raised or lowered digits, with those of the extractor; then what is left of both."""
    found: Words = Counter()
    more, less = Counter(more), Counter(less)
    for word, count in list(less.items()):
        level = word.translate(_LEVEL)
        same = min(count, more[level]) if level != word else 0
        for words, name, sign in ((more, level, 1), (less, word, -1)):
            words[name] -= same
            found[name] += sign * same
    return found, +more, +less


def _spells(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _folded(word: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", word) if character.isalnum())


def _letters(words: Words) -> Counter[str]:
    found: Counter[str] = Counter()
    for word, count in words.items():
        for letter in _folded(word):
            found[letter] += count
    return found


def _shared_out(left: Words, reasons: dict[str, Words]) -> dict[str, Words]:
    """Every word that is left over under the first reasons that have it with the same sign; the rest is unexplained."""
    found: dict[str, Words] = {name: Counter() for name in CLASSES}
    for word, count in left.items():
        for name in CLASSES:
            has = reasons.get(name, Counter())[word]
            take = min(count, has) if count > 0 and has > 0 else max(count, has) if count < 0 and has < 0 else 0
            if take:
                found[name][word] += take
                count -= take
        if count:
            found["unexplained"][word] = count
    return {name: words for name, words in found.items() if words}


# ---------------------------------------------------------------- telling


def report(pairs: Sequence[Explained]) -> str:
    """The page `docs/residue.md`, from its second heading on."""
    lines = [
        "| pair | words | told | residue | of all % | " + " | ".join(CLASSES) + " |",
        "| --- | " + "---: | " * (4 + len(CLASSES)),
    ]
    for pair in pairs:
        counts = " | ".join(str(pair.count(name) or "") for name in CLASSES)
        lines.append(
            f"| {pair.pair} | {pair.words:,} | {pair.told:,} | {pair.residue:,} | {100 * pair.share:.2f} | {counts} |"
        )
    total = sum(pair.residue for pair in pairs)
    lines += ["", f"Together {total:,} of {sum(pair.words for pair in pairs):,} words.", ""]
    for pair in pairs:
        if pair.share <= LIMIT and not pair.count("unexplained"):
            continue
        lines += [f"### {pair.pair}: {100 * pair.share:.2f} %", ""]
        for name, words in pair.by_class.items():
            lines.append(f"- **{name}**, {pair.count(name):,} words: {_listed(words)}")
        lines.append("")
    return "\n".join(lines)


def _listed(words: Words) -> str:
    order = sorted(words.items(), key=lambda item: (-abs(item[1]), item[0]))
    shown = ", ".join(f"`{_shown(word)}` {count:+d}" for word, count in order[:SHOWN])
    rest = order[SHOWN:]
    return shown + (f", and {len(rest):,} more ({sum(abs(n) for _, n in rest):,} words)" if rest else "")


def _shown(word: str) -> str:
    return (
        "".join(c if c.isprintable() and not "\ue000" <= c <= "\uf8ff" else f"\\u{ord(c):04x}" for c in word)
        .replace("`", "'")
        .replace("|", "\\|")
    )


def main() -> None:
    """Explain the pairs; exit code 1 when a word is left that nothing explains."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    parser.add_argument("--only", nargs="*", help="pairs by name")
    parser.add_argument("--json", type=Path, help="write everything as JSON")
    arguments = parser.parse_args()
    folders = folders_of(arguments.corpus, arguments.only)
    pairs = []
    for folder in folders:
        pairs.append(explain(folder))
        sys.stderr.write(f"{folder.name}: {pairs[-1].residue}\n")
    sys.stdout.write(report(pairs) + "\n")
    if arguments.json:
        listed = {pair.pair: {name: dict(words) for name, words in pair.by_class.items()} for pair in pairs}
        arguments.json.write_text(json.dumps(listed, ensure_ascii=False, indent=1), "utf-8")
    sys.exit(any(pair.count("unexplained") for pair in pairs))


if __name__ == "__main__":
    main()
