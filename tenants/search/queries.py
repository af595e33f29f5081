"""The cases that fit what was asked, open ones first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import Child, SenCase
from tenants.search.asked import Asked
from tenants.subscribers.reference_numbers import case_reference
from tenants.worktrays.tray_row import joined_cases, the_child

MOST = 50


@dataclass(frozen=True)
class Found:
    """A case that was found, as a list shows it: no name of a child."""

    id: uuid.UUID
    reference: str
    authority_reference: str | None
    who: str
    service: str
    stage: str
    is_open: bool
    opened_on: dt.date
    closed_on: dt.date | None
    authority_slug: str
    authority_name: str


def _references(asked: Asked, prefixes: Sequence[str]) -> list[str]:
    """Each reference that may have been meant."""
    if asked.number is None:
        return []
    wanted = [asked.prefix] if asked.prefix else prefixes
    return [case_reference(prefix, year, asked.number) for prefix in wanted for year in asked.years]


def _children(asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions on a child, each of which an index answers.

    `starts_with` and equality are leakproof, so they may use an index under the policies. A name
    is found in any order of its words: one of them begins the family name, the others are
    anywhere in what those rows hold.
    """
    if asked.born is not None:
        yield Child.date_of_birth == asked.born
    if asked.upn is not None:
        yield Child.upn == asked.upn
    for place, first in enumerate(asked.words):
        others = asked.words[:place] + asked.words[place + 1 :]
        held = sa.literal(" ").concat(Child.search_key)
        yield sa.and_(
            sa.func.starts_with(Child.search_key, first),
            *(sa.func.strpos(held, f" {word}") > 0 for word in others),
        )


def _candidates(
    of_case: sa.Select[uuid.UUID, uuid.UUID], asked: Asked, prefixes: Sequence[str]
) -> list[sa.Select[uuid.UUID, uuid.UUID]]:
    """The cases that fit, by each thing that the text may be."""
    found: list[sa.Select[uuid.UUID, uuid.UUID]] = []
    references = _references(asked, prefixes)
    if references:
        found.append(of_case.where(SenCase.reference.in_(references)))
    spellings = {asked.text, asked.text.upper()}
    found.append(of_case.where(SenCase.authority_reference.in_(spellings)))
    of_child = of_case.join(
        Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id)
    )
    found += [of_child.where(condition) for condition in _children(asked)]
    return found


def search(
    session: ScopedSession,
    asked: Asked,
    *,
    prefixes: Sequence[str],
    mediator: uuid.UUID | None = None,
) -> list[Found]:
    """The cases that fit, open ones and the newest first; at most one more than MOST.

    Args:
        prefixes: those of the references of the authorities that the viewer may look into.
        mediator: only cases to which this person is appointed.
    """
    if not asked.text:
        return []
    of_case = sa.select(SenCase.tenant_id, SenCase.id)
    if mediator is not None:
        of_case = of_case.where(SenCase.mediator_id == mediator)
    # Each ends after so many: a common name must not read a hundred thousand rows.
    each = [
        sa.select(one.limit(MOST + 1).subquery()) for one in _candidates(of_case, asked, prefixes)
    ]
    rows = session.execute(
        joined_cases([SenCase.authority_reference])
        .where(sa.tuple_(CasePosition.tenant_id, CasePosition.case_id).in_(sa.union(*each)))
        .order_by(CasePosition.is_open.desc(), SenCase.opened_on.desc(), SenCase.id)
        .limit(MOST + 1)
    )
    return [
        Found(
            id=row.id,
            reference=row.reference,
            authority_reference=row.authority_reference,
            who=the_child(row),
            service=row.service,
            stage=row.stage,
            is_open=row.is_open,
            opened_on=row.opened_on,
            closed_on=row.closed_on,
            authority_slug=row.authority_slug,
            authority_name=row.authority_name,
        )
        for row in rows
    ]
