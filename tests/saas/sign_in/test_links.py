"""Issue 13: people are invited, and choose a password by a link that is e-mailed once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.account_links import ASKED_AN_HOUR, AccountLink
from saas.identity.models import Person
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from saas.jobs import send_account_links
from tests.factories import PASSWORD, Someone, client_of, make_person
from tests.saas.sign_in.conftest import browser, sign_in

GOOD = "quilt harbour pigeon seven"


@pytest.fixture(name="folder")
def mail_folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = app.extensions["settings"].model_copy(update={"var_dir": tmp_path})
    monkeypatch.setitem(app.extensions, "settings", settings)
    monkeypatch.setitem(app.extensions, "wake_worker", lambda _task: None)
    return Path(settings.mail_folder)


def mails_to(app: Flask, folder: Path, email: str) -> list[EmailMessage]:
    """What the worker sends to an address now, and sent before."""
    with app.app_context():
        send_account_links(app.extensions["settings"], dt.datetime.now(dt.UTC))
    found = [
        BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
        for path in sorted(folder.glob("*.eml"))
    ]
    return [mail for mail in found if mail["To"] == email]


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"/choose-password/[\w-]+", body.get_content())
    assert found
    return found[0]


def test_somebody_is_invited_chooses_a_password_and_signs_in(
    app: Flask, tenant: Tenancy, folder: Path
) -> None:
    manager = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    email = f"jo-{tenant.slug}@council.example"
    manager.submit("/authority/team/invite", {"name": "Jo", "email": email, "role": "officer"})
    assert "Invited" in manager.get("/authority/team").text
    (mail,) = mails_to(app, folder, email)
    assert "Jo" not in mail["Subject"]
    link = link_in(mail)
    client = browser(app)
    weak = client.submit(link, {"password": "Password12345"})
    assert weak.status_code == 422 and "easily guessed" in weak.text
    chosen = client.submit(link, {"password": GOOD})
    assert chosen.headers["Location"] == "/sign-in"
    assert client.get(link).status_code == 404, "it works once"
    answer = sign_in(client, Someone(make_id(email), email, "Jo"), GOOD)
    assert answer.headers["Location"] == "/authority/"
    assert client.get("/authority/").status_code == 200


def make_id(email: str) -> uuid.UUID:
    with scoped(Scope.identity()) as session:
        return session.scalars(sa.select(Person.id).where(Person.email == email)).one()


def test_the_link_is_in_no_table_and_its_page_passes_it_to_nobody(
    app: Flask, officer: Someone, folder: Path
) -> None:
    client = browser(app)
    client.submit("/forgotten-password", {"email": officer.email})
    (mail,) = mails_to(app, folder, officer.email)
    link = link_in(mail)
    key = link.rpartition("/")[2]
    with scoped(Scope.identity()) as session:
        rows = session.execute(sa.select(AccountLink.__table__)).all()
    assert rows and not any(key in str(value) for row in rows for value in row)
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"


def test_a_forgotten_password_is_chosen_anew_and_ends_every_session(
    app: Flask, officer: Someone, folder: Path
) -> None:
    inside = client_of(app, officer)
    client = browser(app)
    client.submit("/forgotten-password", {"email": officer.email.upper()})
    (mail,) = mails_to(app, folder, officer.email)
    client.submit(link_in(mail), {"password": GOOD})
    assert inside.get("/account").status_code == 302
    assert sign_in(client, officer).status_code == 422, "the old one is nobody's now"
    assert sign_in(client, officer, GOOD).status_code == 302


def test_nobody_learns_whether_an_address_is_known(
    app: Flask, officer: Someone, folder: Path
) -> None:
    client = browser(app)
    pages = {
        client.submit("/forgotten-password", {"email": email}).text
        for email in (officer.email, "nobody@example.example")
    }
    assert len(pages) == 1
    assert mails_to(app, folder, "nobody@example.example") == []


def test_one_person_is_written_to_a_few_times_an_hour(
    app: Flask, officer: Someone, folder: Path
) -> None:
    for _ in range(ASKED_AN_HOUR + 3):
        browser(app).submit("/forgotten-password", {"email": officer.email})
        sent = mails_to(app, folder, officer.email)
    assert len(sent) == ASKED_AN_HOUR
    links = [link_in(mail) for mail in sent]
    opened = [browser(app).get(link).status_code for link in links]
    assert sorted(opened) == [200, 404, 404], "the last one alone works"


def test_a_link_is_too_old_after_its_time(app: Flask, officer: Someone, folder: Path) -> None:
    client = browser(app)
    client.submit("/forgotten-password", {"email": officer.email})
    (mail,) = mails_to(app, folder, officer.email)
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(AccountLink)
            .where(AccountLink.person_id == officer.id)
            .values(ends_at=dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
        )
    answer = client.get(link_in(mail))
    assert answer.status_code == 404 and "works no more" in answer.text
    assert sign_in(client, officer, PASSWORD).status_code == 302
