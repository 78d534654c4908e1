"""When people sign in."""

from __future__ import annotations

import pytest

from service.settings import load_settings


@pytest.mark.parametrize(
    ("given", "sign_in"),
    [
        ({}, False),
        ({"host": "localhost"}, False),
        ({"host": "::1"}, False),
        ({"host": "0.0.0.0"}, True),
        ({"host": "10.1.2.3"}, True),
        ({"host": "compare.example.org"}, True),
        ({"public_url": "https://compare.example.org"}, True),
        ({"host": "0.0.0.0", "accounts": "off"}, False),
        ({"accounts": "on"}, True),
    ],
)
def test_who_is_reached_by_others_has_accounts_unless_told_otherwise(given: dict[str, str], sign_in: bool) -> None:
    assert load_settings(**given).has_accounts is sign_in
