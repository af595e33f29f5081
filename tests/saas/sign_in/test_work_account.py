"""Issue 13: signing in by one's council's own account, against a real OpenID provider."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import PlatformAuditEntry
from saas.database.base import db
from saas.database.scope import Scope, scoped
from saas.identity import connections, team
from saas.identity.connections import ExternalIdentity, Kind
from saas.identity.models import Person
from saas.identity.permissions import AuthorityRole
from saas.identity.sessions import WebSession
from saas.sign_in import openid
from saas.sign_in.openid import GuardedSession
from saas.sign_in.work_account import AWAY_FOR
from tests.factories import Someone
from tests.openid_provider.control import RunningProvider
from tests.page_client import PageClient
from tests.saas.sign_in.conftest import browser
from tests.saas.sign_in.work_accounts import (
    AT,
    Council,
    claims_of,
    come_back,
    last_refusal,
    member,
    new_council,
    question,
    set_out,
    sign_in_there,
)


def test_who_was_invited_comes_in_by_the_councils_account(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client, answer = sign_in_there(app, council, officer)
    assert answer.status_code == 302 and answer.location == "/authority/"
    assert client.get("/authority/").status_code == 200
    with scoped(Scope.identity()) as session:
        known = session.scalars(
            sa.select(ExternalIdentity).where(ExternalIdentity.person_id == officer.id)
        ).one()
        assert (known.issuer, known.subject) == (council.provider.address, f"subject-{officer.id}")
        person = session.get(Person, officer.id)
        assert person is not None and person.last_signed_in_at is not None
    with scoped(Scope.all_cases(None)) as session:
        said = session.scalars(
            sa.select(PlatformAuditEntry.action).where(PlatformAuditEntry.person_id == officer.id)
        ).all()
        assert list(said) == ["signed in by work account"]


def test_what_is_asked_is_a_code_with_state_nonce_and_pkce_for_the_set_address(
    app: Flask, council: Council
) -> None:
    officer = member(app, council)
    client = browser(app)
    client.environ_base["HTTP_HOST"] = "evil.example"
    there = set_out(client, officer.email)
    asked = question(there)
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"http://127.0.0.1:5000{council.back}"
    assert asked["login_hint"] == officer.email
    again = question(set_out(browser(app), officer.email))
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 20 and asked[name] != again[name], name


def test_the_offer_depends_on_the_domain_alone(app: Flask, council: Council) -> None:
    officer = member(app, council)
    nobody = f"nobody-at-all@{council.domain}"
    pages = []
    for email in (officer.email, nobody):
        client = browser(app)
        client.submit("/sign-in", {"email": email})
        pages.append(client.get("/sign-in/work-account").text.replace(email, "EMAIL"))
    assert pages[0] == pages[1]
    client = browser(app)
    client.get("/sign-in")
    token = next(
        one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
    )
    sent = {"csrf_token": token, "way": "work-account", "email": "a@no-council.example"}
    answer = client.post("/sign-in", data=sent)
    assert answer.status_code == 422 and "sign in by a password" in answer.text


def test_nobody_is_made_by_signing_in(app: Flask, council: Council) -> None:
    stranger = Someone(uuid.uuid4(), f"stranger@{council.domain}", "Stranger")
    client, answer = sign_in_there(app, council, stranger)
    assert answer.status_code == 403 and "Nobody has invited you" in answer.text
    assert client.get("/account").status_code == 302
    with scoped(Scope.identity()) as session:
        assert session.scalar(sa.select(Person).where(Person.email == stranger.email)) is None
    assert last_refusal(council)["why"] == "not invited"


@pytest.mark.parametrize(
    ("lie", "why"),
    [
        ("wrong nonce", "invalid_claim: nonce"),
        ("no nonce", "missing_claim: nonce"),
        ("wrong audience", "invalid_claim: aud"),
        ("expired", "expired_token: exp"),
        ("from the future", "invalid_claim: nbf"),
        ("other issuer", "invalid_claim: iss"),
        ("alg none", "unsupported_algorithm"),
        ("symmetric", "unsupported_algorithm"),
        ("foreign key", "bad_signature"),
        ("no id token", "no id token"),
    ],
)
def test_a_token_that_is_not_right_lets_nobody_in(
    app: Flask, council: Council, lie: str, why: str
) -> None:
    officer = member(app, council)
    council.provider.tell(lies=[lie])
    client, answer = sign_in_there(app, council, officer)
    assert answer.status_code == 403 and "cannot accept" in answer.text
    assert last_refusal(council)["why"] == why
    assert client.get("/account").status_code == 302
    council.provider.tell(lies=[])
    _, answer = sign_in_there(app, council, officer, client=client)
    assert answer.status_code == 302, "and the same browser comes in when it is right"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email_verified": False}, "address not verified"),
        ({"email_verified": None}, "address not verified"),
        ({"email": None}, "address not verified"),
        ({"email": "officer@elsewhere.example"}, "another domain"),
        ({"sub": ""}, "invalid_claim: sub"),
        ({"sub": None}, "missing_claim: sub"),
    ],
)
def test_an_address_that_is_not_vouched_for_links_nobody(
    app: Flask, council: Council, claims: dict[str, Any], why: str
) -> None:
    officer = member(app, council)
    _, answer = sign_in_there(app, council, officer, **claims)
    assert answer.status_code == 403
    assert last_refusal(council)["why"] == why


def test_another_account_with_the_same_address_is_refused_until_a_manager_says_so(
    app: Flask, council: Council
) -> None:
    officer = member(app, council)
    sign_in_there(app, council, officer)
    _, answer = sign_in_there(app, council, officer, sub="made-anew")
    assert answer.status_code == 403 and "another account before" in answer.text
    refusal = last_refusal(council)
    assert (refusal["why"], refusal["person"]) == ("another subject", officer.id)
    manager = member(app, council, AuthorityRole.MANAGER)
    managers, _ = sign_in_there(app, council, manager)
    managers.submit(f"/authority/team/{officer.id}/another-work-account", {"checked": "go-on"})
    _, answer = sign_in_there(app, council, officer, sub="made-anew")
    assert answer.status_code == 302


def test_once_known_somebody_is_known_by_their_subject_whatever_their_address(
    app: Flask, council: Council
) -> None:
    officer = member(app, council)
    sign_in_there(app, council, officer)
    _, answer = sign_in_there(app, council, officer, email="married@elsewhere.example")
    assert answer.status_code == 302
    other = member(app, council)
    _, answer = sign_in_there(app, council, other, sub=f"subject-{officer.id}")
    with scoped(Scope.identity()) as session:
        begun = session.scalars(
            sa.select(WebSession.person_id).where(WebSession.person_id.in_([officer.id, other.id]))
        ).all()
    assert set(begun) == {officer.id}, "the subject decides, not the address"


def test_keys_may_be_changed_at_any_time(app: Flask, council: Council) -> None:
    officer = member(app, council)
    assert sign_in_there(app, council, officer)[1].status_code == 302
    council.provider.rotate()
    assert sign_in_there(app, council, officer)[1].status_code == 302


def test_what_this_browser_did_not_begin_ends_nowhere(app: Flask, council: Council) -> None:
    officer = member(app, council)
    council.provider.tell(person=claims_of(officer))
    theirs = browser(app)
    sent_back = council.provider.sign_in(set_out(theirs, officer.email))
    victim = browser(app)
    answer = come_back(victim, sent_back)
    assert answer.status_code == 400 and "begun in another window" in answer.text
    assert victim.get("/account").status_code == 302
    assert come_back(theirs, sent_back).status_code == 302
    assert come_back(theirs, sent_back).status_code == 400, "and once only"


def test_another_councils_service_cannot_answer_for_this_one(
    app: Flask, provider: RunningProvider, council: Council
) -> None:
    """What was begun with one connection does not end at another's address (mix-up)."""
    officer = member(app, council)
    council.provider.tell(person=claims_of(officer))
    client = browser(app)
    sent_back = council.provider.sign_in(set_out(client, officer.email))
    other = new_council(app, provider)
    answer = come_back(client, sent_back.replace(council.back, other.back))
    assert answer.status_code == 400
    named = come_back(client, f"{sent_back}&iss=https%3A%2F%2Fevil.example")
    assert named.status_code == 403 and last_refusal(council)["why"] == "another issuer"


def test_who_is_away_too_long_begins_again(
    app: Flask, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = member(app, council)
    council.provider.tell(person=claims_of(officer))
    client = browser(app)
    sent_back = council.provider.sign_in(set_out(client, officer.email))
    later = dt.datetime.now(dt.UTC) + AWAY_FOR + dt.timedelta(minutes=1)
    monkeypatch.setattr("saas.web.today.clock", lambda: later)
    assert come_back(client, sent_back).status_code == 400


def test_who_cancels_there_is_told_so(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client = browser(app)
    sent_back = council.provider.sign_in(set_out(client, officer.email), cancel=True)
    answer = come_back(client, sent_back)
    assert answer.status_code == 403 and "did not sign in there" in answer.text


def test_where_they_were_going_is_one_of_our_pages(app: Flask, council: Council) -> None:
    officer = member(app, council)
    council.provider.tell(person=claims_of(officer))
    for target, leads in (
        ("/account", "/account"),
        ("https://evil.example/", "/authority/"),
        ("//evil.example/", "/authority/"),
    ):
        client = browser(app)
        client.get("/sign-in")
        token = next(
            one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
        )
        client.post("/sign-in", data={"csrf_token": token, "email": officer.email, "next": target})
        there = client.get("/sign-in/work-account/go").location
        assert come_back(client, council.provider.sign_in(there)).location == leads


def test_when_it_does_not_answer_the_page_says_what_to_do(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client = browser(app)
    client.submit("/sign-in", {"email": officer.email})
    council.provider.tell(lies=["no answer"])
    openid.forget(council.provider.address)
    answer = client.get("/sign-in/work-account/go")
    assert answer.status_code == 503
    assert "does not answer" in answer.text and "by their password" in answer.text
    council.provider.tell(lies=[], person=claims_of(officer))
    openid.forget(council.provider.address)
    sent_back = council.provider.sign_in(client.get("/sign-in/work-account/go").location)
    council.provider.tell(lies=["no answer"])
    assert come_back(client, sent_back).status_code == 503


def test_a_suspension_holds_at_once_and_at_the_door(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client, _ = sign_in_there(app, council, officer)
    assert council.tenant is not None
    with scoped(Scope.identity()) as session:
        team.suspend_place(session, council.tenant.id, officer.id, at=AT)
    assert client.get("/authority/").status_code == 302
    _, answer = sign_in_there(app, council, officer)
    assert answer.status_code == 403 and last_refusal(council)["why"] == "no place"
    with scoped(Scope.identity()) as session:
        team.suspend_person(session, officer.id, at=AT)
    _, answer = sign_in_there(app, council, officer)
    assert answer.status_code == 403 and last_refusal(council)["why"] == "suspended"


def test_switching_it_off_signs_out_who_came_by_it(app: Flask, council: Council) -> None:
    officer = member(app, council)
    client, _ = sign_in_there(app, council, officer)
    with scoped(Scope.identity()) as session:
        found = session.get(connections.IdentityConnection, council.connection_id)
        assert found is not None
        connections.switch(session, found, on=False, at=AT)
    assert client.get("/authority/").status_code == 302
    # And one whose row says nothing of its end opens nothing either.
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(WebSession).where(WebSession.person_id == officer.id).values(ended_at=None)
        )
    assert client.get("/authority/").status_code == 302


def test_microsoft_is_believed_by_oid_and_user_principal_name(
    app: Flask, provider: RunningProvider
) -> None:
    council = new_council(app, provider, kind=Kind.MICROSOFT)
    officer = member(app, council)
    said: dict[str, Any] = {"oid": f"oid-{officer.id}", "preferred_username": officer.email}
    # Anybody of any tenant can write any address into this one.
    wrong: dict[str, Any] = {
        "email": officer.email,
        "email_verified": None,
        "oid": "x",
        "preferred_username": "",
    }
    assert sign_in_there(app, council, officer, **wrong)[1].status_code == 403
    assert last_refusal(council)["why"] == "address not verified"
    assert sign_in_there(app, council, officer, **{**said, "acct": 1})[1].status_code == 403
    assert last_refusal(council)["why"] == "guest"
    assert sign_in_there(app, council, officer, **{**said, "oid": None})[1].status_code == 403
    assert sign_in_there(app, council, officer, **said)[1].status_code == 302
    again: dict[str, Any] = {"oid": f"oid-{officer.id}", "sub": "of another registration"}
    assert sign_in_there(app, council, officer, **again)[1].status_code == 302


def test_google_is_believed_of_the_councils_own_accounts_alone(
    app: Flask, provider: RunningProvider
) -> None:
    council = new_council(app, provider, kind=Kind.GOOGLE)
    officer = member(app, council)
    for hosted in (None, "elsewhere.example"):
        assert sign_in_there(app, council, officer, hd=hosted)[1].status_code == 403
        assert last_refusal(council)["why"] == "not hosted"
    assert sign_in_there(app, council, officer, hd=council.domain)[1].status_code == 302


def test_no_connection_to_the_database_is_held_while_another_service_is_waited_for(
    app: Flask, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a slow service of one council would stop the pages of all."""
    officer = member(app, council)
    held: list[int] = []
    send = GuardedSession.request

    def noted(self: GuardedSession, method: str, url: str, **more: Any) -> Any:
        held.append(sum(engine.pool.checkedout() for engine in db.engines.values()))  # type: ignore[attr-defined]
        return send(self, method, url, **more)

    monkeypatch.setattr(GuardedSession, "request", noted)
    assert sign_in_there(app, council, officer)[1].status_code == 302
    assert len(held) >= 3 and set(held) == {0}, "discovery, keys and token"


@pytest.mark.parametrize("lie", ["odd discovery", "odd keys", "odd token"])
def test_what_cannot_be_understood_breaks_nothing(app: Flask, council: Council, lie: str) -> None:
    officer = member(app, council)
    client = browser(app)
    council.provider.tell(person=claims_of(officer))
    sent_back = council.provider.sign_in(set_out(client, officer.email))
    council.provider.tell(lies=[lie])
    openid.forget(council.provider.address)
    assert come_back(client, sent_back).status_code in (403, 503)


def test_who_comes_twice_at_once_is_one_and_the_same(app: Flask, council: Council) -> None:
    officer = member(app, council)
    council.provider.tell(person=claims_of(officer))
    clients = [browser(app), browser(app)]
    back = [council.provider.sign_in(set_out(one, officer.email)) for one in clients]
    answers: list[int] = []

    def arrive(client: PageClient, address: str) -> None:
        answers.append(come_back(client, address).status_code)

    threads = [
        threading.Thread(target=arrive, args=pair) for pair in zip(clients, back, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302, 302]
