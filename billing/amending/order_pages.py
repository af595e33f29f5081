"""Finance raises, corrects, closes and opens a purchase order again."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.amending.forms import ChangeOrderForm, CloseOrderForm
from billing.amending.orders import WORDS, change_order, changes_of_order, close_order, open_again
from billing.contracts.models import Contract, PurchaseOrder
from billing.contracts.queries import find_contract
from billing.doors import finance, or_404, show_refusal
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.forms import PageForm
from saas.web.today import now, today

ONE = "/<authority>/purchase-orders/<uuid:order_id>"
GET_AND_POST = ("GET", "POST")


def _order_page(
    session: ScopedSession,
    order: PurchaseOrder,
    form: PageForm,
    act: Callable[[], None],
    *,
    heading: str,
    button: str,
    done: str,
) -> ResponseReturnValue:
    back = url_for(
        "finance_billing.contract", authority=the_tenancy().slug, contract=order.contract_id
    )
    order_id = order.id
    if form.validate_on_submit():
        try:
            act()
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(done)
            return redirect(back)
    page = render_template(
        "billing/amending/order.html",
        form=form,
        order=order,
        heading=heading,
        button=button,
        changes=changes_of_order(session, order_id),
        words=WORDS,
        tenancy=the_tenancy(),
        back=back,
        today=today(),
    )
    return (page, 422) if form.errors else page


def _the_order(session: ScopedSession, order_id: uuid.UUID) -> tuple[PurchaseOrder, Contract]:
    order = or_404(session.get(PurchaseOrder, (session.tenant, order_id)))
    return order, or_404(find_contract(session, order.contract_id))


@finance.page(f"{ONE}/change", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def change_purchase_order(session: ScopedSession, order_id: uuid.UUID) -> ResponseReturnValue:
    order, contract = _the_order(session, order_id)
    form = ChangeOrderForm(obj=order, value=order.value_pence)

    def act() -> None:
        wanted = {
            "number": " ".join((form.number.data or "").upper().split()),
            "value_pence": form.value.data,
            "valid_from": form.valid_from.data,
            "valid_to": form.valid_to.data,
        }
        change_order(session, order, contract, wanted, reason=form.reason.data or "", at=now())

    return _order_page(
        session,
        order,
        form,
        act,
        heading=f"Change purchase order {order.number}",
        button="Change the order",
        done="The purchase order is changed.",
    )


@finance.page(f"{ONE}/close", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def close_purchase_order(session: ScopedSession, order_id: uuid.UUID) -> ResponseReturnValue:
    """Close an order, or open one again that was closed by mistake."""
    order, _ = _the_order(session, order_id)
    form = CloseOrderForm()
    closed = order.closed_on is not None

    def act() -> None:
        reason = form.reason.data or ""
        if closed:
            open_again(session, order, reason=reason, at=now())
        else:
            close_order(session, order, reason=reason, today=today(), at=now())

    verb = "Open" if closed else "Close"
    return _order_page(
        session,
        order,
        form,
        act,
        heading=f"{verb} purchase order {order.number}{' again' if closed else ''}",
        button=f"{verb} the order{' again' if closed else ''}",
        done=f"The purchase order is {'open again' if closed else 'closed'}.",
    )
