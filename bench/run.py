"""What isolation and volume cost, in one run on this machine: `make bench`.

Only the ratios mean anything elsewhere. `BENCH_CASES` says how many cases are made: 20,000, or
what it is set to. `BENCH_CASES=1000000` is England's decade, and takes some twenty minutes and
12 GB of disk. `BENCH_DIR` is the folder for the database, where the usual one for temporary files
has not the room.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

# Run as a script: the project is found from here.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pydantic import SecretStr

from bench import (
    billing_run,
    everyday_pages,
    importing,
    packs,
    postcodes,
    public_pages,
    rates,
    scope_cost,
    statistics_pages,
)
from bench.asking import let_people_in
from saas.app import create_app
from saas.config import Settings
from saas.database.connections import owner_connection
from saas.database.embedded import EmbeddedPostgres
from saas.database.migrate import ensure_database
from saas.demo.scale import seed_scale
from saas.reference.load import load_reference
from saas.reference.progress import progress_bar, silent
from saas.reference.today import london_today

# One authority far larger than the others: its own pages are measured.
LARGEST, AT_THE_LARGEST = "trafford", 20_000
PROMISED_OF = 1_000_000


def main() -> None:
    cases = int(os.environ.get("BENCH_CASES", "20000"))
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=os.environ.get("BENCH_DIR")))
    # PostgreSQL runs as another user when root runs this.
    folder.chmod(0o711)
    # Registered first, so it runs last: after this process has given its lease back.
    atexit.register(_remove, folder)
    measure(Settings(environment="development", var_dir=folder, database_url=SecretStr("")), cases)


def _remove(folder: Path) -> None:
    EmbeddedPostgres(folder / "postgres").destroy()
    shutil.rmtree(folder, ignore_errors=True)


def measure(settings: Settings, cases: int) -> None:
    ensure_database(settings)
    with owner_connection(settings) as connection:
        load_reference(connection, silent, postcodes=False)
    app = create_app(settings)
    with app.app_context():
        begun = time.perf_counter()
        with progress_bar() as progress:
            seed_scale(settings, cases, london_today(), progress)
        took = time.perf_counter() - begun
        print(f"Seeding:  {cases:,} cases in {took:.1f} s, {cases / took:,.0f} a second")
        with progress_bar() as progress:
            seed_scale(settings, AT_THE_LARGEST, london_today(), progress, slugs=(LARGEST,))
        print(f"Import:   {importing.measured(settings)}")
        print(f"Noting:   {importing.cost_of_noting(settings)}")
        print("A read in an authority's sealed scope, against the same by a superuser's WHERE:")
        for line in scope_cost.measured(settings):
            print(f"  {line}")
        print(f"Invoices: {billing_run.measured(settings)}")
        print(f"Packs:    {packs.measured(settings)}")
        let_people_in()
    print(f"Seal:     {scope_cost.of_a_page(app)}")
    print("Pages of statistics, and how much longer the same takes from the facts:")
    results = statistics_pages.measure(app)
    for result in results:
        print(f"  {result}")
    kept = cases < PROMISED_OF or statistics_pages.promised(results)
    print("Pages of daily work:")
    for line in everyday_pages.measured(app):
        print(f"  {line}")
    print("The web server, asked through 8 connections: processor time and rate of a page:")
    for line in rates.measured(app, settings):
        print(f"  {line}")
    print("The postcode check, with every postcode of England:")
    for line in postcodes.measured(app):
        print(f"  {line}")
    print("Each public page, asked inside this process:")
    costs = public_pages.measured(app)
    for line in public_pages.said(costs):
        print(f"  {line}")
    kept = kept and all(cost.is_kept for cost in costs)
    if not kept:
        sys.exit(1)


if __name__ == "__main__":
    main()
