"""Wall 1: everything of one authority is marked, and looked for in everything of the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import psycopg
import pytest
from werkzeug.routing import Rule

from saas.config import Settings
from saas.database.base import declared_walls
from saas.database.connections import login_name, plain_url, role_url
from saas.database.scope import READERS, TENANT_ROLES, LoginRole, Scope, seal
from saas.service import find_signed_in
from saas.web.frame import Door
from tests.factories import Someone, client_of
from tests.walls.marked_rows import tenant_tables
from tests.walls.places import Place, World
from tests.walls.reading import said_by
from tests.walls.walk import access_of, addresses, routes

OPEN_OR_THEIRS = (None, Door.PUBLIC, Door.AUTHORITY)


def fetched_by_the_authority(world: World) -> list[tuple[str, str]]:
    """Every page, export and document that an authority's people can fetch, and what it says."""
    if "authority" not in world.fetched:
        world.fetched["authority"] = [
            (f"{role} {path}", text)
            for rule in gets(world)
            if access_of(world.app, rule).door in OPEN_OR_THEIRS
            for path in addresses(rule, world.here)
            for role, text in fetched(world, rule, path, world.here.people)
        ]
    return world.fetched["authority"]


def gets(world: World) -> list[Rule]:
    return [rule for rule in routes(world.app) if "GET" in (rule.methods or ())]


def fetched(
    world: World, rule: Rule, path: str, people: Mapping[str, Someone]
) -> Iterator[tuple[str, str]]:
    """What an address says to each of these people who may open it, errors included."""
    for role, someone in people.items():
        found = find_signed_in(someone.id)
        assert found is not None
        if found.may(access_of(world.app, rule).permission):
            with client_of(world.app, someone).get(path) as answer:
                yield role, said_by(answer)


def test_every_table_is_marked(world: World) -> None:
    """What is not marked cannot be found where it must not be."""
    for place in (world.here, world.there):
        marked = {table for table, _, _ in place.marks.placed.values()}
        texts = {
            table.name
            for table in tenant_tables()
            if any(str(column.type) in ("TEXT", "JSONB") for column in table.columns)
        }
        without_free_text = {
            "audit_link",
            "authority_task",
            "contract_targets",
            "membership",
            "party_notice_refusal",
            "reference_counter",
        }
        assert texts - marked <= without_free_text
        assert all(place.rows[table.name] for table in tenant_tables())


def test_no_page_of_an_authority_holds_a_word_of_another(world: World) -> None:
    here, there = world.here, world.there
    own: set[str] = set()
    for where, text in fetched_by_the_authority(world):
        leaked = there.marks.found_in(text)
        assert not leaked, f"{where} shows {there.marks.places(leaked)}"
        assert str(there.tenancy.id) not in text and there.tenancy.id.hex not in text, where
        for row in there.rows["sen_case"]:
            assert row["reference"] not in text and str(row["id"]) not in text, where
        own |= here.marks.found_in(text)
    # The search is no use if it finds nothing where there is something.
    seen = {table for table, _, _ in here.marks.places(own)}
    assert {"case_note", "child", "certificate", "invoice", "purchase_order"} <= seen


def test_a_page_of_the_provider_inside_an_authority_holds_no_word_of_another(
    world: World,
) -> None:
    seen: set[str] = set()
    # One of each kind: what a coordinator, finance, a manager and the administrator may open.
    people = {role: world.provider[role] for role in ("coordinator", "finance", "admin")}
    for rule in gets(world):
        if "authority" not in rule.arguments:
            continue
        for path in addresses(rule, world.here):
            for role, text in fetched(world, rule, path, people):
                leaked = world.there.marks.found_in(text)
                assert not leaked, f"{role} {path} shows {world.there.marks.places(leaked)}"
                seen |= world.here.marks.found_in(text)
    places = world.here.marks.places(seen)
    assert {("case_party", "email", ""), ("contract", "reference", "")} <= places


def scope_of(role: LoginRole, place: Place) -> Scope:
    if role is LoginRole.FAMILY:
        return Scope.family(place.tenancy.id, place.case_id)
    if role is LoginRole.ERASER:
        return Scope.eraser(place.tenancy.id, place.case_id)
    if role is LoginRole.SIGNER:
        return Scope.signer(place.tenancy.id, place.signing.agreement_id, place.signing.link_id)
    return Scope(role, place.tenancy.id if role in TENANT_ROLES else None, None)


def readable(
    settings: Settings, role: LoginRole, place: Place
) -> Iterator[tuple[str, str, frozenset[str]]]:
    """What a login role can read with a plain connection: table, column, and the marks there."""
    token = seal(
        scope_of(role, place),
        key=settings.scope_secret,
        login=login_name(settings, role),
        now=time.time(),
    )
    with psycopg.connect(plain_url(role_url(settings, role))) as connection:
        columns = connection.execute(
            """SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype FROM pg_class c
               JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v')
               AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1, 2"""
        ).fetchall()
        assert columns
        reference = {
            name for name, wall in declared_walls().items() if name != "person" and not _of(name)
        }
        for table, column, is_bytes in columns:
            if table in reference:
                continue  # open data and the queue hold nobody's marks
            connection.execute(f"SET LOCAL app.scope = '{token}'".encode())
            text = f"encode({column}, 'escape')" if is_bytes else f"{column}::text"
            rows = connection.execute(f"SELECT {text} FROM {table}".encode()).fetchall()
            said = "\n".join(value for (value,) in rows if value is not None)
            yield table, column, frozenset(place.marks.found_in(said))


def _of(name: str) -> bool:
    return declared_walls()[name].tenant_column is not None


@pytest.mark.parametrize("role", sorted(TENANT_ROLES))
def test_a_login_role_bound_to_a_tenant_reads_no_column_of_another(
    world: World, role: LoginRole
) -> None:
    settings: Settings = world.app.extensions["settings"]
    for place, other in ((world.here, world.there), (world.there, world.here)):
        bound = seal(
            scope_of(role, place),
            key=settings.scope_secret,
            login=login_name(settings, role),
            now=time.time(),
        )
        with psycopg.connect(plain_url(role_url(settings, role))) as connection:
            connection.execute(f"SET LOCAL app.scope = '{bound}'".encode())
            for table, wall in declared_walls().items():
                grant = wall.grants.get(role)
                if wall.tenant_column is None or grant is None or not grant.select:
                    continue
                names = "*" if grant.select == ("*",) else ", ".join(grant.select)
                text = str(connection.execute(f"SELECT {names} FROM {table}".encode()).fetchall())
                leaked = other.marks.found_in(text)
                assert not leaked, f"{role} reads {other.marks.places(leaked)}"
                tenants = connection.execute(
                    f"SELECT DISTINCT {wall.tenant_column} FROM {table}".encode()
                ).fetchall()
                assert tenants in ([(place.tenancy.id,)], []), table


def test_readers_of_every_tenant_do_read_both(world: World) -> None:
    """So that the search above would have found what is there to find."""
    settings: Settings = world.app.extensions["settings"]
    assert LoginRole.PROVIDER_READER in READERS
    found = {
        place.tenancy.slug: {
            (table, column)
            for table, column, marks in readable(settings, LoginRole.PROVIDER_READER, place)
            if marks
        }
        for place in (world.here, world.there)
    }
    for places in found.values():
        assert {("case_note", "text"), ("case_party", "email")} <= places
