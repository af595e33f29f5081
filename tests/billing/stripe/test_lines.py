"""Our lines as Stripe's: their VAT sums to that of each rate, whatever the lines are."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.invoices.content import groups_of
from billing.ledger.invoices import InvoiceLine
from billing.stripe.lines import MOST_LINES, stripe_lines
from billing.vat import Treatment, vat_shares
from saas.database.base import new_id

RATES = ((Treatment.STANDARD, "20"), (Treatment.STANDARD, "17.5"), (Treatment.EXEMPT, "0"))


def line(net: int, treatment: Treatment = Treatment.STANDARD, rate: str = "20") -> InvoiceLine:
    return InvoiceLine(
        id=new_id(), description="Mediation", quantity=Decimal(1), unit_price_pence=net,
        net_pence=net, vat_treatment=treatment.value, vat_rate=Decimal(rate),
        covers_from=dt.date(2026, 4, 1), covers_to=dt.date(2026, 6, 30),
    )  # fmt: skip


SOME_LINES = st.lists(
    st.builds(
        lambda net, rate: line(net, *rate), st.integers(-90_000, 900_000), st.sampled_from(RATES)
    ),
    min_size=1,
    max_size=40,
)


@given(SOME_LINES)
def test_the_shares_of_a_rate_are_its_vat_and_each_is_a_penny_off_at_most(
    lines: list[InvoiceLine],
) -> None:
    sums: defaultdict[tuple[str, Decimal], int] = defaultdict(int)
    shares = vat_shares((x.vat_treatment, x.vat_rate, x.net_pence) for x in lines)
    for one, share in zip(lines, shares, strict=True):
        sums[(one.vat_treatment, one.vat_rate)] += share
        assert abs(share - one.net_pence * one.vat_rate / 100) <= 1
    assert sums == {(g.treatment.value, g.rate): g.vat_pence for g in groups_of(lines)}


def test_more_lines_than_stripe_takes_go_there_as_one_for_each_rate() -> None:
    lines = [line(1_003) for _ in range(MOST_LINES)] + [line(500, Treatment.EXEMPT, "0")]
    made = stripe_lines(lines, deployment="here", number="INV-1")
    assert len(made) == 2
    assert sum(one["amount"] for one in made) == sum(one.net_pence for one in lines)
    vat = sum(tax["amount"] for one in made for tax in one["tax_amounts"] or [])
    assert vat == sum(group.vat_pence for group in groups_of(lines))


def test_a_line_of_several_says_how_many_at_what_price() -> None:
    several = line(140_000)
    several.quantity, several.unit_price_pence = Decimal("2.00"), 70_000
    (made,) = stripe_lines([several], deployment="here", number="INV-1")
    assert made["description"] == "Mediation (2 at £700.00)"
    assert made["amount"] == 140_000
