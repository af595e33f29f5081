"""Dozens of invoice lives against a Stripe that fails, hangs, repeats, shuffles and forgets, with
workers that are killed; hundreds of them under `make load-test`. At the end both sides agree, every
invoice is there once, no penny is lost.

CHAOS_LIVES says how many lives, 60 where it says nothing and 500 under `make load-test`;
CHAOS_SEED says which ones.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.checking import faults_of_accounts
from billing.contracts.pricing import Terms
from billing.credits.actions import credit, left_to_credit
from billing.ledger.balances import balances
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments.actions import record_payment
from billing.periods import Period, add_months
from billing.stripe.cash import apply_cash, cash_here, cash_waiting, payable_from
from billing.stripe.gateway import Gateway
from billing.stripe.models import StripeObject
from billing.stripe.reconciling import reconcile
from billing.tasks import GIVE_UP_AFTER, BillingTask
from billing.work import do_tasks
from saas.config import ROOT
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tests.billing.making import contract_for, count, issue_period, order_for, terms
from tests.billing.stripe.conftest import deliver_to, with_keys
from tests.factories import make_tenant
from tests.stripe_double.control import SECRET, RunningDouble, running_double

LIVES = int(os.environ.get("CHAOS_LIVES", "60"))
SEED = int(os.environ.get("CHAOS_SEED", "20260401"))
A_TENANT = 20  # invoices each
STARTS = dt.date(2024, 4, 1)
# The killed workers read the real clock, so ours starts there and moves on.
NOW = dt.datetime.now(dt.UTC)
FAULTS = {"before": 0.08, "after": 0.08, "hang": 0.06}


class World:
    """The service, the double, the tenants, and a clock that moves on."""

    def __init__(self, app: Flask, double: RunningDouble) -> None:
        self.app, self.double = app, double
        self.chance = random.Random(SEED)
        self.hours = 0
        self.invoices: list[tuple[Tenancy, Invoice]] = []
        self.late_events: list[dict[str, str]] = []

    @property
    def at(self) -> dt.datetime:
        return NOW + dt.timedelta(hours=self.hours)

    def work(self, times: int = 1) -> Counter[str]:
        became: Counter[str] = Counter()
        for _ in range(times):
            self.hours += 5
            became += do_tasks(at=self.at)
        return became

    def work_until_nothing_waits(self) -> None:
        """The rounds of a worker until there is nothing left to do, at most as many as it takes
        for a task to be given up."""
        for _ in range(GIVE_UP_AFTER):
            if not self.work():
                return
        raise AssertionError("the worker never comes to an end")

    def work_and_be_killed(self) -> None:
        """A worker of its own, killed in the middle of whatever it is doing."""
        settings = self.app.extensions["settings"]
        environment = os.environ | {
            "ENVIRONMENT": "test",
            "DATABASE_URL": settings.database_url.get_secret_value(),
            "DATABASE_ROLE_PREFIX": settings.database_role_prefix,
            "STRIPE_SECRET_KEY": "sk_test_double",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_URL": self.double.address,
        }
        before = self.double.tell("asked")["requests"]
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "saas.app", "billing", "work"],
            cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if self.double.tell("asked")["requests"] > before + self.chance.randint(2, 40):
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def deliver(self) -> None:
        """Some events twice, some late, some never, and none in order."""
        events = self.late_events + self.double.events()
        self.late_events = []
        self.chance.shuffle(events)
        for event in events:
            luck = self.chance.random()
            if luck < 0.1:
                continue
            if luck < 0.25:
                self.late_events.append(event)
                continue
            answers = deliver_to(self.app, [event] * (2 if luck > 0.85 else 1))
            assert set(answers) <= {200, 503}
            if 503 in answers:
                self.late_events.append(event)

    def live(self, tenant: Tenancy, invoice: Invoice) -> None:
        """One thing that happens to an invoice."""
        act = self.chance.choice(
            ["transfer", "transfer", "parts", "over", "late", "credit", "credit all", "bank",
             "nothing"]
        )  # fmt: skip
        gross = invoice.gross_pence
        transfers = {"transfer": [gross], "parts": [gross // 3, gross - gross // 3],
                     "over": [gross + 1_000], "late": [gross]}  # fmt: skip
        there = self.stripe_id(tenant, invoice) if act in transfers else None
        if there is not None:
            for pence in transfers[act]:
                self.double.tell("transfer", invoice=there, pence=pence, placed=act != "late")
        elif act.startswith("credit"):
            self.credit(tenant, invoice, everything=act == "credit all")
        elif act == "bank":
            with scoped(Scope.finance(tenant.id, None)) as session:
                record_payment(
                    session, received_on=self.at.date(), amount_pence=gross, method="bank",
                    source=f"bank:{invoice.id}", invoice_ids=[invoice.id],
                    today=self.at.date(), at=self.at,
                )  # fmt: skip

    def credit(self, tenant: Tenancy, invoice: Invoice, *, everything: bool) -> None:
        with scoped(Scope.finance(tenant.id, None)) as session:
            ours = session.get(Invoice, (tenant.id, invoice.id))
            assert ours is not None
            (fee, *_) = left_to_credit(session, invoice.id)
            amounts = None if everything else {fee.line.id: self.chance.randint(1, fee.net_pence)}
            credit(session, ours, amounts, reason="Agreed", today=self.at.date(), at=self.at)

    def place_what_waits(self, tenant: Tenancy) -> None:
        """Finance has Stripe pay the oldest invoice that the cash covers."""
        with scoped(Scope.finance(tenant.id, None)) as session:
            cash, _ = cash_here(session)
            for payable in payable_from(session, cash):
                if payable.covered and not payable.asked:
                    apply_cash(session, payable.invoice, at=self.at)
                    return

    @staticmethod
    def stripe_id(tenant: Tenancy, invoice: Invoice) -> str | None:
        with scoped(Scope.finance(tenant.id, None)) as session:
            return session.scalar(
                sa.select(StripeObject.stripe_id).where(
                    StripeObject.subject_id == invoice.id, StripeObject.status == "open"
                )
            )


@pytest.fixture(name="world")
def made_world(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with running_double() as double:
        settings = with_keys(fresh_app.extensions["settings"], double)
        monkeypatch.setitem(fresh_app.extensions, "settings", settings)
        yield World(fresh_app, double)


def some_terms(chance: random.Random) -> Terms:
    """Fees whose months and VAT do not come out even."""
    return terms(effective_from=STARTS, annual_fee_pence=chance.randint(1_000_000, 9_000_000))


def test_every_invoice_lives_once_and_no_penny_is_lost(world: World) -> None:
    for start in range(0, LIVES, A_TENANT):
        tenant = make_tenant(world.app)
        contract_id = contract_for(
            tenant, starts_on=STARTS, frequency="monthly", first_terms=some_terms(world.chance)
        )
        order_for(tenant, contract_id, valid_from=STARTS, value_pence=10**9)
        for n in range(min(A_TENANT, LIVES - start)):
            first = add_months(STARTS, n)
            month = Period(first, add_months(first, 1) - dt.timedelta(days=1))
            world.invoices.append((tenant, issue_period(world.app, tenant, month, on=first)))
        # They are for months long past, but they are issued today.
        with scoped(Scope.finance(tenant.id, None)) as session:
            session.execute(sa.update(BillingTask).values(created_at=NOW, next_at=NOW))
    world.double.tell("faults", seed=SEED, **FAULTS)
    for _ in range(3):
        world.work_and_be_killed()
    world.work(4)
    for tenant, invoice in world.chance.sample(world.invoices, len(world.invoices)):
        world.live(tenant, invoice)
        if world.chance.random() < 0.05:
            world.deliver()
            world.work()
    world.double.tell("faults")
    settle(world)
    check(world)


def settle(world: World) -> None:
    """Stripe is well again: what waits is done, and what was lost is found."""
    gateway = Gateway.of(world.app.extensions["settings"])
    assert gateway is not None
    tenants = list(dict.fromkeys(tenant for tenant, _ in world.invoices))
    for _ in range(2):
        world.work_until_nothing_waits()
        world.deliver()
        reconcile(gateway, tenants, repair=True, at=world.at)
        for tenant in tenants:
            world.place_what_waits(tenant)
    world.work_until_nothing_waits()
    assert reconcile(gateway, tenants, repair=False, at=world.at) == []


def check(world: World) -> None:
    state = world.double.tell("state")
    things: dict[str, Any] = state["things"]
    theirs = {one["number"]: one for one in things["in"].values()}
    numbers = Counter(one["number"] for one in things["in"].values())
    assert numbers == Counter(invoice.number for _, invoice in world.invoices)
    assert {one["times_sent"] for one in theirs.values()} == {0}
    paid, taken_back = Counter[str](), Counter[str]()
    for payment in things["inpay"].values():
        if payment["status"] == "paid":
            paid[things["in"][payment["invoice"]]["number"]] += payment["amount_paid"]
    for note in things["cn"].values():
        taken_back[things["in"][note["invoice"]]["number"]] += note["amount"]
    for one in theirs.values():
        if one["status"] == "void":
            taken_back[one["number"]] += one["total"]
    assert state["transferred"] == sum(paid.values()) + sum(state["cash"].values())
    with scoped(Scope.all_accounts(None)) as session:
        assert faults_of_accounts(session) == []
        assert not session.scalars(
            sa.select(BillingTask.kind).where(
                BillingTask.done_at.is_(None), BillingTask.kind.startswith("stripe")
            )
        ).all()
        ours = session.execute(
            sa.select(Payment.reference, sa.func.sum(Payment.amount_pence))
            .where(Payment.method == "stripe")
            .group_by(Payment.reference)
        )
        assert {row[0]: row[1] for row in ours} == dict(paid)
        assert count(session, Invoice) == len(world.invoices)
        waits = dict(cash_waiting(session))
        assert sum(waits.values()) == sum(state["cash"].values())
        for balance in balances(session):
            number = balance.invoice.number
            assert balance.owed_pence >= 0
            assert balance.credited_pence == taken_back[number]
            assert theirs[number]["total"] == balance.invoice.gross_pence
