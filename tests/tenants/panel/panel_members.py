"""Members of the panel for tests."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from saas.identity.permissions import ProviderRole
from tenants.panel import actions
from tenants.panel.members import Part, RegisterBody
from tests.factories import Someone, actor, make_person


def papers(**changes: object) -> actions.MemberPapers:
    """Papers that hold for a year from the tests' day."""
    values: dict[str, object] = {
        "parts": frozenset({Part.MEDIATOR, Part.FACILITATOR}),
        "register_body": RegisterBody.CIVIL_MEDIATION_COUNCIL,
        "register_number": "CMC-1001",
        "register_expires_on": dt.date(2027, 6, 10),
        "cpd_hours": 20,
        "cpd_on": dt.date(2026, 4, 1),
        "dbs_on": dt.date(2025, 1, 6),
        "dbs_expires_on": dt.date(2028, 1, 6),
        "insurance_expires_on": dt.date(2027, 3, 31),
        "languages": "Urdu",
        "public_employer": None,
        "left_on": None,
        "areas": frozenset(),
    }
    return actions.MemberPapers(**{**values, **changes})  # type: ignore[arg-type]


def make_member(app: Flask, name: str = "Mo Mediator", **changes: object) -> Someone:
    """Somebody who signs in as a mediator and is on the panel."""
    someone = make_person(app, role=ProviderRole.MEDIATOR, name=name)
    actions.keep_member(someone.id, papers(**changes), by=actor())
    return someone
