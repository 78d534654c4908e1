from core.faces.context import located


def test_the_changed_word_is_found_where_the_sentences_part() -> None:
    old, new = located("the cat and the dog", "the cat and a dog", "the", "a")
    assert old == ("the cat and", "dog")
    assert new == ("the cat and", "dog")


def test_an_inserted_word_leaves_the_old_sentence_whole() -> None:
    old, new = located("He may go.", "He may not go.", "", "not")
    assert old == ("He may go.", "")
    assert new == ("He may", "go.")


def test_words_that_are_not_in_the_sentence_are_not_placed() -> None:
    assert located("one two", "one two", "three", "four") == (None, None)


def test_no_sentence_no_place() -> None:
    assert located(None, None, "a", "b") == (None, None)
