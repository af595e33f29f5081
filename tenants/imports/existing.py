"""What the service has already of the rows of a file, and where the two differ."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.search_keys import search_key
from saas.reference.written import for_matching
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import AgreedStep, CaseFact, CaseParty, Child, SenCase
from tenants.imports.bulk.acts import Agreed, Happened, StepDone
from tenants.imports.rows import ImportedRow, RowFault

# Of the case's own columns, by those of the file.
_CASE = {
    "service": "service",
    "route": "route",
    "decision_type": "decision_type",
    "authority_reference": "authority_reference",
    "sections": "sections",
    "plan_maintained_until": "plan_maintained_until",
    "health_issue": "health_issue",
    "social_care_issue": "social_care_issue",
    "referral_date": "opened_on",
}
_PARENT = {
    "parent_relation": "relation",
    "parent_email": "email",
    "parent_telephone": "telephone",
    "parent_postcode": "postcode",
}
_AT_ONCE = 2_000


@dataclass(slots=True)
class ExistingCase:
    """A case with what an import could have brought, by column name of its tables."""

    case: dict[str, Any]
    child: dict[str, Any]
    parties: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def effective(self, kind: FactKind) -> list[dict[str, Any]]:
        replaced = {fact["replaces_id"] for fact in self.facts} - {None}
        return [
            fact
            for fact in self.facts
            if fact["kind"] == kind and fact["id"] not in replaced and not fact["retracted"]
        ]


def load_existing(
    session: ScopedSession, external_references: Sequence[str]
) -> dict[str, ExistingCase]:
    """The tenant's cases with these external references, by them."""
    found: dict[str, ExistingCase] = {}
    for start in range(0, len(external_references), _AT_ONCE):
        found |= _load(session, external_references[start : start + _AT_ONCE])
    return found


def _load(session: ScopedSession, references: Sequence[str]) -> dict[str, ExistingCase]:
    cases = session.execute(
        sa.select(SenCase.__table__).where(
            SenCase.tenant_id == session.tenant,
            SenCase.external_reference == sa.any_(sa.literal(list(references), sa.ARRAY(sa.Text))),
        )
    ).mappings()
    by_id = {row["id"]: dict(row) for row in cases}
    children = _by_key(session, Child.__table__, "id", [c["child_id"] for c in by_id.values()])
    found = {
        case_id: ExistingCase(case, children[case["child_id"]][0])
        for case_id, case in by_id.items()
    }
    for table, keep in (
        (CaseParty.__table__, "parties"),
        (CaseFact.__table__, "facts"),
        (AgreedStep.__table__, "steps"),
    ):
        for case_id, rows in _by_key(session, table, "case_id", list(by_id)).items():
            getattr(found[case_id], keep).extend(rows)
    return {existing.case["external_reference"]: existing for existing in found.values()}


def _by_key(
    session: ScopedSession, table: sa.FromClause, key: str, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[dict[str, Any]]]:
    rows = session.execute(
        sa.select(table)
        .where(
            table.c.tenant_id == session.tenant,
            table.c[key] == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.Uuid))),
        )
        .order_by(table.c.id)
    ).mappings()
    gathered: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        gathered[row[key]].append(dict(row))
    return gathered


def differing_columns(row: ImportedRow, existing: ExistingCase) -> list[str]:
    """The columns of a row that say something else than the case does.

    A blank cell contradicts nothing, and what was recorded since is no difference.
    """
    return sorted(set(_of_case(row, existing)) | set(_of_acts(row, existing)))


def _of_case(row: ImportedRow, existing: ExistingCase) -> Iterator[str]:
    values, child = row.values, existing.child
    for column, name in _CASE.items():
        if column in values and values[column] != existing.case[name]:
            yield column
    for column, name in (("child_given_name", "given_name"), ("child_family_name", "family_name")):
        if for_matching(str(values[column])) != for_matching(child[name]):
            yield column
    for column in ("date_of_birth", "upn", "primary_need"):
        if column in values and values[column] != child[column]:
            yield column
    if "parent_name" in values:
        family = [party for party in existing.parties if party["side"] == Side.FAMILY]
        named = [party for party in family if party["name"] == values["parent_name"]]
        if not named:
            yield "parent_name"
        for column, name in _PARENT.items():
            if column in values and named and values[column] not in [p[name] for p in named]:
                yield column
    if "notice_sent" in values:
        yield from _unless_recorded(existing, FactKind.NOTICE_SENT, values, "notice_sent")
    if "permission_date" in values:
        yield from _unless_recorded(existing, FactKind.PERMISSION_GIVEN, values, "permission_date")
        said = [fact["detail"] for fact in existing.effective(FactKind.PERMISSION_GIVEN)]
        for column, part in (("permission_by", "by"), ("permission_how", "how")):
            if column in values and values[column] not in [d.get(part) for d in said]:
                yield column


def _unless_recorded(
    existing: ExistingCase, kind: FactKind, values: dict[str, Any], column: str
) -> Iterator[str]:
    if values[column] not in [fact["on_date"] for fact in existing.effective(kind)]:
        yield column


def _of_acts(row: ImportedRow, existing: ExistingCase) -> Iterator[str]:
    agreed: list[dict[str, Any]] = []
    for act, columns in zip(row.case.acts, row.columns, strict=True):
        if isinstance(act, Happened):
            yield from _of_fact(act, existing, columns)
        elif isinstance(act, Agreed):
            agreed = _agreed_rows(existing, act.on)
            if not agreed:
                yield "agreement_date"
            yield from _of_steps(row, agreed)
        elif isinstance(act, StepDone) and act.on not in [step["done_on"] for step in agreed]:
            yield columns["on"]


def _of_fact(act: Happened, existing: ExistingCase, columns: Any) -> Iterator[str]:
    known = existing.effective(act.kind)
    if act.kind is FactKind.CONSENT_GIVEN:
        known = [fact for fact in known if fact["value"] == act.value]
    on_day = [fact for fact in known if fact["on_date"] == act.on]
    if not on_day:
        yield columns["on"]
        return
    if act.value not in [fact["value"] for fact in on_day]:
        yield columns["value"]
    for part, column in (
        ("meeting_on", "meeting_date"),
        ("way", "mias_way"),
        ("minutes", "mias_minutes"),
        ("number", "certificate_number"),
        ("delay_cause", "cause_of_delay"),
    ):
        if part in act.detail and act.detail[part] not in [f["detail"].get(part) for f in on_day]:
            yield column


def _agreed_rows(existing: ExistingCase, on: dt.date) -> list[dict[str, Any]]:
    return [step for step in existing.steps if step["agreed_on"] == on]


def _of_steps(row: ImportedRow, agreed: list[dict[str, Any]]) -> Iterator[str]:
    for column, value in row.values.items():
        name, _, part = column.rpartition("_")
        if not name.startswith("step_") or part not in ("kind", "wording", "due"):
            continue
        known = {"kind": "kind", "wording": "wording", "due": "due_on"}[part]
        if value not in [step[known] for step in agreed]:
            yield column


def contradicted_upns(session: ScopedSession, rows: Sequence[ImportedRow]) -> Iterator[RowFault]:
    """Rows that give a child another UPN than an earlier row, or the service, does."""
    keys = [
        (
            search_key(str(r.values["child_given_name"]), str(r.values["child_family_name"])),
            r.values["date_of_birth"],
        )
        for r in rows
    ]
    known: dict[Any, tuple[str, str]] = {}
    names = sorted({name for name, _ in keys})
    for start in range(0, len(names), _AT_ONCE):
        found = session.execute(
            sa.select(Child.search_key, Child.date_of_birth, Child.upn).where(
                Child.tenant_id == session.tenant,
                Child.upn.is_not(None),
                Child.search_key
                == sa.any_(sa.literal(names[start : start + _AT_ONCE], sa.ARRAY(sa.Text))),
            )
        )
        for name, born, held in found:
            known.setdefault((name, born), (str(held), "the service has"))
    for key, row in zip(keys, rows, strict=True):
        upn = row.values.get("upn")
        if upn is None:
            continue
        first, where = known.setdefault(key, (str(upn), f"row {row.number} has"))
        if first != upn:
            yield RowFault(
                row.number,
                "upn",
                f"For a child of this name and date of birth {where} another UPN: put one right",
            )
