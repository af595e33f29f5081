"""Figures put into sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from saas.reference.queries import PlaceFigures
from tenants.statistics.measures.figures import Figures


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: '1 mediation', '38 mediations'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def headline(figures: Figures, period: str) -> str:
    """The sentence that an authority's page starts with."""
    held = figures.count("mediations_held")
    if not held:
        return f"No mediation was held in {period}."
    agreed = figures.count("agreements")
    sentence = (
        f"In {period}, {counted(agreed, 'mediation')} of the {held:,} held ended in full or "
        "partial agreement"
    )
    if held == 1:
        sentence = f"In {period} one mediation was held, " + (
            "and it ended in full or partial agreement" if agreed else "without agreement so far"
        )
    timed = figures.ratios["held_within_30"]
    if timed.denominator:
        sentence += (
            f"; {timed.numerator:,} of {timed.denominator:,} were held within 30 days of the "
            "authority's being told"
        )
    return sentence + "."


def across(all_figures: Sequence[Figures], boroughs: int, period: str) -> str:
    """The sentence that the managers' dashboard starts with."""
    held = sum(f.count("mediations_held") for f in all_figures)
    within = sum(f.count("mediations_held_within_30") for f in all_figures)
    timed = sum(f.count("mediations_timed") for f in all_figures)
    if not held:
        return f"No mediation was held in {period} in any of {counted(boroughs, 'borough')}."
    sentence = (
        f"In {period}, {counted(held, 'mediation')} were held for {counted(boroughs, 'borough')}"
    )
    if held == 1:
        sentence = f"In {period}, 1 mediation was held for {counted(boroughs, 'borough')}"
    if timed:
        sentence += f"; {within:,} of {timed:,} within 30 days"
    return sentence + "."


def difference(own: int, published: PlaceFigures | None, year: int) -> str:
    """How the own count of mediations held stands to the DfE's, and what may explain it."""
    if published is None:
        return f"The DfE has not published figures for {year} yet."
    theirs = published.mediations_held
    if theirs is None:
        return (
            f"The DfE published no complete count of mediations for {published.name} in {year}: "
            "the authority did not give it, so there is nothing to compare with."
        )
    if own == theirs:
        return (
            f"The DfE published {theirs:,} mediations for {published.name} in {year}, the same as "
            "our own count."
        )
    if own < theirs:
        return (
            f"The DfE published {theirs:,} mediations for {published.name} in {year}, "
            f"{theirs - own:,} more than our own count. The authority may have counted mediations "
            "that another provider held, cases that asked for mediation without a meeting, or a "
            "meeting held in another year."
        )
    return (
        f"The DfE published {theirs:,} mediations for {published.name} in {year}, "
        f"{own - theirs:,} fewer than our own count. The authority may have counted by another "
        "date, counted a child with two decisions once, or left a mediation out of its SEN2 "
        "return: the SEN2 list shows which children it should name."
    )
