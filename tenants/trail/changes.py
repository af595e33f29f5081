"""What was changed in the rows: read by filter and page, and put into words."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.change_chain import first_id_at
from saas.audit.models import RowChange
from saas.database.scope import ScopedSession
from saas.database.watched import watched
from saas.reference.calendar_words import plain_date
from saas.reference.today import LONDON
from tenants.agreements.models import Agreement
from tenants.casework.models import CaseParty, SenCase

ACTS = {"insert": "Added", "update": "Changed", "delete": "Deleted"}
# Where a table's own name would say little to a reader.
TABLE_WORDS = {
    "sen_case": "Case",
    "case_document": "Paper",
    "case_party": "Person of the case",
    "case_officer": "Officer of the case",
    "subscriber": "Authority",
    "membership": "Member of the team",
    "participant": "Participant of a meeting",
    "action_point": "Action of a facilitation",
    "api_token": "Token for the API",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Field:
    """One column that changed, in words."""

    name: str
    was: str
    is_now: str


def table_words(table: str) -> str:
    """What a row of a table is called."""
    return TABLE_WORDS.get(table) or _words(table.removeprefix("case_"))


def tables_for(reader: str) -> dict[str, str]:
    """The tables whose changes a reader is shown, by name, with their words."""
    found = {name: table_words(name) for name, one in watched().items() if reader in one.readers}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def changes(
    session: ScopedSession,
    tenant_id: uuid.UUID,
    *,
    table: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
    about: Collection[uuid.UUID] | None = None,
    offset: int,
    limit: int,
) -> Sequence[RowChange]:
    """The changes in one authority's rows that the session may read, the latest first."""
    wanted = sa.select(RowChange).where(RowChange.tenant_id == tenant_id)
    if about is not None:
        wanted = wanted.where(RowChange.about.in_(about))
    if table:
        wanted = wanted.where(RowChange.table_name == table)
    # Ids are made by the time of the change, and so is the key's index in its order.
    if first is not None:
        wanted = wanted.where(RowChange.id >= first_id_at(_begins(first)))
    if last is not None:
        wanted = wanted.where(RowChange.id < first_id_at(_begins(last + dt.timedelta(days=1))))
    return session.scalars(wanted.order_by(RowChange.id.desc()).offset(offset).limit(limit)).all()


def _begins(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON)


def parts_of(session: ScopedSession, case: SenCase) -> list[uuid.UUID]:
    """What the changes of a case are about: itself, its child, its people and its agreements."""
    hang_on_it = (
        sa.select(model.id).where(model.tenant_id == case.tenant_id, model.case_id == case.id)
        for model in (CaseParty, Agreement)
    )
    return [case.id, case.child_id, *session.scalars(sa.union_all(*hang_on_it))]


def people_in(found: Sequence[RowChange]) -> set[uuid.UUID | None]:
    """Who made changes, and whoever else their values may name."""
    people = {one.person_id for one in found}
    for one in found:
        for said in (one.was, one.is_now):
            people |= {uuid.UUID(v) for v in (said or {}).values() if _is_id(v)}
    return people


def fields_of(change: RowChange, names: dict[uuid.UUID | None, str]) -> Iterator[Field]:
    """What changed, column by column; of what was added nothing, it stands there."""
    was, is_now = change.was or {}, change.is_now or {}
    if change.act == "delete":
        for column in sorted(was):
            if was[column] not in (None, "", [], {}):
                yield Field(_words(column), _said(was[column], names), "")
        return
    for column in sorted(was):
        if was[column] is None and is_now[column] is None:
            yield Field(_words(column), "not shown", "not shown")
        else:
            yield Field(_words(column), _said(was[column], names), _said(is_now[column], names))


def field_names(change: RowChange) -> list[str]:
    """Which columns changed, for who may not see what they say."""
    return [_words(column) for column in sorted(change.was or {})] if change.is_now else []


def _words(name: str) -> str:
    said = name.removesuffix("_id").replace("_", " ")
    return said[:1].upper() + said[1:]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _said(value: Any, names: dict[uuid.UUID | None, str]) -> str:
    """A value as a reader knows it."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_said(one, names) for one in value) or "nothing"
    if isinstance(value, dict):
        return "; ".join(f"{_words(k)}: {_said(one, names)}" for k, one in value.items())
    text = str(value)
    if _DAY.fullmatch(text):
        return plain_date(dt.date.fromisoformat(text))
    if _MOMENT.match(text):
        at = dt.datetime.fromisoformat(text).astimezone(LONDON)
        return f"{plain_date(at.date())}, {at:%H:%M}"
    if _is_id(text):
        return names.get(uuid.UUID(text)) or f"record {text[-6:]}"
    return text
