"""The statement of use: included, used, left, and where the year is heading. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from billing.contracts.pricing import Service, Terms, allowance, contract_year, terms_on
from billing.ledger.account import Event
from billing.periods import Period

# A forecast from a few days would promise what nobody knows.
FORECAST_AFTER_DAYS = 28


@dataclass(frozen=True)
class ServiceUse:
    """One service in one contract year. `included` is None where there is no limit."""

    service: Service
    included: int | None
    used: int
    # Used by the year's end if it goes on as it did so far; None too early in the year.
    forecast: int | None
    price_pence: int | None

    @property
    def left(self) -> int | None:
        return None if self.included is None else max(0, self.included - self.used)

    @property
    def beyond(self) -> int:
        return 0 if self.included is None else max(0, self.used - self.included)

    @property
    def forecast_beyond(self) -> int | None:
        if self.included is None or self.forecast is None:
            return None
        return max(0, self.forecast - self.included)


@dataclass(frozen=True)
class Statement:
    year: Period
    on: dt.date
    services: tuple[ServiceUse, ...]
    events: tuple[Event, ...]


def statement_of_use(
    history: Sequence[Terms],
    contract_start: dt.date,
    contract_end: dt.date,
    events: Sequence[Event],
    *,
    on: dt.date,
    prorated: bool = False,
) -> Statement:
    """The use of the contract year that a day is in, up to that day.

    Args:
        prorated: whether a year that the contract's end cuts short includes a share alone.
    """
    day = min(max(on, contract_start), contract_end)
    year = contract_year(contract_start, day)
    standing = [e for e in events if e.standing and e.on in year and e.on <= on]
    elapsed = (day - year.first).days + 1
    terms = terms_on(history, day)
    share = contract_end if prorated else None
    services = []
    for service in Service:
        price = terms.prices.get(service)
        used = sum(1 for e in standing if e.kind == service.value)
        if price is None and not used:
            continue
        forecast = (
            None
            if elapsed < FORECAST_AFTER_DAYS
            else max(used, (used * year.days * 2 + elapsed) // (2 * elapsed))
        )
        services.append(
            ServiceUse(
                service,
                allowance(history, service, year, ends_on=share) if price else 0,
                used,
                forecast,
                price.price_pence if price else None,
            )
        )
    return Statement(year, on, tuple(services), tuple(sorted(standing, key=lambda e: (e.on, e.id))))
