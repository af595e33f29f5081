"""All boroughs beside each other with small counts hidden: for a file that is sent on. Pure.

A borough's counters are tied to each other (agreements are full and partial ones) and, by the year,
to those of its quarters. Between boroughs nothing is tied: the files print no total of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tenants.law.decisions import STAGES
from tenants.statistics.comparisons.suppression import LEAST, Sum, hidden_cells
from tenants.statistics.measures.caseload import Caseload
from tenants.statistics.measures.definitions import COUNTERS, SHARES
from tenants.statistics.measures.figures import Figures

STAGED = ("mediations_held", "followed_by_appeal")
# What no file prints: those of a share who are not in its numerator (guarded), and what is left
# where the parts need not be the whole.
REST, LEFT = "rest of ", "left of "
TODAY = ("open", "at_risk", "overdue")


def staged(counter: str, stage: str) -> str:
    return f"{counter}_{stage}"


def counts_of(figures: Figures) -> dict[str, int]:
    """Every cell of a borough and period, those included that no file prints."""
    cells = {counter.key: figures.count(counter.key) for counter in COUNTERS}
    for counter in STAGED:
        by_stage = figures.at_stage(counter)
        cells |= {staged(counter, stage): by_stage[stage] for stage in STAGES}
        cells[LEFT + counter] = cells[counter] - sum(by_stage.values())
    for share in SHARES:
        cells[REST + share.key] = cells[share.denominator] - cells[share.numerator]
    cells[LEFT + "outcomes"] = cells[REST + "agreement_rate"] - cells["no_agreements"]
    return cells


def _sums() -> Iterator[Sum[str]]:
    yield Sum(
        "certificates",
        (
            "certificates_no_mediation",
            "certificates_after_mediation",
            "certificates_deemed",
        ),
    )
    yield Sum("agreements", ("full_agreements", "partial_agreements"))
    yield Sum(REST + "agreement_rate", ("no_agreements", LEFT + "outcomes"))
    for counter in STAGED:
        yield Sum(counter, (*(staged(counter, stage) for stage in STAGES), LEFT + counter))
    for share in SHARES:
        yield Sum(share.denominator, (share.numerator, REST + share.key))


SUMS: Sequence[Sum[str]] = tuple(_sums())


@dataclass(frozen=True, slots=True)
class SharedRow:
    """What a file that is sent on may say of a borough. A hidden count is not in it."""

    counts: Mapping[str, int]
    today: Mapping[str, int]
    median_days: float | None

    def share(self, numerator: str, denominator: str) -> float | None:
        """None where either is hidden."""
        if numerator not in self.counts or not self.counts.get(denominator):
            return None
        return self.counts[numerator] / self.counts[denominator]


def shared_row(
    figures: Figures, quarters: Sequence[Figures], caseload: Caseload, steps_overdue: int
) -> SharedRow:
    """One borough's row for a period.

    Args:
        quarters: of a calendar year its four; of a quarter none.
    """
    hidden = _hidden(figures, quarters)
    counts = {
        cell: number
        for cell, number in counts_of(figures).items()
        if cell not in hidden and not cell.startswith((REST, LEFT))
    }
    return SharedRow(
        counts,
        _today(caseload, steps_overdue),
        figures.median_days if "mediations_timed" in counts else None,
    )


def _hidden(figures: Figures, quarters: Sequence[Figures]) -> frozenset[str]:
    periods = [*quarters, figures]
    of = len(quarters)
    cells = [counts_of(one) for one in periods]
    counts = {(n, cell): number for n, one in enumerate(cells) for cell, number in one.items()}
    sums = [
        Sum((n, one.total), tuple((n, part) for part in one.parts))
        for n in range(len(periods))
        for one in SUMS
    ]
    before: set[tuple[int, str]] = set()
    for n, quarter in enumerate(quarters):
        before |= {(n, cell) for cell in _hidden(quarter, ())}
    known = {(n, cell) for n, cell in counts if n != of and (n, cell) not in before}
    if quarters:
        sums += [Sum((of, cell), tuple((n, cell) for n in range(of))) for cell in cells[of]]
    found = hidden_cells(
        counts,
        sums,
        open_cells=known,
        hidden_before=before,
        unprinted=[cell for cell in counts if cell[1].startswith(LEFT)],
        guarded=[cell for cell in counts if cell[1].startswith(REST)],
    )
    return frozenset(cell for n, cell in found if n == of)


def _today(caseload: Caseload, steps_overdue: int) -> dict[str, int]:
    """Today's cases: overdue ones are at risk, and those at risk are open."""
    counts = {
        "open": caseload.open,
        "at_risk": caseload.at_risk,
        "overdue": caseload.overdue,
        REST + "open": caseload.open - caseload.at_risk,
        REST + "at_risk": caseload.at_risk - caseload.overdue,
    }
    hidden = hidden_cells(
        counts,
        [Sum("open", ("at_risk", REST + "open")), Sum("at_risk", ("overdue", REST + "at_risk"))],
        guarded=[cell for cell in counts if cell.startswith(REST)],
    )
    shown = {cell: counts[cell] for cell in TODAY if cell not in hidden}
    return shown | ({"steps_overdue": steps_overdue} if steps_overdue >= LEAST else {})
