"""Our lines as Stripe's invoice shows them.

Stripe would round VAT by line; an invoice rounds it once for each rate (EN 16931 BR-CO-17). So the
lines are given with the VAT worked out by us, as amounts: the same that our paper prints.

Stripe takes no more than 250 lines. An invoice with more goes there as one line for each rate,
which stays itemised on our own PDF.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from stripe.params import InvoiceAddLinesParamsLine

from billing.invoices.content import groups_of
from billing.ledger.invoices import InvoiceLine
from billing.stripe.gateway import Gateway, ask, every
from billing.vat import Treatment, vat_shares
from saas.reference.today import LONDON

MOST_LINES = 250
DESCRIPTION_LENGTH = 500
# What Stripe calls our treatments, and what its paper then says of the tax.
TAX = {
    Treatment.STANDARD: ("standard_rated", "VAT"),
    Treatment.EXEMPT: ("product_exempt", "VAT exempt"),
    Treatment.OUTSIDE_SCOPE: ("not_subject_to_tax", "Outside the scope of VAT"),
}


def stripe_lines(
    lines: Sequence[InvoiceLine], *, deployment: str, number: str
) -> list[InvoiceAddLinesParamsLine]:
    """The lines for Stripe: amounts in pence without VAT, with the VAT beside them."""
    if len(lines) > MOST_LINES:
        return [
            _line(
                f"Invoice {number}, itemised on our PDF",
                group.treatment,
                group.rate,
                net=group.net_pence,
                vat=group.vat_pence,
                marks={"deployment": deployment, "line": f"{number} {group.treatment}"},
            )
            for group in groups_of(lines)
        ]
    shares = vat_shares((x.vat_treatment, x.vat_rate, x.net_pence) for x in lines)
    made = []
    for line, vat in zip(lines, shares, strict=True):
        one = _line(
            _description(line),
            Treatment(line.vat_treatment),
            line.vat_rate,
            net=line.net_pence,
            vat=vat,
            marks={"deployment": deployment, "line": str(line.id)},
        )
        one["period"] = {"start": moment(line.covers_from), "end": moment(line.covers_to)}
        made.append(one)
    return made


def rates_of(gateway: Gateway, stripe_id: str) -> dict[tuple[str, Decimal], str]:
    """Stripe's names for the rates that it made of ours on an invoice, by reason and percent."""
    listed = ask(
        lambda: gateway.client.v1.invoices.line_items.list(
            stripe_id, {"limit": 100, "expand": ["data.taxes.tax_rate_details.tax_rate"]}
        )
    )
    found: dict[tuple[str, Decimal], str] = {}
    for line in every(listed):
        for tax in line.get("taxes") or []:
            rate = (tax.get("tax_rate_details") or {}).get("tax_rate")
            if isinstance(rate, dict):
                percent = Decimal(str(rate["percentage"]))
                found.setdefault((tax["taxability_reason"], percent), str(rate["id"]))
    return found


def _line(
    description: str,
    treatment: Treatment,
    rate: Decimal,
    *,
    net: int,
    vat: int,
    marks: dict[str, str],
) -> InvoiceAddLinesParamsLine:
    reason, name = TAX[treatment]
    return {
        "amount": net,
        "description": description,
        "discountable": False,
        "metadata": marks,
        "tax_amounts": [
            {
                "amount": vat,
                "taxable_amount": net,
                "taxability_reason": reason,
                "tax_rate_data": {
                    "display_name": name,
                    "percentage": float(rate),
                    "inclusive": False,
                    "country": "GB",
                    "tax_type": "vat",
                },
            }
        ],
    }


def _description(line: InvoiceLine) -> str:
    """What it is, and how many at how much: with an amount Stripe takes no quantity beside it."""
    many = line.quantity.normalize()
    told = line.description[: DESCRIPTION_LENGTH - 40]
    return told if many == 1 else f"{told} ({many:f} at £{line.unit_price_pence / 100:,.2f})"


def moment(day: dt.date) -> int:
    """The first moment of a day in London, as Stripe counts time."""
    return int(dt.datetime.combine(day, dt.time(), LONDON).timestamp())


def moment_day(seconds: int) -> dt.date:
    """The day in London of one of Stripe's times."""
    return dt.datetime.fromtimestamp(seconds, LONDON).date()
