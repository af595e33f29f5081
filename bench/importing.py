"""How fast a spreadsheet comes in: the template's case, many times over."""

from __future__ import annotations

import csv
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from saas.config import Settings
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.database.watched import watched
from saas.reference.progress import silent
from saas.reference.today import london_today
from tenants.imports.columns import COLUMNS
from tenants.imports.run import import_cases
from tenants.subscribers.models import Subscriber

ROWS = 2_000
ROUNDS = 5


def measured(settings: Settings) -> str:
    """Rows a second, the first time and again."""
    with scoped(Scope.public()) as session:
        tenant = session.scalars(sa.select(Subscriber.id).order_by(Subscriber.slug)).first()
    if tenant is None:
        raise RuntimeError("no authority subscribes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        _write(path)
        times = []
        for _ in range(2):
            begun = time.perf_counter()
            import_cases(
                path,
                tenant,
                at=dt.datetime.now(dt.UTC),
                today=london_today(),
                progress=silent,
            )
            times.append(time.perf_counter() - begun)
    first, again = (ROWS / took for took in times)
    return f"{ROWS:,} rows, {first:,.0f} a second; the same file again, {again:,.0f}"


def cost_of_noting(settings: Settings) -> str:
    """How much longer an import takes because each change of a row is written down."""
    with scoped(Scope.public()) as session:
        tenant = session.scalars(sa.select(Subscriber.id).order_by(Subscriber.slug)).first()
    if tenant is None:
        raise RuntimeError("no authority subscribes")
    taken: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        for turn in range(2 * ROUNDS):
            how = ("ENABLE", "DISABLE")[turn % 2]
            with owner_connection(settings) as connection:
                for table in watched():
                    connection.execute(f"ALTER TABLE {table} {how} TRIGGER note_insert".encode())
            _write(path, ROWS // 4, first=(turn + 1) * ROWS)
            begun = time.perf_counter()
            import_cases(
                path,
                tenant,
                at=dt.datetime.now(dt.UTC),
                today=london_today(),
                progress=silent,
            )
            taken[how].append(time.perf_counter() - begun)
    with owner_connection(settings) as connection:
        for table in watched():
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER note_insert".encode())
    noted, silently = statistics.median(taken["ENABLE"]), statistics.median(taken["DISABLE"])
    return (
        f"{ROWS // 4:,} rows in {noted:.2f} s, each change noted, against {silently:.2f} s,"
        f" {noted / silently:.2f} times"
    )


def _write(path: Path, rows: int = ROWS, first: int = 0) -> None:
    example = {column.name: column.example for column in COLUMNS if column.name != "upn"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(example))
        writer.writeheader()
        for number in range(first, first + rows):
            writer.writerow(
                {
                    **example,
                    "external_reference": f"OLD-{number}",
                    "child_family_name": f"Example{number}",
                }
            )
