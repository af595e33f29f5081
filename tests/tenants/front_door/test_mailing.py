"""Issue 14: a mailing list that one joins by two steps and leaves by one."""

from __future__ import annotations

import csv
import datetime as dt
import re
from contextlib import closing
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.database.streaming import begun
from saas.identity.permissions import ProviderRole
from saas.jobs import forget_unconfirmed_addresses, send_news_confirmations
from tenants.front_door.mailing.actions import (
    ASKED_BY_ALL,
    ASKED_FROM_ONE_PLACE,
    CONFIRM_WITHIN,
    WRITTEN_TO,
    TooManyAskedError,
    ask_for_news,
    everyone_on_it,
)
from tenants.front_door.mailing.models import MailingAddress
from tests.factories import NOW, client_of, make_person
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")
JO = "jo@family.example"


@pytest.fixture(name="visitor")
def stranger(fresh_app: Flask) -> PageClient:
    client = fresh_app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture(name="folder")
def mail_folder(fresh_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = fresh_app.extensions["settings"].model_copy(update={"var_dir": tmp_path})
    monkeypatch.setitem(fresh_app.extensions, "settings", settings)
    return Path(settings.mail_folder)


def sent(app: Flask, folder: Path, *, at: dt.datetime = NOW) -> list[EmailMessage]:
    """What the worker has sent until now."""
    send_news_confirmations(app.extensions["settings"], at)
    return [
        BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
        for path in sorted(folder.glob("*.eml"))
    ]


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http\S+/news/confirm/\S+", body.get_content())
    assert found
    return urlsplit(found[0]).path


def leaving(mail: EmailMessage) -> str:
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(http\S+)>", mail["List-Unsubscribe"])
    assert found
    return urlsplit(found[1]).path


def on_it() -> list[str]:
    with begun(Scope.identity()) as reading, closing(reading):
        return [email for _, email, _ in everyone_on_it(reading)]


def test_who_confirms_is_on_the_list_and_leaves_it_by_one_press(
    fresh_app: Flask, visitor: PageClient, folder: Path
) -> None:
    assert "Look at your e-mail" in visitor.submit("/news", {"email": "Jo@Family.example"}).text
    mails = sent(fresh_app, folder)
    assert [mail["To"] for mail in mails] == [JO]
    assert on_it() == []
    # A program that looks at the link confirms nothing.
    confirm = link_in(mails[0])
    visitor.get(confirm)
    visitor.head(confirm)
    assert on_it() == []
    assert "You are on the list" in visitor.submit(confirm).text
    assert on_it() == [JO]
    assert "You are on the list" in visitor.submit(confirm).text
    with scoped(Scope.identity()) as session:
        assert session.scalars(sa.select(MailingAddress.source_key)).one() == ""
    leave = leaving(mails[0])
    visitor.get(leave)
    assert on_it() == [JO]
    # As mail programs do (RFC 8058): without a cookie or a token.
    program = fresh_app.test_client()
    answer = program.post(leave, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with scoped(Scope.identity()) as session:
        assert session.scalars(sa.select(MailingAddress)).all() == []
    assert program.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "does not work any more" in visitor.submit(confirm).text


def test_a_key_that_we_did_not_make_opens_nothing(visitor: PageClient, folder: Path) -> None:
    visitor.submit("/news", {"email": JO})
    for address in ("/news/confirm/none", "/news/leave/none"):
        assert visitor.submit(address).status_code == 404
        assert "ask for it once more" in visitor.page.all("main")[0].text
    # The key that leaves does not confirm.
    mail = sent(visitor.application, folder)[0]
    crossed = leaving(mail).replace("/leave/", "/confirm/")
    assert visitor.submit(crossed).status_code == 404


def test_an_address_is_written_to_only_so_often(fresh_app: Flask, folder: Path) -> None:
    for hours in range(8):
        at = NOW + dt.timedelta(hours=2 * hours)
        with scoped(Scope.identity()) as session:
            ask_for_news(session, email=JO, source_key=f"place {hours}", at=at)
            ask_for_news(session, email=JO, source_key="another", at=at)
        sent(fresh_app, folder, at=at)
    assert len(sent(fresh_app, folder)) == WRITTEN_TO


def test_who_is_on_the_list_gets_no_second_question(
    fresh_app: Flask, visitor: PageClient, folder: Path
) -> None:
    visitor.submit("/news", {"email": JO})
    visitor.submit(link_in(sent(fresh_app, folder)[0]))
    later = NOW + dt.timedelta(days=2)
    with scoped(Scope.identity()) as session:
        ask_for_news(session, email=JO, source_key="elsewhere", at=later)
    assert len(sent(fresh_app, folder, at=later)) == 1
    assert on_it() == [JO]


def test_one_place_that_enters_many_is_stopped_and_another_is_not(visitor: PageClient) -> None:
    for number in range(ASKED_FROM_ONE_PLACE):
        assert visitor.submit("/news", {"email": f"a{number}@family.example"}).status_code == 200
    answer = visitor.submit("/news", {"email": "one-more@family.example"})
    assert answer.status_code == 422
    assert "Try again in an hour" in answer.text
    with scoped(Scope.identity()) as session:
        ask_for_news(session, email=JO, source_key="another place", at=NOW)
        for number in range(ASKED_BY_ALL - ASKED_FROM_ONE_PLACE - 1):
            ask_for_news(session, email=f"b{number}@x.example", source_key=f"{number}", at=NOW)
        with pytest.raises(TooManyAskedError):
            ask_for_news(session, email="last@x.example", source_key="last", at=NOW)


def test_who_never_confirms_is_deleted(fresh_app: Flask, visitor: PageClient) -> None:
    visitor.submit("/news", {"email": JO})
    settings = fresh_app.extensions["settings"]
    forget_unconfirmed_addresses(settings, NOW + CONFIRM_WITHIN)
    with scoped(Scope.identity()) as session:
        assert session.scalars(sa.select(MailingAddress.email)).all() == [JO]
    forget_unconfirmed_addresses(settings, NOW + CONFIRM_WITHIN + dt.timedelta(seconds=1))
    with scoped(Scope.identity()) as session:
        assert session.scalars(sa.select(MailingAddress.email)).all() == []


@pytest.mark.parametrize("typed", ["", "nobody", "a@b", "x" * 300])
def test_what_is_no_address_is_said_at_the_field(visitor: PageClient, typed: str) -> None:
    assert visitor.submit("/news", {"email": typed}).status_code == 422
    assert "#email" in {one.get("href") for one in visitor.page.all("a")}


def test_a_manager_sees_how_many_and_takes_the_list_away(
    fresh_app: Flask, visitor: PageClient, folder: Path
) -> None:
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    assert "Nobody is on the list yet" in manager.get("/manager/public-pages/mailing-list").text
    visitor.submit("/news", {"email": JO})
    visitor.submit(link_in(sent(fresh_app, folder)[0]))
    assert (
        "1</strong> address is on the list"
        in manager.get("/manager/public-pages/mailing-list").text
    )
    export = "/manager/public-pages/mailing-list/export"
    rows = list(csv.reader(manager.get(export).text.lstrip("\ufeff").splitlines()))
    assert [row[0] for row in rows] == ["E-mail", JO]
    assert fresh_app.test_client().post(urlsplit(rows[1][2]).path).status_code == 200
    assert on_it() == []
    # Others do not, and nobody does who gave the password long ago.
    admin = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.ADMIN))
    admin.looks = False
    assert admin.get(export).status_code == 403
