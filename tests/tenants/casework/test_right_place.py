"""A contact of another authority's area, or at an official's address, is asked about once more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from flask import Flask

from saas.identity.permissions import ProviderRole
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.casework.test_provider_door import REFERRAL

pytestmark = pytest.mark.usefixtures("standing_clock")
TWO_PLACES = "pcds,lad25cd,doterm\nM33 2AA,E08000009,\nSG1 1AA,E07000243,\n"


def asked(client: PageClient, page: str, fields: Mapping[str, object]) -> str:
    """What the page asks once more; empty where it goes on at once."""
    client.get(page)
    token = next(
        one.get("value")
        for one in client.page.all("input")
        if one.get("name") == "csrf_token" and one.inside("header") is None
    )
    answer = client.post(page, data={**fields, "csrf_token": token})
    return answer.text if answer.status_code == 200 else ""


def test_who_is_not_where_they_should_be_is_asked_about(fresh_app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(TWO_PLACES)
    loaded = fresh_app.test_cli_runner().invoke(args=["reference", "load-postcodes", str(file)])
    assert loaded.exit_code == 0
    make_tenant(fresh_app, slug="trafford", name="Trafford")
    desk = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    page = "/provider/trafford/cases/new"
    elsewhere = asked(desk, page, {**REFERRAL, "contact_postcode": "sg1-1aa"})
    assert "SG1 1AA lies in Hertfordshire" in elsewhere and "Trafford" in elsewhere
    official = asked(desk, page, {**REFERRAL, "contact_email": "sw@trafford.gov.uk"})
    assert "trafford.gov.uk is an official" in official and "looked-after child" in official
    at_home = {"contact_postcode": "M33 2AA", "contact_email": "jo@example.org"}
    opened = desk.submit(page, {**REFERRAL, **at_home})
    assert opened.status_code == 302, opened.text
    links = f"{opened.location.partition('?')[0]}"
    desk.get(links)
    contact = next(one.get("href") for one in desk.page.all("a") if "/contact/" in one.get("href"))
    changed = {"email": "sw@trafford.gov.uk", "postcode": "M33 2AA"}
    assert "trafford.gov.uk is an official" in asked(desk, contact, changed)
    assert desk.submit(contact, changed).status_code == 302, "whoever means it goes on"
