from core.faces.plain import shown


def test_line_ends_and_tabs_become_single_blanks() -> None:
    assert shown("a\r\n\tb\u2028c") == "a b c"


def test_escape_sequences_cannot_reach_a_terminal() -> None:
    assert "\x1b" not in shown("\x1b[31mred\x9b0m\x07")


def test_direction_overrides_are_taken_out() -> None:
    assert shown("file\u202efdp.exe\u2069") == "filefdp.exe"


def test_a_long_text_is_cut_to_the_limit_with_an_ellipsis() -> None:
    assert shown("abcdef", 4) == "abc…"
    assert shown("abcd", 4) == "abcd"


def test_letters_of_all_scripts_stay() -> None:
    assert shown("Ž שלום 日本 🎉") == "Ž שלום 日本 🎉"


def test_a_lone_surrogate_becomes_encodable() -> None:
    shown("a\ud800b").encode("utf-8")
