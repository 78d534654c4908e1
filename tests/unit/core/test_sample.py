"""The sample pair is what newcomers see first: it must be sound, the same everywhere, and worth looking at."""

import pypdfium2

from core.sample import sample_pair


def words(data: bytes) -> list[str]:
    pdf = pypdfium2.PdfDocument(data)
    return " ".join(page.get_textpage().get_text_bounded() for page in pdf).split()


def test_the_same_bytes_every_time() -> None:
    assert sample_pair() == sample_pair()


def test_both_have_three_pages_of_text() -> None:
    for name, data in sample_pair():
        assert name.endswith(".pdf")
        assert len(pypdfium2.PdfDocument(data)) == 3
        assert len(words(data)) > 500


def test_the_revisions_differ_where_they_should() -> None:
    (_, old), (_, new) = sample_pair()
    text = [" ".join(words(data)) for data in (old, new)]
    for before, after in (("EUR 250,000", "EUR 275,000"), ("1 March 2026", "1 April 2026"), ("30 days", "45 days")):
        assert before in text[0]
        assert before not in text[1]
        assert after in text[1]
    assert "Retaining ring" not in text[0]
    assert "Retaining ring" in text[1]


def test_no_line_runs_into_the_margin() -> None:
    for _, data in sample_pair():
        for page in pypdfium2.PdfDocument(data):
            text = page.get_textpage()
            boxes = [text.get_rect(n) for n in range(text.count_rects())]
            assert min(box[0] for box in boxes) > 76
            assert max(box[2] for box in boxes) < 519
