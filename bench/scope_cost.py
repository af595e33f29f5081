"""What the sealed scope costs: a read against a superuser's own WHERE, a page against no seal."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask

from bench.asking import browser, largest_authority
from saas.config import Settings
from saas.database.connections import (
    EMBEDDED_DATABASE,
    hold_embedded,
    login_name,
    owner_connection,
    plain_url,
    role_url,
)
from saas.database.scope import LoginRole, Scope, seal

ROUNDS = 500
# `{and_named}` is what the product's own statement says beside the wall.
QUERIES = {
    "one case by its id": (
        "SELECT reference FROM sen_case WHERE id = %(case)s AND tenant_id = %(tenant)s"
    ),
    "the 25 newest cases": (
        "SELECT reference, opened_on FROM sen_case {where_tenant} ORDER BY opened_on DESC LIMIT 25"
    ),
    "the work tray": (
        "SELECT c.reference, p.stage, p.next_due FROM case_position p"
        " JOIN sen_case c ON c.tenant_id = p.tenant_id AND c.id = p.case_id"
        " WHERE p.is_open{and_named} ORDER BY p.next_due LIMIT 50"
    ),
    "the same, where a statement leaves all to the wall": (
        "SELECT c.reference, p.stage, p.next_due FROM case_position p"
        " JOIN sen_case c ON c.tenant_id = p.tenant_id AND c.id = p.case_id"
        " WHERE p.is_open{and_p_tenant} ORDER BY p.next_due LIMIT 50"
    ),
}
_NAMED = " AND p.tenant_id = %(tenant)s"
# The list of an authority's cases, asked so often in each of so many turns with and without a seal.
LIST_PAGE = "/authority/"
TURNS, IN_A_TURN = 12, 8
# What the seal may add to a page.
MOST_OF_A_PAGE = 1.10
# As is usual without a seal: whoever can set the setting is let in.
UNSEALED = """
    CREATE OR REPLACE FUNCTION scope_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT nullif(split_part(current_setting('app.scope', true), '.', 1), 'none')::uuid
    $$
"""


@contextmanager
def _seal_as_given(settings: Settings) -> Iterator[Callable[[bool], None]]:
    """What takes the seal out of the walls and puts it back; at the end it is there."""

    def write(function: str) -> None:
        with owner_connection(settings) as owner:
            owner.execute(function.encode())

    with owner_connection(settings) as owner:
        found = owner.execute(
            "SELECT pg_get_functiondef('scope_tenant()'::regprocedure)"
        ).fetchone()
    assert found is not None
    as_it_is = str(found[0])
    try:
        yield lambda sealed: write(as_it_is if sealed else UNSEALED)
    finally:
        write(as_it_is)


def of_a_page(app: Flask) -> str:
    """The list page of the largest authority, with scopes that are sealed and with plain ones."""
    settings: Settings = app.extensions["settings"]
    with app.app_context():
        _, cases, officer = largest_authority()
    ask = browser(app, officer, LIST_PAGE)
    taken: dict[bool, list[float]] = {True: [], False: []}
    with _seal_as_given(settings) as give:
        for turn in range(2 * TURNS):
            is_sealed = turn % 2 == 0
            give(is_sealed)
            # The pool's connections plan anew what called the other function.
            for _ in range(4):
                ask()
            for _ in range(IN_A_TURN):
                begun = time.perf_counter()
                ask()
                taken[is_sealed].append(time.perf_counter() - begun)
    sealed, plain = statistics.median(taken[True]), statistics.median(taken[False])
    ratio = sealed / plain
    return (
        f"authority's tray, {cases:,} cases: {sealed * 1000:.1f} ms sealed against"
        f" {plain * 1000:.1f} ms with a plain setting, {ratio:.2f} times"
        f"{'' if ratio < MOST_OF_A_PAGE else '   SLOW'}"
    )


def measured(settings: Settings) -> Iterator[str]:
    """A line for each query: medians of interleaved rounds and their ratio, the seal apart."""
    address = hold_embedded(settings)
    with (
        psycopg.connect(address.url(EMBEDDED_DATABASE), autocommit=True) as superuser,
        psycopg.connect(plain_url(role_url(settings, LoginRole.AUTHORITY))) as authority,
        _seal_as_given(settings) as give,
    ):
        # Policies never bind a superuser: what it reads is what its WHERE says.
        found = superuser.execute(
            "SELECT tenant_id, (array_agg(id))[1] FROM sen_case GROUP BY 1"
            " ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
        if found is None:
            raise RuntimeError("there are no cases")
        tenant, case = found
        values = {"tenant": tenant, "case": case}
        for name, query in QUERIES.items():
            ours = query.format(where_tenant="", and_p_tenant="", and_named=_NAMED)
            theirs = query.format(
                where_tenant="WHERE tenant_id = %(tenant)s", and_p_tenant=_NAMED, and_named=_NAMED
            )
            said = []
            for is_sealed in (False, True):
                give(is_sealed)
                scoped_times, plain_times = [], []
                for _ in range(ROUNDS):
                    scoped_times.append(_in_scope(authority, settings, tenant, ours, values))
                    plain_times.append(_timed(superuser, theirs, values))
                here, there = statistics.median(scoped_times), statistics.median(plain_times)
                said.append(
                    f"{here * 1000:.2f} ms against {there * 1000:.2f} ms, {here / there:.2f} times"
                )
            yield f"{name}: {said[0]}; with the seal {said[1]}"


def _in_scope(
    connection: psycopg.Connection,
    settings: Settings,
    tenant: uuid.UUID,
    query: str,
    values: dict[str, uuid.UUID],
) -> float:
    """The query alone: the round trip that sets the scope is a cost of the transaction."""
    token = seal(
        Scope.authority(tenant, None),
        key=settings.scope_secret,
        login=login_name(settings, LoginRole.AUTHORITY),
        now=time.time(),
    )
    with connection.transaction():
        connection.execute(f"SET LOCAL app.scope = '{token}'")
        return _timed(connection, query, values)


def _timed(connection: psycopg.Connection, query: str, values: dict[str, uuid.UUID]) -> float:
    begun = time.perf_counter()
    connection.execute(query, values).fetchall()
    return time.perf_counter() - begun
