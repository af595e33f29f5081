"""The authority does its own part, as its login role, and no more than that."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.base import new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework import fact_listeners as listeners
from tenants.casework.actions import Actor
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import AUTHORITY_KINDS, FactKind
from tenants.casework.models import CaseFact
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.reported_facts.taking_in import sweep, take_in_case
from tests.factories import (
    NOW,
    TODAY,
    Someone,
    actor,
    client_of,
    make_case,
    make_person,
    make_tenant,
)

pytestmark = pytest.mark.usefixtures("standing_clock")


def health_case(app: Flask, tenant: Tenancy) -> uuid.UUID:
    """A case in which the family told the authority that it mediates and health is an issue."""
    case_id, _ = make_case(app, tenant)
    by, day = actor(), dt.date(2026, 6, 8)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value in (
            (FactKind.MIAS_HELD, None),
            (FactKind.CHOICE_MADE, "thinking"),
            (FactKind.CHOICE_MADE, "mediate"),
            (FactKind.FAMILY_INFORMED_AUTHORITY, None),
            (FactKind.HEALTH_TOLD_AUTHORITY, None),
        ):
            actions.add_fact(session, case_id, kind, day, value=value, by=by, today=TODAY)
    return case_id


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu Officer")


def position(tenant: Tenancy, case_id: uuid.UUID) -> dict[str, object]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.execute(
            sa.select(CasePosition.__table__).where(CasePosition.case_id == case_id)
        ).one()
        return dict(row._mapping)


def test_an_officer_says_that_the_icb_was_told(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    case_id = health_case(app, tenant)
    assert position(tenant, case_id)["waiting_for"] == "authority"
    client = client_of(app, officer)
    page = client.get(f"/authority/cases/{case_id}/told-icb")
    assert page.status_code == 200
    response = client.submit(
        f"/authority/cases/{case_id}/told-icb",
        {"on-day": "9", "on-month": "6", "on-year": "2026"},
    )
    assert response.status_code == 302, response.text
    stands = position(tenant, case_id)
    assert stands["next_step"] == "Appoint a mediator"
    assert stands["choice"] == "mediate", "an authority's act leaves the family's choice alone"
    with scoped(Scope.provider(tenant.id, None)) as session:
        told = session.scalars(
            sa.select(CaseFact).where(
                CaseFact.case_id == case_id, CaseFact.kind == FactKind.AUTHORITY_TOLD_ICB
            )
        ).one()
        assert (told.recorded_by, told.recorded_by_name) == (officer.id, "Olu Officer")
        written = session.scalars(
            sa.select(AuditEntry.person_id).where(
                AuditEntry.subject_id == case_id,
                AuditEntry.person_id == officer.id,
                AuditEntry.action != "case seen",
            )
        ).all()
        assert written == [officer.id]


def test_a_day_to_come_is_refused_and_kept_on_the_page(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    case_id = health_case(app, tenant)
    client = client_of(app, officer)
    response = client.submit(
        f"/authority/cases/{case_id}/told-icb",
        {"on-day": "11", "on-month": "6", "on-year": "2026"},
    )
    assert response.status_code == 422
    assert "today or in the past" in response.text
    assert 'value="11"' in response.text


def test_another_authoritys_case_is_not_there(app: Flask, officer: Someone) -> None:
    other = make_tenant(app)
    case_id = health_case(app, other)
    client = client_of(app, officer)
    assert client.get(f"/authority/cases/{case_id}/told-icb").status_code == 404


def test_the_finance_contact_and_the_provider_do_not_act_for_the_authority(
    app: Flask, tenant: Tenancy
) -> None:
    case_id = health_case(app, tenant)
    finance = make_person(app, tenant=tenant, role=AuthorityRole.FINANCE)
    coordinator = make_person(app, role=ProviderRole.COORDINATOR)
    for someone in (finance, coordinator):
        assert (
            client_of(app, someone).get(f"/authority/cases/{case_id}/told-icb").status_code == 403
        )


def said(session: ScopedSession, case_id: uuid.UUID, **changes: object) -> None:
    """A fact written by hand, as an injection on an authority's page would."""
    row = {
        "tenant_id": session.scope.tenant,
        "id": new_id(),
        "case_id": case_id,
        "kind": "authority_told_icb",
        "on_date": dt.date(2026, 6, 9),
        "detail": json.dumps({}),
        "audience": "parties",
        "recorded_at": NOW,
        "recorded_by": session.scope.person,
        "recorded_by_name": "Olu Officer",
        "value": None,
        "replaces_id": None,
        "retracted": False,
        "reason": None,
        **changes,
    }
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    session.execute(sa.text(f"INSERT INTO case_fact ({names}) VALUES ({values})"), row)


def test_the_authoritys_role_adds_facts_of_its_own_kinds(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    case_id = health_case(app, tenant)
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        for kind in AUTHORITY_KINDS:
            said(session, case_id, kind=kind.value, value="authority")


PROVIDERS_OWN = [kind for kind in FactKind if kind not in AUTHORITY_KINDS]


@pytest.mark.parametrize("kind", PROVIDERS_OWN)
def test_the_authoritys_role_cannot_add_a_fact_of_another_kind(
    app: Flask, tenant: Tenancy, officer: Someone, kind: FactKind
) -> None:
    case_id = health_case(app, tenant)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.authority(tenant.id, officer.id)) as session,
    ):
        said(session, case_id, kind=kind.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"audience": "provider"},
        {"audience": "family"},
        {"recorded_by": None},
        {"recorded_by": uuid.UUID(int=7)},
        {"kind": "consent_given", "value": "family"},
        {"kind": "consent_refused", "value": None},
    ],
    ids=str,
)
def test_the_authoritys_role_cannot_speak_for_another(
    app: Flask, tenant: Tenancy, officer: Someone, changes: dict[str, object]
) -> None:
    case_id = health_case(app, tenant)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.authority(tenant.id, officer.id)) as session,
    ):
        said(session, case_id, **changes)


def test_the_authoritys_role_cannot_take_back_or_correct_a_fact(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    case_id = health_case(app, tenant)
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        old = session.scalars(
            sa.select(CaseFact.id).where(CaseFact.kind == FactKind.HEALTH_TOLD_AUTHORITY)
        ).one()
    for retracted in (False, True):
        with (
            pytest.raises(
                sa.exc.ProgrammingError, match=r"row-level security|what it recorded itself"
            ),
            scoped(Scope.authority(tenant.id, officer.id)) as session,
        ):
            said(session, case_id, replaces_id=old, retracted=retracted, reason="Not so")
    for statement in ("UPDATE case_fact SET value = 'x'", "DELETE FROM case_fact"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(Scope.authority(tenant.id, officer.id)) as session,
        ):
            session.execute(sa.text(statement))


def test_the_authoritys_role_cannot_add_a_fact_to_another_authoritys_case(
    app: Flask, tenant: Tenancy, officer: Someone
) -> None:
    other = make_tenant(app)
    foreign = health_case(app, other)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.authority(tenant.id, officer.id)) as session,
    ):
        said(session, foreign, tenant_id=other.id)
    with (
        pytest.raises(sa.exc.IntegrityError),
        scoped(Scope.authority(tenant.id, officer.id)) as session,
    ):
        said(session, foreign)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_position SET stage = 'closed'",
        "UPDATE case_position SET choice = 'decline'",
        "UPDATE sen_case SET mediator_id = NULL",
        "SELECT * FROM said_fact",
        "DELETE FROM said_fact",
    ],
)
def test_the_authoritys_role_decides_nothing_that_follows_from_what_it_says(
    app: Flask, tenant: Tenancy, officer: Someone, statement: str
) -> None:
    health_case(app, tenant)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.authority(tenant.id, officer.id)) as session,
    ):
        session.execute(sa.text(statement))


def tell_icb(tenant: Tenancy, officer: Someone, case_id: uuid.UUID) -> None:
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        actions.add_fact(
            session,
            case_id,
            FactKind.AUTHORITY_TOLD_ICB,
            dt.date(2026, 6, 9),
            by=Actor(officer.id, officer.name, NOW),
            today=TODAY,
        )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """What a listener is told, with the scope it is told in."""
    told: list[tuple[str, str | None]] = []

    def hear(
        session: ScopedSession, case_id: uuid.UUID, record: CaseRecord, fact: Fact, by: Actor
    ) -> None:
        assert session.scope.role is LoginRole.PROVIDER
        told.append((fact.kind.value, by.name))

    monkeypatch.setattr(listeners, "_listeners", [hear])
    return told


def test_what_an_authority_says_is_told_once_and_in_the_providers_scope(
    app: Flask, tenant: Tenancy, officer: Someone, heard: list[tuple[str, str | None]]
) -> None:
    case_id = health_case(app, tenant)
    heard.clear()
    tell_icb(tenant, officer, case_id)
    assert heard == [("authority_told_icb", "Olu Officer")]
    assert take_in_case(tenant.id, case_id) == 0
    assert len(heard) == 1


def test_what_could_not_be_taken_in_at_once_is_kept_and_swept_up(
    app: Flask,
    tenant: Tenancy,
    officer: Someone,
    heard: list[tuple[str, str | None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What other tests left.
    sweep(before=NOW + dt.timedelta(minutes=5))
    case_id = health_case(app, tenant)
    heard.clear()

    def fail(*_: object) -> None:
        raise RuntimeError("the listener is away")

    with monkeypatch.context() as broken:
        broken.setattr(listeners, "_listeners", [fail])
        tell_icb(tenant, officer, case_id)
    assert position(tenant, case_id)["waiting_for"] == "authority"
    assert heard == []
    assert sweep(before=NOW) == 0, "what is being taken in just now is left alone"
    assert sweep(before=NOW + dt.timedelta(minutes=5)) == 1
    assert position(tenant, case_id)["waiting_for"] == "provider"
    assert heard == [("authority_told_icb", "Olu Officer")]


def test_what_was_rolled_back_was_not_said(
    app: Flask, tenant: Tenancy, officer: Someone, heard: list[tuple[str, str | None]]
) -> None:
    case_id = health_case(app, tenant)
    heard.clear()
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        actions.add_fact(
            session,
            case_id,
            FactKind.AUTHORITY_TOLD_ICB,
            dt.date(2026, 6, 9),
            by=Actor(officer.id, officer.name, NOW),
            today=TODAY,
        )
        session.rollback()
    assert heard == []
    assert position(tenant, case_id)["waiting_for"] == "authority"
