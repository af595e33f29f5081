"""Both sides of a test: the service with keys, and the double that stands for Stripe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.credits.actions import credit
from billing.ledger.balances import balance_of
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.queries import lines_of
from billing.payments.actions import record_payment
from billing.stripe.comparing import Difference
from billing.stripe.gateway import Gateway
from billing.stripe.models import StripeObject
from billing.stripe.reconciling import reconcile
from billing.tasks import BillingTask
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import account_of, issue_period, work_through
from tests.factories import make_tenant
from tests.stripe_double.control import SECRET, RunningDouble, running_double

NOW = dt.datetime(2026, 4, 6, 9, tzinfo=dt.UTC)
HOURS = 6  # from one round of the worker to the next


def with_keys(settings: Settings, double: RunningDouble) -> Settings:
    """The settings of a service that is connected to the double."""
    secret = type(settings.secret_key)
    return settings.model_copy(
        update={
            "stripe_secret_key": secret("sk_test_double"),
            "stripe_webhook_secret": secret(SECRET),
            "stripe_api_url": double.address,
        }
    )


def deliver_to(app: Flask, events: list[dict[str, str]]) -> list[int]:
    """The statuses with which the webhook answers these events."""
    client = app.test_client()
    return [
        client.post(
            "/webhooks/stripe",
            data=event["body"],
            headers={"Stripe-Signature": event["signature"], "Content-Type": "application/json"},
        ).status_code
        for event in events
    ]


@dataclass
class Sides:
    """Our side and Stripe's, and what a test does on either."""

    app: Flask
    double: RunningDouble
    rounds: int = field(default=0)

    @property
    def gateway(self) -> Gateway:
        made = Gateway.of(self.app.extensions["settings"])
        assert made is not None
        return made

    @property
    def at(self) -> dt.datetime:
        """The clock, which every round of the worker moves on."""
        return NOW + dt.timedelta(hours=HOURS * self.rounds)

    def issued(self) -> tuple[Tenancy, Invoice]:
        """An authority with one invoice, which nobody has pushed yet."""
        tenant = make_tenant(self.app)
        account_of(self.app, tenant)
        return tenant, issue_period(self.app, tenant)

    def pushed(self) -> tuple[Tenancy, Invoice]:
        """An authority with one invoice that is open at Stripe, whose events nobody took in."""
        tenant, invoice = self.issued()
        self.work()
        assert self.there(invoice)["status"] == "open"
        self.double.events()
        return tenant, invoice

    def work(self, times: int = 1) -> None:
        for _ in range(times):
            work_through(at=self.at)
            self.rounds += 1

    def there(self, invoice: Invoice) -> dict[str, Any]:
        """Stripe's invoice, which must be there once."""
        found = [i for i in self.double.invoices() if i.get("number") == invoice.number]
        assert len(found) == 1, "the invoice is there once"
        return found[0]

    def transfer(self, invoice: Invoice, pence: int, *, placed: bool = True) -> None:
        self.double.tell("transfer", invoice=self.there(invoice)["id"], pence=pence, placed=placed)

    def at_stripe(self, act: str, invoice: Invoice, **given: Any) -> None:
        """Something that a person does in Stripe's own pages."""
        self.double.tell(
            "act", things="invoices", act=act, name=self.there(invoice)["id"], given=given
        )

    def mark(self, thing: str, **fields: Any) -> None:
        """Change a thing at Stripe as nobody but Stripe could."""
        self.double.tell("mark", name=thing, fields=fields)

    def deliver(self, events: list[dict[str, str]] | None = None) -> list[int]:
        return deliver_to(self.app, self.double.events() if events is None else events)

    def owed(self, tenant: Tenancy, invoice: Invoice) -> int:
        with scoped(Scope.finance(tenant.id, None)) as session:
            return balance_of(session, invoice).owed_pence

    def credit(self, tenant: Tenancy, invoice: Invoice, pence: int | None = None) -> CreditNote:
        """Credit so much of the first line, without VAT, or everything."""
        with scoped(Scope.finance(tenant.id, None)) as session:
            ours = session.get(Invoice, (tenant.id, invoice.id))
            assert ours is not None
            line = lines_of(session, invoice.id)[0]
            amounts = None if pence is None else {line.id: pence}
            made = credit(session, ours, amounts, reason="Agreed", today=NOW.date(), at=self.at)
            session.expunge(made)
            return made

    def pay_by_bank(self, tenant: Tenancy, invoice: Invoice, pence: int) -> None:
        with scoped(Scope.finance(tenant.id, None)) as session:
            record_payment(
                session, received_on=NOW.date(), amount_pence=pence, method="bank",
                source=f"bank:{invoice.id}", invoice_ids=[invoice.id], today=NOW.date(), at=self.at,
            )  # fmt: skip

    def differences(self, tenant: Tenancy, *, repair: bool = False) -> list[Difference]:
        return reconcile(self.gateway, [tenant], repair=repair, at=self.at)

    def remembered(self, tenant: Tenancy, kind: str = "invoice") -> StripeObject:
        with scoped(Scope.finance(tenant.id, None)) as session:
            (found,) = session.scalars(sa.select(StripeObject).where(StripeObject.kind == kind))
            session.expunge(found)
            return found

    def failure(self, tenant: Tenancy, kind: str) -> str:
        """Why the task of this kind failed last."""
        with scoped(Scope.finance(tenant.id, None)) as session:
            return session.scalars(
                sa.select(BillingTask.failure).where(
                    BillingTask.tenant_id == tenant.id, BillingTask.kind == kind
                )
            ).one()


@pytest.fixture(name="double", scope="module")
def one_double() -> Iterator[RunningDouble]:
    with running_double() as double:
        yield double


@pytest.fixture
def sides(
    app: Flask, double: RunningDouble, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Sides:
    double.tell("faults")
    double.events()
    monkeypatch.setitem(app.extensions, "settings", with_keys(settings, double))
    return Sides(app, double)


@pytest.fixture
def lone_sides(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sides]:
    """Both sides with no authorities but the test's own: its numbers are given once more, so its
    Stripe is one of its own."""
    with running_double() as double:
        settings = with_keys(fresh_app.extensions["settings"], double)
        monkeypatch.setitem(fresh_app.extensions, "settings", settings)
        yield Sides(fresh_app, double)
