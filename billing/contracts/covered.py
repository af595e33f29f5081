"""Which services an authority's contract covers, for the public page of its families."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from billing.contracts.models import Contract, ContractTerms
from billing.contracts.pricing import terms_on
from billing.contracts.queries import terms_by_contract
from saas.database.scope import Scope, scoped


def covered_services(tenant: uuid.UUID, today: dt.date) -> frozenset[str] | None:
    """The services of the contract that runs today, by code; None where none runs.

    Read in finance's scope for reading alone: who opens a public page has none of contracts. No
    price and no number leaves it.
    """
    with scoped(Scope.all_accounts(None)) as session:
        found = session.scalar(
            sa.select(Contract.id)
            .where(
                Contract.tenant_id == tenant,
                Contract.cancelled_on.is_(None),
                Contract.starts_on <= today,
                Contract.ends_on >= today,
            )
            .order_by(Contract.starts_on.desc())
            .limit(1)
        )
        if found is None:
            return None
        history = terms_by_contract(
            session, ContractTerms.tenant_id == tenant, ContractTerms.contract_id == found
        ).get(found, [])
        prices = terms_on(history, today).prices if history else {}
        return frozenset(service.value for service in prices) or None
