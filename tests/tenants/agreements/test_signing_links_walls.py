"""The signer's login role, asked directly: one text, its signatures, and one of its own."""

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
from saas.database.base import declared_walls
from saas.database.connections import login_name, plain_url, role_url
from saas.database.scope import LoginRole, Scope, ScopeError, seal
from tests.factories import NOW, TODAY, make_tenant
from tests.tenants.agreements.makers import (
    Agreed,
    LinkToSign,
    agreed_case,
    make_link_to_sign,
    sign_as_authority,
    sign_as_family,
)

pytestmark = pytest.mark.usefixtures("standing_clock")

Ask = Callable[[Scope], Any]
REFUSED = psycopg.errors.InsufficientPrivilege


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


def scope_of(agreed: Agreed, made: LinkToSign) -> Scope:
    return Scope.signer(agreed.tenant.id, made.agreement_id, made.id)


def insert_signature(
    connection: psycopg.Connection, agreed: Agreed, made: LinkToSign, **changed: object
) -> None:
    (text_hash,) = connection.execute(
        "SELECT text_hash FROM agreement WHERE id = %s", [made.agreement_id]
    ).fetchone() or ("0" * 64,)
    row: dict[str, object] = {
        "tenant_id": agreed.tenant.id,
        "id": uuid.uuid4(),
        "agreement_id": made.agreement_id,
        "case_id": agreed.case_id,
        "text_hash": text_hash,
        "signer": "health",
        "side": "health",
        "typed_name": "Somebody",
        "way": "personal_link",
        "signed_on": TODAY,
        "signed_at": NOW,
        "signing_link_id": made.id,
        **changed,
    }
    marks = ", ".join(["%s"] * len(row))
    connection.execute(
        f"INSERT INTO agreement_signature ({', '.join(row)}) VALUES ({marks})".encode(),
        list(row.values()),
    )


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(id) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_it_reads_of_a_tenants_rows_one_text_its_signatures_and_where_it_stands() -> None:
    reached = {
        name: grant
        for name, wall in declared_walls().items()
        if wall.tenant_column and (grant := wall.grants.get(LoginRole.SIGNER))
    }
    assert {name for name, grant in reached.items() if grant.select} == {
        "agreement",
        "agreement_signature",
        "case_fact",
    }
    assert {name for name, grant in reached.items() if grant.insert} == {
        "agreement_objection",
        "agreement_signature",
        "audit_entry",
    }
    assert not [name for name, grant in reached.items() if grant.update or grant.delete]


def test_it_sees_its_own_agreement_alone(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    neighbour = agreed_case(app, tenant=agreed.tenant)
    other = make_link_to_sign(neighbour)
    sign_as_family(neighbour)
    sign_as_family(agreed)
    sign_as_authority(agreed)
    with as_role(scope_of(agreed, made)) as connection:
        assert connection.execute("SELECT id FROM agreement").fetchall() == [(made.agreement_id,)]
        signed = connection.execute("SELECT side, agreement_id FROM agreement_signature").fetchall()
        assert sorted(signed) == [
            ("authority", made.agreement_id),
            ("family", made.agreement_id),
        ]
        facts = connection.execute("SELECT kind, case_id FROM case_fact").fetchall()
        assert facts == [("agreement_drafted", agreed.case_id)]
        assert connection.execute("SELECT scope_person()").fetchone() == (None,)
    # A tenant that is not the agreement's, and halves that are swapped, open nothing.
    for scope in (
        Scope.signer(make_tenant(app).id, made.agreement_id, made.id),
        Scope.signer(agreed.tenant.id, made.id, made.agreement_id),
        Scope.signer(agreed.tenant.id, uuid.uuid4(), other.id),
    ):
        with as_role(scope) as connection:
            for table in ("agreement", "agreement_signature", "case_fact"):
                assert count(connection, table) == 0


def test_a_family_and_an_authority_are_no_signers(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    make_link_to_sign(agreed)
    for scope in (
        Scope.family(agreed.tenant.id, agreed.case_id),
        Scope.authority(agreed.tenant.id, uuid.uuid4()),
    ):
        with as_role(scope) as connection:
            claims = connection.execute("SELECT scope_agreement(), scope_signing_link()").fetchone()
            assert claims == (None, None)
            with pytest.raises(REFUSED):
                connection.execute("SELECT 1 FROM signing_link")


@pytest.mark.parametrize(
    "question",
    [
        "SELECT 1 FROM sen_case",
        "SELECT 1 FROM case_party",
        "SELECT 1 FROM child",
        "SELECT 1 FROM case_note",
        "SELECT 1 FROM case_document",
        "SELECT 1 FROM certificate",
        "SELECT 1 FROM signing_link",
        "SELECT 1 FROM family_link",
        "SELECT 1 FROM subscriber",
        "SELECT 1 FROM person",
        "SELECT 1 FROM message",
        "SELECT 1 FROM audit_entry",
        "SELECT value FROM case_fact",
        "SELECT recorded_by_name FROM case_fact",
        "SELECT person_id FROM agreement_signature",
        "SELECT signing_link_id FROM agreement_signature",
        "UPDATE agreement SET version = 9",
        "UPDATE agreement_signature SET typed_name = 'X'",
        "DELETE FROM agreement_signature",
        "INSERT INTO case_fact (tenant_id) VALUES (NULL)",
    ],
)
def test_a_signer_is_refused(app: Flask, as_role: Ask, question: str) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    with as_role(scope_of(agreed, made)) as connection, pytest.raises(REFUSED):
        connection.execute(question.encode())


def test_it_signs_for_whom_its_link_is_and_for_nobody_else(app: Flask, as_role: Ask) -> None:
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    neighbour = agreed_case(app, tenant=agreed.tenant)
    other = make_link_to_sign(neighbour)
    own = scope_of(agreed, made)
    with as_role(own) as connection:
        insert_signature(connection, agreed, made)
    broken: tuple[tuple[dict[str, object], type[psycopg.Error]], ...] = (
        ({"signer": "authority", "side": "authority"}, psycopg.errors.ForeignKeyViolation),
        ({"signer": "authority"}, psycopg.errors.ForeignKeyViolation),
        ({"signer": "school", "side": "school"}, psycopg.errors.ForeignKeyViolation),
        ({"side": "family"}, psycopg.errors.ForeignKeyViolation),
        ({"text_hash": "0" * 64}, psycopg.errors.ForeignKeyViolation),
        ({"case_id": neighbour.case_id}, psycopg.errors.ForeignKeyViolation),
        ({"signing_link_id": None}, REFUSED),
        ({"signing_link_id": other.id}, REFUSED),
        ({"way": "sign_in"}, REFUSED),
        ({"way": "paper"}, REFUSED),
        ({"agreement_id": other.agreement_id, "case_id": neighbour.case_id}, REFUSED),
        ({"person_id": uuid.uuid4()}, REFUSED),
    )
    for changed, error in broken:
        with as_role(own) as connection, pytest.raises(error):
            insert_signature(connection, agreed, made, **changed)


@pytest.mark.parametrize(
    ("signer", "side"), [("authority", "health"), ("authority", "authority"), ("family x", "other")]
)
def test_no_link_is_made_for_who_has_another_way(
    app: Flask, as_role: Ask, signer: str, side: str
) -> None:
    """Not even by injected SQL on a page of the provider."""
    agreed = agreed_case(app)
    made = make_link_to_sign(agreed)
    with (
        as_role(Scope.provider(agreed.tenant.id, None)) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            "INSERT INTO signing_link (tenant_id, id, agreement_id, signer, side, token_hash,"
            " created_at, created_by_name, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 'X', %s)",
            [
                agreed.tenant.id,
                uuid.uuid4(),
                made.agreement_id,
                signer,
                side,
                "0" * 64,
                NOW,
                NOW,
            ],
        )


def test_a_signers_scope_names_its_agreement_and_its_link() -> None:
    with pytest.raises(ScopeError, match="name both"):
        Scope(LoginRole.SIGNER, uuid.uuid4(), uuid.uuid4())
    with pytest.raises(ScopeError, match="no signing link"):
        Scope(LoginRole.FAMILY, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())
