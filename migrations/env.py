"""Run the migrations as the owner of the tables, in one transaction each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from saas.config import Settings
from saas.database.base import Base
from saas.database.connections import owner_url
from saas.database.migrate import include_object

settings: Settings = context.config.attributes["settings"]

WAIT_FOR_A_LOCK = "SET lock_timeout = '5s'"
HOW = {
    "target_metadata": Base.metadata,
    "include_object": include_object,
    "transaction_per_migration": True,
}

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, **HOW)
    with context.begin_transaction():
        context.execute(WAIT_FOR_A_LOCK)
        context.run_migrations()
else:
    engine = sa.create_engine(owner_url(settings), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, **HOW)
        with context.begin_transaction():
            # A migration that waits for a lock makes every page wait behind it.
            connection.exec_driver_sql(WAIT_FOR_A_LOCK)
            context.run_migrations()
