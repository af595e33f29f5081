"""What must hold of every clock on every day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from saas.reference.working_days import is_working_day
from tenants.law.clocks import (
    CLOCK_LAW,
    FACT_NAMES,
    ClockFacts,
    appeal_due,
    due,
    read_clocks,
)
from tenants.law.counting import add_months
from tenants.law.decisions import STEP_KINDS

DAYS = st.dates(date(2014, 9, 1), date(2099, 12, 31))
KEYS = st.sampled_from(sorted(CLOCK_LAW.versions, key=str))
WORKING_DAY_CLOCKS = {"K2", "K3", "K6", "K7", "K8"}
FACTS = st.builds(
    lambda dated, steps: ClockFacts(
        **dated, steps=tuple(steps) if "agreement_made" in dated else ()
    ),
    st.dictionaries(st.sampled_from(FACT_NAMES), DAYS, min_size=1),
    st.lists(st.sampled_from(sorted(STEP_KINDS)), max_size=4),
)


@given(FACTS)
def test_nothing_is_due_before_it_starts_but_the_notice_counted_back(facts: ClockFacts) -> None:
    for reading in read_clocks(facts):
        if reading.clock == "K6":
            assert reading.due < reading.starts
        else:
            assert reading.due >= reading.starts


@given(KEYS, DAYS, DAYS)
def test_a_later_start_is_never_due_earlier(
    key: tuple[str, str | None, str | None], one: date, other: date
) -> None:
    clock, step, part = key
    first, second = min(one, other), max(one, other)
    assert due(clock, first, part, step=step) <= due(clock, second, part, step=step)


@given(KEYS, DAYS, st.integers(1, 3))
def test_the_day_after_is_never_due_earlier(
    key: tuple[str, str | None, str | None], start: date, days: int
) -> None:
    clock, step, part = key
    later = date.fromordinal(start.toordinal() + days)
    if later <= date(2099, 12, 31):
        assert due(clock, start, part, step=step) <= due(clock, later, part, step=step)


@given(DAYS, DAYS, st.integers(0, 400))
def test_a_later_certificate_never_brings_the_appeal_forward(
    sent: date, issued: date, days: int
) -> None:
    later = min(date.fromordinal(issued.toordinal() + days), date(2099, 12, 31))
    assert appeal_due(sent) <= appeal_due(sent, issued) <= appeal_due(sent, max(later, issued))


@given(DAYS, st.integers(0, 30))
def test_months_keep_their_day_or_end_with_their_month(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == min(start.day, monthrange(end.year, end.month)[1])


@given(KEYS, DAYS)
def test_only_the_appeal_rolls_past_a_weekend(
    key: tuple[str, str | None, str | None], start: date
) -> None:
    clock, step, part = key
    (rule,) = CLOCK_LAW.versions[key]
    count, end = rule.counts[0], due(clock, start, part, step=step)
    if clock == "K9" or clock in WORKING_DAY_CLOCKS:
        return
    if count.unit == "months":
        assert end == add_months(start, count.length)
    else:
        days = count.length * (7 if count.unit == "weeks" else 1)
        assert (end - start).days == days


@given(st.sampled_from(sorted(WORKING_DAY_CLOCKS)), DAYS)
def test_clocks_of_working_days_end_on_one(clock: str, start: date) -> None:
    assert is_working_day(due(clock, start))


@given(DAYS, st.none() | DAYS)
def test_an_appeal_is_always_due_on_a_working_day_outside_the_tribunals_closed_days(
    sent: date, issued: date | None
) -> None:
    last = appeal_due(sent, issued)
    assert is_working_day(last)
    raw = max(add_months(sent, 2), add_months(issued, 1) if issued else date.min)
    if (raw.month, raw.day) >= (12, 25) or (raw.month, raw.day) == (1, 1):
        assert last.month == 1 and 2 <= last.day <= 5
    elif raw.month == 8:
        assert last.month == 9 and last.day <= 4
    else:
        # Good Friday to Tuesday is the longest run outside those days, or 24 to 27 December.
        assert 0 <= (last - raw).days <= 4


@given(FACTS, st.sampled_from(["earlier", "family", "adviser"]))
def test_every_reading_says_how_it_was_counted_and_by_which_law(
    facts: ClockFacts, on_k5: str
) -> None:
    for reading in read_clocks(facts, on_k5=on_k5):  # type: ignore[arg-type]
        assert reading.name and reading.source
        assert reading.counted.endswith(".") and "  " not in reading.counted
        assert reading.starts in facts.dated().values()


@given(FACTS)
def test_the_quick_way_and_the_way_with_words_agree(facts: ClockFacts) -> None:
    steps = facts.steps or ("other",)
    for reading in read_clocks(facts):
        if reading.clock == "K9":
            if facts.notice_sent:
                assert reading.due == appeal_due(facts.notice_sent, facts.certificate_issued)
        elif reading.clock == "K12":
            quick = {
                due("K12", reading.starts, part, step=kind)
                for (clock, kind, part) in CLOCK_LAW.versions
                if clock == "K12" and kind in steps and part == reading.part
            }
            assert reading.due in quick
        else:
            assert reading.due == due(reading.clock, reading.starts)
