"""Issue 13: a second proof of who somebody is: codes, recovery codes, and proving it once more."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.actions import FREE_FROM_ANYWHERE
from saas.identity.models import Person
from saas.identity.permissions import AuthorityRole
from saas.identity.second_factor import STEP_SECONDS, ProofRefused, check_code, is_code
from saas.identity.sessions import PROVEN_FOR, WebSession
from saas.identity.signed_in import Tenancy
from tests.factories import PASSWORD, Someone, client_of, make_person
from tests.page_client import PageClient
from tests.saas.sign_in.conftest import browser, sign_in


def set_up(app: Flask, someone: Someone) -> tuple[PageClient, str, list[str]]:
    """A telephone of the person: the browser it was set up in, its secret, the recovery codes."""
    client = client_of(app, someone)
    page = client.get("/account/security/telephone").text
    found = re.search(r"<strong>([A-Z2-7 ]+)</strong>", page)
    assert found
    secret = found[1].replace(" ", "")
    picture = client.get("/account/security/telephone/picture")
    assert picture.mimetype == "image/svg+xml" and picture.headers["Cache-Control"] == "no-store"
    with client.session_transaction() as cookie:
        cookie["setting_up"] = secret
    said = {
        "csrf_token": token_of(client, "/account/security"),
        "code": pyotp.TOTP(secret).now(),
    }
    shown = client.post("/account/security/telephone", data=said, follow_redirects=True)
    codes = re.findall(r"<code>([A-Z0-9-]+)</code>", shown.text)
    assert len(codes) == 10
    return client, secret, codes


def token_of(client: PageClient, address: str) -> str:
    client.get(address)
    tokens = [one for one in client.page.all("input") if one.get("name") == "csrf_token"]
    return tokens[0].get("value")


def signed_in_long_ago(someone: Someone) -> None:
    with scoped(Scope.identity()) as session:
        long_ago = dt.datetime.now(dt.UTC) - PROVEN_FOR - dt.timedelta(minutes=1)
        session.execute(
            sa.update(WebSession)
            .where(WebSession.person_id == someone.id)
            .values(proven_at=long_ago)
        )


def next_code(secret: str, steps: int = 1) -> str:
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=STEP_SECONDS * steps)
    return pyotp.TOTP(secret).at(at)


def test_with_a_telephone_the_password_alone_lets_nobody_in(app: Flask, officer: Someone) -> None:
    _, secret, _ = set_up(app, officer)
    client = browser(app)
    answer = sign_in(client, officer)
    assert answer.headers["Location"] == "/sign-in/second"
    assert client.get("/account").status_code == 302, "not in yet"
    wrong = client.submit("/sign-in/second", {"code": "000000"})
    assert wrong.status_code == 422 and "not right" in wrong.text
    answer = client.submit("/sign-in/second", {"code": next_code(secret)})
    assert answer.headers["Location"] == "/authority/"
    assert client.get("/account").status_code == 200


def test_no_code_is_taken_twice(app: Flask, officer: Someone) -> None:
    _, secret, _ = set_up(app, officer)
    code = next_code(secret)
    first, second = browser(app), browser(app)
    for client in (first, second):
        sign_in(client, officer)
    assert first.submit("/sign-in/second", {"code": code}).status_code == 302
    assert second.submit("/sign-in/second", {"code": code}).status_code == 422


def test_a_recovery_code_lets_in_once(app: Flask, officer: Someone) -> None:
    _, _, codes = set_up(app, officer)
    for expected in (302, 422):
        client = browser(app)
        sign_in(client, officer)
        answer = client.submit("/sign-in/second", {"code": codes[0].lower()})
        assert answer.status_code == expected


def test_the_secret_and_the_codes_are_in_the_database_for_nobody_to_read(
    app: Flask, officer: Someone
) -> None:
    _, secret, codes = set_up(app, officer)
    with scoped(Scope.identity()) as session:
        person = session.get(Person, officer.id)
        assert person is not None and person.code_secret is not None
        assert secret.encode() not in person.code_secret
        kept = session.scalars(sa.text("SELECT code_hash FROM recovery_code")).all()
    assert kept and all(one.startswith("$argon2id$") for one in kept)
    assert not any(code in one for code in codes for one in kept)
    code, at = next_code(secret), dt.datetime.now(dt.UTC)
    with scoped(Scope.identity()) as session:  # noqa: SIM117  (its end must see no error)
        # Another secret opens nothing: it was sealed by ours.
        with pytest.raises(ProofRefused):
            check_code(session, officer.id, code, at=at, secret="another")


def test_a_code_of_the_step_before_or_after_is_taken_and_none_further() -> None:
    secret, at = pyotp.random_base32(), dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
    for steps, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        moment = at + dt.timedelta(seconds=STEP_SECONDS * steps)
        assert (is_code(secret, pyotp.TOTP(secret).at(moment), at=at) is not None) is taken


def test_wrong_codes_are_slowed_down_like_wrong_passwords(app: Flask, officer: Someone) -> None:
    set_up(app, officer)
    client = browser(app, "192.0.2.77")
    sign_in(client, officer)
    said = [client.submit("/sign-in/second", {"code": "111111"}).text for _ in range(7)]
    assert "too many attempts" not in said[0] and "too many attempts" in said[-1]


def test_before_what_takes_data_away_the_password_is_asked_for_again(
    app: Flask, tenant: Tenancy
) -> None:
    someone = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    client = client_of(app, someone)
    assert client.get("/authority/cases.csv").status_code == 200
    signed_in_long_ago(someone)
    asked = client.get("/authority/cases.csv")
    assert asked.headers["Location"].startswith("/confirm-it-is-you?next=")
    wrong = client.submit(asked.headers["Location"], {"password": "not this one"})
    assert wrong.status_code == 422
    right = client.submit(asked.headers["Location"], {"password": PASSWORD})
    assert right.headers["Location"] == "/authority/cases.csv"
    assert client.get("/authority/cases.csv").status_code == 200


def test_what_was_typed_is_kept_while_the_password_is_asked_for(
    app: Flask, tenant: Tenancy
) -> None:
    someone = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    client = client_of(app, someone)
    signed_in_long_ago(someone)
    typed = {"name": "New Officer", "email": "new@council.example", "role": "officer"}
    asked = client.submit("/authority/team/invite", typed)
    assert "kept=1" in asked.headers["Location"]
    right = client.submit(asked.headers["Location"], {"password": PASSWORD})
    assert right.headers["Location"] == "/what-you-entered"
    assert "New Officer" in client.get("/what-you-entered").text


def test_without_a_second_proof_nothing_opens_where_it_is_needed(
    app: Flask, officer: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["settings"].model_copy(update={"environment": "production"})
    client = client_of(app, officer)
    monkeypatch.setitem(app.extensions, "settings", settings)
    answer = client.get("/authority/")
    assert answer.headers["Location"] == "/account/security?needed=1"
    assert client.get("/account/security?needed=1").status_code == 200


def test_how_one_signs_in_is_changed_by_who_proved_themselves_lately(
    app: Flask, officer: Someone
) -> None:
    client = client_of(app, officer)
    signed_in_long_ago(officer)
    answer = client.submit("/account/security/telephone", {"code": "000000"})
    assert answer.headers["Location"].startswith("/confirm-it-is-you")


def test_the_last_administrator_gets_a_new_second_proof_at_the_command_line(
    app: Flask, officer: Someone
) -> None:
    inside, _, _ = set_up(app, officer)
    told = app.test_cli_runner().invoke(args=["people", "new-second-proof", officer.email])
    assert told.exit_code == 0, told.output
    assert inside.get("/account").status_code == 302
    assert sign_in(browser(app), officer).headers["Location"] == "/authority/"


def test_codes_are_guessed_from_many_places_no_faster(app: Flask, officer: Someone) -> None:
    set_up(app, officer)
    for number in range(FREE_FROM_ANYWHERE):
        client = browser(app, f"198.51.100.{number}")
        sign_in(client, officer)
        client.submit("/sign-in/second", {"code": "000000"})
        client.delete_cookie("device")
    client = browser(app, "203.0.113.7")
    answer = sign_in(client, officer)
    assert answer.status_code == 422 and "too many attempts" in answer.text
