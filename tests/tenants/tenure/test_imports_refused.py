"""Who leaves, or is suspended, is brought no new cases by a spreadsheet either."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.today import london_today
from tenants.casework.models import SenCase
from tenants.imports import run as importing
from tenants.subscribers import suspending
from tenants.subscribers.refused import StandingRefused
from tests.factories import make_tenant
from tests.tenants.tenure.making import leave

HEAD = (
    "external_reference,child_given_name,child_family_name,date_of_birth,route,decision_type,"
    "notice_sent,referral_date"
)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def sheet(folder: Path, *referred: dt.date) -> Path:
    rows = (
        f"N-{number},Ben,Example,2017-01-31,parent,rta,{day - dt.timedelta(days=14)},{day}"
        for number, day in enumerate(referred)
    )
    path = folder / "cases.csv"
    path.write_text("\n".join((HEAD, *rows)))
    return path


def run(app: Flask, tenant: Tenancy, path: Path, *options: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(
        args=["cases", "import", str(path), "--authority", tenant.slug, *options]
    )
    return done.exit_code, done.output


def cases(tenant: Tenancy) -> int:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(SenCase)) or 0


def suspend(tenant: Tenancy, first_day: dt.date) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        suspending.suspend(
            session, reason="unpaid", words="", first_day=first_day, by_name="Ada Admin",
            today=first_day, at=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def test_who_has_left_is_brought_what_was_referred_until_its_last_day(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    today = london_today()
    last = today - dt.timedelta(days=7)
    leave(tenant, last, today=last)
    after = sheet(tmp_path, last, last + dt.timedelta(days=1))
    code, said = run(app, tenant, after)
    assert code == 1 and cases(tenant) == 0
    assert f"Row 3, referral_date: {tenant.name} has left: there we take no new cases" in said
    assert "Row 2" not in said
    assert run(app, tenant, sheet(tmp_path, last))[0] == 0 and cases(tenant) == 1


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_who_is_suspended_is_brought_nothing_before_a_file_is_read(
    app: Flask, tenant: Tenancy, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "no-table.csv"
    path.write_text("nothing")
    suspend(tenant, london_today())
    code, said = run(app, tenant, path, *options)
    assert code == 1 and f"{tenant.name} is suspended since" in said
    assert "invoices are not paid" in said and "lift the suspension" in said
    assert "Nothing was written" in said


def test_who_will_be_suspended_is_brought_cases_until_then(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    today = london_today()
    suspend(tenant, today + dt.timedelta(days=14))
    assert run(app, tenant, sheet(tmp_path, today))[0] == 0 and cases(tenant) == 1


def test_who_is_suspended_while_the_file_is_read_is_brought_nothing(
    app: Flask, tenant: Tenancy, tmp_path: Path
) -> None:
    today = london_today()

    def told(what: str, done: int, total: int) -> None:
        if what == "Checking the rules":
            suspend(tenant, today)

    with pytest.raises(StandingRefused, match="suspended"):
        importing.import_cases(
            sheet(tmp_path, today), tenant.id, at=dt.datetime.now(dt.UTC), today=today,
            progress=told,
        )  # fmt: skip
    assert cases(tenant) == 0
