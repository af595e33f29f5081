"""The demo's contracts, purchase orders and invoices: invented, and made by the same actions."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from billing.addresses import ElectronicAddress, gln_with
from billing.contracts.actions import NewContract, add_order, keep_contact, make_contract
from billing.contracts.models import Contract
from billing.contracts.pricing import LateFee, Service, ServicePrice, Terms
from billing.contracts.targets import agree_targets
from billing.invoices.actions import draft_period
from billing.invoices.issuing import issue
from billing.ledger.invoices import InvoiceDraft
from billing.payments.layouts import Sample, keep_layout, layouts_of
from billing.periods import (
    FREQUENCY_MONTHS,
    ONE_DAY,
    Period,
    add_months,
    billing_periods,
    financial_year_start,
    previous_period,
    quarter_of,
)
from billing.refusal import BillingRefused
from billing.runs.asking import Asked, ask
from billing.runs.models import DRAFTING, ISSUING
from billing.runs.working import do_runs
from billing.supplier import Supplier
from billing.usage.past import enter_past_usage
from billing.vat import Treatment
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.account_outcomes import SHOWN_FIRST, consider_sent, settle
from saas.demo.debts import seed_base_rates
from saas.demo.parts import Parts
from saas.demo.put_right import put_accounts_right
from saas.demo.reminding import noon
from saas.identity.signed_in import Tenancy
from saas.reference.progress import ReportsProgress, silent

FORMATS = ("45000#####", "######", "1#######", "PO######", "@@######", None)
# Yearly fees in pounds, from a small unitary to a large county.
FEES = (38_000, 46_500, 58_000, 72_000, 88_500, 118_000, 164_000)
# What contracts ask for, in percents; the rest is left to the provider's own targets.
TARGETS = {
    "fixed_within_30": (85, 90, 95),
    "held_within_30": (75, 80, 85),
    "agreement_rate": (70, 75),
    "satisfaction": (85, 90),
}
NO_SUPPLY = "paid on the council's behalf and passed on at cost: a disbursement"
LARGE = ("hertfordshire", "essex", "kent", "surrey", "hampshire", "lancashire")


def seed_accounts(
    parts: Parts,
    tenancies: Sequence[Tenancy],
    *,
    today: dt.date,
    progress: ReportsProgress = silent,
) -> int:
    """Give each authority a contract, an order and the invoices of the year so far, as far as it
    has none; how many were given a contract.

    Runs inside an application context and opens its own scopes. Call it after the cases are
    there, so that use beyond the allowance is on the invoices.

    Args:
        progress: told after each authority.
    """
    supplier = Supplier.of(current_app.extensions["settings"])
    in_order = sorted(tenancies, key=lambda t: t.slug)
    with scoped(Scope.all_accounts(None)) as session:
        contracted = set(session.scalars(sa.select(Contract.tenant_id)))
    new = [tenancy for tenancy in in_order if tenancy.id not in contracted]
    for place, tenancy in enumerate(in_order):
        if tenancy in new:
            with parts.making(_account(tenancy)), parts.ids_for("the account", [tenancy]):
                _open_account(tenancy, place, supplier, today=today)
        progress("Contracts and invoices", place + 1, len(in_order))
    # Of an earlier release's demonstration no parts are known: there, what is contracted is told.
    untold = [
        (place, tenancy)
        for place, tenancy in enumerate(in_order)
        if parts.was_begun(_account(tenancy)) and not parts.is_whole(_outcome(tenancy))
    ]
    if not untold and DRAFTS not in parts.broken_off():
        return len(new)
    billed = [tenancy for place, tenancy in untold if not _has_no_order(place, tenancy)]
    if billed:
        with parts.making("the invoices of last quarter"), parts.ids_for("last quarter", billed):
            _run_last_quarter(billed, supplier, today=today)
    for place, tenancy in untold:
        with parts.making(_outcome(tenancy)), parts.ids_for("the outcome", [tenancy]):
            if tenancy in billed:
                settle(tenancy, place, supplier, today=today)
            put_accounts_right(tenancy, place, supplier, today=today)
    # What finance finds in the morning: the quarter drafted, with its exceptions.
    with parts.making(DRAFTS), parts.ids_for("this quarter", in_order):
        asked = [Asked(tenancy.id) for tenancy in in_order]
        ask(DRAFTING, quarter_of(today), asked, person=None, at=noon(today))
        do_runs(supplier, today=today, at=noon(today))
    return len(new)


DRAFTS = "the drafts of this quarter"


def _account(tenancy: Tenancy) -> str:
    return f"the account of {tenancy.name}"


def _outcome(tenancy: Tenancy) -> str:
    return f"what became of the invoices of {tenancy.name}"


def _open_account(tenancy: Tenancy, place: int, supplier: Supplier, *, today: dt.date) -> None:
    rng = random.Random(f"the account of {tenancy.slug} {today.isoformat()}")
    with scoped(Scope.provider(tenancy.id, None)) as session:
        enter_past_usage(session, since=financial_year_start(today), at=noon(today))
    with scoped(Scope.finance(tenancy.id, None)) as session:
        seed_base_rates(session, today=today)
        _name_a_banks_columns(session)
        _seed_one(session, tenancy, place, supplier, today=today, rng=rng)


def _name_a_banks_columns(session: ScopedSession) -> None:
    """One bank's files have headings that nobody knows: finance said what they hold."""
    if not layouts_of(session):
        sample = Sample(";", [["Entry", "Sum", "Side", "Text", "Party"]])
        columns = dict(enumerate(("date", "amount", "sign", "reference", "payer")))
        keep_layout(session, "Example Building Society", sample, columns, has_headings=True)


def _has_no_order(place: int, tenancy: Tenancy) -> bool:
    """A few show what finance does about an order that is missing; not the one shown first."""
    return place % 17 == 5 and tenancy.slug != SHOWN_FIRST


def _seed_one(
    session: ScopedSession,
    tenancy: Tenancy,
    place: int,
    supplier: Supplier,
    *,
    today: dt.date,
    rng: random.Random,
) -> None:
    """The contract, the order and the invoices of an authority."""
    year = financial_year_start(today)
    starts = dt.date(year.year - rng.choice((0, 1, 1, 2)), 4, 1)
    years = rng.choice((2, 3, 3, 4))
    ends = dt.date(starts.year + years, 3, 31)
    # All were extended in time but one, whose contract finance must see to.
    while ends < today and place % 17 != 9:
        ends = dt.date(ends.year + 1, 3, 31)
    pounds = FEES[-1] if tenancy.slug in LARGE else rng.choice(FEES[:-1])
    form = rng.choice(FORMATS)
    frequency = rng.choice(("quarterly",) * 6 + ("annual", "monthly"))
    at = noon(starts)
    keep_contact(
        session,
        customer_name=f"{tenancy.name} Council",
        address=f"Accounts payable\nCivic Centre\n{tenancy.name}",
        email=f"invoices@{tenancy.slug}.example",
        # Every fourth receives e-invoices on Peppol.
        peppol=(
            ElectronicAddress("0088", gln_with(f"50600{place:07d}")) if place % 4 == 1 else None
        ),
        # Most are e-mailed; some want them in their portal, some through Peppol.
        delivery="peppol" if place % 8 == 1 else "portal" if place % 8 == 3 else "email",
        portal=f"https://suppliers.{tenancy.slug}.example" if place % 8 == 3 else "",
        at=at,
    )
    contract = make_contract(
        session,
        NewContract(
            reference=f"SEND-{starts.year}-{place + 1:03d}",
            starts_on=starts,
            ends_on=ends,
            frequency="quarterly" if tenancy.slug == SHOWN_FIRST else frequency,
            extension_options=rng.choice((0, 1, 2)),
            extension_months=12,
            notice_days=rng.choice((90, 180)),
            po_format=form,
            indexation=rng.choice(("CPI", "CPI", None)),
            # The years before were billed before there was this service.
            billed_from=year if starts < year <= ends else None,
        ),
        _terms(starts, pounds * 100, rng, mixed_vat=place % 5 == 2),
        at=at,
    )
    # Every third contract names no targets of its own.
    if place % 3 != 2 or tenancy.slug == SHOWN_FIRST:
        agree_targets(
            session,
            contract,
            effective_from=starts,
            at_least={key: percents[place % len(percents)] for key, percents in TARGETS.items()},
            at=at,
        )
    if _has_no_order(place, tenancy):
        return
    # Who is invoiced once a year ordered it in two parts: the invoice draws on both.
    parts = (60, 90) if contract.frequency == "annual" else (160,)
    for percent in parts:
        _order(session, contract, form, pounds * 100, percent, today=today, rng=rng)
    _issue_past(session, contract, tenancy, supplier, today=today)


def _terms(starts: dt.date, fee: int, rng: random.Random, *, mixed_vat: bool) -> Terms:
    """What a contract of the demo costs; with `mixed_vat`, disbursements bear none."""
    # Enough for most of what was held; a few authorities go beyond it.
    mediations = fee // 80_000
    unlimited_mias = rng.random() < 0.4
    price = rng.choice((68_000, 72_500, 79_500))
    return Terms(
        effective_from=starts,
        annual_fee_pence=fee,
        prices={
            Service.MEDIATION: ServicePrice(mediations, price),
            Service.FACILITATION: ServicePrice(max(4, mediations // 4), price - 15_000),
            Service.MIAS: ServicePrice(None if unlimited_mias else mediations * 5, 9_500),
            Service.DISAGREEMENT_RESOLUTION: ServicePrice(max(2, mediations // 8), price),
        },
        late_fees=(LateFee(2, price // 2), LateFee(5, price // 4)),
        day_rate_pence=62_000,
        expenses_vat=Treatment.OUTSIDE_SCOPE if mixed_vat else Treatment.STANDARD,
        vat_reasons={Treatment.OUTSIDE_SCOPE: NO_SUPPLY} if mixed_vat else {},
    )


def _order(
    session: ScopedSession,
    contract: Contract,
    form: str | None,
    fee: int,
    percent: int,
    *,
    today: dt.date,
    rng: random.Random,
) -> None:
    """An order of a share of the yearly fee, and a little."""
    year = financial_year_start(today)
    signs = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    shape = form or "########"
    number = "".join(rng.choice(signs[sign]) if sign in signs else sign for sign in shape)
    add_order(
        session,
        contract,
        number=number,
        # Most councils order the fee and something for use beyond it.
        value_pence=fee * percent // 100 // 100_000 * 100_000 + 200_000,
        valid_from=year,
        valid_to=add_months(year, 12) - ONE_DAY,
        side=rng.choice(("authority", "finance")),
        at=noon(year),
    )


def _issue_past(
    session: ScopedSession,
    contract: Contract,
    tenancy: Tenancy,
    supplier: Supplier,
    *,
    today: dt.date,
) -> None:
    """Issue what a diligent finance has issued by today: every period of the year that began, but
    the present one, which waits as a draft, and last quarter, which a run issues for all."""
    year = financial_year_start(today)
    until = Period(year, today)
    months = FREQUENCY_MONTHS[contract.frequency]
    periods = [
        period
        for period in billing_periods(until, contract.frequency)
        if contract.starts_on <= period.first
        and period.first <= contract.ends_on
        and period != _last_quarter(today)
    ]
    for period in periods:
        # In advance, on the fifth day; what lies ahead of today is not issued yet.
        day = period.first + dt.timedelta(days=4)
        current = today in period and months < 12
        if day > today:
            continue
        made = draft_period(session, period, today=day, at=noon(day))
        for one in made:
            if one.draft is None or current:
                continue
            try:
                issue(
                    session,
                    one.draft,
                    supplier,
                    authority_name=tenancy.name,
                    today=day,
                    at=noon(day),
                )
            except BillingRefused:
                # An order that has run out: the draft waits, and shows finance what to ask for.
                return
            # What was sent in the demo's past is not sent again today.
            consider_sent(session, at=noon(day))


def _last_quarter(today: dt.date) -> Period:
    return previous_period(quarter_of(today))


def _run_last_quarter(billed: Sequence[Tenancy], supplier: Supplier, *, today: dt.date) -> None:
    """Draft and issue the last quarter of this year for all at once, as finance did on its day."""
    period = _last_quarter(today)
    if not billed or period.first < financial_year_start(today):
        return
    day = period.first + dt.timedelta(days=4)
    tenants = [tenancy.id for tenancy in billed]
    parts = [Asked(tenant) for tenant in tenants]
    ask(DRAFTING, period, parts, person=None, at=noon(day))
    do_runs(supplier, today=day, at=noon(day))
    with scoped(Scope.all_accounts(None)) as session:
        drafts = session.scalars(
            sa.select(InvoiceDraft).where(
                InvoiceDraft.tenant_id.in_(tenants),
                InvoiceDraft.period_from == period.first,
                InvoiceDraft.period_to == period.last,
            )
        )
        seen = {draft.tenant_id: Asked.draft_as_seen(draft) for draft in drafts}
    if not seen:
        return
    issuing = [seen[tenant] for tenant in tenants if tenant in seen]
    ask(ISSUING, period, issuing, person=None, at=noon(day) + dt.timedelta(hours=1))
    do_runs(supplier, today=day, at=noon(day) + dt.timedelta(hours=1))
