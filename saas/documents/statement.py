"""The statement of account on paper: what was charged, credited and paid, and what is owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from saas.documents.amounts import pounds
from saas.documents.content import ContentRefused, Provider, missing, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date, plain_date


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One move of the account, in pence with VAT: above zero is charged, below is paid."""

    on: date
    what: str
    reference: str
    pence: int
    balance_pence: int


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice on which something is owed, in pence with VAT."""

    number: str
    purchase_order: str
    due_on: date
    owed_pence: int
    days_overdue: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementContent:
    """What a statement says.

    Raises:
        ContentRefused: naming each field that is missing, or that the account does not add up.
    """

    on: date
    supplier: Provider
    bank_details: Sequence[str]
    customer_name: str
    customer_address: Sequence[str]
    entries: Sequence[StatementEntry]
    open_invoices: Sequence[OpenInvoice]

    def __post_init__(self) -> None:
        faults = missing(
            [("customer_name", self.customer_name), ("supplier.name", self.supplier.name)]
        )
        balance = 0
        for entry in self.entries:
            balance += entry.pence
            if balance != entry.balance_pence:
                faults.append(f"the balance of {entry.on} does not add up")
        if faults:
            raise ContentRefused("statement", faults)

    @property
    def owed_pence(self) -> int:
        """What is owed by the account; below zero it is in the authority's favour."""
        return self.entries[-1].balance_pence if self.entries else 0


def render(content: StatementContent) -> bytes:
    """The statement as an accessible, archivable PDF.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    overdue = sum(one.owed_pence for one in content.open_invoices if one.days_overdue)
    return render_pdf(
        "statement",
        {
            "on": long_date(content.on),
            "supplier": content.supplier.as_content(),
            "bank_details": list(content.bank_details),
            "customer_name": content.customer_name,
            "customer_address": list(content.customer_address),
            "owed": pounds(content.owed_pence),
            "overdue": pounds(overdue),
            "entries": [
                {
                    "on": plain_date(entry.on),
                    "what": entry.what,
                    "reference": entry.reference,
                    "charged": pounds(entry.pence) if entry.pence > 0 else "",
                    "paid": pounds(-entry.pence) if entry.pence < 0 else "",
                    "balance": pounds(entry.balance_pence),
                }
                for entry in content.entries
            ],
            "open_invoices": [
                {
                    "number": one.number,
                    "purchase_order": one.purchase_order,
                    "due": plain_date(one.due_on),
                    "owed": pounds(one.owed_pence),
                    "overdue": _overdue(one.days_overdue),
                }
                for one in content.open_invoices
            ],
        },
        title=f"Statement of account, {long_date(content.on)}",
        issued_at=start_of(content.on),
    )


def _overdue(days: int) -> str:
    return f"{days} {'day' if days == 1 else 'days'}" if days else ""
