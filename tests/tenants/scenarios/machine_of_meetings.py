"""Every side's acts around a meeting, played at random."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from saas.database.scope import Scope, ScopedSession, scoped
from tenants.agreements import agreed_steps, drafting
from tenants.agreements.models import Agreement
from tenants.agreements.signing import sign
from tenants.agreements.text import DraftStep, signers_of
from tenants.casework import actions
from tenants.casework.kept.authority_tasks import authority_tasks
from tenants.casework.kept.deriving_again import differences
from tenants.casework.kinds import AppealOutcome, DelayCause, FactKind, Outcome, Service, Side
from tenants.casework.models import AgreedStep
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.row_columns import Actor
from tenants.facilitation import actions as facilitation
from tenants.facilitation.models import PaperKind
from tenants.papers.exchange import exchange_summaries
from tenants.statistics.measures import verify
from tenants.worktrays.task_queries import TaskFilter, tasks_of, tasks_page
from tenants.worktrays.tray_filter import soon_until
from tests.factories import TODAY
from tests.tenants.papers.test_exchange import summary
from tests.tenants.scenarios.machine_of_arranging import (
    ArrangingMachine,
)
from tests.tenants.scenarios.test_states import DAYS, PROVIDER


class MeetingMachine(ArrangingMachine):
    """And what follows the meeting: summaries, the agreement, steps, the appeal."""

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
                agreed_steps.record_step_done(
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
