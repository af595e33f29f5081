"""What the double knows: customers, invoices, money. One lock, one truth."""

from __future__ import annotations

import itertools
import json
import secrets
import time
from typing import Any

Thing = dict[str, Any]
# Stripe takes no more lines on an invoice.
MOST_LINES = 250


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def _due(given: Thing) -> int | None:
    if "days_until_due" in given:
        return int(time.time()) + int(given["days_until_due"]) * 86_400
    return int(given["due_date"]) if "due_date" in given else None


class Ledger:
    def __init__(self) -> None:
        self._ids = itertools.count(1)
        # Stripe's names are unique in the world: two doubles' must not meet in one database.
        self._own = secrets.token_hex(4)
        self.things: dict[str, dict[str, Thing]] = {
            name: {} for name in ("cus", "in", "il", "cn", "inpay", "pi", "evt", "txr")
        }
        self.numbers: set[str] = set()
        self.cash: dict[str, int] = {}
        # All that ever came in: nothing of it may be lost.
        self.transferred = 0
        self.new_events: list[Thing] = []

    def make(self, prefix: str, kind: str, **fields: Any) -> Thing:
        made = {
            "id": f"{prefix}_{self._own}{next(self._ids):06d}",
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
        """Tell of a thing as it is now: what becomes of it later is not in the event."""
        seen = json.loads(json.dumps(thing))
        event = self.make(
            "evt", "event", type=kind, api_version="2026-10-28", data={"object": seen}
        )
        self.new_events.append(event)

    # Customers, and the money that waits for them.

    def create_customer(self, given: Thing) -> Thing:
        return self.make("cus", "customer", **{"metadata": {}, "balance": 0, **given})

    def update_customer(self, name: str, given: Thing) -> Thing:
        customer = self.get("cus", name)
        customer.update(given)
        return customer

    def cash_balance(self, customer: str) -> Thing:
        held = self.cash.get(customer, 0)
        return {
            "object": "cash_balance",
            "customer": customer,
            "available": {"gbp": held} if held else None,
        }

    def funding_instructions(self, name: str, given: Thing) -> Thing:
        self.get("cus", name)
        if given["bank_transfer"]["type"] != "gb_bank_transfer" or given["currency"] != "gbp":
            raise Refused("parameter_invalid", "not an account in pounds")
        number = f"{int(name[-6:]):08d}"
        address = {"account_holder_name": "Stripe Payments UK Limited", "sort_code": "108800",
                   "account_number": number}  # fmt: skip
        return {
            "object": "funding_instructions",
            "currency": "gbp",
            "funding_type": "bank_transfer",
            "bank_transfer": {
                "type": "gb_bank_transfer",
                "financial_addresses": [{"type": "sort_code", "sort_code": address}],
            },
        }

    def bank_transfer(self, name: str, pence: int, *, placed: bool = True) -> Thing:
        """Money for an invoice: it is paid whole or not at all, the rest waits in the balance.

        Args:
            placed: whether Stripe places it by itself; not on what is 30 days overdue.
        """
        invoice = self.get("in", name)
        customer = invoice["customer"]
        self.cash[customer] = self.cash.get(customer, 0) + pence
        self.transferred += pence
        covered = 0 < invoice["amount_remaining"] <= self.cash[customer]
        if placed and invoice["status"] == "open" and covered:
            self._pay_from_cash(invoice)
        if self.cash[customer]:
            self.happen("cash_balance.funds_available", self.cash_balance(customer))
        return invoice

    def apply_customer_balance(self, name: str, given: Thing) -> Thing:
        intent = self.get("pi", name)
        invoice = self.get("in", intent["invoice_of"])
        if intent["status"] != "requires_action":
            raise Refused("payment_intent_unexpected_state", f"It is {intent['status']}")
        if self.cash.get(invoice["customer"], 0) < invoice["amount_remaining"]:
            raise Refused("insufficient_funds", "The cash balance does not cover it")
        self._pay_from_cash(invoice)
        return intent

    def _pay_from_cash(self, invoice: Thing) -> None:
        remaining = invoice["amount_remaining"]
        self.cash[invoice["customer"]] -= remaining
        paid = self._settle_payment(invoice, "paid")
        paid["amount_paid"] = remaining
        paid["status_transitions"]["paid_at"] = int(time.time())
        invoice["amount_paid"] += remaining
        self._paid(invoice)
        self.happen("invoice_payment.paid", paid)
        self.happen("invoice.paid", invoice)

    def _paid(self, invoice: Thing) -> None:
        invoice.update(status="paid", amount_remaining=0)
        invoice["status_transitions"]["paid_at"] = int(time.time())

    def payments_of(self, name: str) -> list[Thing]:
        return [p for p in self.things["inpay"].values() if p["invoice"] == name]

    def _settle_payment(self, invoice: Thing, status: str) -> Thing:
        """The payment that was made when the invoice was finalised is paid, or not needed."""
        (payment,) = [p for p in self.payments_of(invoice["id"]) if p["status"] == "open"]
        payment["status"] = status
        ended = "succeeded" if status == "paid" else "canceled"
        self.get("pi", payment["payment"]["payment_intent"])["status"] = ended
        return payment

    # Invoices.

    def create_invoice(self, given: Thing) -> Thing:
        self.get("cus", given["customer"])
        is_dated = ("days_until_due" in given) != ("due_date" in given)
        if given.get("collection_method") == "send_invoice" and not is_dated:
            raise Refused("parameter_missing", "days_until_due or due_date is needed")
        number = given.get("number")
        if number in self.numbers:
            raise Refused("invoice_number_taken", f"Number {number} is used already")
        fields = given.get("custom_fields") or []
        if len(fields) > 4:
            raise Refused("parameter_invalid", "at most 4 custom fields")
        if any(len(field["name"]) > 40 or len(field["value"]) > 140 for field in fields):
            raise Refused("parameter_invalid", "a custom field is too long")
        if number:
            self.numbers.add(number)
        return self.make(
            "in", "invoice", **{"metadata": {}, **given, "due_date": _due(given)},
            status="draft", total=0, amount_due=0, amount_paid=0, amount_remaining=0,
            amount_overpaid=0, total_taxes=[],
            pre_payment_credit_notes_amount=0, post_payment_credit_notes_amount=0, times_sent=0,
            status_transitions={"finalized_at": None, "paid_at": None, "voided_at": None},
            last_finalization_error=None,
        )  # fmt: skip

    def add_lines(self, name: str, given: Thing) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] != "draft":
            raise Refused("invoice_not_editable", "Amounts are frozen once finalised")
        if len(self.lines_of(name)) + len(given["lines"]) > MOST_LINES:
            raise Refused("invoice_too_many_lines", f"at most {MOST_LINES} lines")
        made = [self._line(name, line) for line in given["lines"]]
        for line in made:
            self.make("il", "line_item", **line)
        self._total(invoice)
        return invoice

    def _line(self, invoice: str, given: Thing) -> Thing:
        amount = int(given["amount"])
        taxes = []
        for tax in given.get("tax_amounts") or []:
            if int(tax["taxable_amount"]) != amount:
                raise Refused("parameter_invalid", "the tax is not on the line's amount")
            taxes.append({"amount": int(tax["amount"]), "taxable_amount": amount,
                          "rate": float(tax["tax_rate_data"]["percentage"]),
                          "tax_rate_details": {"tax_rate": self._rate(tax["tax_rate_data"])},
                          "taxability_reason": tax.get("taxability_reason")})  # fmt: skip
        kept = {"metadata": {}, **given, "amount": amount, "taxes": taxes, "invoice": invoice}
        del kept["tax_amounts"]
        return kept

    def _rate(self, data: Thing) -> Thing:
        """A rate that is made of what was told of it, once for the like."""
        for known in self.things["txr"].values():
            if known["told"] == data:
                return known
        return self.make(
            "txr", "tax_rate", told=data, percentage=float(data["percentage"]),
            display_name=data["display_name"],
        )  # fmt: skip

    def lines_of(self, name: str) -> list[Thing]:
        return [line for line in self.things["il"].values() if line["invoice"] == name]

    def _total(self, invoice: Thing) -> None:
        lines = self.lines_of(invoice["id"])
        taxes: dict[tuple[float, str], int] = {}
        for tax in (tax for line in lines for tax in line["taxes"]):
            key = (tax["rate"], tax["taxability_reason"])
            taxes[key] = taxes.get(key, 0) + tax["amount"]
        total = sum(line["amount"] for line in lines) + sum(taxes.values())
        invoice["total_taxes"] = [
            {"amount": amount, "taxability_reason": reason, "type": "tax_rate_details"}
            for (_, reason), amount in taxes.items()
        ]
        invoice.update(total=total, amount_due=total, amount_remaining=total)

    def finalize(self, name: str, given: Thing) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] != "draft":
            raise Refused("invoice_already_finalized", "It is finalised already")
        if not self.lines_of(name):
            raise Refused("invoice_no_lines", "There is nothing on the invoice")
        invoice["status"] = "open"
        invoice["status_transitions"]["finalized_at"] = int(time.time())
        intent = self.make("pi", "payment_intent", status="requires_action", invoice_of=name)
        self.make(
            "inpay", "invoice_payment", invoice=name, status="open", is_default=True,
            amount_requested=invoice["total"], amount_paid=None, currency="gbp",
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status_transitions={"paid_at": None, "canceled_at": None},
        )  # fmt: skip
        self.happen("invoice.finalized", invoice)
        return invoice

    def send(self, name: str, given: Thing) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] not in ("open", "paid"):
            raise Refused("invoice_not_open", "Only an open invoice is sent")
        invoice["times_sent"] += 1
        self.happen("invoice.sent", invoice)
        return invoice

    def pay(self, name: str, given: Thing) -> Thing:
        invoice = self._waiting(name)
        if given.get("paid_out_of_band") != "true":
            raise Refused("parameter_missing", "no payment method")
        self._settle_payment(invoice, "canceled")
        self._paid(invoice)
        self.happen("invoice.paid", invoice)
        return invoice

    def void(self, name: str, given: Thing) -> Thing:
        invoice = self._waiting(name)
        self._settle_payment(invoice, "canceled")
        invoice.update(status="void", amount_remaining=0)
        invoice["status_transitions"]["voided_at"] = int(time.time())
        self.happen("invoice.voided", invoice)
        return invoice

    def mark_uncollectible(self, name: str, given: Thing) -> Thing:
        invoice = self._waiting(name)
        invoice["status"] = "uncollectible"
        self.happen("invoice.marked_uncollectible", invoice)
        return invoice

    def _waiting(self, name: str) -> Thing:
        invoice = self.get("in", name)
        if invoice["status"] not in ("open", "uncollectible"):
            raise Refused("invoice_not_open", f"The invoice is {invoice['status']}")
        return invoice

    # Credit notes.

    def create_credit_note(self, given: Thing) -> Thing:
        invoice = self.get("in", given["invoice"])
        if invoice["status"] not in ("open", "paid"):
            raise Refused("invoice_not_open", "Only a finalised invoice is credited")
        amount, outside = self._credited(given), int(given.get("out_of_band_amount", 0))
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
        fields = {
            **given, "amount": amount, "out_of_band_amount": outside, "pre_payment_amount": before,
            "status": "issued", "customer": invoice["customer"],
        }  # fmt: skip
        made = self.make("cn", "credit_note", **{"metadata": {}, **fields})
        if invoice["status"] == "open" and invoice["amount_remaining"] == 0:
            self._settle_payment(invoice, "canceled")
            self._paid(invoice)
            self.happen("invoice.paid", invoice)
        self.happen("credit_note.created", made)
        return made

    def _credited(self, given: Thing) -> int:
        """What the lines of a credit note come to. Where an invoice's tax was given by hand, that
        of a credit note is given by hand, too."""
        by_hand = any(line["taxes"] for line in self.lines_of(given["invoice"]))
        if "lines" not in given:
            if by_hand:
                raise Refused("parameter_missing", "lines with tax_amounts are needed")
            return int(given["amount"])
        made = {
            tax["tax_rate_details"]["tax_rate"]["id"]
            for line in self.lines_of(given["invoice"])
            for tax in line["taxes"]
        }
        total = 0
        for line in given["lines"]:
            net = int(line["unit_amount"]) * int(line["quantity"])
            for tax in line["tax_amounts"]:
                if int(tax["taxable_amount"]) != net:
                    raise Refused("parameter_invalid", "the tax is not on the line's amount")
                if tax["tax_rate"] not in made:
                    raise Refused("parameter_invalid", "not a rate of the invoice")
                total += int(tax["amount"])
            total += net
        return total

    def void_credit_note(self, name: str, given: Thing) -> Thing:
        note = self.get("cn", name)
        invoice = self.get("in", note["invoice"])
        if invoice["status"] != "open" or note["status"] != "issued":
            raise Refused("credit_note_not_voidable", "Its invoice is not open")
        note["status"] = "void"
        invoice["pre_payment_credit_notes_amount"] -= note["pre_payment_amount"]
        invoice["amount_remaining"] += note["pre_payment_amount"]
        self.happen("credit_note.voided", note)
        return note
