"""The bench measures every public page, and says whether each keeps the budget."""

from __future__ import annotations

import pytest
from flask import Flask

from bench import public_pages
from bench.public_pages import BUDGET_MS, Cost
from tests.factories import make_tenant


def test_each_public_page_has_its_row_and_all_have_a_verdict(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tenant(app)
    monkeypatch.setattr(public_pages, "TIMES", 2)
    costs = public_pages.measured(app)
    assert len(costs) > 20 and {"/", "/guide", "/refer"} <= {cost.path for cost in costs}
    assert all(cost.processor_ms > 0 and cost.kilobytes > 0 for cost in costs)
    lines = list(public_pages.said(costs))
    assert len(lines) == len(costs) + 1 and "under 200 ms" in lines[-1]


def test_a_slow_page_is_said_to_be_slow() -> None:
    costs = [Cost("/", 5, 3, 4), Cost("/slow", 5, 3, BUDGET_MS)]
    *rows, verdict = public_pages.said(costs)
    assert [row.endswith("SLOW") for row in rows] == [False, True]
    assert verdict.startswith("NOT every page") and "/slow" in verdict
