"""What each page that anyone may open costs: processor time, and how long its answer takes.

Asked inside this process, so the processor time is the program's alone, without PostgreSQL; the
answer's time has both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Flask

from bench.asking import median
from saas.database.scope import Scope, scoped
from saas.identity.permissions import Permission
from saas.reference.today import london_today
from saas.web.access import Access
from saas.web.frame import Door
from tenants.front_door.areas import subscriptions

TIMES = 30
# What an answer may take on two cores, in milliseconds.
BUDGET_MS = 200.0


def public_pages(app: Flask, area: str) -> list[str]:
    """The address of every public page that answers with HTML, found by what routes declare.

    Args:
        area: the authority whose page is meant where one is.
    """
    declared: dict[str, Access] = app.extensions["access"]
    found = []
    for rule in app.url_map.iter_rules():
        access = declared.get(rule.endpoint)
        if access is None or access.permission is not Permission.ANYONE:
            continue
        if access.door is not Door.PUBLIC or "GET" not in (rule.methods or ()):
            continue
        if rule.rule.startswith(("/calendar", "/api/", "/with/")) or rule.rule.endswith(".pdf"):
            continue
        known = {"area": area, "step": "who"}
        values = {name: known.get(name, "none") for name in rule.arguments}
        built = rule.build(values, append_unknown=False)
        if built is None:
            raise LookupError(f"no address can be made of {rule.rule}")
        found.append(built[1])
    return sorted(found)


@dataclass(frozen=True)
class Cost:
    """What was measured of one page."""

    path: str
    kilobytes: float
    processor_ms: float
    answer_ms: float

    @property
    def is_kept(self) -> bool:
        return self.answer_ms < BUDGET_MS

    def __str__(self) -> str:
        return (
            f"{self.path:<40} {self.kilobytes:6.1f} KB {self.processor_ms:7.2f} ms of processor"
            f" {self.answer_ms:7.2f} ms   {'' if self.is_kept else 'SLOW'}".rstrip()
        )


def measured(app: Flask) -> list[Cost]:
    """Each public page, asked TIMES times once it is warm.

    Raises:
        RuntimeError: a page answered anything but 200.
    """
    with app.app_context(), scoped(Scope.public()) as session:
        found = subscriptions(session, london_today())
    if not found:
        raise LookupError("no authority subscribes: make the demonstration first")
    return [_cost(app, path) for path in public_pages(app, found[0].slug)]


def _cost(app: Flask, path: str) -> Cost:
    client = app.test_client()
    size = 0

    def ask() -> None:
        nonlocal size
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        size = len(answer.data)

    for _ in range(3):
        ask()
    used = time.process_time()
    taken = median(ask, TIMES)
    used = time.process_time() - used
    return Cost(path, size / 1024, used / TIMES * 1000, taken * 1000)


def said(costs: Sequence[Cost]) -> Iterator[str]:
    """A line for each page, and one for all: whether each answers within the budget."""
    yield from (str(cost) for cost in costs)
    slowest = max(costs, key=lambda cost: cost.answer_ms)
    verdict = "every page is" if all(cost.is_kept for cost in costs) else "NOT every page is"
    yield (
        f"{verdict} under {BUDGET_MS:.0f} ms; the slowest is {slowest.path}"
        f" with {slowest.answer_ms:.1f} ms"
    )
