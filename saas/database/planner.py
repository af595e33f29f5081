"""What the planner knows of the tables."""

from __future__ import annotations

from saas.config import Settings
from saas.database.connections import owner_connection


def learn_sizes(settings: Settings) -> None:
    """Tell the planner now what autovacuum would find out by and by.

    Of tables that have just been filled it knows nothing: it expects a row, joins each with all,
    and a statement that takes 0.1 seconds runs into its limit of time.
    """
    with owner_connection(settings) as connection:
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute("ANALYZE")
