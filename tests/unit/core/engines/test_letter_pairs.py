"""Latin letters that follow each other as in a language, or do not."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest

from core.engines.letter_pairs import LetterPairs

TEXTS = {
    "English": """The supplier delivers the goods within thirty days after the order, free of charges for transport,
        to the place that the order names. The buyer looks at them at once and says what is wrong with them.
        Nothing in this clause takes away what the law gives to the buyer. Payment is due within fourteen
        days after the invoice was received. Either party may end this agreement with a notice of three
        months.""",
    "German": """Der Lieferant liefert die Ware binnen dreißig Tagen nach der Bestellung frei von Kosten an den Ort,
        den die Bestellung nennt. Der Käufer prüft sie sofort und rügt, was ihm daran fehlt. Diese
        Bestimmung nimmt dem Käufer nichts von dem, was ihm das Gesetz gewährt. Die Zahlung wird vierzehn
        Tage nach Zugang der Rechnung fällig. Jede Partei kann diesen Vertrag mit einer Frist von drei
        Monaten kündigen.""",
    "Polish": """Dostawca dostarcza towar w ciągu trzydziestu dni od zamówienia, bez kosztów transportu, do miejsca
        wskazanego w zamówieniu. Kupujący niezwłocznie sprawdza towar i zgłasza stwierdzone wady. Żadne
        postanowienie nie odbiera kupującemu uprawnień przyznanych przez ustawę. Płatność następuje w
        terminie czternastu dni od otrzymania faktury. Każda strona może rozwiązać umowę z trzymiesięcznym
        wypowiedzeniem.""",
    "Turkish": """Satıcı, malları siparişten sonra otuz gün içinde, taşıma ücreti almadan, siparişte belirtilen yere
        teslim eder. Alıcı malları hemen inceler ve eksiklerini bildirir. Bu maddedeki hiçbir hüküm, yasanın
        alıcıya verdiği hakları ortadan kaldırmaz. Ödeme, faturanın alınmasından sonra on dört gün içinde
        yapılır. Taraflardan her biri üç ay önceden haber vererek sözleşmeyi sona erdirebilir.""",
}


def are_strange(*fonts: str) -> bool:
    words, numbers = zip(*[(word, k) for k, text in enumerate(fonts) for word in text.split()], strict=True)
    known = {word: k for k, word in enumerate(dict.fromkeys(words))}
    return LetterPairs().are_strange(
        np.array([known[word] for word in words], np.int32), np.array(numbers), words.__getitem__
    )


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_in_a_language_is_not_strange(language: str) -> None:
    assert not are_strange(TEXTS[language])
    assert not are_strange(TEXTS[language].upper())


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_of_other_letters_is_strange(language: str) -> None:
    letters = string.ascii_lowercase
    for seed in range(10):
        other = "".join(random.Random(seed).sample(letters, 26))
        text = TEXTS[language].lower().translate(str.maketrans(letters, other))
        assert are_strange(text), other
        assert are_strange(TEXTS["English"], text), "one of two fonts"


def test_few_words_prove_nothing() -> None:
    assert not are_strange("xqz vbk jjw pqx GND VCC RXD TXD SCL SDA MISO MOSI CLK")


def test_a_word_that_returns_counts_once() -> None:
    assert not are_strange("xqzvbk jjwpqx " * 500)
