"""Whether letters follow each other as they do in a language: a character map that gives other Latin letters does not.

A map may be whole and give each letter as another one: the text is then of letters, and says nothing. Latin letters
follow each other alike in all languages that write them. Measured on forty words each: of 37 languages, each judged by
the others, none has more than 4.7 bits a letter (Vietnamese); a page of the code of a program had 5.0. Of texts with
exchanged letters 99 of 100 have more than 5.1.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise, product

#: Bits of a letter after another, in the mean, from which a text is in no language.
MOST_BITS = 5.1
#: So many pairs of letters must tell (some 40 words), each word once; a few more bits prove it by half of them.
LEAST_PAIRS, MORE_BITS = 240, 0.3
LEAST_LETTERS, MOST_LETTERS = 3, 40  #: of a word that tells
MOST_WORDS = 50_000  #: whose bits are kept in mind
_EDGES = ".,:;!?()[]{}<>'\"“”‘’«»„…*"

#: Bits of each letter (column) after each one (row), in quarters: the first of both is the edge of a word. Of the words
#: in the translated messages of free programs, each of 38 languages counted alike.
_CODES = "#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
_ROWS = (
    "U3654688:6?585682G625:7AED<"
    "/<:75@?;?8<8360A:I142;:EGB="
    ":.?@D.AD</=C1F?3BJ2:?2ECI<I"
    "7/H<E1IH/.C::E=/GK7>67GHM>>"
    "3/CD9-DD>.BA>@;0AM8:@5@@J@="
    "/:>98<>8A9?847/A<H/14@=E>E="
    "71CC>16?=,AC7E>.@H4<95DDH=G"
    "0/BC>/E::2=>9@73EL35:3B?J=I"
    "/.DB?/BFF2?=9><1AH7?46@?I=I"
    "15<675;8AA<756/6=F623?9HDG:"
    "3,ED?,EFG4F>=@83EHD8<2CGGFC"
    "2.DBG1FG?2A97D<.BM6554@GN>H"
    "3.AB:/@>B.;>4=<2BNF975@DM=I"
    "2-6EC-EC<0CC?:>34NB;@6EIKAJ"
    "/1E931>3?1;=AC:5FME518@IM:D"
    "0>:95=?9B;<844/=7H037;7>HE<"
    "8/G?C/CB>3EC5E@/7I.:86GGLDJ"
    "8:===7===9<=;==<=<;;<&=<=<<"
    "1.?>9.A<B/C;>9<3AJ;767>DK@@"
    ".3C8E1AC:1A3:?>68IB8/7@GO>>"
    "0.FEG.DD:/D@?C>3DR4995@FI<>"
    "06:987?:@7;8352<8K223>>FCB;"
    "9,EFD,FDF/BB<A81FJ;=A:DHI9C"
    "6-?:=0?>@0B@;:65=C79>=CBB0@"
    "11?7=0<@;0@?;;?63@=<16?@>;@"
    "02=5569;>9<974385G835<=:G??"
    "5,<A:/F>@/C;;<64=H>=:79?H:>"
)
_BITS = {
    one + other: _CODES.index(code) / 4
    for (one, other), code in zip(product(" abcdefghijklmnopqrstuvwxyz", repeat=2), "".join(_ROWS), strict=True)
}


class LetterPairs:
    """Bits and pairs of the words met so far; one for a document."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, int] | None] = {}

    def are_strange(self, words: Iterable[tuple[str, str]]) -> bool:
        """Whether the words of one of the fonts of a page are in no language; `words` are texts and names of fonts."""
        if len(self._known) > MOST_WORDS:
            self._known.clear()
        told: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0])
        for text, font in set(words):
            found = self._known[text] if text in self._known else self._judged(text)
            if found is not None:
                total = told[font]
                total[0] += found[0]
                total[1] += found[1]
        return any(
            bits > MOST_BITS * pairs and (pairs >= LEAST_PAIRS or bits > (MOST_BITS + MORE_BITS) * pairs)
            for bits, pairs in told.values()
            if 2 * pairs >= LEAST_PAIRS
        )

    def _judged(self, text: str) -> tuple[float, int] | None:
        """Bits and pairs of a word of Latin letters; None for other words."""
        plain = text[: 2 * MOST_LETTERS].strip(_EDGES).lower()
        if not plain.isascii():
            letters = unicodedata.normalize("NFD", plain)
            plain = "".join(c for c in letters if not unicodedata.combining(c))
        found = None
        if LEAST_LETTERS <= len(plain) <= MOST_LETTERS and plain.isascii() and plain.isalpha():
            pairs = list(map("".join, pairwise(f" {plain} ")))
            found = sum(map(_BITS.__getitem__, pairs)), len(pairs)
        self._known[text] = found
        return found
