"""What a tool said against the truth: words, moves, regions, layers and kinds, items, page map."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.accuracy.locate import plain, see, split
from benchmarks.accuracy.tools import Answer

SIDES = ("old", "new")
#: Layers that may tell words of their own; where they stand on the words of a text change, those count once.
_WORD_LAYERS = ("table", "page", "form")
#: Layers in which a change too many is wrong, in every category …
_JUDGED = frozenset({"text", "table", "image", "annotation", "form", "link"})
#: … and in some. A reflow restyles text and moves the rules of tables: no fault elsewhere.
_JUDGED_ALSO = {"g": {"drawing", "style"}, "h": {"drawing"}, "j": {"drawing"}, "k": {"style"}}
#: Boxes of scans are those of the straight page.
_SCAN_SLACK_POINTS = 12.0

Box = Sequence[float]


@dataclass(slots=True)
class Row:
    """Counts of one pair. `hits`, `said`, `wanted` are words of both sides; `missed` and `false` show them."""

    pair: str
    category: str
    notes: str
    hits: int = 0
    said: int = 0
    wanted: int = 0
    words: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    moves: int = 0
    moves_wanted: int = 0
    moved_said: int = 0
    moved_right: int = 0
    regions: int = 0
    regions_found: int = 0
    places_said: int = 0
    places_right: int = 0
    layer_right: int = 0
    kind_right: int = 0
    map_wanted: int = 0
    map_right: int = 0
    unchanged: bool = False
    quiet: bool = False
    differs: bool | None = None
    seconds: float = 0.0
    memory_mb: int = 0
    error: str = ""

    @property
    def exact(self) -> bool:
        """Changed words exactly right."""
        return self.hits == self.said == self.wanted and not self.error

    @property
    def f1(self) -> float:
        """Of the pair; 1 where nothing was said and nothing wanted."""
        return harmonic(self.hits, self.said, self.wanted)


def harmonic(hits: int, said: int, wanted: int) -> float:
    """F1 from counts."""
    return 2 * hits / (said + wanted) if said + wanted else 1.0


def score(folder: Path, answer: Answer) -> Row:
    """Judge one answer."""
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    letter = truth["category"][0]
    row = Row(
        folder.name, truth["category"], truth["notes"], error=answer.error, differs=answer.differs,
        seconds=round(answer.seconds, 2), memory_mb=answer.memory_bytes >> 20,
    )  # fmt: skip
    changes = [dict(change) for change in answer.report.get("changes", [])]
    _fill_pages(changes, folder)
    for side in SIDES:
        _score_words(row, changes, truth, side, lenient=letter == "i")
        row.words += len(_words_of(folder / f"{side}.pdf"))
        _score_regions(row, changes, truth, side, letter)
    _score_moves(row, changes, truth, answer.report.get("page_map") or [])
    for item in truth["items"]:
        _score_item(row, changes, item)
    mapped = {(page.get("old"), page.get("new")) for page in answer.report.get("page_map") or []}
    row.map_wanted = len(truth["page_map"])
    row.map_right = sum(tuple(entry) in mapped for entry in truth["page_map"])
    judged = _JUDGED | _JUDGED_ALSO.get(letter, set())
    row.unchanged = bool(
        truth["expect_identical_text"] and not truth["regions"] and not truth["items"] and truth["regions_complete"]
    )
    row.quiet = not any(change["layer"] in judged for change in changes) and not row.error
    return row


# ---------------------------------------------------------------- words


@cache
def _words_of(pdf: Path) -> tuple[tuple[int, str], ...]:
    return tuple((word.page, word.text) for word in see(pdf).words)


def _part(change: dict[str, Any], side: str) -> dict[str, Any]:
    return change.get(side) or {}


def _fill_pages(changes: list[dict[str, Any]], folder: Path) -> None:
    """A page that came or went says its words by its number."""
    for change in changes:
        if change["layer"] != "page" or change["kind"] not in ("inserted", "deleted"):
            continue
        for side in SIDES:
            part = _part(change, side)
            numbers = {region["page"] for region in part.get("regions") or []}
            if numbers and not part.get("text"):
                words = [text for page, text in _words_of(folder / f"{side}.pdf") if page in numbers]
                change[side] = {**part, "text": " ".join(words)}


def _said(changes: list[dict[str, Any]], side: str) -> tuple[Counter[str], Counter[str]]:
    """Changed words and moved words."""
    changed: Counter[str] = Counter()
    moved: Counter[str] = Counter()
    told = []
    for change in changes:
        if change["layer"] == "text":
            words = Counter(split(_part(change, side).get("text") or ""))
            if change["kind"] == "moved":
                moved += words
            else:
                changed += words
                told.append((words, _part(change, side).get("regions") or []))
    for change in changes:
        if change["layer"] not in _WORD_LAYERS:
            continue
        words = Counter(split(_part(change, side).get("text") or ""))
        if change["kind"] == "moved":
            moved += words
        elif (change["layer"], change["kind"]) != ("page", "replaced"):
            mine = _part(change, side).get("regions") or []
            for others, regions in told:
                if any(a["page"] == b["page"] and _shared(a["box"], b["box"]) > 0 for a in mine for b in regions):
                    words -= others
            changed += words
    return changed, moved


def _score_words(row: Row, changes: list[dict[str, Any]], truth: dict[str, Any], side: str, *, lenient: bool) -> None:
    said, _ = _said(changes, side)
    wanted = Counter(part for word in truth[f"{side}_words_changed"] for part in split(word))
    free = Counter(part for word in truth[f"{side}_words_optional"] for part in split(word))
    for move in truth["moved"]:  # told as deletion and insertion is no false word, only a move not recognised
        free.update(split(move["text"]))
    said -= (said - wanted) & free
    if lenient:
        hits, missed, false = _read_by_machine(said, wanted)
    else:
        hits, missed, false = (
            (said & wanted).total(),
            list((wanted - said).elements()),
            list((said - wanted).elements()),
        )
    row.hits += hits
    row.said += said.total()
    row.wanted += wanted.total()
    row.missed += missed
    row.false += false


def _read_by_machine(said: Counter[str], wanted: Counter[str]) -> tuple[int, list[str], list[str]]:
    """In scans case and edge punctuation do not count, and one letter in five may be wrong."""
    pool = list(said.elements())
    missed = []
    for word in wanted.elements():
        match = next((other for other in pool if _alike(_bare(word), _bare(other))), None)
        if match is None:
            missed.append(word)
        else:
            pool.remove(match)
    return wanted.total() - len(missed), missed, pool


def _bare(word: str) -> str:
    return word.strip("".join(c for c in word if not c.isalnum())).lower() if word else ""


def _alike(a: str, b: str) -> bool:
    if a == b:
        return True
    if max(len(a), len(b)) < 4 or abs(len(a) - len(b)) > 1:
        return False
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1] <= max(1, len(a) // 5)


def _score_moves(
    row: Row, changes: list[dict[str, Any]], truth: dict[str, Any], page_map: list[dict[str, Any]]
) -> None:
    said = {side: _said(changes, side)[1] for side in SIDES}
    mapped = {(page.get("old"), page.get("new")) for page in page_map}
    right: Counter[str] = Counter()
    for move in truth["moved"]:
        text = Counter(split(move["text"]))
        share = max((said[side] & text).total() for side in SIDES) / max(1, text.total())
        row.moves += share >= 0.7 or ("pages" in move and tuple(move["pages"]) in mapped)
        right += text
    row.moves_wanted = len(truth["moved"])
    every = said["old"] | said["new"]
    row.moved_said, row.moved_right = every.total(), (every & right).total()


# ---------------------------------------------------------------- places


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(a: Box, b: Box) -> float:
    return _area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def _holds(box: Box, other: Box, slack: float) -> bool:
    """The centre of `other` lies in `box`."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] - slack <= x <= box[2] + slack and box[1] - slack <= y <= box[3] + slack


def hits_region(wanted: Box, said: Box, slack: float = 2.0, most: float = 20.0) -> bool:
    """Intersection over union above 0.3, or one holds the other's centre and their sizes are comparable."""
    shared = _shared(wanted, said)
    if shared > 0.3 * (_area(wanted) + _area(said) - shared):
        return True
    if _holds(wanted, said, slack) and _area(said) >= 0.1 * _area(wanted):
        return True
    return _holds(said, wanted, slack) and _area(said) <= most * max(_area(wanted), 1.0)


def _places(changes: list[dict[str, Any]], side: str) -> Iterator[tuple[dict[str, Any], int, Box]]:
    for change in changes:
        for region in _part(change, side).get("regions") or []:
            yield change, region["page"], region["box"]


def _score_regions(row: Row, changes: list[dict[str, Any]], truth: dict[str, Any], side: str, letter: str) -> None:
    slack = _SCAN_SLACK_POINTS if letter == "i" else 2.0
    said = list(_places(changes, side))
    wanted = [region for region in truth["regions"] if region["side"] == side]
    for region in wanted:
        row.regions += 1
        most = 100.0 if region["layer"].startswith("table") else 20.0  # a row may stand for its cells
        near = [(change, box) for change, page, box in said if page == region["page"]]
        found = [change for change, box in near if hits_region(region["box"], box, slack, most)]
        if not found:  # several small boxes that fill it together; a page has margins
            within = [(c, _shared(b, region["box"])) for c, b in near if _shared(b, region["box"]) > 0.5 * _area(b)]
            share = 0.1 if region["layer"].startswith("page") else 0.3
            if sum(part for _, part in within) >= share * _area(region["box"]):
                found = [change for change, _ in within]
        if found:
            row.regions_found += 1
            right = [change for change in found if change["layer"] in region["layer"].split("|")]
            row.layer_right += bool(right)
            row.kind_right += any(change["kind"] in region["kind"].split("|") for change in right or found)
    goals = [(region["page"], region["box"], region.get("layer", "")) for region in wanted]
    goals += [(place["page"], place["box"], "") for move in truth["moved"] for place in move[side]]
    if not truth["regions_complete"] or not (goals or truth["expect_identical_text"]):
        return
    judged = _JUDGED | _JUDGED_ALSO.get(letter, set())
    empty_kind = "inserted" if side == "old" else "deleted"  # where something went in or is missing: no place to judge
    for change, page, box in said:
        if change["layer"] not in judged or change["kind"] == empty_kind:
            continue
        row.places_said += 1
        row.places_right += any(
            page == number
            and (
                hits_region(goal, box, slack, 100.0 if layer.startswith("table") else 20.0)
                or _shared(goal, box) > 0.5 * _area(box)
            )
            for number, goal, layer in goals
        )


def _score_item(row: Row, changes: list[dict[str, Any]], item: dict[str, Any]) -> None:
    row.regions += 1
    for change in changes:
        if change["layer"] == item["layer"]:
            told = [change.get("old"), change.get("new"), change.get("detail")]
            text = plain(json.dumps(told, ensure_ascii=False))
            if all(plain(value) in text for value in (item["old"], item["new"]) if value):
                row.regions_found += 1
                row.layer_right += 1
                row.kind_right += change["kind"] == item["kind"]
                return


# ---------------------------------------------------------------- sums


@dataclass(frozen=True, slots=True)
class Summary:
    """Of several pairs; None where there was nothing to judge."""

    pairs: int
    errors: int
    precision: float | None
    recall: float | None
    f1: float | None
    f1_by_pair: float | None
    exact: float
    false_per_1000: float | None
    moves: float | None
    move_precision: float | None
    region_recall: float | None
    region_precision: float | None
    layer: float | None
    kind: float | None
    page_map: float | None
    clean: float | None
    seconds: float
    seconds_most: float
    memory_mb: int


def summarise(rows: Iterable[Row]) -> Summary:
    """Sums over pairs; P, R and F1 over pairs with changed words, false words over those without."""
    rows = list(rows)
    changed = [row for row in rows if row.wanted]
    same = [row for row in rows if not row.wanted]
    hits, said, wanted = (sum(getattr(row, name) for row in changed) for name in ("hits", "said", "wanted"))
    total = {name: sum(getattr(row, name) for row in rows) for name in _COUNTS}
    untouched = [row for row in rows if row.unchanged]
    precision = (hits / said if said else 1.0) if wanted else None
    return Summary(
        pairs=len(rows),
        errors=sum(bool(row.error) for row in rows),
        precision=precision,
        recall=_share(hits, wanted),
        f1=harmonic(hits, said, wanted) if wanted else None,
        f1_by_pair=statistics.mean(row.f1 for row in changed) if changed else None,
        exact=sum(row.exact for row in rows) / len(rows),
        false_per_1000=_share(1000 * sum(row.said for row in same), sum(row.words for row in same)),
        moves=_share(total["moves"], total["moves_wanted"]),
        move_precision=_share(total["moved_right"], total["moved_said"]),
        region_recall=_share(total["regions_found"], total["regions"]),
        region_precision=_share(total["places_right"], total["places_said"]),
        layer=_share(total["layer_right"], total["regions_found"]),
        kind=_share(total["kind_right"], total["regions_found"]),
        page_map=_share(total["map_right"], total["map_wanted"]),
        clean=_share(sum(row.quiet for row in untouched), len(untouched)),
        seconds=statistics.median(row.seconds for row in rows),
        seconds_most=max(row.seconds for row in rows),
        memory_mb=max(row.memory_mb for row in rows),
    )


_COUNTS = (
    "moves", "moves_wanted", "moved_said", "moved_right", "regions", "regions_found", "places_said", "places_right",
    "layer_right", "kind_right", "map_right", "map_wanted",
)  # fmt: skip


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def as_json(row: Row) -> dict[str, Any]:
    """For results.json."""
    return {**asdict(row), "exact": row.exact}
