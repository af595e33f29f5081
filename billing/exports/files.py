"""Files for accounting programs and spreadsheets."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.exports.figures import Document, Receipt
from saas.config import Settings
from saas.identity.signed_in import Tenancy

Names = Mapping[uuid.UUID, Tenancy]
# The names of a file's columns, and its rows: made while they are asked for.
Table = tuple[Sequence[str], Iterable[Sequence[object]]]
# The codes that both programs come with: standard, exempt, outside the scope.
SAGE_TAX = {"standard": "T1", "exempt": "T2", "outside_scope": "T9"}
XERO_TAX = {
    "standard": "{rate}% (VAT on Income)",
    "exempt": "Exempt Income",
    "outside_scope": "No VAT",
}
# Sage 50 takes so many characters of an account's reference.
ACCOUNT_LENGTH = 8


@dataclass(frozen=True)
class LedgerCodes:
    """What the accounting program calls things. `accounts` has an account's reference by authority:
    no two have the same."""

    accounts: Mapping[uuid.UUID, str]
    sage_nominal: str = "4000"
    sage_bank: str = "1200"
    sage_department: str = "0"
    xero_account: str = "200"
    xero_tracking: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, settings: Settings, accounts: Mapping[uuid.UUID, str]) -> LedgerCodes:
        return cls(
            accounts,
            settings.sage_nominal_code,
            settings.sage_bank_code,
            settings.sage_department,
            settings.xero_account_code,
            (settings.xero_tracking_name, settings.xero_tracking_option),
        )


def account_references(
    names: Mapping[uuid.UUID, Tenancy], prefixes: Mapping[uuid.UUID, str]
) -> dict[uuid.UUID, str]:
    """An account's reference for each authority: the beginning of its short name, and where two
    would have the same (the Kingstons, the Leicesters) its own prefix at the end."""
    plain = {id_: one.slug.upper().replace("-", "")[:ACCOUNT_LENGTH] for id_, one in names.items()}
    counted = Counter(plain.values())
    return {
        id_: name
        if counted[name] == 1
        else f"{name[: ACCOUNT_LENGTH - len(prefixes[id_])]}{prefixes[id_]}"
        for id_, name in plain.items()
    }


def xero_tax(treatment: str, rate: Decimal) -> str:
    """The name of a tax rate as Xero has it: '20% (VAT on Income)', never '20.00%'."""
    return XERO_TAX[treatment].format(rate=f"{rate.normalize():f}")


def _pounds(pence: int) -> str:
    return f"{Decimal(pence) / 100:.2f}"


def _line(text: str) -> str:
    return " ".join(text.split())


def sage_journal(
    found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy], codes: LedgerCodes
) -> Table:
    """Sage 50's audit trail import: one row a line; SI is an invoice, SC a credit."""
    return (
        ("Type", "Account Reference", "Nominal A/C Ref", "Department Code", "Date", "Reference",
         "Details", "Net Amount", "Tax Code", "Tax Amount", "Extra Reference"),
        (
            (
                "SI" if document.sign > 0 else "SC",
                codes.accounts[document.tenant_id],
                codes.sage_nominal,
                codes.sage_department,
                f"{document.issued_on:%d/%m/%Y}",
                document.number,
                _line(line.description)[:60],
                _pounds(line.net_pence),
                SAGE_TAX[line.vat_treatment],
                _pounds(vat),
                document.invoice.purchase_order_number,
            )
            for document in found
            for line, vat in document.taxed_lines()
        ),
    )  # fmt: skip


def xero_journal(
    found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy], codes: LedgerCodes
) -> Table:
    """Xero's sales invoice import: one row a line; a credit note has quantities below zero."""
    return (
        ("*ContactName", "EmailAddress", "*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate",
         "*Description", "*Quantity", "*UnitAmount", "*AccountCode", "*TaxType", "TaxAmount",
         "TrackingName1", "TrackingOption1", "Currency"),
        (
            (
                names[document.tenant_id].name,
                document.invoice.words["customer"]["email"],
                document.number,
                document.invoice.purchase_order_number,
                f"{document.issued_on:%d/%m/%Y}",
                f"{document.due_on:%d/%m/%Y}",
                _line(line.description),
                f"{line.quantity * document.sign:f}",
                _pounds(line.unit_price_pence),
                codes.xero_account,
                xero_tax(line.vat_treatment, line.vat_rate),
                _pounds(vat * document.sign),
                *codes.xero_tracking,
                "GBP",
            )
            for document in found
            for line, vat in document.taxed_lines()
        ),
    )  # fmt: skip


def sage_receipts(found: Iterable[Receipt], codes: LedgerCodes, _names: Names) -> Table:
    """Sage 50's audit trail import of money: SA is a receipt on account, to be allocated there
    (Sage takes no SR in); SP is what went back."""
    return (
        ("Type", "Account Reference", "Nominal A/C Ref", "Department Code", "Date", "Reference",
         "Details", "Net Amount", "Tax Code", "Tax Amount", "Extra Reference"),
        (
            (
                "SA" if one.payment.amount_pence > 0 else "SP",
                codes.accounts[one.payment.tenant_id],
                codes.sage_bank,
                codes.sage_department,
                f"{one.payment.received_on:%d/%m/%Y}",
                _line(one.payment.reference)[:30],
                _line(" ".join(one.invoices) or "On account")[:60],
                _pounds(abs(one.payment.amount_pence)),
                "T9",
                "0.00",
                one.payment.method,
            )
            for one in found
        ),
    )  # fmt: skip


def xero_receipts(found: Iterable[Receipt], _codes: LedgerCodes, names: Names) -> Table:
    """Xero's import of a bank statement: it is reconciled there with the invoices it names."""
    return (
        ("*Date", "*Amount", "Payee", "Description", "Reference", "Cheque Number"),
        (
            (
                f"{one.payment.received_on:%d/%m/%Y}",
                _pounds(one.payment.amount_pence),
                names[one.payment.tenant_id].name,
                _line(" ".join(one.invoices) or "On account"),
                _line(one.payment.reference),
                "",
            )
            for one in found
        ),
    )


RECEIPT_FILES = {"sage-receipts": sage_receipts, "xero-receipts": xero_receipts}


def invoice_list(
    found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy], _codes: LedgerCodes
) -> Table:
    return (
        ("Number", "Kind", "Authority", "Issued on", "Period from", "Period to", "Purchase order",
         "Net", "VAT", "Gross"),
        (
            (
                document.number,
                "Invoice" if document.sign > 0 else f"Credit note for {document.invoice.number}",
                names[document.tenant_id].name,
                document.issued_on,
                document.invoice.period_from,
                document.invoice.period_to,
                document.invoice.purchase_order_number,
                _pounds(document.sign * document.net_pence),
                _pounds(document.sign * document.vat_pence),
                _pounds(document.sign * (document.net_pence + document.vat_pence)),
            )
            for document in found
        ),
    )  # fmt: skip


FILES = {"sage": sage_journal, "xero": xero_journal, "invoices": invoice_list}
