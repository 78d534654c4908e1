"""Character maps that give plausible letters which the font itself denies."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest

from core.engines import contradictions
from core.engines.character_maps import ascii_of_name
from core.engines.contradictions import contradiction
from core.engines.pikepdf_fonts import FontBook
from core.engines.pikepdf_source import Source
from tests.unit.core.engines.test_reading import read, texts
from tests.unit.core.engines.test_reading_fonts import composite, ranges_of, without_cmap

ROWS = ("The price is 380 euros a month", "and a deposit of 950 euros")


def exchanged(one: str, other: str) -> str:
    """A map of all letters of ROWS in which two are exchanged."""
    swap = str.maketrans({one: other, other: one})
    return "\n".join(
        f"{line.rpartition('<')[0]}<{ord(chr(int(line[-5:-1], 16)).translate(swap)):04x}>"
        for line in ranges_of("".join(ROWS))
    )


def notices(data: bytes, tmp_path: Path) -> list[str]:
    return [notice.code for notice in read(data, tmp_path).pages[0].notices]


@pytest.mark.parametrize(("one", "other"), [("a", "o"), ("3", "8")])
def test_a_map_that_exchanges_two_letters_against_the_fonts_table_is_told(one: str, other: str, tmp_path: Path) -> None:
    assert notices(composite(*ROWS, ranges=exchanged(one, other)), tmp_path) == ["contradicted_text"]
    assert notices(composite(*ROWS, ranges=exchanged("a", "a")), tmp_path) == []
    silent = composite(*ROWS, ranges=exchanged(one, other), program=without_cmap())
    assert notices(silent, tmp_path) == []


def simple(said: dict[str, str], differences: list[object] | None = None) -> bytes:
    """A page in a font of one-byte codes, with names of glyphs and a map that gives `said` for its letters."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(612, 792))
    encoding = pikepdf.Dictionary(
        Type=pikepdf.Name.Encoding,
        BaseEncoding=pikepdf.Name.WinAnsiEncoding,
        Differences=pikepdf.Array(differences or []),
    )
    mapped = {c: said.get(c, c) for c in map(chr, range(32, 127))}
    rows = "\n".join(f"<{ord(c):02x}><{ord(text):04x}>" for c, text in mapped.items())
    stream = f"begincmap 1 begincodespacerange <00><ff> endcodespacerange 95 beginbfchar\n{rows}\nendbfchar endcmap"
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica, Encoding=encoding,
        ToUnicode=pdf.make_stream(stream.encode()),
    )  # fmt: skip
    page = pdf.pages[0]
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(f"BT /F 12 Tf 72 700 Td ({ROWS[0]}) Tj 0 -20 Td ({ROWS[1]}) Tj ET".encode())
    out = io.BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def test_names_of_glyphs_are_asked_too(tmp_path: Path) -> None:
    data = simple({"3": "8", "8": "3"})
    assert "830" in texts(read(data, tmp_path))
    assert notices(data, tmp_path) == ["contradicted_text"]
    assert notices(simple({}), tmp_path) == []
    # codes that mean other glyphs, as the names and the map say alike
    named = [ord("3"), pikepdf.Name.eight, ord("8"), pikepdf.Name.three]
    assert notices(simple({"3": "8", "8": "3"}, named), tmp_path) == []


def test_letters_that_no_word_of_the_page_has_are_no_matter(tmp_path: Path) -> None:
    assert notices(simple({"Q": "Z"}), tmp_path) == []


def test_names_that_deny_most_of_a_map_only_make_it_doubtful(tmp_path: Path) -> None:
    named = [ord("a"), *(pikepdf.Name("/" + chr(ord("A") + k)) for k in range(26)), ord("0")]
    shifted = {chr(c): chr(ord("a") + (c - ord("a") + 7) % 26) for c in range(ord("a"), ord("z") + 1)}
    data = simple(shifted | dict.fromkeys("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", "\u00b7"), named)
    assert notices(data, tmp_path) == ["suspect_text"]


def test_marks_case_and_other_scripts_contradict_nothing() -> None:
    said = {1: "é", 2: "A", 3: "А", 4: "fi", 5: "\uf041", 6: "x", 7: "²"}
    assert contradiction(said, {1: "e", 2: "a", 3: "A", 4: "f", 5: "B", 7: "2"}) is None
    found = contradiction(said, {1: "e", 6: "y"})
    assert found is not None and found.given == {"x"} and found.is_rare


def test_names_of_letters_and_digits() -> None:
    names = {"a": "a", "A.sc": "A", "eight": "8", "uni0041": "A", "u0042": "", "g12": "", "acute": "", "alpha": ""}
    assert {name: ascii_of_name(name) for name in names} == names


def test_fonts_that_take_too_long_are_a_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contradictions, "MOST_SECONDS", -1.0)
    document = read(simple({"3": "8"}), tmp_path)
    assert [notice.code for notice in document.notices] == ["fonts_not_checked"]
    assert document.pages[0].notices == ()


def test_fonts_that_are_none_say_nothing(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.pages[0].Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            A=pikepdf.Name.Odd, B=pikepdf.Dictionary(Subtype=pikepdf.Name.Type0, DescendantFonts=[])
        )
    )
    path = tmp_path / "odd.pdf"
    pdf.save(path)
    with path.open("rb") as file:
        assert FontBook(Source(file.fileno(), None)).sayings(0) == []
