"""From what a table declares about itself to the statements that make its wall.

`flask --app saas.app database walls` prints these for a new table, to be put in its migration as
they are: a migration stays what it was, whatever the models become.
"""

from __future__ import annotations

from collections.abc import Iterator

from saas.database.base import ALL, Grant, Wall
from saas.database.scope import READERS, TENANT_ROLES, LoginRole

# The placeholder that a migration replaces by the deployment's own prefix.
PREFIX = "{prefix}"


def row_condition(role: LoginRole, wall: Wall, grant: Grant) -> str:
    """The condition a row must meet for the role to see it, as SQL.

    Raises:
        ValueError: for a role that is bound to no tenant and says nothing about its rows.
    """
    if role in TENANT_ROLES:
        own = f"{wall.tenant_column} = scope_tenant()"
        return f"{own} AND ({grant.rows})" if grant.rows else own
    if role in READERS:
        every = f"{wall.tenant_column} >= scope_lowest()"
        return f"{every} AND ({grant.rows})" if grant.rows else every
    if grant.rows is None:
        raise ValueError(f"{role} is bound to no tenant: say which rows it may see")
    return grant.rows


def _columns(names: tuple[str, ...]) -> str:
    return "" if names == ALL else f" ({', '.join(names)})"


def grant_statements(table: str, role: LoginRole, grant: Grant) -> Iterator[str]:
    login = f"{PREFIX}_{role}"
    for verb in ("select", "insert", "update"):
        names: tuple[str, ...] = getattr(grant, verb)
        if names:
            yield f"GRANT {verb.upper()}{_columns(names)} ON {table} TO {login}"
    if grant.delete:
        yield f"GRANT DELETE ON {table} TO {login}"


def wall_statements(table: str, wall: Wall) -> Iterator[str]:
    """The statements that wall one new table."""
    if wall.tenant_column is not None:
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    if wall.owner is not None:
        yield (f"CREATE POLICY owner ON {table} FOR SELECT TO CURRENT_USER USING ({wall.owner})")
    if wall.owner_adds:
        yield f"CREATE POLICY owner_adds ON {table} FOR INSERT TO CURRENT_USER WITH CHECK (true)"
    if wall.owner_leaves is not None:
        yield (
            f"CREATE POLICY owner_leaves ON {table} FOR UPDATE TO CURRENT_USER USING (true)"
            f" WITH CHECK ({wall.owner_leaves})"
        )
    for role, grant in wall.grants.items():
        if wall.tenant_column is not None:
            condition = row_condition(role, wall, grant)
            if role in READERS:
                verbs, check = "FOR SELECT", ""
            else:
                written = f"{condition} AND ({grant.writes})" if grant.writes else condition
                verbs, check = "FOR ALL", f" WITH CHECK ({written})"
            yield (
                f"CREATE POLICY {role} ON {table} {verbs} TO {PREFIX}_{role}"
                f" USING ({condition}){check}"
            )
        yield from grant_statements(table, role, grant)
