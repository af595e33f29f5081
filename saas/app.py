"""The application as `flask --app saas.app`, the web and the tests start it."""

from __future__ import annotations

import gc

from flask import Flask

from saas import cli
from saas.config import Settings
from saas.service import build_service

# All that is imported stays: it is not looked through again, not even to end the process, which
# takes a command as long as a third of its start.
gc.freeze()
gc.set_threshold(50_000)


def create_app(settings: Settings | None = None, **overrides: object) -> Flask:
    """The service with its pages and its commands.

    Args:
        overrides: Flask configuration, for tests.

    Raises:
        SettingsError: when the environment does not describe a service that can run.
        UndeclaredViewError: when a view does not say who may see it.
    """
    app = build_service(settings, **overrides)
    cli.register(app)
    return app
