"""What each side is told of a case, held against each other: nobody is told of a contradiction."""

from __future__ import annotations

import datetime as dt
import uuid

from saas.database.scope import Scope, scoped
from tenants.casework.arrangement import arrangement, meets_no_more
from tenants.casework.case_clocks import appeal_of, clocks_of
from tenants.casework.family_view import NEXT_WORDS, FamilyView, family_view
from tenants.casework.kept.authority_tasks import TaskKind, authority_tasks
from tenants.casework.kinds import FactKind, Side, Stage
from tenants.casework.position import Position, derive
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord

# What an authority does for a meeting that is to come.
FOR_A_MEETING = {
    TaskKind.CONSENT,
    TaskKind.TELL_ICB,
    TaskKind.OFFER_DATES,
    TaskKind.ANSWER_DATES,
    TaskKind.NAME_REPRESENTATIVE,
    TaskKind.UPLOAD_SUMMARY,
}


def check_what_is_told(tenant_id: uuid.UUID, case_id: uuid.UUID, *, today: dt.date) -> None:
    """Fail where the pages of the provider, the authority and the family contradict each other."""
    with scoped(Scope.provider(tenant_id, None)) as session:
        record = load_record(session, case_id)
    with scoped(Scope.family(tenant_id, case_id)) as session:
        family = family_view(session, "Example")
    position = derive(record)
    _of_the_appointment(record, position, family)
    _of_the_appeal(record, position, family, today)
    _of_the_tasks(record, position, today)
    assert family.waits_for_family == (position.waiting_for == Side.FAMILY)


def _of_the_appointment(record: CaseRecord, position: Position, family: FamilyView) -> None:
    step = position.next_step or ""
    to_come = family.appointment is not None and not record.has(FactKind.MEETING_HELD)
    if "Hold the meeting" in step:
        assert family.appointment is not None, "a meeting is to be held, and the family knows none"
        assert family.called_off is None
    if "Call off" in step:
        assert family.called_off is not None, "a meeting is called off, and nobody tells the family"
    if meets_no_more(record) and not record.has(FactKind.MEETING_HELD):
        assert family.appointment is None, "no meeting is to come, and the family has one"
        assert position.meeting_on is None
        assert arrangement(record).void
        for stage in (Stage.CONSENT, Stage.ARRANGING, Stage.FIXED):
            assert position.stage is not stage, "no meeting is to come, and one is prepared"
            assert family.what_next != NEXT_WORDS[stage]
    if to_come:
        assert position.stage in (Stage.FIXED, Stage.ARRANGING, Stage.CLOSED), (
            f"the family has an appointment, and the case is at {position.stage}"
        )


def _of_the_appeal(
    record: CaseRecord, position: Position, family: FamilyView, today: dt.date
) -> None:
    appeal = appeal_of(record)
    first = appeal is not None and appeal.certificate_first
    if first:
        assert position.next_clock != "K9", "a last day to appeal is told before the certificate"
        if family.appeal is not None:
            assert family.appeal.last_day is None and not family.appeal.is_over(today)
            assert family.appeal.earliest_end(today) > today
    for clock in clocks_of(record):
        if clock.reading.clock == "K9":
            assert clock.appeal is not None
            assert clock.appeal.certificate_first == first
    if family.certificate_stands:
        assert position.certificate_on is not None


def _of_the_tasks(record: CaseRecord, position: Position, today: dt.date) -> None:
    tasks = {task.kind for task in authority_tasks(record)}
    if meets_no_more(record) and not record.has(FactKind.MEETING_HELD):
        assert not tasks & FOR_A_MEETING, "no meeting is to come, and the authority prepares one"
        for side in Side:
            assert not arrangement(record).to_answer(side, today)
    if not position.is_open:
        assert not tasks
