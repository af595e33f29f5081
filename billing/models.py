"""Every table of billing, so that one import maps them all."""

from billing.contracts.models import BillingContact, Contract, ContractTerms, PurchaseOrder
from billing.contracts.price_list import ListPrice
from billing.contracts.targets import ContractTargets
from billing.credits.models import CreditNote, CreditNoteLine
from billing.debts.models import BaseRate, LatePaymentClaim, Reminder, ReminderPause
from billing.disputes.models import DisputeAnswer, InvoiceDispute
from billing.invoices.models import (
    BilledUsage,
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    InvoiceSeries,
)
from billing.payments.models import Payment, PaymentAllocation
from billing.runs.models import InvoiceRun, InvoiceRunPart
from billing.stripe.models import StripeEvent, StripeObject
from billing.tasks import BillingTask
from billing.usage.models import UsageEntry

__all__ = [
    "BaseRate",
    "BilledUsage",
    "BillingContact",
    "BillingTask",
    "Contract",
    "ContractTargets",
    "ContractTerms",
    "CreditNote",
    "CreditNoteLine",
    "DisputeAnswer",
    "Invoice",
    "InvoiceDispute",
    "InvoiceDocument",
    "InvoiceDraft",
    "InvoiceDraftLine",
    "InvoiceLine",
    "InvoiceRun",
    "InvoiceRunPart",
    "InvoiceSeries",
    "LatePaymentClaim",
    "ListPrice",
    "Payment",
    "PaymentAllocation",
    "PurchaseOrder",
    "Reminder",
    "ReminderPause",
    "StripeEvent",
    "StripeObject",
    "UsageEntry",
]
