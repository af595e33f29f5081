"""Whoever listens is told of every fact, in the transaction that records it."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework import actions
from tenants.casework import fact_listeners as listeners
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseFact
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.row_columns import Actor
from tests.factories import TODAY, actor, make_case, make_tenant

Told = list[tuple[uuid.UUID, FactKind, bool]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setattr(listeners, "_listeners", [])
    heard: Told = []

    def hear(
        session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
    ) -> None:
        heard.append((case_id, fact.kind, fact in record.facts))

    listeners.listen(hear)
    listeners.listen(hear)
    return heard


def test_a_listener_hears_the_opening_facts_and_each_later_one_once(app: Flask, told: Told) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    assert told == [(case_id, FactKind.NOTICE_SENT, True)]
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(session, case_id, FactKind.CONTACT_MADE, TODAY, by=actor(), today=TODAY)
    assert told[1:] == [(case_id, FactKind.CONTACT_MADE, True)]


def test_what_a_listener_refuses_is_not_recorded(
    app: Flask, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)

    def refuse(
        session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
    ) -> None:
        raise LookupError("no contract")

    listeners.listen(refuse)
    with (
        pytest.raises(LookupError, match="no contract"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        actions.add_fact(session, case_id, FactKind.CONTACT_MADE, TODAY, by=actor(), today=TODAY)
    with scoped(Scope.provider(tenant.id, None)) as session:
        kinds = set(session.scalars(sa.select(CaseFact.kind).where(CaseFact.case_id == case_id)))
    assert kinds == {"notice_sent"}
