"""The signed cookie and the token of its writes."""

from __future__ import annotations

from api.sessions import SessionCookies

SECRET = "kT3vQ9xLr7ZpW2mNc5Yb8HdJ4sFgA6eU"


def test_cookie_is_read_back_by_whoever_has_the_secret() -> None:
    sid, cookie = SessionCookies(SECRET).new()
    assert SessionCookies(SECRET).read(cookie) == sid


def test_two_cookies_are_never_alike() -> None:
    cookies = SessionCookies(SECRET)
    assert cookies.new()[0] != cookies.new()[0]


def test_cookie_of_another_secret_is_nobody() -> None:
    _, cookie = SessionCookies(SECRET[::-1]).new()
    assert SessionCookies(SECRET).read(cookie) is None


def test_changed_absent_and_foreign_cookies_are_nobody() -> None:
    cookies = SessionCookies(SECRET)
    _, cookie = cookies.new()
    other = "x" if cookie[0] == "y" else "y"
    for wrong in (None, "", "x", cookie[:-1], other + cookie[1:], "\u2603"):
        assert cookies.read(wrong) is None


def test_token_belongs_to_one_session() -> None:
    cookies = SessionCookies(SECRET)
    mine, yours = cookies.new()[0], cookies.new()[0]
    assert cookies.csrf_matches(mine, cookies.csrf(mine))
    assert not cookies.csrf_matches(mine, cookies.csrf(yours))
    assert not cookies.csrf_matches(mine, None)
    assert not cookies.csrf_matches(mine, "\u2603")
