"""Every table of billing, so that one import maps them all."""

from billing.contracts.models import BillingContact, Contract, ContractTerms, PurchaseOrder
from billing.invoices.models import (
    BilledUsage,
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    InvoiceSeries,
)
from billing.usage.models import UsageEntry

__all__ = [
    "BilledUsage",
    "BillingContact",
    "Contract",
    "ContractTerms",
    "Invoice",
    "InvoiceDocument",
    "InvoiceDraft",
    "InvoiceDraftLine",
    "InvoiceLine",
    "InvoiceSeries",
    "PurchaseOrder",
    "UsageEntry",
]
