"""Issue 13: a page with a hole in it, which exists here alone, gives no other authority's row away.

The hole is as bad as they come: what is typed becomes SQL, and several statements may follow one
another. It runs behind each door, on the very connection that the door's pages use.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue
from psycopg.pq import TransactionStatus

from saas.app import create_app
from saas.database.scope import ScopedSession
from saas.identity.permissions import AuthorityRole, Permission, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.access import DoorPages
from saas.web.frame import Door
from tests.conftest import close_connections
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.access_links.test_family_links import make_family_link
from tests.walls.places import to_sign

CHILD = "Wilhelmina"
DOORS = {
    "authority": (Door.AUTHORITY, "/authority/drill", Permission.SEE_OWN_CASES),
    "provider": (Door.PROVIDER, "/provider/<authority>/drill", Permission.SEE_CASES),
    "finance": (Door.FINANCE, "/finance/<authority>/drill", Permission.SEE_ACCOUNTS),
    "family": (Door.FAMILY, "/family/<token>/drill", Permission.BY_PERSONAL_LINK),
    "signer": (Door.SIGNER, "/sign/<key>/drill", Permission.BY_SIGNING_LINK),
}


def hole(session: ScopedSession) -> ResponseReturnValue:
    """What is typed is run, each of its statements, and all that comes out is shown."""
    connection = session.connection().connection.driver_connection
    driver = cast(psycopg.Connection, connection)
    typed = request.form["typed"]
    try:
        cursor = driver.execute(f"SELECT 'x' WHERE 'x' = '{typed}'".encode(), prepare=False)
        shown = []
        while True:
            shown += cursor.fetchall() if cursor.description else []
            if not cursor.nextset():
                break
    except psycopg.Error as refused:
        copied = _what_was_copied(driver)
        if copied:
            return repr(copied), 422
        return f"refused: {type(refused).__name__}", 422
    return repr(shown), 422


def _what_was_copied(driver: psycopg.Connection) -> list[bytes]:
    """What COPY ... TO STDOUT sends, which an ordinary statement leaves on the line."""
    copied = []
    while driver.pgconn.transaction_status == TransactionStatus.ACTIVE:
        size, data = driver.pgconn.get_copy_data(0)
        if size <= 0:
            while driver.pgconn.get_result() is not None:
                continue
            break
        copied.append(bytes(data))
    return copied


@pytest.fixture(name="drilled")
def app_with_holes(fresh_app: Flask) -> Iterator[Flask]:
    app = create_app(fresh_app.extensions["settings"], TESTING=True)
    app.test_client_class = PageClient
    for name, (door, rule, permission) in DOORS.items():
        pages = DoorPages(f"drill_{name}", __name__, door=door)
        pages.page(rule, permission=permission, methods=("POST",))(hole)
        app.extensions["csrf"].exempt(pages)
        app.register_blueprint(pages)
    with app.app_context():
        yield app
    close_connections(app)


UNIONS = (
    "' UNION ALL SELECT reference FROM sen_case --",
    "' UNION ALL SELECT given_name || family_name FROM child --",
    "' UNION ALL SELECT email FROM person --",
    "' UNION ALL SELECT tenant_id::text FROM audit_entry --",
    "' UNION ALL SELECT number FROM invoice --",
    "' UNION ALL SELECT most_common_vals::text FROM pg_stats --",
    "' UNION ALL SELECT query FROM pg_stat_activity --",
    "' UNION ALL SELECT rolpassword FROM pg_authid --",
    "' UNION ALL SELECT encode(inner_pad, 'hex') FROM scope_seal --",
    "' UNION ALL SELECT pg_read_file('/etc/passwd') --",
    "' UNION ALL SELECT lo_import('/etc/passwd')::text --",
    "' UNION ALL SELECT statement FROM pg_prepared_statements --",
)
SEE = "SELECT reference FROM sen_case; SELECT given_name || family_name FROM child --"
STACKED = (
    f"'; SELECT set_config('app.scope', '', true); {SEE}",
    f"'; SELECT set_config('app.scope', 'all.none.9999999999.LOGIN.00', true); {SEE}",
    f"'; RESET ALL; {SEE}",
    f"'; SET row_security = off; {SEE}",
    f"'; SET ROLE PREFIX_provider_reader; {SEE}",
    f"'; SET SESSION AUTHORIZATION PREFIX_owner; {SEE}",
    f"'; ALTER TABLE sen_case NO FORCE ROW LEVEL SECURITY; {SEE}",
    f"'; DROP POLICY authority ON sen_case; {SEE}",
    f"'; GRANT ALL ON sen_case TO PUBLIC; {SEE}",
    "'; COPY (SELECT 1) TO PROGRAM 'id' --",
    "'; COPY sen_case TO STDOUT --",
    "'; CREATE FUNCTION f() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT 1' --",
    f"'; COMMIT; {SEE}",
    f"'; ROLLBACK; {SEE}",
)


@pytest.mark.usefixtures("standing_clock")
@pytest.mark.parametrize("door", DOORS)
def test_no_other_authoritys_row_comes_out_of_a_hole(drilled: Flask, door: str) -> None:
    here, there = make_tenant(drilled), make_tenant(drilled)
    case, own = make_case(drilled, here, given_name="Ada")
    _, theirs = make_case(drilled, there, given_name=CHILD)
    client, path = _inside(drilled, door, here, case)
    prefix = drilled.extensions["settings"].database_role_prefix
    secrets = (theirs, CHILD, there.id.hex, str(there.id), "root:", "SCRAM-SHA-256")
    seen = []
    for attack in (*UNIONS, *STACKED):
        typed = attack.replace("PREFIX", prefix).replace("LOGIN", f"{prefix}_{door}")
        answer = client.post(path, data={"typed": typed})
        assert answer.status_code == 422, f"{typed}: {answer.status_code}"
        leaked = [secret for secret in secrets if secret in answer.text]
        assert leaked == [], f"{typed} gave {leaked} away"
        seen.append(answer.text)
    # The hole is one: what the door itself may read comes out of it.
    if door in ("authority", "provider"):
        assert any(own in text for text in seen)
    assert any(text.startswith("refused") for text in seen)


def _inside(app: Flask, door: str, here: Tenancy, case: object) -> tuple[PageClient, str]:
    if door == "family":
        token = make_family_link(app, here, case)
        client = app.test_client()
        assert isinstance(client, PageClient)
        client.looks = False
        return client, f"/family/{token}/drill"
    if door == "signer":
        client = app.test_client()
        assert isinstance(client, PageClient)
        client.looks = False
        return client, f"/sign/{to_sign(app, here).token}/drill"
    someone = {
        "authority": lambda: make_person(app, tenant=here, role=AuthorityRole.OFFICER),
        "provider": lambda: make_person(app, role=ProviderRole.COORDINATOR),
        "finance": lambda: make_person(app, role=ProviderRole.FINANCE),
    }[door]()
    client = client_of(app, someone)
    client.looks = False
    return client, f"/{door}/{'drill' if door == 'authority' else here.slug + '/drill'}"
