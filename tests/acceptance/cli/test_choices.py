"""Profiles and ignore rules on the command line, through the locked child that compares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.options import IGNORABLE, SHOWABLE
from core.profiles import built_in
from tests.acceptance.cli.test_compare import VALIDATOR, one_line, run
from tests.unit.core.pdfs import drawn, lines


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A page of a letter size with a stamp at its foot: 25 mm from the bottom, 25 mm from the left."""
    folder = tmp_path_factory.mktemp("choices")
    pages = {
        "old.pdf": ("The pump, as ordered, has a rated flow of 20 m3/h.", "Issued 2024-01-05 Rev. B"),
        "new.pdf": ("The pump as ordered has a rated flow of 25 m3/h.", "Issued 2025-06-30 Rev. C"),
    }
    for name, (body, stamp) in pages.items():
        page = lambda canvas, body=body, stamp=stamp: (lines(body)(canvas), lines(stamp, y=72)(canvas))  # noqa: E731
        (folder / name).write_bytes(drawn(page))
    return folder / "old.pdf", folder / "new.pdf"


def result(pair: tuple[Path, Path], *arguments: str) -> dict[str, Any]:
    done = run("compare", *pair, "--json", "-", *arguments)
    assert done.returncode in (0, 1), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert [error.message for error in VALIDATOR.iter_errors(found)] == []
    return found


def told(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [((c["old"] or {"text": ""})["text"], (c["new"] or {"text": ""})["text"]) for c in found["changes"]]


def test_an_area_a_text_and_punctuation_are_left_out_and_counted(pair: tuple[Path, Path]) -> None:
    everything = {change["id"] for change in result(pair)["changes"]}
    found = result(pair, "--ignore-area", "bottom-left 0,0 *x40 name=Stamp", "--ignore", "punctuation")
    assert told(found) == [("20", "25")]
    assert found["summary"]["detail"]["ignored"]["Stamp"] >= 1
    assert found["changes"][0]["id"] in everything
    by_text = result(
        pair, "--ignore-text", r"\d{4}-\d\d-\d\d", "--ignore-text", r"Rev\. [A-Z]", "--ignore", "punctuation"
    )
    assert told(by_text) == [("20", "25")]


def test_only_an_area_is_compared(pair: tuple[Path, Path]) -> None:
    assert told(result(pair, "--only-area", "bottom-left 0,0 *x40")) == [("2024-01-05", "2025-06-30"), ("B", "C")]


def test_nothing_left_is_exit_code_0_and_says_what_was_left_out(pair: tuple[Path, Path]) -> None:
    done = run("compare", *pair, "--ignore-area", "top-left 0,0 *x* name=The whole sheet")
    assert done.returncode == 0, done.stderr
    assert "The whole sheet" in done.stdout


def test_a_profile_by_name_and_by_file_with_own_choices_over_it(pair: tuple[Path, Path], tmp_path: Path) -> None:
    named = result(pair, "--profile", "technical-drawing")
    assert named["options"]["profile"] == "technical drawing"
    assert "style" not in named["options"]["layers"]
    assert [c["severity"] for c in named["changes"] if c["detail"]["reason"] == "date"] == ["normal"]
    file = tmp_path / "ours.json"
    file.write_text(run("profiles", "technical drawing").stdout.replace('"normal"', '"minor"'), "utf-8")
    own = result(pair, "--profile", str(file), "--ignore", "case", "--pages", "1")
    assert own["options"]["ignore"] == ["case", "punctuation", "page_numbers"]
    assert own["options"]["profile"] == ""
    assert [c["severity"] for c in own["changes"] if c["detail"]["reason"] == "date"] == ["minor"]


def test_profiles_are_listed() -> None:
    done = run("profiles")
    assert done.returncode == 0
    assert all(name in done.stdout for name in built_in())


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--profile", "drawings"), ("error[bad_options]", "'drawings'", "contract")),
        (("--ignore-area", "middle 0,0 1x1"), ("error[bad_options]", "middle", "top-left")),
        (("--ignore-text", "(?=x)"), ("error[bad_options]", "(?=x)", "RE2")),
        (("--show", "bold"), ("error[bad_options]", "bold", "quotes")),
        (("--size-change", "much"), ("error[bad_options]", "much")),
        (("--ignore", "whitespace", "--show", "spaces"), ("error[bad_options]", "white space")),
    ],
)
def test_what_cannot_be_used_is_one_line_with_a_remedy(
    pair: tuple[Path, Path], arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    done = run("compare", *pair, *arguments)
    assert done.returncode == 2
    one_line(done.stderr, *parts)


def test_a_profile_that_is_no_profile_is_named(pair: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text("name = ")
    one_line(run("compare", *pair, "--profile", file).stderr, "error[bad_options]", "neither JSON nor TOML")
    one_line(run("compare", *pair, "--profile", tmp_path).stderr, "error[cannot_open]", "directory")


def test_the_help_names_every_choice() -> None:
    text = " ".join(run("compare", "--help").stdout.split())
    assert all(word in text for word in (*IGNORABLE, *SHOWABLE, "running"))
