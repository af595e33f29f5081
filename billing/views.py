"""The doors of billing with every page on them."""

import billing.contracts.finance
import billing.invoices.authority
import billing.invoices.finance
import billing.runs.finance
import billing.usage.doors
from billing.doors import authority, finance

__all__ = ["authority", "finance"]

_ = (
    billing.contracts.finance,
    billing.invoices.authority,
    billing.invoices.finance,
    billing.runs.finance,
    billing.usage.doors,
)
