"""What a complaint is about, by when it is acknowledged and answered, and how it ended. Pure.

The times are the provider's own promise: acknowledged within 5 working days, answered within 21;
a complaint about personal data is answered within 30 days, whichever weekday that is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from saas.reference.working_days import add_working_days

ACKNOWLEDGED_WITHIN_WORKING_DAYS = 5
ANSWERED_WITHIN_WORKING_DAYS = 21
DATA_PROTECTION_ANSWERED_WITHIN_DAYS = 30


class About(StrEnum):
    """What a complaint is about."""

    DELAY = "delay"
    COMMUNICATION = "communication"
    CONDUCT = "conduct"
    NEUTRALITY = "neutrality"
    ACCESS = "access"
    OUTCOME = "outcome"
    DATA_PROTECTION = "data_protection"
    OTHER = "other"


class Ending(StrEnum):
    """How a complaint was answered."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"


ABOUT_WORDS: Mapping[About, str] = MappingProxyType(
    {
        About.DELAY: "Delay",
        About.COMMUNICATION: "Communication",
        About.CONDUCT: "Conduct of staff or mediator",
        About.NEUTRALITY: "Not neutral",
        About.ACCESS: "Accessibility or adjustments",
        About.OUTCOME: "The outcome",
        About.DATA_PROTECTION: "Personal data",
        About.OTHER: "Something else",
    }
)
ENDING_WORDS: Mapping[Ending, str] = MappingProxyType(
    {
        Ending.UPHELD: "Upheld",
        Ending.PARTLY_UPHELD: "Partly upheld",
        Ending.NOT_UPHELD: "Not upheld",
        Ending.WITHDRAWN: "Withdrawn",
    }
)
IN_WHOLE_OR_PART = frozenset({Ending.UPHELD, Ending.PARTLY_UPHELD})


@dataclass(frozen=True, slots=True)
class ComplaintDates:
    """A complaint without its words."""

    received_on: dt.date
    about: About
    acknowledged_on: dt.date | None = None
    answered_on: dt.date | None = None
    ending: Ending | None = None

    @property
    def acknowledge_by(self) -> dt.date:
        return add_working_days(self.received_on, ACKNOWLEDGED_WITHIN_WORKING_DAYS)

    @property
    def answer_by(self) -> dt.date:
        if self.about is About.DATA_PROTECTION:
            return self.received_on + dt.timedelta(days=DATA_PROTECTION_ANSWERED_WITHIN_DAYS)
        return add_working_days(self.received_on, ANSWERED_WITHIN_WORKING_DAYS)

    @property
    def next_due(self) -> dt.date | None:
        """What the provider must do next, by when; None once it is answered."""
        if self.answered_on is not None:
            return None
        return self.acknowledge_by if self.acknowledged_on is None else self.answer_by


@dataclass(frozen=True, slots=True)
class ComplaintTally:
    """The complaints received in a period, as numbers alone.

    What was not yet due on the day of counting is in neither `*_due`.
    """

    received: int = 0
    acknowledge_due: int = 0
    acknowledged_in_time: int = 0
    answer_due: int = 0
    answered_in_time: int = 0
    upheld: int = 0
    waiting: int = 0


def tally(complaints: Iterable[ComplaintDates], *, today: dt.date) -> ComplaintTally:
    """Count them. An answer acknowledges what nobody had acknowledged before."""
    received = acknowledge_due = acknowledged = answer_due = answered = upheld = waiting = 0
    for one in complaints:
        received += 1
        upheld += one.ending in IN_WHOLE_OR_PART
        waiting += one.answered_on is None
        said_so = min((d for d in (one.acknowledged_on, one.answered_on) if d), default=None)
        if said_so is not None or one.acknowledge_by < today:
            acknowledge_due += 1
            acknowledged += said_so is not None and said_so <= one.acknowledge_by
        if one.answered_on is not None or one.answer_by < today:
            answer_due += 1
            answered += one.answered_on is not None and one.answered_on <= one.answer_by
    return ComplaintTally(
        received, acknowledge_due, acknowledged, answer_due, answered, upheld, waiting
    )
