"""Hiding small counts so that no sum gives them away. Pure.

What is hidden where
--------------------
A count under 5 (`LEAST`, nought included) is hidden in whatever compares authorities or leaves
one, and so is as much beside it as is needed so that it cannot be computed. It is not hidden
inside: an authority's own page, its own files and its API say what was counted of its own cases
(the DfE publishes the same counts unsuppressed), and so do the managers' own pages.

- What an authority learns of others comes from `measures_compared` and `breakdown_compared` in the
  database alone: sums over five others or more, rounded to 5 (migrations 0003 and later).
- A report pack goes on to committees: its breakdowns and charts are hidden here (`pack_tables`).
  Its totals, and mediations held and followed by an appeal by stage, are as counted: they are the
  authority's own and the DfE publishes the same.
- The managers' files are offered twice: with small counts hidden, to be sent on (`shared_tables`),
  and as counted, to stay with the provider.

Both are made for quarters and calendar years alone. A quarter is decided by itself, and a year
after its quarters, so that no year gives away what a quarter hid.

How
---
A table is a set of cells with sums between them. Hidden is: (1) each cell under 5 that may be
hidden; (2) in each sum with hidden members, the smallest others, until the hidden ones are two or
more and have at least 5 between them; (3) whatever still follows from all sums together: exactly,
by elimination in whole numbers, or because no count is negative.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, inf, isinf
from typing import Generic, TypeVar

# A setting of the statistics: counts under it are hidden.
LEAST = 5
# Bounds are tightened so often at most: what needs more turns is no longer told by hand.
TURNS = 40

Cell = TypeVar("Cell", bound=Hashable)
# So many times each unknown, which together are a value.
Row = dict[Cell, int]


@dataclass(frozen=True, slots=True)
class Sum(Generic[Cell]):
    """`total` is the sum of `parts`."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def members(self) -> tuple[Cell, ...]:
        return (self.total, *self.parts)


def hidden_cells(
    counts: Mapping[Cell, int],
    sums: Sequence[Sum[Cell]],
    *,
    open_cells: Collection[Cell] = (),
    hidden_before: Collection[Cell] = (),
    unprinted: Collection[Cell] = (),
    guarded: Collection[Cell] = (),
    least: int = LEAST,
) -> frozenset[Cell]:
    """The cells to hide.

    Args:
        counts: every cell.
        open_cells: known to the reader whatever is done here: published elsewhere, or before.
        hidden_before: hidden elsewhere already; not to be given away from here either.
        unprinted: what no table has and nobody need be kept from computing.
        guarded: what no table has either, but must not be computed where it is under `least`: such
            as those of a share who are not in its numerator.
    """
    small = {cell for cell, n in counts.items() if n < least and cell not in open_cells}
    kept = (small - set(unprinted)) | set(hidden_before)
    unknown = {*kept, *unprinted, *guarded}
    # What follows from the open cells alone cannot be kept from anyone.
    lost = computable(counts, sums, counts.keys() - set(open_cells))
    choice = _Choice(counts, sums, frozenset(open_cells), least, unknown)
    choice.keep(kept - lost)
    return frozenset(choice.hidden)


class _Choice(Generic[Cell]):
    """What is hidden so far."""

    def __init__(
        self,
        counts: Mapping[Cell, int],
        sums: Sequence[Sum[Cell]],
        open_cells: frozenset[Cell],
        least: int,
        hidden: set[Cell],
    ) -> None:
        self.counts, self.sums, self.open, self.least = counts, sums, open_cells, least
        self.hidden = hidden
        self.order = {cell: place for place, cell in enumerate(counts)}

    def keep(self, kept: set[Cell]) -> None:
        """Hide more until none of the kept can be computed, as far as there is more to hide."""
        while True:
            widened = [one for one in self.sums if self._widen(one, kept)]
            if widened:
                continue
            known = computable(self.counts, self.sums, self.hidden)
            told = sorted((c for c in known & kept if self._is_secret(c)), key=self._rank)
            if not any(self._hide_beside(cell) for cell in told):
                return

    def _rank(self, cell: Cell) -> tuple[int, int]:
        return self.counts[cell], self.order[cell]

    def _is_secret(self, cell: Cell) -> bool:
        """Nought is none where a whole sum is nought and everyone sees that."""
        return not any(
            cell in one.parts and one.total not in self.hidden and not self.counts[one.total]
            for one in self.sums
        )

    def _widen(self, one: Sum[Cell], kept: set[Cell]) -> bool:
        """Hide the smallest further member of a sum whose hidden ones give too much away."""
        hidden = [cell for cell in one.members if cell in self.hidden]
        if not any(cell in kept for cell in hidden) or not self.counts[one.total]:
            return False
        if len(hidden) > 1:
            between = sum(self.counts[cell] for cell in hidden if cell != one.total)
            if one.total in self.hidden or between >= self.least:
                return False
        return self._hide_smallest(one)

    def _hide_smallest(self, one: Sum[Cell]) -> bool:
        """Hide a part, the smallest that is not nought; the total if there is none to hide."""
        shown = [c for c in one.parts if c not in self.hidden and c not in self.open]
        # What is nought leaves the hidden ones with no more between them.
        shown = [c for c in shown if self.counts[c]] or shown
        if not shown and one.total not in self.hidden and one.total not in self.open:
            shown = [one.total]
        if not shown:
            return False
        self.hidden.add(min(shown, key=self._rank))
        return True

    def _hide_beside(self, cell: Cell) -> bool:
        """Hide one more in a sum of the cell; where there is none, in a sum that leads to it."""
        reached, left = {cell}, list(self.sums)
        while True:
            near = [one for one in left if not reached.isdisjoint(one.members)]
            if not near:
                return False
            if any(self._hide_smallest(one) for one in sorted(near, key=lambda s: len(s.parts))):
                return True
            left = [one for one in left if one not in near]
            reached |= {member for one in near for member in one.members if member in self.hidden}


def computable(
    counts: Mapping[Cell, int], sums: Sequence[Sum[Cell]], hidden: Collection[Cell]
) -> set[Cell]:
    """The hidden cells that follow from the sums and from what is shown.

    `counts` is asked for cells that are shown alone.
    """
    rows: list[tuple[Row[Cell], int]] = []
    for one in sums:
        row: Row[Cell] = {}
        known = 0
        for cell, sign in ((one.total, -1), *((part, 1) for part in one.parts)):
            if cell in hidden:
                row[cell] = row.get(cell, 0) + sign
            else:
                known -= sign * counts[cell]
        if row:
            rows.append((row, known))
    found: set[Cell] = set()
    for together in _apart(rows):
        solved = _eliminated(together)
        found |= {cell for row, _ in solved if len(row) == 1 for cell in row}
        found |= _squeezed(together + solved)
    return found


def _apart(rows: Sequence[tuple[Row[Cell], int]]) -> list[list[tuple[Row[Cell], int]]]:
    """The rows that share unknowns, directly or by others, each group for itself."""
    leader: dict[Cell, Cell] = {}

    def first(cell: Cell) -> Cell:
        while leader.setdefault(cell, cell) != cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    for row, _ in rows:
        cells = iter(row)
        one = first(next(cells))
        for other in cells:
            leader[first(other)] = one
    groups: dict[Cell, list[tuple[Row[Cell], int]]] = {}
    for row, value in rows:
        groups.setdefault(first(next(iter(row))), []).append((row, value))
    return list(groups.values())


def _eliminated(rows: Sequence[tuple[Row[Cell], int]]) -> list[tuple[Row[Cell], int]]:
    """The reduced rows: one with a single unknown gives it."""
    done: dict[Cell, tuple[Row[Cell], int]] = {}
    for row, value in rows:
        for cell in list(row):
            if cell in done and cell in row:
                row, value = _without(cell, row, value, *done[cell])
        if not row:
            continue
        pivot = next(iter(row))
        for other_pivot, (other, other_value) in done.items():
            if pivot in other:
                done[other_pivot] = _without(pivot, other, other_value, row, value)
        done[pivot] = (row, value)
    return list(done.values())


def _without(
    cell: Cell, row: Row[Cell], value: int, other: Row[Cell], other_value: int
) -> tuple[Row[Cell], int]:
    """The row less so much of the other that the cell is no longer in it, in lowest terms."""
    times, scale = row[cell], other[cell]
    if scale in (1, -1):
        times, scale = times * scale, 1
    left = {one: scale * number for one, number in row.items()} if scale != 1 else dict(row)
    for one, number in other.items():
        rest = left.get(one, 0) - times * number
        if rest:
            left[one] = rest
        else:
            left.pop(one, None)
    value = scale * value - times * other_value
    common = gcd(value, *left.values()) if scale != 1 else 1
    if common > 1:
        left, value = {one: number // common for one, number in left.items()}, value // common
    return left, value


def _squeezed(rows: Sequence[tuple[Row[Cell], int]]) -> set[Cell]:
    """The unknowns that can have one value alone, as none is negative."""
    cells = list({cell: None for row, _ in rows for cell in row})
    place = {cell: at for at, cell in enumerate(cells)}
    low, high = [0.0] * len(cells), [inf] * len(cells)
    plain = [([place[c] for c in row], list(row.values()), value) for row, value in rows]
    holding: list[list[int]] = [[] for _ in cells]
    for number, (places, _, _) in enumerate(plain):
        for at in places:
            holding[at].append(number)
    changed = set(range(len(plain)))
    for _ in range(TURNS):
        # A row none of whose unknowns has changed says what it said before.
        for number, row in enumerate(plain):
            if number in changed:
                changed.remove(number)
                for at in _tightened(*row, low, high):
                    changed.update(holding[at])
        if not changed:
            break
    return {cell for at, cell in enumerate(cells) if high[at] - low[at] < 1 - 1e-9}


def _tightened(
    places: list[int], factors: list[int], value: int, low: list[float], high: list[float]
) -> list[int]:
    """Tighten the bounds of a row's unknowns by those of the others; those that were."""
    least = [f * (low[at] if f > 0 else high[at]) for at, f in zip(places, factors, strict=True)]
    most = [f * (high[at] if f > 0 else low[at]) for at, f in zip(places, factors, strict=True)]
    unbounded, all_least = _added(least)
    unbounded_above, all_most = _added(most)
    if unbounded > 1 and unbounded_above > 1:
        return []
    changed = []
    for at, factor, its_least, its_most in zip(places, factors, least, most, strict=True):
        below, above = -inf, inf
        if unbounded == isinf(its_least):
            above = value - (all_least if isinf(its_least) else all_least - its_least)
        if unbounded_above == isinf(its_most):
            below = value - (all_most if isinf(its_most) else all_most - its_most)
        if factor < 0:
            below, above = above, below
        below, above = below / factor, above / factor
        if below > low[at] + 1e-9:
            low[at] = below
            changed.append(at)
        if above < high[at] - 1e-9:
            high[at] = above
            changed.append(at)
    return changed


def _added(numbers: list[float]) -> tuple[int, float]:
    """How many of the numbers are infinite, and the sum of the others."""
    infinite, finite = 0, 0.0
    for number in numbers:
        if isinf(number):
            infinite += 1
        else:
            finite += number
    return infinite, finite
