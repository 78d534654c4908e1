import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from core.faces.html import html
from core.faces.selection import Selection
from tests.results import change, notice, result, side

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x1b[2J\u202e"


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def test_hostile_text_stays_text_wherever_it_stands() -> None:
    bad = change(
        "replaced",
        side(HOSTILE),
        side(HOSTILE + "x"),
        detail={
            "reason": HOSTILE,
            "context": {"old": f"a {HOSTILE} b", "new": f"a {HOSTILE}x b"},
            "hidden": [HOSTILE],
            "running": HOSTILE,
        },
        severity="major",
        id=HOSTILE,
    )
    styled = change(
        "replaced", side("x"), side("x"), layer="style", detail={"from": {"font": "a"}, "to": {"font": HOSTILE}}
    )
    report = result(bad, styled, notices=[notice(HOSTILE)])
    report["old"]["name"] = report["engine"]["version"] = HOSTILE
    page = html(report)
    tags = Tags()
    tags.feed(page)
    assert tags.tags.count("script") == 1
    assert "img" not in tags.tags
    assert not {name for name in tags.attributes if name.startswith("on") or name == "style"}
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_policy_lets_only_the_reports_own_script_and_style_run() -> None:
    page = html(result())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    for tag in ("script", "style"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body is not None
        digest = b64encode(sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "default-src &#x27;none&#x27;" in policy[1]


def test_the_report_needs_nothing_from_elsewhere() -> None:
    page = html(result(change("inserted", None, side("new"))))
    assert not re.search(r"(src|href)\s*=(?!\"#)|url\(|@import|https?://", page)


def test_a_replaced_word_stands_marked_in_its_sentence_on_both_sides() -> None:
    context = {"context": {"old": "within 30 days of", "new": "within 45 days of"}}
    page = html(result(change("replaced", side("30"), side("45"), detail=context)))
    assert "<bdi>within</bdi> <del><bdi>30</bdi></del> <bdi>days of</bdi>" in page
    assert "<bdi>within</bdi> <ins><bdi>45</bdi></ins> <bdi>days of</bdi>" in page


def test_what_the_selection_leaves_out_is_counted() -> None:
    changes = change("inserted", None, side("kept")), change("deleted", side("dropped"), None)
    page = html(result(*changes), Selection(kinds={"inserted"}))
    assert "kept" in page
    assert "dropped" not in page
    assert "1 more is hidden by the filters" in page


@pytest.mark.parametrize(
    ("identical", "words"),
    [
        (
            True,
            "No changes in text. Style, tables, images",
        ),
        (None, "not every page could be compared"),
    ],
)
def test_no_change_is_told_apart_from_not_compared(identical: bool | None, words: str) -> None:
    report = result()
    report["summary"]["identical"] = identical
    assert words in html(report)


def test_every_notice_of_document_and_page_is_shown_once() -> None:
    report = result(notices=[notice("general")])
    report["old"]["notices"] = [notice("of old")]
    report["new"]["pages"][1]["notices"] = [notice("of page", page=2)]
    page = html(report)
    assert [page.count(words) for words in ("general", "of old", "of page")] == [1, 1, 1]
    assert "new, page 2: " in page


def test_pictures_stand_beside_each_other_and_nothing_else_may_be_loaded() -> None:
    logo = change("replaced", side(""), side(""), layer="image", id="i-1")
    page = html(result(logo), pictures={"i-1": {"old": "data:image/webp;base64,AAAA", "new": 'data:"><script>'}})
    assert page.count("<img ") == 2
    assert 'src="data:image/webp;base64,AAAA"' in page
    assert "data:&quot;&gt;&lt;script&gt;" in page
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "img-src data:;" in policy[1]
    assert "(without text)" not in page
    assert "img-src" not in html(result(logo))
