"""What must hold of every account, whatever is done to it and in whatever order."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from billing.contracts.pricing import (
    Service,
    ServicePrice,
    Terms,
    allowance,
    contract_year,
    fee_for,
    terms_on,
)
from billing.invoices.drafting import draft_lines, fee_cells
from billing.invoices.drafts import Drafted
from billing.ledger.account import Account, BilledFee, Event
from billing.periods import ONE_DAY, Period, add_months, financial_year
from billing.vat import Treatment, vat_groups
from tests.billing.making import terms

START = dt.date(2026, 4, 1)
END = dt.date(2028, 3, 31)
DAYS = st.dates(START, END)
RATES = ((dt.date(2011, 1, 4), Decimal(20)), (dt.date(2027, 1, 1), Decimal("17.5")))


def histories(start: dt.date) -> st.SearchStrategy[list[Terms]]:
    changes = st.lists(
        st.tuples(st.dates(start + ONE_DAY, END), st.integers(0, 30_000_000)),
        max_size=4,
        unique_by=lambda change: change[0],
    )
    return st.builds(
        lambda first, rest: [
            terms(effective_from=start, annual_fee_pence=first),
            *(terms(effective_from=day, annual_fee_pence=fee) for day, fee in sorted(rest)),
        ],
        st.integers(0, 30_000_000),
        changes,
    )


@given(start=st.dates(START, dt.date(2027, 6, 1)), data=st.data())
def test_any_split_of_a_period_sums_to_the_whole(start: dt.date, data: st.DataObject) -> None:
    history = data.draw(histories(start))
    last = data.draw(st.dates(start, END))
    cuts = sorted(data.draw(st.sets(st.dates(start, last), max_size=6)) | {start})
    parts = [
        Period(first, (after or last + ONE_DAY) - ONE_DAY)
        for first, after in zip(cuts, [*cuts[1:], None], strict=True)
    ]
    assert sum(fee_for(history, start, part) for part in parts) == fee_for(
        history, start, Period(start, last)
    )


@given(fee=st.integers(0, 100_000_000), year=st.integers(2026, 2040))
def test_a_whole_year_at_one_price_costs_that_price(fee: int, year: int) -> None:
    whole = financial_year(dt.date(year, 5, 1))
    history = [terms(effective_from=whole.first, annual_fee_pence=fee)]
    assert fee_for(history, whole.first, whole) == fee
    months = [
        Period(add_months(whole.first, n), add_months(whole.first, n + 1) - ONE_DAY)
        for n in range(12)
    ]
    shares = [fee_for(history, whole.first, month) for month in months]
    assert sum(shares) == fee and max(shares) - min(shares) <= 1


@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from([Treatment.STANDARD, Treatment.EXEMPT]),
            st.integers(-10_000_000, 10_000_000),
        ),
        max_size=12,
    )
)
def test_vat_is_the_rate_of_the_sum_of_each_rate(lines: list[tuple[Treatment, int]]) -> None:
    groups = vat_groups(
        (kind, Decimal(20) if kind is Treatment.STANDARD else Decimal(0), net)
        for kind, net in lines
    )
    assert sum(group.net_pence for group in groups) == sum(net for _, net in lines)
    for group in groups:
        assert abs(group.net_pence * group.rate / 100 - group.vat_pence) <= Decimal("0.5")


class AccountLife(RuleBasedStateMachine):
    """An account that is used, reversed, amended and billed at random.

    It is kept here as the database keeps it: events with their price, fees with their days.
    """

    def __init__(self) -> None:
        super().__init__()
        self.history = [self.some_terms(START, 4_800_000, 3)]
        self.events: dict[uuid.UUID, Event] = {}
        self.fees: list[BilledFee] = []
        self.net_billed = 0
        # The net that stands billed of each use, and of all fees, by its VAT.
        self.vat_of_use: dict[uuid.UUID, tuple[Treatment, Decimal]] = {}
        self.ids = 0

    @staticmethod
    def some_terms(
        day: dt.date, fee: int, included: int | None, vat: Treatment = Treatment.STANDARD
    ) -> Terms:
        prices = {
            Service.MEDIATION: ServicePrice(included, 70_000, vat),
            Service.FACILITATION: ServicePrice(1, 50_000, Treatment.EXEMPT),
        }
        return terms(effective_from=day, annual_fee_pence=fee, prices=prices, late_fee_vat=vat)

    @property
    def account(self) -> Account:
        return Account(
            reference="SEND",
            starts_on=START,
            ends_on=END,
            frequency="quarterly",
            terms=self.history,
            billed_fees=self.fees,
            events=list(self.events.values()),
        )

    @rule(
        on=DAYS,
        kind=st.sampled_from(["mediation", "mediation", "mediation", "facilitation",
                              "late_cancellation", "expense"]),
        amount=st.integers(1, 90_000),
    )  # fmt: skip
    def use(self, on: dt.date, kind: str, amount: int) -> None:
        self.ids += 1
        made = Event(
            uuid.UUID(int=self.ids), kind, on, "EXA-2026-0001",
            amount_pence=amount if kind == "expense" else None,
            notice_days=amount % 7 if kind == "late_cancellation" else None,
        )  # fmt: skip
        self.events[made.id] = made

    @rule(pick=st.integers(0, 10_000))
    def reverse(self, pick: int) -> None:
        standing = [e for e in self.events.values() if e.standing]
        if standing:
            event = standing[pick % len(standing)]
            self.events[event.id] = replace(event, standing=False)

    @rule(
        day=st.dates(START + ONE_DAY, END),
        fee=st.integers(0, 20_000_000),
        included=st.integers(0, 8),
        vat=st.sampled_from(Treatment),
    )
    def amend(self, day: dt.date, fee: int, included: int, vat: Treatment) -> None:
        if all(t.effective_from != day for t in self.history):
            self.history.append(self.some_terms(day, fee, included, vat))

    @rule(quarter=st.integers(0, 7), late=st.booleans())
    def bill(self, quarter: int, late: bool) -> None:
        period = self.quarter(quarter)
        drafted = self.draft(period, period.last if late else period.first)
        self.take(drafted)
        again = self.draft(period, period.last if late else period.first)
        assert again.lines == (), "a second run has nothing left to bill"

    @staticmethod
    def quarter(number: int) -> Period:
        first = add_months(START, 3 * number)
        return Period(first, add_months(first, 3) - ONE_DAY)

    def draft(self, period: Period, usage_to: dt.date) -> Drafted:
        return draft_lines(
            self.account, period, usage_to=usage_to, tax_point=period.first, rates=RATES
        )

    def take(self, drafted: Drafted) -> None:
        """What issuing does."""
        assert sum(line.net_pence for line in drafted.lines) == drafted.net_pence
        named: list[uuid.UUID] = []
        for line in drafted.lines:
            if line.kind in ("fee", "fee_adjustment"):
                self.fees.append(BilledFee(line.covers, line.net_pence, (line.vat, line.vat_rate)))
            named += line.usage
            for one in line.usage:
                credited = line.kind == "usage_credit"
                assert (self.events[one].billed_price is not None) is credited
                if credited:
                    assert (line.vat, line.vat_rate) == self.vat_of_use.pop(one), (
                        "a credit takes back the VAT that was billed"
                    )
                else:
                    self.vat_of_use[one] = (line.vat, line.vat_rate)
                self.events[one] = replace(
                    self.events[one],
                    billed_price=None if credited else line.unit_price_pence,
                    billed_vat=self.vat_of_use.get(one),
                )
        assert len(named) == len(set(named)), "nothing is twice on one invoice"
        self.net_billed += drafted.net_pence

    @invariant()
    def no_day_is_billed_twice(self) -> None:
        covered = sorted({fee.covers for fee in self.fees})
        for before, after in pairwise(covered):
            assert before.last < after.first

    def teardown(self) -> None:
        """At the end everything is billed once, and nothing is left out."""
        for number in range(8):
            self.take(self.draft(self.quarter(number), self.quarter(number).last))
        self.take(self.draft(self.quarter(7), END))
        sums: defaultdict[Period, int] = defaultdict(int)
        for fee in self.fees:
            sums[fee.covers] += fee.net_pence
        cells = {c for n in range(8) for c in fee_cells(self.account, self.quarter(n))}
        assert sums.keys() == cells
        for cell, net in sums.items():
            assert net == fee_for(self.history, START, cell)
        assert sum(sums.values()) == fee_for(self.history, START, Period(START, END))
        charged = 0
        for service in (Service.MEDIATION, Service.FACILITATION):
            charged += self.check_service(service)
        for event in self.events.values():
            if event.kind in ("expense", "late_cancellation"):
                price = self.due_by_itself(event)
                assert (event.billed_price or 0) == price
                charged += price
        assert self.net_billed == sum(sums.values()) + charged

    def check_service(self, service: Service) -> int:
        by_year: defaultdict[Period, list[Event]] = defaultdict(list)
        for event in self.events.values():
            if event.kind == service.value:
                by_year[contract_year(START, event.on)].append(event)
        charged = 0
        for year, found in by_year.items():
            used = sum(e.standing for e in found)
            billed = [e for e in found if e.billed_price is not None]
            assert all(e.standing for e in billed)
            included = allowance(self.history, service, year)
            assert included is not None
            # Allowance used + overage = use.
            assert min(used, included) + len(billed) == used
            charged += sum(e.billed_price or 0 for e in billed)
        return charged

    def due_by_itself(self, event: Event) -> int:
        if not event.standing:
            return 0
        if event.kind == "expense":
            return event.amount_pence or 0
        return terms_on(self.history, event.on).late_fee(event.notice_days or 0)


AccountLife.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestAccountLife = AccountLife.TestCase
