"""The service, put together."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.web.access import UndeclaredViewError, declared_access


def test_it_answers_that_it_is_ready(app: Flask) -> None:
    response = app.test_client().get("/health/ready")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ok", "database": "ok"}


@pytest.mark.parametrize("path", ["/", "/sign-in", "/accessibility", "/privacy", "/help"])
def test_anyone_can_read_the_public_pages(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 200


def test_a_view_that_declares_no_permission_stops_the_service(settings: Settings) -> None:
    app = create_app(settings, TESTING=True)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    with pytest.raises(UndeclaredViewError, match="forgotten"):
        declared_access(app)
