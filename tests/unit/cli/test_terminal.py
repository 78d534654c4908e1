import io

import pytest

from cli.terminal import Bar, Ink


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _a_usual_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_colour_is_used_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Ink(Terminal())("x", "red") == "\033[31mx\033[0m"
    assert Ink(io.StringIO())("x", "red") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Ink(Terminal())("x", "red") == "x"


def test_the_bar_is_silent_where_nobody_looks() -> None:
    stream = io.StringIO()
    bar = Bar(stream)
    bar.show("reading", 1, 2)
    bar.clear()
    assert stream.getvalue() == ""


def test_the_bar_says_how_far_it_is_and_leaves_nothing_behind() -> None:
    stream = Terminal()
    bar = Bar(stream)
    bar.show("reading old", 600, 1200)
    drawn = stream.getvalue()
    bar.clear()
    assert "600 of 1,200" in drawn
    assert drawn.count("█") == drawn.count("░")
    assert stream.getvalue().split("\r")[-2].strip() == ""


def test_a_quiet_bar_draws_nothing() -> None:
    stream = Terminal()
    Bar(stream, quiet=True).show("reading", 1, 1)
    assert stream.getvalue() == ""
