"""Characters recognised by Tesseract on one page drawn in grey; see `ocr_raster` for the page.

The program is called by itself: its own binding goes through files, and a child that sees pictures of a hostile
document may write none. A picture goes in on a pipe, a table of words comes out on a pipe.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.engines.pdfium_characters import CJK, KIND, RTL, clean
from core.errors import NotRecognised
from core.model import Flag
from core.ocr.installed import PROGRAM
from core.ocr.rasters import DPI, Gray, as_drawn
from core.wire import Message, bytes_buffer

#: Confidence, of 100, below which a word is doubtful. True changes are read with 90 and more, noise with anything.
DOUBTFUL_BELOW = 60.0
#: A page read worse than this in the mean may be turned; so few words prove nothing.
TURNED_BELOW, TURNED_LEAST = 65.0, 8
TURNED_SURE = 1.0  #: least confidence of Tesseract in the orientation that it finds, from 0
MOST_WORDS = 100_000  #: of one page
LINE_HEIGHT = 1.05  #: of the font size; from the highest to the lowest letter of a line, in the mean
LEAST_SIZE, MOST_SIZE = 1.0, 400.0  #: points
SAME_SIZE = 0.25  #: heights of lines vary so much by the letters they happen to have
_WORD_LEVEL, _LINE_LEVEL = "5", "4"
_ROTATE = re.compile(r"^Rotate: (\d+)$", re.MULTILINE)
_SURE = re.compile(r"^Orientation confidence: ([\d.]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Word:
    """One row of Tesseract's table: pixels, confidence of 100, number of its line on the page."""

    text: str
    box: tuple[int, int, int, int]
    confidence: float
    line: int
    line_box: tuple[int, int, int, int]


def work(request: Message, files: Sequence[int], emit: Any) -> Message:
    """The piece `recognise`: header {width, height, scale, skew, languages, orientation?}, buffer `image`.

    The answer's buffer `words` is JSON: rows [text, x0, y0, x1, y1, line, flags, size, angle] in reading order, points;
    its header has {count, confidence: in the mean, of 100}.

    Raises:
        NotRecognised: The program does not run.
    """
    header = request.header
    image: Gray = request.buffers["image"].array()
    languages = [str(language) for language in header["languages"]]
    scale = float(header["scale"])
    found, turn = list(_words(image, languages, scale)), 0
    if header.get("orientation") and len(found) >= TURNED_LEAST and _confidence(found) < TURNED_BELOW:
        turn = _turn(image, scale)
        if turn:
            again = list(_words(np.rot90(image, -turn // 90), languages, scale))
            if _confidence(again) * len(again) > _confidence(found) * len(found):
                found = again
            else:
                turn = 0
    rows = _rows(found, image.shape, turn, scale, float(header["skew"]))
    told = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    answer = {"kind": "result", "count": len(rows), "confidence": round(_confidence(found), 1)}
    return Message(answer, {"words": bytes_buffer(told)})


def _run(image: Gray, scale: float, *options: str) -> str:
    rows, columns = image.shape
    picture = b"P5 %d %d 255\n" % (columns, rows) + np.ascontiguousarray(image).tobytes()
    dpi = max(70, min(round(scale * 72), round(DPI)))  # below 70 Tesseract guesses
    try:
        ran = subprocess.run(
            [PROGRAM, "-", "-", "--dpi", str(dpi), *options], input=picture, capture_output=True, check=False
        )
    except OSError as error:
        raise NotRecognised("needs Tesseract, which cannot be started here.") from error
    if ran.returncode:
        raise NotRecognised(f"has a page on which Tesseract failed with status {ran.returncode}.")
    return ran.stdout.decode("utf-8", "replace")


def _words(image: Gray, languages: list[str], scale: float) -> Iterator[_Word]:
    lines: dict[tuple[str, ...], tuple[int, tuple[int, int, int, int]]] = {}
    for count, row in enumerate(_run(image, scale, "-l", "+".join(languages), "--psm", "3", "tsv").split("\n")):
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] not in (_LINE_LEVEL, _WORD_LEVEL):
            continue
        left, top, width, height = map(int, cells[6:10])
        box, key = (left, top, left + width, top + height), tuple(cells[2:5])
        if cells[0] == _LINE_LEVEL:
            lines[key] = len(lines), box
            continue
        text, sure = cells[11].strip(), float(cells[10])
        is_speck = sure < DOUBTFUL_BELOW and not any(map(str.isalnum, text))
        if text and key in lines and count < MOST_WORDS and not is_speck:
            yield _Word(text, box, sure, *lines[key])


def _confidence(words: list[_Word]) -> float:
    """Of 100, in the mean over the letters."""
    letters = sum(len(word.text) for word in words)
    return sum(len(word.text) * word.confidence for word in words) / letters if letters else 0.0


def _turn(image: Gray, scale: float) -> int:
    """Degrees clockwise by which a page must be turned to be read; 0 where nothing is sure."""
    try:
        told = _run(image, scale, "--psm", "0", "-l", "osd")
    except NotRecognised:  # too little text, or no data for it
        return 0
    turn, sure = _ROTATE.search(told), _SURE.search(told)
    if not turn or not sure or float(sure[1]) < TURNED_SURE:
        return 0
    return int(turn[1]) % 360


def _rows(words: list[_Word], shape: tuple[int, int], turn: int, scale: float, skew: float) -> list[list[Any]]:
    """The words in points of the page as displayed."""
    sizes = _sizes(words, scale)
    rows: list[list[Any]] = []
    for k, word in enumerate(words):
        last = k + 1 == len(words) or words[k + 1].line != word.line
        after = "" if k + 1 == len(words) else words[k + 1].text
        text, flags = clean(word.text), int(Flag.OCR)
        if word.confidence < DOUBTFUL_BELOW:
            flags |= int(Flag.DOUBTFUL)
        broken = last and len(text) > 1 and text[-1] in "-\u2010\u00ad\u00ac" and text[-2].isalpha() and after
        if broken and after[:1].islower():
            text, flags = text[:-1], flags | int(Flag.HYPHEN)
        left, top, right, bottom = _tall(word)
        pieces = _pieces(text)
        for j, (piece, start, stop) in enumerate(pieces):
            own = flags if j + 1 == len(pieces) else flags & ~int(Flag.HYPHEN)
            if last and j + 1 == len(pieces):
                own |= int(Flag.LINE_END)
            if j or _kind(piece) & CJK:
                own |= int(Flag.GLUED)
            if _kind(piece) & RTL:
                own |= int(Flag.RTL)
            x0, x1 = left + (right - left) * start, left + (right - left) * stop
            box = _displayed((x0, top, x1, bottom), shape, turn, skew)
            places = [round(value / scale, 2) for value in box]
            rows.append([piece, *places, word.line, own, sizes[word.line], (360 - turn) % 360])
    return rows


def _tall(word: _Word) -> tuple[float, float, float, float]:
    """The box of a word as high as its line, as those of read words are; less where something else is in the line."""
    left, top, right, bottom = word.box
    most = 0.6 * (bottom - top)
    return left, max(word.line_box[1], top - most), right, min(word.line_box[3], bottom + most)


def _displayed(
    box: tuple[float, float, float, float], shape: tuple[int, int], turn: int, skew: float
) -> tuple[float, float, float, float]:
    """The smallest box around one of a turned and straightened page, in the pixels of the page as drawn.

    The skew moves the middle of a word; its height stays: around a long word a box of the corners would be too high.
    """
    rows, columns = shape
    x0, y0, x1, y1 = box
    if turn == 90:  # turned clockwise to be read: x ran up
        x0, y0, x1, y1 = y0, rows - x1, y1, rows - x0
    elif turn == 180:
        x0, y0, x1, y1 = columns - x1, rows - y1, columns - x0, rows - y0
    elif turn == 270:
        x0, y0, x1, y1 = columns - y1, x0, columns - y0, x1
    x, y = as_drawn((x0 + x1) / 2, (y0 + y1) / 2, shape, skew)
    return x - (x1 - x0) / 2, y - (y1 - y0) / 2, x + (x1 - x0) / 2, y + (y1 - y0) / 2


def _sizes(words: list[_Word], scale: float) -> dict[int, float]:
    """The font size of each line in points; the size of the page's text where it differs little from that."""
    heights = {word.line: (word.line_box[3] - word.line_box[1]) / scale / LINE_HEIGHT for word in words}
    if not heights:
        return {}
    usual = float(np.median([heights[word.line] for word in words]))
    return {
        line: round(min(max(usual if abs(size - usual) < SAME_SIZE * usual else size, LEAST_SIZE), MOST_SIZE) * 2) / 2
        for line, size in heights.items()
    }


def _pieces(text: str) -> list[tuple[str, float, float]]:
    """A word, or each of its ideographs, with where it begins and ends as shares of the width."""
    cuts = [0, *(k for k in range(1, len(text)) if _kind(text[k]) & CJK or _kind(text[k - 1]) & CJK), len(text)]
    return [(text[a:b], a / len(text), b / len(text)) for a, b in itertools.pairwise(cuts) if b > a]


def _kind(text: str) -> int:
    return int(KIND[min(ord(text[0]), 0xFFFF)]) if text else 0
