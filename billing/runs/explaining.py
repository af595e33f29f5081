"""What differs from the last invoice, and why, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

CLAUSE_WORDS = {
    "annual fee": "Fee",
    "amendment": "Change of the contract",
    "mediation": "Mediations beyond those included",
    "facilitation": "Facilitations beyond those included",
    "mias": "Advice beyond what is included",
    "disagreement_resolution": "Disagreement resolution beyond what is included",
    "late_cancellation": "Late cancellations",
    "expense": "Expenses",
    "day_rate": "Further days",
    "late_payment": "Interest and compensation for late payment",
    "one off": "Beside the contract",
}

# The same for a chart, where there is little room.
SHORT_WORDS = {
    **CLAUSE_WORDS,
    "amendment": "Changes",
    "mediation": "Mediations",
    "facilitation": "Facilitations",
    "mias": "Advice",
    "disagreement_resolution": "Disagreements",
    "late_payment": "Late payment",
}


@dataclass(frozen=True)
class Charged:
    """What one line came to, by its clause. Pence without VAT."""

    clause: str
    quantity: Decimal
    net_pence: int


def _by_clause(lines: Iterable[Charged]) -> dict[str, tuple[Decimal, int]]:
    sums: dict[str, tuple[Decimal, int]] = {}
    for line in lines:
        quantity, net = sums.get(line.clause, (Decimal(0), 0))
        sums[line.clause] = (quantity + line.quantity, net + line.net_pence)
    return sums


def differences(before: Sequence[Charged] | None, now: Sequence[Charged]) -> list[str]:
    """What changed against the invoice before, clause by clause; None is 'there was none'."""
    if before is None:
        return ["The first invoice of this contract"]
    told = []
    old, new = _by_clause(before), _by_clause(now)
    for clause in sorted(old.keys() | new.keys(), key=list(CLAUSE_WORDS).index):
        was, net_was = old.get(clause, (Decimal(0), 0))
        quantity, net = new.get(clause, (Decimal(0), 0))
        if net == net_was:
            continue
        more = "more" if net > net_was else "less"
        text = f"{CLAUSE_WORDS[clause]}: £{abs(net - net_was) / 100:,.2f} {more}"
        if quantity != was and clause not in ("annual fee", "amendment"):
            text += f" ({quantity.normalize():f} after {was.normalize():f})"
        told.append(text)
    return told or ["The same as last time"]
