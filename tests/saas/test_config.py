"""The settings: strict where it is real, and naming what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from saas.config import DEVELOPMENT_SECRET, ROOT, SettingsError, load_settings

SECRETS = {"secret_key": "k" * 40, "scope_key": "s" * 40, "database_role_key": "r" * 40}
PRODUCTION: dict[str, object] = {
    **SECRETS,
    "environment": "production",
    "database_url": "postgresql://owner@db.example/send",
    "public_url": "https://mediation.example",
    "trusted_hosts": "mediation.example",
    "provider_address": "1 Example Yard, London N1 1AA",
    "provider_email": "mediation@provider.example",
}


@pytest.fixture(autouse=True)
def _nothing_from_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PRODUCTION, "demo"):
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def required() -> dict[str, object]:
    """Production's settings, with what later features need as well."""
    needed = dict(PRODUCTION)
    for _ in range(20):
        try:
            load_settings(**needed)
        except SettingsError as refused:
            missing = [
                line.split()[1] for line in str(refused).splitlines() if "is missing" in line
            ]
            if not missing:
                raise
            needed |= {name.lower(): "smtp://mail.example" for name in missing}
        else:
            return needed
    raise AssertionError("the settings are never whole")


def test_whoever_forgets_to_say_where_it_runs_gets_the_strict_rules() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY is missing"):
        load_settings()


def test_it_names_everything_that_is_missing_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(environment="production")
    for name in PRODUCTION:
        if name != "environment":
            assert f"{name.upper()} is missing" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"secret_key": "short"}, "SECRET_KEY is too short"),
        ({"scope_key": DEVELOPMENT_SECRET + "x" * 8}, "SCOPE_KEY is the demo's"),
        ({"scope_key": "k" * 40}, "must differ"),
        ({"public_url": "http://mediation.example"}, "must start with https"),
        ({"demo": True}, "DEMO is for a demonstration only"),
    ],
)
def test_it_refuses_what_would_be_weak(
    required: dict[str, object], change: dict[str, object], why: str
) -> None:
    assert load_settings(**required).is_production
    with pytest.raises(SettingsError, match=why):
        load_settings(**{**required, **change})


def test_a_refusal_shows_no_secret(required: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**{**required, "secret_key": "pa55word"})
    assert "pa55word" not in str(refused.value)


def test_the_web_server_stops_instead_of_trying_again_for_ever() -> None:
    gunicorn = Path(sys.executable).parent / "gunicorn"
    tried = subprocess.run(
        [gunicorn, "--bind", "127.0.0.1:0", "--workers", "1", "saas.wsgi:app"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tried.returncode == 3
    assert "SECRET_KEY is missing" in tried.stderr
