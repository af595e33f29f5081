"""Whatever is done to a case, in whatever order: it never contradicts itself and loses nothing.

The machine plays random acts against the real database, through the actions that the doors use.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import asdict
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from saas.database.scope import Scope, scoped
from saas.documents.content import Provider
from tenants.agreements import agreed_steps
from tenants.casework import actions
from tenants.casework.case_clocks import clocks_of
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Choice, EarlyEnd, FactKind, Outcome, Service, Stage
from tenants.casework.models import CaseFact, Certificate
from tenants.casework.position import derive
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken, certificate_kind
from tenants.casework.row_columns import NewStep
from tenants.certificates.actions import issue_certificate, withdraw_certificate
from tests.factories import TODAY, actor, make_case, make_tenant
from tests.tenants.scenarios.told_alike import check_what_is_told

DAYS = st.integers(0, 60).map(lambda n: TODAY - dt.timedelta(days=n))
PLAIN = st.sampled_from(
    [
        FactKind.CONTACT_MADE,
        FactKind.FAMILY_INFORMED_AUTHORITY,
        FactKind.ADVISER_INFORMED_AUTHORITY,
        FactKind.HEALTH_TOLD_AUTHORITY,
        FactKind.AUTHORITY_TOLD_ICB,
        FactKind.AUTHORITY_CANNOT_ARRANGE,
        FactKind.MEETING_CANCELLED,
        FactKind.MEETING_HELD,
        FactKind.APPEAL_REGISTERED,
        FactKind.CHILD_HEARD,
        FactKind.CLOSED,
    ]
)
PROVIDER = Provider(
    name="Example Mediation",
    address=("1 Example Yard", "London"),
    telephone="020 7946 0000",
    email="mediation@provider.example",
)
EXAMPLES = int(os.environ.get("STATE_EXAMPLES", "12"))


class CaseMachine(RuleBasedStateMachine):
    """A coordinator who does anything at any time. What a rule refuses must change nothing."""

    app: Flask

    @initialize(service=st.sampled_from(list(Service)))
    def begin(self, service: Service) -> None:
        self.open_case(service)

    def open_case(self, service: Service) -> None:
        self.tenant = TENANT[self.app]
        disputed = service is not Service.FACILITATION
        self.case_id, _ = make_case(
            self.app,
            self.tenant,
            service=service,
            opened_on=TODAY - dt.timedelta(days=60),
            decision_type="RTA" if disputed else None,
            notice_sent=TODAY - dt.timedelta(days=70) if disputed else None,
        )
        self.told = len(self.rows())

    def rows(self) -> dict[Any, tuple[Any, ...]]:
        with scoped(Scope.provider(self.tenant.id, None)) as session:
            rows = session.scalars(sa.select(CaseFact).where(CaseFact.case_id == self.case_id))
            return {
                row.id: (row.kind, row.on_date, row.value, row.recorded_at, row.retracted)
                for row in rows
            }

    def does(self, act: Any) -> None:
        """Do it in a transaction; a refusal leaves everything as it was."""
        before = self.rows()
        try:
            with scoped(Scope.provider(self.tenant.id, None)) as session:
                act(session)
        except RuleBroken:
            assert self.rows() == before
        else:
            after = self.rows()
            assert {k: after[k] for k in before} == before, "a fact was lost or changed"

    def says(self, kind: FactKind, on: dt.date, **more: Any) -> None:
        self.does(
            lambda session: actions.add_fact(
                session, self.case_id, kind, on, by=actor(), today=TODAY, **more
            )
        )

    @rule(kind=PLAIN, on=DAYS)
    def something_happens(self, kind: FactKind, on: dt.date) -> None:
        self.says(kind, on)

    @rule(on=DAYS, choice=st.sampled_from(list(Choice)))
    def information_is_given(self, on: dt.date, choice: Choice) -> None:
        self.does(
            lambda session: actions.record_mias(
                session,
                self.case_id,
                on=on,
                way="telephone",
                minutes=20,
                choice=choice,
                choice_on=on,
                by=actor(),
                today=TODAY,
            )
        )

    @rule(on=DAYS, end=st.sampled_from(list(EarlyEnd)), certificate=st.booleans())
    def it_ends_early(self, on: dt.date, end: EarlyEnd, certificate: bool) -> None:
        self.says(
            FactKind.ENDED_EARLY,
            on,
            value=end.value,
            detail={"certificate": certificate, "to": "Kent", "by": "family"},
        )

    @rule(on=DAYS, choice=st.sampled_from(list(Choice)))
    def a_mind_changes(self, on: dt.date, choice: Choice) -> None:
        self.says(FactKind.CHOICE_MADE, on, value=choice.value)

    @rule(on=DAYS, side=st.sampled_from(["family", "authority"]), yes=st.booleans())
    def a_side_answers(self, on: dt.date, side: str, yes: bool) -> None:
        self.says(FactKind.CONSENT_GIVEN if yes else FactKind.CONSENT_REFUSED, on, value=side)

    @rule(on=DAYS, ahead=st.integers(0, 40))
    def a_date_is_fixed(self, on: dt.date, ahead: int) -> None:
        meeting = (on + dt.timedelta(days=ahead)).isoformat()
        self.says(FactKind.MEETING_FIXED, on, detail={"meeting_on": meeting})

    @rule(on=DAYS, outcome=st.sampled_from(list(Outcome)))
    def it_concludes(self, on: dt.date, outcome: Outcome) -> None:
        self.says(FactKind.CONCLUDED, on, value=outcome.value)

    @rule(on=DAYS, kind=st.sampled_from(["assess", "reconsider", "other", "issue_plan"]))
    def all_agree(self, on: dt.date, kind: str) -> None:
        step = NewStep(kind=kind, wording="The authority will do what it says")
        self.does(
            lambda session: agreed_steps.record_agreement(
                session, self.case_id, on=on, steps=(step,), by=actor(), today=TODAY
            )
        )

    @rule(on=DAYS)
    def a_certificate_is_issued(self, on: dt.date) -> None:
        def issue(session: Any) -> None:
            kind = certificate_kind(load_record(session, self.case_id))
            if kind is not None:
                issue_certificate(
                    session,
                    self.case_id,
                    kind=kind,
                    on=on,
                    issued_by_role="Mediation adviser",
                    provider=PROVIDER,
                    by=actor(),
                    today=TODAY,
                )

        self.does(issue)

    @rule(on=DAYS)
    def a_certificate_is_withdrawn(self, on: dt.date) -> None:
        def withdraw(session: Any) -> None:
            standing = load_record(session, self.case_id).certificate
            if standing is not None:
                withdraw_certificate(
                    session,
                    standing.detail["certificate_id"],
                    on=on,
                    reason="It named the wrong day",
                    by=actor(),
                    today=TODAY,
                )

        self.does(withdraw)

    @rule(which=st.integers(0, 30), on=DAYS, retract=st.booleans())
    def a_fact_is_corrected(self, which: int, on: dt.date, retract: bool) -> None:
        def correct(session: Any) -> None:
            facts = load_record(session, self.case_id).facts
            if facts:
                actions.correct_fact(
                    session,
                    self.case_id,
                    facts[which % len(facts)].id,
                    on=on,
                    value=None,
                    reason="It was written down wrongly",
                    retract=retract,
                    by=actor(),
                    today=TODAY,
                )

        self.does(correct)

    @invariant()
    def the_position_is_what_the_facts_say(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with scoped(Scope.provider(self.tenant.id, None)) as session:
            record = load_record(session, self.case_id)
            row = session.get(CasePosition, (session.tenant, self.case_id))
            assert row is not None
            derived = asdict(derive(record))
            assert {name: getattr(row, name) for name in derived} == derived
            papers = session.scalars(
                sa.select(Certificate).where(Certificate.case_id == self.case_id)
            ).all()
            self.is_no_contradiction(record, row, papers)

    @invariant()
    def every_side_is_told_the_same(self) -> None:
        if hasattr(self, "case_id"):
            check_what_is_told(self.tenant.id, self.case_id, today=TODAY)

    def is_no_contradiction(self, record: Any, row: CasePosition, papers: Any) -> None:
        assert row.is_open == (row.stage != Stage.CLOSED)
        assert row.is_open == (not record.has(FactKind.CLOSED))
        if not row.is_open:
            assert row.next_due is None and row.next_step is None
        if row.next_clock:
            assert row.next_due is not None, "a clock without a due date"
        for clock in clocks_of(record):
            assert clock.reading.source, "a clock without a source"
            assert clock.reading.counted
        if record.service is not Service.MEDIATION:
            assert not papers, "only mediation gives a certificate"
            assert row.certificate_on is None
        if row.held_on and record.service is Service.MEDIATION:
            assert record.has(FactKind.MIAS_HELD), "mediated without information first"
        if row.concluded_on:
            assert row.held_on is not None and row.held_on <= row.concluded_on
        issued = list(record.of(FactKind.CERTIFICATE_ISSUED))
        withdrawn = list(record.of(FactKind.CERTIFICATE_WITHDRAWN))
        assert len(issued) == len(papers), "a paper without its fact"
        assert len(issued) - len(withdrawn) == (1 if record.certificate else 0)
        if record.has(FactKind.AGREEMENT_MADE):
            assert row.outcome in (Outcome.FULL, Outcome.PARTIAL)


TENANT: dict[Flask, Any] = {}


@pytest.mark.usefixtures("standing_clock")
def test_no_sequence_of_acts_leads_to_a_contradiction(app: Flask) -> None:
    TENANT[app] = make_tenant(app)

    class BoundMachine(CaseMachine):
        pass

    BoundMachine.app = app
    BoundMachine.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    BoundMachine.TestCase().runTest()
