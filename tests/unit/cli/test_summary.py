import io

import pytest

from cli.summary import MOST_CHANGES, summary
from cli.terminal import Ink
from tests.results import change, notice, result, side


def told(report: dict[str, object]) -> str:
    return "\n".join(summary(report, ink=Ink(io.StringIO()), columns=120))


def test_counts_pages_and_words_are_told() -> None:
    text = told(result(change("replaced", side("30 days", page=2), side("45 days", page=2), severity="major")))
    assert "1 change, 1 major" in text
    assert "  text       1 replaced" in text
    assert "Page 2" in text
    assert "30 days → 45 days" in text


def test_escape_sequences_of_a_document_are_not_passed_on() -> None:
    report = result(change("inserted", None, side("\x1b]0;owned\x07")), notices=[notice("\x1b[2J")])
    report["old"]["name"] = "a\x1b[31m.pdf"
    assert "\x1b" not in told(report)


def test_of_many_changes_the_first_are_told_and_the_rest_counted() -> None:
    changes = [change("inserted", None, side(f"word{n}", page=1 + n % 2)) for n in range(MOST_CHANGES + 50)]
    text = told(result(*changes))
    assert text.count("  + text") == MOST_CHANGES
    assert "… and 50 more changes" in text


@pytest.mark.parametrize(
    ("identical", "words"), [(True, "No changes in text."), (None, "not every page could be compared")]
)
def test_sameness_is_told_apart_from_doubt(identical: bool | None, words: str) -> None:
    report = result()
    report["summary"]["identical"] = identical
    assert words in told(report)


def test_a_notice_names_side_and_page() -> None:
    report = result()
    report["new"]["pages"][1]["notices"] = [notice("is a scan", page=2)]
    assert "! new, page 2: is a scan" in told(report)
