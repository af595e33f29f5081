"""The sheet of the day in the words of its paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from saas.config import Settings
from saas.documents.content import Provider
from saas.documents.day_sheet import SheetLine, render_day_sheet
from saas.reference.calendar_words import plain_date
from saas.web.dates import london_time
from tenants.outage.queries import Call, DaySheet

NO_BREAK_SPACE = "\u00a0"


def sheet_as_pdf(found: DaySheet, settings: Settings, *, at: dt.datetime) -> bytes:
    """The sheet as a PDF.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    return render_day_sheet(
        day=found.day,
        until=found.until,
        provider=Provider.of(settings),
        printed=london_time(at),
        meetings=[
            SheetLine(
                when=f"{plain_date(one.on)} {one.time}".strip(),
                reference=one.reference,
                authority=one.authority,
                what=", ".join(
                    part
                    for part in (one.place, one.mediator and f"mediator {one.mediator}")
                    if part
                ),
                calls=_words(one.calls),
            )
            for one in found.meetings
        ],
        clocks=[
            SheetLine(
                when=plain_date(one.due),
                reference=one.reference,
                authority=one.authority,
                what=one.next_step,
                calls=_words(one.calls),
            )
            for one in found.clocks
        ],
        more=found.more,
    )


def _words(calls: Sequence[Call]) -> tuple[str, ...]:
    # A number stays on its line.
    return tuple(
        f"{one.name} ({one.relation.lower()}) {one.telephone.replace(' ', NO_BREAK_SPACE)}"
        for one in calls
    )
