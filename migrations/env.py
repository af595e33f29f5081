"""Run the migrations as the owner of the tables, in one transaction each."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.runtime.migration import MigrationInfo

from saas.config import Settings
from saas.database.base import Base
from saas.database.connections import owner_url
from saas.database.migrate import WAIT_CONCURRENTLY, WAIT_FOR_A_LOCK, include_object

settings: Settings = context.config.attributes["settings"]

HOW = {
    "target_metadata": Base.metadata,
    "include_object": include_object,
    "transaction_per_migration": True,
}

if context.is_offline_mode():
    written = context.config.attributes.get("written", lambda **_: None)
    context.configure(
        dialect_name="postgresql", literal_binds=True, on_version_apply=written, **HOW
    )
    with context.begin_transaction():
        context.execute(WAIT_FOR_A_LOCK)
        context.run_migrations()
else:
    say = context.config.attributes.get("say", lambda _: None)
    begun = time.monotonic()

    def tell(*, step: MigrationInfo, **_more: Any) -> None:
        global begun
        name = Path(step.up_revision.path).stem if step.up_revision else "a step back"
        say(f"{name}: {time.monotonic() - begun:.2f} s")
        begun = time.monotonic()

    def wait_longer(*asked: Any) -> None:
        _, cursor, statement, *_ = asked
        if " CONCURRENTLY " in statement:
            cursor.execute(WAIT_CONCURRENTLY)

    def wait_as_before(*asked: Any) -> None:
        _, cursor, statement, *_ = asked
        if " CONCURRENTLY " in statement:
            cursor.execute(WAIT_FOR_A_LOCK)

    engine = sa.create_engine(owner_url(settings), poolclass=sa.NullPool)
    with engine.connect() as connection:
        sa.event.listen(connection, "before_cursor_execute", wait_longer)
        sa.event.listen(connection, "after_cursor_execute", wait_as_before)
        context.configure(connection=connection, on_version_apply=tell, **HOW)
        with context.begin_transaction():
            # A migration that waits for a lock makes every page wait behind it.
            connection.exec_driver_sql(WAIT_FOR_A_LOCK)
            context.run_migrations()
