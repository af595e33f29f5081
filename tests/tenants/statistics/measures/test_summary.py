"""The summary tables against the facts: after any history, and told when they differ."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.agreements import agreed_steps
from tenants.casework import actions
from tenants.casework.actions import NewStep
from tenants.casework.kinds import Choice, FactKind, Outcome, Route, Service
from tenants.casework.models import AgreedStep, Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.feedback.models import Evaluation, Participant
from tenants.statistics.measures import actions as statistics
from tenants.statistics.measures.models import MonthTally
from tenants.statistics.measures.verify import differences
from tests.factories import NOW, TODAY, actor, make_tenant, referral
from tests.tenants.statistics.caseload import hold_mediation

FIRST = dt.date(2025, 9, 1)
DAYS = (TODAY - FIRST).days
SIMPLE = [
    FactKind.MIAS_HELD,
    FactKind.ADVISER_INFORMED_AUTHORITY,
    FactKind.FAMILY_INFORMED_AUTHORITY,
    FactKind.AUTHORITY_CANNOT_ARRANGE,
    FactKind.CONSENT_GIVEN,
    FactKind.APPEAL_REGISTERED,
    FactKind.CHILD_HEARD,
    FactKind.CLOSED,
]


def faults(tenant: Tenancy) -> list[str]:
    with scoped(Scope.all_cases(None)) as session:
        return differences(session, tenant.id)


@st.composite
def acts(draw: st.DrawFn) -> tuple[str, int, dict[str, object]]:
    """An act, how many days after the first it happens, and what it says."""
    kind = draw(
        st.sampled_from(
            ["simple"] * 3
            + ["choice", "fixed", "held", "held", "concluded", "agreement", "step", "correct"]
            + ["certificate", "evaluation", "mediator", "need", "retract"]
        )
    )
    return (
        kind,
        draw(st.integers(0, DAYS)),
        {
            "fact": draw(st.sampled_from(SIMPLE)),
            "choice": draw(st.sampled_from(list(Choice))),
            "outcome": draw(st.sampled_from(list(Outcome))),
            "attended": draw(st.sampled_from([None, True, False])),
            "index": draw(st.integers(0, 9)),
            "side": draw(st.sampled_from(["family", "authority"])),
            "rating": draw(st.integers(1, 5)),
            "participant": draw(st.sampled_from(list(Participant))),
            "step": draw(st.sampled_from(["assess", "school_only", "other"])),
        },
    )


def do(tenant: Tenancy, case_id: uuid.UUID, act: tuple[str, int, dict[str, object]]) -> None:
    """One act in a transaction of its own; what cannot be so is refused and changes nothing."""
    kind, after, said = act
    on = FIRST + dt.timedelta(days=after)
    by, today = actor(), TODAY
    with scoped(Scope.provider(tenant.id, None)) as session:
        add = {"by": by, "today": today}
        match kind:
            case "simple":
                fact = FactKind(str(said["fact"]))
                side = str(said["side"]) if fact is FactKind.CONSENT_GIVEN else None
                actions.add_fact(session, case_id, fact, on, value=side, by=by, today=today)
            case "choice":
                choice = Choice(str(said["choice"])).value
                actions.add_fact(session, case_id, FactKind.CHOICE_MADE, on, value=choice, **add)  # type: ignore[arg-type]
            case "fixed":
                detail = {"meeting_on": (on + dt.timedelta(days=20)).isoformat()}
                actions.add_fact(session, case_id, FactKind.MEETING_FIXED, on, detail=detail, **add)  # type: ignore[arg-type]
            case "held":
                meeting: dict[str, object] = {
                    "authority_attended": said["attended"],
                    "authority_could_decide": said["attended"],
                    "voice_heard": said["attended"],
                    "delay_cause": "family" if said["attended"] else None,
                }
                known = {k: v for k, v in meeting.items() if v is not None}
                actions.add_fact(session, case_id, FactKind.MEETING_HELD, on, detail=known, **add)  # type: ignore[arg-type]
            case "concluded":
                outcome = Outcome(str(said["outcome"])).value
                actions.add_fact(session, case_id, FactKind.CONCLUDED, on, value=outcome, **add)  # type: ignore[arg-type]
            case "agreement":
                step = NewStep(kind=str(said["step"]), wording="What was agreed")
                agreed_steps.record_agreement(
                    session, case_id, on=on, steps=(step,), by=by, today=today
                )
            case "step":
                row = session.scalars(
                    sa.select(AgreedStep).where(AgreedStep.case_id == case_id).limit(1)
                ).first()
                if row is not None:
                    agreed_steps.record_step_done(
                        session, case_id, row.id, on=on, by=by, today=today
                    )
            case "certificate":
                detail = {"certificate_id": str(new_id())}
                kind_of = "s55_5" if said["attended"] else "s55_4"
                actions.add_fact(
                    session,
                    case_id,
                    FactKind.CERTIFICATE_ISSUED,
                    on,
                    value=kind_of,
                    detail=detail,
                    by=by,
                    today=today,
                )
            case "correct" | "retract":
                facts = load_record(session, case_id).facts
                chosen = facts[int(str(said["index"])) % len(facts)]
                actions.correct_fact(
                    session,
                    case_id,
                    chosen.id,
                    on=on,
                    value=None,
                    reason="Recorded wrongly",
                    by=by,
                    today=today,
                    retract=kind == "retract",
                )
            case "evaluation":
                session.add(
                    Evaluation(
                        tenant_id=tenant.id,
                        case_id=case_id,
                        participant=Participant(str(said["participant"])).value,
                        given_on=on,
                        rating=said["rating"],
                        recorded_at=NOW,
                    )
                )
            case "mediator":
                session.execute(
                    sa.update(SenCase).where(SenCase.id == case_id).values(mediator_id=new_id())
                )
            case "need":
                child = sa.select(SenCase.child_id).where(SenCase.id == case_id).scalar_subquery()
                session.execute(
                    sa.update(Child).where(Child.id == child).values(primary_need="ASD")
                )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    service=st.sampled_from(list(Service)),
    born_years_ago=st.integers(1, 25),
    history=st.lists(acts(), min_size=4, max_size=16),
)
def test_after_any_history_the_summary_equals_the_facts(
    app: Flask, service: Service, born_years_ago: int, history: list[object]
) -> None:
    tenant = _the_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        case_id = actions.open_case(
            session,
            referral(
                service=service,
                opened_on=FIRST,
                notice_sent=FIRST,
                date_of_birth=FIRST.replace(year=FIRST.year - born_years_ago),
                route=Route.PARENT,
                # At 25 it goes on while the plan is maintained.
                plan_maintained_until=TODAY,
            ),
            by=actor(),
            today=TODAY,
        ).id
    for act in history:
        try:
            do(tenant, case_id, act)  # type: ignore[arg-type]
        except RuleBroken:
            continue
    assert faults(tenant) == []


_tenants: dict[int, Tenancy] = {}


def _the_tenant(app: Flask) -> Tenancy:
    """One tenant for all examples: the histories pile up in the same months."""
    return _tenants.setdefault(id(app), make_tenant(app))


def test_a_summary_that_was_tampered_with_is_told_and_made_anew(app: Flask) -> None:
    tenant = make_tenant(app)
    hold_mediation(app, tenant, held=dt.date(2025, 3, 5))
    assert faults(tenant) == []
    tally = MonthTally.__table__
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            tally.update().where(tally.c.tenant_id == tenant.id).values(mediations_held=7)
        )
    told = faults(tenant)
    assert "mediations_held of March 2025, all all: 7 kept, 1 counted" in told
    result = app.test_cli_runner().invoke(args=["statistics", "verify"])
    assert result.exit_code == 1 and "statistics keep" in result.output
    assert app.test_cli_runner().invoke(args=["statistics", "keep"]).exit_code == 0
    assert faults(tenant) == []
    result = app.test_cli_runner().invoke(args=["statistics", "verify", "--authority", tenant.slug])
    assert result.exit_code == 0, result.output


def test_what_is_rolled_back_is_not_counted(app: Flask) -> None:
    tenant = make_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.open_case(session, referral(), by=actor(), today=TODAY)
        session.rollback()
    assert faults(tenant) == []
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.execute(sa.select(MonthTally.__table__)).all() == []


def test_a_batch_may_keep_the_summary_once_at_its_end(app: Flask) -> None:
    tenant = make_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        statistics.keep_later(session)
        for _ in range(3):
            actions.open_case(session, referral(), by=actor(), today=TODAY)
        tally = MonthTally.__table__
        assert session.execute(sa.select(tally)).all() == []
        statistics.keep_all(session)
    assert faults(tenant) == []
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.open_case(session, referral(), by=actor(), today=TODAY)
    assert faults(tenant) == []
