"""Brings our invoices and credit notes to Stripe, a step at a time; every step can be repeated.

Stripe rounds VAT by line, an invoice by rate. So that both come to the same penny, Stripe's invoice
has one item for each rate; what each is made of stands on our own PDF.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from stripe.params import InvoiceCreateParams, InvoiceCreateParamsCustomField

from billing.contracts.queries import billing_contact
from billing.credits.models import CreditNote
from billing.invoices.content import groups_of
from billing.invoices.models import Invoice
from billing.invoices.queries import lines_of
from billing.payments.allocating import balance_of
from billing.stripe.gateway import Gateway, StripeLater, StripeRefused, ask, every, make_once, plain
from billing.stripe.models import StripeObject
from billing.vat import VatGroup
from saas.database.base import new_id
from saas.database.scope import Scope, scoped

TERMS_DAYS = 30
PERIOD_FIELD, ORDER_FIELD = "Period", "Purchase order"


def known(tenant: uuid.UUID, kind: str, subject: uuid.UUID) -> StripeObject | None:
    with scoped(Scope.finance(tenant, None)) as session:
        found = session.scalar(
            sa.select(StripeObject).where(
                StripeObject.tenant_id == tenant,
                StripeObject.kind == kind,
                StripeObject.subject_id == subject,
            )
        )
        if found is not None:
            session.expunge(found)
        return found


def keep(
    tenant: uuid.UUID, kind: str, subject: uuid.UUID, thing: dict[str, Any], *, at: dt.datetime
) -> None:
    """Remember Stripe's name for our thing, before anything further is done with it: an event
    about it may come at any moment."""
    with scoped(Scope.finance(tenant, None)) as session:
        found = session.scalar(
            sa.select(StripeObject).where(
                StripeObject.tenant_id == tenant,
                StripeObject.kind == kind,
                StripeObject.subject_id == subject,
            )
        )
        if found is None:
            found = StripeObject(
                tenant_id=tenant,
                id=new_id(),
                kind=kind,
                subject_id=subject,
                stripe_id=thing["id"],
                made_at=at,
                heard_at=None,
            )
            session.add(found)
        found.status = thing.get("status") or ""
        found.heard_at = at


class Pusher:
    """Pushes one tenant's things. `spent` and `spend` keep the generations of keys of a task."""

    def __init__(
        self,
        gateway: Gateway,
        tenant: uuid.UUID,
        *,
        at: dt.datetime,
        spent: Callable[[str], int],
        spend: Callable[[str], None],
    ) -> None:
        self.gateway, self.tenant, self.at = gateway, tenant, at
        self.v1 = gateway.client.v1
        self.spent, self.spend = spent, spend

    def _once(
        self, step: str, subject: uuid.UUID, create: Callable[[str], Any], find: Callable[[], Any]
    ) -> dict[str, Any]:
        intent = f"{self.gateway.deployment}:{step}:{subject}"
        return plain(
            make_once(
                create,
                find,
                intent=intent,
                spent=lambda: self.spent(step),
                spend=lambda: self.spend(step),
            )
        )

    def _find(self, listed: Callable[[], Any], name: str, subject: uuid.UUID) -> Any:
        for item in every(ask(listed)):
            marks = item.get("metadata") or {}
            if marks.get(name) == str(subject) and self.gateway.is_ours(item):
                return item
        return None

    def customer(self) -> str:
        """Stripe's name for the authority."""
        found = known(self.tenant, "customer", self.tenant)
        if found is not None:
            return found.stripe_id
        with scoped(Scope.finance(self.tenant, None)) as session:
            contact = billing_contact(session)
            if contact is None:
                raise StripeRefused("the authority has no billing contact")
            name, email = contact.customer_name, contact.customer_email
        made = self._once(
            "customer",
            self.tenant,
            lambda key: self.v1.customers.create(
                {
                    "name": name,
                    "email": email,
                    "metadata": self.gateway.metadata(tenant=str(self.tenant)),
                },
                {"idempotency_key": key},
            ),
            lambda: self._find(
                lambda: self.v1.customers.list({"email": email, "limit": 100}),
                "tenant",
                self.tenant,
            ),
        )
        keep(self.tenant, "customer", self.tenant, made, at=self.at)
        return str(made["id"])

    def invoice(self, invoice_id: uuid.UUID) -> None:
        """Make, fill, finalise and send Stripe's invoice for ours.

        Raises:
            StripeLater: go on from where it stopped.
            StripeRefused: nothing will come of it.
        """
        with scoped(Scope.finance(self.tenant, None)) as session:
            invoice = session.get(Invoice, (self.tenant, invoice_id))
            if invoice is None:
                raise StripeRefused("there is no such invoice")
            groups = groups_of(lines_of(session, invoice_id))
            session.expunge(invoice)
        customer = self.customer()
        stripe_id = self._draft(invoice, customer)
        there = plain(ask(lambda: self.v1.invoices.retrieve(stripe_id)))
        if there["status"] == "draft":
            for group in groups:
                self._item(invoice, group, customer, stripe_id)
            there = plain(ask(lambda: self.v1.invoices.retrieve(stripe_id)))
            if there["total"] != invoice.gross_pence:
                raise StripeRefused(
                    f"Stripe's draft of {invoice.number} comes to {there['total']} pence, ours to "
                    f"{invoice.gross_pence}"
                )
            there = self._act("finalise", invoice.id, lambda key: self.v1.invoices.finalize_invoice(
                stripe_id, {"auto_advance": False}, {"idempotency_key": key}), stripe_id,
                lambda now: now["status"] != "draft")  # fmt: skip
            keep(self.tenant, "invoice", invoice.id, there, at=self.at)
        if there["status"] == "open" and not (there.get("metadata") or {}).get("sent"):
            self._act("send", invoice.id, lambda key: self.v1.invoices.send_invoice(
                stripe_id, {}, {"idempotency_key": key}), stripe_id, lambda now: False)  # fmt: skip

    def _act(
        self,
        step: str,
        subject: uuid.UUID,
        act: Callable[[str], Any],
        stripe_id: str,
        done: Callable[[dict[str, Any]], bool],
    ) -> dict[str, Any]:
        """Do something to Stripe's invoice, unless it is seen to be done."""

        def find() -> Any:
            there = plain(self.v1.invoices.retrieve(stripe_id))
            return there if done(there) else None

        return self._once(step, subject, act, find)

    def _draft(self, invoice: Invoice, customer: str) -> str:
        found = known(self.tenant, "invoice", invoice.id)
        if found is not None:
            return found.stripe_id
        fields: list[InvoiceCreateParamsCustomField] = [
            {
                "name": PERIOD_FIELD,
                "value": f"{invoice.period_from:%d/%m/%Y} to {invoice.period_to:%d/%m/%Y}",
            }
        ]
        if invoice.purchase_order_number:
            fields.append({"name": ORDER_FIELD, "value": invoice.purchase_order_number})
        wanted: InvoiceCreateParams = {
            "customer": customer,
            "collection_method": "send_invoice",
            "days_until_due": TERMS_DAYS,
            "auto_advance": False,
            "currency": "gbp",
            "number": invoice.number,
            "pending_invoice_items_behavior": "exclude",
            "custom_fields": fields,
            "metadata": self.gateway.metadata(tenant=str(self.tenant), invoice=str(invoice.id)),
            "payment_settings": {
                "payment_method_types": ["customer_balance"],
                "payment_method_options": {
                    "customer_balance": {
                        "funding_type": "bank_transfer",
                        "bank_transfer": {"type": "gb_bank_transfer"},
                    }
                },
            },
        }
        made = self._once(
            "invoice",
            invoice.id,
            lambda key: self.v1.invoices.create(wanted, {"idempotency_key": key}),
            lambda: self._find(
                lambda: self.v1.invoices.list({"customer": customer, "limit": 100}),
                "invoice",
                invoice.id,
            ),
        )
        keep(self.tenant, "invoice", invoice.id, made, at=self.at)
        return str(made["id"])

    def _tax_rate(self, rate: Decimal) -> str:
        """Stripe's name for a rate; one object for each rate in the whole account."""
        name = f"VAT {rate.normalize():f}%"
        known_rates = self.gateway.tax_rates
        if name not in known_rates:
            for item in every(ask(lambda: self.v1.tax_rates.list({"active": True, "limit": 100}))):
                if self.gateway.is_ours(item):
                    known_rates[item["display_name"]] = str(item["id"])
        if name in known_rates:
            return known_rates[name]
        subject = uuid.uuid5(uuid.NAMESPACE_URL, name)
        made = self._once(
            "tax rate",
            subject,
            lambda key: self.v1.tax_rates.create(
                {
                    "display_name": name,
                    "percentage": float(rate),
                    "inclusive": False,
                    "country": "GB",
                    "metadata": self.gateway.metadata(),
                },
                {"idempotency_key": key},
            ),
            lambda: None,
        )
        known_rates[name] = str(made["id"])
        return known_rates[name]

    def _item(self, invoice: Invoice, group: VatGroup, customer: str, stripe_id: str) -> None:
        name = f"{group.treatment}-{group.rate.normalize():f}"
        subject = uuid.uuid5(invoice.id, name)
        rates = [self._tax_rate(group.rate)] if group.rate else []

        def find() -> Any:
            return self._find(
                lambda: self.v1.invoice_items.list({"invoice": stripe_id, "limit": 100}),
                "item",
                subject,
            )

        self._once(
            f"item {name}",
            subject,
            lambda key: self.v1.invoice_items.create(
                {
                    "customer": customer,
                    "invoice": stripe_id,
                    "currency": "gbp",
                    "amount": group.net_pence,
                    "description": f"Invoice {invoice.number}, itemised on our PDF",
                    "tax_rates": rates,
                    "metadata": self.gateway.metadata(item=str(subject)),
                },
                {"idempotency_key": key},
            ),
            find,
        )

    def credit_note(self, note_id: uuid.UUID) -> None:
        """Take back on Stripe's invoice what our credit note takes back of ours."""
        with scoped(Scope.finance(self.tenant, None)) as session:
            note = session.get(CreditNote, (self.tenant, note_id))
            if note is None:
                raise StripeRefused("there is no such credit note")
            session.expunge(note)
        pushed = known(self.tenant, "invoice", note.invoice_id)
        if pushed is None or pushed.status in ("", "draft"):
            raise StripeLater("its invoice is not there yet")
        if known(self.tenant, "credit_note", note_id) is not None:
            return
        there = plain(ask(lambda: self.v1.invoices.retrieve(pushed.stripe_id)))
        # What is already paid is not paid back by Stripe but by us.
        outside = max(0, note.gross_pence - there["amount_remaining"])

        def create(key: str) -> Any:
            return self.v1.credit_notes.create(
                {
                    "invoice": pushed.stripe_id,
                    "amount": note.gross_pence,
                    **({"out_of_band_amount": outside} if outside else {}),  # type: ignore[typeddict-item]
                    "memo": f"{note.number}: {note.reason}"[:500],
                    "metadata": self.gateway.metadata(credit_note=str(note_id)),
                },
                {"idempotency_key": key},
            )

        made = self._once(
            "credit note",
            note_id,
            create,
            lambda: self._find(
                lambda: self.v1.credit_notes.list({"invoice": pushed.stripe_id, "limit": 100}),
                "credit_note",
                note_id,
            ),
        )
        keep(self.tenant, "credit_note", note_id, made, at=self.at)

    def paid_elsewhere(self, invoice_id: uuid.UUID) -> None:
        """Tell Stripe that an invoice was paid to us directly."""
        pushed = known(self.tenant, "invoice", invoice_id)
        if pushed is None or pushed.status in ("", "draft"):
            raise StripeLater("the invoice is not there yet")
        with scoped(Scope.finance(self.tenant, None)) as session:
            invoice = session.get(Invoice, (self.tenant, invoice_id))
            if invoice is None or balance_of(session, invoice).owed_pence > 0:
                return
        there = plain(ask(lambda: self.v1.invoices.retrieve(pushed.stripe_id)))
        if there["status"] == "open":
            there = self._act("paid elsewhere", invoice_id, lambda key: self.v1.invoices.pay(
                pushed.stripe_id, {"paid_out_of_band": True}, {"idempotency_key": key}),
                pushed.stripe_id, lambda now: now["status"] == "paid")  # fmt: skip
        keep(self.tenant, "invoice", invoice_id, there, at=self.at)
