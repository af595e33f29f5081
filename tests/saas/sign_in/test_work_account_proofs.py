"""Issue 13: passwords beside a council's account, the second proof, and proving it once more."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity import second_factor, team
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole
from saas.identity.sessions import PROVEN_FOR, WebSession
from tests.factories import Someone, make_tenant
from tests.openid_provider.control import RunningProvider
from tests.page_client import PageClient
from tests.saas.sign_in.conftest import browser, sign_in
from tests.saas.sign_in.test_links import mail_folder, mails_to
from tests.saas.sign_in.work_accounts import (
    AT,
    Council,
    claims_of,
    come_back,
    last_refusal,
    member,
    new_council,
    question,
    sign_in_there,
)

__all__ = ["mail_folder"]  # a fixture: `folder`

SAYS = "or people of your organisation sign in by their work account"


def give_telephone(app: Flask, someone: Someone) -> str:
    """A telephone that shows the person codes; its secret."""
    secret = second_factor.new_secret()
    long_ago = AT - dt.timedelta(days=1)
    with scoped(Scope.identity()) as session:
        second_factor.keep_secret(
            session, someone.id, secret, pyotp.TOTP(secret).at(long_ago), at=long_ago,
            secret=app.extensions["settings"].session_secret,
        )  # fmt: skip
    return secret


def prove_themselves_long_ago(someone: Someone) -> None:
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(WebSession)
            .where(WebSession.person_id == someone.id)
            .values(proven_at=dt.datetime.now(dt.UTC) - PROVEN_FOR - dt.timedelta(minutes=1))
        )


def is_in(client: PageClient) -> bool:
    return client.get("/account").status_code == 200


def test_passwords_are_taken_beside_it_unless_the_council_says_otherwise(
    app: Flask, provider: RunningProvider, council: Council
) -> None:
    assert is_in(_by_password(app, member(app, council)))
    strict = new_council(app, provider, must_use=True)
    officer = member(app, strict)
    client = browser(app)
    answer = sign_in(client, officer)
    assert answer.status_code == 422 and SAYS in answer.text and not is_in(client)
    # The same words for a wrong password, and for an address that nobody has.
    wrong = sign_in(browser(app), officer, "not the password")
    nobody = Someone(uuid.uuid4(), f"nobody@{strict.domain}", "Nobody")
    unknown = sign_in(browser(app), nobody)
    for other in (wrong, unknown):
        assert SAYS in other.text and other.status_code == 422
    assert sign_in_there(app, strict, officer)[1].status_code == 302


def test_a_manager_keeps_the_password_for_the_day_on_which_it_does_not_answer(
    app: Flask, provider: RunningProvider
) -> None:
    strict = new_council(app, provider, must_use=True)
    manager = member(app, strict, AuthorityRole.MANAGER)
    provider.tell(lies=["no answer"])
    client = _by_password(app, manager)
    assert client.get("/authority/team").status_code == 200
    client.submit("/authority/team/sign-in", action="/authority/team/sign-in/switch-off")
    assert is_in(_by_password(app, member(app, strict)))


def test_a_password_opens_the_other_places_of_whoever_has_some(
    app: Flask, provider: RunningProvider
) -> None:
    strict, other = new_council(app, provider, must_use=True), make_tenant(app)
    officer = member(app, strict)
    with scoped(Scope.identity()) as session:
        session.add(
            Membership(
                tenant_id=other.id, person_id=officer.id, role=AuthorityRole.OFFICER.value,
                since=dt.date(2026, 5, 1),
            )
        )  # fmt: skip
    client = _by_password(app, officer)
    page = client.get("/account").text
    assert other.name in page and strict.tenant is not None and strict.tenant.name not in page
    assert f"/places/{strict.tenant.id}" not in client.get("/account/security").text


def test_sessions_by_a_password_open_it_no_more_once_it_is_asked_for(
    app: Flask, council: Council
) -> None:
    client = _by_password(app, member(app, council))
    assert client.get("/authority/").status_code == 200
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.text("UPDATE identity_connection SET must_use = true WHERE id = :id"),
            {"id": council.connection_id},
        )
    assert client.get("/authority/").status_code == 403


@pytest.mark.parametrize(
    ("claims", "asks_second", "leads"),
    [
        ({}, False, "/sign-in/second"),
        ({"amr": ["pwd"]}, False, "/sign-in/second"),
        ({"amr": ["pwd", "otp", "mfa"]}, False, "/authority/"),
        ({"acr": "phr"}, False, "/authority/"),
        ({"acr": "urn:mace:incommon:iap:silver"}, False, "/sign-in/second"),
        ({}, True, "/authority/"),
    ],
)
def test_their_second_proof_is_taken_where_they_say_that_they_asked_for_one(
    app: Flask, provider: RunningProvider, claims: dict[str, Any], asks_second: bool, leads: str
) -> None:
    council = new_council(app, provider, asks_second=asks_second)
    officer = member(app, council)
    secret = give_telephone(app, officer)
    client, answer = sign_in_there(app, council, officer, **claims)
    assert answer.location == leads
    if leads == "/sign-in/second":
        assert not is_in(client)
        answer = client.submit("/sign-in/second", {"code": pyotp.TOTP(secret).now()})
        assert answer.location == "/authority/"
    assert is_in(client)


def test_without_any_second_proof_nothing_opens_where_one_is_needed(
    app: Flask, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, careful = member(app, council), member(app, council)
    clients = [
        sign_in_there(app, council, officer)[0],
        sign_in_there(app, council, careful, amr=["mfa"])[0],
    ]
    monkeypatch.setattr(
        type(app.extensions["settings"]), "asks_for_second_factor", property(lambda _: True)
    )
    first, second = (client.get("/authority/") for client in clients)
    assert first.status_code == 302 and first.location.startswith("/account/security")
    assert second.status_code == 200


def test_before_an_export_they_prove_it_at_their_council_just_now(
    app: Flask, council: Council
) -> None:
    manager = member(app, council, AuthorityRole.MANAGER)
    client, _ = sign_in_there(app, council, manager)
    council.provider.tell(signed_in_ago=7_200)
    prove_themselves_long_ago(manager)
    address = "/authority/team/invite"
    entered = {
        "name": "New Officer", "email": f"n{uuid.uuid4().hex[:8]}@{council.domain}",
        "role": "officer",
    }  # fmt: skip
    asked = client.submit(address, entered)
    assert asked.status_code == 302 and asked.location.startswith("/confirm-it-is-you")
    page = client.get(asked.location)
    assert page.status_code == 200 and "Your password" not in page.text
    links = [one.get("href") for one in client.page.all("a") if "Continue" in one.text]
    there = client.get(links[0]).location
    assert question(there)["prompt"] == "login" and question(there)["max_age"] == "0"
    sent_back = council.provider.sign_in(there)
    assert come_back(client, sent_back).location == "/what-you-entered"
    # What was typed was kept, and is sent by whoever is asked for it.
    kept = client.submit("/what-you-entered", {"checked": "change"})
    assert kept.status_code == 307 and kept.location == address


def test_who_was_not_asked_just_now_or_is_somebody_else_has_proved_nothing(
    app: Flask, council: Council
) -> None:
    manager = member(app, council, AuthorityRole.MANAGER)
    client, _ = sign_in_there(app, council, manager)
    prove_themselves_long_ago(manager)

    def tried(**told: object) -> str:
        council.provider.tell(**told)
        there = client.get("/confirm-it-is-you/work-account").location
        answer = come_back(client, council.provider.sign_in(there))
        assert answer.status_code == 403 and "It is not confirmed" in answer.text
        return answer.text

    assert "asked you just now" in tried(signed_in_ago=7_200, listens_to_prompt=False)
    other = member(app, council)
    assert "somebody else" in tried(person=claims_of(other), listens_to_prompt=True)
    silent = claims_of(manager, auth_time=None)
    assert "asked you just now" in tried(person=silent)
    assert client.get("/authority/team/invite").status_code == 200
    refused = client.submit("/authority/team/invite", {"name": "N", "email": "n@n.example",
                            "role": "officer"})  # fmt: skip
    assert refused.location.startswith("/confirm-it-is-you")
    assert last_refusal(council)["why"] == "not proved again"


def test_a_code_of_ours_proves_it_too_and_no_password_does(app: Flask, council: Council) -> None:
    manager = member(app, council, AuthorityRole.MANAGER)
    secret = give_telephone(app, manager)
    client, _ = sign_in_there(app, council, manager, amr=["mfa"])
    prove_themselves_long_ago(manager)
    client.get("/confirm-it-is-you")
    fields = {one.get("name") for one in client.page.all("input")}
    assert "password" not in fields and "code" in fields
    wrong = client.submit("/confirm-it-is-you", {"code": "000000"})
    assert wrong.status_code == 422
    right = client.submit("/confirm-it-is-you", {"code": pyotp.TOTP(secret).now()})
    assert right.status_code == 302
    assert client.submit("/authority/team/invite", {
        "name": "New", "email": f"n{uuid.uuid4().hex[:8]}@{council.domain}", "role": "officer",
    }).location == "/authority/team"  # fmt: skip


def test_who_came_by_a_password_proves_it_by_the_password(app: Flask, council: Council) -> None:
    client = _by_password(app, member(app, council))
    away = client.get("/confirm-it-is-you/work-account?next=/account")
    assert away.location == "/confirm-it-is-you?next=/account"
    assert "Your password" in client.get(away.location).text


def test_an_invitation_leads_to_the_work_account_where_that_is_the_only_way(
    app: Flask, provider: RunningProvider, folder: Path
) -> None:
    strict = new_council(app, provider, must_use=True)
    assert strict.tenant is not None
    with scoped(Scope.identity()) as session:
        person_id = team.invite(
            session, email=f"new@{strict.domain}", name="New", by="A manager",
            at=dt.datetime.now(dt.UTC), tenant_id=strict.tenant.id, role=AuthorityRole.OFFICER,
        )  # fmt: skip
    (mail,) = mails_to(app, folder, f"new@{strict.domain}")
    body = mail.get_body(("plain",))
    assert body is not None
    letter = body.get_content()
    assert "Sign in by your work account" in letter and "Choose a password" not in letter
    with scoped(Scope.identity()) as session:
        (member_,) = team.team(session, strict.tenant.id, only=person_id)
        assert not member_.joined
    someone = Someone(person_id, f"new@{strict.domain}", "New")
    assert sign_in_there(app, strict, someone)[1].status_code == 302
    with scoped(Scope.identity()) as session:
        (member_,) = team.team(session, strict.tenant.id, only=person_id)
        assert member_.joined and member_.linked
        person = session.get(Person, person_id)
        assert person is not None and person.password_hash == team.NO_PASSWORD


def _by_password(app: Flask, someone: Someone) -> PageClient:
    client = browser(app)
    assert sign_in(client, someone).status_code == 302
    return client
