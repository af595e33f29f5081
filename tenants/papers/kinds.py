"""What kinds of papers a case has, whose they are, and who may read them. Pure."""

from __future__ import annotations

from enum import StrEnum

from tenants.casework.kinds import Side


class DocumentKind(StrEnum):
    """What a paper is. It names the file as well: a name that somebody typed is never kept."""

    SUMMARY = "summary"
    DECISION = "decision"
    PLAN = "plan"
    REPORT = "report"
    CONSENT = "consent"
    AGREEMENT = "agreement"
    STEP_EVIDENCE = "step_evidence"
    OTHER = "other"


class Audience(StrEnum):
    """Who may read it, beside the provider."""

    PROVIDER = "provider"
    AUTHORITY = "authority"
    FAMILY = "family"
    PARTIES = "parties"


KIND_WORDS = {
    DocumentKind.SUMMARY: "Summary for the meeting",
    DocumentKind.DECISION: "Decision letter",
    DocumentKind.PLAN: "EHC plan or draft",
    DocumentKind.REPORT: "Report or advice",
    DocumentKind.CONSENT: "Permission or consent",
    DocumentKind.AGREEMENT: "Agreement",
    DocumentKind.STEP_EVIDENCE: "Evidence that a step is done",
    DocumentKind.OTHER: "Something else",
}
AUDIENCE_WORDS = {
    Audience.PROVIDER: "Us alone",
    Audience.FAMILY: "The family and us",
    Audience.AUTHORITY: "The authority and us",
    Audience.PARTIES: "Both sides and us",
}
# Whose paper it is, as far as uploads go.
UPLOADING_SIDES = {
    Side.FAMILY: "The family's",
    Side.AUTHORITY: "The authority's",
    Side.OTHER: "Ours, or somebody else's",
}
# A summary is given in confidence: until both are exchanged it is its own side's.
OWN_AUDIENCE = {Side.FAMILY: Audience.FAMILY, Side.AUTHORITY: Audience.AUTHORITY}


def file_name(kind: str, case_reference: str, number: int, extension: str) -> str:
    """The name under which a paper is downloaded: its kind and its case, never a person.

    Args:
        number: which one of the papers of this case and kind that the reader may see.
    """
    return f"{case_reference}-{kind.replace('_', '-')}-{number}.{extension}"
