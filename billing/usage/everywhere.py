"""Use of every authority's package at once, without prices: for who plans the work."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from billing.contracts.models import Contract
from billing.contracts.pricing import Service, allowance, contract_year, terms_on
from billing.contracts.queries import names_of_authorities, terms_by_contract
from billing.ledger.usage_entries import UsageEntry
from billing.periods import Period
from saas.database.scope import ScopedSession
from saas.identity.signed_in import Tenancy

# A contract that ends sooner than this is one to renew now.
RENEW_WITHIN_DAYS = 180


@dataclass(frozen=True, slots=True)
class Used:
    """One service in a contract year. `included` is None where there is no limit."""

    included: int | None
    used: int

    @property
    def is_beyond(self) -> bool:
        return self.included is not None and self.used > self.included


@dataclass(frozen=True, slots=True)
class PackageUse:
    """An authority's contract of today: its year, its end, what was used of it."""

    tenancy: Tenancy
    year: Period
    ends_on: dt.date
    ends_in_days: int
    services: dict[Service, Used]

    @property
    def to_renew(self) -> bool:
        return self.ends_in_days <= RENEW_WITHIN_DAYS


def use_everywhere(session: ScopedSession, *, today: dt.date) -> list[PackageUse]:
    """Every contract that runs today, the first to end first: in four queries for any number."""
    contracts = session.scalars(
        sa.select(Contract).where(
            Contract.cancelled_on.is_(None),
            Contract.starts_on <= today,
            Contract.ends_on >= today,
        )
    ).all()
    if not contracts:
        return []
    names = names_of_authorities(session)
    terms = terms_by_contract(session)
    years = {one.id: contract_year(one.starts_on, today) for one in contracts}
    running = sa.values(
        sa.column("contract_id", sa.Uuid),
        sa.column("tenant_id", sa.Uuid),
        sa.column("first", sa.Date),
        name="running",
    ).data([(one.id, one.tenant_id, years[one.id].first) for one in contracts])
    used: defaultdict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    # A reversal counts one less, so the sum is what stands.
    for contract_id, kind, number in session.execute(
        sa.select(running.c.contract_id, UsageEntry.kind, sa.func.sum(UsageEntry.quantity))
        .join(
            UsageEntry,
            sa.and_(
                UsageEntry.tenant_id == running.c.tenant_id,
                UsageEntry.on_date.between(running.c.first, today),
            ),
        )
        .group_by(running.c.contract_id, UsageEntry.kind)
    ):
        used[contract_id][kind] = number
    lines = []
    for one in contracts:
        prices = terms_on(terms[one.id], today).prices if terms.get(one.id) else {}
        lines.append(
            PackageUse(
                names[one.tenant_id],
                years[one.id],
                one.ends_on,
                (one.ends_on - today).days,
                {
                    service: Used(
                        allowance(terms[one.id], service, years[one.id], ends_on=one.share_ends_on),
                        used[one.id].get(service.value, 0),
                    )
                    for service in prices
                },
            )
        )
    return sorted(lines, key=lambda line: (line.ends_on, line.tenancy.name))
