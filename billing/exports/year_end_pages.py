"""The end of a year: revenue by month, cash to come, and a letter of accruals per authority."""

from __future__ import annotations

import datetime as dt

from flask import render_template, request
from flask.typing import ResponseReturnValue

from billing.contracts.queries import contracts_everywhere, names_of_authorities
from billing.debts.writing_off import written_off_everywhere
from billing.doors import authority, finance
from billing.exports.figures import documents
from billing.exports.year_end import accrued, cash_to_come, recognised
from billing.ledger.accounts import load_accounts
from billing.ledger.balances import balances
from billing.ledger.orders_drawn import orders_everywhere
from billing.periods import Period, financial_year, financial_year_name
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import today

FIRST_DAY = dt.date(2000, 1, 1)
# How many years can be asked for, the present one first.
YEARS_BACK = 3


def _years() -> list[Period]:
    year = financial_year(today())
    return [
        Period(dt.date(year.first.year - back, 4, 1), dt.date(year.first.year - back + 1, 3, 31))
        for back in range(YEARS_BACK + 1)
    ]


def _asked_year() -> Period:
    asked = request.args.get("year", "")
    return next((one for one in _years() if financial_year_name(one.first) == asked), _years()[0])


@finance.page("/reports/year-end", permission=Permission.SEE_ACCOUNTS)
def year_end(session: ScopedSession) -> ResponseReturnValue:
    year, day = _asked_year(), today()
    rows = recognised(documents(session, Period(FIRST_DAY, year.last)), year)
    names = names_of_authorities(session)
    contracted = {
        one.tenant_id
        for one in contracts_everywhere(session)
        if year.within(one.starts_on, one.ends_on)
    }
    return render_template(
        "billing/exports/finance_year_end.html",
        year=year,
        year_name=financial_year_name(year.first),
        years=[financial_year_name(one.first) for one in _years()],
        rows=rows,
        to_come=cash_to_come(balances(session), day),
        written_off=written_off_everywhere(session),
        names=names,
        authorities=sorted((names[one] for one in contracted), key=lambda one: one.name),
        until=min(year.last, day),
        today=day,
    )


@finance.page("/<authority>/accruals", permission=Permission.SEE_ACCOUNTS)
def accruals_of(session: ScopedSession) -> ResponseReturnValue:
    return _letter(session, "billing/exports/finance_accruals.html", tenancy=the_tenancy())


@authority.page("/accruals", permission=Permission.SEE_OWN_INVOICES)
def own_accruals(session: ScopedSession) -> ResponseReturnValue:
    return _letter(session, "billing/exports/authority_accruals.html", tenancy=the_tenancy())


def _letter(session: ScopedSession, template: str, **words: object) -> ResponseReturnValue:
    """What was supplied by the end of the year, or by today, and is not billed, by contract."""
    year = _asked_year()
    on = min(year.last, today())
    orders = orders_everywhere(session)
    found = [
        (
            accrued(account, on),
            [
                order.number
                for order in reversed(orders.get(contract.id, ()))
                if order.valid_from <= on and order.valid_to >= year.first
            ],
        )
        for contract, account in load_accounts(session)
        if year.within(account.starts_on, account.ends_on)
    ]
    return render_template(
        template,
        on=on,
        found=found,
        net=sum(one.net_pence for one, _ in found),
        prepaid=sum(one.prepaid_pence for one, _ in found),
        year_name=financial_year_name(year.first),
        today=today(),
        **words,
    )
