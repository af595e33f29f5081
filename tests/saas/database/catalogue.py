"""What the database itself says about its walls, compared with what the models declare.

`faults` looks at every relation, role and function there is, not at the models alone: a table
that somebody made by hand is found like one whose model forgot its wall.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from saas.database.base import Wall
from saas.database.scope import READERS, TENANT_ROLES, LoginRole
from saas.database.walls import PREFIX, wall_statements
from tests.saas.database.catalogue_known import (
    MAY_MAKE_TEMPORARY_TABLES,
    OPEN_FUNCTIONS,
    OURS,
    PUBLIC_KEYS,
    QUEUE,
    UNMAPPED,
    WITHOUT_A_TENANT,
    rows,
)
from tests.saas.database.catalogue_objects import faults_of_functions, faults_of_sequences


def faults(connection: psycopg.Connection, walls: Mapping[str, Wall], prefix: str) -> list[str]:
    """Every way in which the database is more open, or less, than declared, in words.

    The connection is a superuser's; what is changed to compare is rolled back.
    """
    logins = {f"{prefix}_{role}": role for role in LoginRole}
    found: list[str] = []
    found += _relations(connection, walls)
    found += _keys(connection, walls)
    found += _conditions(connection, walls)
    found += _public(connection)
    found += _roles(connection, logins, f"{prefix}_owner")
    found += _database(connection, logins)
    found += faults_of_functions(connection, logins, f"{prefix}_owner")
    found += faults_of_sequences(connection, walls, logins)
    # Last, for it makes every wall anew.
    found += _grants_and_policies(connection, walls, prefix)
    connection.rollback()
    return found


def _relations(connection: psycopg.Connection, walls: Mapping[str, Wall]) -> Iterator[str]:
    for schema, name, kind, secured, forced, options in rows(
        connection,
        f"""SELECT n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
                   coalesce(c.reloptions, '{{}}')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS} ORDER BY 2""",
    ):
        if schema != "public":
            yield f"{schema}.{name} stands outside the schema public, where nothing looks"
        if kind == "v":
            if "security_invoker=true" not in options:
                yield f"the view {name} reads as its owner: WITH (security_invoker = true)"
        elif kind in ("m", "f"):
            yield f"{name} is a materialised view or a foreign table: policies do not hold there"
        elif name not in walls and name not in UNMAPPED and not name.startswith(QUEUE):
            yield f"the table {name} has no model, so it declares no wall"
        elif name in walls and walls[name].tenant_column is not None:
            if not secured:
                yield f"{name} holds tenants' rows: ENABLE ROW LEVEL SECURITY"
            if not forced:
                yield f"{name} holds tenants' rows: FORCE ROW LEVEL SECURITY"
    present = {row[0] for row in rows(connection, "SELECT relname FROM pg_class")}
    yield from (f"the table {name} is declared, but not there" for name in walls.keys() - present)


def _keys(connection: psycopg.Connection, walls: Mapping[str, Wall]) -> Iterator[str]:
    tenant_column = {name: wall.tenant_column for name, wall in walls.items()}
    for table, index, columns in rows(
        connection,
        f"""SELECT c.relname, i.relname, ARRAY(SELECT pg_get_indexdef(x.indexrelid, k, true)
                   FROM generate_series(1, x.indnkeyatts) k)
            FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
            JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE x.indisunique AND {OURS} ORDER BY 1, 2""",
    ):
        tenant = tenant_column.get(table)
        if tenant and columns[0] != tenant and (table, index) not in PUBLIC_KEYS:
            yield f"{index} is unique across tenants: start it with {tenant}"
    for table, name, target, here, there, deleted, updated in rows(
        connection,
        """SELECT c.relname, k.conname, t.relname,
                  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(n, o)
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n
                        ORDER BY o),
                  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(n, o)
                        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.n
                        ORDER BY o),
                  k.confdeltype::text, k.confupdtype::text
           FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
           JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f' ORDER BY 1, 2""",
    ):
        tenant, tenant_there = tenant_column.get(table), tenant_column.get(target)
        if tenant_there and not tenant:
            yield f"{name} leads from {table}, which is no tenant's, to a tenant's {target}"
        if tenant_there and tenant and (here[0], there[0]) != (tenant, tenant_there):
            yield f"{name} can reach another tenant's {target}: start it with {tenant}"
        if tenant and tenant in here and ({deleted, updated} & {"n", "d"}):
            yield f"{name} would set {tenant} to nothing: no SET NULL on a key that holds it"


Snapshot = set[tuple[Any, ...]]


def _snapshot(connection: psycopg.Connection, names: Sequence[str]) -> Snapshot:
    """The policies and grants on these tables, the owner's own rights left out."""
    policies = rows(
        connection,
        """SELECT 'policy', tablename, policyname, permissive, roles::text, cmd,
                  coalesce(qual, ''), coalesce(with_check, '')
           FROM pg_policies WHERE tablename = ANY(%s)""",
        names,
    )
    grants = rows(
        connection,
        """SELECT 'grant', c.relname, a.grantee::regrole::text, a.privilege_type, a.is_grantable
           FROM pg_class c, aclexplode(c.relacl) a
           WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner
           UNION ALL
           SELECT 'grant', c.relname, a.grantee::regrole::text,
                  a.privilege_type || ' (' || t.attname || ')', a.is_grantable
           FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
           WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner""",
        names,
        names,
    )
    return {*policies, *grants}


def _grants_and_policies(
    connection: psycopg.Connection, walls: Mapping[str, Wall], prefix: str
) -> Iterator[str]:
    """Make each wall anew from its model, beside what the migrations made, and compare."""
    there = {row[0] for row in rows(connection, "SELECT tablename FROM pg_tables")}
    names = [name for name in walls if name in there]
    migrated = _snapshot(connection, names)
    for kind, table, policy, *_ in migrated:
        if kind == "policy":
            connection.execute(
                sql.SQL("DROP POLICY {} ON {}").format(
                    sql.Identifier(policy), sql.Identifier(table)
                )
            )
    for table, grantee in {(one[1], one[2]) for one in migrated if one[0] == "grant"}:
        whom = sql.SQL("PUBLIC") if grantee == "-" else sql.SQL(grantee)
        connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(sql.Identifier(table), whom))
    for name in names:
        for statement in wall_statements(name, walls[name]):
            owned = statement.replace("TO CURRENT_USER", f"TO {prefix}_owner")
            connection.execute(owned.replace(PREFIX, prefix).encode())
    declared = _snapshot(connection, names)
    for one in sorted(migrated - declared, key=str):
        yield f"in the database, but not declared: {' '.join(map(str, one))}"
    for one in sorted(declared - migrated, key=str):
        yield f"declared, but not in the database: {' '.join(map(str, one))}"


def _conditions(connection: psycopg.Connection, walls: Mapping[str, Wall]) -> Iterator[str]:
    """What a policy must say whatever a model declares."""
    for name, declared in walls.items():
        if declared.tenant_column is None:
            continue
        for role, grant in declared.grants.items():
            if role in READERS and (grant.insert or grant.update or grant.delete):
                yield f"{name}: {role} reads every tenant, so it must write none"
            outsider = role not in TENANT_ROLES and role not in READERS
            if outsider and name not in WITHOUT_A_TENANT.get(role, set()):
                yield f"{name}: {role} is bound to no tenant and must not reach a tenant's rows"
    for table, role, check, condition in rows(
        connection, "SELECT tablename, policyname, with_check, qual FROM pg_policies"
    ):
        wall = walls.get(table)
        for_owner = wall is not None and (
            (role == "owner" and wall.owner is not None)
            or (role == "owner_adds" and wall.owner_adds)
            or (role == "owner_leaves" and wall.owner_leaves is not None)
        )
        if for_owner:
            continue  # declared, so compared with the rest of the table's wall
        if wall is None or wall.tenant_column is None or role not in {*LoginRole}:
            yield f"the policy {role} on {table} is for no login role, or no tenant's table"
            continue
        if role in TENANT_ROLES:
            own = rf"^\(*{wall.tenant_column} = scope_tenant\(\)\)*( AND (?s:.*))?$"
            if not re.match(own, condition) or " OR " in condition.split(" AND ")[0]:
                yield f"the policy {role} on {table} does not compare the tenant: {condition}"
            # PostgreSQL writes a list of ANDs flat, so a narrower check begins with the condition.
            narrower = (f"({condition} AND ", f"{condition[:-1]} AND ")
            if check != condition and not check.startswith(narrower):
                yield f"the policy {role} on {table} lets rows be written that it hides"
        elif role in READERS and ">= scope_lowest()" not in condition:
            yield f"the policy {role} on {table} does not ask for the sealed scope: {condition}"


def _public(connection: psycopg.Connection) -> Iterator[str]:
    for kind, name, right in rows(
        connection,
        f"""SELECT 'relation', c.relname::text, a.privilege_type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
            WHERE a.grantee = 0 AND {OURS}
            UNION ALL
            SELECT 'column', c.relname || '.' || t.attname, a.privilege_type
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
            WHERE a.grantee = 0 AND {OURS}
            UNION ALL
            SELECT 'function', p.proname::text, a.privilege_type
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
                 aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            WHERE a.grantee = 0 AND {OURS}
            UNION ALL
            SELECT 'schema', n.nspname::text, a.privilege_type
            FROM pg_namespace n,
                 aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
            WHERE a.grantee = 0 AND a.privilege_type <> 'USAGE' AND {OURS}
            UNION ALL
            SELECT 'database', d.datname::text, a.privilege_type
            FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
            WHERE a.grantee = 0 AND d.datname = current_database()""",
    ):
        if not (kind == "function" and name in OPEN_FUNCTIONS):
            yield f"{kind} {name}: {right} is granted to PUBLIC"
    for (given,) in rows(connection, "SELECT defaclacl::text FROM pg_default_acl"):
        yield f"what is made later would be granted by default: {given}"


def _roles(
    connection: psycopg.Connection, logins: Mapping[str, LoginRole], owner: str
) -> Iterator[str]:
    for name, *powers in rows(
        connection,
        """SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
                  rolinherit
           FROM pg_roles WHERE rolname = ANY(%s)""",
        [*logins, owner],
    ):
        words = ("superuser", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION", "INHERIT")
        # The owner makes the login roles and inherits nothing from them.
        allowed = {"CREATEROLE", "INHERIT"} if name == owner else set()
        for power, word in zip(powers, words, strict=True):
            if power and word not in allowed:
                yield f"{name} is {word}"
    for member, group in rows(
        connection,
        """SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members
           WHERE member::regrole::text = ANY(%s)""",
        list(logins),
    ):
        yield f"{member} is a member of {group}"
    for (group,) in rows(
        connection,
        """SELECT roleid::regrole::text FROM pg_auth_members
           WHERE member::regrole::text = %s AND NOT (roleid::regrole::text = ANY(%s))""",
        owner,
        list(logins),
    ):
        yield f"the owner is a member of {group}"
    for name, kind in rows(
        connection,
        """SELECT relowner::regrole::text, 'relation ' || relname FROM pg_class
           UNION ALL SELECT proowner::regrole::text, 'function ' || proname FROM pg_proc
           UNION ALL SELECT nspowner::regrole::text, 'schema ' || nspname FROM pg_namespace
           UNION ALL SELECT datdba::regrole::text, 'database ' || datname FROM pg_database
           UNION ALL SELECT typowner::regrole::text, 'type ' || typname FROM pg_type""",
    ):
        if name in logins:
            yield f"{name} owns the {kind}, so no policy binds it there"
    for name, right in rows(
        connection,
        """SELECT a.grantee::regrole::text, a.privilege_type FROM pg_namespace n,
                  aclexplode(n.nspacl) a WHERE n.nspname = 'public' AND a.grantee <> n.nspowner""",
    ):
        if name in logins and right == "CREATE":
            yield f"{name} may make things in the schema public"


def _database(connection: psycopg.Connection, logins: Mapping[str, LoginRole]) -> Iterator[str]:
    granted = rows(
        connection,
        """SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database d,
                  aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
           WHERE d.datname = current_database() AND a.grantee NOT IN (0, d.datdba)""",
    )
    for name, right in granted:
        role = logins.get(name)
        temporary = right == "TEMPORARY" and role in MAY_MAKE_TEMPORARY_TABLES
        if role is None or not (right == "CONNECT" or temporary):
            yield f"{name} has {right} on the database"
