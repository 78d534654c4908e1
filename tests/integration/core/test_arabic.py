"""Arabic as Chromium writes it: words letter by letter from the left, brackets and commas apart from their words."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.accuracy.producers.html import print_html
from benchmarks.accuracy.prose import paragraphs
from core.compare import compare
from core.engines.reading import read
from core.model import Document
from core.options import CompareOptions, Limits

PAGE = """<!DOCTYPE html><html lang="ar" dir="rtl"><meta charset="utf-8"><style>
@page{{size:{width}pt 700pt;margin:50pt}} body{{font:{size}pt/1.4 'DejaVu Sans'}}</style>{body}</html>"""


def _printed(folder: Path, texts: list[str], width: int, size: int) -> Document:
    path = folder / f"{width}.pdf"
    print_html(PAGE.format(width=width, size=size, body="".join(f"<p>{text}</p>" for text in texts)), path)
    fd = os.open(path, os.O_RDONLY)
    try:
        return read(fd, limits=Limits())
    finally:
        os.close(fd)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_other_lines_are_no_change_and_one_word_is_one(tmp_path: Path) -> None:
    texts = [text for text in paragraphs("ar") if "(" in text or "،" in text][:14]
    wide, narrow = _printed(tmp_path, texts, 595, 11), _printed(tmp_path, texts, 420, 12)
    assert compare(wide, narrow, CompareOptions(layers=("text",))).changes == ()
    words = texts[3].split()
    place = next(k for k, word in enumerate(words) if len(word) > 4 and word.isalpha())
    edited = [*texts[:3], " ".join([*words[:place], "كتاب", *words[place + 1 :]]), *texts[4:]]
    changes = compare(wide, _printed(tmp_path, edited, 421, 12), CompareOptions(layers=("text",))).changes
    assert [(c.old and c.old.text, c.new and c.new.text) for c in changes] == [(words[place], "كتاب")]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_two_words_with_a_slash_between_them_are_read_in_their_order(tmp_path: Path) -> None:
    read_ = _printed(tmp_path, ["بالتعبير “مخدم/عميل” غالبا"], 595, 11)
    assert "مخدم/عميل" in [read_.words.text(k).strip("“”") for k in range(len(read_.words))]
