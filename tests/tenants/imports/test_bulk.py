"""A batch of cases against the same cases recorded one act at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.base import Base
from saas.database.scope import Scope, ScopedSession, scoped
from saas.documents.content import Provider
from saas.identity.signed_in import Tenancy
from tenants.agreements import agreed_steps
from tenants.casework import actions
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import CertificateKind, Choice, FactKind, Outcome, Stage
from tenants.casework.models import (
    AgreedStep,
    CaseFact,
    CaseNote,
    CaseParty,
    Certificate,
    Child,
    SenCase,
)
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.referral import NewReferral
from tenants.casework.row_columns import Actor, NewStep
from tenants.imports.bulk.acts import Agreed, Happened, Issued, NewCase, Noted, StepDone, Withdrawn
from tenants.imports.bulk.build import BatchRefusedError, House, build_cases
from tenants.imports.bulk.write import WrittenCase, write_cases
from tenants.statistics.measures.verify import differences
from tests.factories import TODAY, actor, make_case, make_tenant, referral

PROVIDER = Provider(
    name="Example Mediation",
    address=("1 Example Yard",),
    telephone="020 7946 0000",
    email="m@provider.example",
)
BY = actor()
STEPS = (
    NewStep(kind="assess", wording="The authority will assess"),
    NewStep(kind="other", wording="The school will write", due_on=dt.date(2026, 6, 30)),
)
AGREED_ON = dt.date(2026, 6, 1)
HAPPENED: tuple[tuple[FactKind, dt.date, str | None, dict[str, Any]], ...] = (
    (FactKind.MIAS_HELD, dt.date(2026, 5, 6), None, {"way": "telephone", "minutes": 20}),
    (FactKind.CHOICE_MADE, dt.date(2026, 5, 6), Choice.THINKING.value, {}),
    (FactKind.CHOICE_MADE, dt.date(2026, 5, 9), Choice.MEDIATE.value, {}),
    (FactKind.ADVISER_INFORMED_AUTHORITY, dt.date(2026, 5, 9), None, {}),
    (FactKind.MEETING_FIXED, dt.date(2026, 5, 12), None, {"meeting_on": "2026-05-20"}),
    (FactKind.MEETING_CANCELLED, dt.date(2026, 5, 19), "family", {}),
    (FactKind.MEETING_FIXED, dt.date(2026, 5, 20), None, {"meeting_on": "2026-06-01"}),
    (FactKind.MEETING_HELD, AGREED_ON, None, {"delay_cause": "family"}),
    (FactKind.CONCLUDED, AGREED_ON, Outcome.FULL.value, {}),
)


def in_bulk(session: ScopedSession, *cases: NewCase) -> list[WrittenCase]:
    house = House.of(session)
    built = build_cases(cases, house, today=TODAY)
    return write_cases(session, built, house, provider=PROVIDER, by=BY)


def whole_case(said: NewReferral) -> NewCase:
    return NewCase(
        referral=said,
        by=BY,
        acts=(
            *(Happened(kind=k, on=on, value=v, detail=d, by=BY) for k, on, v, d in HAPPENED),
            Agreed(on=AGREED_ON, steps=STEPS, by=BY),
            StepDone(due=2, on=dt.date(2026, 6, 5), by=BY),
            Noted(text="The mother prefers the morning", shared=False, by=BY),
            Noted(text="The school will join by video", shared=True, by=BY),
        ),
    )


def one_by_one(session: ScopedSession, said: NewReferral) -> uuid.UUID:
    case = actions.open_case(session, said, by=BY, today=TODAY)
    for kind, on, value, detail in HAPPENED:
        actions.add_fact(session, case.id, kind, on, value=value, detail=detail, by=BY, today=TODAY)
    rows = agreed_steps.record_agreement(
        session, case.id, on=AGREED_ON, steps=STEPS, by=BY, today=TODAY
    )
    agreed_steps.record_step_done(
        session, case.id, rows[2].id, on=dt.date(2026, 6, 5), by=BY, today=TODAY
    )
    actions.write_note(session, case.id, text="The mother prefers the morning", shared=False, by=BY)
    actions.write_note(session, case.id, text="The school will join by video", shared=True, by=BY)
    return case.id


# What differs between two cases that were told the same: who they are.
IDENTITY = {"id", "tenant_id", "case_id", "child_id", "reference", "external_reference"}


def told(session: ScopedSession, model: type[Base], case_id: uuid.UUID) -> list[dict[str, Any]]:
    """The rows of a case in the order of recording, without what names them."""
    table = model.__table__
    key = table.c.id if model is SenCase else table.c.case_id
    query = sa.select(table).where(key == case_id)
    if "id" in table.c:
        query = query.order_by(table.c.id)
    rows = []
    for row in session.execute(query).mappings():
        told_row = {name: value for name, value in row.items() if name not in IDENTITY}
        told_row.get("detail", {}).pop("step_id", None)
        rows.append(told_row)
    return rows


def test_a_case_of_a_batch_has_the_rows_and_the_position_of_one_recorded_act_by_act(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    said = referral(health_issue=True, sections="BF", upn="H801200001001", primary_need="ASD")
    with scoped(Scope.provider(tenant.id, None)) as session:
        single = one_by_one(session, said)
        session.flush()
        [bulk] = in_bulk(session, whole_case(said))
    with scoped(Scope.provider(tenant.id, None)) as session:
        for model in (SenCase, CaseParty, CaseFact, CaseNote, AgreedStep, CasePosition):
            assert told(session, model, bulk.id) == told(session, model, single), model
            assert told(session, model, bulk.id) != []
        kept = session.get(SenCase, (tenant.id, bulk.id))
        assert kept is not None
        assert kept.reference.endswith("-2026-0002") and kept.reference == bulk.reference
        assert session.scalar(sa.select(sa.func.count()).select_from(Child)) == 1


def test_the_position_is_what_the_facts_give_when_they_are_read_again(app: Flask) -> None:
    tenant = make_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        [bulk] = in_bulk(session, whole_case(referral()))
    with scoped(Scope.provider(tenant.id, None)) as session:
        derived = derive(load_record(session, bulk.id))
        row = session.scalars(sa.select(CasePosition)).one()
        assert {k: getattr(row, k) for k in derived.__slots__} == {
            k: getattr(derived, k) for k in derived.__slots__
        }
        assert (row.stage, row.next_clock) == (Stage.CERTIFICATE, "K7")


def test_a_batch_numbers_its_certificates_and_keeps_what_they_say(app: Flask) -> None:
    tenant = make_tenant(app)
    said = referral()
    declined = NewCase(
        referral=said,
        by=BY,
        acts=(
            Happened(kind=FactKind.MIAS_HELD, on=dt.date(2026, 5, 6), by=BY),
            Happened(
                kind=FactKind.CHOICE_MADE,
                on=dt.date(2026, 5, 7),
                value=Choice.DECLINE.value,
                by=BY,
            ),
            Issued(
                kind=CertificateKind.NO_MEDIATION,
                on=dt.date(2026, 5, 8),
                by=BY,
                role="Coordinator",
            ),
            Withdrawn(on=dt.date(2026, 5, 9), reason="The name was misspelt", by=BY),
            Issued(
                kind=CertificateKind.NO_MEDIATION,
                on=dt.date(2026, 5, 11),
                by=BY,
                role="Coordinator",
            ),
        ),
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        [written] = in_bulk(session, declined)
    with scoped(Scope.provider(tenant.id, None)) as session:
        first, second = session.scalars(sa.select(Certificate).order_by(Certificate.number))
        assert first.number.endswith("-2026-C0001") and second.number.endswith("-2026-C0002")
        assert second.content["case_reference"] == written.reference
        assert second.content["child_name"] == f"Ada {said.family_name}"
        assert second.content["established_on"] == "2026-05-07"
        assert second.content["last_day_to_appeal"] == "2026-06-22"
        record = load_record(session, written.id)
        assert record.certificate is not None
        assert record.certificate.detail == {"certificate_id": str(second.id)}
        withdrawal = record.first(FactKind.CERTIFICATE_WITHDRAWN)
        assert withdrawal is not None
        assert withdrawal.detail == {"certificate_id": str(first.id), "number": first.number}


def test_one_broken_rule_refuses_the_whole_batch_and_says_which_case_and_act(app: Flask) -> None:
    tenant = make_tenant(app)
    wrong = NewCase(
        referral=referral(),
        by=BY,
        acts=(
            Happened(kind=FactKind.MIAS_HELD, on=dt.date(2026, 4, 1), by=BY),
            Happened(kind=FactKind.CHOICE_MADE, on=dt.date(2026, 5, 6), value="later", by=BY),
        ),
    )
    with (
        pytest.raises(BatchRefusedError) as refused,
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        in_bulk(session, whole_case(referral()), wrong)
    assert [(f.case, f.act, f.field) for f in refused.value.faults] == [
        (1, 0, "on"),
        (1, 1, "value"),
    ]
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SenCase)) == 0


def test_a_referral_that_cannot_be_is_refused_in_a_batch_too(app: Flask) -> None:
    tenant = make_tenant(app)
    with (
        pytest.raises(BatchRefusedError, match="today or in the past"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        in_bulk(session, NewCase(referral=referral(opened_on=dt.date(2027, 1, 1)), by=BY))


def test_a_child_known_by_name_and_birth_is_not_made_twice(app: Flask) -> None:
    tenant = make_tenant(app)
    name = {"given_name": "Zoë", "family_name": "Example"}
    make_case(app, tenant, **name)
    again = referral(given_name="zoe", family_name="EXAMPLE", upn="H801200001001")
    twin = referral(given_name="Zoë", family_name="Example", date_of_birth=dt.date(2016, 3, 10))
    with scoped(Scope.provider(tenant.id, None)) as session:
        in_bulk(
            session,
            NewCase(referral=again, by=BY),
            NewCase(referral=twin, by=BY),
            NewCase(referral=twin, by=BY),
        )
    with scoped(Scope.provider(tenant.id, None)) as session:
        children = session.scalars(sa.select(Child).order_by(Child.date_of_birth)).all()
        assert [(c.given_name, c.upn) for c in children] == [
            ("Zoë", "H801200001001"),
            ("Zoë", None),
        ]


def test_a_batch_stays_inside_the_tenant_of_its_session(app: Flask) -> None:
    ours, theirs = make_tenant(app), make_tenant(app)

    def house_of(tenant: Tenancy) -> House:
        with scoped(Scope.provider(tenant.id, None)) as session:
            return House.of(session)

    built = build_cases([NewCase(referral=referral(), by=BY)], house_of(theirs), today=TODAY)
    with (
        pytest.raises(Exception, match="row-level security"),
        scoped(Scope.provider(ours.id, None)) as session,
    ):
        write_cases(session, built, house_of(theirs), provider=None, by=BY)


def test_a_batch_leaves_one_line_in_the_trail_and_keeps_who_recorded_what(app: Flask) -> None:
    tenant = make_tenant(app)
    earlier = Actor(None, "Adviser Example", dt.datetime(2026, 5, 6, 10, tzinfo=dt.UTC))
    with scoped(Scope.provider(tenant.id, None)) as session:
        in_bulk(session, NewCase(referral=referral(), by=earlier))
    with scoped(Scope.provider(tenant.id, None)) as session:
        [entry] = session.scalars(sa.select(AuditEntry))
        assert (entry.action, entry.detail) == ("cases recorded in bulk", {"cases": 1})
        fact = session.scalars(sa.select(CaseFact)).one()
        assert (fact.recorded_at, fact.recorded_by_name) == (earlier.at, "Adviser Example")


def test_the_measures_of_a_childs_earlier_cases_follow_what_a_batch_says_of_the_child(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        one_by_one(session, referral(family_name="Bulk", primary_need="ASD"))
    with scoped(Scope.provider(tenant.id, None)) as session:
        in_bulk(session, whole_case(referral(family_name="Bulk", primary_need="SLCN")))
        # The second part of a batch, about a child of the first.
        house = House.of(session)
        again = build_cases(
            [
                NewCase(referral=referral(family_name="Bulkling", primary_need=need), by=BY)
                for need in ("ASD", "SEMH")
            ],
            house,
            today=TODAY,
        )
        write_cases(session, again, house, provider=PROVIDER, by=BY, at_once=1)
    with scoped(Scope.all_cases(None)) as session:
        assert session.scalar(sa.select(sa.func.count()).where(Child.tenant_id == tenant.id)) == 2
        assert differences(session, tenant.id) == []
