"""The performance that a contract asks of the provider: shares of a measure, from a day on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from billing.contracts.models import Contract, of_contract
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.base import APPEND, READ, Base, TenantRow, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession
from saas.database.together import OF, TENANT, Asked
from tenants.statistics.measures.definitions import SHARE


class ContractTargets(TenantRow, Base):
    """What was agreed from a day on. Nothing is changed: what is agreed later is added.

    `at_least` has percents by the key of a share (`tenants.statistics.measures.definitions.SHARE`).
    """

    __tablename__ = "contract_targets"
    __table_args__ = (
        of_contract(),
        sa.Index("ix_contract_targets_tenant_id_contract_id", "tenant_id", "contract_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    contract_id: Mapped[uuid.UUID]
    effective_from: Mapped[dt.date]
    at_least: Mapped[dict[str, Any]]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


def agree_targets(
    session: ScopedSession,
    contract: Contract,
    *,
    effective_from: dt.date,
    at_least: Mapping[str, int],
    at: dt.datetime,
) -> ContractTargets:
    """Record what the contract asks for from a day on; a share that is left out has no target.

    Args:
        at_least: percents from 0 to 100 by the key of a share.

    Raises:
        BillingRefused: naming the field.
    """
    if not contract.starts_on <= effective_from <= contract.ends_on:
        raise BillingRefused("effective_from", "The day must lie in the contract")
    for key, percent in at_least.items():
        if key not in SHARE or not 0 <= percent <= 100:
            raise BillingRefused(key, "Enter a whole number from 0 to 100")
    row = ContractTargets(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=contract.id,
        effective_from=effective_from,
        at_least=dict(at_least),
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(row)
    session.flush()
    audit(session, "targets agreed", subject_kind="contract", subject_id=contract.id, at=at)
    return row


# All that was agreed, what holds longest first and what was recorded last, last.
targets_of = Asked(
    sa.select(ContractTargets.effective_from, ContractTargets.at_least)
    .where(ContractTargets.tenant_id == TENANT, ContractTargets.contract_id == OF)
    .order_by(ContractTargets.effective_from, ContractTargets.recorded_at, ContractTargets.id),
    lambda _, rows: rows,
)


def targets_on(agreed: Sequence[Any], day: dt.date) -> dict[str, int]:
    """The percents that hold on a day; nothing before the first were agreed."""
    standing = [one for one in agreed if one.effective_from <= day]
    return {key: int(percent) for key, percent in standing[-1].at_least.items()} if standing else {}
