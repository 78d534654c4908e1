"""i: printed, scanned crookedly, with grain, JPEG and a stamp; the boxes are those of the straight page."""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.accuracy.cases import layout, said
from benchmarks.accuracy.document import A4, Document, Heading, Paragraph
from benchmarks.accuracy.edits import Editor
from benchmarks.accuracy.pairs import Plan
from benchmarks.accuracy.prose import Prose

DPI = 200


def scan(rng: random.Random) -> Plan:
    """A page or two of English with word edits, both sides scanned."""
    prose = Prose("en", rng)
    old = Document("en", [Heading(prose.title()), *(Paragraph(prose.paragraph()) for _ in range(rng.randrange(3, 7)))])
    new = old.copy()
    editor = Editor(new, prose, rng)
    kinds = editor.words(rng.randrange(1, 5), ("replace", "number", "negation", "insert", "delete"))
    look = layout(rng, "en", columns=1, page=A4, size=rng.choice((11.0, 12.0)))
    skews = {side: rng.uniform(-0.9, 0.9) for side in ("old", "new")}
    stamped = rng.random() < 0.4
    quality = rng.choice((45, 60, 75))
    seed = rng.randrange(10**6)

    def finish(files: dict[str, Path]) -> None:
        for side, pdf in files.items():
            _scan(pdf, skews[side], quality, seed + (side == "new"), stamped)

    said_skews = ", ".join(f"{skew:+.1f}°" for skew in skews.values())
    how = f"{DPI} dpi, skew {said_skews}, JPEG {quality}{', stamp' if stamped else ''}"
    notes = f"en; {said(look, look)}; {', '.join(kinds)}; {how}"
    return Plan(notes, old, new, look, look, editor.script, last=finish)


def _scan(pdf: Path, skew: float, quality: int, seed: int, stamped: bool) -> None:
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", str(DPI), "-gray", str(pdf), f"{folder}/p"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        pages = []
        for file in sorted(Path(folder).glob("p*")):
            image = Image.open(file).convert("L")
            image = image.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
            values = np.asarray(image).astype(np.float32) * 0.92 + 10 + rng.normal(0, 9, (image.height, image.width))
            image = Image.fromarray(values.clip(0, 255).astype(np.uint8)).convert("RGB")
            if stamped:
                draw = ImageDraw.Draw(image)
                x, y = int(image.width * 0.72), int(image.height * 0.86)
                draw.ellipse((x, y, x + 260, y + 180), outline=(160, 30, 40), width=7)
                draw.line((x + 30, y + 90, x + 230, y + 90), fill=(160, 30, 40), width=5)
            pages.append(image)
        pages[0].save(pdf, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=quality)
