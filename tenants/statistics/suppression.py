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
more and can trade at least 5 between them; (3) whatever still follows from all sums together,
which is looked for by elimination over the rational numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

# A setting of the statistics: counts under it are hidden.
LEAST = 5

Cell = TypeVar("Cell", bound=Hashable)


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
    never_printed: Collection[Cell] = (),
    least: int = LEAST,
) -> frozenset[Cell]:
    """The cells to hide.

    Args:
        counts: every cell; a member of a sum that is not there is nought.
        open_cells: known to the reader whatever is done here (published elsewhere, or before).
        hidden_before: hidden elsewhere; they stay hidden and are hidden from here too.
        never_printed: hidden whatever they count, as no table has them: such as the rest of a
            share. Those under `least` are protected like all others.
    """
    choice = _Choice(counts, sums, frozenset(open_cells), least)
    for cell in (*hidden_before, *never_printed):
        choice.hidden.add(cell)
    for cell, number in counts.items():
        if number < least and cell not in choice.open:
            choice.hidden.add(cell)
    protected = frozenset(c for c in choice.hidden if counts.get(c, 0) < least)
    choice.protect(protected | frozenset(hidden_before))
    return frozenset(choice.hidden)


class _Choice(Generic[Cell]):
    """What is hidden so far."""

    def __init__(
        self,
        counts: Mapping[Cell, int],
        sums: Sequence[Sum[Cell]],
        open_cells: frozenset[Cell],
        least: int,
    ) -> None:
        self.counts, self.sums, self.open, self.least = counts, sums, open_cells, least
        self.hidden: set[Cell] = set()
        self.order = {cell: place for place, cell in enumerate(counts)}

    def count(self, cell: Cell) -> int:
        return self.counts.get(cell, 0)

    def protect(self, protected: frozenset[Cell]) -> None:
        """Hide more until no protected cell can be computed, as far as there is more to hide."""
        changed = True
        while changed:
            changed = any([self._widen(one) for one in self.sums])
            if changed:
                continue
            known = determined(self.sums, self.hidden)
            given_away = sorted(
                (cell for cell in known & protected if self._matters(cell)), key=self._rank
            )
            changed = any(self._hide_beside(cell) for cell in given_away[:1]) or any(
                self._hide_beside(cell) for cell in given_away[1:]
            )

    def _rank(self, cell: Cell) -> tuple[int, int]:
        return self.count(cell), self.order.get(cell, len(self.order))

    def _matters(self, cell: Cell) -> bool:
        """Nought is no secret where the whole sum is nought and everyone knows that."""
        return any(cell in one.members and self.count(one.total) for one in self.sums)

    def _widen(self, one: Sum[Cell]) -> bool:
        """Hide the smallest further member of a sum whose hidden ones give too much away."""
        hidden = [cell for cell in one.members if cell in self.hidden]
        if not hidden or (one.total in self.hidden and len(hidden) > 1):
            return False
        parts = [cell for cell in hidden if cell != one.total]
        if len(hidden) > 1 and sum(map(self.count, parts)) >= self.least:
            return False
        if not self.count(one.total):
            return False
        return self._hide_smallest(one)

    def _hide_smallest(self, one: Sum[Cell]) -> bool:
        """Hide a part, the smallest that is not nought; the total if there is no such part."""
        shown = [c for c in one.parts if c not in self.hidden and c not in self.open]
        # What is nought adds nothing that the hidden ones could trade.
        shown = [c for c in shown if self.count(c)] or shown
        if not shown and one.total not in self.hidden and one.total not in self.open:
            shown = [one.total]
        if not shown:
            return False
        self.hidden.add(min(shown, key=self._rank))
        return True

    def _hide_beside(self, cell: Cell) -> bool:
        for one in sorted((s for s in self.sums if cell in s.members), key=lambda s: len(s.parts)):
            if self._hide_smallest(one):
                return True
        return False


def determined(sums: Iterable[Sum[Cell]], hidden: Collection[Cell]) -> set[Cell]:
    """The hidden cells that follow exactly from the sums and what is shown.

    By elimination: a row that ends with one unknown gives it.
    """
    rows: list[dict[Cell, Fraction]] = []
    for one in sums:
        row: dict[Cell, Fraction] = defaultdict(Fraction)
        if one.total in hidden:
            row[one.total] -= 1
        for part in one.parts:
            if part in hidden:
                row[part] += 1
        row = {cell: factor for cell, factor in row.items() if factor}
        if row:
            rows.append(row)
    # Columns that stand in one row alone can stay free as long as the row has two of them.
    return _solved(rows)


def _solved(rows: list[dict[Cell, Fraction]]) -> set[Cell]:
    done: list[tuple[Cell, dict[Cell, Fraction]]] = []
    for row in rows:
        left = dict(row)
        for pivot, other in done:
            factor = left.get(pivot)
            if factor:
                _subtract(left, other, factor)
        if not left:
            continue
        pivot = next(iter(left))
        scale = left[pivot]
        left = {cell: factor / scale for cell, factor in left.items()}
        for _, other in done:
            factor = other.get(pivot)
            if factor:
                _subtract(other, left, factor)
        done.append((pivot, left))
    return {pivot for pivot, row in done if len(row) == 1}


def _subtract(row: dict[Cell, Fraction], other: Mapping[Cell, Fraction], factor: Fraction) -> None:
    for cell, number in other.items():
        left = row.get(cell, Fraction()) - factor * number
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)
