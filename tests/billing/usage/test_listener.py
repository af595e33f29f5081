"""A billable fact becomes one usage entry, in the transaction of the fact."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.ledger.usage_entries import UsageEntry
from billing.usage.past import enter_past_usage
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework.actions import add_fact, correct_fact, record_mias
from tenants.casework.kinds import Choice, FactKind
from tests.factories import NOW, TODAY, actor, make_case, make_tenant

MET = dt.date(2026, 6, 3)


def entries(tenant: Tenancy) -> list[tuple[str, int, dt.date]]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(UsageEntry.kind, UsageEntry.quantity, UsageEntry.on_date).order_by(
                UsageEntry.id
            )
        )
        return [(kind, quantity, on) for kind, quantity, on in rows]


def mediating(app: Flask, tenant: Tenancy) -> tuple[uuid.UUID, str]:
    case_id, reference = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        record_mias(
            session,
            case_id,
            on=dt.date(2026, 5, 6),
            way="telephone",
            minutes=30,
            choice=Choice.MEDIATE,
            choice_on=dt.date(2026, 5, 6),
            by=actor(),
            today=TODAY,
        )
    return case_id, reference


def record(
    tenant: Tenancy, case_id: uuid.UUID, kind: FactKind, on: dt.date, **more: object
) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return add_fact(session, case_id, kind, on, by=actor(), today=TODAY, **more).id  # type: ignore[arg-type]


def test_advice_and_a_mediation_held_are_entered_once_each(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = mediating(app, tenant)
    record(tenant, case_id, FactKind.MEETING_HELD, MET)
    # A second meeting of the same mediation is no second mediation.
    record(tenant, case_id, FactKind.MEETING_HELD, MET + dt.timedelta(days=2))
    assert entries(tenant) == [("mias", 1, dt.date(2026, 5, 6)), ("mediation", 1, MET)]
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert set(session.scalars(sa.select(UsageEntry.case_reference))) == {reference}


def test_a_retracted_fact_makes_a_reversing_entry(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = mediating(app, tenant)
    fact_id = record(tenant, case_id, FactKind.MEETING_HELD, MET)
    with scoped(Scope.provider(tenant.id, None)) as session:
        correct_fact(
            session, case_id, fact_id, on=MET, value=None, reason="another case",
            by=actor(), today=TODAY, retract=True,
        )  # fmt: skip
    assert entries(tenant)[1:] == [("mediation", 1, MET), ("mediation", -1, MET)]


def test_a_corrected_day_takes_the_old_entry_back_and_enters_the_new(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = mediating(app, tenant)
    fact_id = record(tenant, case_id, FactKind.MEETING_HELD, MET)
    with scoped(Scope.provider(tenant.id, None)) as session:
        correct_fact(
            session, case_id, fact_id, on=MET + dt.timedelta(days=1), value=None,
            reason="a day later", by=actor(), today=TODAY,
        )  # fmt: skip
    assert entries(tenant)[2:] == [
        ("mediation", -1, MET),
        ("mediation", 1, MET + dt.timedelta(days=1)),
    ]


@pytest.mark.parametrize(
    ("called_off", "by", "notice"),
    [(dt.date(2026, 6, 2), "family", 1), (dt.date(2026, 6, 1), "authority", 2),
     (dt.date(2026, 6, 1), "provider", None)],
)  # fmt: skip
def test_a_late_cancellation_carries_its_notice_unless_it_was_ours(
    app: Flask, called_off: dt.date, by: str, notice: int | None
) -> None:
    tenant = make_tenant(app)
    case_id, _ = mediating(app, tenant)
    fixed = {"meeting_on": MET.isoformat()}
    record(tenant, case_id, FactKind.MEETING_FIXED, dt.date(2026, 5, 11), detail=fixed)
    record(tenant, case_id, FactKind.MEETING_CANCELLED, called_off, value=by)
    with scoped(Scope.finance(tenant.id, None)) as session:
        found = session.scalars(
            sa.select(UsageEntry.notice_days).where(UsageEntry.kind == "late_cancellation")
        ).all()
    assert found == ([] if notice is None else [notice])


def test_a_fact_that_is_rolled_back_leaves_no_entry(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = mediating(app, tenant)
    with pytest.raises(ZeroDivisionError), scoped(Scope.provider(tenant.id, None)) as session:
        _ = add_fact(session, case_id, FactKind.MEETING_HELD, MET, by=actor(), today=TODAY), 1 / 0
    assert [kind for kind, _, _ in entries(tenant)] == ["mias"]


def test_entering_the_past_repeats_nothing_that_was_entered(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = mediating(app, tenant)
    record(tenant, case_id, FactKind.MEETING_HELD, MET)
    before = entries(tenant)
    for _ in range(2):
        with scoped(Scope.provider(tenant.id, None)) as session:
            assert enter_past_usage(session, since=dt.date(2026, 4, 1), at=NOW) == 2
    assert entries(tenant) == before
