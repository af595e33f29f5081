"""The mediation certificate: what a family sends to the tribunal with its appeal.

Children and Families Act 2014 s.55; SEND Regulations 2014 regs 34 and 39. It says that mediation
was considered, and nothing of what was said: mediation is confidential.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from saas.documents.content import ContentRefused, Provider, missing, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date

CertificateKind = Literal["s55_4", "s55_5", "deemed"]

_SUBTITLES: Final[dict[CertificateKind, str]] = {
    "s55_4": "The family does not want mediation",
    "s55_5": "Mediation took place",
    "deemed": "Mediation could not be arranged within 30 days",
}
_SOURCES: Final[dict[CertificateKind, str]] = {
    "s55_4": "Children and Families Act 2014, section 55(4); "
    "Special Educational Needs and Disability Regulations 2014, regulation 34.",
    "s55_5": "Children and Families Act 2014, section 55(5); "
    "Special Educational Needs and Disability Regulations 2014, regulation 39.",
    "deemed": "Children and Families Act 2014, section 55; "
    "Special Educational Needs and Disability Regulations 2014, regulation 39.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateContent:
    """What one certificate says. Refuses to exist without what the tribunal looks for.

    Raises:
        ContentRefused: naming each field that is missing or contradicts another.
    """

    number: str
    kind: CertificateKind
    issued_on: date
    # Whom it is issued to: the parents or carers, or the young person.
    issued_to: tuple[str, ...]
    child_name: str
    authority_name: str
    # In plain words: 'Not to carry out an assessment of education, health and care needs'.
    decision: str
    notice_sent_on: date
    issued_by: str
    issued_by_role: str
    case_reference: str
    provider: Provider
    # s55_4: told us no; s55_5: mediation was held; deemed: the authority told us it could not.
    established_on: date | None = None
    # Tribunal Procedure (HESC) Rules 2008 r.20 and r.12; counted by the caller's clocks.
    last_day_to_appeal: date | None = None
    last_day_counted: str = ""
    withdrawn_on: date | None = None
    withdrawn_reason: str = ""

    def __post_init__(self) -> None:
        faults = missing(
            (name, getattr(self, name))
            for name in (
                "number",
                "issued_on",
                "issued_to",
                "child_name",
                "authority_name",
                "decision",
                "notice_sent_on",
                "issued_by",
                "issued_by_role",
                "case_reference",
            )
        )
        faults += missing(
            [("provider.name", self.provider.name), ("provider.address", self.provider.address)]
        )
        if not (self.provider.telephone.strip() or self.provider.email.strip()):
            faults.append("provider.telephone or provider.email is missing")
        if self.kind not in _SUBTITLES:
            faults.append("kind is none of s55_4, s55_5, deemed")
        if self.last_day_to_appeal is not None:
            faults += missing([("last_day_counted", self.last_day_counted)])
        if (self.withdrawn_on is None) != (not self.withdrawn_reason.strip()):
            faults.append("withdrawn_on and withdrawn_reason go together")
        if not faults:
            faults += self._days_out_of_order()
        if faults:
            raise ContentRefused("certificate", faults)

    def _days_out_of_order(self) -> list[str]:
        faults = []
        if self.issued_on < self.notice_sent_on:
            faults.append("issued_on lies before notice_sent_on")
        if self.established_on and self.issued_on < self.established_on:
            faults.append("issued_on lies before established_on")
        if self.withdrawn_on and self.withdrawn_on < self.issued_on:
            faults.append("withdrawn_on lies before issued_on")
        return faults

    @property
    def statement(self) -> str:
        """What the certificate certifies, in a sentence or two."""
        mediation = f"mediation with {self.authority_name} about the decision below"
        told = "we gave the people named below information about mediation"
        on = f" on {long_date(self.established_on)}" if self.established_on else ""
        match self.kind:
            case "s55_4":
                return (
                    f"We certify that {told}, and that they told us{on} "
                    f"that they do not wish to pursue {mediation}."
                )
            case "s55_5":
                return (
                    f"We certify that {told}, that they told us that they wished to pursue it, "
                    f"and that they took part in {mediation}{on}."
                )
            case "deemed":
                when = f", as it told us{on}" if on else ""
                return (
                    f"We certify that {told}, and that they told us that they wished to pursue "
                    f"{mediation}. The authority could not arrange mediation within 30 days{when}."
                )


def render(certificate: CertificateContent) -> bytes:
    """The certificate as an accessible, archivable PDF; the same certificate, the same bytes.

    Raises:
        saas.documents.pdf.UnprintableText: a name or text holds what no typeface here can show.
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    last_day = certificate.last_day_to_appeal
    withdrawn = certificate.withdrawn_on
    return render_pdf(
        "certificate",
        {
            "number": certificate.number,
            "subtitle": _SUBTITLES[certificate.kind],
            "statement": certificate.statement,
            "source": _SOURCES[certificate.kind],
            "issued_on": long_date(certificate.issued_on),
            "issued_to": list(certificate.issued_to),
            "child_name": certificate.child_name,
            "authority_name": certificate.authority_name,
            "decision": certificate.decision[:1].upper() + certificate.decision[1:],
            "notice_sent_on": long_date(certificate.notice_sent_on),
            "issued_by": certificate.issued_by,
            "issued_by_role": certificate.issued_by_role,
            "case_reference": certificate.case_reference,
            "provider": certificate.provider.as_content(),
            "may_still_mediate": certificate.kind == "s55_4",
            "last_day_to_appeal": long_date(last_day) if last_day else "",
            "last_day_counted": certificate.last_day_counted if last_day else "",
            "withdrawn_on": long_date(withdrawn) if withdrawn else "",
            "withdrawn_reason": certificate.withdrawn_reason,
        },
        # No name of a child or parent: a title is shown by every viewer and search index.
        title=f"Mediation certificate {certificate.number}",
        issued_at=start_of(withdrawn or certificate.issued_on),
    )
