"""Issue 12: over random lives of a contract each of its days is billed once, or named.

It is amended, its VAT changes, it ends early, the end is taken back, and it is billed at any time
in between. Whatever the order: nothing is billed twice or left out, each treatment has its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from billing.contracts.pricing import Terms, fee_for
from billing.invoices.coverage import Covered, coverage
from billing.invoices.drafting import by_treatment, draft_lines
from billing.invoices.drafts import Drafted
from billing.ledger.account import Account, BilledFee
from billing.ledger.accounts import summed
from billing.periods import ONE_DAY, Period, add_months
from billing.vat import Treatment
from tests.billing.making import terms

START, END = dt.date(2026, 4, 1), dt.date(2028, 3, 31)
QUARTERS = st.integers(0, 7)


def quarter(number: int) -> Period:
    first = add_months(START, 3 * number)
    return Period(first, add_months(first, 3) - ONE_DAY)


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.history: list[Terms] = [terms(effective_from=START)]
        self.ends_on = END
        self.billed: list[BilledFee] = []

    @property
    def account(self) -> Account:
        return Account(
            reference="SEND-2026",
            starts_on=START,
            ends_on=self.ends_on,
            frequency="quarterly",
            terms=self.history,
            billed_fees=summed(self.billed),
        )

    @rule(
        day=st.dates(START, END),
        fee=st.integers(0, 20_000_000),
        vat=st.sampled_from((Treatment.STANDARD, Treatment.EXEMPT)),
    )
    def agree(self, day: dt.date, fee: int, vat: Treatment) -> None:
        """An amendment; of a day that has terms already it puts those right."""
        kept = [one for one in self.history if one.effective_from != day]
        changed = terms(effective_from=day, annual_fee_pence=fee)
        self.history = [*kept, replace(changed, fee_vat=vat)]

    @rule(day=st.dates(START, END))
    def end(self, day: dt.date) -> None:
        """Sooner, or later again."""
        self.ends_on = day

    @rule(number=QUARTERS)
    def bill(self, number: int) -> None:
        self.take(number)
        assert self.lines(number) == (), "a second run has nothing left to bill"

    def lines(self, number: int) -> tuple[object, ...]:
        return self.drafted(number).lines

    def drafted(self, number: int) -> Drafted:
        period = quarter(number)
        return draft_lines(
            self.account, period, usage_to=period.first, tax_point=dt.date(2026, 4, 1)
        )

    def take(self, number: int) -> None:
        """What issuing does, or a credit note where less than nothing is due."""
        self.billed += [
            BilledFee(line.covers, line.net_pence, (line.vat, line.vat_rate))
            for line in self.drafted(number).lines
        ]

    @invariant()
    def each_day_stands_once(self) -> None:
        days = coverage(self.account, END)
        assert sum(one.days.days for one in days) == (self.ends_on - START).days + 1
        for before, after in pairwise(days):
            assert before.days.last + ONE_DAY == after.days.first

    def teardown(self) -> None:
        for number in range(8):
            self.take(number)
        account = self.account
        assert {one.state for one in coverage(account, END)} == {Covered.BILLED}
        assert sum(fee.net_pence for fee in account.billed_fees) == fee_for(
            self.history, START, account.term
        )
        for vat in Treatment:
            due = sum(
                fee_for(self.history, START, piece)
                for piece, treatment in by_treatment(account, account.term)
                if treatment is vat
            )
            told = (fee for fee in account.billed_fees if fee.vat and fee.vat[0] is vat)
            assert sum(fee.net_pence for fee in told) == due


Life.TestCase.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)
TestLife = Life.TestCase
