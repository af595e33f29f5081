"""Visitors of the front door, and a council that they belong to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.referring.models import ReferralAttempt, ReferralDraft
from tests.factories import make_tenant
from tests.tenants.referring.journeys import Clock, Visitor, clock, visitors

__all__ = ["clock"]


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture(autouse=True)
def _nobody_came_before(app: Flask) -> None:
    """Counts are over all authorities, and other tests' visitors are not this one's."""
    with scoped(Scope.identity()) as session:
        session.execute(sa.delete(ReferralAttempt))
        session.execute(sa.delete(ReferralDraft))


@pytest.fixture
def people(app: Flask, clock: Clock) -> Iterator[Visitor]:
    return visitors(app, clock)


@pytest.fixture
def visitor(people: Iterator[Visitor]) -> Visitor:
    return next(people)
