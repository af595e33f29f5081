"""The doors of billing with every page on them."""

from billing.account_pages import authority as _own_invoices
from billing.account_pages import contracts as _contracts
from billing.account_pages import finance as _invoices
from billing.account_pages import one_off as _one_off
from billing.account_pages import statements as _statements
from billing.account_pages.joining import pages as joining
from billing.amending import agreed_since as _agreed
from billing.amending import doors as _amending
from billing.amending import order_pages as _orders
from billing.contracts import prices_page as _prices
from billing.contracts import targets_page as _targets
from billing.credits import doors as _credits
from billing.debts import doors as _debts
from billing.debts import rates_page as _rates
from billing.debts import writing_off_page as _write_offs
from billing.deliveries import doors as _deliveries
from billing.disputes import doors as _disputes
from billing.doors import authority, finance
from billing.exports import doors as _exports
from billing.exports import year_end_pages as _year_end
from billing.payments import doors as _payments
from billing.payments import receipt_pages as _receipts
from billing.payments import remittance_page as _remittance
from billing.runs import finance as _runs
from billing.stripe import doors as _stripe
from billing.stripe.doors import hooks
from billing.usage import doors as _usage

__all__ = ["authority", "finance", "hooks", "joining"]

_ = (
    _agreed,
    _amending,
    _orders,
    _contracts,
    _credits,
    _debts,
    _deliveries,
    _disputes,
    _exports,
    _invoices,
    _one_off,
    _own_invoices,
    _payments,
    _prices,
    _rates,
    _receipts,
    _remittance,
    _runs,
    _statements,
    _stripe,
    _targets,
    _usage,
    _write_offs,
    _year_end,
)
