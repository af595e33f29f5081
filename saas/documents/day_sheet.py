"""Papers for an hour without the service: the sheet of the day, and a certificate to fill in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from saas.documents.content import Provider, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date, plain_date


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One meeting or one clock, in words. `calls` are names with telephone numbers."""

    when: str
    reference: str
    authority: str
    what: str
    calls: tuple[str, ...]


def render_day_sheet(
    *,
    day: dt.date,
    until: dt.date,
    provider: Provider,
    printed: str,
    meetings: Sequence[SheetLine],
    clocks: Sequence[SheetLine],
    more: bool,
) -> bytes:
    """The sheet as a PDF for paper.

    Args:
        printed: the day and time as people say it.
        more: not everything had room.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """

    def lines(of: Sequence[SheetLine]) -> list[dict[str, object]]:
        return [
            {
                "when": one.when,
                "reference": one.reference,
                "authority": one.authority,
                "what": one.what,
                "calls": list(one.calls),
            }
            for one in of
        ]

    return render_pdf(
        "day_sheet",
        {
            "day": long_date(day),
            "until": plain_date(until),
            "printed": printed,
            "provider": provider.as_content(),
            "meetings": lines(meetings),
            "clocks": lines(clocks),
            "more": more,
        },
        title=f"Day sheet, {long_date(day)}",
        issued_at=start_of(day),
    )


def render_blank_certificate(provider: Provider, *, day: dt.date) -> bytes:
    """A certificate to be filled in by hand, with the words of the law and room for the rest.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    return render_pdf(
        "blank_certificate",
        {"provider": provider.as_content()},
        title="Mediation certificate, to be filled in by hand",
        issued_at=start_of(day),
    )
