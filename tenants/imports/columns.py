"""The columns of the spreadsheet that cases are imported from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from saas.documents.csv_files import csv_text
from tenants.casework.kinds import (
    CERTIFICATE_WORDS,
    CHOICE_WORDS,
    OUTCOME_WORDS,
    ROUTE_WORDS,
    SERVICE_WORDS,
    DelayCause,
)
from tenants.imports import cells
from tenants.imports.cells import Read
from tenants.law.decisions import ALL_DECISION_TYPES, NEEDS, STEP_KINDS

STEPS = 3
WAYS = MappingProxyType(
    {
        "telephone": "By telephone",
        "video": "Video call",
        "in person": "Face to face",
        "in writing": "By e-mail or letter",
    }
)
_SERVICES = {code.value: words for code, words in SERVICE_WORDS.items()}
_ROUTES = {code.value: words for code, words in ROUTE_WORDS.items()}
_CHOICES = {code.value: words for code, words in CHOICE_WORDS.items()}
_OUTCOMES = {code.value: words for code, words in OUTCOME_WORDS.items()}
_CERTIFICATES = {code.value: words for code, words in CERTIFICATE_WORDS.items()}
_DECISIONS = {decision.code: decision.name for decision in ALL_DECISION_TYPES}
_CAUSES = {cause.value: cause.value for cause in DelayCause}


@dataclass(frozen=True)
class Column:
    """One column: what it holds, how a cell of it is read, and an invented example.

    A required column must be there and have no blank cell.
    """

    name: str
    meaning: str
    read: Read
    example: str = ""
    required: bool = False


def _step_columns(number: int) -> tuple[Column, ...]:
    first = number == 1
    return (
        Column(
            f"step_{number}_kind",
            f"Agreed step {number}: {', '.join(STEP_KINDS)}",
            cells.one_of(STEP_KINDS),
            "assess" if first else "",
        ),
        Column(
            f"step_{number}_wording",
            "The step in the participants' own words; its kind's name if blank",
            cells.text,
            "The authority will carry out the assessment" if first else "",
        ),
        Column(
            f"step_{number}_due",
            "Only if the agreement names another day than the Regulations do",
            cells.day,
        ),
        Column(
            f"step_{number}_done",
            "The day it was done, for all of its due dates",
            cells.day,
            "24/06/2024" if first else "",
        ),
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        "external_reference",
        "The row's own name: a second import knows the case by it",
        cells.text,
        "OLD-0001",
        required=True,
    ),
    Column("child_given_name", "Given name of the child", cells.name, "Ada", required=True),
    Column("child_family_name", "Family name of the child", cells.name, "Example", required=True),
    Column("date_of_birth", "Date of birth", cells.birth, "09/03/2016", required=True),
    Column("upn", "Unique Pupil Number, 13 characters", cells.upn, "H801200001001"),
    Column("primary_need", f"Code of need: {', '.join(NEEDS)}", cells.one_of(NEEDS), "ASD"),
    Column(
        "service",
        f"{', '.join(_SERVICES)}; mediation if blank",
        cells.one_of(_SERVICES),
        "mediation",
    ),
    Column(
        "route",
        f"Who referred: {', '.join(_ROUTES)}",
        cells.one_of(_ROUTES),
        "school",
        required=True,
    ),
    Column(
        "permission_date",
        "When the family gave permission; not needed if it referred itself",
        cells.day,
        "11/04/2024",
    ),
    Column("permission_by", "Who gave the permission", cells.text, "the mother"),
    Column("permission_how", "How it was given", cells.text, "by telephone"),
    Column(
        "decision_type", f"For mediation: {', '.join(_DECISIONS)}", cells.one_of(_DECISIONS), "RTA"
    ),
    Column(
        "notice_sent", "When the authority sent its notice of the decision", cells.day, "02/04/2024"
    ),
    Column("authority_reference", "The authority's own reference", cells.text, "SEN/12345"),
    Column("sections", "Sections of the plan in dispute, as letters", cells.sections),
    Column(
        "plan_maintained_until",
        "Of somebody of 25: to when the authority maintains the plan",
        cells.day,
    ),
    Column("health_issue", "yes if health is in dispute", cells.yes_no, "no"),
    Column("social_care_issue", "yes if social care is in dispute", cells.yes_no, "no"),
    Column("parent_name", "The parent or carer, or the young person", cells.name, "Jo Example"),
    Column(
        "parent_relation",
        "Mother, Father, Young person, ...; Parent or carer if blank",
        cells.text,
        "Mother",
    ),
    Column("parent_email", "E-mail address", cells.email, "jo@family.example"),
    Column("parent_telephone", "Telephone number", cells.telephone, "07700 900000"),
    Column("parent_postcode", "Postcode", cells.postcode),
    Column("referral_date", "When the case was opened", cells.day, "12/04/2024", required=True),
    Column("contact_date", "When adviser and family first spoke", cells.day, "12/04/2024"),
    Column("mias_date", "When mediation information and advice was given", cells.day, "15/04/2024"),
    Column("mias_way", ", ".join(WAYS), cells.one_of(WAYS), "telephone"),
    Column("mias_minutes", "How long it took", cells.minutes, "20"),
    Column(
        "choice", f"What the family chose: {', '.join(_CHOICES)}", cells.one_of(_CHOICES), "mediate"
    ),
    Column("choice_date", "When it chose", cells.day, "16/04/2024"),
    Column("certificate_kind", f"{', '.join(_CERTIFICATES)}", cells.one_of(_CERTIFICATES), "s55_5"),
    Column("certificate_number", "The number on the certificate issued then", cells.text, "C-77"),
    Column("certificate_date", "When it was issued", cells.day, "15/05/2024"),
    Column(
        "family_informed_authority",
        "When the family told the authority it wants mediation",
        cells.day,
    ),
    Column("authority_informed", "When the adviser told the authority", cells.day, "16/04/2024"),
    Column(
        "authority_cannot_arrange",
        "When the authority said it cannot arrange it in 30 days",
        cells.day,
    ),
    Column("family_consent", "Resolution, facilitation: when the family consented", cells.day),
    Column("authority_consent", "Resolution: when the authority consented", cells.day),
    Column("mediator_appointed", "When the mediator was appointed", cells.day, "18/04/2024"),
    Column("meeting_fixed", "The day on which the date was fixed", cells.day, "24/04/2024"),
    Column("meeting_date", "The date that was fixed", cells.day, "13/05/2024"),
    Column("meeting_held", "The day of the (first) meeting", cells.day, "13/05/2024"),
    Column("cause_of_delay", f"If it was late: {', '.join(_CAUSES)}", cells.one_of(_CAUSES)),
    Column("outcome", f"Of the mediation: {', '.join(_OUTCOMES)}", cells.one_of(_OUTCOMES), "full"),
    Column("concluded_date", "When it was concluded", cells.day, "13/05/2024"),
    Column("agreement_date", "When the agreement was made", cells.day, "13/05/2024"),
    *(column for number in range(1, STEPS + 1) for column in _step_columns(number)),
    Column("appeal_registered", "When the Tribunal registered an appeal", cells.day),
    Column("closed_date", "When the case was closed", cells.day, "28/06/2024"),
)
BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})


def template() -> str:
    """A CSV file with every column and one invented case."""
    return csv_text([column.name for column in COLUMNS], [[column.example for column in COLUMNS]])


def described() -> str:
    """Every column with what it holds, for people."""
    width = max(len(column.name) for column in COLUMNS)
    lines = [
        "Dates are 2026-03-25, 25/03/2026 (day first) or a workbook's own dates.",
        "A column that is not marked * may be left out, and its cells may be blank.",
        "",
    ]
    for column in COLUMNS:
        mark = "*" if column.required else " "
        lines.append(f"{mark} {column.name:<{width}}  {column.meaning}")
    return "\n".join(lines)
