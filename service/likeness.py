"""Ignoring a change and all like it: decisions on those of a result, and a rule for the next comparison."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from core.alike import without_alike
from core.errors import NotFound
from core.profiles import Profile
from db.blobs import Blobs
from service.access import Actor, Role
from service.comparisons import Comparisons
from service.profiles import Profiles
from service.review_state import ChangeReview
from service.reviews import Reviews


@dataclass(frozen=True, slots=True)
class AlikeIgnored:
    """What was ignored, and the rule that was kept: in which profile, and in words."""

    changes: list[ChangeReview]
    profile: str | None
    rule: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "changes": [change.to_json() for change in self.changes],
            "profile": self.profile,
            "rule": self.rule,
        }


class Likeness:
    """Use cases about changes that say the same."""

    def __init__(self, blobs: Blobs, comparisons: Comparisons, profiles: Profiles, reviews: Reviews) -> None:
        self._blobs = blobs
        self._comparisons = comparisons
        self._profiles = profiles
        self._reviews = reviews

    def ignore(self, actor: Actor, comparison_id: str, change_id: str, profile: str | None) -> AlikeIgnored:
        """Ignore a change and all that say the same, and add the rule to a profile where one is named.

        A profile that is not there yet begins with the options of the comparison.

        Raises:
            Forbidden: Reviewers may ignore; a rule that is kept for all takes an editor.
            OptionsError: Nothing about it can become a rule. Nothing was ignored then.
            NotFound: The result has no such change.
        """
        actor.require(Role.REVIEWER)
        rule = None
        if profile is not None:
            actor.require(Role.EDITOR)
            rule = self._keep(actor, comparison_id, change_id, profile.strip())
        decided = self._reviews.decide_alike(actor, comparison_id, change_id, "ignored")
        return AlikeIgnored(decided.changes, None if profile is None else profile.strip(), rule)

    def _keep(self, actor: Actor, comparison_id: str, change_id: str, name: str) -> str:
        found = self._comparisons.get(actor, comparison_id)
        digest = self._comparisons.result_etag(actor, comparison_id).strip('"')
        result = json.loads(self._blobs.get(actor.workspace, "result", digest))
        change = next((change for change in result["changes"] if change["id"] == change_id), None)
        if change is None:
            raise NotFound("The result has no such change.", remedy="Take an id from the list of its changes.")
        try:
            there = self._profiles.get(actor, name)
            description, options = there.profile.description, self._profiles.options(actor, name)
        except NotFound:
            description, options = "Ignores what reviewers chose to ignore.", found.options
        added, rule = without_alike(options, change)
        told = {**Profile(name, description, added).to_json()}
        self._profiles.save(actor, Profile.from_json(told))
        return rule
