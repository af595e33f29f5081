"""The certificate that what was known of people in a case was erased."""

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
class ErasureContent:
    """What the certificate says. `counts` are kinds of what was erased, with how many of each.

    Raises:
        ContentRefused: naming each field that is missing.
    """

    provider: Provider
    authority_name: str
    reference: str
    closed_on: date
    kept_until: date
    years: int
    asked_at: datetime
    asked_by: str
    erased_at: datetime
    files_removed_at: datetime
    files: int
    counts: Sequence[tuple[str, int]]

    def __post_init__(self) -> None:
        faults = missing(
            [
                ("authority_name", self.authority_name),
                ("reference", self.reference),
                ("asked_by", self.asked_by),
                ("provider.name", self.provider.name),
            ]
        )
        if faults:
            raise ContentRefused("erasure", faults)


def render(content: ErasureContent) -> bytes:
    """The certificate as an accessible, archivable PDF.

    Raises:
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    return render_pdf(
        "erasure",
        {
            "provider": content.provider.as_content(),
            "authority": content.authority_name,
            "reference": content.reference,
            "closed": long_date(content.closed_on),
            "kept_until": long_date(content.kept_until),
            "years": content.years,
            "asked": _moment(content.asked_at),
            "asked_by": content.asked_by,
            "erased": _moment(content.erased_at),
            "removed": _moment(content.files_removed_at),
            "files": content.files,
            "counts": [[kind, str(number)] for kind, number in content.counts],
        },
        title=f"Certificate of erasure, case {content.reference}",
        issued_at=content.erased_at,
    )


def _moment(at: datetime) -> str:
    there = at.astimezone(LONDON)
    return f"{there:%H:%M} on {long_date(there.date())}"
