"""Issue 14: managers write news, look at it, try it, and have it sent to the mailing list, once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.jobs import send_news_to_readers
from saas.messages.mail import Sender
from saas.messages.outbox import WAITS
from saas.messages.transport import Bounced, Deferred
from tenants.front_door.mailing.actions import leave
from tenants.front_door.mailing.models import MailingAddress
from tenants.front_door.mailing.news import NewsRefused, correct_news, news_listed, send_news
from tenants.front_door.mailing.news_models import News
from tenants.front_door.mailing.public import address_of
from tenants.front_door.mailing.sending import House, make_copies, send_copies, send_trials
from tests.factories import NOW, Someone, client_of, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")
ALL_NEWS = "/manager/public-pages/news"
TEXT = """\
## What is new

We are **open** on Saturdays. [See the days](https://provider.example/days).

- One
- Two <script>alert(1)</script>
"""
LATER = NOW + dt.timedelta(hours=1)


class Post:
    """Takes e-mails; what it is told to refuse it refuses."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuses: dict[str, Exception] = {}
        # The worker is killed after this many were handed over.
        self.killed_after: int | None = None

    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        if mail["To"] in self.refuses:
            raise self.refuses[mail["To"]]
        self.taken.append(mail)
        if self.killed_after is not None and len(self.taken) >= self.killed_after:
            self.killed_after = None
            raise KeyboardInterrupt

    @property
    def to(self) -> list[str]:
        return sorted(mail["To"] for mail in self.taken)


@pytest.fixture(name="post")
def post_office(fresh_app: Flask) -> Post:
    return Post()


@pytest.fixture(name="someone")
def a_manager(fresh_app: Flask) -> Someone:
    return make_person(fresh_app, role=ProviderRole.MANAGER)


@pytest.fixture(name="manager")
def signed_in_manager(fresh_app: Flask, someone: Someone) -> PageClient:
    return client_of(fresh_app, someone)


def house() -> House:
    sender = Sender("The Charity", "mediation@provider.example")
    return House(sender, {"provider": "The Charity"}, address_of)


def on_the_list(*names: str, confirmed: dt.datetime | None = NOW) -> dict[str, uuid.UUID]:
    ids = {f"{name}@family.example": new_id() for name in names}
    with scoped(Scope.identity()) as session:
        session.add_all(
            MailingAddress(id=id_, email=email, source_key="", asked_at=NOW, confirmed_at=confirmed)
            for email, id_ in ids.items()
        )
    return ids


def write(manager: PageClient, heading: str = "News of June", text: str = TEXT) -> str:
    """The address of the draft's page."""
    said = {"heading": heading, "markdown": text, "keep": "y"}
    answer = manager.submit(f"{ALL_NEWS}/new", said)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def have_sent(manager: PageClient, page: str) -> None:
    manager.get(page)
    href = next(a.get("href") for a in manager.page.all("a") if f"{page}/sending" in a.get("href"))
    answer = manager.submit(href, {"checked": "go-on"})
    assert answer.status_code == 302, answer.text


def work(post: Post, *, at: dt.datetime = NOW, most: int = 500) -> int:
    make_copies(at=at)
    return send_copies(post, house(), at=at, most=most)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_news_is_written_looked_at_corrected_tried_and_sent(
    fresh_app: Flask, manager: PageClient, someone: Someone, post: Post
) -> None:
    assert "No news yet" in manager.get(ALL_NEWS).text
    looked = manager.submit(
        f"{ALL_NEWS}/new", {"heading": "News", "markdown": TEXT, "preview": "y"}
    )
    assert "Nothing is kept or sent yet" in looked.text
    assert "<strong>open</strong>" in looked.text and "<script>alert" not in looked.text
    page = write(manager)
    said = {"heading": "News of July", "markdown": TEXT, "keep": "y"}
    assert manager.submit(f"{page}/correction", said).status_code == 302
    assert "News of July" in manager.get(ALL_NEWS).text
    # To oneself alone.
    on_the_list("ada", "ben")
    manager.submit(page, action=f"{page}/trial")
    assert "A trial is on its way" in manager.get(page).text
    assert send_trials(post, house(), at=NOW) == 1
    assert send_trials(post, house(), at=NOW) == 0
    assert post.to == [someone.email]
    assert "This is a trial" in part(post.taken.pop(), "plain")
    assert work(post) == 0
    # The question names how many get it; without an answer nobody does.
    manager.get(page)
    asks = manager.get(f"{page}/sending", follow_redirects=True).text
    assert "Send this to 2 people?" in asks and "News of July" in asks
    assert work(post) == 0
    have_sent(manager, page)
    assert "It begins within a minute" in manager.get(page).text
    assert work(post) == 2
    assert post.to == ["ada@family.example", "ben@family.example"]
    assert "Sent to 2 people" in manager.get(page).text
    assert "2 sent" in manager.get(ALL_NEWS).text


def test_each_copy_has_plain_words_html_and_a_way_out_by_one_press(
    fresh_app: Flask, manager: PageClient, post: Post
) -> None:
    ids = on_the_list("ada")
    have_sent(manager, write(manager))
    work(post)
    (mail,) = post.taken
    assert mail["Subject"] == "News of June"
    plain, html = part(mail, "plain"), part(mail, "html")
    assert "See the days (https://provider.example/days)" in plain and "- One" in plain
    assert "**" not in plain and "##" not in plain
    assert "<strong>open</strong>" in html and '<a href="https://provider.example/days"' in html
    assert "<script" not in html and "class=" not in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(http\S+)>", mail["List-Unsubscribe"])
    assert found
    assert found[1] in plain.replace("=\n", "") and found[1] in html
    answer = fresh_app.test_client().post(
        urlsplit(found[1]).path, data={"List-Unsubscribe": "One-Click"}
    )
    assert answer.status_code == 200
    with scoped(Scope.identity()) as session:
        assert session.get(MailingAddress, ids["ada@family.example"]) is None


def test_the_link_of_a_trial_takes_nobody_off_the_list(
    fresh_app: Flask, manager: PageClient, post: Post
) -> None:
    on_the_list("ada")
    page = write(manager)
    manager.submit(page, action=f"{page}/trial")
    send_trials(post, house(), at=NOW)
    away = urlsplit(post.taken[0]["List-Unsubscribe"].strip("<>")).path
    assert fresh_app.test_client().post(away).status_code == 200
    with scoped(Scope.identity()) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(MailingAddress)) == 1


def test_who_confirms_or_leaves_after_it_was_sent_off_gets_none(
    manager: PageClient, post: Post
) -> None:
    ids = on_the_list("ada", "ben")
    on_the_list("unconfirmed", confirmed=None)
    page = write(manager)
    have_sent(manager, page)
    on_the_list("late", confirmed=LATER)
    make_copies(at=LATER)
    with scoped(Scope.identity()) as session:
        leave(session, ids["ben@family.example"])
    work(post, at=LATER)
    assert post.to == ["ada@family.example"]
    shown = " ".join(manager.get(page).text.split())
    assert "Sent to 1 person. 1 left the list before it was their turn." in shown


def test_a_killed_worker_sends_none_twice_but_what_it_had_in_hand(
    manager: PageClient, post: Post
) -> None:
    names = [f"reader{number}" for number in range(10)]
    on_the_list(*names)
    page = write(manager)
    have_sent(manager, page)
    post.killed_after = 4
    with pytest.raises(KeyboardInterrupt):
        work(post)
    shown = manager.get(page).text
    assert "3 of 10 done" in shown
    work(post)
    # What it had in hand waits its time, and is known again by its Message-ID.
    assert len(set(post.to)) == 10 and len(post.taken) == 10
    work(post, at=NOW + WAITS[0])
    assert len(post.taken) == 11
    times = Counter(mail["Message-ID"] for mail in post.taken)
    assert sorted(times.values()) == [1] * 9 + [2]
    assert work(post, at=NOW + dt.timedelta(days=9)) == 0
    assert "Sent to 10 people" in manager.get(page).text


def test_pressing_twice_and_two_rounds_at_once_send_it_once(
    manager: PageClient, someone: Someone, post: Post
) -> None:
    on_the_list("ada")
    page = write(manager)
    have_sent(manager, page)
    again = manager.get(f"{page}/sending", follow_redirects=True).text
    assert "It is sent already" in again
    news_id = uuid.UUID(page.rpartition("/")[2])
    with scoped(Scope.panel(someone.id)) as session, pytest.raises(NewsRefused):
        send_news(session, news_id, based_on=1, by=someone.id, at=NOW)
    for _ in range(3):
        work(post)
    assert post.to == ["ada@family.example"]


def test_what_no_server_takes_is_tried_again_and_given_up(manager: PageClient, post: Post) -> None:
    on_the_list("ada", "ben")
    page = write(manager)
    have_sent(manager, page)
    post.refuses = {
        "ada@family.example": Bounced("550 no such ada@family.example"),
        "ben@family.example": Deferred("421 later"),
    }
    at = NOW
    for wait in WAITS:
        assert work(post, at=at) == 0
        at += wait
    shown = " ".join(manager.get(page).text.split())
    assert "Sent to 0 people. 2 addresses did not take it." in shown
    post.refuses = {}
    assert work(post, at=at + dt.timedelta(days=2)) == 0


def test_what_is_sent_is_neither_corrected_nor_deleted(
    manager: PageClient, someone: Someone, post: Post
) -> None:
    on_the_list("ada")
    page = write(manager)
    have_sent(manager, page)
    for act in ("correction", "deletion"):
        said = manager.get(f"{page}/{act}", follow_redirects=True).text
        assert "what people have got cannot be changed" in said
    news_id = uuid.UUID(page.rpartition("/")[2])
    with scoped(Scope.panel(someone.id)) as session, pytest.raises(NewsRefused):
        correct_news(session, news_id, heading="x", markdown="y", based_on=1, by=someone.id, at=NOW)


def test_a_draft_is_deleted_after_a_question(manager: PageClient) -> None:
    page = write(manager)
    assert manager.submit(f"{page}/deletion", {"checked": "change"}).status_code == 302
    assert manager.get(page).status_code == 200
    assert manager.submit(f"{page}/deletion", {"checked": "go-on"}).status_code == 302
    assert manager.get(page).status_code == 404


def test_what_somebody_else_corrected_meanwhile_is_not_written_over_or_sent_unseen(
    fresh_app: Flask, manager: PageClient
) -> None:
    on_the_list("ada")
    page = write(manager)
    manager.get(page)
    seen = next(a.get("href") for a in manager.page.all("a") if "/sending" in a.get("href"))
    manager.get(f"{page}/correction")
    stale = {
        one.get("name"): one.get("value")
        for one in manager.page.all("input")
        if one.get("name") in ("csrf_token", "based_on")
    }
    other = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    said = {"heading": "Theirs", "markdown": "Other words", "keep": "y"}
    assert other.submit(f"{page}/correction", said).status_code == 302
    mine = {"heading": "Mine", "markdown": "My words", "keep": "y", **stale}
    answer = manager.post(f"{page}/correction", data=mine)
    assert answer.status_code == 422 and "Somebody else changed this draft" in answer.text
    # The question is asked anew, about what it says now.
    asked = manager.get(seen, follow_redirects=True)
    assert "Theirs" in asked.text and "edition=2" in asked.request.url
    token = next(
        one.get("value") for one in manager.page.all("input") if one.get("name") == "csrf_token"
    )
    refused = manager.post(
        seen, data={"csrf_token": token, "checked": "go-on"}, follow_redirects=True
    )
    assert "Somebody else changed this draft" in refused.text
    with scoped(Scope.all_cases(None)) as session:
        assert session.scalars(sa.select(News.sending_since)).all() == [None]


def test_with_nobody_on_the_list_nothing_is_sent(manager: PageClient) -> None:
    page = write(manager)
    assert "0 people are on the list" in manager.get(page).text
    assert "nobody to send it to" in manager.get(f"{page}/sending", follow_redirects=True).text


def test_the_list_is_paged_and_asks_no_more_for_more(manager: PageClient, someone: Someone) -> None:
    with scoped(Scope.panel(someone.id)) as session:
        session.add_all(
            News(
                heading=f"News {number}",
                markdown="x",
                written_at=NOW + dt.timedelta(minutes=number),
                sending_since=NOW + dt.timedelta(minutes=number) if number % 2 else None,
                copies_made_at=None,
            )
            for number in range(60)
        )
    first = manager.get(ALL_NEWS).text
    assert "News 58" in first and "News 1<" not in first
    assert "?page=2" in first
    asked: list[str] = []
    with scoped(Scope.all_cases(None)) as session:
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *a: asked.append(a[2]))
        news_listed(session, offset=0, limit=50)
    assert len([one for one in asked if "FROM news" in one]) == 2


def test_the_worker_does_it_each_minute(
    fresh_app: Flask,
    manager: PageClient,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("saas.jobs.open_transport", lambda settings: post)
    on_the_list("ada")
    have_sent(manager, write(manager))
    send_news_to_readers(fresh_app.extensions["settings"], NOW)
    assert post.to == ["ada@family.example"]


def test_only_who_keeps_the_public_pages_writes_news(fresh_app: Flask) -> None:
    people = [
        make_person(fresh_app, role=ProviderRole.COORDINATOR),
        make_person(fresh_app, tenant=make_tenant(fresh_app), role=AuthorityRole.MANAGER),
    ]
    for one in people:
        client = client_of(fresh_app, one)
        client.looks = False
        assert client.get(f"{ALL_NEWS}/new").status_code == 403


@pytest.mark.parametrize(
    ("scope", "statement"),
    [
        (Scope.public(), "SELECT heading FROM news"),
        (Scope.all_cases(None), "SELECT address_id FROM news_copy"),
        (Scope.panel(None), "SELECT email FROM mailing_address"),
        (Scope.jobs(), "UPDATE news SET markdown = 'x'"),
        (Scope.identity(), "SELECT markdown FROM news"),
    ],
)
def test_each_role_reaches_no_more_of_news_than_it_needs(
    fresh_app: Flask, scope: Scope, statement: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scoped(scope) as session,
    ):
        session.connection().exec_driver_sql(statement)
