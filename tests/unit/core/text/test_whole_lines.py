"""Lists: a line that came or went is told as that, not as a word changed in each line."""

from __future__ import annotations

from core.compare import compare
from core.options import CompareOptions
from tests.builders import document

LIST = (
    "2022 Certified Security Specialty, Amazon Web Services",
    "2022 Certified Solutions Architect Professional, Amazon Web Services",
    "2019 Certified Solutions Architect Associate, Amazon Web Services",
    "2021 Certified SysOps Administrator Associate, Amazon Web Services",
    "2020 Certified Kubernetes Application Developer, The Linux Foundation",
)


def told(old: str, new: str) -> list[tuple[str, str, str]]:
    found = compare(document(old), document(new), CompareOptions()).changes
    return [(c.kind, c.old.text if c.old else "", c.new.text if c.new else "") for c in found]


def test_a_line_that_came_and_one_that_went_are_told_as_lines() -> None:
    came = "2023 Certified Advanced Networking Specialty, Amazon Web Services"
    new = [came, *LIST[:2], *LIST[3:]]
    expected = [("inserted", "", came), ("deleted", LIST[2], "")]
    assert told("\n".join(("Certificates", *LIST)), "\n".join(("Certificates", *new))) == expected
    mirrored = [("deleted", came, ""), ("inserted", "", LIST[2])]
    assert told("\n".join(("Certificates", *new)), "\n".join(("Certificates", *LIST))) == mirrored


def test_words_that_changed_in_each_line_stay_words() -> None:
    new = [line.replace("Certified", "Registered") for line in LIST]
    assert told("\n".join(LIST), "\n".join(new)) == [("replaced", "Certified", "Registered")] * 5


def test_a_word_changed_in_a_line_that_stays_is_told_within_it() -> None:
    came = "2023 Certified Advanced Networking Specialty, Amazon Web Services"
    new = [came, *LIST[:2], *LIST[3:4], LIST[4].replace("Linux", "Unix")]
    found = told("\n".join(("Certificates", *LIST)), "\n".join(("Certificates", *new)))
    assert found == [("inserted", "", came), ("deleted", LIST[2], ""), ("replaced", "Linux", "Unix")]
