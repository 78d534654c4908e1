"""Profiles: named sets of options and rules of severity, built in or in a file.

A profile names the layers that it turns OFF, so that one made today also looks at what later versions compare.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from core.areas import NAME_CHARACTERS
from core.errors import OptionsError
from core.options import LAYERS, CompareOptions

SCHEMA = "pdf-compare-profile/1"
MOST_BYTES = 256 * 1024
DESCRIPTION_CHARACTERS = 500
_REMEDY = "See docs/profiles.md for the form of a profile."


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of options; `options.profile` is its name."""

    name: str
    description: str
    options: CompareOptions

    def to_json(self) -> dict[str, Any]:
        """The form of a file; the options complete, but for the layers."""
        options = self.options.to_json()
        del options["layers"], options["pages"], options["registrations"]
        options["without_layers"] = [layer for layer in LAYERS if layer not in self.options.layers]
        del options["profile"]
        return {"schema": SCHEMA, "name": self.name, "description": self.description, "options": options}

    @classmethod
    def from_json(cls, data: object) -> Profile:
        """Read `to_json`'s form; options that are left out have their defaults.

        Raises:
            OptionsError: It does not have this form.
        """
        if not isinstance(data, dict) or not {"name", "options"} <= set(data) <= {
            "schema",
            "name",
            "description",
            "options",
        }:
            raise OptionsError("profile: needs a name and options, and may have a description", remedy=_REMEDY)
        if data.get("schema", SCHEMA) != SCHEMA:
            raise OptionsError(f"profile: its form is not {SCHEMA}", remedy=_REMEDY)
        name, description = _text("name", data["name"]), _text("description", data.get("description", ""))
        if not name:
            raise OptionsError("profile: has no name", remedy=_REMEDY)
        if not isinstance(data["options"], dict) or {"profile", "pages", "registrations"} & set(data["options"]):
            raise OptionsError("profile: options are a table without profile, pages and registrations", remedy=_REMEDY)
        return cls(name, description, replace(overlaid(CompareOptions(), data["options"]), profile=name))


def overlaid(base: CompareOptions, choices: Mapping[str, Any]) -> CompareOptions:
    """The options with some chosen anew; they no longer are a profile's when they differ from its own.

    Args:
        base: Options, for example a profile's.
        choices: Some of them in the form of `CompareOptions.to_json`; also `without_layers`, layers to leave out, which
            may be such as this version does not compare.
    """
    values = dict(choices)
    without = values.pop("without_layers", None)
    if without is not None:
        if not isinstance(without, list | tuple) or not set(map(str, without)) <= set(LAYERS) or "layers" in values:
            raise OptionsError(
                "without_layers: unknown layer, or given beside layers", remedy=f"Choose from {', '.join(LAYERS)}."
            )
        values["layers"] = [layer for layer in LAYERS if layer not in without]
    chosen = CompareOptions.from_json({**base.to_json(), **values})
    if "profile" in values or replace(chosen, pages=base.pages, registrations=base.registrations) == base:
        return chosen
    return replace(chosen, profile="")


def read_profile(data: bytes) -> Profile:
    """A profile from a file, JSON or TOML.

    Raises:
        OptionsError: It cannot be read, or does not have the form of a profile.
    """
    if len(data) > MOST_BYTES:
        raise OptionsError(f"profile: more than {MOST_BYTES // 1024} KB", remedy=_REMEDY)
    try:
        text = data.decode("utf-8-sig")
        parsed = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # both formats' own errors are ValueErrors
        raise OptionsError(f"profile: is neither JSON nor TOML: {str(error)[:200]}", remedy=_REMEDY) from error
    return Profile.from_json(parsed)


@cache
def built_in() -> dict[str, Profile]:
    """The profiles that come with the product, by name."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {profile.name: profile for profile in (read_profile(file.read_bytes()) for file in files)}


def find_built_in(name: str) -> Profile | None:
    """A built-in profile; case, blanks and hyphens in its name do not matter."""
    wanted = _folded(name)
    return next((profile for known, profile in built_in().items() if _folded(known) == wanted), None)


def _folded(name: str) -> str:
    return name.casefold().replace("-", " ").replace("_", " ").strip()


def _text(what: str, value: object) -> str:
    most = NAME_CHARACTERS if what == "name" else DESCRIPTION_CHARACTERS
    if not isinstance(value, str) or len(value) > most or any(not c.isprintable() for c in value):
        raise OptionsError(f"profile: {what} must be text on one line, at most {most} characters", remedy=_REMEDY)
    return value.strip()
