"""The children of a batch of cases: those the authority has already, and the new ones."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.search_keys import search_key
from tenants.casework.models import Child
from tenants.imports.bulk.acts import IdOf, NewCase
from tenants.imports.bulk.copying import copy_rows

_Key = tuple[str, dt.date]


@dataclass(frozen=True, slots=True)
class Placed:
    """The child of each case, and which of those known already have another need now."""

    children: list[uuid.UUID]
    changed: set[uuid.UUID]


def place_children(session: ScopedSession, cases: Sequence[NewCase], ids: IdOf) -> Placed:
    """The child of each case: the one known already, if name and birth agree, or a new row.

    As for a single referral: a UPN that is known stays, the latest need counts.
    """
    keys = [
        (search_key(c.referral.given_name, c.referral.family_name), c.referral.date_of_birth)
        for c in cases
    ]
    known = _known(session, {name for name, _ in keys})
    rows: dict[_Key, dict[str, object]] = {}
    changed: set[uuid.UUID] = set()
    for key, case in zip(keys, cases, strict=True):
        referral = case.referral
        if key in known:
            child = known[key]
            child.upn = child.upn or referral.upn
            if referral.primary_need and referral.primary_need != child.primary_need:
                child.primary_need = referral.primary_need
                changed.add(child.id)
        elif key in rows:
            row = rows[key]
            row["upn"] = row["upn"] or referral.upn
            row["primary_need"] = referral.primary_need or row["primary_need"]
        else:
            rows[key] = {
                "tenant_id": session.tenant,
                "id": ids(case.by.at),
                "given_name": referral.given_name,
                "family_name": referral.family_name,
                "date_of_birth": referral.date_of_birth,
                "upn": referral.upn,
                "primary_need": referral.primary_need,
                "search_key": key[0],
            }
    copy_rows(session, Child, list(rows.values()))
    new_ids = {key: row["id"] for key, row in rows.items()}
    placed = [known[key].id if key in known else uuid.UUID(str(new_ids[key])) for key in keys]
    return Placed(placed, changed)


def _known(session: ScopedSession, names: set[str]) -> dict[_Key, Child]:
    found = session.scalars(
        sa.select(Child).where(
            Child.tenant_id == session.tenant,
            Child.search_key == sa.any_(sa.literal(sorted(names), sa.ARRAY(sa.Text))),
        )
    )
    children: dict[_Key, Child] = {}
    for child in found:
        children.setdefault((child.search_key, child.date_of_birth), child)
    return children
