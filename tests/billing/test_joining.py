"""Issue 15: an authority is taken on by one page, or one command."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.contracts.models import Contract
from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity import team
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import today
from tenants.subscribers.joining import can_join, free_letters
from tenants.subscribers.queries import find_tenancy
from tenants.subscribers.refused import StandingRefused
from tests.factories import TODAY, client_of, make_person, make_tenant
from tests.page_client import PageClient

PAGE = "/manager/authorities/new"


@pytest.fixture(name="app")
def of_its_own(fresh_app: Flask) -> Flask:
    """Where there are authorities that have not joined: other tests take them all."""
    return fresh_app


@pytest.fixture
def woken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setitem(app.extensions, "wake_worker", asked.append)
    return asked


@pytest.fixture
def admin(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.ADMIN))


def newcomer() -> str:
    with scoped(Scope.public()) as session:
        return can_join(session, today())[-1][0]


def fields_of(slug: str, **changes: str) -> dict[str, str]:
    return {
        "authority": slug, "manager_name": "Mo Manager",
        "manager_email": f"mo@{slug}.example", **changes,
    }  # fmt: skip


def contracts_of(tenancy: Tenancy) -> list[tuple[str, dt.date, dt.date]]:
    with scoped(Scope.finance(tenancy.id, None)) as session:
        rows = session.execute(
            sa.select(Contract.reference, Contract.starts_on, Contract.ends_on).where(
                Contract.tenant_id == tenancy.id
            )
        )
        return [(row.reference, row.starts_on, row.ends_on) for row in rows]


def found(slug: str) -> Tenancy:
    tenancy = find_tenancy(slug)
    assert tenancy is not None
    return tenancy


@pytest.mark.usefixtures("standing_clock")
def test_one_page_makes_all_that_an_authority_begins_with(
    app: Flask, admin: PageClient, woken: list[str]
) -> None:
    slug = newcomer()
    contract = {
        "reference": "SEND-1", "ends_on-day": "31", "ends_on-month": "3", "ends_on-year": "2029",
        "annual_fee": "12,000", "mediation_included": "20", "mediation_price": "900",
    }  # fmt: skip
    done = admin.submit(PAGE, fields_of(slug, **contract))
    assert done.status_code == 302 and done.location == f"/manager/authorities/{slug}"
    tenancy = found(slug)
    assert contracts_of(tenancy) == [("SEND-1", TODAY, dt.date(2029, 3, 31))]
    with scoped(Scope.identity()) as session:
        (boss,) = team.team(session, tenancy.id)
    assert boss.roles == (AuthorityRole.MANAGER.value,) and boss.email == f"mo@{slug}.example"
    assert woken == ["send_account_links"]
    assert "Subscribes" in admin.get(f"/manager/authorities/{slug}").text
    public = app.test_client().get(f"/areas/{slug}")
    assert public.status_code == 200 and tenancy.name in public.text
    with scoped(Scope.provider(tenancy.id, None)) as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.tenant_id == tenancy.id)
        ).all()
    assert "authority joined" in actions
    # It is offered no second time.
    assert f'value="{slug}"' not in admin.get(PAGE).text


@pytest.mark.usefixtures("standing_clock", "woken")
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_made(
    app: Flask, admin: PageClient
) -> None:
    other, slug = make_tenant(app), newcomer()
    with scoped(Scope.all_cases(None)) as session:
        taken = session.scalar(
            sa.text("SELECT reference_prefix FROM subscriber WHERE id = :id"), {"id": other.id}
        )
    for wrong, words in (
        ({"prefix": taken}, "is the prefix of"),
        ({"prefix": "1"}, "three letters"),
        ({"reference": "A", "annual_fee": "1"}, "last day"),
        ({"manager_email": "nobody"}, "mail"),
        ({"authority": ""}, "Choose the authority"),
    ):
        refused = admin.submit(PAGE, fields_of(slug) | wrong)
        assert refused.status_code == 422 and words in refused.text, wrong
    assert find_tenancy(slug) is None


@pytest.mark.usefixtures("standing_clock", "woken")
def test_without_a_contract_finance_enters_it_later(app: Flask, admin: PageClient) -> None:
    slug = newcomer()
    assert admin.submit(PAGE, fields_of(slug)).status_code == 302
    assert contracts_of(found(slug)) == []


@pytest.mark.usefixtures("woken")
def test_a_person_who_cannot_be_invited_is_told_and_the_rest_stands(
    app: Flask, admin: PageClient
) -> None:
    gone = make_person(app, role=ProviderRole.ADVISER)
    with scoped(Scope.identity()) as session:
        team.suspend_person(session, gone.id, at=dt.datetime.now(dt.UTC))
    slug = newcomer()
    sent = admin.submit(PAGE, fields_of(slug, manager_email=gone.email))
    assert sent.status_code == 302
    assert "The manager is not invited" in admin.get(sent.location).text
    assert find_tenancy(slug) is not None


def test_the_managers_may_not(app: Flask) -> None:
    assert client_of(app, make_person(app, role=ProviderRole.MANAGER)).get(PAGE).status_code == 403


def test_letters_are_taken_that_are_free() -> None:
    assert free_letters("trafford", set()) == "TRA"
    assert free_letters("trafford", {"TRA", "TRF"}) == "TRO"
    with pytest.raises(StandingRefused):
        free_letters("abc", {"ABC"})


def test_one_command_does_the_same(app: Flask) -> None:
    slug = newcomer()
    runner = app.test_cli_runner()
    args = ["subscribers", "onboard", slug, "--manager", "Mo Manager", f"mo@{slug}.example"]
    without = runner.invoke(args=[*args, "--contract", "SEND-2"])
    assert without.exit_code == 2 and "--until" in without.output
    done = runner.invoke(
        args=[*args, "--from", "2026-04-01", "--contract", "SEND-2", "--until", "2029-03-31",
              "--fee", "9000"]
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    tenancy = found(slug)
    assert f"{tenancy.name} subscribes from 1 April 2026" in done.output
    assert contracts_of(tenancy) == [("SEND-2", dt.date(2026, 4, 1), dt.date(2029, 3, 31))]
    again = runner.invoke(args=args)
    assert again.exit_code == 2 and "subscribes already" in again.output
