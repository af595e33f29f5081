"""What the double knows: customers, invoices, money. One lock, one truth."""

from __future__ import annotations

import itertools
import time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Thing = dict[str, Any]


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class Ledger:
    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.things: dict[str, dict[str, Thing]] = {
            name: {} for name in ("cus", "in", "ii", "txr", "cn", "inpay", "evt")
        }
        self.cash: dict[str, int] = {}
        self.new_events: list[Thing] = []

    def make(self, prefix: str, kind: str, **fields: Any) -> Thing:
        made = {
            "id": f"{prefix}_{next(self._ids):06d}",
            "object": kind,
            "created": int(time.time()),
            "livemode": False,
            **fields,
        }
        self.things[prefix][made["id"]] = made
        return made

    def get(self, prefix: str, name: str) -> Thing:
        found = self.things[prefix].get(name)
        if found is None:
            raise Refused("resource_missing", f"No such object: '{name}'", 404)
        return found

    def happen(self, kind: str, thing: Thing) -> None:
        event = self.make(
            "evt", "event", type=kind, api_version="2026-10-28", data={"object": dict(thing)}
        )
        self.new_events.append(event)

    def create_customer(self, given: Thing) -> Thing:
        return self.make("cus", "customer", **{"metadata": {}, **given})

    def create_tax_rate(self, given: Thing) -> Thing:
        given = {**given, "percentage": float(given["percentage"]), "active": True}
        return self.make("txr", "tax_rate", **{"metadata": {}, **given})

    def create_invoice(self, given: Thing) -> Thing:
        self.get("cus", given["customer"])
        if given.get("collection_method") == "send_invoice" and "days_until_due" not in given:
            raise Refused("parameter_missing", "days_until_due is needed")
        number = given.get("number")
        if number and any(i.get("number") == number for i in self.things["in"].values()):
            raise Refused("invoice_number_taken", f"Number {number} is used already")
        if len(given.get("custom_fields") or []) > 4:
            raise Refused("parameter_invalid", "at most 4 custom fields")
        for field in given.get("custom_fields") or []:
            if len(field["name"]) > 40 or len(field["value"]) > 140:
                raise Refused("parameter_invalid", "a custom field is too long")
        return self.make(
            "in", "invoice", **{"metadata": {}, **given}, status="draft", total=0, amount_due=0,
            amount_paid=0, amount_remaining=0, pre_payment_credit_notes_amount=0,
            post_payment_credit_notes_amount=0, times_sent=0,
        )  # fmt: skip

    def create_item(self, given: Thing) -> Thing:
        invoice = self.get("in", given["invoice"])
        if invoice["status"] != "draft":
            raise Refused("invoice_not_editable", "Amounts are frozen once finalised")
        given = {**given, "amount": int(given["amount"])}
        for rate in given.get("tax_rates") or []:
            self.get("txr", rate)
        made = self.make("ii", "invoiceitem", **{"metadata": {}, **given})
        self._total(invoice)
        return made

    def _total(self, invoice: Thing) -> None:
        total = 0
        for item in self.things["ii"].values():
            if item["invoice"] != invoice["id"]:
                continue
            total += item["amount"]
            for name in item.get("tax_rates") or []:
                share = Decimal(item["amount"]) * Decimal(str(self.get("txr", name)["percentage"]))
                total += int((share / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        invoice.update(total=total, amount_due=total, amount_remaining=total)

    def finalize(self, name: str) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] != "draft":
            raise Refused("invoice_already_finalized", "It is finalised already")
        invoice["status"] = "open"
        self.happen("invoice.finalized", invoice)
        return invoice

    def send(self, name: str) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] not in ("open", "paid"):
            raise Refused("invoice_not_open", "Only an open invoice is sent")
        invoice["times_sent"] += 1
        self.happen("invoice.sent", invoice)
        return invoice

    def pay(self, name: str, given: Thing) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] != "open":
            raise Refused("invoice_not_open", f"The invoice is {invoice['status']}")
        if given.get("paid_out_of_band") != "true":
            raise Refused("parameter_missing", "no payment method")
        invoice.update(status="paid", amount_remaining=0)
        self.happen("invoice.paid", invoice)
        return invoice

    def void(self, name: str) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] != "open":
            raise Refused("invoice_not_open", f"The invoice is {invoice['status']}")
        invoice.update(status="void", amount_remaining=0)
        self.happen("invoice.voided", invoice)
        return invoice

    def create_credit_note(self, given: Thing) -> Thing:
        invoice = self.get("in", given["invoice"])
        if invoice["status"] not in ("open", "paid"):
            raise Refused("invoice_not_open", "Only a finalised invoice is credited")
        amount, outside = int(given["amount"]), int(given.get("out_of_band_amount", 0))
        credited = (
            invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
        )
        if credited + amount > invoice["total"]:
            raise Refused("amount_too_large", "More than was invoiced")
        before = amount - outside
        if before > invoice["amount_remaining"] or outside < 0 or before < 0:
            raise Refused("amount_invalid", "What is paid needs a refund or out_of_band_amount")
        invoice["pre_payment_credit_notes_amount"] += before
        invoice["post_payment_credit_notes_amount"] += outside
        invoice["amount_remaining"] -= before
        if invoice["status"] == "open" and invoice["amount_remaining"] == 0:
            invoice["status"] = "paid"
            self.happen("invoice.paid", invoice)
        fields = {**given, "amount": amount, "out_of_band_amount": outside, "status": "issued"}
        made = self.make("cn", "credit_note", **{"metadata": {}, **fields})
        self.happen("credit_note.created", made)
        return made

    def bank_transfer(self, name: str, pence: int) -> Thing:
        """Money for an invoice: it is paid whole or not at all, the rest waits in the balance."""
        invoice = self.get("in", name)
        customer = invoice["customer"]
        self.cash[customer] = self.cash.get(customer, 0) + pence
        remaining = invoice["amount_remaining"]
        if invoice["status"] == "open" and 0 < remaining <= self.cash[customer]:
            self.cash[customer] -= remaining
            paid = self.make(
                "inpay", "invoice_payment", invoice=invoice["id"], status="paid",
                amount_paid=remaining, currency="gbp",
                status_transitions={"paid_at": int(time.time())},
            )  # fmt: skip
            invoice.update(status="paid", amount_remaining=0)
            invoice["amount_paid"] += remaining
            self.happen("invoice_payment.paid", paid)
            self.happen("invoice.paid", invoice)
        if self.cash[customer]:
            balance = {"object": "cash_balance", "customer": customer,
                       "available": {"gbp": self.cash[customer]}}  # fmt: skip
            self.happen("cash_balance.funds_available", balance)
        return invoice
