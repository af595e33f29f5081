"""The stage of the scenarios."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from tests.tenants.scenarios.stage import Stage


@pytest.fixture
def stage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The doors' clock stands at half past ten on whatever day the scenario has reached."""

    def turn_to(on: dt.date) -> None:
        now = dt.datetime.combine(on, dt.time(9, 30), dt.UTC)
        monkeypatch.setattr("saas.web.today.clock", lambda: now)

    return Stage(app, turn_to)
