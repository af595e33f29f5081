"""The demonstration's papers and messages: there, believable, and the same at every seeding."""

from __future__ import annotations

import datetime as dt
import random
import re

import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.demo.case_papers import example_pdf, seed_papers
from saas.documents.media import PDF, recognise
from saas.identity.permissions import AuthorityRole
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.papers.models import CaseDocument
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant


def test_an_example_is_a_pdf_that_says_what_it_stands_for() -> None:
    page = example_pdf("Decision letter", "Case A-2026-0001")
    assert recognise("example.pdf", page) is PDF
    assert b"(Decision letter)" in page and b"invented" in page
    (start,) = re.findall(rb"startxref\n(\d+)", page)
    assert page[int(start) :].startswith(b"xref")


def test_open_cases_get_papers_that_open_and_messages_that_were_sent(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    tenant = make_tenant(fresh_app)
    officer = make_person(fresh_app, tenant=tenant, role=AuthorityRole.OFFICER)
    for held in (False, True):
        case_id, _ = make_case(fresh_app, tenant)
        with scoped(Scope.provider(tenant.id, None)) as session:
            start = TODAY - dt.timedelta(days=12)
            actions.record_mias(
                session, case_id, on=start, way="telephone", minutes=20,
                choice=Choice.MEDIATE, choice_on=start, by=actor(), today=TODAY,
            )  # fmt: skip
            meeting = TODAY - dt.timedelta(days=1) if held else TODAY + dt.timedelta(days=9)
            detail = {"meeting_on": meeting.isoformat(), "time": "10:00"}
            actions.add_fact(
                session, case_id, FactKind.MEETING_FIXED, start,
                detail=detail, by=actor(), today=TODAY,
            )  # fmt: skip
            if held:
                actions.add_fact(
                    session, case_id, FactKind.MEETING_HELD, meeting, by=actor(), today=TODAY
                )
    rng = random.Random("papers")
    papers, messages = seed_papers(tenant, officer="An Officer", cases=5, today=TODAY, rng=rng)
    assert papers >= 4 and messages > 0
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(CaseDocument.kind, CaseDocument.audience, CaseDocument.storage_key)
        ).all()
        states = set(session.scalars(sa.text("SELECT DISTINCT state FROM message")))
    assert {row.audience for row in rows if row.kind == "summary"} >= {"family", "parties"}
    assert all((fresh_settings.documents_folder / row.storage_key).is_file() for row in rows)
    assert states <= {"sent", "bounced"}
    client = client_of(fresh_app, officer)
    page = client.get(f"/authority/cases/{case_id}").text
    (first, *_) = re.findall(r'href="([^"]*/documents/[0-9a-f-]{36})"', page)
    with client.get(first) as file:
        assert file.data.startswith(b"%PDF-")
