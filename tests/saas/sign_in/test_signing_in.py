"""Issue 13: signing in is slowed down for who guesses, and closed to nobody by strangers."""

from __future__ import annotations

import datetime as dt

import pytest
from argon2 import Type
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity import passwords
from saas.identity.actions import (
    FREE_FROM_ANYWHERE,
    FREE_FROM_ONE_SOURCE,
    SignInRefusedError,
    TooManyAttemptsError,
    sign_in,
)
from saas.identity.passwords import PasswordRefused, check_password
from tests.conftest import PRODUCTIONS_HASHER
from tests.factories import PASSWORD, Someone
from tests.saas.sign_in.conftest import browser
from tests.saas.sign_in.conftest import sign_in as sign_in_by

AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)
SECRET = "a secret of this test alone"


def guess(
    someone: Someone,
    password: str = "wrong",
    *,
    at: dt.datetime = AT,
    source: str = "192.0.2.9",
    known: bool = False,
) -> bool:
    with scoped(Scope.identity()) as session:
        try:
            sign_in(
                session, email=someone.email, password=password, at=at, secret=SECRET,
                source=source, known_person=someone.id if known else None,
            )  # fmt: skip
        except TooManyAttemptsError:
            raise
        except SignInRefusedError:
            return False
        return True


def test_each_further_wrong_password_doubles_the_wait(app: Flask, officer: Someone) -> None:
    for _ in range(FREE_FROM_ONE_SOURCE):
        assert not guess(officer)
    waits, at = [], AT
    for _ in range(4):
        with pytest.raises(TooManyAttemptsError) as slow:
            guess(officer, at=at)
        waits.append(slow.value.wait.total_seconds())
        at += slow.value.wait
        assert not guess(officer, at=at), "after the wait one more try is heard"
    assert waits == [30, 60, 120, 240]


def test_strangers_who_guess_do_not_keep_out_who_signed_in_by_this_browser(
    app: Flask, officer: Someone
) -> None:
    for number in range(FREE_FROM_ANYWHERE):
        assert not guess(officer, source=f"198.51.100.{number}")
    with pytest.raises(TooManyAttemptsError):
        guess(officer, PASSWORD, source="203.0.113.5")
    assert guess(officer, PASSWORD, source="203.0.113.5", known=True)


def test_guessing_at_one_person_slows_down_no_other(
    app: Flask, officer: Someone, tenant: object
) -> None:
    for _ in range(FREE_FROM_ONE_SOURCE + 1):
        try:
            guess(officer)
        except TooManyAttemptsError:
            break
    stranger = Someone(officer.id, "nobody@example.example", "Nobody")
    assert not guess(stranger), "no wait for an address that was not guessed at"


def test_who_is_not_known_is_answered_in_the_same_words_after_the_same_work(
    app: Flask, officer: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []
    known = passwords.password_matches

    def noted(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return known(password_hash, password)

    monkeypatch.setattr(passwords, "password_matches", noted)
    client = browser(app)
    for email in (officer.email, "nobody-at-all@example.example"):
        answer = client.submit("/sign-in", {"email": email, "password": "wrong-password-x"})
        assert answer.text.count("The e-mail address or the password is not right") == 2
    assert len(checked) == 2, "one argon2 check for either"
    assert all(one.startswith("$argon2id$") for one in checked)


def test_a_password_costs_whoever_guesses_it_what_rfc_9106_asks() -> None:
    """Its second recommendation, of 64 MiB. The other tests hash more cheaply."""
    hasher = PRODUCTIONS_HASHER
    assert hasher.type is Type.ID
    assert hasher.memory_cost >= 64 * 1024
    assert hasher.time_cost >= 3
    assert hasher.parallelism >= 4


def test_a_planted_session_opens_nothing_after_signing_in(app: Flask, officer: Someone) -> None:
    client = browser(app)
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    assert sign_in_by(client, officer).status_code == 302
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "12 characters or more"),
        ("x" * 129, "at most 128"),
        ("123qweasdzxc", "lists of leaked"),
        ("Password12345", "easily guessed"),
        ("mediation2026", "easily guessed"),
        ("robinrobinrobin", "easily guessed"),
    ],
)
def test_a_password_that_others_could_guess_is_refused(password: str, says: str) -> None:
    with pytest.raises(PasswordRefused, match=says):
        check_password(password, ("Robin Example", "robin@council.example"))


@pytest.mark.parametrize("password", ["quilt harbour pigeon seven", "ü" * 3 + "9fK2#vbXq!zP"])
def test_a_password_of_any_signs_is_taken(password: str) -> None:
    check_password(password, ("Robin Example", "robin@council.example"))
