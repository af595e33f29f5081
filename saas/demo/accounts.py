"""The demo's contracts, purchase orders and invoices: invented, and made by the same actions."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa
from flask import current_app

from billing.contracts.actions import NewContract, add_order, keep_contact, make_contract
from billing.contracts.models import Contract
from billing.contracts.pricing import LateFee, Service, ServicePrice, Terms
from billing.contracts.targets import agree_targets
from billing.credits.actions import credit, left_to_credit
from billing.debts.actions import remind
from billing.debts.reminding import STAGES
from billing.invoices.actions import draft_period
from billing.invoices.issuing import issue
from billing.invoices.models import Invoice, InvoiceDraft
from billing.payments.allocating import balance_of
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
from billing.tasks import BillingTask
from billing.usage.past import enter_past_usage
from billing.vat import Treatment
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.debts import chase, pay, pay_late, seed_base_rates
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
# The one that people look at first: billed by the quarter, with its order in place.
SHOWN_FIRST = "trafford"
NO_SUPPLY = "a cancellation charge is compensation, and outlay passed on at cost is a disbursement"
LARGE = ("hertfordshire", "essex", "kent", "surrey", "hampshire", "lancashire")


def seed_billing(
    tenancies: Sequence[Tenancy],
    *,
    today: dt.date,
    rng: random.Random,
    progress: ReportsProgress = silent,
) -> None:
    """Give each authority a contract, an order and the invoices of the year so far.

    Runs inside an application context and opens its own scopes. Call it after the cases are
    there, so that use beyond the allowance is on the invoices.

    Args:
        progress: told after each authority.
    """
    supplier = Supplier.of(current_app.extensions["settings"])
    in_order = sorted(tenancies, key=lambda t: t.slug)
    billed: list[Tenancy] = []
    for place, tenancy in enumerate(in_order):
        with scoped(Scope.provider(tenancy.id, None)) as session:
            enter_past_usage(session, since=financial_year_start(today), at=_noon(today))
        with scoped(Scope.finance(tenancy.id, None)) as session:
            if place == 0:
                seed_base_rates(session, today=today)
            if _seed_one(session, tenancy, place, supplier, today=today, rng=rng):
                billed.append(tenancy)
        progress("Contracts and invoices", place + 1, len(tenancies))
    _run_last_quarter(billed, supplier, today=today)
    for place, tenancy in enumerate(in_order):
        if tenancy in billed:
            _settle(tenancy, place, supplier, today=today, rng=rng)
    # What finance finds in the morning: the quarter drafted, with its exceptions.
    ask(
        DRAFTING,
        quarter_of(today),
        [Asked(tenancy.id) for tenancy in tenancies],
        person=None,
        at=_noon(today),
    )
    do_runs(supplier, today=today, at=_noon(today))


def _seed_one(
    session: ScopedSession,
    tenancy: Tenancy,
    place: int,
    supplier: Supplier,
    *,
    today: dt.date,
    rng: random.Random,
) -> bool:
    """The contract, the order and the invoices of an authority; whether it is billed at all."""
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
    at = _noon(starts)
    keep_contact(
        session,
        customer_name=f"{tenancy.name} Council",
        address=f"Accounts payable\nCivic Centre\n{tenancy.name}",
        email=f"invoices@{tenancy.slug}.example",
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
    # Trafford's is whole, because it is the one that people look at first. A few others show
    # what finance does about an order that is missing.
    without_order = place % 17 == 5 and tenancy.slug != SHOWN_FIRST
    if without_order:
        return False
    _order(session, contract, form, pounds * 100, today=today, rng=rng)
    _issue_past(session, contract, tenancy, supplier, today=today)
    return True


def _terms(starts: dt.date, fee: int, rng: random.Random, *, mixed_vat: bool) -> Terms:
    """What a contract of the demo costs; with `mixed_vat`, what is no supply bears none."""
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
        late_fee_vat=Treatment.OUTSIDE_SCOPE if mixed_vat else Treatment.STANDARD,
        expenses_vat=Treatment.OUTSIDE_SCOPE if mixed_vat else Treatment.STANDARD,
        vat_reasons={Treatment.OUTSIDE_SCOPE: NO_SUPPLY} if mixed_vat else {},
    )


def _order(
    session: ScopedSession,
    contract: Contract,
    form: str | None,
    fee: int,
    *,
    today: dt.date,
    rng: random.Random,
) -> None:
    year = financial_year_start(today)
    signs = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTUVWXYZ"}
    shape = form or "########"
    number = "".join(rng.choice(signs[sign]) if sign in signs else sign for sign in shape)
    add_order(
        session,
        contract,
        number=number,
        # Most councils order the fee and something for use beyond it.
        value_pence=fee * 160 // 100 // 100_000 * 100_000 + 200_000,
        valid_from=year,
        valid_to=add_months(year, 12) - ONE_DAY,
        side=rng.choice(("authority", "finance")),
        at=_noon(year),
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
        made = draft_period(session, period, today=day, at=_noon(day))
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
                    at=_noon(day),
                )
            except BillingRefused:
                # An order that has run out: the draft waits, and shows finance what to ask for.
                return
            # What was sent in the demo's past is not sent again today.
            _consider_sent(session, at=_noon(day))


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
    ask(DRAFTING, period, parts, person=None, at=_noon(day))
    do_runs(supplier, today=day, at=_noon(day))
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
    ask(ISSUING, period, issuing, person=None, at=_noon(day) + dt.timedelta(hours=1))
    do_runs(supplier, today=day, at=_noon(day) + dt.timedelta(hours=1))


def _settle(
    tenancy: Tenancy, place: int, supplier: Supplier, *, today: dt.date, rng: random.Random
) -> None:
    """What became of the invoices of an authority: paid, credited, reminded of, claimed for."""
    with scoped(Scope.finance(tenancy.id, None)) as session:
        _consider_sent(session, at=_noon(today))
        issued = list(
            session.scalars(
                sa.select(Invoice)
                .where(Invoice.tenant_id == tenancy.id)
                .order_by(Invoice.issued_on, Invoice.series_number)
            )
        )
        if tenancy.slug == SHOWN_FIRST:
            _pay_shown_first(session, issued, supplier, today=today)
        else:
            _pay_past(session, issued, place, today=today, rng=rng)
        _consider_sent(session, at=_noon(today))
        # Whoever is shown first has its late payer's story told already.
        known = [one.id for one in issued[tenancy.slug == SHOWN_FIRST :]]
    chase(tenancy.id, known, supplier, today=today, claims=place % 9 == 4)


def _pay_shown_first(
    session: ScopedSession, issued: Sequence[Invoice], supplier: Supplier, *, today: dt.date
) -> None:
    """One of everything: the first invoice was paid late, of the second something was taken back,
    and all but the first were paid in time."""
    for invoice in issued[:1]:
        pay_late(session, invoice, supplier, today=today)
    for number, invoice in enumerate(issued[1:]):
        if number == 0:
            _take_back_a_tenth(session, invoice, today=today)
        paid_on = invoice.due_on - dt.timedelta(days=4)
        if paid_on <= today:
            owed = balance_of(session, invoice).owed_pence
            pay(session, invoice, owed, on=paid_on, today=today)


def _pay_past(
    session: ScopedSession,
    issued: list[Invoice],
    place: int,
    *,
    today: dt.date,
    rng: random.Random,
) -> None:
    """Most pay in time; a few pay late, in part or not at all, and one had something taken back."""
    for number, invoice in enumerate(issued):
        last = number == len(issued) - 1
        if place % 9 == 4 and last:
            continue
        if place % 11 == 6 and last and len(issued) > 1:
            _take_back_a_tenth(session, invoice, today=today)
        days = rng.choice((-9, -6, -4, -2, -1, 0, 0, 3, 12))
        paid_on = invoice.due_on + dt.timedelta(days=days)
        if paid_on > today:
            continue
        reminded_on = invoice.due_on + dt.timedelta(days=STAGES[0])
        if reminded_on < paid_on:
            remind(session, invoice.id, today=reminded_on, at=_noon(reminded_on))
        owed = balance_of(session, invoice).owed_pence
        amount = owed // 2 if place % 13 == 8 and last else owed
        # One paid the sum of an older invoice: what is too much waits on no invoice.
        amount += 25_000 if place % 17 == 3 and last else 0
        pay(session, invoice, amount, on=paid_on, today=today)


def _take_back_a_tenth(session: ScopedSession, invoice: Invoice, *, today: dt.date) -> None:
    fees = (left for left in left_to_credit(session, invoice.id) if left.line.kind == "fee")
    fee = next(fees, None)
    if fee is None:
        # An invoice of use alone: a mediation is taken back whole or not at all.
        return
    day = min(invoice.issued_on + dt.timedelta(days=9), today)
    credit(
        session,
        invoice,
        {fee.line.id: fee.net_pence // 10},
        reason="Service credit: the quarterly report came late",
        today=day,
        at=_noon(day),
    )


def _consider_sent(session: ScopedSession, *, at: dt.datetime) -> None:
    session.execute(
        sa.update(BillingTask)
        .where(BillingTask.tenant_id == session.tenant, BillingTask.done_at.is_(None))
        .values(done_at=at)
    )


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)
