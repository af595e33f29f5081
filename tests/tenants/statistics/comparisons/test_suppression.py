"""Small counts hidden, and attacked: by every sum of every table, filter, file and period at once.

The attacker knows what is printed, how the tables are made and that no count is negative. For each
hidden count a linear program finds the least and the most it could be.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import lil_array

from tenants.law.decisions import STAGES
from tenants.statistics.comparisons import shared_tables as shared
from tenants.statistics.comparisons.suppression import LEAST, Sum, computable, hidden_cells
from tenants.statistics.measures.breakdowns import BREAKDOWNS, STAGE_OF
from tenants.statistics.measures.caseload import Caseload
from tenants.statistics.measures.definitions import COUNTERS, SHARES
from tenants.statistics.measures.figures import Figures
from tenants.statistics.packs import tables as packs
from tenants.statistics.packs.tables import PackCounts, pack_tables

Cell = TypeVar("Cell", bound=Hashable)


def bounds(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum[Cell]],
    hidden: Collection[Cell],
    sought: Collection[Cell],
) -> dict[Cell, tuple[float, float]]:
    """The least and the most that each cell sought can be, given all that is not hidden."""
    places = {cell: place for place, cell in enumerate(sorted(hidden, key=repr))}
    table = lil_array((len(sums), max(len(places), 1)))
    known = np.zeros(len(sums))
    for row, one in enumerate(sums):
        for cell, sign in ((one.total, -1), *((part, 1) for part in one.parts)):
            if cell in places:
                table[row, places[cell]] += sign
            else:
                known[row] -= sign * counts[cell]
    found = {}
    for cell in sought:
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(places))
            goal[places[cell]] = sign
            solved = linprog(goal, A_eq=table.tocsr(), b_eq=known, bounds=(0, None))
            assert solved.status in (0, 3), solved.message
            ends.append(float("inf") if solved.status == 3 else sign * solved.fun)
        found[cell] = (ends[0], ends[1])
    return found


def assert_open(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum[Cell]],
    hidden: Collection[Cell],
    sought: Collection[Cell],
) -> None:
    for cell, (low, high) in bounds(counts, sums, hidden, sought).items():
        assert high - low > 0.5, f"{cell} can only be {low:g}, and it is {counts[cell]}"
        assert low - 1e-6 <= counts[cell] <= high + 1e-6, "the attack itself is right"


def hand(counts: dict[str, int], *sums: Sum[str], **how: Collection[str]) -> set[str]:
    return set(hidden_cells(counts, sums, **how))  # type: ignore[arg-type]


ALL = Sum("all", ("a", "b", "c", "d"))


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ((20, 9, 8, 7), set()),
        # One alone follows from the total, so the smallest other goes too.
        ((20, 9, 8, 4), {"d", "c"}),
        ((20, 9, 8, 0), {"d", "c"}),
        # Two of them with 5 between them are enough; with 4 they are not.
        ((20, 9, 3, 2), {"c", "d"}),
        ((20, 9, 3, 1), {"b", "c", "d"}),
        # Of nothing everyone sees that it is nothing.
        ((0, 0, 0, 0), {"a", "b", "c", "d", "all"}),
        ((1, 1, 1, 1), {"a", "b", "c", "d", "all"}),
    ],
)
def test_one_row(counts: tuple[int, ...], hidden: set[str]) -> None:
    cells = dict(zip("abcd", counts, strict=True)) | {"all": sum(counts)}
    assert hand(cells, ALL) == hidden


def test_what_is_known_anyway_is_not_hidden_and_the_rest_is_as_well_as_can_be() -> None:
    cells = {"a": 2, "b": 1, "c": 0, "d": 0, "all": 3}
    assert hand(cells, ALL, open_cells={"all"}) == {"a", "b", "c", "d"}
    assert hand({**cells, "a": 12, "all": 13}, ALL, open_cells={"all", "a"}) == {"b", "c", "d"}


def test_the_rest_of_a_share_is_kept_though_no_table_has_it() -> None:
    share = Sum("answers", ("satisfied", "others"))
    assert hand({"answers": 30, "satisfied": 28, "others": 2}, share, guarded={"others"}) == {
        "others",
        "satisfied",
    }
    assert hand({"answers": 30, "satisfied": 20, "others": 10}, share, guarded={"others"}) == {
        "others"
    }
    assert hand({"answers": 30, "satisfied": 28, "others": 2}, share, unprinted={"others"}) == {
        "others"
    }


def test_a_sum_of_sums_gives_nothing_away() -> None:
    """Rows and columns with two hidden each, and yet one follows: found by elimination."""
    cells = {f"{row}{column}": 10 for row in "abc" for column in "xyz"}
    cells |= {"ax": 1}
    sums = []
    for row in "abc":
        parts = tuple(f"{row}{column}" for column in "xyz")
        cells[row] = sum(cells[part] for part in parts)
        sums.append(Sum(row, parts))
    for column in "xyz":
        parts = tuple(f"{row}{column}" for row in "abc")
        cells[column] = sum(cells[part] for part in parts)
        sums.append(Sum(column, parts))
    hidden = hidden_cells(cells, sums)
    assert len([cell for cell in hidden if len(cell) == 2]) >= 4
    assert_open(cells, sums, hidden, ["ax"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 6), st.sampled_from([4, 9, 30]))
def test_no_table_with_totals_can_be_solved(seed: int, rows: int, columns: int, most: int) -> None:
    chance = random.Random(seed)
    cells: dict[str, int] = {}
    sums: list[Sum[str]] = []
    for row in range(rows):
        parts = tuple(f"{row},{column}" for column in range(columns))
        cells |= {part: chance.randint(0, most) for part in parts}
        cells[f"row {row}"] = sum(cells[part] for part in parts)
        sums.append(Sum(f"row {row}", parts))
    for column in range(columns):
        parts = tuple(f"{row},{column}" for row in range(rows))
        cells[f"column {column}"] = sum(cells[part] for part in parts)
        sums.append(Sum(f"column {column}", parts))
    lines = tuple(f"row {row}" for row in range(rows))
    cells["all"] = sum(cells[line] for line in lines)
    sums.append(Sum("all", lines))
    sums.append(Sum("all", tuple(f"column {column}" for column in range(columns))))
    hidden = hidden_cells(cells, sums)
    assert all(cells[cell] >= LEAST for cell in cells if cell not in hidden)
    secret = [cell for cell in hidden if cells[cell] < LEAST]
    assert_open(cells, sums, hidden, secret)


# A year of one authority: its quarters and itself.

CODES = ("2025-q1", "2025-q2", "2025-q3", "2025-q4", "2025")


def a_case(chance: random.Random) -> tuple[dict[str, str], dict[str, int], int | None]:
    """What one case is, which counters it adds to, and how long it waited."""
    decision = chance.choice(["RTA", "RTA", "RTA", "RTI", "CONTENT", "PLACEMENT", "CEASE"])
    route = chance.choice(["parent", "parent", "parent", "young_person", "school", "sendiass"])
    phase = chance.choice(["primary", "primary", "secondary", "post_16"])
    what = {
        "decision_type": decision,
        "stage": STAGE_OF[decision],
        "service": "mediation",
        "route": route,
        "led_by": "young_person" if route == "young_person" else "family",
        "need": chance.choice(list(BREAKDOWNS["need"].words)[:6]),
        "age_band": chance.choice(list(BREAKDOWNS["age_band"].words)),
        "phase": phase,
        "delay_cause": chance.choice(["none", "none", "authority", "family"]),
    }
    adds = {"referrals": 1}
    wait = None
    if chance.random() < 0.6:
        adds["mediations_held"] = 1
        wait = chance.randint(3, 70)
        outcome = chance.choice(["full_agreements", "partial_agreements", "no_agreements", ""])
        if outcome:
            adds[outcome] = 1
        if outcome in ("full_agreements", "partial_agreements"):
            adds["agreements"] = 1
        if chance.random() < 0.2:
            adds["followed_by_appeal"] = 1
        if chance.random() < 0.8:
            what["participant"] = chance.choice(["parent", "parent", "authority"])
            adds["answers"] = 1
            adds["satisfied_answers"] = int(chance.random() < 0.8)
    return what, adds, wait


def a_year(seed: int, cases: int) -> dict[str, PackCounts]:
    chance = random.Random(seed)
    made: dict[str, PackCounts] = {code: PackCounts({}, {}, {}) for code in CODES}
    totals: dict[str, dict[str, int]] = {code: {} for code in CODES}
    broken: dict[str, dict[str, dict[str, dict[str, int]]]] = {code: {} for code in CODES}
    waits: dict[str, dict[int, int]] = {code: {} for code in CODES}
    for _ in range(cases):
        what, adds, wait = a_case(chance)
        for code in (chance.choice(CODES[:4]), "2025"):
            for counter, number in adds.items():
                totals[code][counter] = totals[code].get(counter, 0) + number
                for table, value in what.items():
                    counted = broken[code].setdefault(table, {}).setdefault(value, {})
                    counted[counter] = counted.get(counter, 0) + number
            if wait is not None:
                waits[code][wait] = waits[code].get(wait, 0) + 1
    for code in CODES:
        made[code] = PackCounts(totals[code], broken[code], waits[code])
    return made


@pytest.mark.parametrize(("seed", "cases"), [(1, 12), (2, 60), (3, 60), (4, 200), (5, 900)])
def test_no_pack_of_a_year_gives_away_what_any_of_them_hides(seed: int, cases: int) -> None:
    """Five packs, every table of each, the workbook and what the DfE publishes, all at once."""
    year = a_year(seed, cases)
    printed = {
        code: pack_tables(code, year if code == "2025" else {code: year[code]}) for code in CODES
    }
    counts: dict[packs.Dated, int] = {}
    sums: list[Sum[packs.Dated]] = []
    for code in CODES:
        cells = packs._counts(year[code])
        counts |= {(code, cell): number for cell, number in cells.items()}
        sums += [Sum((code, s.total), tuple((code, p) for p in s.parts)) for s in packs.SUMS]
    for cell in packs._counts(year["2025"]):
        sums.append(Sum(("2025", cell), tuple((code, cell) for code in CODES[:4])))
    for one in sums:  # the tables are what we say they are
        assert counts[one.total] == sum(counts[part] for part in one.parts), one
    hidden = {
        (code, cell)
        for code, cell in counts
        if printed[code].cells.get(cell) is None and not packs.known_anyway(cell)
    }
    for code, cell in counts:
        if packs.known_anyway(cell):
            assert (code, cell) not in hidden
        elif packs.printed(cell) and (code, cell) not in hidden:
            assert counts[code, cell] >= LEAST
    secret = [
        (code, cell)
        for code, cell in hidden
        if counts[code, cell] < LEAST and cell[2] != packs.UNDECIDED
    ]
    # What the totals and the DfE's figures say by themselves nobody can keep.
    given_out = {(code, cell) for code, cell in counts if packs.known_anyway(cell)}
    lost = computable(counts, sums, counts.keys() - given_out)
    assert_open(counts, sums, hidden, [cell for cell in secret if cell not in lost][:160])


def a_borough(seed: int, scale: int) -> Figures:
    chance = random.Random(seed)

    def of(number: int) -> int:
        return chance.randint(0, number)

    counts = {counter.key: of(scale) for counter in COUNTERS}
    full, partial, none, open_ = (of(scale) for _ in range(4))
    counts |= {
        "full_agreements": full,
        "partial_agreements": partial,
        "no_agreements": none,
        "agreements": full + partial,
        "mediations_held": full + partial + none + open_,
    }
    held = counts["mediations_held"]
    kinds = [of(scale) for _ in range(3)]
    counts["certificates"] = sum(kinds)
    for key, number in zip(shared.SUMS[0].parts, kinds, strict=True):
        counts[key] = number
    for share in SHARES:
        if share.numerator not in ("agreements",):
            counts[share.numerator] = of(counts[share.denominator])
    counts["followed_by_appeal"] = of(held)
    stages: dict[str, dict[str, int]] = {stage: {} for stage in STAGES}
    for key in shared.STAGED:
        first = of(counts[key])
        second = of(counts[key] - first)
        for stage, number in zip(
            STAGES, (first, second, counts[key] - first - second), strict=True
        ):
            stages[stage][key] = number
    return Figures(counts, stages, 20.0)


def added(quarters: Sequence[Figures]) -> Figures:
    keys = {counter.key for counter in COUNTERS}
    return Figures(
        {key: sum(one.count(key) for one in quarters) for key in keys},
        {
            stage: {key: sum(one.stages[stage][key] for one in quarters) for key in shared.STAGED}
            for stage in STAGES
        },
        21.0,
    )


@pytest.mark.parametrize("scale", [3, 8, 25, 120])
@pytest.mark.parametrize("seed", range(4))
def test_no_file_that_managers_send_on_gives_a_small_count_away(seed: int, scale: int) -> None:
    """A borough in the files of four quarters and of the year, with the shares in them."""
    quarters = [a_borough(seed * 10 + number, scale) for number in range(4)]
    whole = added(quarters)
    load = Caseload(20, 3, 9)
    rows = [shared.shared_row(one, (), load, 2) for one in quarters]
    rows.append(shared.shared_row(whole, quarters, load, 2))
    counts: dict[tuple[int, str], int] = {}
    sums: list[Sum[tuple[int, str]]] = []
    for number, one in enumerate([*quarters, whole]):
        cells = shared.counts_of(one)
        counts |= {(number, cell): count for cell, count in cells.items()}
        sums += [
            Sum((number, s.total), tuple((number, part) for part in s.parts)) for s in shared.SUMS
        ]
    for cell in shared.counts_of(whole):
        sums.append(Sum((4, cell), tuple((number, cell) for number in range(4))))
    shown = {(number, cell) for number, row in enumerate(rows) for cell in row.counts}
    hidden = set(counts) - shown
    assert all(counts[cell] >= LEAST for cell in shown)
    for number, row in enumerate(rows):
        for share in SHARES:
            rest = counts[number, shared.REST + share.key]
            said = row.share(share.numerator, share.denominator)
            assert said is None or (rest >= LEAST and counts[number, share.numerator] >= LEAST)
    secret = [
        cell for cell in hidden if counts[cell] < LEAST and not cell[1].startswith(shared.LEFT)
    ]
    assert_open(counts, sums, hidden, secret)
    # Of the 9 at risk 3 are overdue and 6 are not: neither is printed.
    assert set(rows[4].today) == {"open", "at_risk"}


def test_todays_cases_are_hidden_as_what_they_are_made_of() -> None:
    row = shared.shared_row(Figures({}), (), Caseload(40, 10, 20), 7)
    assert row.today == {"open": 40, "overdue": 10, "at_risk": 20, "steps_overdue": 7}
    assert shared.shared_row(Figures({}), (), Caseload(2, 0, 0), 1).today == {}
