"""The statutory clocks against dates worked out by hand on the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tenants.law.clocks import (
    ClockError,
    ClockFacts,
    ClockReading,
    FactRefused,
    appeal_due,
    due,
    read_clocks,
    step_due,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def only(clock: str, facts: ClockFacts) -> ClockReading:
    found = [reading for reading in read_clocks(facts) if reading.clock == clock]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("clock", "fact", "start", "expected"),
    [
        ("K1", "notice_sent", "2025-12-31", "2026-02-28"),  # clamped, and a Saturday
        ("K1", "notice_sent", "2023-12-30", "2024-02-29"),  # clamped in a leap year
        ("K1", "notice_sent", "2024-02-29", "2024-04-29"),
        ("K1", "notice_sent", "2026-08-31", "2026-10-31"),
        ("K1", "notice_sent", "2026-07-31", "2026-09-30"),
        ("K1", "notice_sent", "2026-06-10", "2026-08-10"),  # August holds K9 only
        ("K2", "declined_mediation", "2026-04-01", "2026-04-08"),
        ("K2", "declined_mediation", "2026-05-22", "2026-05-28"),
        ("K2", "declined_mediation", "2026-12-29", "2027-01-04"),
        ("K2", "declined_mediation", "2026-08-27", "2026-09-02"),  # August counts, its holiday not
        ("K3", "health_told_authority", "2026-03-06", "2026-03-11"),
        ("K3", "health_told_authority", "2026-03-07", "2026-03-11"),
        ("K4", "authority_told_icb", "2026-03-05", "2026-04-04"),
        ("K5", "family_informed_authority", "2026-03-02", "2026-04-01"),
        ("K5", "family_informed_authority", "2026-03-05", "2026-04-04"),
        ("K5", "adviser_informed_authority", "2024-01-31", "2024-03-01"),
        ("K5", "adviser_informed_authority", "2026-11-25", "2026-12-25"),  # on Christmas Day
        ("K6", "meeting_on", "2026-06-15", "2026-06-08"),
        ("K6", "meeting_on", "2026-04-08", "2026-03-30"),
        ("K6", "meeting_on", "2027-01-05", "2026-12-24"),
        ("K7", "mediation_concluded", "2026-12-24", "2026-12-31"),
        ("K8", "authority_cannot_arrange", "2026-04-30", "2026-05-06"),
        ("K10", "agreement_made", "2026-05-13", "2026-05-27"),
        ("K10", "agreement_made", "2026-12-11", "2026-12-25"),
    ],
)
def test_a_clock_of_one_fact_is_due(clock: str, fact: str, start: str, expected: str) -> None:
    reading = only(clock, ClockFacts(**{fact: day(start)}))  # type: ignore[arg-type]
    assert (reading.starts, reading.due) == (day(start), day(expected))
    assert due(clock, day(start)) == day(expected)


@pytest.mark.parametrize(
    ("sent", "certificate", "expected"),
    [
        ("2026-02-01", "2026-03-20", "2026-04-20"),
        ("2025-10-01", "2025-11-29", "2026-01-02"),
        ("2026-06-10", None, "2026-09-01"),
        ("2026-01-28", "2026-03-04", "2026-04-07"),
        ("2026-02-01", "2026-02-10", "2026-04-01"),  # the notice's two months are later
        ("2025-12-31", None, "2026-03-02"),  # clamped to Saturday 28 February, then rolled
        ("2023-12-31", None, "2024-02-29"),
        ("2026-10-24", None, "2026-12-24"),  # the day before the Christmas days
        ("2026-10-25", None, "2027-01-04"),  # Christmas Day; 1 January is a Friday
        ("2026-11-01", None, "2027-01-04"),  # 1 January itself
        ("2026-11-02", None, "2027-01-04"),  # Saturday 2 January
        ("2027-10-28", None, "2028-01-04"),  # Monday 3 January 2028 stands in for the 1st
        ("2023-10-24", None, "2023-12-27"),  # ends on a Sunday before the Christmas days
        ("2026-05-31", None, "2026-07-31"),
        ("2026-06-01", None, "2026-09-01"),  # 1 August
        ("2026-06-30", "2026-07-31", "2026-09-01"),  # 31 August
        ("2024-06-05", None, "2024-09-02"),  # 1 September 2024 is a Sunday
        ("2027-05-31", None, "2027-08-02"),  # ends on Saturday 31 July: r.12(2) only
        ("2026-07-01", None, "2026-09-01"),  # ends on 1 September itself
        ("2026-03-25", None, "2026-05-26"),  # the spring bank holiday
        ("2026-01-10", "2026-01-31", "2026-03-10"),
        ("2026-01-10", "2026-02-28", "2026-03-30"),  # 28 March is a Saturday
    ],
)
def test_an_appeal_is_in_time_until(sent: str, certificate: str | None, expected: str) -> None:
    issued = day(certificate) if certificate else None
    reading = only("K9", ClockFacts(notice_sent=day(sent), certificate_issued=issued))
    assert reading.starts == day(sent)
    assert reading.due == appeal_due(day(sent), issued) == day(expected)


def test_without_the_notice_an_appeal_is_counted_from_the_certificate_and_says_so() -> None:
    reading = only("K9", ClockFacts(certificate_issued=day("2026-03-20")))
    assert (reading.starts, reading.due) == (day("2026-03-20"), day("2026-04-20"))
    assert "notice is not given" in reading.counted and "may be later" in reading.counted


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            "assess",
            [("tell", "2026-05-27"), ("no_plan", "2026-07-22"), ("final_plan", "2026-08-19")],
        ),
        ("issue_plan", [("draft", "2026-06-17"), ("final_plan", "2026-07-29")]),
        ("amend_contents", [(None, "2026-06-17")]),
        ("school_only", [(None, "2026-05-27")]),
        ("continue", [(None, "2026-05-13")]),
        ("continue_and_amend", [(None, "2026-06-17")]),
        ("reconsider", [(None, "2026-05-27")]),
    ],
)
def test_an_agreed_step_that_could_be_appealed_is_due(
    step: str, expected: list[tuple[str | None, str]]
) -> None:
    agreed = day("2026-05-13")
    readings = read_clocks(ClockFacts(agreement_made=agreed, steps=(step,)))
    assert [(r.clock, r.part, r.due) for r in readings] == [
        ("K12", part, day(text)) for part, text in expected
    ]
    assert all(f"step {step}" in r.counted for r in readings)
    assert step_due(step, agreed) == {part: day(text) for part, text in expected}


def test_a_step_that_could_not_be_appealed_has_two_weeks() -> None:
    facts = ClockFacts(agreement_made=day("2026-05-13"), steps=("other",))
    assert [(r.clock, r.part, r.due) for r in read_clocks(facts)] == [
        ("K10", None, day("2026-05-27"))
    ]
    assert step_due("other", day("2026-05-13")) == {None: day("2026-05-27")}


def test_an_agreement_without_a_step_says_which_steps_its_date_is_for() -> None:
    reading = only("K10", ClockFacts(agreement_made=day("2026-05-13")))
    assert "could not be appealed" in reading.counted


def test_steps_are_read_once_each_in_the_order_given() -> None:
    facts = ClockFacts(
        agreement_made=day("2026-05-13"),
        steps=("school_only", "issue_plan", "other", "school_only"),
    )
    assert [(r.clock, r.part) for r in read_clocks(facts)] == [
        ("K10", None),
        ("K12", None),
        ("K12", "draft"),
        ("K12", "final_plan"),
    ]


def test_the_board_reports_within_a_week_only_after_a_mediation_about_health_alone() -> None:
    agreed = day("2026-05-13")
    reading = only("K11", ClockFacts(agreement_made=agreed, authority_told_icb=day("2026-04-20")))
    assert (reading.starts, reading.due) == (agreed, day("2026-05-20"))
    assert "no party" in reading.counted
    assert "K11" not in {r.clock for r in read_clocks(ClockFacts(agreement_made=agreed))}


@pytest.mark.parametrize(
    ("family", "adviser", "setting", "starts"),
    [
        ("2026-03-02", "2026-03-05", "earlier", "2026-03-02"),
        ("2026-03-05", "2026-03-02", "earlier", "2026-03-02"),
        ("2026-03-02", "2026-03-05", "adviser", "2026-03-05"),
        ("2026-03-05", "2026-03-02", "family", "2026-03-05"),
    ],
)
def test_the_mediation_clock_runs_from_the_fact_that_is_set(
    family: str, adviser: str, setting: str, starts: str
) -> None:
    facts = ClockFacts(
        family_informed_authority=day(family), adviser_informed_authority=day(adviser)
    )
    (reading,) = read_clocks(facts, on_k5=setting)  # type: ignore[arg-type]
    assert reading.starts == day(starts)
    assert reading.due == day(starts) + timedelta(days=30)
    used = "family" if starts == family else "adviser"
    assert f"Counted from {used}_informed_authority" in reading.counted


def test_the_mediation_clock_runs_from_the_only_fact_known_whatever_is_set() -> None:
    facts = ClockFacts(adviser_informed_authority=day("2026-03-02"))
    (reading,) = read_clocks(facts, on_k5="family")
    assert reading.due == day("2026-04-01")


def test_readings_are_ordered_by_the_number_of_the_clock() -> None:
    a_day = day("2026-03-04")
    names = [f for f in ClockFacts.__dataclass_fields__ if f != "steps"]
    facts = ClockFacts(**dict.fromkeys(names, a_day), steps=("other", "assess"))
    clocks = [reading.clock for reading in read_clocks(facts)]
    assert clocks == [f"K{n}" for n in range(1, 12)] + ["K12"] * 3


def test_no_facts_run_no_clock() -> None:
    assert read_clocks(ClockFacts()) == []


@pytest.mark.parametrize(
    ("clock", "facts", "words"),
    [
        ("K1", ClockFacts(notice_sent=date(2025, 12, 31)), ["February 2026 has no day 31"]),
        ("K1", ClockFacts(notice_sent=date(2025, 12, 31)), ["does not move", "never a bar"]),
        ("K2", ClockFacts(declined_mediation=date(2026, 4, 1)), ["Good Friday", "Easter Monday"]),
        ("K3", ClockFacts(health_told_authority=date(2026, 3, 2)), ["No weekend or bank holiday"]),
        ("K5", ClockFacts(adviser_informed_authority=date(2026, 3, 5)), ["does not move"]),
        ("K6", ClockFacts(meeting_on=date(2026, 6, 15)), ["back from the meeting", "consents"]),
        (
            "K9",
            ClockFacts(notice_sent=date(2025, 10, 1), certificate_issued=date(2025, 11, 29)),
            ["The later counts: Mon 29 December 2025", "after 1 January: Fri 2 January 2026"],
        ),
        ("K9", ClockFacts(notice_sent=date(2026, 6, 10)), ["after 31 August: Tue 1 September"]),
        ("K9", ClockFacts(notice_sent=date(2026, 3, 25)), ["Spring Bank Holiday", "Tue 26 May"]),
        ("K9", ClockFacts(notice_sent=date(2026, 6, 10)), ["No certificate", "not barred"]),
    ],
)
def test_a_reading_says_how_it_was_counted(clock: str, facts: ClockFacts, words: list[str]) -> None:
    counted = only(clock, facts).counted
    assert [word for word in words if word not in counted] == []


def test_a_fact_from_before_part_3_began_is_refused_by_name() -> None:
    assert read_clocks(ClockFacts(notice_sent=day("2014-09-01")))
    with pytest.raises(FactRefused, match=r"notice_sent=2014-08-31 .* 1 September 2014") as refused:
        read_clocks(ClockFacts(notice_sent=day("2014-08-31")))
    assert refused.value.fact == "notice_sent"
    with pytest.raises(ClockError, match="K1 was not law on 2014-08-31"):
        due("K1", day("2014-08-31"))
    with pytest.raises(ClockError, match="not law"):
        appeal_due(day("2014-08-31"))


def test_a_fact_too_far_ahead_to_know_its_holidays_is_refused() -> None:
    assert read_clocks(ClockFacts(notice_sent=day("2099-12-31"), meeting_on=day("2099-12-31")))
    with pytest.raises(FactRefused, match="too far ahead"):
        read_clocks(ClockFacts(notice_sent=day("2100-01-01")))


def test_steps_without_an_agreement_or_of_no_known_kind_are_refused() -> None:
    with pytest.raises(FactRefused, match="agreement_made"):
        read_clocks(ClockFacts(steps=("assess",)))
    with pytest.raises(FactRefused, match="issue_plan"):
        read_clocks(ClockFacts(agreement_made=day("2026-05-13"), steps=("asess",)))
    with pytest.raises(ClockError, match="issue_plan"):
        step_due("asess", day("2026-05-13"))


def test_a_clock_or_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ClockError, match="no clock K13"):
        due("K13", day("2026-05-13"))
    with pytest.raises(ClockError, match="no clock K12 assess draft"):
        due("K12", day("2026-05-13"), "draft", step="assess")
