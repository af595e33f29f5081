"""Each measure on a caseload small enough to count by eye, with its edges."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from flask import Flask

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.agreements import agreed_steps
from tenants.casework import actions
from tenants.casework.actions import NewStep
from tenants.casework.kinds import Choice, FactKind, Route, Service
from tenants.casework.queries import load_record
from tenants.feedback.actions import record_evaluation
from tenants.feedback.models import Participant
from tenants.statistics.dashboards.glance import at_a_glance
from tenants.statistics.dashboards.series import background
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, age_band, phase
from tenants.statistics.measures.cases_behind import cases_behind
from tenants.statistics.measures.definitions import COUNTERS, SHARES
from tenants.statistics.measures.figures import NOTHING, Figures, figures_of_all
from tenants.statistics.measures.periods import period
from tenants.statistics.measures.ratios import ratios
from tests.factories import TODAY, actor, make_tenant
from tests.tenants.statistics.caseload import add, choose, hold_mediation, make_referral

DAY = dt.date(2025, 3, 5)


def figures(tenant: Tenancy, code: str = "2025", today: dt.date = TODAY) -> Figures:
    of = period(code)
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = figures_of_all(session, of, today=today).get(tenant.id, NOTHING)
        before = figures_of_all(session, of.year_before, today=today, staged=False)
        glance = at_a_glance(session, tenant.id, of, today=today)
        # The page's own way of reading says the same.
        assert glance.figures == found and glance.behind == background(session, tenant.id, of)
        assert glance.before == before.get(tenant.id, NOTHING)
    return found


def by(tenant: Tenancy, breakdown: str, counter: str, code: str = "2025") -> dict[str, int]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        values = tallies.by_value(session, period(code), BREAKDOWNS[breakdown])
    return {v: c[counter] for v, c in values.get(tenant.id, {}).items() if c.get(counter)}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def test_referrals_count_by_the_day_they_were_opened_for_every_service(
    app: Flask, tenant: Tenancy
) -> None:
    make_referral(app, tenant, opened_on=dt.date(2025, 1, 1))
    make_referral(app, tenant, opened_on=dt.date(2025, 12, 31), decision_type="CEASE")
    make_referral(
        app,
        tenant,
        opened_on=dt.date(2025, 6, 1),
        service=Service.FACILITATION,
        decision_type=None,
        route=Route.SCHOOL,
        permission_on=dt.date(2025, 6, 1),
    )
    make_referral(app, tenant, opened_on=dt.date(2024, 12, 31))
    assert figures(tenant).count("referrals") == 3
    assert by(tenant, "route", "referrals") == {"parent": 2, "school": 1}
    assert by(tenant, "service", "referrals") == {"mediation": 2, "facilitation": 1}
    assert by(tenant, "decision_type", "referrals") == {"RTA": 1, "CEASE": 1, "none": 1}


def test_a_family_that_thinks_has_made_no_choice_and_the_latest_choice_counts(
    app: Flask, tenant: Tenancy
) -> None:
    for choice in (Choice.MEDIATE, Choice.DECLINE, Choice.DECLINE, Choice.THINKING):
        case_id = make_referral(app, tenant, opened_on=DAY)
        choose(app, tenant, case_id, DAY, choice)
    changed = make_referral(app, tenant, opened_on=DAY)
    choose(app, tenant, changed, DAY, Choice.DECLINE)
    add(app, tenant, changed, FactKind.CHOICE_MADE, dt.date(2025, 4, 1), Choice.MEDIATE.value)
    found = figures(tenant)
    assert found.count("mias_delivered") == 5
    assert (found.ratios["choosing_mediation"].numerator, found.count("choices_recorded")) == (2, 4)


def test_a_withdrawn_certificate_is_not_counted_and_a_late_one_is_late(
    app: Flask, tenant: Tenancy
) -> None:
    # Wednesday 5 March 2025: three working days end on Monday 10 March.
    for issued in (dt.date(2025, 3, 10), dt.date(2025, 3, 11), dt.date(2025, 3, 6)):
        case_id = make_referral(app, tenant, opened_on=DAY)
        choose(app, tenant, case_id, DAY, Choice.DECLINE)
        paper = str(new_id())
        add(
            app,
            tenant,
            case_id,
            FactKind.CERTIFICATE_ISSUED,
            issued,
            "s55_4",
            certificate_id=paper,
        )
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(
            session,
            case_id,
            FactKind.CERTIFICATE_WITHDRAWN,
            dt.date(2025, 3, 7),
            detail={"certificate_id": paper},
            reason="Issued to the wrong family",
            by=actor(),
            today=TODAY,
        )
    found = figures(tenant)
    assert (found.count("certificates"), found.count("certificates_no_mediation")) == (2, 2)
    part = found.ratios["certificates_within_3_days"]
    assert (part.numerator, part.denominator) == (1, 2)


def test_a_mediation_counts_once_by_the_day_it_first_met(app: Flask, tenant: Tenancy) -> None:
    hold_mediation(app, tenant, held=dt.date(2025, 12, 31))
    adjourned = hold_mediation(app, tenant, held=dt.date(2024, 12, 30), outcome=None)
    add(app, tenant, adjourned, FactKind.MEETING_HELD, dt.date(2025, 1, 20))
    add(app, tenant, adjourned, FactKind.CONCLUDED, dt.date(2025, 1, 20), "full")
    assert figures(tenant, "2024").count("mediations_held") == 1
    assert figures(tenant, "2025").count("mediations_held") == 1
    assert figures(tenant, "2025-12").count("mediations_held") == 1
    assert figures(tenant, "fy2024").count("mediations_held") == 1
    assert figures(tenant, "ay2025").count("mediations_held") == 1
    # The agreement belongs to the mediation, so it counts where the mediation does.
    assert figures(tenant, "2024").count("agreements") == 1


def test_two_decisions_for_one_child_are_two_mediations(app: Flask, tenant: Tenancy) -> None:
    same: dict[str, Any] = {"given_name": "Sam", "family_name": "Twice"}
    hold_mediation(app, tenant, held=DAY, **same)
    hold_mediation(app, tenant, held=DAY, decision_type="CONTENT", **same)
    assert figures(tenant).count("mediations_held") == 2
    assert figures(tenant).at_stage("mediations_held") == {
        "request": 1,
        "assessment": 0,
        "other": 1,
    }


def test_other_services_hold_meetings_but_no_mediations(app: Flask, tenant: Tenancy) -> None:
    for service, sides in (
        (Service.DISAGREEMENT_RESOLUTION, ("family", "authority")),
        (Service.FACILITATION, ("family",)),
    ):
        case_id = make_referral(app, tenant, service=service, opened_on=DAY, decision_type=None)
        for side in sides:
            add(app, tenant, case_id, FactKind.CONSENT_GIVEN, DAY, side)
        add(app, tenant, case_id, FactKind.MEETING_HELD, DAY, None, authority_attended=True)
    found = figures(tenant)
    assert found.count("mediations_held") == 0
    assert (found.count("resolutions_held"), found.count("facilitations_held")) == (1, 1)
    assert found.count("meetings_attendance_known") == 0


def test_thirty_days_include_the_thirtieth_and_an_unknown_start_is_left_out(
    app: Flask, tenant: Tenancy
) -> None:
    for waited in (30, 31, 10):
        hold_mediation(app, tenant, held=DAY, waited=waited)
    without = make_referral(app, tenant, opened_on=DAY)
    choose(app, tenant, without, DAY, Choice.MEDIATE)
    add(app, tenant, without, FactKind.MEETING_HELD, DAY, None, delay_cause="family")
    found = figures(tenant)
    part = found.ratios["held_within_30"]
    assert (part.numerator, part.denominator, found.count("mediations_held")) == (2, 3, 4)
    assert found.median_days == 30
    assert by(tenant, "delay_cause", "mediations_held") == {"none": 3, "family": 1}


def test_a_date_fixed_in_time_may_lie_later(app: Flask, tenant: Tenancy) -> None:
    for fixed_after in (30, 31):
        case_id = make_referral(app, tenant, opened_on=dt.date(2025, 1, 2))
        choose(app, tenant, case_id, dt.date(2025, 1, 2), Choice.MEDIATE)
        told = dt.date(2025, 1, 6)
        add(app, tenant, case_id, FactKind.ADVISER_INFORMED_AUTHORITY, told)
        add(
            app,
            tenant,
            case_id,
            FactKind.MEETING_FIXED,
            told + dt.timedelta(days=fixed_after),
            None,
            meeting_on="2025-04-01",
        )
    part = figures(tenant).ratios["fixed_within_30"]
    assert (part.numerator, part.denominator) == (1, 2)


def test_outcomes_and_appeals_are_shares_of_what_was_held(app: Flask, tenant: Tenancy) -> None:
    for outcome in ("full", "partial", "none", None):
        hold_mediation(app, tenant, held=DAY, outcome=outcome)
    hold_mediation(app, tenant, held=dt.date(2025, 9, 1), appeal=dt.date(2026, 2, 1))
    appealed_alone = make_referral(app, tenant, opened_on=DAY)
    add(app, tenant, appealed_alone, FactKind.APPEAL_REGISTERED, dt.date(2025, 6, 1))
    found = figures(tenant)
    agreed, appeals = found.ratios["agreement_rate"], found.ratios["appeal_rate"]
    assert (agreed.numerator, agreed.denominator) == (3, 5)
    assert (appeals.numerator, appeals.denominator) == (1, 5)
    assert found.count("appeals_registered") == 1
    assert figures(tenant, "2026").count("appeals_registered") == 1
    assert figures(tenant, "2026").count("followed_by_appeal") == 0


def test_attendance_counts_meetings_and_power_only_of_who_came(app: Flask, tenant: Tenancy) -> None:
    for meeting in (
        {"authority_attended": True, "authority_could_decide": True, "voice_heard": True},
        {"authority_attended": True, "authority_could_decide": False},
        {"authority_attended": True},
        {"authority_attended": False, "authority_could_decide": True},
        {},
    ):
        hold_mediation(app, tenant, held=DAY, meeting=dict(meeting))
    found = figures(tenant).ratios
    attended, decide = found["authority_attended"], found["authority_could_decide"]
    assert (attended.numerator, attended.denominator) == (3, 4)
    assert (decide.numerator, decide.denominator) == (1, 2)
    assert (found["voice_heard"].numerator, found["voice_heard"].denominator) == (1, 5)


def test_a_step_due_later_is_not_late_yet(app: Flask, tenant: Tenancy) -> None:
    case_id = hold_mediation(app, tenant, held=dt.date(2026, 5, 1))
    steps = tuple(
        NewStep(kind="other", wording="To do", due_on=due)
        for due in (dt.date(2026, 5, 20), dt.date(2026, 6, 10), dt.date(2026, 6, 11))
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = agreed_steps.record_agreement(
            session, case_id, on=dt.date(2026, 5, 1), steps=steps, by=actor(), today=TODAY
        )
        done = [row.id for row in rows]
    for step_id, on in ((done[0], dt.date(2026, 5, 21)), (done[2], dt.date(2026, 6, 9))):
        with scoped(Scope.provider(tenant.id, None)) as session:
            agreed_steps.record_step_done(session, case_id, step_id, on=on, by=actor(), today=TODAY)
    part = figures(tenant, "2026").ratios["steps_on_time"]
    assert (part.numerator, part.denominator) == (0, 2)
    later = figures(tenant, "2026", today=dt.date(2026, 7, 1)).ratios["steps_on_time"]
    assert (later.numerator, later.denominator) == (1, 3)


def test_satisfaction_is_by_kind_of_participant(app: Flask, tenant: Tenancy) -> None:
    case_id = hold_mediation(app, tenant, held=DAY)
    for participant, rating in (
        (Participant.PARENT, 4),
        (Participant.PARENT, 3),
        (Participant.AUTHORITY, 5),
    ):
        with scoped(Scope.provider(tenant.id, None)) as session:
            record_evaluation(
                session,
                case_id,
                participant=participant,
                given_on=dt.date(2025, 3, 9),
                rating=rating,
                by=actor(),
                today=TODAY,
            )
    part = figures(tenant).ratios["satisfaction"]
    assert (part.numerator, part.denominator) == (2, 3)
    assert by(tenant, "participant", "answers") == {"parent": 2, "authority": 1}
    assert by(tenant, "participant", "satisfied_answers") == {"parent": 1, "authority": 1}


def test_a_correction_moves_a_mediation_to_the_month_where_it_belongs(
    app: Flask, tenant: Tenancy
) -> None:
    case_id = hold_mediation(app, tenant, held=dt.date(2025, 4, 2), outcome=None)
    with scoped(Scope.provider(tenant.id, None)) as session:
        wrong = next(load_record(session, case_id).of(FactKind.MEETING_HELD))
        actions.correct_fact(
            session,
            case_id,
            wrong.id,
            on=dt.date(2025, 3, 31),
            value=None,
            reason="It was the day before",
            by=actor(),
            today=TODAY,
        )
    assert figures(tenant, "2025-q2").count("mediations_held") == 0
    assert figures(tenant, "2025-q1").count("mediations_held") == 1


def test_of_nothing_there_is_no_share(app: Flask, tenant: Tenancy) -> None:
    found = figures(tenant)
    assert all(part.value is None for part in found.ratios.values())
    assert found.median_days is None
    assert set(ratios({})) == {share.key for share in SHARES}
    keys = {counter.key for counter in COUNTERS}
    assert all({share.numerator, share.denominator} <= keys for share in SHARES)


def test_the_cases_behind_a_number_are_as_many_as_it_says(app: Flask, tenant: Tenancy) -> None:
    expected = {hold_mediation(app, tenant, held=DAY), hold_mediation(app, tenant, held=DAY)}
    hold_mediation(app, tenant, held=DAY, decision_type="CEASE")
    hold_mediation(app, tenant, held=dt.date(2024, 3, 5))

    def behind(breakdown: str | None, value: str = "") -> set[uuid.UUID]:
        with scoped(Scope.authority(tenant.id, None)) as session:
            rows = cases_behind(
                session,
                "mediations_held",
                period("2025"),
                tenant=tenant.id,
                breakdown=BREAKDOWNS[breakdown] if breakdown else None,
                value=value,
            )
        return {row.id for row in rows}

    assert len(behind(None)) == figures(tenant).count("mediations_held") == 3
    assert behind("stage", "request") == behind("decision_type", "RTA") == expected


@pytest.mark.parametrize(
    ("born", "on", "band", "of_school"),
    [
        (dt.date(2020, 9, 1), dt.date(2024, 9, 1), "0-4", "early_years"),
        (dt.date(2020, 8, 31), dt.date(2024, 9, 1), "0-4", "primary"),
        (dt.date(2013, 9, 1), dt.date(2025, 8, 31), "11-15", "primary"),
        (dt.date(2013, 9, 1), dt.date(2025, 9, 1), "11-15", "secondary"),
        (dt.date(2009, 2, 28), dt.date(2025, 3, 1), "16-19", "secondary"),
        (dt.date(2004, 2, 29), dt.date(2025, 2, 28), "20-25", "post_16"),
    ],
)
def test_bands_turn_on_the_birthday_and_phases_on_the_school_year(
    born: dt.date, on: dt.date, band: str, of_school: str
) -> None:
    assert (age_band(born, on), phase(born, on)) == (band, of_school)
