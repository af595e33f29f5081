"""An erasure takes the words out of what was noted of a case, and the chain still holds."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.change_chain import check_changes, link_changes
from saas.audit.models import RowChange
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework.models import Child, SenCase
from tests.factories import make_case
from tests.saas.audit.test_chain import unbound
from tests.saas.audit.test_changes import NOW, noted
from tests.tenants.agreements.makers import Agreed
from tests.tenants.protection import test_erasing
from tests.tenants.protection.making import ask, erase, log_of

closed = test_erasing.closed

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def superuser(app: Flask, server: ServerAddress) -> Iterator[psycopg.Connection]:
    with unbound(app, server) as connection:
        yield connection


def faults(tenant: Tenancy) -> list[str]:
    with scoped(Scope.worker(tenant.id)) as session:
        while link_changes(session):
            pass
        return [fault.what for fault in check_changes(session, now=NOW).faults]


def rename(tenant: Tenancy, case_id: uuid.UUID, name: str) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = session.get_one(SenCase, (tenant.id, case_id))
        session.get_one(Child, (tenant.id, case.child_id)).given_name = name
        return case.child_id


def test_the_words_are_gone_and_the_chain_says_nothing_is_wrong(
    app: Flask, closed: Agreed, superuser: psycopg.Connection
) -> None:
    tenant = closed.tenant
    child_id = rename(tenant, closed.case_id, "Zebedee")
    other, _ = make_case(app, tenant)
    kept = rename(tenant, other, "Dylan")
    assert faults(tenant) == []
    assert noted(tenant, about=child_id)[-1].is_now == {"given_name": "Zebedee"}
    ask(tenant, closed.case_id)
    assert erase(tenant) == 1
    (erasure,) = log_of(tenant)
    for about in (child_id, closed.case_id):
        changes = noted(tenant, about=about)
        assert changes
        assert all(one.was is None and one.is_now is None for one in changes)
        assert {one.emptied_by for one in changes} == {erasure.id}
    assert not [one for one in noted(tenant) if one.door == "eraser"]
    assert noted(tenant, about=kept)[-1].is_now == {"given_name": "Dylan"}
    assert faults(tenant) == []
    # Emptied by hand, which no erasure says, it is a fault.
    superuser.execute(
        "UPDATE row_change SET was = NULL, is_now = NULL, emptied_as = %s, emptied_by = %s"
        " WHERE tenant_id = %s AND about = %s",
        (b"x" * 32, uuid.uuid4(), tenant.id, kept),
    )
    superuser.commit()
    assert faults(tenant)


def test_no_role_but_the_eraser_empties_what_was_noted(closed: Agreed) -> None:
    tenant = closed.tenant
    for scope in (
        Scope.provider(tenant.id, None),
        Scope.worker(tenant.id),
        Scope.authority(tenant.id, uuid.uuid4()),
    ):
        with pytest.raises(sa.exc.ProgrammingError), scoped(scope) as session:
            session.execute(sa.text("SELECT empty_changes(gen_random_uuid(), '{}')"))
        with pytest.raises(sa.exc.ProgrammingError), scoped(scope) as session:
            session.execute(sa.update(RowChange).values(was=None))
