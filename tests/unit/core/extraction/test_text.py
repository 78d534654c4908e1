"""Text as it stands on the page, and in reading order."""

from reportlab.pdfgen.canvas import Canvas

from tests.unit.core.extraction.reading import extracted
from tests.unit.core.pdfs import drawn, lines


def columns(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 10)
    for k, row in enumerate((("Bolt M6", "12", "0.35"), ("Washer", "240", "0.02"), ("Bracket, left", "3", "11.80"))):
        for x, cell in zip((72, 250, 400), row, strict=True):
            canvas.drawString(x, 700 - 14 * k, cell)


def test_words_stand_in_columns_as_on_the_page() -> None:
    text = extracted(drawn(columns), "text")["pages"][0]["text"]
    rows = text.split("\n")
    assert [row.split() for row in rows] == [["Bolt", "M6", "12", "0.35"], ["Washer", "240", "0.02"],
                                             ["Bracket,", "left", "3", "11.80"]]  # fmt: skip
    assert len({row.index(cell) for row, cell in zip(rows, ("12", "240", "3"), strict=True)}) == 1
    assert len({row.index(cell) for row, cell in zip(rows, ("0.35", "0.02", "11.80"), strict=True)}) == 1


def test_words_of_a_sentence_have_one_blank_between_them() -> None:
    said = "Wide letters, WWW and MMM, and little ones, iii and lll, are of one sentence."
    assert extracted(drawn(lines(said)), "text")["pages"][0]["text"] == said


def test_white_space_between_paragraphs_is_a_blank_line() -> None:
    def page(canvas: Canvas) -> None:
        lines("One.", "Two.", "Three.", "Four.")(canvas)
        lines("Five.", y=640)(canvas)

    text = extracted(drawn(page), "text")["pages"][0]["text"]
    assert text.split("\n")[:4] == ["One.", "Two.", "Three.", "Four."]
    assert text.endswith("\n\nFive.")


def test_hidden_words_are_left_out_of_the_text_and_told_among_the_words() -> None:
    def page(canvas: Canvas) -> None:
        lines("Seen by everybody.")(canvas)
        canvas.setFillColorRGB(1, 1, 1)
        lines("Nobody sees this.", y=600)(canvas)

    found = extracted(drawn(page), "text", "words")
    assert found["pages"][0]["text"] == "Seen by everybody."
    assert [word[1] for word in found["words"] if "hidden" in word[10]] == ["Nobody", "sees", "this."]


def test_markdown_has_headings_paragraphs_and_lists() -> None:
    def page(canvas: Canvas) -> None:
        lines("Delivery", size=18, font="Helvetica-Bold")(canvas)
        lines("The supplier delivers the goods within thirty days of the order, and", "tells the buyer before.",
              y=680)(canvas)  # fmt: skip
        lines("• first, by letter", "• then, by word", y=640)(canvas)

    found = extracted(drawn(page), "markdown")["markdown"]
    assert found == (
        "<!-- page 1 -->\n\n# Delivery\n\nThe supplier delivers the goods within thirty days of the order, and "
        "tells the buyer before.\n\n- first, by letter\n- then, by word\n"
    )


def test_signs_of_markdown_are_shown_as_they_are() -> None:
    found = extracted(
        drawn(lines("# 5 is a *number* of [a] <list> in `code`, told as text and no heading.")), "markdown"
    )
    assert r"\# 5 is a \*number\* of \[a\] \<list\> in \`code\`" in found["markdown"]


def test_every_page_has_its_text() -> None:
    pages = extracted(drawn(lines("First page."), lambda _: None, lines("Third page.")), "text")["pages"]
    assert [page["text"] for page in pages] == ["First page.", "", "Third page."]
