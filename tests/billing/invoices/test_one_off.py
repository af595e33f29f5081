"""Issue 12, point 6: a one-off invoice has the same guards as any other."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.invoices.actions import draft_period
from billing.invoices.coverage import coverage
from billing.ledger.accounts import load_accounts
from billing.ledger.invoices import Invoice
from billing.ledger.orders_drawn import orders_of
from billing.periods import quarter_of
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import now, today
from tests.billing.contracts.test_finance import YEAR, contract_of, on, under_contract
from tests.billing.making import order_for
from tests.factories import client_of, make_person
from tests.page_client import PageClient

WORKSHOP = {
    **on("supplied_from", today()),
    **on("supplied_to", today()),
    "description_1": "Workshop on mediation for SEN officers",
    "quantity_1": "2",
    "price_1": "450",
}


@pytest.fixture
def finance(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return under_contract(app)


def page(tenant: Tenancy) -> str:
    return f"/finance/{tenant.slug}/invoices/one-off"


def invoices(tenant: Tenancy) -> list[Invoice]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        found = list(session.scalars(sa.select(Invoice)))
        session.expunge_all()
        return found


def test_without_an_order_it_is_refused_as_any_invoice_is(
    finance: PageClient, tenant: Tenancy
) -> None:
    refused = finance.submit(page(tenant), WORKSHOP)
    assert refused.status_code == 422
    assert "There is no purchase order" in refused.text
    assert "Workshop on mediation" in refused.text, "nothing is lost"
    assert invoices(tenant) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"description_1": "", "price_1": ""}, "Enter what is charged"),
        ({"price_1": ""}, "Enter what each costs"),
        (on("supplied_to", today() - dt.timedelta(days=1)), "before the first"),
        (
            {
                **on("supplied_from", today() + dt.timedelta(days=9)),
                **on("supplied_to", today() + dt.timedelta(days=9)),
            },
            "today or before",
        ),
        ({"vat_1": "exempt"}, "Say why no VAT is charged"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    finance: PageClient, tenant: Tenancy, changes: dict[str, str], says: str
) -> None:
    answer = finance.submit(page(tenant), {**WORKSHOP, **changes})
    assert answer.status_code == 422 and says in answer.text
    assert invoices(tenant) == []


def test_it_is_issued_draws_on_the_order_and_leaves_the_quarter_to_be_billed(
    finance: PageClient, tenant: Tenancy
) -> None:
    contract, _ = contract_of(tenant)
    order_for(tenant, contract.id, valid_from=YEAR.first, valid_to=YEAR.last)
    before = coverage_of(tenant)
    done = finance.submit(page(tenant), WORKSHOP)
    assert done.status_code == 302, done.text
    (invoice,) = invoices(tenant)
    assert (invoice.net_pence, invoice.vat_pence) == (900_00, 180_00)
    assert invoice.purchase_order_number
    shown = finance.get(done.headers["Location"]).text
    assert "Workshop on mediation for SEN officers" in shown
    with scoped(Scope.finance(tenant.id, None)) as session:
        (order,) = orders_of(session, contract.id)
        assert order.drawn_pence == 900_00
        quarter = quarter_of(today())
        (made,) = draft_period(session, quarter, today=today(), at=now())
        assert made.outcome == "drafted" and made.drafted is not None
        assert "fee" in {line.kind for line in made.drafted.lines}
    assert coverage_of(tenant) == before
    again = finance.submit(page(tenant), WORKSHOP)
    assert again.status_code == 302, "a second workshop on the same day is another invoice"
    assert len({one.number for one in invoices(tenant)}) == 2


def coverage_of(tenant: Tenancy) -> list[tuple[str, str]]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        ((_, account),) = load_accounts(session)
        return [(str(one.days), one.state.value) for one in coverage(account, today())]
