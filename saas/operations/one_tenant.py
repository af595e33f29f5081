"""One authority's cases as a backup has them, while the others go on.

What others already know stays as it is today, and only what of it was lost comes from the backup:
who may sign in, the trail, what was sent, keys and links (one that was ended stays ended), the
account with its papers and numbers. Everything else of the authority becomes what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
import sqlalchemy as sa
from psycopg import sql

from saas.database.base import Base
from saas.operations.manifest import BackupError
from saas.reference.progress import ReportsProgress, silent

# Beside everything of billing.
STAYS_AS_TODAY = frozenset(
    {
        *("subscriber", "membership", "audit_entry", "audit_link", "message", "incident"),
        *("api_token", "api_use", "family_link", "signing_link", "participant_link"),
        # What was noted, erased and answered since stays so; and a wrong date of birth is counted.
        *("row_change", "row_change_link", "subject_request", "family_check", "case_erasure"),
        # How the authority stands with us, whatever its cases were.
        *("authority_suspension", "authority_leaving", "authority_successor"),
        *("authority_export", "authority_deletion"),
        # Numbers that were given are not given again.
        "reference_counter",
        "report_pack",
    }
)
LOCK_TIMEOUT = "10s"


@dataclass(frozen=True)
class TenantTable:
    """A table with an authority's rows."""

    table: sa.Table
    tenant_column: str
    stays: bool

    @property
    def name(self) -> sql.Identifier:
        return sql.Identifier("public", self.table.name)


def tenant_tables() -> list[TenantTable]:
    """Every table with authorities' rows, each after those that it refers to."""
    billing = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("billing.")
    }
    columns = {
        mapper.class_.__tablename__: mapper.class_.wall.tenant_column
        for mapper in Base.registry.mappers
    }
    return [
        TenantTable(table, column, table.name in STAYS_AS_TODAY or table.name in billing)
        for table in Base.metadata.sorted_tables
        if (column := columns[table.name]) is not None
    ]


def bring_back(
    source: psycopg.Connection,
    target: psycopg.Connection,
    tenant: UUID,
    say: ReportsProgress = silent,
) -> Mapping[str, int]:
    """Give the target's authority the rows that the source has of it; how many each table has now.

    The target is changed in the transaction that is open: commit it. Until then its tables of
    authorities are locked, and pages of every authority wait; that is some seconds.

    Args:
        source: the owner of a database of the same release, restored from the backup, which is
            thrown away afterwards.
        target: the owner of the database in use.

    Raises:
        BackupError: the backup does not know the authority, or the tables are in use too long.
    """
    tables = tenant_tables()
    _open_walls(source, tables)
    known = source.execute("SELECT 1 FROM subscriber WHERE id = %s", [tenant]).fetchone()
    if not known:
        raise BackupError("The backup does not know this authority: it joined later.")
    target.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    try:
        target.execute(
            sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(
                sql.SQL(", ").join(one.name for one in tables)
            )
        )
    except psycopg.errors.LockNotAvailable as busy:
        raise BackupError("The tables are in use: nothing was changed. Try again.") from busy
    _open_walls(target, tables)
    for one in tables:
        _alter(target, one, "DISABLE TRIGGER USER")
    for one in tables:
        if one.stays:
            _keep_todays(target, one, tenant)
    for one in reversed(tables):
        target.execute(_of_tenant("DELETE FROM {} WHERE {} = %s", one), [tenant])
    counted = {}
    for done, one in enumerate(tables, start=1):
        if one.stays:
            _put_todays_back(target, one)
        _copy(source, target, one, tenant)
        (number,) = target.execute(
            _of_tenant("SELECT count(*) FROM {} WHERE {} = %s", one), [tenant]
        ).fetchone() or (0,)
        counted[one.table.name] = int(number)
        say("Rows", done, len(tables))
    for one in tables:
        _alter(target, one, "ENABLE TRIGGER USER")
        _alter(target, one, "FORCE ROW LEVEL SECURITY")
    return counted


def _open_walls(connection: psycopg.Connection, tables: Sequence[TenantTable]) -> None:
    for one in tables:
        _alter(connection, one, "NO FORCE ROW LEVEL SECURITY")


def _alter(connection: psycopg.Connection, one: TenantTable, how: str) -> None:
    connection.execute(sql.SQL("ALTER TABLE {} " + how).format(one.name))


def _of_tenant(statement: str, one: TenantTable) -> sql.Composed:
    return sql.SQL(statement).format(one.name, sql.Identifier(one.tenant_column))


def _kept(one: TenantTable) -> sql.Identifier:
    return sql.Identifier(f"todays_{one.table.name}"[:63])


def _columns(one: TenantTable) -> sql.Composed:
    names = [c.name for c in one.table.columns if c.computed is None]
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _keep_todays(connection: psycopg.Connection, one: TenantTable, tenant: UUID) -> None:
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT * FROM {} WHERE {} = {}"
        ).format(_kept(one), one.name, sql.Identifier(one.tenant_column), sql.Literal(tenant))
    )


def _put_todays_back(connection: psycopg.Connection, one: TenantTable) -> None:
    """All of today's rows, but those of what is gone with the cases made since."""
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} AS kept WHERE {}").format(
            one.name, _columns(one), _columns(one), _kept(one), _parents_are_there(one)
        )
    )


def _parents_are_there(one: TenantTable) -> sql.Composable:
    conditions: list[sql.Composable] = [sql.SQL("true")]
    for key in one.table.foreign_key_constraints:
        parent = key.referred_table
        if parent is one.table:
            continue  # a row of the same table stays as well
        nothing = sql.SQL(" OR ").join(
            sql.SQL("kept.{} IS NULL").format(sql.Identifier(element.parent.name))
            for element in key.elements
        )
        same = sql.SQL(" AND ").join(
            sql.SQL("parent.{} = kept.{}").format(
                sql.Identifier(element.column.name), sql.Identifier(element.parent.name)
            )
            for element in key.elements
        )
        conditions.append(
            sql.SQL("({} OR EXISTS (SELECT 1 FROM {} AS parent WHERE {}))").format(
                nothing, sql.Identifier("public", parent.name), same
            )
        )
    return sql.SQL(" AND ").join(conditions)


def _copy(
    source: psycopg.Connection, target: psycopg.Connection, one: TenantTable, tenant: UUID
) -> None:
    """Through a table of the transaction's own, so that what is there already is passed over."""
    incoming = sql.Identifier(f"incoming_{one.table.name}"[:63])
    target.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            incoming, _columns(one), one.name
        )
    )
    reading = sql.SQL("COPY (SELECT {} FROM {} WHERE {} = {}) TO STDOUT (FORMAT binary)").format(
        _columns(one), one.name, sql.Identifier(one.tenant_column), sql.Literal(tenant)
    )
    writing = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(incoming, _columns(one))
    with (
        source.cursor() as from_it,
        target.cursor() as to_it,
        from_it.copy(reading) as rows,
        to_it.copy(writing) as into,
    ):
        for chunk in rows:
            into.write(chunk)
    target.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT DO NOTHING").format(
            one.name, _columns(one), _columns(one), incoming
        )
    )
