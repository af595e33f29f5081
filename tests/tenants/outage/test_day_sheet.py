"""What is printed for an hour without the service."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import PlatformAuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.outage.queries import day_sheet
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.walls.statements import recorded

pytestmark = pytest.mark.usefixtures("standing_clock")


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def meeting_on(app: Flask, day: dt.date, time: str) -> str:
    """A case whose meeting is fixed; its reference."""
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value, detail in (
            (FactKind.MIAS_HELD, None, {}),
            (FactKind.CHOICE_MADE, Choice.MEDIATE, {}),
            (FactKind.ADVISER_INFORMED_AUTHORITY, None, {}),
            (
                FactKind.MEETING_FIXED,
                None,
                {"meeting_on": day.isoformat(), "time": time, "place": "Sale Town Hall"},
            ),
        ):
            actions.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, 20),
                value=value,
                detail=detail,
                by=actor(),
                today=TODAY,
            )
    return reference


def test_the_sheet_has_meetings_clocks_and_telephone_numbers_and_no_childs_name(
    app: Flask,
) -> None:
    soon = meeting_on(app, TODAY + dt.timedelta(days=2), "10:30")
    far = meeting_on(app, TODAY + dt.timedelta(days=60), "11:00")
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = coordinator.get("/provider/outage")
    assert "Print the day sheet every morning" in page.text
    printed = coordinator.get("/provider/outage/day-sheet.pdf")
    assert printed.mimetype == "application/pdf"
    text = text_of(printed.get_data())
    meetings, clocks = text.split("Clocks overdue")
    assert soon in meetings and "10:30" in meetings and "Sale Town Hall" in meetings
    assert "Jo Example" in meetings and "07700 900000" in meetings
    assert far not in meetings
    assert "Ada" not in text
    assert "While the service is away" in clocks
    with scoped(Scope.all_cases(None)) as session:
        told = session.scalars(
            sa.select(PlatformAuditEntry.detail).where(
                PlatformAuditEntry.action == "day sheet printed"
            )
        ).all()
    assert told and told[-1]["meetings"] >= 1


def test_a_blank_certificate_says_what_the_law_says_and_leaves_room(app: Flask) -> None:
    adviser = client_of(app, make_person(app, role=ProviderRole.ADVISER))
    printed = adviser.get("/provider/outage/certificate-by-hand.pdf")
    text = text_of(printed.get_data())
    assert "section 55(4)" in text and "Signed" in text and "SEND Mediation" in text
    mediator = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    assert mediator.get("/provider/outage/day-sheet.pdf").status_code == 403


def test_a_longer_sheet_asks_no_more_questions(app: Flask) -> None:
    def asked() -> int:
        with scoped(Scope.all_cases(None)) as session, recorded() as statements:
            day_sheet(session, today=TODAY)
        return len(statements)

    meeting_on(app, TODAY + dt.timedelta(days=1), "09:00")
    before = asked()
    for day in range(1, 4):
        meeting_on(app, TODAY + dt.timedelta(days=day), "14:00")
    assert asked() == before


def test_what_has_no_room_is_told(app: Flask) -> None:
    meeting_on(app, TODAY, "09:00")
    meeting_on(app, TODAY, "12:00")
    with scoped(Scope.all_cases(None)) as session:
        assert day_sheet(session, today=TODAY, most=1).more
        assert not day_sheet(session, today=TODAY, most=10_000).more
