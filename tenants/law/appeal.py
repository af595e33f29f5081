"""Until when an appeal is in time, and what has to come first. Pure.

Tribunal Procedure (HESC) Rules 2008 r.20: within two months of the notice, or one month of the
certificate, whichever is the later. Children and Families Act 2014 s.55: while a certificate is
needed and not issued there can be no appeal yet, so its time cannot be over.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tenants.law.clocks import ClockFacts, ClockReading, appeal_due, read_clocks


@dataclass(frozen=True, slots=True)
class AppealTime:
    """The time to appeal against one decision.

    `reading` is counted from the notice, and from the certificate where there is one. It says when
    the time is over only where `certificate_first` is False.
    """

    reading: ClockReading
    certificate_first: bool

    @property
    def last_day(self) -> dt.date | None:
        """The last day to appeal; None while the certificate, which decides it, is not issued."""
        return None if self.certificate_first else self.reading.due

    def earliest_end(self, today: dt.date) -> dt.date:
        """The earliest day on which the time can end: as if the certificate were issued today."""
        if not self.certificate_first:
            return self.reading.due
        return appeal_due(self.reading.starts, max(today, self.reading.starts))

    def is_over(self, today: dt.date) -> bool:
        return not self.certificate_first and self.reading.due < today


# What can be appealed of a plan's contents (Children and Families Act 2014 s.51(2)(c)).
_APPEALABLE = frozenset("BFI")
_HEALTH, _SOCIAL_CARE = frozenset("CG"), frozenset("DH")


def heard_beside(decision: str | None, sections: str) -> str | None:
    """What a dispute about a plan's contents is about, where it is health or social care alone.

    The Tribunal recommends on them beside an appeal about sections B, F or I, and hears them by
    themselves never. Source: SEND (First-tier Tribunal Recommendations Power) Regulations 2017
    (SI 2017/1306).

    Args:
        sections: the letters of the plan's sections in dispute; none where that is not known.
    """
    disputed = set(sections)
    if decision != "CONTENT" or not disputed or disputed & _APPEALABLE:
        return None
    parts = [
        words
        for words, letters in (("health", _HEALTH), ("social care", _SOCIAL_CARE))
        if disputed & letters
    ]
    return " and ".join(parts) or None


def appeal_time(
    notice_sent: dt.date | None,
    certificate_issued: dt.date | None,
    *,
    certificate_needed: bool,
    beside_appeal_only: bool = False,
) -> AppealTime | None:
    """The time to appeal, or None where no notice is known or nothing can be appealed.

    Args:
        certificate_needed: for an appeal about this decision (s.55; `tenants.law.decisions`).
        beside_appeal_only: what is in dispute is heard beside an appeal and never by itself
            (`heard_beside`).
    """
    if notice_sent is None or beside_appeal_only:
        return None
    facts = ClockFacts(notice_sent=notice_sent, certificate_issued=certificate_issued)
    reading = next(one for one in read_clocks(facts) if one.clock == "K9")
    return AppealTime(reading, certificate_needed and certificate_issued is None)
