"""What a draft is made of: the account, its lines, what could not be drafted. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from billing.periods import Period
from billing.vat import STANDARD_RATES, Treatment


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
