"""The authority as Stripe's customer, with a sort code and account of its own to pay into."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stripe.params import CustomerCreateParamsAddress

from billing.addresses import postal_parts
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
    # Line by line.
    address: tuple[str, ...] = ()

    def as_address(self) -> CustomerCreateParamsAddress:
        """The address in Stripe's parts."""
        found = postal_parts(self.address)
        address: CustomerCreateParamsAddress = {"country": "GB"}
        if found.streets:
            address["line1"] = found.streets[0]
        if found.streets[1:]:
            address["line2"] = ", ".join(found.streets[1:])
        if found.town:
            address["city"] = found.town
        if found.postcode:
            address["postal_code"] = found.postcode
        return address

    def as_detail(self) -> dict[str, Any]:
        """What is remembered of what Stripe was told."""
        return {"name": self.name, "email": self.email, "address": self.as_address()}


def payer_of(session: ScopedSession) -> Payer | None:
    contact = billing_contact(session)
    if contact is None:
        return None
    lines = tuple(contact.customer_address.splitlines())
    return Payer(contact.customer_name, contact.customer_email, lines)


def told_of(there: Mapping[str, Any]) -> dict[str, Any]:
    """Name, e-mail and address of a customer as Stripe has them."""
    address = {name: text for name, text in (there.get("address") or {}).items() if text}
    return {"name": there.get("name"), "email": there.get("email"), "address": address}


def keep_customer(intents: Intents) -> str:
    """Make Stripe's customer, or bring its name and addresses up to ours.

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
    if {name: found.detail.get(name) for name in payer.as_detail()} != payer.as_detail():
        _update(intents, found, payer)
    account = found.detail.get("account")
    if account is None:
        _ask_for_account(intents, found.stripe_id)
    else:
        _pay_into(intents.tenant, account)
    return found.stripe_id


def _make(intents: Intents, payer: Payer) -> str:
    made = intents.once(
        "customer",
        intents.tenant,
        lambda key: intents.v1.customers.create(
            {
                "name": payer.name,
                "email": payer.email,
                "address": payer.as_address(),
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
        **told_of(made),
    )  # fmt: skip
    _ask_for_account(intents, str(made["id"]))
    return str(made["id"])


def _update(intents: Intents, found: StripeObject, payer: Payer) -> None:
    # Numbered: a name that is changed and changed back is told each time.
    turn = int(found.detail.get("updates", 0)) + 1

    def find() -> Any:
        there = look_at_customer(intents.gateway, found.stripe_id)
        return there if told_of(there) == payer.as_detail() else None

    intents.once(
        "customer update",
        f"{intents.tenant}:{turn}",
        lambda key: intents.v1.customers.update(
            found.stripe_id,
            {"name": payer.name, "email": payer.email, "address": payer.as_address()},
            {"idempotency_key": key},
        ),
        find,
    )
    remember(
        intents.tenant, "customer", intents.tenant, {"id": found.stripe_id}, at=intents.at,
        **payer.as_detail(), updates=turn,
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
        kept = {
            "name": account["account_holder_name"],
            "sort_code": account["sort_code"],
            "number": account["account_number"],
        }
        remember(
            intents.tenant, "customer", intents.tenant, {"id": stripe_id}, at=intents.at,
            account=kept,
        )  # fmt: skip
        _pay_into(intents.tenant, kept)


def _pay_into(tenant: uuid.UUID, account: Mapping[str, Any]) -> None:
    """Have our invoices bear the account that Stripe gave the authority."""
    digits = str(account["sort_code"])
    sort_code = "-".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    told = (
        f"Account name {account['name']}",
        f"Sort code {sort_code}",
        f"Account number {account['number']}",
    )
    with scoped(Scope.finance(tenant, None)) as session:
        contact = billing_contact(session)
        if contact is not None:
            contact.pay_into = "\n".join(told)
