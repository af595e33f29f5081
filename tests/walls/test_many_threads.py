"""Wall 1 in a crowd: threads of many authorities share few connections, and much goes wrong.

WALLS_MINUTE=1 keeps it up for a minute.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import errors

from billing.runs.asking import Asked, ask
from billing.runs.models import DRAFTING
from saas.config import Settings
from saas.database.base import declared_walls, new_id
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.identity.permissions import AuthorityRole
from saas.web.access import open_session
from tenants.casework.kinds import FactKind, Service
from tenants.casework.models import CaseFact
from tests.billing.making import Q1
from tests.factories import NOW, make_case, make_person, make_tenant
from tests.walls.marked_rows import Filler, Marks

THREADS, TENANTS = 50, 10
SECONDS = 60 if os.environ.get("WALLS_MINUTE") else 6
DEEDS = 4_000  # of one thread at most, however fast the machine
ROLES = (LoginRole.PROVIDER, LoginRole.AUTHORITY)
KIND = FactKind.REPRESENTATIVE_NAMED.value
ENDS = ("committed", "mended", "rolled back", "closed", "failed", "failed and closed")


@dataclass(frozen=True)
class Place:
    tenant: uuid.UUID
    case: uuid.UUID
    person: uuid.UUID


@dataclass
class Worker:
    """A thread that works for one authority, and what it did and saw."""

    place: Place
    other: Place
    chance: random.Random
    did: list[str] = field(default_factory=list)
    kept: set[uuid.UUID] = field(default_factory=set)
    undone: set[uuid.UUID] = field(default_factory=set)
    seen: set[tuple[LoginRole, str]] = field(default_factory=set)
    connections: set[int] = field(default_factory=set)
    crowd: int = 0

    def turn(self) -> None:
        """As a request does: opens its scope, reads, writes, and ends in one of many ways."""
        role, end = self.chance.choice(ROLES), self.chance.choice(ENDS)
        session = open_session(Scope(role, self.place.tenant, self.place.person))
        self.look(session)
        row: dict[str, Any] = {
            "tenant_id": self.place.tenant, "id": new_id(), "case_id": self.place.case,
            "kind": KIND, "on_date": dt.date(2026, 5, 6), "audience": "parties",
            "detail": {"of": self.place.tenant.hex}, "recorded_at": NOW,
            "recorded_by": self.place.person, "recorded_by_name": "Robin Example",
        }  # fmt: skip
        session.add(CaseFact(**row))
        session.flush()
        self.look(session)
        if end == "mended" or end.startswith("failed"):
            self.did.append(self.go_wrong(session, row, in_savepoint=end == "mended"))
        if end in ("committed", "mended"):
            session.commit()
            self.kept.add(row["id"])
        else:
            self.undone.add(row["id"])
        self.did.append(end)
        if not end.endswith("closed"):
            session.rollback()
            self.look(session)  # the next transaction, on whichever connection is free

    def look(self, session: ScopedSession) -> None:
        """Of whatever the role may read, there is no row but the authority's own."""
        role, own = session.scope.role, self.place.tenant
        for table, column in self.chance.sample(readable(role), 3):
            owners = session.scalars(sa.text(f"SELECT {column} FROM {table}")).all()
            assert set(owners) <= {own}, f"{role} reads foreign rows of {table}"
            self.seen |= {(role, table)} if owners else set()
        facts = session.execute(sa.select(CaseFact.tenant_id, CaseFact.id, CaseFact.detail)).all()
        assert {fact.tenant_id for fact in facts} == {own}
        assert {fact.detail.get("of") for fact in facts} <= {None, own.hex}
        ids = {fact.id for fact in facts}
        assert self.kept <= ids and not self.undone & ids
        self.connections.add(session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one())

    def go_wrong(self, session: ScopedSession, row: dict[str, Any], *, in_savepoint: bool) -> str:
        """A statement is refused, is cancelled, or ends its connection: the error's name."""
        mishaps: list[tuple[type[psycopg.Error], str | dict[str, Any]]] = [
            (errors.UniqueViolation, {}),
            (errors.NotNullViolation, {"id": new_id(), "recorded_by_name": None}),
            (errors.ForeignKeyViolation, {"id": new_id(), "case_id": self.other.case}),
            (errors.InsufficientPrivilege, {"id": new_id(), "tenant_id": self.other.tenant}),
            (errors.QueryCanceled, "SET LOCAL statement_timeout = 20; SELECT pg_sleep(30)"),
            (errors.QueryCanceled, "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(30)"),
        ] * 5
        if not in_savepoint:
            ended = "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(30)"
            mishaps.append((errors.AdminShutdown, ended))
        error, what = self.chance.choice(mishaps)
        sent = sa.text(what) if isinstance(what, str) else sa.insert(CaseFact).values(row | what)
        savepoint = session.begin_nested() if in_savepoint else nullcontext()
        with pytest.raises(sa.exc.DBAPIError) as failed, savepoint:
            session.execute(sent)
        assert isinstance(failed.value.orig, error), failed.value.orig
        return error.__name__


@cache
def readable(role: LoginRole) -> list[tuple[str, str]]:
    """The tenants' tables that a role may read, and the column that says whose a row is."""
    return [
        (name, wall.tenant_column)
        for name, wall in declared_walls().items()
        if wall.tenant_column and role in wall.grants and wall.grants[role].select
    ]


def make_places(app: Flask, admin: psycopg.Connection) -> Iterator[Place]:
    """Authorities with a row in every table."""
    for letter in "abcdefghijklmnopqrstuvwxyz"[:TENANTS]:
        tenant = make_tenant(app)
        person = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
        case, _ = make_case(app, tenant)
        make_case(app, tenant, service=Service.FACILITATION, decision_type=None, notice_sent=None)
        ask(DRAFTING, Q1, [Asked(tenant.id)], person=None, at=NOW)
        Filler(admin, tenant.id, person.id, Marks(letter)).fill()
        yield Place(tenant.id, case, person.id)


def test_no_thread_in_a_crowd_sees_a_foreign_row_whatever_goes_wrong(
    fresh_app: Flask, server: ServerAddress
) -> None:
    settings: Settings = fresh_app.extensions["settings"]
    name = sa.make_url(settings.database_url.get_secret_value()).database or ""
    with psycopg.connect(server.url(name)) as admin:
        places = list(make_places(fresh_app, admin))
    together, at_work = threading.Barrier(THREADS), set[int]()

    def work(number: int) -> Worker:
        here, there = places[number % TENANTS], places[(number + 1) % TENANTS]
        worker = Worker(here, there, random.Random(number))
        together.wait(timeout=60)
        ends_at = time.monotonic() + SECONDS
        # On however slow a machine each commits once.
        while len(worker.did) < DEEDS and (time.monotonic() < ends_at or not worker.kept):
            at_work.add(number)
            worker.crowd = max(worker.crowd, len(at_work))
            with fresh_app.app_context():
                worker.turn()
            at_work.remove(number)
        return worker

    with ThreadPoolExecutor(THREADS) as threads:
        workers = list(threads.map(work, range(THREADS)))
    with psycopg.connect(server.url(name)) as admin:
        query = "SELECT tenant_id, id FROM case_fact WHERE kind = %s"
        there = set(admin.execute(query, [KIND]).fetchall())
    kept = {(one.place.tenant, fact) for one in workers for fact in one.kept}
    undone = {(one.place.tenant, fact) for one in workers for fact in one.undone}
    assert there == kept and undone and not there & undone
    for place in places:
        with scoped(Scope.authority(place.tenant, place.person)) as session:
            own = set(session.scalars(sa.select(CaseFact.id).where(CaseFact.kind == KIND)))
        assert own and own == {fact for tenant, fact in kept if tenant == place.tenant}

    # It was a crowd, everything happened in it, and there was something to see.
    connections = 2 * settings.database_pool_size * len(ROLES)
    assert max(one.crowd for one in workers) > connections
    served = Counter(c for c, _ in {(c, one.place) for one in workers for c in one.connections})
    assert max(served.values()) > 1, "no connection went from one authority to another"
    did = {what for one in workers for what in one.did}
    assert {*ENDS, "UniqueViolation", "InsufficientPrivilege", "QueryCanceled"} <= did
    seen = {table for one in workers for table in one.seen}
    assert {(role, table) for role in ROLES for table in ("child", "case_note")} <= seen
