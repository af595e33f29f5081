"""The service on a primary and its replica, for the tests of both."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from flask import Flask

from saas.config import Settings
from saas.database.embedded import ServerAddress
from saas.database.scope import (
    Scope,
    scoped,
)
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.statistics.api.tokens import Allows, make_token
from tests.factories import client_of, make_person
from tests.page_client import PageClient
from tests.saas.operations.replica_server import (
    ReplicaServer,
    wait_until_replayed,
)

ALL = "/provider/?view=all"


@dataclass
class Pair:
    """A primary, its replica, and the service on both."""

    app: Flask
    settings: Settings
    primary: ServerAddress
    replica: ReplicaServer
    tenant: Tenancy
    asked: list[str] = field(default_factory=list)

    def follow(self) -> None:
        wait_until_replayed(self.primary, self.replica)

    def is_asked(self, client: PageClient, path: str) -> bool:
        """Whether this page is the replica's."""
        self.asked.clear()
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return bool(self.asked)


def coordinator(pair: Pair) -> PageClient:
    return client_of(pair.app, make_person(pair.app, role=ProviderRole.COORDINATOR))


def give_to(pair: Pair, client: PageClient, case_id: uuid.UUID, person: uuid.UUID) -> str:
    client.get(ALL)
    token = next(
        one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
    )
    sent = {"case": str(case_id), "assignee": str(person), "csrf_token": token}
    answer = client.post("/provider/assignments", data=sent)
    assert answer.status_code == 302
    return str(answer.headers.get_all("Set-Cookie"))


def key_of(pair: Pair, person_id: uuid.UUID) -> str:
    """A key of the API to the pair's authority."""
    with scoped(Scope.authority(pair.tenant.id, person_id)) as session:
        return make_token(
            session,
            name="Case system",
            allows=tuple(Allows),
            expires_on=dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30),
            at=dt.datetime.now(dt.UTC),
        )


def reads_primary(pair: Pair, client: PageClient) -> bool:
    """Whether nothing but its place was asked of the replica."""
    pair.is_asked(client, ALL)
    return all("pg_last_wal_replay_lsn" in statement for statement in pair.asked)
