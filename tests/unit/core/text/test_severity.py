"""What weighs: a case for each shape of change, in four languages; and what only looks like one."""

from __future__ import annotations

import time

import numpy as np
import pytest

from core.compare import compare
from core.model import Flag, Severity
from core.options import CompareOptions
from core.text.severity import MOST_CHARACTERS, REASONS, severity_of
from tests.builders import document

#: old words, new words, reason; `before | words | after` where the words around matter
CASES = [
    # amounts
    ("$5", "€5", "amount"),
    ("$1,200", "$1,250", "amount"),
    ("EUR | 250,000 | net", "EUR | 275,000 | net", "amount"),
    ("1.5 million euros", "1.5 billion euros", "amount"),
    ("a fee of | 300 | US$", "a fee of | 400 | US$", "amount"),
    ("100 | Dollars", "100 | Euro", "amount"),
    ("£12", "12", "amount"),
    ("CHF | -40.00", "CHF | 40.00", "amount"),
    # percentages
    ("5%", "5", "percentage"),
    ("5 %", "6 %", "percentage"),
    ("2 | percent", "3 | percent", "percentage"),
    ("two | per cent above", "three | per cent above", "percentage"),
    ("10 | Prozent", "12 | Prozent", "percentage"),
    ("5 | pour cent", "7 | pour cent", "percentage"),
    ("8 | por ciento", "9 | por ciento", "percentage"),
    ("0.5 | % | per month", "0.5 | ‰ | per month", "percentage"),
    # dates
    ("2024-01-05", "2024-01-06", "date"),
    ("01/02/2024", "02/01/2024", "date"),
    ("31.12.2024", "31.12.2025", "date"),
    ("on | 12 | March 2024", "on | 14 | March 2024", "date"),
    ("5 | March | 2024", "5 | April | 2024", "date"),
    ("until 31. | Januar | 2024", "until 31. | Februar | 2024", "date"),
    ("le 1er | février", "le 1er | juillet", "date"),
    ("el 3 de | enero | de 2024", "el 3 de | marzo | de 2024", "date"),
    ("in | May | 2024", "in | June | 2024", "date"),
    ("January", "February", "date"),
    ("on | Monday", "on | Friday", "date"),
    ("March 2024", "March 2025", "date"),
    # times
    ("10:30", "11:30", "time"),
    ("at | 5 | pm", "at | 6 | pm", "time"),
    ("um | 9 | Uhr", "um | 8 | Uhr", "time"),
    ("14h30", "15h30", "time"),
    # tolerances and dimensions
    ("±0.1", "±0.2", "tolerance"),
    ("± 0.05 mm", "± 0.5 mm", "tolerance"),
    ("+0.1/-0.2", "+0.1/-0.1", "tolerance"),
    ("H7/g6", "H8/g6", "tolerance"),
    ("10 mm", "12 mm", "dimension"),
    ("10 | mm", "10 | cm", "dimension"),
    ("5 | mW", "5 | MW", "dimension"),
    ("Ø12", "Ø14", "dimension"),
    ("R5", "R6", "dimension"),
    ("[unspecified]", "0 or 1", "number"),  # no radius
    ("4 | bar | charts", "4 | Bar | charts", "case"),
    ("M8", "M10", "dimension"),
    ("10 x 20", "10 x 30", "dimension"),
    ("-40 °C", "40 °C", "dimension"),
    ("230 V", "110 V", "dimension"),
    ("16 GB", "32 GB", "dimension"),
    # periods
    ("within | 30 | days of", "within | 45 | days of", "period"),
    ("within 30 | days", "within 30 | weeks", "period"),
    ("thirty (30) | days", "sixty (60) | days", "period"),
    ("6 | calendar months", "9 | calendar months", "period"),
    ("zwei | Wochen", "drei | Wochen", "period"),
    ("trois | jours", "quatre | jours", "period"),
    ("dos | meses", "tres | meses", "period"),
    ("8 | h", "9 | h", "period"),
    # references
    ("Section | 4.2", "Section | 4.3", "reference"),
    ("Article | IV | hereof", "Article | VI | hereof", "reference"),
    ("§ 5", "§ 6", "reference"),
    ("Clause 7(a)", "Clause 7(b)", "reference"),
    ("Annex | A", "Annex | B", "reference"),
    ("nach Ziffer | 3 | der", "nach Ziffer | 4 | der", "reference"),
    ("à l'article | 12", "à l'article | 13", "reference"),
    ("en el artículo | 5", "en el artículo | 6", "reference"),
    # part numbers
    ("A-1234", "A-1235", "part number"),
    ("PN4711B", "PN4711C", "part number"),
    ("100-234-5", "100-235-5", "part number"),
    ("ISO9001", "ISO9002", "part number"),
    # other numbers
    ("12", "13", "number"),
    ("10.5", "105", "number"),
    ("-5", "5", "number"),
    ("1,000", "1.000", "number"),
    ("≤", "<", "number"),
    ("x | > 3", "x | < 3", "number"),
    ("six", "nine", "number"),
    ("one", "two", "number"),
    ("twenty-one", "twenty-two", "number"),
    ("second", "third", "number"),
    ("drei", "vier", "number"),
    ("fünfundzwanzig", "sechsundzwanzig", "number"),
    ("zweiten", "dritten", "number"),
    ("quinze", "vingt", "number"),
    ("cinco", "siete", "number"),
    ("", "7 more", "number"),
    ("½ | of", "¼ | of", "number"),
    # negations
    ("", "not", "negation"),
    ("never", "always", "negation"),
    ("with", "without", "negation"),
    ("no", "any", "negation"),
    ("lawful", "unlawful", "negation"),
    ("compliant", "non-compliant", "negation"),
    ("valid", "invalid", "negation"),
    ("harmful", "harmless", "negation"),
    ("is", "isn't", "negation"),
    ("can", "cannot", "negation"),
    ("ein", "kein", "negation"),
    ("mit", "ohne", "negation"),
    ("nicht", "", "negation"),
    ("exclusif", "non exclusif", "negation"),
    ("avec", "sans", "negation"),
    ("siempre", "nunca", "negation"),
    ("possible", "impossible", "negation"),
    # obligations
    ("shall", "may", "obligation"),
    ("must", "should", "obligation"),
    ("will", "shall", "obligation"),
    ("required", "optional", "obligation"),
    ("muss", "darf", "obligation"),
    ("soll", "kann", "obligation"),
    ("doit", "peut", "obligation"),
    ("deberá", "podrá", "obligation"),
    ("permitted", "prohibited", "obligation"),
    # parties
    ("Buyer", "Seller", "party"),
    ("the employer", "the employee", "party"),
    ("Auftraggeber", "Auftragnehmer", "party"),
    ("bailleur", "locataire", "party"),
    ("vendedor", "comprador", "party"),
    ("by | Acme | Ltd of", "by | Apex | Ltd of", "party"),
    ("Müller GmbH", "Müller AG", "party"),
    ("Mr | Smith", "Mr | Jones", "party"),
    ("", "the Licensee", "party"),
    # raised digits
    ("10²", "102", "superscript"),
    ("10⁻³", "10-3", "superscript"),
    ("H₂O", "H2O", "superscript"),
    ("x²", "x³", "number"),
    ("word¹", "word", "number"),
    # how it is written
    ("1000", "1,000", "number format"),
    ("12 500", "12500", "number"),
    ("recieve", "receive", "spelling"),
    ("colour", "color", "spelling"),
    ("x,", "x;", "punctuation"),
    ("", "—", "punctuation"),
    ("“word”", "word", "punctuation"),
    ("The", "the", "case"),
    ("BUYER", "Buyer", "case"),
    # what only looks like something
    ("one", "a", "wording"),
    ("form", "inform", "wording"),
    ("muss", "müssen", "wording"),
    ("kein", "keine", "wording"),
    ("six", "6", "wording"),
    ("second", "other", "wording"),
    ("like", "such as", "wording"),
    ("May", "Perhaps", "obligation"),
    ("supplier", "suppliers", "wording"),
    ("pump", "valve", "wording"),
    ("goods that the Seller has sent over the sea by ship", "", "wording"),
]


def split(old: str, new: str) -> tuple[str, str, str, str]:
    """The words of both sides and those around, which both share."""
    a, b = [part.strip() for part in old.split("|")], [part.strip() for part in new.split("|")]
    at = next((k for k, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), 0)
    return a[at], b[at], " ".join(a[:at]), " ".join(a[at + 1 :])


@pytest.mark.parametrize(("old", "new", "reason"), CASES)
def test_the_reason_of_a_change_and_of_its_reverse(old: str, new: str, reason: str) -> None:
    one, other, before, after = split(old, new)
    assert severity_of(one, other, before, after) == (REASONS[reason], reason)
    assert severity_of(other, one, before, after) == (REASONS[reason], reason)


def test_the_table_of_cases_is_long_and_repeats_nothing() -> None:
    assert len(CASES) >= 130
    assert len({frozenset(case[:2]) for case in CASES}) == len(CASES)
    assert {reason for *_, reason in CASES} == set(REASONS) - {"numbering", "page reference", "recognition"}


@pytest.mark.parametrize(
    "text",
    [
        "word ",
        "1 ",
        "ten ",
        "a-",
        "A1",
        "1.",
        "1-",
        "1'",
        "1 x ",
        "1 (",
        "Article ",
        "§",
        "± ",
        "twenty-",
        "$ ",
        "un",
        "12 of ",
    ],
)
def test_no_text_makes_it_slow(text: str) -> None:
    started = time.process_time()
    for size in (MOST_CHARACTERS - 10, 50 * MOST_CHARACTERS):
        severity_of((text * size)[:size], "")
        severity_of((text * size)[:size], "other " + text * 3)
    assert time.process_time() - started < 2


def reasons(old: str, new: str, flags: int = 0) -> list[tuple[str, str]]:
    first, second = document(old), document(new)
    for side in (first, second):
        side.words.flags[:] |= np.uint32(flags)
    return [(str(c.severity), c.detail["reason"]) for c in compare(first, second, CompareOptions()).changes]


def test_the_words_around_are_taken_from_the_document() -> None:
    assert reasons("pay within 30 days of receipt", "pay within 45 days of receipt") == [("major", "period")]
    assert reasons("as set out in Section 4 above", "as set out in Section 5 above") == [("major", "reference")]


def test_the_number_of_a_list_item_is_not_the_number_of_a_sentence() -> None:
    rest = "Deliveries are made on working days and are free of charge."
    items = "It is agreed as follows.\n{}. " + rest
    assert reasons(items.format(5), items.format(6)) == [("normal", "numbering")]
    broken = "It is agreed that payment falls due within\n{}. " + rest
    assert reasons(broken.format(5), broken.format(6)) == [("major", "number")]
    table = "It is agreed as follows.\n{} " + rest
    assert reasons(table.format("5.5"), table.format("5.6")) == [("major", "number")]


def test_what_recognition_misread_is_never_major() -> None:
    assert reasons("the sum of 100 is due", "the sum of 1OO is due", Flag.OCR) == [("minor", "recognition")]
    assert reasons("the sum of 100 is due", "the sum of 180 is due", Flag.OCR) == [("normal", "number")]


def test_severities_are_those_of_the_table() -> None:
    assert set(REASONS.values()) == set(Severity)
