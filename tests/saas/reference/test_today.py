from __future__ import annotations

import time_machine

from saas.reference.today import london_today


def test_the_day_in_england_starts_before_that_of_utc_in_summer() -> None:
    with time_machine.travel("2026-07-01 23:30:00+00:00", tick=False):
        assert london_today().isoformat() == "2026-07-02"
    with time_machine.travel("2026-01-01 23:30:00+00:00", tick=False):
        assert london_today().isoformat() == "2026-01-01"
