"""Text messages and letters beside e-mail: by the way that a family calls safe, or the next."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr
from pypdf import PdfReader

from saas.config import SettingsError, load_settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Channel, Message, MessageState
from saas.messages.texts import TextFolder, open_texts
from tenants.casework.models import CaseParty
from tenants.notices.queries import undelivered_of_case
from tenants.notices.telling import Told, as_mobile, tell_so, told_how, ways
from tests.factories import NOW, actor, client_of, make_person
from tests.notify_double import KEY, TEMPLATE, NotifyDouble, notify
from tests.page_client import PageClient
from tests.saas.messages.mail_server import MailServerDouble
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.notices.posting import FAMILY, NAMES, fix, post

pytestmark = pytest.mark.usefixtures("standing_clock")

MOBILE = "07700 900123"
CALLED = "+447700900123"
ADDRESS = "1 Home Street\nLondon\nN1 1AA"
Case = tuple[uuid.UUID, str]


@pytest.fixture
def texts(fresh_app: Flask, smtp: MailServerDouble) -> Iterator[NotifyDouble]:
    with notify() as double:
        fresh_app.extensions["settings"] = fresh_app.extensions["settings"].model_copy(
            update={
                "notify_api_key": SecretStr(KEY),
                "notify_text_template": TEMPLATE,
                "notify_api_url": double.url,
            }
        )
        yield double


def party_of(tenant: Tenancy, case_id: uuid.UUID) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalars(sa.select(CaseParty.id).where(CaseParty.case_id == case_id)).one()


def choose(tenant: Tenancy, case: Case, first: Channel, *safe: Channel, mobile: str = "") -> None:
    told = Told(first, frozenset({first, *safe}), mobile or MOBILE, ADDRESS)
    with scoped(Scope.provider(tenant.id, None)) as session:
        tell_so(session, case[0], party_of(tenant, case[0]), told, by=actor())


def message_of_family(tenant: Tenancy) -> Message:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = session.scalars(sa.select(Message).where(Message.side == "family")).one()
        session.expunge(found)
        return found


def later(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def test_a_text_says_the_event_and_the_reference_and_never_a_name(
    fresh_app: Flask, smtp: MailServerDouble, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.TEXT)
    fix(tenant, case[0])
    post()
    (text,) = texts.texts
    assert text["to"] == CALLED
    assert f"In case {case[1]}: meeting date fixed (Thursday 9 July 2026 at 10:00)" in text["words"]
    assert not [name for name in (*NAMES, "autism", "Hearing") if name in text["words"]]
    assert not smtp.to(FAMILY)
    link = re.search(r"https://service\.example(/family/\S+/)", text["words"])
    assert link is not None
    page = fresh_app.test_client().get(link[1], base_url="https://service.example")
    assert case[1] in page.text
    kept = message_of_family(tenant)
    assert (kept.channel, kept.state, kept.handed_over_as is not None) == ("text", "sent", True)
    assert link[1] not in f"{kept.text} {kept.link}", "the link is kept nowhere"


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_a_text_that_does_not_arrive_goes_by_e_mail_and_becomes_a_task(
    status: str, fresh_app: Flask, smtp: MailServerDouble, texts: NotifyDouble,
    tenant: Tenancy, case: Case,
) -> None:  # fmt: skip
    choose(tenant, case, Channel.TEXT, Channel.EMAIL)
    fix(tenant, case[0])
    post()
    (text,) = texts.texts
    texts.status = status
    post(later(6))
    post(later(7))
    assert len(smtp.to(FAMILY)) == 1
    with scoped(Scope.provider(tenant.id, None)) as session:
        (task,) = undelivered_of_case(session, case[0])
        assert task.tried == f"text: The text did not arrive: {status}\n"
    link = re.search(r"(/family/\S+/)", text["words"])
    assert link is not None
    assert fresh_app.test_client().get(link[1]).status_code == 404, "the link of the text ended"


def test_a_text_that_arrived_is_asked_about_no_more(
    texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.TEXT)
    fix(tenant, case[0])
    post()
    texts.status = "delivered"
    post(later(6))
    assert message_of_family(tenant).delivered_at == later(6)
    texts.status = "permanent-failure"
    post(later(600))
    assert message_of_family(tenant).state == MessageState.SENT


def test_a_number_that_notify_refuses_goes_the_next_way_at_once(
    smtp: MailServerDouble, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.TEXT, Channel.EMAIL)
    texts.refuses = (400, "phone_number Not a UK mobile number")
    fix(tenant, case[0])
    post()
    assert len(smtp.to(FAMILY)) == 1
    assert message_of_family(tenant).tried == ("text: 400 phone_number Not a UK mobile number\n")


def test_what_is_our_fault_waits_and_goes_another_way_after_three_tries(
    smtp: MailServerDouble, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.TEXT, Channel.EMAIL)
    texts.refuses = (500, "Internal server error")
    fix(tenant, case[0])
    for minutes in (0, 6, 30):
        assert message_of_family_or_none(tenant) in (None, MessageState.WAITING)
        post(later(minutes))
    assert len(smtp.to(FAMILY)) == 1


def message_of_family_or_none(tenant: Tenancy) -> str | None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalar(sa.select(Message.state).where(Message.side == "family"))


def test_a_way_that_is_not_safe_is_never_used(
    smtp: MailServerDouble, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.TEXT)
    texts.refuses = (400, "phone_number Not a UK mobile number")
    fix(tenant, case[0])
    post()
    assert not smtp.to(FAMILY)
    assert message_of_family(tenant).state == MessageState.BOUNCED
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert len(undelivered_of_case(session, case[0])) == 1


def test_a_letter_is_printed_with_a_link_of_its_own_and_ticked_off(
    fresh_app: Flask, smtp: MailServerDouble, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    choose(tenant, case, Channel.LETTER)
    fix(tenant, case[0])
    post()
    assert message_of_family(tenant).state == MessageState.TO_PRINT
    coordinator = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    assert case[1] in coordinator.get("/provider/letters").text
    (make,) = [
        one.get("href") for one in coordinator.page.all("a") if one.get("href").endswith("/paper")
    ]
    papers = [coordinator.submit(make) for _ in range(2)]
    texts_of = [
        "".join(page.extract_text() for page in PdfReader(BytesIO(paper.data)).pages)
        for paper in papers
    ]
    assert "1 Home Street" in texts_of[1] and case[1] in texts_of[1]
    assert not [name for name in NAMES if name in texts_of[1]]
    links = [
        re.search(r"https://service\.example(/family/[\w-]{43}/)", re.sub(r"\s", "", text))
        for text in texts_of
    ]
    statuses = [
        fresh_app.test_client().get(found[1]).status_code if found else 0 for found in links
    ]
    assert statuses == [404, 200], "a letter printed anew ends what was printed before"
    coordinator.get("/provider/letters")
    (posted,) = [
        one.get("action")
        for one in coordinator.page.all("form")
        if one.get("action").endswith("/posted")
    ]
    assert coordinator.submit("/provider/letters", action=posted).status_code == 302
    kept = message_of_family(tenant)
    assert (kept.state, kept.posted_by_name is not None) == (MessageState.SENT, True)
    assert "No letter waits" in coordinator.get("/provider/letters").text


def test_a_family_chooses_on_its_own_page(
    fresh_app: Flask, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    family = fresh_app.test_client()
    assert isinstance(family, PageClient)
    page = f"/family/{make_family_link(fresh_app, tenant, case[0])}/told-how"
    unsafe = family.submit(page, {"safe": ["email"], "first": "text"})
    assert "Choose one of the ways that are safe for you" in unsafe.text
    nowhere = family.submit(page, {"safe": ["letter"], "first": "letter"})
    assert "Enter the address for letters" in nowhere.text
    landline = family.submit(page, {"safe": ["text"], "first": "text", "mobile": "020 7946 0000"})
    assert "Enter a mobile number" in landline.text
    assert family.submit(
        page, {"safe": ["text", "email"], "first": "text", "mobile": MOBILE}
    ).status_code == 302  # fmt: skip
    with scoped(Scope.provider(tenant.id, None)) as session:
        told = told_how(session, party_of(tenant, case[0]))
    assert (told.first, told.safe) == (Channel.TEXT, frozenset({Channel.TEXT, Channel.EMAIL}))


def test_a_coordinator_writes_down_how_a_family_is_told(
    fresh_app: Flask, texts: NotifyDouble, tenant: Tenancy, case: Case
) -> None:
    coordinator = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    party = party_of(tenant, case[0])
    at = f"/provider/{tenant.slug}/cases/{case[0]}"
    sent = coordinator.submit(
        f"{at}/told-how/{party}",
        {"safe": ["letter"], "first": "letter", "postal_address": ADDRESS},
    )
    assert sent.status_code == 302
    assert "Letter" in coordinator.get(f"{at}/family-notices").text


@pytest.mark.parametrize(
    ("text", "called"),
    [
        (MOBILE, CALLED),
        ("+44 7700 900123", CALLED),
        ("020 7946 0000", None),
        ("+353 87 123 4567", None),
        ("", None),
        ("call me", None),
    ],
)
def test_a_text_goes_to_a_british_mobile_alone(text: str, called: str | None) -> None:
    assert as_mobile(text) == called


def test_without_a_word_of_theirs_it_is_e_mail_alone() -> None:
    found = ways(Told(), email="a@home.example", telephone=MOBILE)
    assert [(way.channel, way.address) for way in found] == [(Channel.EMAIL, "a@home.example")]
    assert ways(Told(), email=None, telephone=MOBILE) == []


def test_settings_of_texts(tmp_path: Path) -> None:
    folder = open_texts(load_settings(environment="development", var_dir=tmp_path))
    assert isinstance(folder, TextFolder)
    folder.send(CALLED, "Words", id=uuid.UUID(int=1))
    (file,) = (tmp_path / "texts").iterdir()
    assert file.read_text() == f"To: {CALLED}\n\nWords\n"
    with pytest.raises(SettingsError, match="NOTIFY_TEXT_TEMPLATE is missing"):
        load_settings(environment="production", notify_api_key=KEY)
    with pytest.raises(SettingsError, match="NOTIFY_API_URL is for tests only"):
        load_settings(environment="production", notify_api_url="http://127.0.0.1:1")
