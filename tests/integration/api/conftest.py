"""The API over real services, a real database and real children; only Streamlit's own part is left out."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from api.sessions import COOKIE, SessionCookies
from core.options import Limits
from core.sample import sample_pair
from service.bootstrap import Services, build
from service.settings import load_settings
from ui import server as web

FILE_BYTES = 300_000


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    settings = load_settings(
        database_url=database_url, data_dir=tmp_path / "data", limits=replace(Limits(), file_bytes=FILE_BYTES, pages=20)
    )
    built = build(settings)
    yield built
    built.close()


@pytest.fixture
def cookies(services: Services) -> SessionCookies:
    return SessionCookies(services.secret)


@pytest.fixture
def app(services: Services, cookies: SessionCookies) -> Starlette:
    return Starlette(routes=web.routes(services, cookies), middleware=web.middleware(services, cookies))


@pytest.fixture
def stranger(app: Starlette) -> Iterator[TestClient]:
    """A client without a session."""
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, cookies: SessionCookies) -> TestClient:
    """A client with a session and its token."""
    sid, cookie = cookies.new()
    stranger.cookies.set(COOKIE, cookie)
    stranger.headers["X-CSRF-Token"] = cookies.csrf(sid)
    return stranger


@pytest.fixture(scope="session")
def old_pdf() -> bytes:
    return sample_pair()[0][1]


@pytest.fixture(scope="session")
def new_pdf() -> bytes:
    return sample_pair()[1][1]


@pytest.fixture(scope="session")
def bad_files(old_pdf: bytes) -> dict[str, bytes]:
    """One of each kind of file that cannot be used, by the code that names the kind."""

    def saved(change: Callable[[pikepdf.Pdf], object], **how: object) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(old_pdf)) as pdf:
            change(pdf)
            pdf.save(out, **how)
        return out.getvalue()

    def without_pages(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[:]

    def with_many_pages(pdf: pikepdf.Pdf) -> None:
        for _ in range(30):
            pdf.pages.append(pdf.pages[0])

    return {
        "empty_file": b"",
        "not_a_pdf": b"PK\x03\x04 this is another format" * 40,
        "damaged_pdf": old_pdf[: len(old_pdf) // 3],
        "encrypted_pdf": saved(lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="u")),
        "no_pages": saved(without_pages),
        "too_many_pages": saved(with_many_pages),
        "file_too_large": old_pdf + b"\n" * FILE_BYTES,
    }
