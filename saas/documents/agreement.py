"""The agreement that ends a mediation: what was agreed, who does what by when, who signed.

SEND Regulations 2014 regs 42 and 44. It holds what the participants agreed and nothing of what was
said on the way: mediation is confidential.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from saas.documents.content import ContentRefused, Provider, missing, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date
from saas.reference.today import LONDON


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedStep:
    """One step: its words, who does it, and by when, in words that stand for themselves."""

    wording: str
    who: str
    by_when: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedSignature:
    """One who has to sign: the name and moment of the signature, or neither while it is missing.

    `how` says how it was given: 'Signed on our website, signed in'.
    """

    name: str
    role: str
    typed_name: str = ""
    signed_at: datetime | None = None
    signed_on: date | None = None
    how: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementContent:
    """What one version of an agreement says, and who has signed it so far.

    Raises:
        ContentRefused: naming each field that is missing.
    """

    case_reference: str
    version: int
    service: str
    child_name: str
    authority_name: str
    decision: str
    held_on: date
    wording: str
    steps: tuple[PrintedStep, ...]
    signatures: tuple[PrintedSignature, ...]
    sent_on: date
    text_hash: str
    provider: Provider
    # Whether the Regulations give the steps their times: only those of a mediation.
    statutory: bool = True
    # None while somebody has still to sign.
    agreed_on: date | None = None
    called_back: bool = False

    def __post_init__(self) -> None:
        faults = missing(
            (name, getattr(self, name))
            for name in (
                "case_reference",
                "service",
                "child_name",
                "authority_name",
                "held_on",
                "signatures",
                "text_hash",
            )
        )
        if not (self.wording.strip() or self.steps):
            faults.append("wording or steps are missing")
        for step in self.steps:
            faults += missing([("steps.wording", step.wording), ("steps.by_when", step.by_when)])
        if self.agreed_on and any(one.signed_on is None for one in self.signatures):
            faults.append("agreed_on is given, but a signature is missing")
        if faults:
            raise ContentRefused("agreement", faults)

    @property
    def stamp(self) -> str:
        if self.called_back:
            return "Called back: this text no longer counts"
        return "" if self.agreed_on else "Not yet signed by everyone"


def render(agreement: AgreementContent) -> bytes:
    """The agreement as an accessible, archivable PDF; the same agreement, the same bytes.

    Raises:
        saas.documents.pdf.UnprintableText: a name or text holds what no typeface here can show.
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    latest = max(
        (one.signed_at for one in agreement.signatures if one.signed_at is not None),
        default=start_of(agreement.sent_on),
    )
    return render_pdf(
        "agreement",
        {
            "reference": agreement.case_reference,
            "version": str(agreement.version),
            "service": agreement.service,
            "child_name": agreement.child_name,
            "authority_name": agreement.authority_name,
            "decision": agreement.decision,
            "held_on": long_date(agreement.held_on),
            "agreed_on": long_date(agreement.agreed_on) if agreement.agreed_on else "",
            "paragraphs": [p.strip() for p in agreement.wording.split("\n") if p.strip()],
            "steps": [
                {"wording": step.wording, "who": step.who, "by_when": list(step.by_when)}
                for step in agreement.steps
            ],
            "signatures": [_printed(one) for one in agreement.signatures],
            "stamp": agreement.stamp,
            "statutory": agreement.statutory,
            "hash": " ".join(
                agreement.text_hash[n : n + 8] for n in range(0, len(agreement.text_hash), 8)
            ),
            "provider": agreement.provider.as_content(),
        },
        # No name of a child or parent: a title is shown by every viewer and search index.
        title=f"Agreement {agreement.case_reference}",
        issued_at=latest,
    )


def _printed(one: PrintedSignature) -> dict[str, object]:
    when = ""
    if one.signed_on is not None:
        at = f"{one.signed_at.astimezone(LONDON):%H:%M} on " if one.signed_at else ""
        when = f"{at}{long_date(one.signed_on)}"
    return {
        "name": one.name,
        "role": one.role,
        "typed_name": one.typed_name,
        "when": when,
        "how": one.how,
    }
