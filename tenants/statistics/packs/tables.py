"""The tables of a report pack with their small counts hidden. Pure.

What a reader of packs knows besides: the totals, mediations held and followed by an appeal by
stage, and every other pack of the same year. See `suppression` for what is hidden where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tenants.law.decisions import STAGES
from tenants.statistics.comparisons.suppression import Sum, hidden_cells
from tenants.statistics.measures.breakdowns import BREAKDOWNS, NONE, STAGE_OF, WAIT_BANDS
from tenants.statistics.measures.tallies import Counted

# Who mediates stays with the provider.
PACKED = tuple(key for key in BREAKDOWNS if key not in ("mediator", "participant"))
COUNTERS = ("referrals", "mediations_held", "agreements")
OUTCOMES = ("full_agreements", "partial_agreements", "no_agreements")
# What the DfE publishes by stage.
PUBLISHED = ("mediations_held", "followed_by_appeal")

# (table, value, counter); of the totals the table is 'all'. The rest of a share, and mediations
# without an outcome, are cells that no table prints.
Cell = tuple[str, str, str]
Dated = tuple[str, Cell]
UNDECIDED, UNSATISFIED = "undecided", "unsatisfied"
WAITS = "waits"


@dataclass(frozen=True, slots=True)
class PackCounts:
    """What was counted in one period, for the tables of its pack."""

    totals: Counted
    broken_down: Mapping[str, Mapping[str, Counted]]
    waits: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PackTables:
    """The cells of one period; None where the count is hidden."""

    cells: Mapping[Cell, int | None]

    def at(self, table: str, value: str, counter: str) -> int | None:
        return self.cells.get((table, value, counter))


def _values(table: str) -> tuple[str, ...]:
    return tuple(BREAKDOWNS[table].words)


def _counts(of: PackCounts) -> dict[Cell, int]:
    """Every cell, those included that no table prints."""
    cells: dict[Cell, int] = {}
    for counter in (*COUNTERS, *OUTCOMES, "followed_by_appeal", "answers", "satisfied_answers"):
        cells["all", "", counter] = of.totals.get(counter, 0)
    for table in PACKED:
        counted = of.broken_down.get(table, {})
        for value in _values(table):
            for counter in COUNTERS:
                cells[table, value, counter] = counted.get(value, {}).get(counter, 0)
    stages = of.broken_down.get("stage", {})
    for stage in STAGES:
        cells["stage", stage, "followed_by_appeal"] = stages.get(stage, {}).get(
            "followed_by_appeal", 0
        )
    decisions = of.broken_down.get("decision_type", {})
    for value in _values("decision_type"):
        one = decisions.get(value, {})
        ended = [one.get(counter, 0) for counter in OUTCOMES]
        for counter, number in zip(OUTCOMES, ended, strict=True):
            cells["decision_type", value, counter] = number
        cells["decision_type", value, UNDECIDED] = one.get("mediations_held", 0) - sum(ended)
    for name, low, high in WAIT_BANDS:
        cells[WAITS, name, "mediations_timed"] = sum(
            number for days, number in of.waits.items() if low <= days <= high
        )
    cells["all", "", "mediations_timed"] = sum(of.waits.values())
    cells["all", "", "mediations_held_within_30"] = sum(
        number for days, number in of.waits.items() if days <= 30
    )
    cells["all", "", UNSATISFIED] = of.totals.get("answers", 0) - of.totals.get(
        "satisfied_answers", 0
    )
    people = of.broken_down.get("participant", {})
    for value in _values("participant"):
        answers = people.get(value, {}).get("answers", 0)
        satisfied = people.get(value, {}).get("satisfied_answers", 0)
        cells["participant", value, "answers"] = answers
        cells["participant", value, "satisfied_answers"] = satisfied
        cells["participant", value, UNSATISFIED] = answers - satisfied
    return cells


def _sums() -> Iterator[Sum[Cell]]:
    for counter in COUNTERS:
        for table in PACKED:
            values = list(_values(table)) + ([NONE] if table == "stage" else [])
            yield Sum(
                ("all", "", counter),
                tuple(
                    # What is about no appealable decision is in no stage.
                    (
                        "decision_type" if (table, value) == ("stage", NONE) else table,
                        value,
                        counter,
                    )
                    for value in values
                ),
            )
        for stage in STAGES:
            decided = [d for d in _values("decision_type") if STAGE_OF.get(d) == stage]
            yield Sum(
                ("stage", stage, counter), tuple(("decision_type", d, counter) for d in decided)
            )
        led = BREAKDOWNS["led_by"]
        for value in _values("led_by"):
            routes = [r for r in led.kept_values(value) if r in BREAKDOWNS["route"].words]
            yield Sum(("led_by", value, counter), tuple(("route", r, counter) for r in routes))
    for value in _values("decision_type"):
        agreed = ("decision_type", value, "agreements")
        yield Sum(agreed, tuple(("decision_type", value, one) for one in OUTCOMES[:2]))
        yield Sum(
            ("decision_type", value, "mediations_held"),
            (agreed, *(("decision_type", value, one) for one in (OUTCOMES[2], UNDECIDED))),
        )
    for counter in OUTCOMES:
        yield Sum(
            ("all", "", counter),
            tuple(("decision_type", value, counter) for value in _values("decision_type")),
        )
    bands: tuple[Cell, ...] = tuple((WAITS, name, "mediations_timed") for name, _, _ in WAIT_BANDS)
    yield Sum(("all", "", "mediations_timed"), bands)
    yield Sum(("all", "", "mediations_held_within_30"), bands[:3])
    for counter in ("answers", "satisfied_answers", UNSATISFIED):
        yield Sum(
            ("all", "", counter),
            tuple(("participant", value, counter) for value in _values("participant")),
        )
    for value in _values("participant"):
        yield Sum(
            ("participant", value, "answers"),
            (
                ("participant", value, "satisfied_answers"),
                ("participant", value, UNSATISFIED),
            ),
        )


SUMS: Sequence[Sum[Cell]] = tuple(_sums())


def known_anyway(cell: Cell) -> bool:
    """Whether a pack prints it as it was counted."""
    table, _, counter = cell
    return table == "all" or (table == "stage" and counter in PUBLISHED)


def printed(cell: Cell) -> bool:
    return cell[2] not in (UNDECIDED, UNSATISFIED)


def pack_tables(of: str, counted: Mapping[str, PackCounts]) -> PackTables:
    """The tables of one period.

    Args:
        counted: of a quarter itself alone; of a year itself and its quarters, by their codes.
    """
    hidden = hidden_in(of, counted)
    return PackTables(
        MappingProxyType(
            {
                cell: None if cell in hidden else number
                for cell, number in _counts(counted[of]).items()
                if printed(cell)
            }
        )
    )


def hidden_in(of: str, counted: Mapping[str, PackCounts]) -> frozenset[Cell]:
    """The hidden cells of one period, those that are never printed included."""
    quarters = [code for code in counted if code != of]
    counts: dict[Dated, int] = {}
    sums: list[Sum[Dated]] = []
    open_cells: set[Dated] = set()
    before: set[Dated] = set()
    for code in (*quarters, of):
        cells = _counts(counted[code])
        counts |= {(code, cell): number for cell, number in cells.items()}
        sums += [Sum((code, s.total), tuple((code, p) for p in s.parts)) for s in SUMS]
        open_cells |= {(code, cell) for cell in cells if known_anyway(cell)}
    for quarter in quarters:
        hidden = hidden_in(quarter, {quarter: counted[quarter]})
        before |= {(quarter, cell) for cell in hidden}
        # What a quarter's own pack shows is known.
        open_cells |= {(quarter, c) for c in _counts(counted[quarter]) if c not in hidden}
    if quarters:
        sums += [
            Sum((of, cell), tuple((quarter, cell) for quarter in quarters))
            for cell in _counts(counted[of])
        ]
    found = hidden_cells(
        counts,
        sums,
        open_cells=open_cells,
        hidden_before=before,
        unprinted=[c for c in counts if c[1][2] == UNDECIDED],
        guarded=[c for c in counts if c[1][2] == UNSATISFIED and c not in open_cells],
    )
    return frozenset(cell for code, cell in found if code == of)
