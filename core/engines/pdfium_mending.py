"""Words that PDFium ran together, drew twice or gave in reverse."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.engines.pdfium_characters import RTL, Codes
from core.engines.pdfium_measures import LEAST_BLANK, ODD_BASELINE, Floats, Letters, Measures, tight_blanks, turned
from core.engines.pdfium_spans import Bools, Characters, Ints, Spans
from core.engines.pdfium_texts import OpenTexts
from core.median import median

#: In ems. Where PDFium gives no blank although the pen jumps, we break: baseline, ahead, back.
JUMP_BASELINE, JUMP_AHEAD, JUMP_BACK = 0.7, 1.5, 3.0
#: In blanks beside a word: a gap inside it so wide is a blank that PDFium did not see; but not in letter-spaced words,
#: whose gaps are wider than this, in ems.
LOST_BLANK, EVEN = 0.6, 0.04
#: In degrees: where the writing turns so far, too.
JUMP_TURN = 3
#: In ems. A glyph drawn again so near is a fake bold; a blank so thin between Arabic letters is none.
SAME_PLACE, NO_BLANK = 0.1, 0.04
#: In ems: words of a run of Latin words are no further apart.
RUN_GAP = 1.0
#: In ems: a mark so far from the letters it was given with is not theirs.
APART = 0.25
#: Comma, semicolon, question mark, full stop: PDFium hangs them on a word's end whichever way the word runs.
ARABIC_MARKS = (0x60C, 0x61B, 0x61F, 0x6D4)
LAM, ALEFS = 0x644, (0x622, 0x623, 0x625, 0x627)


def mended(texts: OpenTexts, chars: Characters, spans: Spans, found: Measures) -> Characters | None:
    """The characters of pages with words broken at jumps, without glyphs drawn twice, and with reversed letters right.

    Of the pages on which something is to be done; None where there is none. What was measured does not fit the mended
    characters. Pages with right-to-left words must come one by one.
    """
    letters = found.letters
    if letters is None:
        return None
    breaks, kept = _jumps_and_doubles(chars, spans, found, letters)
    if not found.rtl.any():
        if len(texts.pages) > 1:
            at = np.unique(texts.page_of(chars.index[breaks | ~kept]))
            if not len(at):
                return None
            kept &= np.isin(texts.page_of(chars.index), at)
        elif kept.all() and not breaks.any():
            return None
        return Characters.of(chars.codes[kept], chars.index[kept], breaks[kept] if breaks.any() else None)
    kept[_blanks_inside_words(spans, found)] = False
    order = _order_of_reversed(chars, spans, found, letters, breaks, kept)
    _turn_latin_runs(order, chars, spans, found)
    alefs = _reversed_lam_alef(chars, letters)
    order[alefs], order[alefs + 1] = order[alefs + 1], order[alefs]
    if kept.all() and not breaks.any() and (order[1:] > order[:-1]).all():
        return None
    order = order[kept]
    return Characters.of(chars.codes[order], chars.index[order], breaks[kept] if breaks.any() else None)


def _jumps_and_doubles(chars: Characters, spans: Spans, found: Measures, letters: Letters) -> tuple[Bools, Bools]:
    """For all characters: a word begins here; to be kept."""
    word = letters.words[letters.owner]
    em, rtl = found.size[word], found.rtl[word][1:]
    start, end, base = turned(letters.box, letters.angle, em)
    em = em[1:]
    inside = (letters.owner[1:] == letters.owner[:-1]) & (em > 0)
    turn = abs(letters.angle[1:] - letters.angle[:-1])
    rise, ahead = abs(base[1:] - base[:-1]), start[1:] - end[:-1]
    jump = (np.minimum(turn, 360 - turn) > JUMP_TURN) | (rise > JUMP_BASELINE * em)
    jump |= ~rtl & ((ahead > JUMP_AHEAD * em) | (ahead < -JUMP_BACK * em))
    codes = chars.codes[letters.position]
    jump |= ~rtl & _lost_blanks(spans, found, letters, codes, ahead)
    # The pieces of a ligature share one box: ff is not a double f.
    double = (codes[1:] == codes[:-1]) & (codes[1:] != ord("f")) & ~rtl & (rise < SAME_PLACE * em)
    double &= chars.index[letters.position[1:]] != chars.index[letters.position[:-1]]
    double &= (abs(start[1:] - start[:-1]) < SAME_PLACE * em) & (end[1:] - start[1:] > 2 * SAME_PLACE * em)
    breaks, kept = np.zeros(len(chars.codes), bool), np.ones(len(chars.codes), bool)
    breaks[letters.position[1:][jump & inside]] = True
    kept[letters.position[1:][double & inside]] = False
    return breaks, kept


def _lost_blanks(spans: Spans, found: Measures, letters: Letters, codes: Codes, ahead: Floats) -> Bools:
    """(n - 1,) whether there is a blank after a character that PDFium did not see, for the line is tightly set.

    It stands out from the gaps between the other letters of its word, and is about as wide as the blank beside it.
    """
    blank = tight_blanks(*turned(found.box, found.angle, found.size), found.size, spans.beside)[letters.words]
    if not np.isfinite(blank).any():
        return np.zeros(len(ahead), bool)
    wide = ahead > np.maximum(LOST_BLANK * blank, LEAST_BLANK * found.size[letters.words])[letters.owner[1:]]
    joint = _ends_word(codes[:-1]) & _is_letter(codes[1:])
    spaced = np.zeros(len(letters.words), bool)
    for k in np.unique(letters.owner[1:][wide & joint]).tolist():
        low, high = np.searchsorted(letters.owner, (k, k + 1)).tolist()
        spaced[k] = median(ahead[low : high - 1]) > EVEN * found.size[letters.words[k]]
    lost: Bools = wide & joint & ~spaced[letters.owner[1:]]
    return lost


def _is_letter(codes: Codes) -> Bools:
    """Letters of Latin, Greek and Cyrillic."""
    return (_is_latin(codes) > 0) | ((codes >= 0xC0) & (codes < 0x530))


def _ends_word(codes: Codes) -> Bools:
    return _is_letter(codes) | np.isin(codes, [ord(mark) for mark in ",.;:!?)"])


def _order_of_reversed(
    chars: Characters, spans: Spans, found: Measures, letters: Letters, breaks: Bools, kept: Bools
) -> Ints:
    """A permutation of all characters, for PDFium sometimes gives right-to-left letters in the order of x.

    The clusters of such a word are sorted by their right edges; words without such letters on such a page that run
    otherwise (`3A` for `A3`) by their left edges. A mark that PDFium hung on such a word and that stands apart from it
    is parted, in `breaks`, and goes with the next word where it stands close to that, in `kept`.
    """
    order = np.arange(len(chars.codes))
    middle = (letters.box[:, 0] + letters.box[:, 2]) / 2
    bounds = np.searchsorted(letters.owner, np.arange(len(letters.words) + 1))
    for k in np.flatnonzero(found.angle[letters.words] == 0).tolist():
        low, high = int(bounds[k]), int(bounds[k + 1])
        position = letters.position[low:high]
        if not found.rtl[letters.words[k]]:
            order[position] = position[_from_left_to_right(chars.codes[position], letters.box[low:high, 0])]
            continue
        codes = chars.codes[position]
        script = ((chars.kind[position] & RTL) != 0) & ~np.isin(codes, ARABIC_MARKS)
        is_reversed = _rises(middle[low:high], script)
        has_marks = bool(np.any((codes < 0x80) | _is_punctuation(codes)))
        if not (is_reversed or has_marks) or np.any(_is_latin(codes) + _is_digit(codes)):
            continue
        clusters = _clusters(codes, letters.box[low:high])
        if is_reversed:
            clusters.sort(key=lambda cluster: -float(letters.box[low + cluster[0], 2]))
            order[position] = position[[k for cluster in clusters for k in cluster]]
        if has_marks:
            word = int(letters.words[k])
            gap = APART * float(found.size[word])
            _part(clusters, letters.box[low:high], gap, position, breaks)
            last = low + clusters[-1][0]
            if breaks[position[-1]] and word + 1 < len(found.box):
                off = float(letters.box[last, 0] - found.box[word + 1, 2])
                level = abs(float(letters.box[last, 1] - found.box[word + 1, 1])) < found.size[word]
                if level and -gap < off < gap and found.rtl[word + 1]:
                    kept[spans.last[word] + 1 : spans.first[word + 1]] = False
    return order


def _rises(middle: NDArray[np.floating], script: Bools) -> bool:
    """Whether right-to-left letters go to the right: all together, or a run of them up to a sign (`server/tneilc`)."""
    at = np.flatnonzero(script)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], script, [False])).astype(np.int8)))
    runs = middle[edges[1::2] - 1] > middle[edges[::2]]
    return bool(len(at)) and bool(middle[at[-1]] > middle[at[0]] or runs.any())


def _part(clusters: list[list[int]], boxes: Floats, gap: float, position: Ints, breaks: Bools) -> None:
    """Begin a word, in `breaks`, at each cluster of a right-to-left word that stands further off than `gap` points."""
    at = 0
    for before, cluster in pairwise(clusters):
        at += len(before)
        if boxes[before[0], 0] - boxes[cluster[0], 2] > gap:
            breaks[position[at]] = True


def _from_left_to_right(codes: Codes, left: Floats) -> Ints:
    """The order of the characters of a word without right-to-left letters; marks at its ends stay there."""
    order = np.arange(len(codes))
    solid = np.flatnonzero(_is_latin(codes) + _is_digit(codes))
    if len(solid):
        core = slice(int(solid[0]), int(solid[-1]) + 1)
        order[core] = order[core][np.argsort(left[core], kind="stable")]
    return order


def _turn_latin_runs(order: Ints, chars: Characters, spans: Spans, found: Measures) -> None:
    """Turn round, in `order`, runs of left-to-right words that PDFium gives from right to left: `token Session`."""
    start, _, base = turned(found.box, found.angle, found.size)
    em = found.size[1:]
    bounds = np.stack((spans.first, spans.last + 1), axis=1).ravel()[:-1]
    latin = np.add.reduceat(_is_latin(chars.codes), bounds)[::2] > 0
    digits = np.add.reduceat(_is_digit(chars.codes), bounds)[::2] > 0
    run = ~found.rtl & (latin | digits) & (found.angle == 0) & (found.size > 0)
    back = run[1:] & run[:-1] & (latin[1:] | latin[:-1]) & (start[1:] < start[:-1])
    back &= (abs(base[1:] - base[:-1]) < ODD_BASELINE * em) & (found.box[1:, 2] > start[:-1] - RUN_GAP * em)
    back &= found.box[1:, 2] < start[:-1] + SAME_PLACE * em
    edges = np.flatnonzero(np.diff(np.concatenate(([False], back, [False])).astype(np.int8)))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        low, high = int(spans.first[first]), int(spans.last[last]) + 1
        words = [np.arange(spans.first[k], spans.last[k] + 1) for k in range(first, last + 1)]
        blanks = [np.arange(spans.last[k] + 1, spans.first[k + 1]) for k in range(first, last)]
        turned_round = [words[-1]]
        for word, blank in zip(words[-2::-1], blanks[::-1], strict=True):
            turned_round += [blank, word]
        order[low:high] = order[np.concatenate(turned_round)]


def _is_latin(codes: Codes) -> Ints:
    return (((codes | 0x20) >= ord("a")) & ((codes | 0x20) <= ord("z"))).astype(np.int64)


def _is_punctuation(codes: Codes) -> Bools:
    """Dashes, quotes, bullets."""
    found: Bools = (codes >= 0x2010) & (codes <= 0x203A)
    return found


def _is_digit(codes: Codes) -> Ints:
    return ((codes >= ord("0")) & (codes <= ord("9"))).astype(np.int64)


def _reversed_lam_alef(chars: Characters, letters: Letters) -> Ints:
    """Positions of an alef that stands before the lam of its own ligature: the parts of one glyph, turned round."""
    codes, box = chars.codes[letters.position], letters.box
    same = (letters.owner[1:] == letters.owner[:-1]) & (box[1:] == box[:-1]).all(axis=1)
    found: Ints = letters.position[:-1][same & (codes[1:] == LAM) & np.isin(codes[:-1], ALEFS)]
    return found


def _clusters(codes: Codes, boxes: Floats) -> list[list[int]]:
    """Letters with their marks; the parts of a ligature share one box."""
    clusters: list[list[int]] = []
    for k, code in enumerate(codes.tolist()):
        if clusters and (unicodedata.combining(chr(code)) or bool((boxes[k] == boxes[k - 1]).all())):
            clusters[-1].append(k)
        else:
            clusters.append([k])
    return clusters


def _blanks_inside_words(spans: Spans, found: Measures) -> Ints:
    """Positions of blanks too thin to part two right-to-left words."""
    start, end, base = turned(found.box, found.angle, found.size)
    em = found.size[1:]
    gap = start[:-1] - end[1:]
    thin = found.rtl[1:] & found.rtl[:-1] & (abs(base[1:] - base[:-1]) < ODD_BASELINE * em)
    thin &= (gap < NO_BLANK * em) & (gap > -ODD_BASELINE * em) & ~spans.hyphen[:-1] & ~spans.glued[1:]
    stretches = [np.arange(spans.last[k] + 1, spans.first[k + 1]) for k in np.flatnonzero(thin).tolist()]
    return np.concatenate(stretches) if stretches else np.zeros(0, np.int64)
