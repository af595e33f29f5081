"""Every side's acts towards a meeting, played at random."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import rule

from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework import actions
from tenants.casework.arrangement import arrangement
from tenants.casework.kinds import DelayCause, FactKind, Outcome, Side
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.mediation import actions as meetings
from tenants.mediation import holding
from tests.factories import NOW, TODAY, actor
from tests.tenants.scenarios.test_states import DAYS, PLAIN, CaseMachine

AHEAD = st.integers(0, 40).map(lambda n: TODAY + dt.timedelta(days=n))
CAUSES = st.sampled_from(list(DelayCause))
MEMBER: dict[Flask, uuid.UUID] = {}
OFFICER: dict[Flask, uuid.UUID] = {}
Act = Callable[[ScopedSession, Actor], object]


class ArrangingMachine(CaseMachine):
    """Provider, authority and family, each by its own login role."""

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
