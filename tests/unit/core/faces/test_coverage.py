from core.faces.coverage import page_by_page, statement, stretches
from core.faces.html import html
from core.faces.markdown import markdown
from tests.results import Json, notice, result


def doubtful() -> Json:
    """Ten pages: 3 and 4 with tables, 7 with a doubt, 9 not compared."""
    report = result(pages=(10, 10))
    for side in ("old", "new"):
        for page in report[side]["pages"]:
            if page["number"] in (3, 4):
                page["compared"] = ["text", "tables"]
    report["new"]["pages"][6]["notices"] = [notice("may be coded wrongly", page=7)]
    report["new"]["pages"][8].update(compared=[], notices=[notice("is a scan", page=9)])
    report["summary"].pop("coverage")
    return report


def test_the_statement_counts_pages_words_and_layers() -> None:
    told = statement(result(pages=(98, 98))).sentences
    assert told[0] == "98 of 98 pages compared by text."
    assert told[1] == "100 words of the old and 102 of the new document: 96.1 % found their counterpart."
    assert told[2] == "Looked for changes in text."
    assert told[3].startswith("Not looked for: style, tables, images, drawings")


def test_doubts_and_failures_are_counted_and_an_older_result_is_counted_anew() -> None:
    assert (
        statement(doubtful()).counted[0]
        == "10 of 10 old pages and 9 of 10 new pages compared (text on 9, tables on 2); 1 with a doubt."
    )


def test_what_the_options_left_out_is_counted_by_rule() -> None:
    report = result()
    report["summary"]["detail"] = {"ignored": {"headers": 1200, "area\n“foot”": 3}}
    assert statement(report).scope[-1] == "Left out as the options ask: 1,200 by headers and 3 by area “foot”."


def test_a_word_without_counterpart_is_never_rounded_away() -> None:
    report = result()
    report["summary"]["coverage"]["words"] = {"old": 100_000, "new": 100_000, "matched": 99_999}
    assert "99.9 % found" in statement(report).counted[1]


def test_neighbouring_pages_compared_alike_are_one_line() -> None:
    found = [(s.pages, s.state, s.how) for s in stretches(doubtful(), "new")]
    assert found == [
        ("1–2", "compared", "text"),
        ("3–4", "compared", "text, tables"),
        ("5–6", "compared", "text"),
        ("7", "doubtful", "text"),
        ("8", "compared", "text"),
        ("9", "not_compared", "not compared"),
        ("10", "compared", "text"),
    ]


def test_a_notice_of_the_document_that_names_a_page_makes_that_page_doubtful() -> None:
    report = result()
    report["old"]["notices"] = [notice("odd font", page=2)]
    assert [page.state for page in page_by_page(report, "old")] == ["compared", "doubtful"]


def test_html_and_markdown_say_per_page_how_it_was_compared() -> None:
    page, text = html(doubtful()), markdown(doubtful())
    assert "<td>new</td><td>3–4</td><td>text, tables</td>" in page
    assert "| new | 9 | not compared |" in text
    assert "| new | 7 | text | compared, with a doubt |" in text
