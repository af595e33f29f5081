"""The pages of papers and messages in a real browser: two widths, three people's screens."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.access_links.family_links import family_of, make_link
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.notices.post import post_notices
from tests.accessibility import violations
from tests.chromium import serving, started, window
from tests.factories import (
    NOW,
    TODAY,
    Someone,
    actor,
    client_of,
    make_case,
    make_person,
    make_tenant,
)
from tests.saas.documents.files import PDF, docx

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("standing_clock")]


@dataclass
class Screens:
    """The service at an address, and where each person looks."""

    address: str
    adviser: Someone
    officer: Someone
    provider_case: str
    authority_case: str
    family_case: str


@pytest.fixture
def screens(fresh_app: Flask) -> Iterator[Screens]:
    tenant = make_tenant(fresh_app)
    case_id, _ = make_case(fresh_app, tenant)
    adviser = make_person(fresh_app, role=ProviderRole.COORDINATOR)
    officer = make_person(fresh_app, tenant=tenant, role=AuthorityRole.OFFICER)
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party, by=actor()).token
        actions.record_mias(
            session, case_id, on=TODAY, way="telephone", minutes=20,
            choice=Choice.MEDIATE, choice_on=TODAY, by=actor(), today=TODAY,
        )  # fmt: skip
        detail = {"meeting_on": "2026-07-09", "time": "10:00"}
        actions.add_fact(
            session, case_id, FactKind.MEETING_FIXED, TODAY, detail=detail, by=actor(), today=TODAY
        )
    provider_case = f"/provider/{tenant.slug}/cases/{case_id}"
    client = client_of(fresh_app, adviser)
    for side, name, content in (("family", "s.pdf", PDF), ("authority", "s.docx", docx())):
        given = {"kind": "summary", "side": side, "audience": "provider"}
        file = (io.BytesIO(content), name)
        sent = client.submit(f"{provider_case}/documents/new", {**given, "file": file})
        assert sent.status_code == 302
    post_notices(at=NOW)
    with serving(fresh_app) as address:
        yield Screens(
            address,
            adviser,
            officer,
            provider_case,
            f"/authority/cases/{case_id}",
            f"/family/{token}",
        )


def look(page: Page, address: str, width: int) -> None:
    """The page fits its width and axe finds nothing on it."""
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == width, address
    assert violations(page) == []


def test_every_page_fits_and_axe_finds_nothing_and_the_exchange_is_seen_by_both(
    fresh_app: Flask, screens: Screens, chromium: Path
) -> None:
    with started(chromium) as browser:

        def screen(someone: Someone | None, width: int) -> Page:
            return window(browser, fresh_app, screens.address, someone, width=width, axe=True)

        for width in (1280, 390):
            adviser, officer, family = (
                screen(who, width) for who in (screens.adviser, screens.officer, None)
            )
            at_case = screens.address + screens.provider_case
            for path in ("", "/documents/new", "/summaries", "/messages", "/family-notices"):
                look(adviser, at_case + path, width)
            look(adviser, f"{screens.address}/account/notices", width)
            look(officer, screens.address + screens.authority_case, width)
            look(officer, f"{screens.address}{screens.authority_case}/documents/new", width)
            look(family, f"{screens.address}{screens.family_case}/", width)
            look(family, f"{screens.address}{screens.family_case}/documents/new", width)

        link = re.compile("^ ?Summary for the meeting")
        officer.goto(screens.address + screens.authority_case)
        family.goto(f"{screens.address}{screens.family_case}/")
        assert officer.get_by_role("link", name=link).count() == 1
        assert family.get_by_role("link", name=link).count() == 1
        adviser.goto(f"{screens.address}{screens.provider_case}/summaries")
        adviser.get_by_role("button", name="Exchange the summaries now").click()
        adviser.get_by_text("Both sides can read both summaries now").wait_for()
        officer.reload()
        family.reload()
        assert officer.get_by_role("link", name=link).count() == 2
        assert family.get_by_role("link", name=link).count() == 2
