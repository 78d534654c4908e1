"""Words that are left over get the reason that explains them, and only that."""

from __future__ import annotations

from collections import Counter

from benchmarks.residue import Explained, _differing, _shared_out, plain, report, words_of


def test_hyphens_and_line_breaks_leave_no_residue() -> None:
    assert plain(words_of("agree- ment re-sign ﬁnd")) == plain(words_of("agreement resign find"))
    assert plain(["one-", "Two"]) == Counter({"one": 1, "Two": 1})


def test_words_cut_otherwise_are_told_from_other_letters() -> None:
    theirs, mine = (
        Counter(("engineeringexperience", "(", "modi", "Ann")),
        Counter(("engineering", "experience", "mode")),
    )
    found = dict(_differing(theirs, mine, Counter(("Ann",))))
    assert found["form"] == Counter(("Ann",))
    assert found["sign"] == Counter(("(",))
    assert found["letters"] == Counter(
        {"modi": 1, "mode": -1, "engineeringexperience": 1, "engineering": -1, "experience": -1}
    )
    theirs, mine = Counter(("engineeringexperience",)), Counter(("engineering", "experience"))
    assert dict(_differing(theirs, mine, Counter()))["cut"] == Counter(
        {"engineeringexperience": 1, "engineering": -1, "experience": -1}
    )


def test_a_word_that_no_reason_explains_is_said_to_be_so() -> None:
    left = Counter({"a": 3, "b": -2, "c": 0})
    found = _shared_out(left, {"running": Counter({"a": 1, "b": 5}), "leaders": Counter({"a": 1})})
    assert found == {
        "running": Counter({"a": 1}),
        "leaders": Counter({"a": 1}),
        "unexplained": Counter({"a": 1, "b": -2}),
    }
    page = report([Explained("pair", 1000, 10, found)])
    assert "| pair | 1,000 | 10 | 5 | 0.50 |" in page
    assert "**unexplained**, 3 words: `b` -2, `a` +1" in page
