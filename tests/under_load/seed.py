"""Run with the release's own code and in its folder: two authorities of its demonstration.

It knows of that code what every release has had since 0028.
"""

from __future__ import annotations

import json
import sys

from saas.app import create_app
from saas.config import DEMO_PASSWORD, load_settings
from saas.database.connections import owner_connection
from saas.demo.load import last_whole_day, seed_demo
from saas.demo.people import familys_page
from saas.reference.load import load_reference
from saas.reference.progress import silent


def main() -> None:
    app = create_app(load_settings())
    settings = app.extensions["settings"]
    with app.app_context():
        with owner_connection(settings) as connection:
            load_reference(connection, silent, postcodes=False)
        slugs = {"trafford": "TRA", "luton": "LUT"}
        seed_demo(settings, last_whole_day(), silent, slugs=slugs)
    sys.stdout.write(json.dumps({"password": DEMO_PASSWORD, "family": familys_page()[0]}))


if __name__ == "__main__":
    main()
