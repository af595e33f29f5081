"""What was typed comes back after signing in again, to whoever typed it and to nobody else."""

from __future__ import annotations

import datetime as dt
from typing import cast

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.kept_entries import KEPT_FOR, forget_old_entries
from saas.identity.models import KeptEntry
from saas.identity.permissions import ProviderRole
from tests.factories import NOW, PASSWORD, Someone, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")
SAID = "Would like a break halfway"


@pytest.fixture
def coordinator(app: Flask) -> Someone:
    return make_person(app, role=ProviderRole.COORDINATOR)


def browser(app: Flask) -> PageClient:
    return cast(PageClient, app.test_client())


def signs_in(client: PageClient, someone: Someone) -> str:
    response = client.submit("/sign-in", {"email": someone.email, "password": PASSWORD})
    assert response.status_code == 302, response.text
    return str(response.headers["Location"])


def note_page(app: Flask) -> str:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    return f"/provider/{tenant.slug}/cases/{case_id}/notes"


def fields_of(client: PageClient, page: str) -> dict[str, str]:
    assert client.get(page).status_code == 200
    token = next(
        one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
    )
    return {"csrf_token": token, "text": SAID, "audience": "provider"}


def test_what_was_typed_comes_back_after_signing_in_again(app: Flask, coordinator: Someone) -> None:
    client = browser(app)
    page = note_page(app)
    signs_in(client, coordinator)
    fields = fields_of(client, page)
    client.delete_cookie("session")
    answer = client.post(page, data=fields)
    assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
    assert "What you entered is kept" in client.get(answer.headers["Location"]).text
    assert signs_in(client, coordinator) == "/what-you-entered"
    back = client.submit("/what-you-entered", {"checked": "change"})
    assert back.status_code == 307 and back.headers["Location"] == page
    shown = client.post(page, data={**_hidden(client), "checked": "change"})
    assert shown.status_code == 200 and SAID in shown.text
    assert "There is a problem" not in shown.text
    assert client.get("/what-you-entered").status_code == 302, "it is kept no longer"


def _hidden(client: PageClient) -> dict[str, str]:
    return {
        one.get("name"): one.get("value")
        for one in client.page.all("input")
        if one.get("type") == "hidden"
    }


def test_nobody_else_gets_it_and_it_is_sealed(app: Flask, coordinator: Someone) -> None:
    client = browser(app)
    page = note_page(app)
    signs_in(client, coordinator)
    fields = fields_of(client, page)
    client.delete_cookie("session")
    client.post(page, data=fields)
    with scoped(Scope.identity()) as session:
        sealed = session.scalars(
            sa.select(KeptEntry.sealed).where(KeptEntry.person_id == coordinator.id)
        ).one()
    assert SAID.encode() not in sealed
    another = make_person(app, role=ProviderRole.COORDINATOR)
    assert signs_in(client, another) != "/what-you-entered"


def test_whoever_signed_out_leaves_nothing(app: Flask, coordinator: Someone) -> None:
    client = browser(app)
    page = note_page(app)
    signs_in(client, coordinator)
    fields = fields_of(client, page)
    client.submit("/account", {}, action="/sign-out")
    client.post(page, data=fields)
    with scoped(Scope.identity()) as session:
        kept = sa.select(KeptEntry).where(KeptEntry.person_id == coordinator.id)
        assert session.scalars(kept).first() is None


def test_it_is_forgotten_after_some_hours(app: Flask, coordinator: Someone) -> None:
    client = browser(app)
    page = note_page(app)
    signs_in(client, coordinator)
    fields = fields_of(client, page)
    client.delete_cookie("session")
    client.post(page, data=fields)
    with scoped(Scope.identity()) as session:
        forget_old_entries(session, at=NOW + KEPT_FOR - dt.timedelta(minutes=1))
        kept = sa.select(KeptEntry).where(KeptEntry.person_id == coordinator.id)
        assert session.scalars(kept).first() is not None
        forget_old_entries(session, at=NOW + KEPT_FOR + dt.timedelta(minutes=1))
        assert session.scalars(kept).first() is None


def test_an_old_page_of_somebody_who_needs_no_sign_in_gives_it_back_at_once(app: Flask) -> None:
    client = browser(app)
    typed = client.post("/new-link", data={"csrf_token": "old", "email": "jo@example.com"})
    assert typed.status_code == 400
    assert "What you entered is still here" in typed.text and "jo@example.com" in typed.text


def test_a_password_is_never_given_back(app: Flask) -> None:
    client = browser(app)
    sent = client.post("/sign-in", data={"csrf_token": "old", "email": "a@b.c", "password": "pw"})
    assert sent.status_code == 400 and "This form is out of date" in sent.text
