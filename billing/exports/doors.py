"""Reports and downloads for finance."""

from __future__ import annotations

from flask import current_app, flash, render_template, request
from flask.typing import ResponseReturnValue

from billing.contracts.queries import (
    contracts_everywhere,
    names_of_authorities,
    prefixes_of_authorities,
)
from billing.contracts.renewals import is_to_renew, last_day_of_notice
from billing.doors import finance
from billing.exports import figures
from billing.exports.files import FILES, RECEIPT_FILES, LedgerCodes, account_references
from billing.periods import Period, PeriodRefused, parse_period, quarter_of
from billing.runs.explaining import SHORT_WORDS
from billing.vat import TREATMENT_WORDS
from saas.database.scope import ScopedSession
from saas.database.streaming import begun_alongside
from saas.identity.permissions import Permission
from saas.web.downloads import streamed_csv_file
from saas.web.today import today


def _asked() -> Period:
    try:
        return parse_period(request.args.get("period", ""))
    except PeriodRefused as refused:
        if request.args.get("period"):
            flash(str(refused), "problem")
        return quarter_of(today())


@finance.page("/reports", permission=Permission.SEE_ACCOUNTS)
def reports(session: ScopedSession) -> ResponseReturnValue:
    period, day = _asked(), today()
    found = figures.documents(session, period)
    names = names_of_authorities(session)
    return render_template(
        "billing/exports/finance_reports.html",
        period=period,
        vat=figures.vat_summary(found),
        treatment_words=TREATMENT_WORDS,
        by_authority=[
            {"name": names[tenant].name, "value": net, "label": f"£{net / 100:,.2f}"}
            for tenant, net in figures.revenue_by_authority(found).items()
            if net > 0
        ],
        by_service=[
            {"name": SHORT_WORDS[clause], "value": net, "label": f"£{net / 100:,.2f}"}
            for clause, net in figures.revenue_by_service(found).items()
            if net > 0
        ],
        recurring=figures.recurring_revenue(session, day),
        renewals=sorted(
            (
                (names[c.tenant_id], c, last_day_of_notice(c.ends_on, c.notice_days))
                for c in contracts_everywhere(session)
                if is_to_renew(c.starts_on, c.ends_on, c.notice_days, day)
            ),
            key=lambda found: found[2],
        ),
        net=sum(d.sign * d.net_pence for d in found),
        count=len(found),
        today=day,
    )


@finance.page(
    "/reports/<any('sage-receipts','xero-receipts'):name>.csv", permission=Permission.SEE_ACCOUNTS
)
def export_receipts(session: ScopedSession, name: str) -> ResponseReturnValue:
    """The money of a period, so that the accounting program settles what it has."""
    period, names, codes = _asked(), names_of_authorities(session), _codes(session)
    with begun_alongside(session) as reading:
        head, rows = RECEIPT_FILES[name](figures.every_receipt(reading, period), codes, names)
        return streamed_csv_file(_name(name, period), head, rows, reading=reading)


def _codes(session: ScopedSession) -> LedgerCodes:
    names = names_of_authorities(session)
    return LedgerCodes.of(
        current_app.extensions["settings"],
        account_references(names, prefixes_of_authorities(session)),
    )


def _name(name: str, period: Period) -> str:
    return f"{name}-{period.first}-{period.last}.csv"


@finance.page("/reports/<any(sage,xero,invoices):name>.csv", permission=Permission.SEE_ACCOUNTS)
def export(session: ScopedSession, name: str) -> ResponseReturnValue:
    period, names, codes = _asked(), names_of_authorities(session), _codes(session)
    with begun_alongside(session) as reading:
        head, rows = FILES[name](figures.every_document(reading, period), names, codes)
        return streamed_csv_file(_name(name, period), head, rows, reading=reading)
