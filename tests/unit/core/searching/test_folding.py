"""Index and query fold alike."""

import pytest

from core.searching.folding import BROKEN, GLUED, folded, sought, tokens_of, words_of
from core.searching.languages import language_of
from core.searching.query import BadQuery, Term, parsed, places, tsquery


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Façade", ("facade",)),
        ("GRÖẞE", ("grosse",)),
        ("Œuvre", ("oeuvre",)),
        ("Łódź", ("lodz",)),
        ("don't", ("don", "t")),
        ("AB-1234/5", ("ab", "1234", "5")),
        ("ﬁnal", ("final",)),
        ("Ёлка", ("елка",)),
        ("が", ("が",)),
        ("한국어", ("한국어",)),
        ("שָׁלוֹם", ("שלום",)),
        ("…!", ()),
    ],
)
def test_what_does_not_matter_is_folded_away(text: str, tokens: tuple[str, ...]) -> None:
    assert folded(text) == tokens


def test_every_token_knows_its_words() -> None:
    body = f"The{' '}agree{BROKEN}ment 契{GLUED}約{GLUED}書 ends"
    assert words_of(body) == ["The", "agree", "ment", "契", "約", "書", "ends"]
    assert [tuple(token) for token in tokens_of(body)] == [
        ("the", 0, 0), ("agreement", 1, 2), ("契約", 3, 4), ("約書", 4, 5), ("書", 5, 5), ("ends", 6, 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("契約書", (["契約", "約書"], False)), ("書", (["書"], True)), ("契約 Nr", (["契約", "約", "nr"], False))],
)
def test_scripts_without_blanks_are_sought_in_pairs(text: str, wanted: tuple[list[str], bool]) -> None:
    assert sought(text) == wanted


def test_a_query_has_words_phrases_beginnings_and_what_must_not_be_there() -> None:
    assert parsed('supplier "thirty days" deliv* -"late payment" -interest') == (
        Term(("supplier",)),
        Term(("thirty", "days"), is_exact=True),
        Term(("deliv",), is_prefix=True),
        Term(("late", "payment"), is_exact=True, is_excluded=True),
        Term(("interest",), is_excluded=True),
    )
    assert parsed("AB-1234") == (Term(("ab", "1234")),)


@pytest.mark.parametrize("text", ["", "…", "-only -without", '""', "a " * 30, "x" * 401])
def test_a_query_with_nothing_to_find_is_refused(text: str) -> None:
    with pytest.raises(BadQuery):
        parsed(text)


def test_no_sign_of_a_query_reaches_the_database_as_one() -> None:
    terms = parsed("o'clock a&b | (c) !d <-> \\e:*")
    assert tsquery(terms, {"d": {"english": "d'\\"}}) == (
        "('=o' <-> '=clock') & ('=a' <-> '=b') & ('=c') & ('=d' | 'e:d''\\\\') & ('=e':*)"
    )


def test_places_are_those_of_the_words() -> None:
    body = "Payment falls due. Late payments bear interest; the payment plan agree" + BROKEN + "ment holds"
    tokens = tokens_of(body)
    assert places(parsed('"the payment"'), tokens, {}) == [(7, 8)]
    assert places(parsed("pay*"), tokens, {}) == [(0, 0), (4, 4), (8, 8)]
    assert places(parsed("payment"), tokens, {"payment": {5}}) == [(0, 0), (4, 4), (8, 8)]
    assert places(parsed("agreement -falls"), tokens, {}) == [(10, 11)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The supplier delivers the goods within thirty days of the order and tells the buyer of it", "english"),
        ("Der Lieferant liefert die Ware in dreißig Tagen und sagt das dem Käufer mit der Rechnung zu", "german"),
        ("Le fournisseur livre la marchandise dans les trente jours et le dit pour une commande par lettre", "french"),
        (
            "El proveedor entrega los bienes en treinta dias y lo dice con una carta para el comprador del pedido",
            "spanish",
        ),
        ("Bolt M6 12 0.35 Washer 240", "simple"),
    ],
)
def test_the_language_is_told_by_small_words(text: str, language: str) -> None:
    assert language_of(token for word in text.split() for token in folded(word)) == language
