"""VAT: which rate applies on a day, and the VAT of many lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

# The standard rate and the first day it applied (VAT Act 1994 s.2(1) and its amendments).
STANDARD_RATES: tuple[tuple[dt.date, Decimal], ...] = (
    (dt.date(1991, 4, 1), Decimal("17.5")),
    (dt.date(2008, 12, 1), Decimal("15")),
    (dt.date(2010, 1, 1), Decimal("17.5")),
    (dt.date(2011, 1, 4), Decimal("20")),
)


class Treatment(StrEnum):
    """How a supply is treated for VAT."""

    STANDARD = "standard"
    EXEMPT = "exempt"
    OUTSIDE_SCOPE = "outside_scope"


TREATMENT_WORDS = {
    Treatment.STANDARD: "Standard rate",
    Treatment.EXEMPT: "Exempt",
    Treatment.OUTSIDE_SCOPE: "Outside the scope of VAT",
}


def rate_on(
    treatment: Treatment,
    tax_point: dt.date,
    rates: Iterable[tuple[dt.date, Decimal]] = STANDARD_RATES,
) -> Decimal:
    """The rate in percent that applies to a supply with this tax point."""
    if treatment is not Treatment.STANDARD:
        return Decimal(0)
    found = [rate for since, rate in rates if since <= tax_point]
    if not found:
        raise ValueError(f"no VAT rate is known for {tax_point}")
    return found[-1]


@dataclass(frozen=True)
class VatGroup:
    """All lines of one treatment at one rate. Pence, the rate in percent."""

    treatment: Treatment
    rate: Decimal
    net_pence: int
    vat_pence: int


def round_pence(pence: Decimal) -> int:
    """Pence rounded half away from zero, as invoices are."""
    return int(pence.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def vat_groups(lines: Iterable[tuple[Treatment, Decimal, int]]) -> list[VatGroup]:
    """The VAT of lines (treatment, rate in percent, net pence), rounded once per rate.

    HMRC Notice 700 s.17.5 lets an invoice round the total of each rate; EN 16931 (BR-CO-17)
    asks for just that.
    """
    nets: dict[tuple[Treatment, Decimal], int] = {}
    for treatment, rate, net in lines:
        nets[(treatment, rate)] = nets.get((treatment, rate), 0) + net
    return [
        VatGroup(treatment, rate, net, round_pence(net * rate / 100))
        for (treatment, rate), net in sorted(
            nets.items(), key=lambda entry: (entry[0][0].value, -entry[0][1])
        )
    ]


def vat_by_rate(
    lines: Iterable[tuple[str, Decimal, int]], vat_pence: int
) -> dict[tuple[str, Decimal], int]:
    """The VAT of a document whose whole VAT is known, by treatment and rate, in pence.

    A credit note takes back what several of them leave of the invoice's VAT: what that differs by
    from the rounded VAT of its own lines stands at the last rate that bears tax.
    """
    nets: dict[tuple[str, Decimal], int] = {}
    for treatment, rate, net in lines:
        nets[(treatment, rate)] = nets.get((treatment, rate), 0) + net
    found = {key: round_pence(net * key[1] / 100) for key, net in nets.items()}
    taxed = [key for key in found if key[1]]
    if taxed:
        found[taxed[-1]] += vat_pence - sum(found.values())
    return found


def vat_shares(
    lines: Iterable[tuple[str, Decimal, int]],
    totals: Mapping[tuple[str, Decimal], int] | None = None,
) -> list[int]:
    """The VAT of each line (treatment, rate in percent, net pence), in pence.

    Each share is what the rounded VAT of the lines up to it grows by: those of a rate come to the
    VAT of that rate to the penny, and none is more than a penny away from what the line alone would
    come to.

    Args:
        totals: the VAT by treatment and rate, where it is not the rounded sum: a credit note takes
            back what other credits left. The last line of the rate then bears the difference.
    """
    told = list(lines)
    last = {(treatment, rate): place for place, (treatment, rate, _) in enumerate(told)}
    nets: dict[tuple[str, Decimal], int] = {}
    given: dict[tuple[str, Decimal], int] = {}
    shares = []
    for place, (treatment, rate, net) in enumerate(told):
        key = (treatment, rate)
        nets[key] = nets.get(key, 0) + net
        due = round_pence(nets[key] * rate / 100)
        if totals is not None and place == last[key]:
            due = totals[key]
        shares.append(due - given.get(key, 0))
        given[key] = due
    return shares
