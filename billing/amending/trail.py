"""What is changed of a row of a contract is written down beside it: from what, to what, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from billing.contracts.models import ContractChange, PurchaseOrderChange
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.web.money import pounds


def change(
    session: ScopedSession,
    row: Any,
    columns: Mapping[str, Any],
    trail: type[ContractChange] | type[PurchaseOrderChange],
    *,
    reason: str,
    at: dt.datetime,
    **of: Any,
) -> None:
    """Change columns of a row, and add a row of the trail for each.

    Args:
        of: the column of the trail that names the row.
    """
    for name, value in columns.items():
        session.add(
            trail(
                tenant_id=session.tenant,
                id=new_id(),
                what=name,
                was=in_words(name, getattr(row, name)),
                is_now=in_words(name, value),
                reason=reason.strip(),
                changed_at=at,
                changed_by=session.scope.person,
                **of,
            )
        )
        setattr(row, name, value)
    session.flush()


def in_words(name: str, value: object) -> str:
    """A column's value as people read it."""
    if name.endswith("_pence") and isinstance(value, int):
        return pounds(value)
    if isinstance(value, dt.date):
        return f"{value:%-d %B %Y}"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)
