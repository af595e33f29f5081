"""One receipt: where it is placed, and what puts it right."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from billing.contracts.queries import names_of_authorities
from billing.doors import finance, or_404, show_refusal
from billing.fields import PoundsField
from billing.ledger.balances import left_of
from billing.ledger.payments import BACK, Payment
from billing.payments import putting_right
from billing.payments.actions import refund
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked, try_out
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.today import now, today

ONE = "/<authority>/payments/<uuid:payment_id>"
GET_AND_POST = ("GET", "POST")
METHOD_WORDS = {
    "bank": "Bank transfer",
    "stripe": "Card or debit by Stripe",
    "other": "Another way",
    "refund": "Refund",
    "reversal": "Taken back",
}


def _reason(needed: str = "Say why") -> StringField:
    return StringField(
        "Why",
        widget=GovTextInput(),
        description="It stays with the payment.",
        validators=[InputRequired(needed), Length(max=300)] if needed else [Length(max=300)],
    )


class PlaceForm(PageForm):
    """How much of a payment is on which invoice: the fields are made for its invoices."""

    reason = _reason(needed="")


class ReverseForm(PageForm):
    reason = _reason("Say why the payment is taken back")


class MoveForm(PageForm):
    to = SelectField("Whose payment it is", widget=GovSelect())
    reason = _reason("Say why it is moved")


class RefundForm(PageForm):
    amount = PoundsField("How much went back", needed="Enter how much went back")
    on = DatePartsField("When", [DateNeeded("Enter the day it went back")])
    reference = StringField(
        "Reference of the refund", widget=GovTextInput(), validators=[Length(max=140)]
    )
    reason = _reason("Say why it went back")


def _the_payment(session: ScopedSession, payment_id: uuid.UUID) -> Payment:
    return or_404(session.get(Payment, (session.tenant, payment_id)))


def _href(payment_id: uuid.UUID) -> str:
    return url_for("finance_billing.payment", authority=the_tenancy().slug, payment_id=payment_id)


def _page(template: str, form: PageForm, payment: Payment, **words: Any) -> ResponseReturnValue:
    page = render_template(
        template,
        form=form,
        payment=payment,
        tenancy=the_tenancy(),
        back=_href(payment.id),
        today=today(),
        **words,
    )
    return (page, 422) if form.errors else page


@finance.page(ONE, permission=Permission.SEE_ACCOUNTS)
def payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """What came in, where it is placed, and what became of it."""
    found = _the_payment(session, payment_id)
    back = session.scalars(
        sa.select(Payment)
        .where(Payment.tenant_id == session.tenant, Payment.of_payment_id == found.id)
        .order_by(Payment.recorded_at)
    ).all()
    return render_template(
        "billing/payments/finance_payment.html",
        payment=found,
        places=[p for p in putting_right.places_of(session, found) if p.placed_pence],
        left_pence=left_of(session, found),
        back=back,
        moves=putting_right.allocations_of(session, found),
        method_words=METHOD_WORDS,
        may_change=found.method not in BACK
        and found.method != "stripe"
        and not any(one.method == "reversal" for one in back),
        tenancy=the_tenancy(),
        today=today(),
    )


def _place_form(places: list[putting_right.Place]) -> PlaceForm:
    fields = {
        f"on-{one.invoice.id}": PoundsField(
            f"{one.invoice.number}, at most {pounds(one.most_pence)}",
            default=one.placed_pence or None,
        )
        for one in places
    }
    # The fields come before the reason, in the order of the invoices.
    made = type("PlacesForm", (PageForm,), {**fields, "reason": _reason(needed="")})
    return made()  # type: ignore[no-any-return]


@finance.page(f"{ONE}/place", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def place_payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """Split a payment over invoices, or move it from one to another."""
    found = _the_payment(session, payment_id)
    places = putting_right.places_of(session, found)
    form = _place_form(places)
    if form.validate_on_submit():
        wanted = {one.invoice.id: form[f"on-{one.invoice.id}"].data or 0 for one in places}
        try:
            putting_right.place_as(session, found, wanted, reason=form.reason.data or "", at=now())
        except BillingRefused as refused:
            session.rollback()
            show_refusal(form, refused)
        else:
            flash("The payment is placed as you entered.")
            return redirect(_href(payment_id))
    return _page(
        "billing/payments/finance_place.html",
        form,
        _the_payment(session, payment_id),
        fields=[f"on-{one.invoice.id}" for one in places],
    )


@finance.page(f"{ONE}/reverse", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def reverse_payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """A receipt that never came, or was recorded twice."""
    found = _the_payment(session, payment_id)
    form = ReverseForm()
    amount = found.amount_pence

    def act() -> None:
        putting_right.reverse(session, found, reason=form.reason.data or "", at=now())

    if form.validate_on_submit():
        try:
            if not is_checked():
                try_out(act)
                follows = [
                    f"The payment of {pounds(amount)} is taken off its invoices, which are owed "
                    "again",
                    "It stays in the account, with a line that takes it back, and why",
                    "If it came after all it is recorded again, by hand or from the statement",
                ]
                return check_page(Check("Take the payment back", follows, "Take it back"))
            act()
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash("The payment is taken back.")
            return redirect(_href(payment_id))
    return _page("billing/payments/finance_reverse.html", form, found)


@finance.page(f"{ONE}/move", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def move_payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """A receipt that is another authority's."""
    found = _the_payment(session, payment_id)
    form = MoveForm()
    with scoped(Scope.all_accounts(the_person().id)) as everywhere:
        names = names_of_authorities(everywhere)
    own = the_tenancy().id
    form.to.choices = [
        SelectChoice("", "Choose"),
        *(
            SelectChoice(str(one.id), one.name)
            for one in sorted(names.values(), key=lambda one: one.name)
            if one.id != own
        ),
    ]
    if form.validate_on_submit():
        to = names.get(uuid.UUID(form.to.data)) if form.to.data else None
        try:
            if to is None:
                raise BillingRefused("to", "Choose whose payment it is")
            if not is_checked():
                follows = [
                    f"The payment of {pounds(found.amount_pence)} leaves this account and the "
                    "invoices that it is on",
                    f"It stands in the account of {to.name}, on no invoice yet",
                ]
                return check_page(Check(f"Move it to {to.name}", follows, "Move the payment"))
            putting_right.move(
                session, found, to.id, reason=form.reason.data or "", today=today(), at=now()
            )
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"The payment is in the account of {to.name}: place it there.")
            return redirect(url_for("finance_billing.account", authority=to.slug))
    return _page("billing/payments/finance_move.html", form, found)


@finance.page(f"{ONE}/refund", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def refund_payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """Record that money went back which is on no invoice."""
    found = _the_payment(session, payment_id)
    form = RefundForm()
    left = left_of(session, found)
    if request.method == "GET" and left > 0:
        form.amount.data = left
    if form.validate_on_submit():
        try:
            if form.on.data > today():
                raise BillingRefused("on", "It must have gone back today or in the past")
            refund(
                session,
                found,
                amount_pence=form.amount.data,
                on=form.on.data,
                reference=form.reference.data or "",
                reason=form.reason.data or "",
                at=now(),
            )
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash("The refund is recorded.")
            return redirect(_href(payment_id))
    return _page("billing/payments/finance_refund.html", form, found, left_pence=left)
