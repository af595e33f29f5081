"""A contract's account: what was agreed, used and billed under it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.contracts.pricing import (
    Terms,
)
from billing.periods import Period
from billing.vat import Treatment


@dataclass(frozen=True)
class Event:
    """A billable event: one usage entry, and what became of it since.

    `billed_price` is the price in pence at which it stands billed, None while it is not;
    `billed_vat` the treatment and the rate that it was billed with: a credit takes back just that
    VAT, whatever the rate is by then (VAT Regulations 1995 reg 24).
    """

    id: uuid.UUID
    kind: str
    on: dt.date
    case_reference: str
    amount_pence: int | None = None
    notice_days: int | None = None
    description: str = ""
    standing: bool = True
    billed_price: int | None = None
    billed_vat: tuple[Treatment, Decimal] | None = None


@dataclass(frozen=True)
class BilledFee:
    """The fee that stands billed for some days, in pence, and the VAT it was first billed with."""

    covers: Period
    net_pence: int
    vat: tuple[Treatment, Decimal] | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """All that decides what is due under one contract."""

    reference: str
    starts_on: dt.date
    ends_on: dt.date
    frequency: str
    terms: Sequence[Terms]
    billed_fees: Sequence[BilledFee] = ()
    events: Sequence[Event] = ()
    # Days before it were billed by another system.
    billed_from: dt.date | None = None
    # Whether its billing periods are counted from its own first day, and not from April.
    own_years: bool = False
    # Whether a year that the end cuts short includes a share alone.
    prorated: bool = False

    @property
    def anchor(self) -> dt.date | None:
        """The day from which its billing periods are counted; None is April."""
        return self.starts_on if self.own_years else None

    @property
    def share_ends_on(self) -> dt.date | None:
        """The day at which an allowance is cut; None where a short year includes all of it."""
        return self.ends_on if self.prorated else None

    @property
    def term(self) -> Period:
        return Period(self.starts_on, self.ends_on)
