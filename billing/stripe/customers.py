"""The authority as Stripe's customer, with a sort code and account of its own to pay into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.contracts.queries import billing_contact
from billing.stripe.gateway import StripeRefused, ask, plain
from billing.stripe.intents import Intents
from billing.stripe.models import StripeObject
from billing.stripe.remembered import known, remember
from billing.stripe.taking_in import look_at_customer
from saas.database.scope import Scope, ScopedSession, scoped


@dataclass(frozen=True)
class Payer:
    """Where an authority's invoices go, as Stripe is told."""

    name: str
    email: str


def payer_of(session: ScopedSession) -> Payer | None:
    contact = billing_contact(session)
    return None if contact is None else Payer(contact.customer_name, contact.customer_email)


def keep_customer(intents: Intents) -> str:
    """Make Stripe's customer, or bring its name and address for e-mail up to ours.

    Returns:
        Stripe's name for the authority.

    Raises:
        StripeLater, StripeRefused: see `billing.stripe.gateway.ask`.
    """
    with scoped(Scope.finance(intents.tenant, None)) as session:
        payer = payer_of(session)
    if payer is None:
        raise StripeRefused("the authority has no billing contact")
    found = known(intents.tenant, "customer", intents.tenant)
    if found is None:
        return _make(intents, payer)
    if (found.detail.get("name"), found.detail.get("email")) != (payer.name, payer.email):
        _update(intents, found, payer)
    if "account" not in found.detail:
        _ask_for_account(intents, found.stripe_id)
    return found.stripe_id


def _make(intents: Intents, payer: Payer) -> str:
    made = intents.once(
        "customer",
        intents.tenant,
        lambda key: intents.v1.customers.create(
            {
                "name": payer.name,
                "email": payer.email,
                "metadata": intents.gateway.metadata(tenant=str(intents.tenant)),
            },
            {"idempotency_key": key},
        ),
        lambda: intents.marked(
            lambda: intents.v1.customers.list({"email": payer.email, "limit": 100}),
            "tenant",
            intents.tenant,
        ),
    )
    remember(
        intents.tenant, "customer", intents.tenant, made, at=intents.at,
        name=made.get("name"), email=made.get("email"),
    )  # fmt: skip
    _ask_for_account(intents, str(made["id"]))
    return str(made["id"])


def _update(intents: Intents, found: StripeObject, payer: Payer) -> None:
    # Numbered: a name that is changed and changed back is told each time.
    turn = int(found.detail.get("updates", 0)) + 1

    def find() -> Any:
        there = look_at_customer(intents.gateway, found.stripe_id)
        return (
            there if (there.get("name"), there.get("email")) == (payer.name, payer.email) else None
        )

    intents.once(
        "customer update",
        f"{intents.tenant}:{turn}",
        lambda key: intents.v1.customers.update(
            found.stripe_id, {"name": payer.name, "email": payer.email}, {"idempotency_key": key}
        ),
        find,
    )
    remember(
        intents.tenant, "customer", intents.tenant, {"id": found.stripe_id}, at=intents.at,
        name=payer.name, email=payer.email, updates=turn,
    )  # fmt: skip


def _ask_for_account(intents: Intents, stripe_id: str) -> None:
    """The sort code and account that Stripe gives this customer. Asked twice, it is the same."""
    try:
        told = plain(
            ask(
                lambda: intents.v1.customers.funding_instructions.create(
                    stripe_id,
                    {
                        "currency": "gbp",
                        "funding_type": "bank_transfer",
                        "bank_transfer": {"type": "gb_bank_transfer"},
                    },
                )
            )
        )
    except StripeRefused:
        # Bank transfers are not switched on there: that stops an invoice when it is finalised,
        # which says so, and not the customer.
        return
    addresses = told["bank_transfer"]["financial_addresses"]
    account = next((a["sort_code"] for a in addresses if a.get("type") == "sort_code"), None)
    if account is not None:
        remember(
            intents.tenant, "customer", intents.tenant, {"id": stripe_id}, at=intents.at,
            account={
                "name": account["account_holder_name"],
                "sort_code": account["sort_code"],
                "number": account["account_number"],
            },
        )  # fmt: skip
