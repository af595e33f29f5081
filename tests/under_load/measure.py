"""What happened step by step, as a table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.under_load.people import ONE_OF_MANY, Record

HEADINGS = ("step", "seconds", "answers", "longest ms", "errors", "refused or foreign", "not ready")


@dataclass
class Step:
    """A migration, or what comes before and after; people are at work all the time."""

    name: str
    begin: float
    seconds: float = 0.0
    end: float = 0.0


@dataclass
class Steps:
    """The steps so far, each until the next begins."""

    record: Record
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        self.close()
        now = Step(name, time.monotonic())
        self.steps.append(now)
        yield now
        now.seconds = now.seconds or time.monotonic() - now.begin

    def close(self) -> None:
        if self.steps:
            self.steps[-1].end = time.monotonic()

    def table(self) -> str:
        rows = [HEADINGS, *map(self._row, self.steps)]
        widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
        lines = [
            "  ".join(
                cell.ljust(width) if n == 0 else cell.rjust(width)
                for n, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in rows
        ]
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])

    def _row(self, step: Step) -> tuple[str, ...]:
        asked = self.record.between(step.begin, step.end)
        not_ready = sum(one.wrong == "not ready" for one in asked)
        longest = max((one.seconds for one in asked), default=0.0)
        errors = sum(one.status >= 500 or one.status == 0 for one in asked) - not_ready
        others = sum(bool(one.wrong) for one in asked) - errors - not_ready
        numbers = (len(asked), round(longest * 1000), errors, others, not_ready)
        return (step.name, f"{step.seconds:.2f}", *map(str, numbers))

    def faults(self) -> list[str]:
        """Each kind of fault once, with the step in which it first came."""
        times: Counter[str] = Counter()
        first: dict[str, str] = {}
        for step in self.steps:
            for one in self.record.between(step.begin, step.end):
                if one.wrong:
                    fault = f"{one.status} {ONE_OF_MANY.sub('*', one.what)}: {one.wrong}"
                    first.setdefault(fault, step.name)
                    times[fault] += 1
        return [f"since {first[fault]}: {fault} ({n} times)" for fault, n in times.items()]
