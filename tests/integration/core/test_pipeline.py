"""Two files in, one result out, through real children; and what becomes of it when a child fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.errors import (
    BadOutput,
    Cancelled,
    ChildCrashed,
    DamagedPdf,
    EmptyFile,
    EncryptedPdf,
    FileTooLarge,
    NotAPdf,
    OptionsError,
    OutOfMemory,
    PdfCompareError,
    TimedOut,
    TooManyPages,
    WrongPassword,
)
from core.model import Document
from core.options import CompareOptions, Limits
from core.pipeline import Outcome, Progress, Source, compare_files
from core.sandbox.pieces import PIECES, Piece
from core.sides import EMPTY_COLUMNS
from core.wire import Message
from tests.unit.core.pdfs import drawn, lines

LIMITS = Limits(page_seconds=5.0, address_space_bytes=400 << 20)
IMPATIENT = replace(LIMITS, page_seconds=1.0)
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi".split()  # noqa: SIM905
SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "pdf-compare-1.schema.json").read_text("utf-8"))


def text_of(page: int) -> list[str]:
    return [
        f"Clause {page}.{k} says {WORDS[(page * 3 + k) % 16]}, {WORDS[k % 5]} and {page * 100 + k}." for k in range(12)
    ]


def document(pages: int = 8, *, changed: int | None = None) -> bytes:
    sheets = [text_of(page) for page in range(1, pages + 1)]
    if changed:
        sheets[changed - 1][4] = "This line is another one now."
    return drawn(*(lines(*sheet) for sheet in sheets))


class Files:
    """Sources of bytes on disk, closed afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack, self._count = folder, ExitStack(), 0

    def __call__(self, data: bytes, **more: Any) -> Source:
        self._count += 1
        path = self._folder / f"{self._count}.pdf"
        path.write_bytes(data)
        return Source(fd=self._stack.enter_context(path.open("rb")).fileno(), name=path.name, **more)

    def close(self) -> None:
        self._stack.close()


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    made = Files(tmp_path)
    yield made
    made.close()


def reading_by(name: str, piece: str = "read") -> dict[str, Piece]:
    return {**PIECES, piece: Piece(f"tests.integration.core.misreading:{name}", paged=piece == "read")}


def compared(old: Source, new: Source, **more: Any) -> Outcome:
    outcome = compare_files(old, new, more.pop("options", CompareOptions()), **{"limits": LIMITS, "jobs": 2, **more})
    jsonschema.validate(result_of(outcome), SCHEMA)
    assert result_of(outcome)["summary"] == outcome.summary
    return outcome


def result_of(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome.json)
    return found


def notices_of(outcome: Outcome, side: str) -> dict[int, str]:
    pages = result_of(outcome)[side]["pages"]
    return {page["number"]: page["notices"][0]["code"] for page in pages if not page["compared"]}


def sizes_of(outcome: Outcome, side: str) -> list[tuple[int, float, float]]:
    return [(page["number"], page["width"], page["height"]) for page in result_of(outcome)[side]["pages"]]


def letter_pages(count: int) -> list[tuple[int, float, float]]:
    return [(number, 612.0, 792.0) for number in range(1, count + 1)]


# ------------------------------------------------------------------ what should be


def test_a_change_is_found_and_only_it(files: Files) -> None:
    outcome = compared(files(document()), files(document(changed=5)))
    assert outcome.identical is False
    assert {change["new"]["regions"][0]["page"] for change in result_of(outcome)["changes"] if change["new"]} == {5}


def test_the_result_does_not_depend_on_how_many_children_there_are(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.sides.BYTES_PER_CHILD", 500)
    old, new = files(document()), files(document(9, changed=5))
    assert len({compared(old, new, jobs=jobs).json for jobs in (1, 2, 3, 7, 30)}) == 1


def test_other_bytes_of_the_same_pages_are_identical(files: Files) -> None:
    assert compared(files(document()), files(document() + b"\n% saved again\n")).identical is True


def test_equal_bytes_have_a_full_result_at_once(files: Files) -> None:
    begin = time.monotonic()
    outcome = compared(files(document(3)), files(document(3)), pieces={"inspect": PIECES["inspect"]})
    assert time.monotonic() - begin < 1
    result = result_of(outcome)
    assert outcome.identical is True
    assert sizes_of(outcome, "new") == letter_pages(3)
    assert result["page_map"] == [{"old": n, "new": n, "similarity": 1.0} for n in (1, 2, 3)]
    assert result["options"] == CompareOptions().to_json()


def test_both_ways_to_a_result_have_the_same_form(files: Files) -> None:
    same = result_of(compared(files(document(2)), files(document(2))))
    other = result_of(compared(files(document(2)), files(document(2) + b"\n")))
    assert same.keys() == other.keys()
    assert same["old"].keys() == other["old"].keys()
    assert same["summary"].keys() == other["summary"].keys()
    assert same["engine"] == other["engine"]


def test_chosen_pages_alone_are_compared(files: Files) -> None:
    options = CompareOptions(pages="2-3,7-")
    for new in (document(8, changed=5), document(8)):
        outcome = compared(files(document(8)), files(new), options=options)
        assert outcome.identical is True
        assert [page["number"] for page in result_of(outcome)["old"]["pages"]] == [2, 3, 7, 8]


@pytest.mark.parametrize("same", [True, False])
def test_pages_that_neither_file_has_are_refused(files: Files, *, same: bool) -> None:
    with pytest.raises(OptionsError):
        compared(files(document(2)), files(document(2) + b"\n" * (not same)), options=CompareOptions(pages="5-"))


def test_progress_is_told_by_stage_and_side(files: Files) -> None:
    told: list[Progress] = []
    compared(files(document()), files(document(9)), on_progress=told.append)
    assert [stage for stage, _ in groupby(p.stage for p in told)] == ["preparing", "reading", "comparing"]
    assert {(p.side, p.done, p.total) for p in told if p.stage == "reading" and p.done == p.total} == {
        ("old", 8, 8),
        ("new", 9, 9),
    }


def test_the_offset_of_a_descriptor_is_left_alone(files: Files) -> None:
    old, new = files(document(2)), files(document(3))
    os.lseek(old.fd, 7, os.SEEK_SET)
    compared(old, new)
    assert os.lseek(old.fd, 0, os.SEEK_CUR) == 7


def test_the_parent_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'pypdfium2', 'pypdfium2_raw', 'pikepdf', 'PIL', 'logging', 'asyncio', 'importlib.metadata'}"
    code = f"import sys, core.pipeline; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
    )


def test_a_part_without_words_has_the_form_of_a_document() -> None:
    header = {
        "sha256": "0" * 64,
        "page_count": 1,
        "pages": [[1, 1, 1, [], [], ""]],
        "styles": [],
        "pens": [],
        "metadata": {},
        "notices": [],
        "vocabulary": 0,
    }
    document = Document.from_message(Message(header, EMPTY_COLUMNS))
    assert len(document.words) == len(document.rules) == len(document.images) == len(document.items) == 0
    assert set(EMPTY_COLUMNS) == set(document.to_message().buffers)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("side", ["old", "new"])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", EmptyFile),
        (b"hello", NotAPdf),
        (b"%PDF-1.7\n", DamagedPdf),
        (document(30), TooManyPages),
        (b"x" * 200_001, FileTooLarge),
    ],
)
def test_a_bad_file_is_refused_with_its_side(files: Files, side: str, data: bytes, kind: type[PdfCompareError]) -> None:
    limits = replace(LIMITS, pages=20, file_bytes=200_000)
    pair = {"old": files(document(2)), "new": files(document(3)), side: files(data)}
    with pytest.raises(kind) as caught:
        compared(**pair, limits=limits)
    assert caught.value.side == side


def test_a_bad_file_compared_with_itself_is_refused_too(files: Files) -> None:
    with pytest.raises(NotAPdf) as caught:
        compared(files(b"hello"), files(b"hello"))
    assert caught.value.side == "old"


def encrypted(data: bytes, password: str) -> bytes:
    import io

    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user=password, owner="owner"), static_id=True)
    return out.getvalue()


def test_passwords_open_each_side(files: Files) -> None:
    old, new = encrypted(document(2), "old-é"), encrypted(document(2, changed=2), "new")
    with pytest.raises(EncryptedPdf) as caught:
        compared(files(old, password="old-é"), files(new))
    assert caught.value.side == "new"
    with pytest.raises(WrongPassword) as caught:
        compared(files(old, password="new"), files(new, password="new"))
    assert caught.value.side == "old"
    assert compared(files(old, password="old-é"), files(new, password="new")).identical is False


def test_equal_bytes_need_the_password_of_each_side(files: Files) -> None:
    data = encrypted(document(2), "right")
    assert compared(files(data, password="right"), files(data, password="right")).identical is True
    for wrong, kind in ((None, EncryptedPdf), ("wrong", WrongPassword)):
        with pytest.raises(kind) as caught:
            compared(files(data, password="right"), files(data, password=wrong))
        assert caught.value.side == "new"


# ------------------------------------------------------------------ children that fail


@pytest.mark.parametrize(
    ("reader", "failed", "not_tried", "all_jobs"),
    [
        ("crashes_on_3", [3], [], [1, 6]),
        ("crashes_on_2_5_6_8", [2, 5, 6], [7, 8], [6]),
        ("crashes_in_words_of_3", [3], [], [1]),
        ("hangs_on_3", [3], [], [2]),
        ("hangs_in_words_of_3", [3], [], [1]),
        ("hangs_on_2_3_5_7", [2, 3, 5], [6, 7, 8], [6]),
        ("hogs_on_6", [6], [], [2]),
        ("crashes_unless_few", [], [], [6]),
    ],
)
def test_a_bad_page_costs_itself_only(
    files: Files,
    monkeypatch: pytest.MonkeyPatch,
    reader: str,
    failed: list[int],
    not_tried: list[int],
    all_jobs: list[int],
) -> None:
    monkeypatch.setattr("core.sides.BYTES_PER_CHILD", 500)
    expected = {**dict.fromkeys(failed, "page_failed"), **dict.fromkeys(not_tried, "page_not_tried")}
    for jobs in all_jobs:
        limits = IMPATIENT if "hangs" in reader else LIMITS
        old, new = files(document()), files(document() + b"\n")
        outcome = compared(old, new, pieces=reading_by(reader), jobs=jobs, limits=limits)
        assert notices_of(outcome, "old") == notices_of(outcome, "new") == expected
        assert sizes_of(outcome, "old") == sizes_of(outcome, "new") == letter_pages(8)
        assert outcome.summary["complete"] is not bool(expected)
        assert outcome.identical is (None if expected else True)


@pytest.mark.parametrize("jobs", [1, 6])
@pytest.mark.parametrize("reader", ["hangs_at_objects_of_3", "crashes_at_objects_of_3", "hogs_at_objects_of_document"])
def test_annotations_that_cannot_be_read_cost_a_notice_and_never_the_words(
    files: Files, monkeypatch: pytest.MonkeyPatch, reader: str, jobs: int
) -> None:
    monkeypatch.setattr("core.sides.BYTES_PER_CHILD", 500)
    limits = IMPATIENT if "hangs" in reader else LIMITS
    pieces = reading_by(reader)
    outcome = compared(files(document()), files(document(changed=5)), pieces=pieces, jobs=jobs, limits=limits)
    result = result_of(outcome)
    assert [change["layer"] for change in result["changes"]] == ["text"]
    assert all(page["compared"] for side in ("old", "new") for page in result[side]["pages"])
    assert all([n["code"] for n in result[side]["notices"]] == ["objects_not_read"] for side in ("old", "new"))
    assert result["summary"]["complete"] is False


def test_nothing_is_told_of_a_page_that_failed_on_the_other_side(files: Files) -> None:
    outcome = compared(files(document()), files(document() + b"\n"), pieces=reading_by("crashes_on_3_of_new"))
    assert notices_of(outcome, "old") == {3: "partner_not_compared"}
    assert notices_of(outcome, "new") == {3: "page_failed"}
    assert outcome.summary["complete"] is False
    assert outcome.identical is None
    assert result_of(outcome)["changes"] == []


def test_a_failed_page_says_why(files: Files) -> None:
    old, new = files(document(4)), files(document(4) + b"\n")
    outcome = compared(old, new, pieces=reading_by("hangs_on_3"), limits=IMPATIENT)
    message = result_of(outcome)["old"]["pages"][2]["notices"][0]["message"]
    assert message == "The page could not be read: it took longer than the limit of 1 s on page 3."


@pytest.mark.parametrize(
    ("reader", "kind"),
    [
        ("crashes_on_all", ChildCrashed),
        ("crashes_before_anything", ChildCrashed),
        ("exits", ChildCrashed),
        ("lies_about_pages", BadOutput),
        ("leaves_out_a_page", BadOutput),
    ],
)
def test_a_document_of_which_no_page_can_be_read_is_the_error(
    files: Files, reader: str, kind: type[PdfCompareError]
) -> None:
    with pytest.raises(kind) as caught:
        compared(files(document(4)), files(document(4) + b"\n"), pieces=reading_by(reader), jobs=1)
    assert caught.value.side == "old"


@pytest.mark.parametrize("reader", ["not_finite", "too_long", "points_outside", "other_dtype", "leaves_out_columns"])
def test_columns_that_lie_are_refused_by_who_looks_inside(files: Files, reader: str) -> None:
    with pytest.raises(BadOutput):
        compared(files(document(2)), files(document(3)), pieces=reading_by(reader))


@pytest.mark.parametrize(("comparer", "kind"), [("crashes", ChildCrashed), ("answers_nonsense", BadOutput)])
def test_a_comparer_that_fails_is_the_error(files: Files, comparer: str, kind: type[PdfCompareError]) -> None:
    with pytest.raises(kind) as caught:
        compared(files(document(2)), files(document(3)), pieces=reading_by(comparer, "compare"))
    assert caught.value.side is None


def test_more_memory_than_the_limit_for_the_whole_document_is_said_so(files: Files) -> None:
    limits = replace(LIMITS, address_space_bytes=90 << 20)
    with pytest.raises(OutOfMemory):
        compared(files(document(2)), files(document(3)), limits=limits)


# ------------------------------------------------------------------ ending early


def children() -> set[int]:
    """Sandboxed children of this process; other tests may have left a database server or a browser's driver running."""
    found = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in found if b"core/sandbox/child.py" in Path(f"/proc/{pid}/cmdline").read_bytes()}


def test_cancel_ends_all_children_within_two_seconds(files: Files) -> None:
    told: list[float] = []

    def progress(_: Progress) -> None:
        told.append(time.monotonic())

    with pytest.raises(Cancelled):
        compared(
            files(document()),
            files(document(9)),
            pieces=reading_by("is_slow"),
            on_progress=progress,
            cancelled=lambda: len(told) > 3,
        )
    assert time.monotonic() - told[3] < 2
    assert not children()


def test_an_exception_of_the_caller_ends_all_children(files: Files) -> None:
    def progress(told: Progress) -> None:
        if told.stage == "reading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compared(files(document()), files(document(9)), on_progress=progress)
    assert not children()


def test_the_clock_of_the_whole_job_ends_it(files: Files) -> None:
    limits = replace(LIMITS, base_seconds=0.5, seconds_per_page=0.01)
    with pytest.raises(TimedOut):
        compared(files(document()), files(document(9)), pieces=reading_by("is_slow"), limits=limits)
    assert not children()


# ------------------------------------------------------------------ cache


class Kept(dict[str, bytes]):
    def put(self, key: str, content: bytes) -> None:
        self[key] = content


def test_a_document_read_once_is_not_read_again(files: Files) -> None:
    kept, old, new = Kept(), files(document()), files(document(9, changed=4))
    first = compared(old, new, cache=kept)
    assert len(kept) == 2
    assert compared(old, new, cache=kept, pieces=reading_by("crashes_on_all")).json == first.json
    assert compared(old, new, cache=kept, options=CompareOptions(pages="1-2")).json != first.json
    assert len(kept) == 4


def test_a_spoilt_cache_is_a_miss(files: Files) -> None:
    kept, old, new = Kept(), files(document(2)), files(document(3))
    first = compared(old, new, cache=kept)
    for key in kept:
        kept[key] = kept[key][:-5] if key.startswith("0") else b"PDFC nonsense"
    assert compared(old, new, cache=kept).json == first.json


def test_what_is_incomplete_or_behind_a_password_is_not_kept(files: Files) -> None:
    kept = Kept()
    compared(files(document()), files(document() + b"\n"), cache=kept, pieces=reading_by("crashes_on_3"))
    compared(
        files(encrypted(document(2), "a"), password="a"), files(encrypted(document(3), "a"), password="a"), cache=kept
    )
    assert not kept
