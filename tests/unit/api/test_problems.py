"""The table from errors to HTTP."""

from __future__ import annotations

import json

import pytest

from api.problems import problem_of, status_of
from core.errors import EncryptedPdf, PdfCompareError, error_classes
from db.blobs import DiskFull


def test_problem_says_what_and_what_to_do() -> None:
    response = problem_of(EncryptedPdf("a.pdf asks for a password."))
    body = json.loads(bytes(response.body))
    assert response.status_code == 422
    assert response.media_type == "application/problem+json"
    assert body == {
        "type": "urn:pdf-compare:problem:encrypted_pdf",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "a.pdf asks for a password.",
        "code": "encrypted_pdf",
        "remedy": EncryptedPdf.remedy,
    } | {"title": body["title"]}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("not_a_pdf", 415),
        ("file_too_large", 413),
        ("empty_file", 422),
        ("damaged_pdf", 422),
        ("no_pages", 422),
        ("too_many_pages", 422),
        ("bad_options", 422),
        ("child_crashed", 422),
        ("not_found", 404),
        ("storage", 503),
        ("cancelled", 409),
        ("internal", 500),
    ],
)
def test_status(code: str, status: int) -> None:
    assert status_of(error_classes()[code]()) == status


def test_no_input_error_is_the_servers_fault() -> None:
    for error in error_classes().values():
        if issubclass(error, error_classes()["input"]):
            assert 400 <= status_of(error()) < 500, error


def test_unknown_error_is_500() -> None:
    class Odd(PdfCompareError):
        code = "odd_for_a_test"

    assert status_of(Odd("x")) == 500


def test_a_full_disk_has_a_status_of_its_own() -> None:
    assert status_of(DiskFull()) == 507
