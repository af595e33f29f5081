"""What a change of a contract means in money, told before it is recorded."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from billing.contracts.pricing import fee_for
from billing.invoices.drafting import draft_lines
from billing.ledger.account import Account
from billing.ledger.accounts import load_accounts
from billing.periods import billing_period
from billing.vat import vat_groups
from saas.database.scope import ScopedSession
from saas.web.money import pounds


@dataclass(frozen=True)
class Money:
    """What is due under a contract: pence, without VAT but for `next_vat`.

    `to_adjust` is what days billed already make due still, below zero where they give back.
    """

    fees_to_end: int
    to_adjust: int
    next_net: int
    next_vat: int


NOTHING = Money(0, 0, 0, 0)


def money_of(account: Account, today: dt.date) -> Money:
    """What is due under a contract: its fees to the end, and what would be billed today."""
    period = billing_period(today, account.frequency, account.anchor)
    drafted = draft_lines(account, period, usage_to=today, tax_point=today)
    groups = vat_groups((line.vat, line.vat_rate, line.net_pence) for line in drafted.lines)
    return Money(
        fee_for(account.terms, account.starts_on, account.term, account.anchor),
        sum(x.net_pence for x in drafted.lines if x.kind in ("fee_adjustment", "usage_credit")),
        drafted.net_pence,
        sum(group.vat_pence for group in groups),
    )


def money_under(session: ScopedSession, contract_id: uuid.UUID, today: dt.date) -> Money:
    """What is due under one contract of the session's tenant; nothing, if it is called off."""
    session.flush()
    session.expire_all()
    accounts = {contract.id: account for contract, account in load_accounts(session)}
    return money_of(accounts[contract_id], today) if contract_id in accounts else NOTHING


def told_before(
    session: ScopedSession, contract_id: uuid.UUID, act: Callable[[], object], *, today: dt.date
) -> list[str]:
    """What an act on a contract changes in money, in sentences. The act is done and undone.

    Raises:
        BillingRefused: whatever the act refuses.
    """
    before = money_under(session, contract_id, today)
    with session.begin_nested() as point:
        act()
        after = money_under(session, contract_id, today)
        point.rollback()
    session.expire_all()
    return differences_in_words(before, after)


def differences_in_words(before: Money, after: Money) -> list[str]:
    """The difference as people say it."""
    if before == after:
        return ["Nothing changes in money: neither what was billed nor what will be"]
    told = []
    if before.fees_to_end != after.fees_to_end:
        told.append(
            "The fees of the whole contract come to "
            f"{pounds(after.fees_to_end)} instead of {pounds(before.fees_to_end)}, without VAT"
        )
    change = after.to_adjust - before.to_adjust
    if change:
        told.append(
            f"Of what was billed already, {pounds(abs(change))} without VAT "
            f"{'is given back' if change < 0 else 'is charged on top'}"
        )
    if (before.next_net, before.next_vat) != (after.next_net, after.next_vat):
        told.append(f"If it were billed today: {_with_vat(after)}, instead of {_with_vat(before)}")
    if after.next_net < 0:
        told.append(
            "That is less than nothing: where no invoice is to follow, a credit note gives it back"
        )
    return told or ["Nothing changes in what would be billed today"]


def _with_vat(money: Money) -> str:
    return f"{pounds(money.next_net)} and {pounds(money.next_vat)} VAT"
