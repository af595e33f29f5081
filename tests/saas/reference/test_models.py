from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.base import Base
from saas.database.scope import NOT_SIGNED_IN, TENANT_ROLES, LoginRole, Scope, scoped
from saas.reference import models
from saas.tables import Base as EveryTable

TABLES = sorted(
    str(mapper.local_table)
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == models.__name__
)


def scope_of(role: LoginRole) -> Scope:
    one = uuid.uuid4() if role in NOT_SIGNED_IN else None
    link = uuid.uuid4() if role is LoginRole.SIGNER else None
    return Scope(role, uuid.uuid4() if role in TENANT_ROLES else None, one, link)


def test_every_reference_table_is_tried_here() -> None:
    assert len(TABLES) == 8
    assert set(TABLES) <= set(EveryTable.metadata.tables)


@pytest.mark.parametrize("role", list(LoginRole))
def test_every_role_reads_the_reference_data(app: Flask, role: LoginRole) -> None:
    with scoped(scope_of(role)) as session:
        for table in TABLES:
            session.execute(sa.text(f"SELECT * FROM {table} LIMIT 1"))
        assert session.scalar(sa.text("SELECT count(*) FROM education_authority")) == 153


@pytest.mark.parametrize("role", list(LoginRole))
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {0} SELECT * FROM {0}",
        "UPDATE {0} SET {1} = {1}",
        "DELETE FROM {0}",
        "TRUNCATE {0}",
    ],
)
def test_no_login_role_writes_the_reference_data(
    app: Flask, role: LoginRole, statement: str
) -> None:
    for table in TABLES:
        column = next(iter(Base.metadata.tables[table].columns)).name
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            scoped(scope_of(role)) as session,
        ):
            session.execute(sa.text(statement.format(table, column)))
