"""An authority to import for."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.identity.signed_in import Tenancy
from tests.factories import make_tenant


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)
