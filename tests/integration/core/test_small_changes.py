"""Real pairs of which is known what changed: that is told, and nothing else."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from core.compare import compare
from core.engines.reading import read
from core.model import Document, Layer
from core.options import CompareOptions, Limits
from tests.unit.core.pdfs import corpus

PAIRS = (corpus() or Path()) / "pairs"
WORDS = (Layer.TEXT, Layer.TABLE, Layer.PAGE)

#: Old and new words of every change. The manifest of the corpus says what its authors changed.
EXPECTED: dict[str, list[tuple[str, str]]] = {
    "noise-typo": [("2018-05-26,", "2018-06-02,"), ("es,", "se,")],
    "hts-bed-rebuild": [("23 Sep 2021", "5 Jan 2022"), ("636782d", "9ddbc52"), (r"LC\_ALL=C", "LC_ALL=C")],
    "osl-spec": [
        (
            "2009-2019 Sony Pictures Imageworks Inc., et al.",
            "2009-present Contributors to the Open Shading Language project.",
        ),
        (
            "(c) 2009-2017 Sony Pictures Imageworks Inc., et al.",
            "◯c 2009-present, Contributors to the Open Shading Language project.",
        ),
        ("Sony Pictures Imageworks", "the copyright holder"),
        ("3.0", "4.0"),
        ("http://creativecommons.org/licenses/by/3.0/", "http://creativecommons.org/licenses/by/4.0/"),
    ],
    "ethpricing-typos": [
        ("7,", "8,"),
        ("7,", "8,"),
        ("that", "each of which"),
        ("cost,", "cost"),
        ("attackability", "eash"),
        ("", "attacking"),
        ("seting", "setting"),
        ("cases", "cases,"),
        ("whe", "the"),
        ("", "to"),
        ("to", ""),
        ("tansaction", "transaction"),
        ("b", "be"),
        ("valuations,", "valuations"),
        ("Now suppose that, like in reality,", "Now, we will incorporate into the model the fact that"),
        ("volatile, which we", "naturally volatile. We"),
        ("", "this"),
        ("", "it"),
        ("storage,", "storage"),
        ("year),", "year)"),
        ("minInterval", "M inInterval"),
        ("", "it"),
    ],
    "mrl5-fonts": [],  # set in other fonts; the old text layer lost its ligatures and quotes
    "elegantbook-cn": [],  # one blank between a Latin word and an ideograph: blanks are not compared
    "deb-fhs": [],
    "platex-ja2": [
        ("pTEX", "“pTEX"),
        ("Typesetting", "Typesetting”."),
        ("Vertical", "“Vertical"),
        ("TEX.", "TEX”."),
    ],
    "bbb-c3-info": [("22/02/2021", "4/1/2021"), ("Monday, February 22,", "Thursday, April 01,")],
    "fedramp-vendor": [
        (
            "",
            "FedRAMP Validations A library of rules in Schematron to pre-check FedRAMP SSP, SAP, SAR, and POA&Ms in "
            "OSCAL’s XML format for correctness. https://github.com/GSA/fedramp-automation/tree/master/src/validations",
        )
    ],
    "odri-barrier": [
        ("", "/ 25.5.2020"),
        (
            "25.5.2020 - Felix Grimminger",
            "Open Dynamic Robot Initiative https://open-dynamic-robot-initiative.github.io/",
        ),
    ],
    "tf-lcd-latest": [("", "6"), ("", "6"), ("", "D"), ("", "D"), ("", "kicad (2015-03-18 BZR 5525)-product")],
    "nj1040-watermark": [("", "YOUR COPY")],
}


def document(path: Path) -> Document:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return read(descriptor, limits=Limits())
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not PAIRS.is_dir(), reason="the corpus of public PDFs is not there")
@pytest.mark.parametrize("name", EXPECTED)
def test_what_changed_is_told_and_nothing_else(name: str) -> None:
    old, new = (document(PAIRS / name / f"{side}.pdf") for side in ("old", "new"))
    # Word by word: another layer may tell the same words in other pieces, such as the cells of a table.
    gone, come = Counter[str](), Counter[str]()
    for change in compare(old, new, CompareOptions()).changes:
        if change.layer in WORDS:
            gone.update(change.old.text.split() if change.old else ())
            come.update(change.new.text.split() if change.new else ())
    assert gone == Counter(word for text, _ in EXPECTED[name] for word in text.split())
    assert come == Counter(word for _, text in EXPECTED[name] for word in text.split())
