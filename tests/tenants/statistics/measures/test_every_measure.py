"""Every measure there is, on one caseload of fourteen cases that can be counted by eye.

A new measure fails here until its count is written down; the edges are in `test_measures_by_eye`.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Flask

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.agreements import agreed_steps
from tenants.casework.actions import NewStep
from tenants.casework.kinds import Choice, EarlyEnd, FactKind, Service
from tenants.feedback.actions import record_evaluation
from tenants.feedback.models import Participant
from tenants.statistics.measures.definitions import COUNTER, SHARE
from tenants.statistics.measures.figures import figures_of_all
from tenants.statistics.measures.periods import period
from tests.factories import TODAY, actor, make_tenant
from tests.tenants.statistics.caseload import add, choose, hold_mediation, make_referral

DAY = dt.date(2025, 3, 5)  # a Wednesday
NEW_YEAR = dt.date(2025, 1, 2)
TOLD = dt.date(2025, 1, 6)

COUNTS = {
    "referrals": 14,
    "mias_delivered": 12,  # all but the two of other services
    "choices_recorded": 12,
    "chose_mediation": 11,  # one declined
    "certificates": 3,
    "certificates_no_mediation": 1,
    "certificates_after_mediation": 1,
    "certificates_deemed": 1,
    "certificates_in_time": 2,  # the deemed one came on day 45
    "dates_fixed": 2,
    "dates_fixed_within_30": 1,
    "mediations_held": 4,
    "mediations_timed": 3,  # of one nobody knows when the authority was told
    "mediations_held_within_30": 2,  # after 20 and 30 days, not after 31
    "ended_conceded": 1,
    "ended_withdrawn": 1,
    "ended_superseded": 1,
    "ended_moved": 1,
    "full_agreements": 1,
    "partial_agreements": 1,
    "no_agreements": 1,
    "agreements": 2,
    "followed_by_appeal": 1,
    "resolutions_held": 1,
    "facilitations_held": 1,
    "meetings_attendance_known": 3,
    "meetings_authority_attended": 2,
    "meetings_power_known": 2,
    "meetings_could_decide": 1,
    "voices_heard": 1,
    "steps_due": 2,
    "steps_in_time": 1,
    "appeals_registered": 1,
    "answers": 2,
    "satisfied_answers": 1,
}
SHARES = {
    "choosing_mediation": (11, 12),
    "certificates_within_3_days": (2, 3),
    "fixed_within_30": (1, 2),
    "held_within_30": (2, 3),
    "agreement_rate": (2, 4),
    "appeal_rate": (1, 4),
    "authority_attended": (2, 3),
    "authority_could_decide": (1, 2),
    "voice_heard": (1, 4),
    "steps_on_time": (1, 2),
    "satisfaction": (1, 2),
}


def test_every_measure_has_its_count_written_down() -> None:
    assert set(COUNTS) == set(COUNTER)
    assert set(SHARES) == set(SHARE)


def test_every_measure_is_what_the_eye_counts(app: Flask) -> None:
    tenant = make_tenant(app)
    held_three(app, tenant)
    unknown_start = make_referral(app, tenant, opened_on=DAY)
    choose(app, tenant, unknown_start, DAY, Choice.MEDIATE)
    add(app, tenant, unknown_start, FactKind.MEETING_HELD, DAY)
    two_without_mediation(app, tenant)
    two_with_a_date(app, tenant)
    two_of_other_services(app, tenant)
    four_without_a_meeting(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = figures_of_all(session, period("2025"), today=TODAY)[tenant.id]
    assert {key: found.count(key) for key in COUNTER} == COUNTS
    assert {k: (part.numerator, part.denominator) for k, part in found.ratios.items()} == SHARES
    assert found.median_days == 30  # of 20, 30 and 31


def held_three(app: Flask, tenant: Tenancy) -> None:
    """Full agreement, partial and none; certificate, steps, answers and an appeal to them."""
    full = hold_mediation(
        app,
        tenant,
        held=DAY,
        waited=20,
        appeal=dt.date(2025, 9, 1),
        meeting={"authority_attended": True, "authority_could_decide": True, "voice_heard": True},
    )
    certify(app, tenant, full, DAY + dt.timedelta(days=1), "s55_5")
    partial = hold_mediation(
        app,
        tenant,
        held=DAY,
        waited=30,
        outcome="partial",
        meeting={"authority_attended": True, "authority_could_decide": False},
    )
    hold_mediation(
        app, tenant, held=DAY, waited=31, outcome="none", meeting={"authority_attended": False}
    )
    due = dt.date(2025, 4, 1)
    with scoped(Scope.provider(tenant.id, None)) as session:
        steps = tuple(NewStep(kind="other", wording="To do", due_on=due) for _ in range(2))
        rows = agreed_steps.record_agreement(
            session, partial, on=DAY, steps=steps, by=actor(), today=TODAY
        )
        agreed_steps.record_step_done(session, partial, rows[0].id, on=due, by=actor(), today=TODAY)
        for case_id, participant, rating in (
            (full, Participant.PARENT, 5),
            (partial, Participant.AUTHORITY, 3),
        ):
            record_evaluation(
                session,
                case_id,
                participant=participant,
                given_on=DAY,
                rating=rating,
                by=actor(),
                today=TODAY,
            )


def two_without_mediation(app: Flask, tenant: Tenancy) -> None:
    """One family declined; for the other the authority could arrange nothing in 30 days."""
    declined = make_referral(app, tenant, opened_on=DAY)
    choose(app, tenant, declined, DAY, Choice.DECLINE)
    # Three working days from Wednesday end on Monday.
    certify(app, tenant, declined, dt.date(2025, 3, 10), "s55_4")
    waiting = make_referral(app, tenant, opened_on=NEW_YEAR)
    choose(app, tenant, waiting, NEW_YEAR, Choice.MEDIATE)
    add(app, tenant, waiting, FactKind.ADVISER_INFORMED_AUTHORITY, TOLD)
    add(app, tenant, waiting, FactKind.AUTHORITY_CANNOT_ARRANGE, TOLD + dt.timedelta(days=28))
    certify(app, tenant, waiting, TOLD + dt.timedelta(days=45), "deemed")


def two_with_a_date(app: Flask, tenant: Tenancy) -> None:
    for days in (30, 31):
        case_id = make_referral(app, tenant, opened_on=NEW_YEAR)
        choose(app, tenant, case_id, NEW_YEAR, Choice.MEDIATE)
        add(app, tenant, case_id, FactKind.ADVISER_INFORMED_AUTHORITY, TOLD)
        on = TOLD + dt.timedelta(days=days)
        add(app, tenant, case_id, FactKind.MEETING_FIXED, on, None, meeting_on="2025-04-01")


def two_of_other_services(app: Flask, tenant: Tenancy) -> None:
    for service, sides in (
        (Service.DISAGREEMENT_RESOLUTION, ("family", "authority")),
        (Service.FACILITATION, ("family",)),
    ):
        case_id = make_referral(app, tenant, service=service, opened_on=DAY, decision_type=None)
        for side in sides:
            add(app, tenant, case_id, FactKind.CONSENT_GIVEN, DAY, side)
        add(app, tenant, case_id, FactKind.MEETING_HELD, DAY, None, authority_attended=True)


def four_without_a_meeting(app: Flask, tenant: Tenancy) -> None:
    for end in EarlyEnd:
        case_id = make_referral(app, tenant, opened_on=NEW_YEAR)
        choose(app, tenant, case_id, NEW_YEAR, Choice.MEDIATE)
        add(app, tenant, case_id, FactKind.ENDED_EARLY, TOLD, end.value, to="Kent")


def certify(app: Flask, tenant: Tenancy, case_id: uuid.UUID, on: dt.date, ground: str) -> None:
    paper = str(new_id())
    add(app, tenant, case_id, FactKind.CERTIFICATE_ISSUED, on, ground, certificate_id=paper)
