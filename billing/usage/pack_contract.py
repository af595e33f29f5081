"""What a report pack says of an authority's contract: its targets, and use against its package."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from billing.contracts.models import Contract, ContractTerms
from billing.contracts.pricing import SERVICE_WORDS, allowance, contract_year, terms_on
from billing.contracts.queries import terms_by_contract
from billing.contracts.targets import targets_of, targets_on
from billing.ledger.usage_entries import UsageEntry
from saas.database.scope import Scope, scoped
from tenants.statistics.measures.contracts import PackageLine, PackContract
from tenants.statistics.measures.periods import Period


def contract_of_pack(tenant: uuid.UUID, of: Period, today: dt.date) -> PackContract | None:
    """The contract that ran on the period's last day, or on today if that comes first.

    Read in finance's own scope: who makes a pack has none of contracts.
    """
    day = min(of.end, today)
    with scoped(Scope.finance(tenant, None)) as session:
        found = session.scalar(
            sa.select(Contract)
            .where(
                Contract.tenant_id == tenant,
                Contract.cancelled_on.is_(None),
                Contract.starts_on <= day,
                Contract.ends_on >= day,
            )
            .order_by(Contract.starts_on.desc())
            .limit(1)
        )
        if found is None:
            return None
        history = terms_by_contract(
            session, ContractTerms.tenant_id == tenant, ContractTerms.contract_id == found.id
        ).get(found.id, [])
        year = contract_year(found.starts_on, day)
        # A reversal counts one less, so the sum is what stands.
        within = sa.func.coalesce(
            sa.func.sum(UsageEntry.quantity).filter(UsageEntry.on_date.between(of.start, day)), 0
        )
        used = {
            kind: (in_period, in_year)
            for kind, in_period, in_year in session.execute(
                sa.select(
                    UsageEntry.kind,
                    within,
                    sa.func.coalesce(
                        sa.func.sum(UsageEntry.quantity).filter(
                            UsageEntry.on_date.between(year.first, day)
                        ),
                        0,
                    ),
                )
                .where(
                    UsageEntry.tenant_id == tenant,
                    UsageEntry.on_date.between(min(of.start, year.first), day),
                )
                .group_by(UsageEntry.kind)
            )
        }
        prices = terms_on(history, day).prices if history else {}
        return PackContract(
            reference=found.reference,
            year_first=year.first,
            counted_to=day,
            year_last=min(year.last, found.ends_on),
            ends_on=found.ends_on,
            package=[
                PackageLine(
                    SERVICE_WORDS[service],
                    *used.get(service.value, (0, 0)),
                    included=allowance(history, service, year, ends_on=found.share_ends_on),
                )
                for service in prices
            ],
            targets=targets_on(targets_of(session, found.id), day),
        )
