"""Every side does its part of a meeting at any time, by its own role: nothing contradicts itself.

The acts of `test_states` go on beside these, so dates are offered of cases that are closed, and an
authority signs what was called back.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings

from saas.identity.permissions import AuthorityRole
from tenants.casework.kinds import AppealOutcome, FactKind, Service, Side
from tests.factories import TODAY, make_person, make_tenant
from tests.tenants.panel.panel_members import make_member
from tests.tenants.scenarios.machine_of_arranging import MEMBER, OFFICER
from tests.tenants.scenarios.machine_of_meetings import MeetingMachine
from tests.tenants.scenarios.test_states import EXAMPLES, TENANT


@pytest.mark.usefixtures("standing_clock")
def test_no_sequence_of_acts_of_all_sides_leads_to_a_contradiction(app: Flask) -> None:
    TENANT[app] = make_tenant(app)
    MEMBER[app] = make_member(app).id
    OFFICER[app] = make_person(
        app, tenant=TENANT[app], role=AuthorityRole.OFFICER, name="Sam Officer"
    ).id

    class BoundMachine(MeetingMachine):
        pass

    BoundMachine.app = app
    BoundMachine.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        # A life of forty acts takes longer to shorten than to read.
        phases=(Phase.explicit, Phase.generate),
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    BoundMachine.TestCase().runTest()


@pytest.mark.usefixtures("standing_clock")
def test_the_acts_of_the_machine_do_play_a_life_to_its_end(app: Flask) -> None:
    """What is refused for another reason than its own would leave the machine idle."""
    TENANT[app] = make_tenant(app)
    MEMBER[app] = make_member(app).id
    OFFICER[app] = make_person(app, tenant=TENANT[app], role=AuthorityRole.OFFICER).id
    MeetingMachine.app = app
    life, other = MeetingMachine(), MeetingMachine()
    life.begin(service=Service.MEDIATION, far=5)
    life.a_side_signs(side=Side.AUTHORITY, last=True)
    life.a_side_signs(side=Side.FAMILY, last=True)
    life.a_step_is_done(side=Side.AUTHORITY, which=0, on=TODAY)
    life.the_authority_says(kind=FactKind.APPEAL_REGISTERED, on=TODAY)
    life.the_tribunal_decides(outcome=AppealOutcome.UPHELD, side=Side.AUTHORITY)
    other.begin(service=Service.MEDIATION, far=1)
    other.the_authority_says(kind=FactKind.HEALTH_TOLD_AUTHORITY, on=TODAY)
    other.the_authority_says(kind=FactKind.AUTHORITY_TOLD_ICB, on=TODAY)
    soon = TODAY + dt.timedelta(days=9)
    other.dates_are_offered(first=soon, second=soon, side=Side.AUTHORITY)
    other.dates_are_answered(side=Side.FAMILY, itself=True, can=1)
    other.a_representative_is_named(side=Side.AUTHORITY, decides=True)
    for side in (Side.AUTHORITY, Side.FAMILY):
        other.a_summary_comes(side)
    other.summaries_are_exchanged()
    for one, kinds in (
        (
            life,
            "meeting_fixed meeting_held concluded agreement_drafted agreement_signed"
            " agreement_signed agreement_made step_done appeal_registered appeal_outcome",
        ),
        (
            other,
            "health_told_authority authority_told_icb dates_offered dates_answered"
            " representative_named summaries_exchanged",
        ),
    ):
        happened = [row[0] for row in one.rows().values()]
        assert Counter(kinds.split()) <= Counter(happened)
        one.what_is_kept_is_what_the_facts_say()
    life.teardown()
