"""What differs between an authority's account here and at Stripe, field by field."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing import stripe_tasks
from billing.ledger.balances import Balance
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.stripe.customers import Payer, told_of
from billing.stripe.lines import moment_day
from billing.stripe.models import StripeObject
from billing.stripe.pushing import custom_fields
from billing.stripe.settling import WAITING
from billing.stripe.taking_in import cash_of

# Repairs that need no task: what Stripe just told is taken in.
TAKE_IN, NOTE_CASH = "take in", "note cash"


@dataclass(frozen=True)
class Difference:
    """One field in which both sides differ. `repaired` says what is done about it, if anything."""

    field: str
    ours: str
    theirs: str
    # What it is about: an invoice, a credit note; '' is the authority itself.
    number: str = ""
    authority: str = ""
    repaired: str = ""
    # What repairs it: a task's kind or one of the two above, and whose; without it people decide.
    remedy: tuple[str, uuid.UUID] | None = None

    def as_json(self) -> dict[str, Any]:
        told = asdict(self)
        told["repairable"] = told.pop("remedy") is not None
        return told


class _Comparing:
    """Collects the differences of one thing."""

    def __init__(self, number: str = "") -> None:
        self.number = number
        self.found: list[Difference] = []

    def differ(
        self, field: str, ours: object, theirs: object, remedy: tuple[str, uuid.UUID] | None = None
    ) -> bool:
        if ours == theirs:
            return False
        self.found.append(
            Difference(field, str(ours), str(theirs), number=self.number, remedy=remedy)
        )
        return True


def _in_a_line(address: Mapping[str, Any]) -> str:
    return ", ".join(str(address[name]) for name in sorted(address))


def _pounds(pence: int | None) -> str:
    return "none" if pence is None else f"£{pence / 100:,.2f}"


def compare_customer(
    tenant: uuid.UUID,
    payer: Payer | None,
    remembered: StripeObject | None,
    there: Mapping[str, Any],
) -> list[Difference]:
    """Name, e-mail address and the money that Stripe holds for the authority."""
    if remembered is None:
        return []
    comparing = _Comparing()
    if not there or there.get("deleted"):
        comparing.differ("customer", "yes", "deleted there")
        return comparing.found
    if payer is not None:
        remedy = (stripe_tasks.CUSTOMER, tenant)
        comparing.differ("customer name", payer.name, there.get("name"), remedy)
        comparing.differ("customer e-mail", payer.email, there.get("email"), remedy)
        ours, theirs = payer.as_address(), told_of(there)["address"]
        comparing.differ("customer address", _in_a_line(ours), _in_a_line(theirs), remedy)
    noted, cash = int(remembered.detail.get("cash_pence", 0)), cash_of(dict(there))
    comparing.differ("cash balance", _pounds(noted), _pounds(cash), (NOTE_CASH, tenant))
    # We never give credit there: it would quietly pay part of the next invoice.
    comparing.differ("credit balance", _pounds(0), _pounds(-int(there.get("balance") or 0)))
    return comparing.found


def compare_invoice(
    balance: Balance,
    pushed: StripeObject | None,
    there: Mapping[str, Any] | None,
    *,
    customer: str,
    paid_there: int,
    recorded: int,
    notes_agree: bool,
) -> list[Difference]:
    """One invoice. Money is in pence; `recorded` is what we recorded of `paid_there`."""
    invoice = balance.invoice
    comparing = _Comparing(invoice.number)
    again = (stripe_tasks.INVOICE, invoice.id)
    if there is None:
        comparing.differ(
            "exists", "yes", "lost there" if pushed else "no", None if pushed else again
        )
        return comparing.found
    told_due = str((pushed.detail if pushed else {}).get("due", invoice.due_on))
    _compare_words(comparing, invoice, there, customer, told_due)
    status = there["status"]
    if status == "draft":
        failure = (there.get("last_finalization_error") or {}).get("code", "")
        comparing.differ("status", "issued", f"draft {failure}".strip(), again)
        return comparing.found
    money = comparing.differ(
        "paid through Stripe", _pounds(recorded), _pounds(paid_there), (TAKE_IN, invoice.id)
    )
    comparing.differ("overpaid", _pounds(0), _pounds(int(there.get("amount_overpaid") or 0)))
    if money or not notes_agree:
        return comparing.found
    owed = balance.owed_pence
    if owed <= 0 and status in WAITING:
        comparing.differ("status", "settled", status, (stripe_tasks.PAID_ELSEWHERE, invoice.id))
    elif owed > 0 and status != "open":
        comparing.differ("status", f"{_pounds(owed)} owed", status)
    return comparing.found


def _compare_words(
    comparing: _Comparing, invoice: Invoice, there: Mapping[str, Any], customer: str, told_due: str
) -> None:
    comparing.differ("number", invoice.number, there.get("number"))
    comparing.differ("customer", customer, there.get("customer"))
    comparing.differ("currency", "gbp", there.get("currency"))
    due = there.get("due_date")
    comparing.differ("due", told_due, "no day" if due is None else str(moment_day(due)))
    fields = {f["name"]: f["value"] for f in there.get("custom_fields") or []}
    for name, value in custom_fields(invoice).items():
        comparing.differ(name.lower(), value, fields.get(name, ""))
    if there["status"] == "draft" and not there["total"]:
        return  # not filled yet
    comparing.differ("total", _pounds(invoice.gross_pence), _pounds(there["total"]))
    vat = sum(int(tax["amount"]) for tax in there.get("total_taxes") or [])
    comparing.differ("VAT", _pounds(invoice.vat_pence), _pounds(vat))


def compare_notes(
    notes: Sequence[CreditNote],
    names: Mapping[uuid.UUID, str],
    theirs: Mapping[str, Mapping[str, Any]],
    voided: Collection[uuid.UUID],
    *,
    ours_marked: Collection[str],
) -> list[Difference]:
    """The credit notes of an authority.

    Args:
        names: Stripe's names for our notes.
        voided: the invoices that are void at Stripe, which takes them back whole.
        ours_marked: Stripe's notes that bear the mark of one of ours.
    """
    found: list[Difference] = []
    for note in notes:
        comparing = _Comparing(note.number)
        there = theirs.get(names.get(note.id, ""))
        again = (stripe_tasks.CREDIT_NOTE, note.id)
        if there is None and note.invoice_id not in voided:
            comparing.differ("credited", _pounds(note.gross_pence), "no", again)
        elif there is not None:
            comparing.differ("credited", _pounds(note.gross_pence), _pounds(there["amount"]))
            comparing.differ("credit note", "issued", there["status"])
        found += comparing.found
    for name in theirs.keys() - set(names.values()) - set(ours_marked):
        made = theirs[name]
        if made["status"] != "void":
            found.append(
                Difference(
                    "credit note", "none", f"{_pounds(made['amount'])}, made at Stripe",
                    number=str(made.get("number") or name),
                )
            )  # fmt: skip
    return found


def compare_strays(
    theirs: Mapping[str, Mapping[str, Any]], names: Collection[str], ours: Collection[str]
) -> list[Difference]:
    """Invoices at Stripe that bear our mark and are not here, as after a restored backup."""
    return [
        Difference("exists", "no", "yes", number=str(there.get("number") or name))
        for name, there in theirs.items()
        if name not in names and (there.get("metadata") or {}).get("invoice") not in ours
    ]
