"""What a coordinator records, against the real database."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.casework import actions
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Choice, FactKind, Stage
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tests.factories import TODAY, actor, make_case, make_tenant


def test_a_case_stands_where_its_facts_put_it_after_every_act(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    assert reference.endswith("-2026-0001")
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=dt.date(2026, 5, 6),
            way="telephone",
            minutes=20,
            choice=Choice.DECLINE,
            choice_on=dt.date(2026, 5, 22),
            by=actor(),
            today=TODAY,
        )
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.scalars(sa.select(CasePosition)).one()
        assert (row.stage, row.next_clock, row.next_due) == (
            Stage.CERTIFICATE,
            "K2",
            dt.date(2026, 5, 28),
        )
        derived = derive(load_record(session, case_id))
        assert {k: getattr(row, k) for k in derived.__slots__} == {
            k: getattr(derived, k) for k in derived.__slots__
        }


def test_nobody_mediates_without_mediation_information_first(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with (
        pytest.raises(RuleBroken, match="mediation information"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        actions.add_fact(
            session,
            case_id,
            FactKind.CHOICE_MADE,
            dt.date(2026, 5, 6),
            value=Choice.MEDIATE,
            by=actor(),
            today=TODAY,
        )


def test_a_correction_keeps_the_old_fact_and_needs_a_reason(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        wrong = next(load_record(session, case_id).of(FactKind.NOTICE_SENT))
        with pytest.raises(RuleBroken, match="why"):
            actions.correct_fact(
                session,
                case_id,
                wrong.id,
                on=dt.date(2026, 4, 21),
                value=None,
                reason=" ",
                by=actor(),
                today=TODAY,
            )
        actions.correct_fact(
            session,
            case_id,
            wrong.id,
            on=dt.date(2026, 4, 21),
            value=None,
            reason="The letter says the 21st",
            by=actor(),
            today=TODAY,
        )
        record = load_record(session, case_id)
        assert [f.on for f in record.of(FactKind.NOTICE_SENT)] == [dt.date(2026, 4, 21)]
        assert len(record.facts) == 2
