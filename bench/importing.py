"""How fast a spreadsheet comes in: the template's case, many times over."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.reference.progress import silent
from saas.reference.today import london_today
from tenants.imports.columns import COLUMNS
from tenants.imports.run import import_cases
from tenants.subscribers.models import Subscriber

ROWS = 2_000


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


def _write(path: Path) -> None:
    example = {column.name: column.example for column in COLUMNS if column.name != "upn"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(example))
        writer.writeheader()
        for number in range(ROWS):
            writer.writerow(
                {
                    **example,
                    "external_reference": f"OLD-{number}",
                    "child_family_name": f"Example{number}",
                }
            )
