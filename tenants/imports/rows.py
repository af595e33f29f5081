"""From a row of the spreadsheet to a case, with every fault by its column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tenants.casework.kinds import FactKind, Route, Service, Side
from tenants.casework.record import RuleBroken
from tenants.casework.referral import NewParty, NewReferral
from tenants.casework.row_columns import FOLLOWED_PARTS, Actor, NewStep
from tenants.casework.rules import AFTER_CLOSING
from tenants.imports.bulk.acts import Act, Agreed, Happened, NewCase, StepDone
from tenants.imports.cells import CellRefused, Value, is_blank
from tenants.imports.columns import COLUMNS, STEPS
from tenants.imports.sheets import NO_VALUE, SheetRow
from tenants.law.clocks import step_due
from tenants.law.decisions import STEP_KINDS


@dataclass(frozen=True, slots=True, order=True)
class RowFault:
    """What is wrong in one cell. The text never holds what the cell says: it may be a name."""

    row: int
    column: str
    reason: str


@dataclass(slots=True)
class ImportedRow:
    """A row that could be read. `columns` says for each act where its parts come from."""

    number: int
    values: dict[str, Value]
    case: NewCase
    columns: list[Mapping[str, str]]

    @property
    def external_reference(self) -> str:
        return str(self.values["external_reference"])

    def column_of(self, act: int | None, rule: RuleBroken) -> str:
        """The column that a broken rule is about."""
        if act is None:
            return _OF_REFERRAL.get(rule.field, rule.field)
        return self.columns[act].get(rule.field) or self.columns[act]["on"]


_OF_REFERRAL = {
    "given_name": "child_given_name",
    "family_name": "child_family_name",
    "contact_name": "parent_name",
    "opened_on": "referral_date",
    "permission_on": "permission_date",
    "permission_given": "permission_date",
    "notice_sent": "notice_sent",
    "decision_type": "decision_type",
    "kind": "notice_sent",
    "on": "notice_sent",
}
# A column that says nothing without another one.
_NEEDS = (
    ("choice", "choice_date"),
    ("choice_date", "choice"),
    ("certificate_kind", "certificate_date"),
    ("certificate_date", "certificate_kind"),
    ("certificate_number", "certificate_kind"),
    ("mias_way", "mias_date"),
    ("mias_minutes", "mias_date"),
    ("meeting_fixed", "meeting_date"),
    ("meeting_date", "meeting_fixed"),
    ("cause_of_delay", "meeting_held"),
    ("outcome", "concluded_date"),
    ("permission_by", "permission_date"),
    ("permission_how", "permission_date"),
    ("parent_relation", "parent_name"),
    ("parent_email", "parent_name"),
    ("parent_telephone", "parent_name"),
    ("parent_postcode", "parent_name"),
    *(
        need
        for n in range(1, STEPS + 1)
        for need in (
            (f"step_{n}_kind", "agreement_date"),
            (f"step_{n}_wording", f"step_{n}_kind"),
            (f"step_{n}_due", f"step_{n}_kind"),
            (f"step_{n}_done", f"step_{n}_kind"),
        )
    ),
)


def read_row(
    row: SheetRow, *, by: Actor, today: dt.date
) -> tuple[ImportedRow | None, list[RowFault]]:
    """The case of a row; None, with the faults, where a cell cannot be read."""
    values: dict[str, Value] = {}
    faults = []
    if row.beyond:
        faults.append(
            RowFault(
                row.number, "", "There are cells beyond the last column: a separator too many?"
            )
        )
    for column in COLUMNS:
        cell = row.cells.get(column.name)
        if is_blank(cell):
            if column.required:
                faults.append(RowFault(row.number, column.name, "This must not be blank"))
            continue
        try:
            if cell == NO_VALUE:
                raise CellRefused(
                    "The formula has no stored value: open the file in Excel, save it, try again"
                )
            values[column.name] = column.read(cell, today)
        except CellRefused as refused:
            faults.append(RowFault(row.number, column.name, str(refused)))
    unreadable = {fault.column for fault in faults}
    for column_name, needed in _NEEDS:
        if column_name in values and needed not in values and needed not in unreadable:
            faults.append(
                RowFault(row.number, needed, f"This must be given, because {column_name} is")
            )
    if faults:
        return None, faults
    telling = _Telling(values, by)
    case = telling.case()
    return ImportedRow(row.number, values, case, telling.columns), []


@dataclass(slots=True)
class _Telling:
    values: Mapping[str, Value]
    by: Actor
    acts: list[Act] = field(default_factory=list)
    columns: list[Mapping[str, str]] = field(default_factory=list)

    def case(self) -> NewCase:
        self._fact(FactKind.CONTACT_MADE, "contact_date")
        detail = {
            name.removeprefix("mias_"): self.values[name]
            for name in ("mias_way", "mias_minutes")
            if name in self.values
        }
        self._fact(FactKind.MIAS_HELD, "mias_date", detail=detail)
        self._fact(FactKind.CHOICE_MADE, "choice_date", "choice")
        self._certificate("s55_4")
        self._fact(FactKind.FAMILY_INFORMED_AUTHORITY, "family_informed_authority")
        self._fact(FactKind.ADVISER_INFORMED_AUTHORITY, "authority_informed")
        self._fact(FactKind.AUTHORITY_CANNOT_ARRANGE, "authority_cannot_arrange")
        self._certificate("deemed")
        for side in ("family", "authority"):
            self._fact(FactKind.CONSENT_GIVEN, f"{side}_consent", said=side)
        self._fact(FactKind.MEDIATOR_APPOINTED, "mediator_appointed")
        if "meeting_date" in self.values:
            self._fact(
                FactKind.MEETING_FIXED,
                "meeting_fixed",
                detail={"meeting_on": str(self.values["meeting_date"])},
                meeting_on="meeting_date",
            )
        late = self.values.get("cause_of_delay")
        self._fact(
            FactKind.MEETING_HELD, "meeting_held", detail={"delay_cause": late} if late else {}
        )
        self._fact(FactKind.CONCLUDED, "concluded_date", "outcome")
        self._certificate("s55_5")
        self._agreement()
        self._fact(FactKind.APPEAL_REGISTERED, "appeal_registered")
        self._close()
        return NewCase(referral=self._referral(), by=self.by, acts=tuple(self.acts))

    def _add(self, act: Act, **columns: str) -> None:
        self.acts.append(act)
        self.columns.append(columns)

    def _fact(
        self,
        kind: FactKind,
        on: str,
        value: str | None = None,
        *,
        said: str | None = None,
        detail: Mapping[str, Any] | None = None,
        **columns: str,
    ) -> None:
        day = self.values.get(on)
        if not isinstance(day, dt.date):
            return
        given = self.values.get(value) if value else said
        self._add(
            Happened(
                kind=kind,
                on=day,
                by=self.by,
                value=None if given is None else str(given),
                detail=detail or {},
            ),
            on=on,
            value=value or on,
            kind=value or on,
            **columns,
        )

    def _certificate(self, kind: str) -> None:
        """The certificate as a fact: its paper is where it was issued, and is not printed anew."""
        if self.values.get("certificate_kind") == kind:
            number = self.values.get("certificate_number")
            self._fact(
                FactKind.CERTIFICATE_ISSUED,
                "certificate_date",
                "certificate_kind",
                detail={"number": number} if number else {},
            )

    def _agreement(self) -> None:
        agreed = self.values.get("agreement_date")
        if not isinstance(agreed, dt.date):
            return
        steps, done = [], []
        for n in range(1, STEPS + 1):
            kind = self.values.get(f"step_{n}_kind")
            if kind is None:
                continue
            due = self.values.get(f"step_{n}_due")
            wording = self.values.get(f"step_{n}_wording") or STEP_KINDS[str(kind)]
            steps.append(
                NewStep(
                    kind=str(kind),
                    wording=str(wording),
                    due_on=due if isinstance(due, dt.date) else None,
                )
            )
            parts = step_due(str(kind), agreed)
            followed = FOLLOWED_PARTS.get(str(kind), tuple(parts))
            done += [f"step_{n}_done"] * len([part for part in parts if part in followed])
        self._add(Agreed(on=agreed, steps=tuple(steps), by=self.by), on="agreement_date")
        for due_number, column in enumerate(done):
            day = self.values.get(column)
            if isinstance(day, dt.date):
                self._add(StepDone(due=due_number, on=day, by=self.by), on=column)

    def _close(self) -> None:
        """The closing, before what may come after it and did."""
        closed = self.values.get("closed_date")
        if not isinstance(closed, dt.date):
            return
        later = [
            place
            for place, act in enumerate(self.acts)
            if isinstance(act, Happened | StepDone)
            and act.on > closed
            and (isinstance(act, StepDone) or act.kind in AFTER_CLOSING)
        ]
        place = min(later, default=len(self.acts))
        self.acts.insert(place, Happened(kind=FactKind.CLOSED, on=closed, by=self.by))
        self.columns.insert(place, {"on": "closed_date"})

    def _referral(self) -> NewReferral:
        values = self.values

        def words(name: str) -> str | None:
            return str(values[name]) if name in values else None

        def day(name: str) -> dt.date | None:
            found = values.get(name)
            return found if isinstance(found, dt.date) else None

        opened, born = day("referral_date"), day("date_of_birth")
        if opened is None or born is None:
            raise ValueError("a required date is missing from a row that was read")
        parent = words("parent_name")
        parties: tuple[NewParty, ...] = ()
        if parent is not None:
            adult = NewParty(
                side=Side.FAMILY,
                name=parent,
                relation=words("parent_relation") or "Parent or carer",
                email=words("parent_email"),
                telephone=words("parent_telephone"),
                postcode=words("parent_postcode"),
            )
            parties = (adult,)
        return NewReferral(
            service=Service(words("service") or Service.MEDIATION),
            route=Route(str(values["route"])),
            opened_on=opened,
            given_name=str(values["child_given_name"]),
            family_name=str(values["child_family_name"]),
            date_of_birth=born,
            upn=words("upn"),
            primary_need=words("primary_need"),
            decision_type=words("decision_type"),
            notice_sent=day("notice_sent"),
            authority_reference=words("authority_reference"),
            sections=words("sections") or "",
            plan_maintained_until=day("plan_maintained_until"),
            health_issue=bool(values.get("health_issue", False)),
            social_care_issue=bool(values.get("social_care_issue", False)),
            permission_on=day("permission_date"),
            permission_by=words("permission_by") or "",
            permission_how=words("permission_how") or "",
            parties=parties,
            external_reference=str(values["external_reference"]),
        )
