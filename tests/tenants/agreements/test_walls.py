"""The tables of an agreement, asked directly as each login role."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from flask import Flask

from saas.config import Settings
from saas.database.connections import login_name, plain_url, role_url
from saas.database.scope import Scope, seal
from tests.factories import NOW, TODAY
from tests.tenants.agreements.makers import (
    Agreed,
    agreed_case,
    sign_as_family,
    write_and_send,
)

Ask = Callable[[Scope], Any]

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture(name="as_role")
def plain_connection(settings: Settings) -> Ask:
    @contextmanager
    def ask(scope: Scope) -> Iterator[psycopg.Connection]:
        token = seal(
            scope,
            key=settings.scope_secret,
            login=login_name(settings, scope.role),
            now=time.time(),
        )
        with psycopg.connect(plain_url(role_url(settings, scope.role))) as connection:
            connection.execute(f"SET LOCAL app.scope = '{token}'".encode())
            yield connection
            connection.rollback()

    return ask


def the_text(connection: psycopg.Connection, case_id: uuid.UUID) -> tuple[uuid.UUID, str]:
    row = connection.execute(
        "SELECT id, text_hash FROM agreement WHERE case_id = %s", [case_id]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def insert_signature(
    connection: psycopg.Connection,
    agreed: Agreed,
    *,
    side: str,
    way: str,
    person: uuid.UUID | None = None,
    text: tuple[uuid.UUID, str] | None = None,
) -> None:
    agreement_id, text_hash = text or the_text(connection, agreed.case_id)
    columns = (
        "tenant_id, id, agreement_id, case_id, text_hash, signer, side, typed_name, way,"
        " signed_on, signed_at"
    )
    values = [
        agreed.tenant.id,
        uuid.uuid4(),
        agreement_id,
        agreed.case_id,
        text_hash,
        f"{side} x",
        side,
        "Somebody",
        way,
        TODAY,
        NOW,
    ]
    if person is not None:
        columns, values = f"{columns}, person_id", [*values, person]
    marks = ", ".join(["%s"] * len(values))
    connection.execute(
        f"INSERT INTO agreement_signature ({columns}) VALUES ({marks})".encode(), values
    )


REFUSED = (psycopg.errors.InsufficientPrivilege,)


def test_no_role_changes_or_deletes_what_was_sent_or_signed(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    sign_as_family(agreed)
    scopes = (
        Scope.provider(agreed.tenant.id, None),
        Scope.authority(agreed.tenant.id, None),
        Scope.family(agreed.tenant.id, agreed.case_id),
        Scope.all_cases(None),
    )
    for scope in scopes:
        for statement in (
            "UPDATE agreement SET content = '{}'",
            "UPDATE agreement SET version = 9",
            "DELETE FROM agreement",
            "UPDATE agreement_signature SET typed_name = 'X'",
            "DELETE FROM agreement_signature",
            "TRUNCATE agreement_signature",
        ):
            with as_role(scope) as connection, pytest.raises(REFUSED):
                connection.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "side", "way"),
    [
        ("family", "authority", "personal_link"),
        ("family", "family", "paper"),
        ("family", "family", "sign_in"),
        ("authority", "family", "sign_in"),
        ("authority", "authority", "paper"),
        ("authority", "authority", "personal_link"),
        ("provider", "family", "personal_link"),
        ("provider", "authority", "sign_in"),
    ],
)
def test_nobody_signs_for_another(app: Flask, as_role: Ask, role: str, side: str, way: str) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    person = uuid.uuid4()
    scope = {
        "family": Scope.family(agreed.tenant.id, agreed.case_id),
        "authority": Scope.authority(agreed.tenant.id, person),
        "provider": Scope.provider(agreed.tenant.id, person),
    }[role]
    with as_role(scope) as connection, pytest.raises(REFUSED):
        insert_signature(
            connection,
            agreed,
            side=side,
            way=way,
            person=person if role == "authority" else None,
        )


def test_an_officer_signs_in_no_colleagues_name(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    officer = uuid.uuid4()
    with as_role(Scope.authority(agreed.tenant.id, officer)) as connection:
        insert_signature(connection, agreed, side="authority", way="sign_in", person=officer)
    with (
        as_role(Scope.authority(agreed.tenant.id, officer)) as connection,
        pytest.raises(REFUSED),
    ):
        insert_signature(connection, agreed, side="authority", way="sign_in", person=uuid.uuid4())


def test_a_signature_stands_on_the_very_text_of_the_very_case(app: Flask, as_role: Ask) -> None:
    agreed, other = agreed_case(app), agreed_case(app)
    write_and_send(agreed)
    write_and_send(other)
    with as_role(Scope.provider(other.tenant.id, None)) as connection:
        foreign = the_text(connection, other.case_id)
    family = Scope.family(agreed.tenant.id, agreed.case_id)
    with as_role(family) as connection:
        own, _ = the_text(connection, agreed.case_id)
        assert connection.execute("SELECT count(*) FROM agreement").fetchone() == (1,)
    for text in (foreign, (own, "0" * 64)):
        with (
            as_role(family) as connection,
            pytest.raises(psycopg.errors.ForeignKeyViolation),
        ):
            insert_signature(connection, agreed, side="family", way="personal_link", text=text)


def test_the_draft_is_the_providers_alone(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    for scope in (
        Scope.authority(agreed.tenant.id, None),
        Scope.family(agreed.tenant.id, agreed.case_id),
    ):
        for table in ("agreement_draft", "agreement_draft_step"):
            with as_role(scope) as connection, pytest.raises(REFUSED):
                connection.execute(f"SELECT 1 FROM {table}".encode())


def test_what_was_agreed_in_a_step_is_not_changed(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    for column, value in (("responsible", "'school'"), ("wording", "'X'"), ("who", "'X'")):
        with (
            as_role(Scope.provider(agreed.tenant.id, None)) as connection,
            pytest.raises(REFUSED),
        ):
            connection.execute(f"UPDATE agreed_step SET {column} = {value}".encode())
    with (
        as_role(Scope.authority(agreed.tenant.id, None)) as connection,
        pytest.raises(REFUSED),
    ):
        connection.execute(b"UPDATE agreed_step SET done_on = current_date")


def test_an_authority_adds_no_fact_that_somebody_signed(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed)
    officer = uuid.uuid4()
    with (
        as_role(Scope.authority(agreed.tenant.id, officer)) as connection,
        pytest.raises(REFUSED),
    ):
        connection.execute(
            "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
            " audience, recorded_at, recorded_by, recorded_by_name, retracted)"
            " VALUES (%s, %s, %s, 'agreement_signed', %s, 'family', '{}', 'parties', %s, %s,"
            " 'X', false)",
            [agreed.tenant.id, uuid.uuid4(), agreed.case_id, TODAY, NOW, officer],
        )
