"""Tells what became of the pictures: inserted, deleted, replaced, edited in a part, moved, scaled, cropped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from core.alignment import Alignment
from core.geometry import Box
from core.identity import NEIGHBOURS
from core.images.likeness import PageLook
from core.images.look import PAGE_LOOK
from core.images.matching import Match, Matcher
from core.images.scans import is_whole_page, scanned_pages
from core.images.surroundings import Surroundings
from core.model import Image, Kind, Layer, Region, Severity, Side
from core.report import Place, Report

SCALED = 0.06  #: change of width or height that is seen
REFLOW_SCALED = 0.5  #: likewise with its words set anew: another width of the column brings other pictures
REPEATED_STEP = 4.0  #: points between the places of a picture that is repeated on many pages
MANY_PLACES = 20  #: equal changes in so many places are one wherever they are
LESS_DETAIL = 0.5  #: of the samples along a side: a copy so much coarser is mentioned

_Images = tuple[Image, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """One change before it is told."""

    kind: Kind
    severity: Severity
    reason: str
    old: Image | None
    new: Image | None
    detail: dict[str, Any]

    def turned(self) -> _Found:
        """The same with the sides swapped."""
        kind, reason = _TURNED.get(self.kind, (self.kind, self.reason))
        detail = dict(self.detail)
        if "where" in detail:
            detail["where"] = {"old": detail["where"]["new"], "new": detail["where"]["old"]}
        return _Found(kind, self.severity, reason, self.new, self.old, detail)


_TURNED = {Kind.DELETED: (Kind.INSERTED, "image inserted"), Kind.INSERTED: (Kind.DELETED, "image deleted")}


def add_images(aligned: Alignment, report: Report) -> dict[str, Any]:
    """Tell what changed in the pictures.

    Pictures of pages that are told as inserted or deleted, and of scans, are left to those.

    Returns:
        What is no change and yet worth a word in the summary: {"coarser": pictures with much fewer samples}.
    """
    whole = report.whole_pages()
    is_turned = aligned.first == 1
    found, coarser = _all_changes(aligned.turned(), whole[::-1]) if is_turned else _all_changes(aligned, whole)
    around = Surroundings(aligned)
    for group in _grouped([one.turned() for one in found] if is_turned else found):
        _tell(group, aligned, around, report)
    return {"coarser": coarser[is_turned]} if coarser[is_turned] else {}


def _all_changes(aligned: Alignment, whole: tuple[set[int], set[int]]) -> tuple[list[_Found], tuple[int, int]]:
    """The changes, and how many of the pictures that stay have much fewer samples in the new and in the old document.

    Which of many equal pictures goes with which depends on the side that is asked first: the lesser document always.
    """
    scans = scanned_pages(aligned.documents[0]), scanned_pages(aligned.documents[1])
    old, new = (_compared(aligned, side, whole[side], scans) for side in (0, 1))
    around = Surroundings(aligned)
    matches = Matcher(old, new, around).run()
    found = [one for match in matches for one in _changes(match, old, new, around)]
    drawn = _DrawnAlike(aligned)
    gone = set(range(len(old))) - {match.old for match in matches}
    come = set(range(len(new))) - {match.new for match in matches}
    silent = _repeated_elsewhere(aligned, old, new, matches)
    found += [
        _Found(Kind.DELETED, Severity.NORMAL, "image deleted", old[k], None, {})
        for k in sorted(gone)
        if not silent(0, old[k])
    ]
    found += [
        _Found(Kind.INSERTED, Severity.NORMAL, "image inserted", None, new[j], {})
        for j in sorted(come)
        if not silent(1, new[j])
    ]
    found = [one for one in found if not drawn.shows_nothing(one)]
    stay = [(old[m.old], new[m.new]) for m in matches if m.likeness.is_same]
    return found, (sum(_is_coarser(a, b) for a, b in stay), sum(_is_coarser(b, a) for a, b in stay))


def _compared(aligned: Alignment, side: int, whole: set[int], scans: tuple[set[int], set[int]]) -> _Images:
    """The pictures of a side that this layer tells."""
    document = aligned.documents[side]
    partners = aligned.partners[side]
    return tuple(
        image
        for image in document.images
        if image.page not in whole
        and not (
            is_whole_page(image, document)
            and (image.page in scans[side] or partners.get(image.page) in scans[1 - side])
        )
    )


class _DrawnAlike:
    """Knows the pages of shadows and shades, which every writer cuts into other pictures, as they look when drawn."""

    def __init__(self, aligned: Alignment) -> None:
        self._aligned = aligned
        self._looks = [
            {i.page: look for i in document.images if (look := i.properties.get(PAGE_LOOK))}
            for document in aligned.documents
        ]
        self._sizes = [{page.number: (page.width, page.height) for page in d.pages} for d in aligned.documents]
        self._pairs: dict[tuple[int, int], PageLook] = {}

    def shows_nothing(self, change: _Found) -> bool:
        """Whether partner pages look the same where a change is."""
        old, new = change.old, change.new
        page = old.page if old else self._aligned.partners[1].get(new.page) if new else None
        other = new.page if new else self._aligned.partners[0].get(old.page) if old else None
        if page is None or other is None or self._aligned.partners[0].get(page) != other:
            return False
        looks = self._looks[0].get(page), self._looks[1].get(other)
        if looks[0] is None or looks[1] is None:
            return False
        if (page, other) not in self._pairs:
            self._pairs[page, other] = PageLook(looks[0], looks[1])
        width, height = self._sizes[0][page]
        boxes = [image.box for image in (old, new) if image is not None]
        pair = self._pairs[page, other]
        return all(pair.is_same((x0 / width, y0 / height, x1 / width, y1 / height)) for x0, y0, x1, y1 in boxes)


def _repeated_elsewhere(aligned: Alignment, old: _Images, new: _Images, matches: list[Match]) -> Any:
    """Whether a picture left over stands on a page without a partner, and is one that stays on others: a head."""
    kept: tuple[dict[tuple[Any, ...], int], ...] = (defaultdict(int), defaultdict(int))
    for match in matches:
        if match.likeness.is_same:
            for side, image in ((0, old[match.old]), (1, new[match.new])):
                kept[side][_repetition(image)] += 1

    def silent(side: int, image: Image) -> bool:
        return image.page not in aligned.partners[side] and kept[side].get(_repetition(image), 0) >= 2

    return silent


def _repetition(image: Image | None) -> tuple[Any, ...]:
    """Equal for equal pictures at the same place of any page."""
    if image is None:
        return ()
    return image.digest, *(round(edge / REPEATED_STEP) for edge in image.box)


def _changes(match: Match, old: _Images, new: _Images, around: Surroundings) -> list[_Found]:
    """What is told of two pictures that belong together."""
    one, other = old[match.old], new[match.new]
    detail: dict[str, Any] = {}
    if not match.likeness.is_same:
        cropped = _crop(one) != _crop(other)
        reason = "image cropped" if cropped else "image replaced" if match.likeness.is_other else "image edited"
        detail["changed"] = round(match.likeness.changed, 4)
        where = match.likeness.where
        if reason == "image edited" and where is not None:
            detail["where"] = {
                name: {"page": image.page, "box": _part(image.box, where)}
                for name, image in (("old", one), ("new", other))
            }
        return [_Found(Kind.REPLACED, Severity.NORMAL, reason, one, other, detail)]
    found = []
    if not match.stays:
        found.append(_Found(Kind.MOVED, Severity.MINOR, "image moved", one, other, detail))
    elif _is_scaled(one, other, around):
        found.append(_Found(Kind.REPLACED, Severity.MINOR, "image scaled", one, other, detail))
    return found


def _is_scaled(old: Image, new: Image, around: Surroundings) -> bool:
    ratios = [(new.box[k + 2] - new.box[k]) / (old.box[k + 2] - old.box[k]) for k in (0, 1)]
    anchors = around.anchors(0, old.page, old.box)
    text = anchors[0].scale if anchors else 1.0
    limit = SCALED if not anchors or all(anchor.is_rigid for anchor in anchors) else REFLOW_SCALED
    if all(abs(ratio / text - 1) <= SCALED for ratio in ratios):
        return False
    return any(max(ratio, 1 / ratio) > 1 + limit for ratio in ratios) or max(ratios) / min(ratios) > 1 + SCALED


def _is_coarser(old: Image, new: Image) -> bool:
    return any(b < LESS_DETAIL * a for a, b in zip(old.size, new.size, strict=True))


def _crop(image: Image) -> str:
    return image.properties.get("visible", "")


def _part(box: Box, where: Box) -> list[float]:
    width, height = box[2] - box[0], box[3] - box[1]
    return [
        round(box[0] + where[0] * width, 2),
        round(box[1] + where[1] * height, 2),
        round(box[0] + where[2] * width, 2),
        round(box[1] + where[3] * height, 2),
    ]


def _grouped(found: list[_Found]) -> list[list[_Found]]:
    """Changes one by one, but what is repeated at the same place of several pages, or very often, once."""
    by_place: dict[tuple[Any, ...], list[_Found]] = defaultdict(list)
    by_content: dict[tuple[Any, ...], list[_Found]] = defaultdict(list)
    for one in found:
        content = (one.kind, one.reason, one.old and one.old.digest, one.new and one.new.digest)
        by_content[content].append(one)
        by_place[*content, _repetition(one.old), _repetition(one.new)].append(one)
    groups = []
    for content, every in by_content.items():
        if len(every) >= MANY_PLACES:
            groups.append(every)
        else:
            groups += [same for key, same in by_place.items() if key[: len(content)] == content]
    return groups


def _tell(group: list[_Found], aligned: Alignment, around: Surroundings, report: Report) -> None:
    first = group[0]
    sides = [_side([image for one in group if (image := one.old if side == 0 else one.new)]) for side in (0, 1)]
    detail: dict[str, Any] = {"reason": first.reason, **first.detail}
    for name, describe in (("points", _points), ("samples", _samples)):
        detail[name] = [describe(image) if image else None for image in (first.old, first.new)]
    if len(group) > 1:
        detail["places"] = len(group)
    side, image = (1, first.new) if first.new is not None else (0, first.old)
    assert image is not None
    tokens, context = _neighbours(aligned, around, side, image)
    place: Place = report.place_of_token(side, tokens[0]) if tokens else report.place_on_page(side, image.page)
    content = tuple(image.digest if image else "" for image in (first.old, first.new))
    report.tell(
        Layer.IMAGE,
        first.kind,
        first.severity,
        (sides[0], sides[1]),
        detail,
        context=("", "") if len(group) > 1 else context,
        place=place,
        content=(content[0], content[1]),
    )


def _side(images: list[Image]) -> Side | None:
    return Side("", tuple(Region(image.page, image.box) for image in images)) if images else None


def _points(image: Image) -> list[float]:
    return [round(image.box[2] - image.box[0], 2), round(image.box[3] - image.box[1], 2)]


def _samples(image: Image) -> list[int]:
    return list(image.size)


def _neighbours(aligned: Alignment, around: Surroundings, side: int, image: Image) -> tuple[list[int], tuple[str, str]]:
    """The nearest matched tokens, the one just above the picture first, and the words above and below it."""
    texts, tokens = ["", ""], []
    keys, key = aligned.tokens[side].keys, aligned.tokens[side].key
    for anchor in around.anchors(side, image.page, image.box):
        near = sorted(anchor.tokens)
        near = near[-NEIGHBOURS:] if anchor.is_above else near[:NEIGHBOURS]
        texts[0 if anchor.is_above else 1] = " ".join(keys[key[token]] for token in near)
        tokens += near[::-1] if anchor.is_above else near
    return tokens, (texts[0], texts[1])
