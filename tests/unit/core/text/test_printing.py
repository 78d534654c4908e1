"""Words as text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.model import Flag
from core.text.printing import words_as_read
from tests.builders import document


def test_ideographs_are_written_together_and_words_apart() -> None:
    words = document("See 次 の 章 below").words
    flags = words.flags.copy()
    flags[2:4] |= np.uint16(Flag.GLUED)
    glued = replace(words, flags=flags)
    assert words_as_read(glued, [0, 1, 2, 3, 4]) == "See 次の章 below"
    assert words_as_read(glued, [1, 3]) == "次 章"  # something between is left out
    assert words_as_read(glued, []) == ""
