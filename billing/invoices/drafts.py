"""What a draft is made of: the account, its lines, what could not be drafted. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from billing.contracts.pricing import (
    Terms,
)
from billing.periods import Period
from billing.vat import STANDARD_RATES, Treatment


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

    @property
    def term(self) -> Period:
        return Period(self.starts_on, self.ends_on)


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """A line of an invoice. Pence without VAT; a credit has a quantity below zero."""

    kind: str
    description: str
    quantity: Decimal
    unit_price_pence: int
    vat: Treatment
    vat_rate: Decimal
    covers: Period
    clause: str = ""
    usage: tuple[uuid.UUID, ...] = ()

    @property
    def net_pence(self) -> int:
        return int(self.quantity * self.unit_price_pence)


@dataclass(frozen=True)
class Drafted:
    """The lines, and what finance must look at before anything is issued."""

    lines: tuple[DraftLine, ...]
    exceptions: tuple[str, ...] = ()
    rates: tuple[tuple[dt.date, Decimal], ...] = field(default=STANDARD_RATES, repr=False)

    @property
    def net_pence(self) -> int:
        return sum(line.net_pence for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """Changes when anything that is charged does."""
        told = "\n".join(
            f"{x.kind}|{x.description}|{x.quantity}|{x.unit_price_pence}|{x.vat}|{x.vat_rate}"
            f"|{x.covers}|{sorted(str(one) for one in x.usage)}"
            for x in self.lines
        )
        return hashlib.sha256(told.encode()).hexdigest()
