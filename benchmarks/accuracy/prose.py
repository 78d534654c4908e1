"""Real prose in eight languages (texts/), cut into words; the stuff that documents and edits are made of."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmarks.accuracy.document import CJK, Word

TEXTS = Path(__file__).parent / "texts"
_CJK_CHARACTER = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
_END = re.compile(r"[.!?。！？؟][)”»]?$")
_NEGATIONS = {"en": "not", "de": "nicht", "fr": "jamais", "es": "nunca", "ru": "не", "ar": "ليس"}


@cache
def paragraphs(lang: str) -> tuple[str, ...]:
    """All paragraphs of a language."""
    return tuple((TEXTS / f"{lang}.txt").read_text("utf-8").splitlines())


@cache
def vocabulary(lang: str) -> tuple[str, ...]:
    """Plain words, lower case, five letters and more (one character where a word is one)."""
    text = "\n".join(paragraphs(lang))
    if lang in CJK:
        return tuple(sorted(set(re.findall(r"[\u4e00-\u9fff]", text))))
    found = {word for word in re.findall(r"(?<![\w-])[^\W\d_]{5,12}(?![\w-])", text) if word == word.lower()}
    return tuple(sorted(found))


def cut(text: str) -> list[Word]:
    """Words between blanks; a Chinese or Japanese character is a word."""
    return [Word(part, space=blank) for part, blank in _parts(text)]


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    run = ""
    for i, character in enumerate(text):
        blank = text[i + 1 : i + 2] in (" ", "")
        if character == " ":
            continue
        if _CJK_CHARACTER.match(character):
            yield character, blank
            continue
        run += character
        if blank or _CJK_CHARACTER.match(text[i + 1]):
            yield run, blank
            run = ""


def ends_sentence(word: Word) -> bool:
    """A full stop, question or exclamation mark ends it."""
    return bool(_END.search(word.text))


def sentences(words: list[Word]) -> list[tuple[int, int]]:
    """First and last + 1 of each sentence."""
    ends = [i + 1 for i, word in enumerate(words) if ends_sentence(word)]
    if not ends or ends[-1] != len(words):
        ends.append(len(words))
    return [(start, end) for start, end in zip([0, *ends], ends, strict=False) if end > start]


class Prose:
    """A seeded source of paragraphs, none twice in a pair, and of words."""

    def __init__(self, lang: str, rng: random.Random) -> None:
        self.lang, self.rng = lang, rng
        self._stock = list(paragraphs(lang))
        rng.shuffle(self._stock)

    def paragraph(self) -> list[Word]:
        """The next paragraph."""
        return cut(self._stock.pop())

    def sentence(self) -> list[Word]:
        """A sentence of a paragraph that is used nowhere else."""
        words = self.paragraph()
        whole = [span for span in sentences(words) if span[1] - span[0] >= 8] or [(0, len(words))]
        start, end = self.rng.choice(whole)
        return words[start:end]

    def word(self, besides: str = "") -> str:
        """A plain word that is not `besides`."""
        found = self.rng.choice(vocabulary(self.lang))
        return found if found != besides.lower() else self.word(besides)

    def title(self, count: int = 3) -> list[Word]:
        """A few words, the first with a capital."""
        if self.lang in CJK:
            return [Word(self.word(), space=False) for _ in range(count + 3)]
        words = [self.word() for _ in range(count)]
        return [Word(words[0].capitalize()), *map(Word, words[1:])]

    def negation(self) -> str | None:
        """A small word that turns a sentence round."""
        return _NEGATIONS.get(self.lang)
