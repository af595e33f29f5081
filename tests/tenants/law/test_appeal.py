"""Until when an appeal is in time (HESC Rules 2008 r.20), and what comes first (s.55)."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from tenants.law.appeal import appeal_time
from tenants.law.clocks import appeal_due

SENT = dt.date(2026, 2, 1)
DAYS = st.dates(dt.date(2015, 1, 1), dt.date(2030, 1, 1))


def test_a_time_that_waits_for_the_certificate_is_never_over() -> None:
    time = appeal_time(SENT, None, certificate_needed=True)
    assert time is not None and time.certificate_first
    assert time.last_day is None
    assert not time.is_over(dt.date(2026, 11, 25)), "seven months after the two months"
    assert time.earliest_end(dt.date(2026, 3, 20)) == dt.date(2026, 4, 20)


def test_with_the_certificate_the_later_of_the_two_counts() -> None:
    time = appeal_time(SENT, dt.date(2026, 3, 20), certificate_needed=True)
    assert time is not None and time.last_day == dt.date(2026, 4, 20)
    assert not time.is_over(dt.date(2026, 4, 20)) and time.is_over(dt.date(2026, 4, 21))


def test_the_school_alone_needs_no_certificate_and_its_time_ends_by_the_notice() -> None:
    time = appeal_time(dt.date(2026, 6, 10), None, certificate_needed=False)
    assert time is not None and time.last_day == dt.date(2026, 9, 1), "never in August (r.12)"


def test_health_alone_has_no_time_to_appeal_of_its_own() -> None:
    assert appeal_time(SENT, None, certificate_needed=True, beside_appeal_only=True) is None
    assert appeal_time(None, None, certificate_needed=True) is None


@given(sent=DAYS, waited=st.integers(0, 700), more=st.integers(0, 60))
def test_what_is_shown_as_the_earliest_end_is_never_later_than_the_end(
    sent: dt.date, waited: int, more: int
) -> None:
    """Whenever the certificate comes after the day of looking, the time ends no earlier."""
    looked = sent + dt.timedelta(days=waited)
    time = appeal_time(sent, None, certificate_needed=True)
    assert time is not None
    issued = looked + dt.timedelta(days=more)
    assert time.earliest_end(looked) <= appeal_due(sent, issued)
    assert time.earliest_end(looked) >= appeal_due(sent)
