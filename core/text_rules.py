"""Rules about words: text that is left out of a comparison, and what makes a change more or less severe."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from core.areas import NAME_CHARACTERS
from core.errors import OptionsError
from core.patterns import compiled

SEVERITIES = ("major", "normal", "minor")


@dataclass(frozen=True, slots=True)
class TextRule:
    """Text that is no change wherever it stands.

    Attributes:
        pattern: A regular expression; see `core.patterns`.
        name: What the user calls it.
    """

    pattern: str
    name: str = ""

    def __post_init__(self) -> None:
        _texts(self, "ignored text")
        compiled(self.pattern)

    @property
    def label(self) -> str:
        """How it is called where it is counted."""
        return self.name or self.pattern

    @classmethod
    def from_json(cls, data: object) -> TextRule:
        """Read the form of a result, or a bare pattern; an `OptionsError` for anything else."""
        if isinstance(data, TextRule):
            return data
        if isinstance(data, str):
            return cls(data)
        if not isinstance(data, dict) or not {"pattern"} <= set(data) <= {"pattern", "name"}:
            raise OptionsError("ignored text: needs a pattern, and may have a name")
        return cls(**data)


@dataclass(frozen=True, slots=True)
class SeverityRule:
    """Changes that get another severity. What is empty fits every change.

    Attributes:
        severity: The one they get, of `SEVERITIES`.
        reason: Of the change, as docs/profiles.md lists them, such as `spelling`.
        layer: Of the change.
        kind: Of the change.
        pattern: Found in the old or the new text; a regular expression, see `core.patterns`.
        name: Told as the reason of the change instead of its own.
    """

    severity: str
    reason: str = ""
    layer: str = ""
    kind: str = ""
    pattern: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        _texts(self, "severity")
        if self.severity not in SEVERITIES:
            raise OptionsError(f"severity: unknown {self.severity!r}", remedy=f"Choose from {', '.join(SEVERITIES)}.")
        if not (self.reason or self.layer or self.kind or self.pattern):
            raise OptionsError(
                "severity: a rule must say which changes it is for", remedy="Give reason, layer, kind or pattern."
            )
        if self.pattern:
            compiled(self.pattern)

    def fits(self, layer: str, kind: str, reason: str, texts: tuple[str, str]) -> bool:
        """Whether the rule is for a change of this layer, kind, reason, and old and new text."""
        return (
            self.layer in ("", layer)
            and self.kind in ("", kind)
            and self.reason in ("", reason)
            and (not self.pattern or any(compiled(self.pattern).found_in(text) for text in texts))
        )

    @classmethod
    def from_json(cls, data: object) -> SeverityRule:
        """Read the form of a result; an `OptionsError` for anything else."""
        if isinstance(data, SeverityRule):
            return data
        if not isinstance(data, dict) or not {"severity"} <= set(data) <= {f.name for f in fields(cls)}:
            raise OptionsError("severity: needs a severity, and may have reason, layer, kind, pattern, name")
        return cls(**data)


def _texts(rule: TextRule | SeverityRule, about: str) -> None:
    values: dict[str, Any] = asdict(rule)
    if not all(isinstance(value, str) for value in values.values()) or len(values["name"]) > NAME_CHARACTERS:
        raise OptionsError(f"{about}: its parts are texts, a name has at most {NAME_CHARACTERS} characters")
