"""What an authority was billed and has paid, as finance and as the authority see it."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from billing.debts.actions import find_pause
from billing.debts.aged_debtors import statement_of_account
from billing.doors import authority, finance
from billing.ledger.balances import balances, unapplied, unapplied_pence
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import today


@finance.page("/<authority>/account", permission=Permission.SEE_ACCOUNTS)
def account(session: ScopedSession) -> ResponseReturnValue:
    return _account_page(
        session,
        "billing/account_pages/finance_account.html",
        tenancy=the_tenancy(),
        unapplied=unapplied(session),
        pause=find_pause(session, None),
    )


@authority.page("/account-statement", permission=Permission.SEE_OWN_INVOICES)
def own_account(session: ScopedSession) -> ResponseReturnValue:
    return _account_page(
        session,
        "billing/account_pages/authority_account.html",
        held_pence=unapplied_pence(session),
    )


def _account_page(session: ScopedSession, template: str, **words: object) -> ResponseReturnValue:
    return render_template(
        template,
        entries=statement_of_account(session),
        balances=[b for b in balances(session) if b.owed_pence],
        today=today(),
        **words,
    )
