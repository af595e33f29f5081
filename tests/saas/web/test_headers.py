from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from saas.web.headers import security_headers
from tests.page_client import PageClient
from tests.saas.web.gallery import gallery_app

PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "secret_key": "a" * 40,
    "scope_key": "b" * 40,
    "database_role_key": "c" * 40,
    "database_url": "postgresql://db.example/send",
    "public_url": "https://mediation.example",
    "trusted_hosts": ["mediation.example"],
    "provider_address": "1 High Street, Sale",
    "provider_email": "office@provider.example",
    "mail_url": "smtps://mail.provider.example",
}


def answers(app: Flask) -> dict[str, dict[str, str]]:
    client = app.test_client()
    addresses = ("/", "/nowhere", "/boom", "/static/app.css", "/static/missing.css")
    seen = {}
    for address in addresses:
        with client.get(address) as answer:
            seen[address] = dict(answer.headers)
    return seen


def test_every_answer_carries_the_security_headers() -> None:
    expected = security_headers(production=False)
    for address, headers in answers(gallery_app()).items():
        for name, value in expected.items():
            assert headers.get(name) == value, (address, name)


def test_the_policy_allows_no_inline_script_or_style() -> None:
    policy = security_headers(production=True)["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; ") if " " in rule)
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy
    assert "data:" not in policy


def test_plain_http_is_refused_in_production_alone() -> None:
    live = answers(gallery_app(**PRODUCTION))["/"]
    assert live["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "upgrade-insecure-requests" in live["Content-Security-Policy"]
    tried = answers(gallery_app())["/"]
    assert "Strict-Transport-Security" not in tried
    assert "upgrade-insecure-requests" not in tried["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/", "/nowhere", "/boom", "/static/missing.css"])
def test_no_page_stays_in_a_cache(address: str) -> None:
    assert answers(gallery_app())[address]["Cache-Control"] == "no-store"


def test_over_https_a_form_sent_from_our_own_page_is_taken() -> None:
    # Flask-WTF then asks for the Referer: a policy of no-referrer would refuse every form.
    app = gallery_app(**PRODUCTION)
    app.test_client_class = PageClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    sent = client.submit("/", action="/contact", base_url="https://mediation.example")
    assert sent.status_code == 200
    assert sent.headers["Referrer-Policy"] == "same-origin"
