"""Whether people can be asked to meet on a day: what is refused, and what is asked once more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

from saas.reference.working_days import bank_holidays
from saas.web.checking import Check
from saas.web.dates import long_date
from tenants.casework.arrangement import arrangement
from tenants.casework.record import CaseRecord, RuleBroken

# A date beyond it is a year mistyped.
FURTHEST_DAYS = 366
# Outside these hours people are asked whether they meant it.
FIRST_HOUR, LAST_HOUR = dt.time(8), dt.time(18)


def check_days(days: Iterable[dt.date], *, today: dt.date, field: str) -> None:
    """Refuse a day on which nobody can mean to meet.

    Raises:
        RuleBroken: a day is past, or more than a year ahead.
    """
    for on in days:
        if on <= today:
            raise RuleBroken(field, "A date that is offered must be in the future")
        if (on - today).days > FURTHEST_DAYS:
            raise RuleBroken(field, f"{long_date(on)} is more than a year ahead: check the year")


def unusual(record: CaseRecord, dates: Sequence[tuple[dt.date, str]]) -> list[str]:
    """What is unusual about these days and times to meet, each in a sentence."""
    said = []
    last_day = arrangement(record).due if not arrangement(record).held else None
    for on, time in dates:
        called = long_date(on)
        holiday = bank_holidays(on, on).get(on)
        if on.weekday() >= 5:
            said.append(f"{called} is at a weekend.")
        elif holiday:
            said.append(f"{called} is a bank holiday ({holiday}).")
        if time and not FIRST_HOUR <= dt.time.fromisoformat(time) <= LAST_HOUR:
            said.append(f"{time} on {called} is outside working hours.")
        if last_day is not None and on > last_day:
            said.append(
                f"{called} is after {long_date(last_day)}, the last of the 30 days in which the"
                " mediation is due."
            )
    return said


def asks_about(
    record: CaseRecord, dates: Sequence[tuple[dt.date, str]], *, button: str
) -> Check | None:
    """The page that asks whether unusual days are meant; None where none is."""
    said = unusual(record, dates)
    return Check("Is that what you mean?", said, button) if said else None


def none_suits(chosen: Sequence[str]) -> Check | None:
    """The page that asks whether really none of the dates suits; None where one does."""
    if chosen:
        return None
    return Check(
        _("Does none of these dates suit?"),
        [
            _("You say that you can come on none of them."),
            _("The mediation team looks for other dates, and you are asked again."),
        ],
        _("None of them suits"),
    )
