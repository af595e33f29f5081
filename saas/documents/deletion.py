"""The certificate that what was left of an authority was deleted after its last case was erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from saas.documents.content import ContentRefused, Provider, missing
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, kw_only=True, slots=True)
class DeletionContent:
    """What the certificate says. `counts` are kinds of what goes, `stays` of what does not, each
    with how many, and the latter with the reason.

    Raises:
        ContentRefused: naming each field that is missing.
    """

    provider: Provider
    authority_name: str
    number: str
    last_day: date
    years: int
    cases_erased: int
    asked_at: datetime
    asked_by: str
    counts: Sequence[tuple[str, int]]
    stays: Sequence[tuple[str, int, str]]

    def __post_init__(self) -> None:
        faults = missing(
            [
                ("authority_name", self.authority_name),
                ("number", self.number),
                ("asked_by", self.asked_by),
                ("provider.name", self.provider.name),
            ]
        )
        if faults:
            raise ContentRefused("deletion", faults)


def render(content: DeletionContent) -> bytes:
    """The certificate as an accessible, archivable PDF.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    there = content.asked_at.astimezone(LONDON)
    return render_pdf(
        "deletion",
        {
            "provider": content.provider.as_content(),
            "authority": content.authority_name,
            "number": content.number,
            "last_day": long_date(content.last_day),
            "years": content.years,
            "cases_erased": str(content.cases_erased),
            "asked": f"{there:%H:%M} on {long_date(there.date())}",
            "asked_by": content.asked_by,
            "counts": [[kind, str(number)] for kind, number in content.counts],
            "stays": [[kind, str(number), why] for kind, number, why in content.stays],
        },
        title=f"Certificate of deletion, {content.authority_name}",
        issued_at=content.asked_at,
    )
