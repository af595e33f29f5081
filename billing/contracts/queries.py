"""What is read of contracts and purchase orders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from billing.contracts.models import BillingContact, Contract, ContractTerms
from billing.contracts.pricing import Terms
from saas.database.scope import ScopedSession
from saas.identity.signed_in import Tenancy
from tenants.subscribers.models import Subscriber
from tenants.subscribers.queries import subscribed


def current_contract(session: ScopedSession, today: dt.date) -> Contract | None:
    """The tenant's contract that runs today, or the one nearest to it."""
    return current_of(contracts_of(session), today)


def current_of(contracts: Sequence[Contract], today: dt.date) -> Contract | None:
    """The same of a tenant's contracts, the latest first."""
    standing = [c for c in contracts if c.cancelled_on is None]
    running = [c for c in standing if c.starts_on <= today <= c.ends_on]
    return next(iter(running or standing), None)


def terms_by_contract(
    session: ScopedSession, *where: sa.ColumnElement[bool]
) -> dict[uuid.UUID, list[Terms]]:
    """The terms that stand, by contract and in order: of those from one day the latest."""
    found: defaultdict[uuid.UUID, list[ContractTerms]] = defaultdict(list)
    for row in session.scalars(
        sa.select(ContractTerms)
        .where(*where)
        .order_by(ContractTerms.effective_from, ContractTerms.turn)
    ):
        found[row.contract_id].append(row)
    return {contract: terms_that_stand(written) for contract, written in found.items()}


def terms_that_stand(written: Iterable[ContractTerms]) -> list[Terms]:
    """Of a contract's terms as they were written, in turn: of those from one day the latest."""
    return list({row.effective_from: row.as_terms() for row in written}.values())


def contracts_of(session: ScopedSession) -> Sequence[Contract]:
    """Every contract of the tenant, the latest first; those called off, too."""
    return session.scalars(
        sa.select(Contract)
        .where(Contract.tenant_id == session.tenant)
        .order_by(Contract.starts_on.desc(), Contract.id)
    ).all()


def terms_written(session: ScopedSession, contract_id: uuid.UUID) -> Sequence[ContractTerms]:
    """Every terms of a contract as they were written, in turn; those that others replaced, too."""
    return session.scalars(
        sa.select(ContractTerms)
        .where(ContractTerms.tenant_id == session.tenant, ContractTerms.contract_id == contract_id)
        .order_by(ContractTerms.effective_from, ContractTerms.turn)
    ).all()


def find_contract(session: ScopedSession, contract_id: uuid.UUID) -> Contract | None:
    return session.get(Contract, (session.tenant, contract_id))


def billing_contact(session: ScopedSession) -> BillingContact | None:
    return session.get(BillingContact, session.tenant)


def contracts_everywhere(session: ScopedSession) -> Sequence[Contract]:
    return session.scalars(
        sa.select(Contract).where(Contract.cancelled_on.is_(None)).order_by(Contract.starts_on)
    ).all()


def fees_everywhere(session: ScopedSession, day: dt.date) -> dict[uuid.UUID, int]:
    """The yearly fee in force on a day, in pence, by contract: the first terms' before they run."""
    fees: dict[uuid.UUID, int] = {}
    for contract_id, effective_from, fee in session.execute(
        sa.select(
            ContractTerms.contract_id,
            ContractTerms.effective_from,
            ContractTerms.annual_fee_pence,
        ).order_by(ContractTerms.effective_from, ContractTerms.turn)
    ):
        if effective_from <= day or contract_id not in fees:
            fees[contract_id] = fee
    return fees


def subscribers_on(session: ScopedSession, day: dt.date) -> Sequence[Subscriber]:
    """The authorities that subscribe on a day, by name."""
    return session.scalars(
        sa.select(Subscriber).where(subscribed(day)).order_by(Subscriber.name)
    ).all()


def prefixes_of_authorities(session: ScopedSession) -> dict[uuid.UUID, str]:
    """What the references of each authority begin with; no two have the same."""
    rows = session.execute(sa.select(Subscriber.id, Subscriber.reference_prefix))
    return {row.id: row.reference_prefix for row in rows}


def names_of_authorities(session: ScopedSession) -> dict[uuid.UUID, Tenancy]:
    """Every authority that the session sees, by its id."""
    return {
        id_: Tenancy(id=id_, slug=slug, name=name)
        for id_, slug, name in session.execute(
            sa.select(Subscriber.id, Subscriber.slug, Subscriber.name)
        )
    }
