"""Text taken out of the corpus beside `pdftotext -layout`.

`python -m benchmarks.text_extraction --corpus ../shared/corpus` prints a line for each file.

The measure. Words that two readers of other makers, poppler and pdfminer, see with the same letters at the same place
of the visible page are taken for true. Of these
*words* is the share that stands in the text as a word (bags are compared), and *rows* the share of pairs of
neighbours on one height that stand in one line of the text in this order, next to each other. Pages without such words
do not count. The truth knows nothing of the reader that is measured.
"""

from __future__ import annotations

import argparse
import itertools
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

MOST_PAGES = 12
_WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
_PAGE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}


def plain(text: str) -> str:
    """As both sides are compared: compatibility forms, one sort of quotes and dashes, no soft hyphens."""
    found = unicodedata.normalize("NFKC", text)
    for old, new in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("\u00ad", ""), ("−", "-"), ("‐", "-")):
        found = found.replace(old, new)
    return found


def true_pages(path: Path, pages: int) -> list[list[tuple[float, float, float, float, str]]]:
    """By page, the words that two readers agree on."""
    import pdfplumber

    told = subprocess.run(
        ["pdftotext", "-bbox", "-cropbox", "-l", str(pages), str(path), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = []
    with pdfplumber.open(path) as pdf:
        for k, part in enumerate(told.split("<page ")[1:]):
            shown = _PAGE.match(part)
            width, height = (float(shown[1]), float(shown[2])) if shown else (0.0, 0.0)
            left, upper = pdf.pages[k].cropbox[:2] if k < len(pdf.pages) else (0, 0)
            seen = {}
            for word in pdf.pages[k].extract_words(use_text_flow=True) if k < len(pdf.pages) else []:
                middle = (word["x0"] + word["x1"]) / 2 - left
                seen.setdefault(plain(word["text"]), []).append((middle, word["top"] - upper, word["bottom"] - upper))
            words = []
            for x0, y0, x1, y1, text in _WORD.findall(part):
                for entity, letter in _ENTITIES.items():
                    text = text.replace(entity, letter)
                box = tuple(map(float, (x0, y0, x1, y1)))
                middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                if not (0 < middle[0] < width and 0 < middle[1] < height):
                    continue  # beyond the crop box, where nobody sees it
                if any(
                    abs(x - middle[0]) < 3 and top - 2 < middle[1] < bottom + 2
                    for x, top, bottom in seen.get(plain(text), ())
                ):
                    words.append((*box, plain(text)))
            found.append(words)
    return found


def neighbours(words: list[tuple[float, float, float, float, str]]) -> list[tuple[str, str]]:
    """Pairs of words that stand next to each other on one height."""
    pairs = []
    for word in words:
        _x0, y0, x1, y1, text = word
        height = y1 - y0
        right = [
            o
            for o in words
            if o is not word
            and o[0] >= x1 - 1
            and abs((o[1] + o[3]) / 2 - (y0 + y1) / 2) < 0.3 * min(height, o[3] - o[1])
        ]
        if right:
            pairs.append((text, min(right, key=lambda o: o[0])[4]))
    return pairs


def scores(words: list[tuple[float, float, float, float, str]], text: str) -> tuple[int, int, int, int]:
    """Words found, words, pairs found, pairs."""
    lines = [plain(line).split() for line in text.split("\n")]
    bag = Counter(word for line in lines for word in line)
    wanted = Counter(word[4] for word in words)
    beside = Counter(pair for line in lines for pair in itertools.pairwise(line))
    pairs = Counter(neighbours(words))
    return (wanted & bag).total(), wanted.total(), (pairs & beside).total(), pairs.total()


def main() -> int:
    """Print the shares; 1 where ours are below those of pdftotext in the mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    corpus = parser.parse_args().corpus
    files = [*sorted((corpus / "singles").glob("*.pdf")), *sorted((corpus / "pairs").glob("*/new.pdf"))]
    ours_command = [str(Path(sys.executable).parent / "pdf-compare"), "extract"]
    sums: dict[str, list[tuple[float, float]]] = {"ours": [], "pdftotext": []}
    print(f"{'file':<58}{'words':>7}  {'ours: words  rows':>18}  {'-layout: words  rows':>21}")
    for path in files:
        name = path.name if path.parent.name == "singles" else path.parent.name
        try:
            truth = true_pages(path, MOST_PAGES)
            layout = subprocess.run(
                ["pdftotext", "-layout", "-l", str(MOST_PAGES), str(path), "-"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split("\f")
            made = subprocess.run(
                [*ours_command, str(path), "--text", "-", "--pages", f"1-{MOST_PAGES}", "--ocr", "never", "--quiet"],
                capture_output=True, text=True, check=True,
            ).stdout.split("\f")  # fmt: skip
        except (subprocess.CalledProcessError, UnicodeDecodeError) as error:
            print(f"{name:<58} not read: {type(error).__name__}")
            continue
        totals = {}
        for tool, pages in (("ours", made), ("pdftotext", layout)):
            parts = [scores(words, page) for words, page in zip(truth, pages, strict=False) if words]
            totals[tool] = [sum(column) for column in zip(*parts, strict=True)] if parts else [0, 0, 0, 0]
        if not totals["ours"][1] or not totals["ours"][3]:
            continue
        shares = {tool: (t[0] / t[1], t[2] / t[3]) for tool, t in totals.items()}
        for tool, pair in shares.items():
            sums[tool].append(pair)
        a, b = shares["ours"], shares["pdftotext"]
        print(f"{name:<58}{totals['ours'][1]:>7,}  {a[0]:>11.4f} {a[1]:>6.4f}  {b[0]:>14.4f} {b[1]:>6.4f}")
    means = {tool: [sum(column) / len(column) for column in zip(*pairs, strict=True)] for tool, pairs in sums.items()}
    a, b = means["ours"], means["pdftotext"]
    print(
        f"{'mean of ' + str(len(sums['ours'])) + ' files':<65}  {a[0]:>11.4f} {a[1]:>6.4f}  {b[0]:>14.4f} {b[1]:>6.4f}"
    )
    return int(a[0] < b[0] or a[1] < b[1])


if __name__ == "__main__":
    sys.exit(main())
