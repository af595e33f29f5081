"""Every row of a database, to compare two seedings by."""

from __future__ import annotations

import psycopg
import sqlalchemy as sa
from psycopg import sql

from saas.config import Settings
from saas.database.embedded import ServerAddress
from saas.tables import Base

# What was loaded and noted when; what the database says of its own moment, the salt of the password
# and the secret of a key.
OF_ITS_OWN_MOMENT = {"reference_load", "row_change"}
NOT_TOLD = {"created_at", "password_hash", "token_hash"}


def everything(server: ServerAddress, settings: Settings) -> dict[str, list[str]]:
    """Every row of every table that a demonstration fills, as the superuser sees them."""
    rows: dict[str, list[str]] = {}
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name)) as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in OF_ITS_OWN_MOMENT:
                continue
            columns = [column.name for column in table.c if column.name not in NOT_TOLD]
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table.name)
            )
            rows[table.name] = sorted(map(str, connection.execute(query)))
    return rows
