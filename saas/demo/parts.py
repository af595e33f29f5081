"""Which parts of the demonstration are made: kept beside it, so that what broke off is completed.

In a schema of its own that no login role may enter. Production has no demonstration and so never
has it, and no migration knows it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import psycopg

from saas.config import Settings
from saas.database.base import ids_made_by
from saas.database.connections import owner_connection
from saas.demo.ids import MadeIds, morning
from saas.identity.signed_in import Tenancy


class DemoRefusedError(Exception):
    """The demonstration cannot be made here, or not so; the text says why."""


class DemoBrokenOffError(DemoRefusedError):
    """A part of the demonstration could not be made; the text says which and why."""

    def __init__(self, part: str, fault: BaseException) -> None:
        self.part = part
        why = f"{type(fault).__name__}: {fault}".strip().splitlines()[0]
        super().__init__(
            f"The demonstration is not whole: {part} could not be made ({why}).\n"
            "What was made before is kept, and the next start goes on with it. If it stops here"
            " again, `make demo-reset` begins afresh; please report the words in brackets."
        )


class Parts:
    """What is made of the demonstration in one database."""

    def __init__(self, settings: Settings, day: dt.date) -> None:
        """
        Args:
            day: the last day of what is told now.
        """
        self._settings = settings
        self._day = day
        with self._connection() as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS demonstration")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS demonstration.part"
                " (name text PRIMARY KEY, told_until date NOT NULL, whole boolean NOT NULL,"
                " tries integer NOT NULL DEFAULT 1)"
            )
            rows = connection.execute(
                "SELECT name, whole, tries FROM demonstration.part"
            ).fetchall()
        self._whole: dict[str, bool] = {name: whole for name, whole, _ in rows}
        # The ids of a part that broke off may be there already: another start makes others.
        tried = sum(tries for _, _, tries in rows)
        self._again = f", after {tried}" if tried else ""

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        with owner_connection(self._settings) as connection:
            yield connection

    def broken_off(self) -> list[str]:
        """The parts that were begun and not finished, in the order of their names."""
        return sorted(name for name, whole in self._whole.items() if not whole)

    def is_whole(self, name: str) -> bool:
        return self._whole.get(name, False)

    def was_begun(self, name: str) -> bool:
        return name in self._whole

    def seed_of(self, what: str) -> str:
        """What chance for ids begins from: the same at every first seeding of a day."""
        return f"{what}, {self._day.isoformat()}{self._again}"

    def ids_for(self, what: str, tenancies: Sequence[Tenancy]) -> AbstractContextManager[None]:
        """Ids that are the same at every first seeding, for what other parts' actions make."""
        slugs = ", ".join(tenancy.slug for tenancy in tenancies)
        ids = MadeIds(random.Random(self.seed_of(f"{what} of {slugs}")))
        return ids_made_by(partial(ids, morning(self._day)))

    @contextmanager
    def making(self, name: str) -> Iterator[None]:
        """The time in which a part is made.

        Raises:
            DemoBrokenOffError: it could not be.
        """
        self._note(name, whole=False)
        try:
            yield
        except DemoRefusedError:
            raise
        except Exception as fault:
            raise DemoBrokenOffError(name, fault) from fault
        self._note(name, whole=True)

    def _note(self, name: str, *, whole: bool) -> None:
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO demonstration.part (name, told_until, whole) VALUES (%s, %s, %s)"
                " ON CONFLICT (name) DO UPDATE SET whole = excluded.whole,"
                " tries = demonstration.part.tries + 1",
                [name, self._day, whole],
            )
        self._whole[name] = whole


def broken_off(settings: Settings) -> list[str]:
    """The parts that an earlier seeding of this database began and did not finish."""
    with owner_connection(settings) as connection:
        known = connection.execute("SELECT to_regclass('demonstration.part')").fetchone()
        if known is None or known[0] is None:
            return []
        rows = connection.execute(
            "SELECT name FROM demonstration.part WHERE NOT whole ORDER BY name"
        ).fetchall()
    return [name for (name,) in rows]


def told_until(settings: Settings) -> dt.date | None:
    """The last day that the demonstration tells of, or None if there is none yet."""
    with owner_connection(settings) as connection:
        known = connection.execute("SELECT to_regclass('demonstration.part')").fetchone()
        if known is None or known[0] is None:
            return None
        row = connection.execute("SELECT min(told_until) FROM demonstration.part").fetchone()
    return row[0] if row else None
