"""The primary is lost and its replica takes its place: rehearsed with what docs/SCALING.md says."""

from __future__ import annotations

import threading
import time
import uuid
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.database.embedded import EmbeddedPostgres, ServerAddress
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import CaseNote
from tests.conftest import close_connections, settings_for
from tests.factories import NOW, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.operations.own_server import NAME, own_server, stop_at_once
from tests.saas.operations.processes import flask
from tests.saas.operations.replica_server import PATIENCE_SECONDS, replica_of

WRITERS, AT_LEAST = 4, 60


def write_notes(
    app: Flask, tenant: Tenancy, case_id: uuid.UUID, acknowledged: list[str], over: threading.Event
) -> None:
    """One after the other, until the primary is gone."""
    with app.app_context():
        while not over.is_set():
            text = f"note {uuid.uuid4()}"
            try:
                with scoped(Scope.provider(tenant.id, None)) as session:
                    session.add(
                        CaseNote(
                            tenant_id=tenant.id,
                            case_id=case_id,
                            text=text,
                            audience="provider",
                            written_at=NOW,
                            written_by_name="Coordinator Example",
                        )
                    )
            except (sa.exc.DBAPIError, psycopg.Error):
                return
            acknowledged.append(text)


def wait_for_the_replica(primary: ServerAddress) -> None:
    """From now on a commit is acknowledged when the replica has it on its disk, too."""
    with psycopg.connect(primary.url("postgres"), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        admin.execute("SELECT pg_reload_conf()")
        asks = "SELECT bool_or(sync_state = 'sync') FROM pg_stat_replication"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while admin.execute(asks).fetchone() != (True,):
            assert time.monotonic() < deadline, "the replica is not waited for"
            time.sleep(0.05)


def lose(primary: EmbeddedPostgres, acknowledged: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(acknowledged) < AT_LEAST and time.monotonic() < deadline:
        time.sleep(0.02)
    stop_at_once(primary)


def test_no_acknowledged_write_is_lost_when_the_replica_takes_the_place_of_its_primary(
    server: ServerAddress, template: str, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    over = threading.Event()
    with (
        own_server(server, template) as (primary, address, settings),
        replica_of(address) as replica,
    ):
        app = create_app(replica.reading(settings), TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            tenant = make_tenant(app)
            case_id, reference = make_case(app, tenant)
            client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
        wait_for_the_replica(address)
        writers = [
            threading.Thread(target=write_notes, args=(app, tenant, case_id, acknowledged, over))
            for _ in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        lose(primary, acknowledged)
        over.set()
        for writer in writers:
            writer.join(PATIENCE_SECONDS)
        assert len(acknowledged) >= AT_LEAST
        path = f"/provider/{tenant.slug}/cases/{case_id}"
        assert client.get(path).status_code == 503
        close_connections(app)

        replica.promote()
        # DATABASE_URL names it from now on, and DATABASE_READ_URL nobody.
        promoted = settings_for(replica.address, NAME)
        flask(promoted, "audit", "verify")
        after = create_app(promoted, TESTING=True)
        after.test_client_class = PageClient
        with after.app_context():
            with scoped(Scope.provider(tenant.id, None)) as session:
                kept = set(session.scalars(sa.select(CaseNote.text)))
            again = client_of(after, make_person(after, role=ProviderRole.COORDINATOR))
            assert reference in again.get("/provider/?view=all").text
            assert again.get(path).status_code == 200
        close_connections(after)
    assert set(acknowledged) <= kept
