"""Every table of billing, so that one import maps them all."""

from billing.contracts.models import (
    BillingContact,
    Contract,
    ContractChange,
    ContractTerms,
    PurchaseOrder,
    PurchaseOrderChange,
)
from billing.contracts.price_list import ListPrice
from billing.contracts.targets import ContractTargets
from billing.debts.models import BaseRate, Reminder, ReminderPause
from billing.disputes.models import DisputeAnswer, InvoiceDispute
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.deliveries import PaperDelivery
from billing.ledger.invoices import (
    BilledUsage,
    Invoice,
    InvoiceDocument,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    InvoiceSeries,
    OrderShare,
)
from billing.ledger.late_payment_claims import LatePaymentClaim
from billing.ledger.payments import Payment, PaymentAllocation, PaymentSeen
from billing.ledger.usage_entries import UsageEntry
from billing.ledger.write_offs import WriteOff
from billing.payments.layouts import BankLayout
from billing.runs.models import InvoiceRun, InvoiceRunPart
from billing.stripe.models import StripeEvent, StripeObject
from billing.tasks import BillingTask

__all__ = [
    "BankLayout",
    "BaseRate",
    "BilledUsage",
    "BillingContact",
    "BillingTask",
    "Contract",
    "ContractChange",
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
    "OrderShare",
    "PaperDelivery",
    "Payment",
    "PaymentAllocation",
    "PaymentSeen",
    "PurchaseOrder",
    "PurchaseOrderChange",
    "Reminder",
    "ReminderPause",
    "StripeEvent",
    "StripeObject",
    "UsageEntry",
    "WriteOff",
]
