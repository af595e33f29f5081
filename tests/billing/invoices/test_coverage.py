"""Issue 12, point 2: nothing unbilled goes silent; each day is billed once or named."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from billing.checking import unbilled
from billing.invoices.coverage import Covered, coverage, gaps, use_without_contract
from billing.ledger.account import Account, BilledFee, Event
from billing.periods import FREQUENCY_MONTHS, ONE_DAY, Period
from saas.identity.permissions import ProviderRole
from tests.billing.making import account_of, contract_for, issue_period, terms
from tests.factories import client_of, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")

STARTS = dt.date(2025, 4, 1)
Y2 = dt.date(2026, 4, 1)
days = st.dates(min_value=dt.date(2024, 1, 1), max_value=dt.date(2029, 12, 31))


def account(
    starts: dt.date, ends: dt.date, *billed: Period, frequency: str = "quarterly"
) -> Account:
    return Account(
        reference="A",
        starts_on=starts,
        ends_on=ends,
        frequency=frequency,
        terms=(terms(effective_from=dt.date(2000, 1, 1)),),
        billed_fees=tuple(BilledFee(one, 1) for one in billed),
    )


def test_a_contract_that_was_never_invoiced_is_named_whole_and_for_ever() -> None:
    """From 1 April 2025, seen in July 2026: five quarters, not one warning about one of them."""
    never = account(STARTS, dt.date(2028, 3, 31))
    assert gaps(never, dt.date(2026, 7, 2)) == [Period(STARTS, dt.date(2026, 6, 30))]
    states = [one.state for one in coverage(never, dt.date(2026, 7, 2))]
    assert states == [Covered.GAP, Covered.DUE, Covered.AHEAD]


def test_who_pays_by_use_alone_has_no_gap() -> None:
    by_use = dataclasses.replace(
        account(STARTS, dt.date(2026, 3, 31)),
        terms=(terms(effective_from=STARTS, annual_fee_pence=0),),
    )
    assert gaps(by_use, dt.date(2026, 7, 2)) == []
    assert [one.state for one in coverage(by_use, dt.date(2026, 7, 2))] == [Covered.FREE]


def test_a_hole_between_two_invoices_is_a_gap_of_its_days() -> None:
    holed = account(
        STARTS,
        dt.date(2026, 3, 31),
        Period(STARTS, dt.date(2025, 6, 30)),
        Period(dt.date(2025, 8, 1), dt.date(2026, 3, 31)),
    )
    assert gaps(holed, dt.date(2027, 1, 1)) == [Period(dt.date(2025, 7, 1), dt.date(2025, 7, 31))]


def test_what_another_system_billed_before_is_no_gap() -> None:
    moved = dataclasses.replace(account(STARTS, dt.date(2028, 3, 31)), billed_from=Y2)
    assert gaps(moved, dt.date(2026, 7, 2)) == [Period(Y2, dt.date(2026, 6, 30))]


@st.composite
def lives(draw: st.DrawFn) -> tuple[Account, dt.date]:
    """A contract of any length, billed in any stretches, seen on any day."""
    starts = draw(days)
    length = draw(st.integers(min_value=1, max_value=1500))
    billed = []
    for _ in range(draw(st.integers(min_value=0, max_value=5))):
        first = starts + draw(st.integers(min_value=-30, max_value=length)) * ONE_DAY
        last = first + draw(st.integers(min_value=0, max_value=400)) * ONE_DAY
        billed.append(Period(first, last))
    frequency = draw(st.sampled_from(sorted(FREQUENCY_MONTHS)))
    ends = starts + (length - 1) * ONE_DAY
    one = account(starts, ends, *billed, frequency=frequency)
    here = draw(st.none() | st.dates(min_value=starts, max_value=ends))
    return dataclasses.replace(one, billed_from=here), draw(days)


@given(lives())
def test_over_any_life_of_a_contract_each_day_is_billed_once_or_named(
    life: tuple[Account, dt.date],
) -> None:
    one, today = life
    stretches = coverage(one, today)
    told = [
        (stretch.days.first + n * ONE_DAY, stretch.state)
        for stretch in stretches
        for n in range(stretch.days.days)
    ]
    wanted = [one.starts_on + n * ONE_DAY for n in range(one.term.days)]
    assert [day for day, _ in told] == wanted
    for day, state in told:
        billed = any(day in fee.covers for fee in one.billed_fees)
        assert (state is Covered.BILLED) == billed
        before = one.billed_from is not None and day < one.billed_from
        assert (state is Covered.ELSEWHERE) == (before and not billed)
        if state is Covered.GAP:
            assert day < today
        if state is Covered.AHEAD:
            assert day > today


def test_use_on_days_without_a_contract_is_named() -> None:
    def used(on: dt.date, *, standing: bool = True) -> Event:
        return Event(uuid.uuid4(), "mediation", on, "TRA-2026-0001", standing=standing)

    inside, outside = used(STARTS), used(STARTS - ONE_DAY)
    gone = used(STARTS - 2 * ONE_DAY, standing=False)
    one = account(STARTS, dt.date(2026, 3, 31))
    with_use = dataclasses.replace(one, events=(inside, outside, gone))
    assert use_without_contract([with_use]) == [outside]


def test_the_check_and_the_page_name_a_gap_and_no_day_is_missed_once_it_is_billed(
    fresh_app: Flask,
) -> None:
    silent, whole = make_tenant(fresh_app), make_tenant(fresh_app)
    contract_for(silent)
    account_of(fresh_app, whole)
    issue_period(fresh_app, whole)
    faults = unbilled(dt.date(2026, 8, 1))
    assert len(faults) == 1
    assert faults[0].startswith(f"{silent.slug}, contract ")
    assert "2026-04-01 to 2026-06-30 was never billed" in faults[0]
    result = fresh_app.test_cli_runner().invoke(args=["billing", "check"])
    finance = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.FINANCE))
    assert "Due now" in finance.get(f"/finance/{silent.slug}/contract").text
    assert "Billed" in finance.get(f"/finance/{whole.slug}/contract").text
    # By the day of the machine, which may be before any of it is due.
    assert result.exit_code == (1 if "never billed" in result.output else 0)
