"""What changes a contract: making one, amending it, indexing it, extending it, ordering on it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from billing.addresses import ElectronicAddress
from billing.contracts.models import BillingContact, Contract, ContractTerms, PurchaseOrder
from billing.contracts.orders import number_refusal
from billing.contracts.pricing import Terms, contract_year, raised, terms_on
from billing.contracts.queries import terms_by_contract
from billing.periods import ONE_DAY, months_after
from billing.refusal import BillingRefused
from billing.vat import TREATMENT_WORDS
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.written import within_sentence


@dataclass(frozen=True, kw_only=True)
class NewContract:
    """What a contract says besides its terms."""

    reference: str
    starts_on: dt.date
    ends_on: dt.date
    frequency: str = "quarterly"
    extension_options: int = 0
    extension_months: int = 0
    notice_days: int = 90
    po_required: bool = True
    po_format: str | None = None
    indexation: str | None = None
    billed_from: dt.date | None = None
    years_from: str = "april"
    prorated: bool = False


def make_contract(
    session: ScopedSession, new: NewContract, terms: Terms, *, at: dt.datetime
) -> Contract:
    """Make a contract with its first terms.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    if new.ends_on < new.starts_on:
        raise BillingRefused("ends_on", "The contract must end after it starts")
    if new.billed_from is not None and not new.starts_on <= new.billed_from <= new.ends_on:
        raise BillingRefused("billed_from", "This day must be one of the contract")
    check_reference(session, new.reference)
    check_apart(session, new.starts_on, new.ends_on, field="starts_on")
    check_reasons(terms)
    contract = Contract(
        tenant_id=session.tenant,
        id=new_id(),
        reference=new.reference,
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        extension_options=new.extension_options,
        extension_months=new.extension_months,
        notice_days=new.notice_days,
        frequency=new.frequency,
        vat_treatment=terms.fee_vat.value,
        vat_reason=terms.vat_reasons.get(terms.fee_vat, "").strip(),
        po_required=new.po_required,
        po_format=new.po_format,
        indexation=new.indexation,
        billed_from=new.billed_from,
        years_from=new.years_from,
        prorated=new.prorated,
    )
    session.add(contract)
    session.flush()
    add_terms(session, contract, terms, cause="agreed", note="", at=at)
    _audit(session, "contract made", contract, at)
    return contract


def check_reference(session: ScopedSession, reference: str) -> None:
    """No two contracts of an authority have one reference.

    Raises:
        BillingRefused: another has it.
    """
    if session.scalar(
        sa.select(Contract.id).where(
            Contract.tenant_id == session.tenant, Contract.reference == reference
        )
    ):
        raise BillingRefused("reference", "Another contract of this authority has this reference")


def check_apart(
    session: ScopedSession,
    first: dt.date,
    last: dt.date,
    *,
    field: str,
    besides: uuid.UUID | None = None,
) -> None:
    """No day has two contracts.

    Args:
        besides: the contract whose days these are to be.

    Raises:
        BillingRefused: at the field, naming the other contract.
    """
    overlapping = session.execute(
        sa.select(Contract.reference, Contract.starts_on, Contract.ends_on).where(
            Contract.tenant_id == session.tenant,
            Contract.cancelled_on.is_(None),
            Contract.starts_on <= last,
            Contract.ends_on >= first,
            Contract.id != besides if besides else sa.true(),
        )
    ).first()
    if overlapping is not None:
        raise BillingRefused(
            field,
            f"Contract {overlapping.reference} runs from {overlapping.starts_on:%-d %B %Y} to "
            f"{overlapping.ends_on:%-d %B %Y}: end it first, or replace it",
        )


def add_terms(
    session: ScopedSession,
    contract: Contract,
    terms: Terms,
    *,
    cause: str,
    note: str,
    at: dt.datetime,
) -> ContractTerms:
    """Add terms; from a day that has some already they take the place of those."""
    before = session.scalar(
        sa.select(sa.func.max(ContractTerms.turn)).where(
            ContractTerms.tenant_id == session.tenant,
            ContractTerms.contract_id == contract.id,
            ContractTerms.effective_from == terms.effective_from,
        )
    )
    row = ContractTerms(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=contract.id,
        turn=(before or 0) + 1,
        cause=cause,
        note=note,
        recorded_at=at,
        recorded_by=session.scope.person,
        **terms.as_columns(),
    )
    session.add(row)
    session.flush()
    return row


def terms_of(session: ScopedSession, contract_id: uuid.UUID) -> list[Terms]:
    of_one = ContractTerms.contract_id == contract_id
    return terms_by_contract(session, ContractTerms.tenant_id == session.tenant, of_one).get(
        contract_id, []
    )


def amend(
    session: ScopedSession, contract: Contract, terms: Terms, *, note: str, at: dt.datetime
) -> ContractTerms:
    """Change the terms from a day on. What was billed for days after it is adjusted by the next
    invoice, to the day.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    if not note.strip():
        raise BillingRefused("note", "Say what was agreed, and where it is written")
    _check_effective(session, contract, terms.effective_from)
    check_reasons(terms)
    row = add_terms(session, contract, terms, cause="amendment", note=note.strip(), at=at)
    _audit(session, "contract amended", contract, at)
    return row


def index(
    session: ScopedSession,
    contract: Contract,
    *,
    percent: Decimal,
    on: dt.date,
    note: str,
    at: dt.datetime,
) -> ContractTerms:
    """Raise every price by a percentage on an anniversary of the contract.

    Raises:
        BillingRefused: the contract has no indexation, or the day is no anniversary.
    """
    if contract.indexation is None:
        raise BillingRefused("percent", "This contract has no indexation: amend it instead")
    if contract_year(contract.starts_on, on).first != on:
        raise BillingRefused("on", "Prices rise on an anniversary of the contract's start")
    _check_effective(session, contract, on)
    terms = raised(terms_on(terms_of(session, contract.id), on), percent, on)
    words = f"{contract.indexation} {percent}%"
    note = f"{words}: {note.strip()}" if note.strip() else words
    row = add_terms(session, contract, terms, cause="indexation", note=note, at=at)
    _audit(session, "contract indexed", contract, at)
    return row


def check_reasons(terms: Terms) -> None:
    for treatment in sorted(terms.untaxed):
        if not terms.vat_reasons.get(treatment, "").strip():
            raise BillingRefused(
                f"vat_reason_{treatment.value}",
                "Say why no VAT is charged on what is "
                f"{within_sentence(TREATMENT_WORDS[treatment])}: the invoice must say it",
            )


def _check_effective(session: ScopedSession, contract: Contract, day: dt.date) -> None:
    if not contract.starts_on < day <= contract.ends_on:
        raise BillingRefused(
            "effective_from",
            "A change takes effect after the contract's first day and before its end. What was "
            "wrong from the first day is put right on the contract's page",
        )
    if any(terms.effective_from == day for terms in terms_of(session, contract.id)):
        raise BillingRefused(
            "effective_from",
            "The terms change on that day already: put those right on the contract's page",
        )


def extended_to(contract: Contract) -> dt.date | None:
    """The last day after one more extension; None where there is no option left."""
    if contract.extension_options < 1 or contract.extension_months < 1:
        return None
    # Counted from the first day, so that the 31st is the 31st again after a short month.
    after = contract.ends_on + ONE_DAY
    run = (after.year - contract.starts_on.year) * 12 + after.month - contract.starts_on.month
    if months_after(contract.starts_on, run) == after:
        return months_after(contract.starts_on, run + contract.extension_months) - ONE_DAY
    return months_after(after, contract.extension_months) - ONE_DAY


def extend(session: ScopedSession, contract: Contract, *, at: dt.datetime) -> None:
    """Take up one extension option.

    Raises:
        BillingRefused: there is none left.
    """
    ends_on = extended_to(contract)
    if ends_on is None:
        raise BillingRefused("extend", "The contract has no extension option left")
    contract.ends_on = ends_on
    contract.extension_options -= 1
    session.flush()
    _audit(session, "contract extended", contract, at)


def add_order(
    session: ScopedSession,
    contract: Contract,
    *,
    number: str,
    value_pence: int,
    valid_from: dt.date,
    valid_to: dt.date,
    side: str,
    at: dt.datetime,
) -> PurchaseOrder:
    """Enter a purchase order; finance and the authority's own finance contact both may.

    Raises:
        BillingRefused: naming the field that cannot be so.
    """
    number = " ".join(number.upper().split())
    refusal = number_refusal(number, contract.po_format)
    if refusal:
        raise BillingRefused("number", refusal)
    if value_pence <= 0:
        raise BillingRefused("value", "Enter what the order is worth, without VAT")
    if valid_to < valid_from:
        raise BillingRefused("valid_to", "The order must end after it starts")
    taken = session.scalar(
        sa.select(PurchaseOrder.id).where(
            PurchaseOrder.tenant_id == session.tenant, PurchaseOrder.number == number
        )
    )
    if taken is not None:
        # Councils refuse an old order's number on a new order.
        raise BillingRefused("number", "This order is entered already: a new order has a new one")
    order = PurchaseOrder(
        tenant_id=session.tenant,
        id=new_id(),
        contract_id=contract.id,
        number=number,
        value_pence=value_pence,
        valid_from=valid_from,
        valid_to=valid_to,
        entered_at=at,
        entered_by=session.scope.person,
        entered_by_side=side,
    )
    session.add(order)
    session.flush()
    audit(
        session,
        "purchase order entered",
        subject_kind="purchase order",
        subject_id=order.id,
        at=at,
        side=side,
    )
    return order


def keep_contact(
    session: ScopedSession,
    *,
    customer_name: str,
    address: str,
    email: str,
    buyer_reference: str = "",
    peppol: ElectronicAddress | None = None,
    delivery: str = "email",
    portal: str = "",
    at: dt.datetime,
) -> BillingContact:
    """Say where the authority's invoices go, and in which way.

    Raises:
        BillingRefused: the way that was chosen needs an address which is not there.
    """
    lines = "\n".join(line.strip() for line in address.splitlines() if line.strip())
    if not lines:
        raise BillingRefused("customer_address", "Enter the address that invoices are made out to")
    if delivery == "portal" and not portal.strip():
        raise BillingRefused("portal", "Enter where invoices are uploaded")
    if delivery == "peppol" and peppol is None:
        raise BillingRefused("peppol_id", "Enter the Peppol scheme and number")
    contact = session.get(BillingContact, session.tenant)
    if contact is None:
        contact = BillingContact(tenant_id=session.tenant)
        session.add(contact)
    contact.customer_name = customer_name.strip()
    contact.customer_address = lines
    contact.customer_email = email.strip()
    contact.buyer_reference = buyer_reference.strip()
    contact.peppol_scheme = peppol.scheme if peppol else ""
    contact.peppol_id = peppol.id if peppol else ""
    contact.delivery = delivery
    contact.portal = portal.strip()
    session.flush()
    audit(
        session,
        "billing contact changed",
        subject_kind="authority",
        subject_id=session.tenant,
        at=at,
    )
    return contact


def _audit(session: ScopedSession, action: str, contract: Contract, at: dt.datetime) -> None:
    audit(session, action, subject_kind="contract", subject_id=contract.id, at=at)
