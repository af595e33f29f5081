"""The schema against the rules of Citus, so that it can still be spread when it has to be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

import saas.tables
from saas.config import ROOT, Settings
from saas.database.base import Base, declared_walls
from saas.database.cluster import is_spread, plan
from saas.database.connections import owner_connection

WALLS = declared_walls()
SPREAD = sorted(table for table in WALLS if is_spread(table, WALLS))
# Temporary tables: those of open data are joined with tables that a cluster has on each machine,
# so open data is loaded before the tables are spread (docs/SCALING.md).
STAGING = {"saas/reference/merging.py", "tenants/imports/bulk/copying.py"}

assert saas.tables.Base is Base


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    with owner_connection(settings) as connection:
        yield connection


@pytest.mark.parametrize("name", SPREAD)
def test_every_key_of_an_authoritys_table_holds_the_authority(name: str) -> None:
    table = Base.metadata.tables[name]
    assert next(iter(table.primary_key.columns)).name == "tenant_id"
    uniques: list[sa.UniqueConstraint | sa.Index] = [
        *(one for one in table.constraints if isinstance(one, sa.UniqueConstraint)),
        *(one for one in table.indexes if one.unique),
    ]
    for one in uniques:
        assert "tenant_id" in one.columns, f"{one.name} cannot be kept over many machines"
    for key in table.foreign_key_constraints:
        assert "SET NULL" not in (key.ondelete or ""), f"{key.name} would empty tenant_id"
        if is_spread(key.referred_table.name, WALLS):
            pairs = {(e.parent.name, e.column.name) for e in key.elements}
            assert ("tenant_id", "tenant_id") in pairs, f"{key.name} could reach another machine"


def test_what_is_on_every_machine_refers_to_nothing_that_is_spread() -> None:
    wrong = [
        f"{table.name} to {key.referred_table.name}"
        for table in Base.metadata.tables.values()
        if not is_spread(table.name, WALLS)
        for key in table.foreign_key_constraints
        if is_spread(key.referred_table.name, WALLS)
    ]
    assert wrong == []


# What a trigger's own statement changed, by the names that ours give it.
OF_THE_STATEMENT = {"gone", "added"}
NOBODYS = {name for name, wall in WALLS.items() if wall.tenant_column is None}


def test_no_policy_asks_another_table(owner: psycopg.Connection) -> None:
    asking = owner.execute(
        "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public'"
        " AND coalesce(qual, '') || coalesce(with_check, '') ~* '\\mselect\\M'"
    ).fetchall()
    assert asking == []


def test_a_trigger_of_an_authoritys_table_names_the_authority(owner: psycopg.Connection) -> None:
    triggers = owner.execute(
        "SELECT t.tgname, c.relname, p.prosrc FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace"
        " AND c.relname NOT LIKE 'procrastinate%'"
    ).fetchall()
    assert triggers
    for name, table, source in triggers:
        # It asks no table but what its statement changed, or says of which authority; or what it
        # reaches is no authority's, and so on every machine.
        asks = re.findall(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_.]+)", source, re.I)
        asked = {one.removeprefix("public.") for one in asks} - OF_THE_STATEMENT - NOBODYS
        told = f"{name} of {table} could reach another machine"
        assert not asked or "tenant_id" in source, told


def test_temporary_tables_are_made_where_it_is_known() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("saas", "tenants", "billing")
        for path in (ROOT / folder).rglob("*.py")
        if "CREATE TEMPORARY TABLE" in path.read_text(encoding="utf-8")
    }
    assert found - {"saas/operations/one_tenant.py"} == STAGING


def test_the_plan_names_every_table_once_and_brings_every_key_back(
    owner: psycopg.Connection,
) -> None:
    statements = list(plan(owner, WALLS))
    spread = re.findall(r"create_distributed_table\('(\w+)'", "\n".join(statements))
    everywhere = re.findall(r"create_reference_table\('(\w+)'", "\n".join(statements))
    assert sorted(spread) == SPREAD and spread[0] == "sen_case"
    assert sorted([*spread, *everywhere]) == sorted([*WALLS, "scope_seal"])
    dropped = [s.split()[2:6:3] for s in statements if "DROP CONSTRAINT" in s]
    added = [s.split()[2:6:3] for s in statements if "ADD CONSTRAINT" in s]
    assert len(dropped) == len(added) > 80
    assert [s for s in statements if not s.endswith((";", ".")) and s.startswith("--")] == []
