"""Where settings come from, and what is said of a wrong one."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from core.options import Limits
from service.settings import LIMIT_PREFIX, Settings, SettingsError, load_settings

STRONG = "kD9x-4nQz8Lw2Vb7Rt1Ys6Pm3Hc5Jf0G"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_environment_goes_before_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = tmp_path / "config.toml"
    toml.write_text('port = 1001\nhost = "10.0.0.1"\ncors_origins = ["https://a"]\n[limits]\npages = 7\n')
    Path(".env").write_text(f"PDF_COMPARE_CONFIG={toml}\nPDF_COMPARE_PORT=1002\nNUM_WORKERS=3\n")
    monkeypatch.setenv("NUM_WORKERS", "4")
    settings = load_settings()
    assert (settings.port, settings.host, settings.num_workers) == (1002, "10.0.0.1", 4)
    assert settings.cors_origins == ("https://a",)
    assert settings.limits.pages == 7
    assert load_settings(port=1003).port == 1003


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DATABASE_URL", "postgres://u:p@h/d"), ("PDF_COMPARE_SECRET", STRONG)):
        (tmp_path / name).write_text(value + "\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    settings = load_settings()
    assert settings.writes_to == settings.direct_to == "postgresql://u:p@h/d"
    assert settings.secret is not None
    assert settings.secret.get_secret_value() == STRONG


def test_every_variable_that_is_empty_is_one_that_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "OIDC_CLIENT_SECRET").write_text(STRONG)
    monkeypatch.setenv("OIDC_CLIENT_SECRET_FILE", str(tmp_path / "OIDC_CLIENT_SECRET"))
    before = load_settings()
    for field in Settings.model_fields.values():
        if field.validation_alias != "PDF_COMPARE_SECRET":  # which is refused when it is empty
            monkeypatch.setenv(str(field.validation_alias), "")
    for limit in fields(Limits):
        monkeypatch.setenv(LIMIT_PREFIX + limit.name.upper(), "")
    assert load_settings() == before
    assert before.oidc_client_secret is not None


def test_replicas_are_taken_in_the_order_of_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (10, 2, 1):
        monkeypatch.setenv(f"DATABASE_READ_URL_{number}", f"postgresql://r{number}/d")
    assert load_settings().database_read_urls == tuple(f"postgresql://r{n}/d" for n in (1, 2, 10))


def test_lists_have_commas_and_cors_is_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().cors_origins == ()
    monkeypatch.setenv("PDF_COMPARE_CORS_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")


def test_an_empty_value_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("NUM_WORKERS", "")
    settings = load_settings()
    assert settings.database_url is None
    assert settings.num_workers is None
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        _ = settings.writes_to


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PDF_COMPARE_PORT", "http"),
        ("PDF_COMPARE_PORT", "70000"),
        ("NUM_WORKERS", "-1"),
        ("DATABASE_URL", "mysql://h/d"),
        ("DATABASE_URL", "h/d"),
        ("DATABASE_DIRECT_URL", "nonsense"),
        ("PDF_COMPARE_SECRET", ""),
        ("PDF_COMPARE_SECRET", "secret"),
        ("PDF_COMPARE_SECRET", "a" * 64),
        ("PDF_COMPARE_LOG_LEVEL", "LOUD"),
        ("PDF_COMPARE_LIMIT_PAGES", "many"),
        ("PDF_COMPARE_LIMIT_PAGES", "0"),
        ("PDF_COMPARE_LIMIT_SPEED", "1"),
        ("PDF_COMPARE_CONFIG", "/nowhere.toml"),
        ("DATABASE_URL_FILE", "/nowhere"),
    ],
)
def test_a_wrong_value_is_refused_and_its_variable_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c.toml").write_text("prot = 1\n")
    monkeypatch.setenv("PDF_COMPARE_CONFIG", "c.toml")
    with pytest.raises(SettingsError, match="prot"):
        load_settings()


def test_nothing_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_READ_URL_1"):
        monkeypatch.setenv(name, "postgresql://u:hunter2@h/d")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@h/0")
    monkeypatch.setenv("PDF_COMPARE_SECRET", STRONG)
    shown = repr(load_settings())
    assert "hunter2" not in shown
    assert STRONG not in shown


def test_every_setting_has_a_variable_and_a_line_of_help() -> None:
    for field in Settings.model_fields.values():
        assert str(field.validation_alias).isupper()
        assert field.description
