"""What is arranged, what is short notice or late, and whose turn it is."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tenants.casework.arrangement import (
    arrangement,
    held_late,
)
from tenants.casework.kept.authority_tasks import TaskKind, authority_tasks
from tenants.casework.kinds import Choice, FactKind, Route, Service, Side
from tenants.casework.position import derive
from tenants.casework.record import CaseRecord, Fact, RuleBroken
from tenants.casework.rules import check
from tenants.law.notice import cancelled_late, is_short_notice, notice_hours

DAY = dt.date(2026, 6, 1)
TODAY = dt.date(2026, 6, 10)


def fact(kind: FactKind, on: dt.date = DAY, value: str | None = None, **detail: object) -> Fact:
    return Fact(uuid.uuid4(), kind, on, value, detail)


def mediating(*facts: Fact) -> CaseRecord:
    record = CaseRecord(Service.MEDIATION, Route.PARENT, DAY, decision_type="RTA")
    record.facts = [
        fact(FactKind.MIAS_HELD),
        fact(FactKind.CHOICE_MADE, value=Choice.MEDIATE),
        fact(FactKind.ADVISER_INFORMED_AUTHORITY),
        *facts,
    ]
    return record


OFFERED = fact(
    FactKind.DATES_OFFERED,
    offers=[
        {"id": "a", "on": "2026-06-18", "time": "10:00"},
        {"id": "b", "on": "2026-06-19", "time": "14:00"},
    ],
)


def test_the_latest_answer_of_each_side_to_each_date_counts() -> None:
    record = mediating(
        OFFERED,
        fact(FactKind.DATES_ANSWERED, value="family", can=["a", "b"], cannot=[]),
        fact(FactKind.DATES_ANSWERED, value="authority", can=["a"], cannot=["b"]),
        fact(FactKind.DATES_ANSWERED, value="authority", can=["b"], cannot=["a"]),
    )
    first, second = arrangement(record).offers
    assert (first.answer(Side.FAMILY), first.answer(Side.AUTHORITY)) == (True, False)
    assert second.suits_both and not first.suits_both


def test_whose_turn_it_is_follows_the_facts() -> None:
    record = mediating()
    turns = []
    for one in (
        fact(FactKind.MEDIATOR_APPOINTED, name="Mo Mediator"),
        OFFERED,
        fact(FactKind.DATES_ANSWERED, value="authority", can=["a"], cannot=["b"]),
        fact(FactKind.DATES_ANSWERED, value="family", can=["a"], cannot=["b"]),
        fact(FactKind.MEETING_FIXED, meeting_on="2026-06-18"),
        fact(FactKind.REPRESENTATIVE_NAMED, name="Ray", role="Head of SEN", may_decide=True),
    ):
        now = derive(record)
        turns.append((now.next_step, now.waiting_for))
        check(record, one, today=TODAY)
        record.facts.append(one)
    now = derive(record)
    turns.append((now.next_step, now.waiting_for))
    assert turns == [
        ("Appoint a mediator", "provider"),
        ("Fix a date", "provider"),
        ("Answer the dates offered", "authority"),
        ("Answer the dates offered", "family"),
        ("Fix a date", "provider"),
        ("Name a representative who may decide", "authority"),
        ("Hold the meeting", "provider"),
    ]


def test_an_adjourned_mediation_goes_back_to_a_date_and_ends_in_a_conclusion() -> None:
    record = mediating(
        fact(FactKind.MEETING_FIXED, meeting_on="2026-06-08"),
        fact(FactKind.MEETING_HELD, dt.date(2026, 6, 8), further=True),
    )
    assert derive(record).next_step == "Fix a date for the further meeting"
    assert arrangement(record).fixed is None
    record.facts.append(fact(FactKind.MEETING_FIXED, dt.date(2026, 6, 8), meeting_on="2026-06-20"))
    now = derive(record)
    assert (now.next_step, now.next_due) == ("Hold the further meeting", dt.date(2026, 6, 20))
    record.facts.append(fact(FactKind.MEETING_HELD, dt.date(2026, 6, 20), further=False))
    assert derive(record).next_step == "Record how it concluded"


def test_what_an_authority_must_do_now() -> None:
    record = mediating(
        fact(FactKind.HEALTH_TOLD_AUTHORITY), fact(FactKind.MEDIATOR_APPOINTED), OFFERED
    )
    tasks = authority_tasks(record)
    assert [(task.kind, task.due_on) for task in tasks if task.stands(TODAY)] == [
        (TaskKind.TELL_ICB, dt.date(2026, 6, 4)),
        (TaskKind.ANSWER_DATES, dt.date(2026, 7, 1)),
        (TaskKind.NAME_REPRESENTATIVE, dt.date(2026, 7, 1)),
    ]
    # When the last of the dates is over, new ones are asked for.
    later = [task.kind for task in tasks if task.stands(dt.date(2026, 6, 20))]
    assert TaskKind.ANSWER_DATES not in later
    assert TaskKind.OFFER_DATES in later


def test_five_working_days_of_notice_are_enough() -> None:
    meeting = dt.date(2026, 6, 19)
    assert not is_short_notice(dt.date(2026, 6, 12), meeting)
    assert is_short_notice(dt.date(2026, 6, 13), meeting)
    # Over Easter 2026: Good Friday is 3 April, Easter Monday 6 April.
    assert is_short_notice(dt.date(2026, 4, 1), dt.date(2026, 4, 8))


@pytest.mark.parametrize(
    ("cancelled", "late"), [((2026, 6, 16), False), ((2026, 6, 17), True), ((2026, 6, 18), True)]
)
def test_a_cancellation_is_late_from_less_than_two_working_days(
    cancelled: tuple[int, int, int], late: bool
) -> None:
    day = dt.date(*cancelled)
    assert cancelled_late(day, dt.date(2026, 6, 18), late_working_days=2) is late
    assert not cancelled_late(day, dt.date(2026, 6, 18), late_working_days=0)


def test_notice_of_cancelling_is_counted_in_hours() -> None:
    meeting = dt.date(2026, 6, 18)
    assert notice_hours(dt.datetime(2026, 6, 17, 9, 30), meeting, "10:00") == 24
    assert notice_hours(dt.datetime(2026, 6, 18, 10, 30), meeting, "10:00") == 0


def test_only_a_first_meeting_after_the_thirty_days_is_late() -> None:
    record = mediating()
    assert not held_late(record, dt.date(2026, 7, 1))
    assert held_late(record, dt.date(2026, 7, 2))
    record.facts.append(fact(FactKind.MEETING_HELD, dt.date(2026, 6, 20), further=True))
    assert not held_late(record, dt.date(2026, 7, 20))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (fact(FactKind.AUTHORITY_TOLD_ICB), "health is an issue"),
        (fact(FactKind.ADVISER_INFORMED_AUTHORITY), "recorded already"),
        (fact(FactKind.REPRESENTATIVE_NAMED, name="Ray", role=""), "name and role"),
        (fact(FactKind.DATES_ANSWERED, value="family"), "No dates are offered"),
        (fact(FactKind.MEETING_CANCELLED, value="family"), "No meeting is fixed"),
    ],
)
def test_what_cannot_be_so_is_refused(wrong: Fact, words: str) -> None:
    with pytest.raises(RuleBroken, match=words):
        check(mediating(), wrong, today=TODAY)
