"""What is read of use."""

from __future__ import annotations

import datetime as dt

from billing.contracts.models import Contract
from billing.ledger.accounts import load_accounts
from billing.usage.statement import Statement, statement_of_use
from saas.database.scope import ScopedSession


def use_under(session: ScopedSession, contract: Contract, *, on: dt.date) -> Statement:
    """The statement of use of a contract's year that a day is in."""
    for found, account in load_accounts(session):
        if found.id == contract.id:
            return statement_of_use(
                account.terms,
                account.starts_on,
                account.ends_on,
                account.events,
                on=on,
                prorated=account.prorated,
            )
    raise LookupError("the contract is not the session's tenant's")
