"""The demonstration's agreements: at each stage of signing, and a parent's page to look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database.base import db
from saas.database.scope import Scope, scoped
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.load import seed_demo
from saas.demo.people import EXAMPLE, familys_page, signers_token
from saas.reference.progress import silent
from tenants.agreements.models import Agreement, AgreementSignature
from tests.page_client import PageClient

TODAY = dt.date(2026, 6, 10)


@pytest.fixture(scope="module", name="service")
def demonstration(
    new_database: Callable[[], AbstractContextManager[Settings]],
) -> Iterator[Flask]:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            some = {EXAMPLE: DEMO_AUTHORITIES[EXAMPLE]}
            seed_demo(settings, TODAY, silent, slugs=some)
            yield app
            again = seed_demo(settings, TODAY, silent, slugs=some)
            assert not again.changed
            for engine in db.engines.values():
                engine.dispose()


def test_a_parents_page_asks_to_sign_an_agreement(
    service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("saas.web.today.clock", lambda: at)
    address, _ = familys_page()
    assert "Read and sign the agreement" in service.test_client().get(address).text


def test_health_is_asked_to_sign_by_a_link(service: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    at = dt.datetime(2026, 6, 10, 15, 45, tzinfo=dt.UTC)
    monkeypatch.setattr("saas.web.today.clock", lambda: at)
    monkeypatch.setattr("tenants.agreements.signing_links.now", lambda: at)
    page = service.test_client().get(f"/sign/{signers_token(EXAMPLE)}/").text
    assert "You sign for: <strong>Integrated care board</strong>" in page


def test_agreements_stand_at_different_stages_of_signing(service: Flask) -> None:
    with scoped(Scope.all_cases(None)) as session:
        signed = session.execute(
            sa.select(sa.func.count(AgreementSignature.id))
            .select_from(Agreement)
            .outerjoin(
                AgreementSignature,
                sa.and_(
                    AgreementSignature.tenant_id == Agreement.tenant_id,
                    AgreementSignature.agreement_id == Agreement.id,
                ),
            )
            .group_by(Agreement.id)
        )
        assert {0, 1} <= {row[0] for row in signed}
