"""Profiles are read from JSON and TOML, refused with a reason, and laid under what a user chooses himself."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core import profiles
from core.compare import compare
from core.errors import OptionsError
from core.options import LAYERS, CompareOptions
from core.profiles import Profile, built_in, find_built_in, overlaid, read_profile
from tests.builders import document

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "docs/pdf-compare-profile-1.schema.json").read_text("utf-8"))
RESULT = json.loads((ROOT / "docs/pdf-compare-1.schema.json").read_text("utf-8"))
FILES = sorted(Path(profiles.__file__).parent.glob("*.toml"))
NAMES = ["contract", "layout proof", "scan against original", "technical drawing"]


def told(name: str, old: str, new: str) -> list[tuple[str, str, str]]:
    found = compare(document(old), document(new), built_in()[name].options)
    return [(str(c.layer), str(c.severity), c.detail["reason"]) for c in found.changes]


def test_the_built_in_ones_are_there_and_keep_the_schema() -> None:
    assert sorted(built_in()) == NAMES
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for file in FILES:
        assert [error.message for error in validator.iter_errors(tomllib.loads(file.read_text("utf-8")))] == []
    for name, profile in built_in().items():
        assert [error.message for error in validator.iter_errors(profile.to_json())] == []
        assert profile.options.profile == name
        assert profile.description.endswith(".")


def _undescribed(schema: dict[str, Any]) -> dict[str, Any]:
    """Each of the two tells its reader something else about an option."""
    return {k: v for k, v in schema.items() if k != "description"}


def test_the_schema_has_the_options_of_the_result() -> None:
    mine, theirs = SCHEMA["properties"]["options"]["properties"], RESULT["$defs"]["options"]["properties"]
    assert {k: _undescribed(v) for k, v in mine.items() if k != "without_layers"} == {
        k: _undescribed(v) for k, v in theirs.items() if k not in ("profile", "pages", "registrations")
    }
    assert all(SCHEMA["$defs"][name] == RESULT["$defs"][name] for name in SCHEMA["$defs"])


@pytest.mark.parametrize("name", NAMES)
def test_written_as_json_and_read_is_the_same(name: str) -> None:
    profile = built_in()[name]
    assert read_profile(json.dumps(profile.to_json()).encode()) == profile


def test_a_name_is_found_however_it_is_typed() -> None:
    assert find_built_in("Technical-Drawing") is built_in()["technical drawing"]
    assert find_built_in("drawings") is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "neither"),
        (b"name = ", "neither"),
        (b'{"name": "x"', "neither"),
        (b"[" * 100_000, "neither"),
        (b'{"name": "x"}', "needs"),
        (b'name = "x"\noptions = 3', "options"),
        (b'name = ""\n[options]', "no name"),
        (b'name = "a\\nb"\n[options]', "name"),
        (b'name = "x"\n[options]\npages = "1"', "pages"),
        (b'name = "x"\n[options]\ncolour = "red"', "unknown option colour"),
        (b'name = "x"\n[options]\nwithout_layers = ["sound"]', "without_layers"),
        (b'name = "x"\n[options]\nlayers = ["text"]\nwithout_layers = ["style"]', "without_layers"),
        (b'name = "x"\nschema = "other/1"\n[options]', "form"),
        (b'name = "x"\nmore = 1\n[options]', "needs"),
        (b"#" * 300_000, "KB"),
    ],
)
def test_what_is_no_profile_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(OptionsError, match=said) as caught:
        read_profile(data)
    assert caught.value.help


def test_layers_of_the_future_can_be_left_out_today() -> None:
    profile = Profile.from_json({"name": "x", "options": {"without_layers": ["drawing", "style"]}})
    assert profile.options.layers == tuple(layer for layer in LAYERS if layer not in ("drawing", "style"))


def test_own_choices_are_laid_over_a_profile_which_then_is_none() -> None:
    base = built_in()["contract"].options
    assert overlaid(base, {}) == base
    assert overlaid(base, {"pages": "1-2"}).profile == "contract"
    changed = overlaid(base, {"ignore": ["case"]})
    assert (changed.profile, changed.ignore, changed.severity) == ("", ("case",), base.severity)
    assert overlaid(CompareOptions(), {"without_layers": ["text"]}).layers == LAYERS[1:]


def test_contract_weighs_a_comma() -> None:
    assert told("contract", "the buyer, the seller", "the buyer the seller") == [("text", "normal", "punctuation")]


def test_technical_drawing_weighs_dimensions_and_not_dates() -> None:
    old, new = "shaft Ø12 drawn 2024-01-05 here", "shaft Ø14 drawn 2025-01-05 here"
    assert told("technical drawing", old, new) == [("text", "major", "dimension"), ("text", "normal", "date")]


def test_scan_against_original_forgives_dots_and_letters_but_no_numbers() -> None:
    old = "the delivery, as agreed, is due on receipt of 100 parts"
    new = "the delivory as agreed is due on receipt of 700 parts"
    assert told("scan against original", old, new) == [("text", "minor", "spelling"), ("text", "major", "number")]


def test_layout_proof_shows_what_is_tidied_away_and_takes_words_for_errors() -> None:
    old, new = "the “proof” shows one picture", 'the "proof" shows one image'
    assert told("layout proof", old, new) == [("text", "minor", "quotes"), ("text", "major", "wording")]
