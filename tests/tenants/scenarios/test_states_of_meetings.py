"""Every side does its part of a meeting at any time, by its own role: nothing contradicts itself.

The acts of `test_states` go on beside these, so dates are offered of cases that are closed, and an
authority signs what was called back.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import AuthorityRole
from tenants.agreements import drafting
from tenants.agreements.models import Agreement
from tenants.agreements.signing import sign
from tenants.agreements.text import DraftStep, signers_of
from tenants.casework import actions
from tenants.casework.arrangement import arrangement
from tenants.casework.kept.authority_tasks import authority_tasks
from tenants.casework.kept.deriving_again import differences
from tenants.casework.kinds import AppealOutcome, DelayCause, FactKind, Outcome, Service, Side
from tenants.casework.models import AgreedStep
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.facilitation import actions as facilitation
from tenants.facilitation.models import PaperKind
from tenants.mediation import actions as meetings
from tenants.mediation import holding
from tenants.papers.exchange import exchange_summaries
from tenants.statistics.measures import verify
from tenants.worktrays.task_queries import TaskFilter, tasks_of, tasks_page
from tenants.worktrays.trays import soon_until
from tests.factories import NOW, TODAY, actor, make_person, make_tenant
from tests.tenants.panel.panel_members import make_member
from tests.tenants.papers.test_exchange import summary
from tests.tenants.scenarios.test_states import DAYS, EXAMPLES, PLAIN, PROVIDER, TENANT, CaseMachine

AHEAD = st.integers(0, 40).map(lambda n: TODAY + dt.timedelta(days=n))
CAUSES = st.sampled_from(list(DelayCause))
MEMBER: dict[Flask, uuid.UUID] = {}
OFFICER: dict[Flask, uuid.UUID] = {}
Act = Callable[[ScopedSession, Actor], object]


class MeetingMachine(CaseMachine):
    """Provider, authority and family, each by its own login role."""

    @initialize(service=st.sampled_from(list(Service)), far=st.integers(0, 5))
    def begin(self, service: Service, far: int) -> None:
        """A life begins anywhere on the way, so that few acts reach what comes late in one."""
        self.open_case(service)
        self.service = service
        day = TODAY - dt.timedelta(days=10)
        steps: tuple[Callable[[], object], ...] = (
            lambda: self.it_gets_going(),
            lambda: self.a_meeting_is_fixed(on=day, meeting=TODAY, consented=True),
            lambda: self.it_is_held(on=day, further=False, cause=DelayCause.FAMILY, came=True),
            lambda: self.it_ends(on=day, outcome=Outcome.FULL),
            lambda: self.an_agreement_is_sent_to_be_signed(kind="assess", meant=False),
        )
        for step in steps[:far]:
            step()

    def by(self, side: Side | None, act: Act) -> None:
        """One side does it, in its own scope and name. A refusal leaves everything as it was."""
        person = OFFICER[self.app]
        scope, who = {
            None: (Scope.provider(self.tenant.id, None), actor()),
            Side.AUTHORITY: (
                Scope.authority(self.tenant.id, person),
                Actor(person, "Sam Officer", NOW),
            ),
            Side.FAMILY: (
                Scope.family(self.tenant.id, self.case_id),
                Actor(None, "Jo Example", NOW),
            ),
        }[side]
        before = self.rows()
        try:
            with scoped(scope) as session:
                act(session, who)
        except RuleBroken:
            assert self.rows() == before
        else:
            after = self.rows()
            assert {k: after[k] for k in before} == before, "a fact was lost or changed"

    @rule()
    def it_gets_going(self) -> None:
        """What makes a meeting possible, whatever else happened: else few lives would reach one."""
        day = TODAY - dt.timedelta(days=20)
        self.says(FactKind.MIAS_HELD, day)
        self.says(FactKind.CHOICE_MADE, day, value="mediate")
        self.says(FactKind.ADVISER_INFORMED_AUTHORITY, day)
        for side in ("family", "authority"):
            self.says(FactKind.CONSENT_GIVEN, day, value=side)

    @rule(kind=PLAIN, on=DAYS, seldom=st.integers(0, 9))
    def something_happens(self, kind: FactKind, on: dt.date, seldom: int) -> None:
        """As everywhere, but a case is closed seldom: nothing more happens in it then."""
        if kind is not FactKind.CLOSED or seldom == 0:
            self.says(kind, on)

    @rule()
    def somebody_of_the_panel_is_appointed(self) -> None:
        self.by(
            None,
            lambda session, by: meetings.appoint(
                session, self.case_id, MEMBER[self.app], on=TODAY, by=by, today=TODAY
            ),
        )

    @rule(first=AHEAD, second=AHEAD, side=st.sampled_from([None, Side.AUTHORITY]))
    def dates_are_offered(self, first: dt.date, second: dt.date, side: Side | None) -> None:
        self.by(
            side,
            lambda session, by: meetings.offer_dates(
                session,
                self.case_id,
                [(first, "10:00"), (second, "14:00")],
                side=side,
                by=by,
                today=TODAY,
            ),
        )

    @rule(
        side=st.sampled_from([Side.FAMILY, Side.AUTHORITY]),
        itself=st.booleans(),
        can=st.integers(0, 3),
    )
    def dates_are_answered(self, side: Side, itself: bool, can: int) -> None:
        def answer(session: ScopedSession, by: Actor) -> None:
            offers = arrangement(load_record(session, self.case_id)).offers
            suit = [offer.id for offer in offers if offer.on >= TODAY][:can]
            meetings.answer_dates(session, self.case_id, side, suit, by=by, today=TODAY)

        self.by(side if itself else None, answer)

    @rule(on=DAYS, meeting=AHEAD, consented=st.booleans())
    def a_meeting_is_fixed(self, on: dt.date, meeting: dt.date, consented: bool) -> None:
        self.by(
            None,
            lambda session, by: meetings.fix_meeting(
                session,
                self.case_id,
                fixed_on=on,
                meeting_on=meeting,
                time="10:00",
                place="Library",
                video_link="",
                consented_by="Jo Example" if consented else "",
                by=by,
                today=TODAY,
            ),
        )

    @rule(on=DAYS, cause=CAUSES)
    def it_is_called_off(self, on: dt.date, cause: DelayCause) -> None:
        self.by(
            None,
            lambda session, by: meetings.cancel_meeting(
                session,
                self.case_id,
                cancelled_at=dt.datetime.combine(on, dt.time(9)),
                cancelled_by=cause,
                reason="Somebody could not come",
                late_working_days=2,
                by=by,
                today=TODAY,
            ),
        )

    @rule(on=DAYS, further=st.booleans(), cause=CAUSES, came=st.booleans())
    def it_is_held(self, on: dt.date, further: bool, cause: DelayCause, came: bool) -> None:
        self.by(
            None,
            lambda session, by: holding.record_meeting(
                session,
                self.case_id,
                on=on,
                started_at="10:00",
                ended_at="12:00",
                attended=("Jo Example",),
                other_attended=came,
                other_could_decide=came,
                voice_heard=True,
                further=further,
                delay_cause=cause,
                by=by,
                today=TODAY,
            ),
        )

    @rule(on=DAYS, outcome=st.sampled_from([None, *Outcome]))
    def it_ends(self, on: dt.date, outcome: Outcome | None) -> None:
        self.by(
            None,
            lambda session, by: holding.conclude(
                session,
                self.case_id,
                on=on,
                outcome=outcome,
                result="other_steps",
                words="",
                by=by,
                today=TODAY,
            ),
        )

    @rule(side=st.sampled_from([None, Side.AUTHORITY]), decides=st.booleans())
    def a_representative_is_named(self, side: Side | None, decides: bool) -> None:
        self.by(
            side,
            lambda session, by: meetings.name_representative(
                session,
                self.case_id,
                name="Sam Head",
                role="Head of SEN",
                may_decide=decides,
                by=by,
                today=TODAY,
            ),
        )

    @rule(
        kind=st.sampled_from(
            [
                FactKind.FAMILY_INFORMED_AUTHORITY,
                FactKind.HEALTH_TOLD_AUTHORITY,
                FactKind.AUTHORITY_TOLD_ICB,
                FactKind.AUTHORITY_CANNOT_ARRANGE,
                FactKind.APPEAL_REGISTERED,
            ]
        ),
        on=DAYS,
    )
    def the_authority_says(self, kind: FactKind, on: dt.date) -> None:
        self.by(
            Side.AUTHORITY,
            lambda session, by: actions.add_fact(
                session, self.case_id, kind, on, by=by, today=TODAY
            ),
        )

    @rule(side=st.sampled_from([Side.AUTHORITY, Side.FAMILY]), yes=st.booleans())
    def a_side_says_itself_whether_it_takes_part(self, side: Side, yes: bool) -> None:
        self.by(
            side,
            lambda session, by: actions.add_fact(
                session,
                self.case_id,
                FactKind.CONSENT_GIVEN if yes else FactKind.CONSENT_REFUSED,
                TODAY,
                value=side.value,
                by=by,
                today=TODAY,
            ),
        )

    @rule(side=st.sampled_from([Side.AUTHORITY, Side.FAMILY]))
    def a_summary_comes(self, side: Side) -> None:
        self.by(None, lambda session, _by: summary(session, self.case_id, side.value))

    @rule()
    def summaries_are_exchanged(self) -> None:
        self.by(
            None,
            lambda session, by: exchange_summaries(session, self.case_id, by=by, today=TODAY),
        )

    @rule(kind=st.sampled_from(["assess", "amend", "other"]), meant=st.booleans())
    def an_agreement_is_sent_to_be_signed(self, kind: str, meant: bool) -> None:
        def send(session: ScopedSession, by: Actor) -> None:
            drafting.write_wording(session, self.case_id, wording="We agreed this.", by=by)
            if not drafting.draft_of(session, self.case_id).steps:
                own_date = self.service is not Service.MEDIATION or meant
                drafting.write_step(
                    session,
                    self.case_id,
                    DraftStep(
                        kind,
                        "The authority will do what it says",
                        Side.AUTHORITY,
                        "Sam Officer",
                        TODAY + dt.timedelta(days=14) if own_date else None,
                    ),
                    agreement_says_so=own_date,
                    by=by,
                )
            all_sides = drafting.possible_signers(session, self.case_id, self.tenant.name)
            drafting.send_to_sign(
                session,
                self.case_id,
                signers=[s.key for s in all_sides if s.side is not Side.HEALTH],
                dated_by_meeting=False,
                provider=PROVIDER,
                by=by,
                today=TODAY,
            )

        self.by(None, send)

    @rule()
    def an_agreement_is_called_back(self) -> None:
        self.by(
            None,
            lambda session, by: drafting.call_back(
                session, self.case_id, reason="A date was wrong", by=by, today=TODAY
            ),
        )

    @rule(side=st.sampled_from([Side.AUTHORITY, Side.FAMILY]), last=st.booleans())
    def a_side_signs(self, side: Side, last: bool) -> None:
        """The text that was sent last, or the first one, which may have been called back."""

        def sign_it(session: ScopedSession, by: Actor) -> None:
            texts = session.scalars(
                sa.select(Agreement)
                .where(Agreement.case_id == self.case_id)
                .order_by(Agreement.version)
            ).all()
            if texts:
                text = texts[-1 if last else 0]
                (signer,) = [s for s in signers_of(text.content) if s.side is side]
                sign(session, text, signer, typed_name=by.name, by=by)

        self.by(side, sign_it)

    @rule(side=st.sampled_from([None, Side.AUTHORITY]), which=st.integers(0, 3), on=DAYS)
    def a_step_is_done(self, side: Side | None, which: int, on: dt.date) -> None:
        def done(session: ScopedSession, by: Actor) -> None:
            steps = session.scalars(
                sa.select(AgreedStep.id).where(AgreedStep.case_id == self.case_id)
            ).all()
            if steps:
                step = steps[which % len(steps)]
                actions.record_step_done(
                    session, self.case_id, step, on=max(on, TODAY), by=by, today=TODAY
                )

        self.by(side, done)

    @rule(kind=st.sampled_from(list(PaperKind)), share=st.booleans())
    def a_facilitators_paper_is_kept(self, kind: PaperKind, share: bool) -> None:
        self.by(
            None,
            lambda session, by: facilitation.write_paper(
                session,
                self.case_id,
                kind,
                text="One, two",
                share=share,
                on=TODAY,
                by=by,
                today=TODAY,
            ),
        )

    @rule(
        outcome=st.sampled_from(list(AppealOutcome)), side=st.sampled_from([None, Side.AUTHORITY])
    )
    def the_tribunal_decides(self, outcome: AppealOutcome, side: Side | None) -> None:
        self.by(
            side,
            lambda session, by: actions.add_fact(
                session,
                self.case_id,
                FactKind.APPEAL_OUTCOME,
                TODAY,
                value=outcome.value,
                by=by,
                today=TODAY,
            ),
        )

    @invariant()
    def what_is_kept_is_what_the_facts_say(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with scoped(Scope.provider(self.tenant.id, None)) as session:
            assert list(differences(session, self.tenant.id, [self.case_id])) == []
            known = load_record(session, self.case_id)
        with scoped(Scope.authority(self.tenant.id, None)) as session:
            shared = load_record(session, self.case_id)
            on_page = tasks_of(session, [self.case_id], today=TODAY).get(self.case_id, [])
            listed = tasks_page(
                session, TaskFilter(), today=TODAY, soon=soon_until(TODAY), limit=10_000
            )
        assert authority_tasks(shared) == authority_tasks(known), "derived from what it may not see"
        assert [t for t in listed if t.case_id == self.case_id] == on_page
        self.is_waited_for_with_a_reason(known, on_page)

    def is_waited_for_with_a_reason(self, record: Any, on_page: list[Any]) -> None:
        """A case that waits for the authority says what the authority must do."""
        kept = derive(record)
        kinds = {task.kind for task in authority_tasks(record)}
        if kept.waiting_for == Side.AUTHORITY:
            assert kinds, f"{kept.next_step}, and nothing to do"
        if not kept.is_open:
            assert not on_page
        days = [f.on for f in record.effective()]
        assert all(day <= TODAY for day in days)

    def teardown(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with scoped(Scope.all_cases(None)) as session:
            found = verify.differences(session, self.tenant.id)
        assert found == [], "the summary is not what the facts say"


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
