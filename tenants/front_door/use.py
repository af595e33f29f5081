"""From what was counted to how families fare. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

STARTED, FINISHED = "started", "finished"


@dataclass(frozen=True)
class Fare:
    """One page in some days: its steps with how often each was reached.

    `left` is how many of those who started did not finish; None where that is not counted.
    """

    page: str
    steps: tuple[tuple[str, int], ...]
    started: int | None
    finished: int | None

    @property
    def left(self) -> int | None:
        if self.started is None or self.finished is None:
            return None
        return max(0, self.started - self.finished)

    @property
    def finding(self) -> str:
        """What the numbers say, in a sentence; empty where they say nothing yet."""
        if not self.started or self.finished is None:
            return ""
        return f"{self.finished:,} of {self.started:,} visits reached the end."


def fares(counted: Iterable[tuple[str, str, int]]) -> list[Fare]:
    """What was counted, by page."""
    pages: dict[str, dict[str, int]] = {}
    for page, step, number in counted:
        pages.setdefault(page, {})[step] = number
    return [
        Fare(page, tuple(steps.items()), steps.get(STARTED), _finished(steps))
        for page, steps in sorted(pages.items())
    ]


def _finished(steps: dict[str, int]) -> int | None:
    return steps.get(FINISHED, 0) if STARTED in steps else None
