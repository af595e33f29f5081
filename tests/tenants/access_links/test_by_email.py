"""A personal link goes by e-mail, over a real mail server: made as it leaves, asked for anew."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.personal_link import token_hash
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.access_links import requests
from tenants.access_links.family_links import family_of
from tenants.access_links.models import FamilyLink
from tenants.access_links.requests import ASKED_AN_HOUR, LinkRequest
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.referral import NewParty
from tenants.notices.actions import choose_for_party
from tenants.notices.post import post_notices
from tests.factories import NOW, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.messages.mail_server import MailServerDouble, mail_server
from tests.tenants.notices.posting import plain

pytestmark = pytest.mark.usefixtures("standing_clock")

FAMILY = "Jo.Family@home.example"
NAMES = ("Zephyrine", "Quillfeather", "Ottoline", "Brackenbury")


@pytest.fixture
def smtp(fresh_app: Flask, fresh_settings: Settings) -> Iterator[MailServerDouble]:
    with mail_server() as double:
        fresh_app.extensions["settings"] = fresh_settings.model_copy(
            update={
                "mail_url": type(fresh_settings.mail_url)(double.url),
                "public_url": "https://service.example",
            }
        )
        yield double


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


def family_case(app: Flask, tenant: Tenancy, email: str | None = FAMILY) -> uuid.UUID:
    parent = NewParty(
        side=Side.FAMILY,
        name=" ".join(NAMES[2:]),
        relation="Mother",
        email=email,
        telephone="01632 960001",
    )
    case_id, _ = make_case(
        app, tenant, given_name=NAMES[0], family_name=NAMES[1], parties=(parent,)
    )
    post_notices(at=NOW)
    return case_id


def coordinator_of(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def party_of(tenant: Tenancy, case_id: uuid.UUID) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return family_of(session, case_id)[0][0]


def send(client: PageClient, tenant: Tenancy, case_id: uuid.UUID) -> int:
    address = f"/provider/{tenant.slug}/cases/{case_id}/links"
    party = str(party_of(tenant, case_id))
    return client.submit(address, {"party": party, "email": "y"}, action=address).status_code


def links_in(smtp: MailServerDouble) -> list[str]:
    found = re.findall(
        r"https://service\.example(/family/[\w-]+/)", "".join(map(plain, smtp.arrived))
    )
    return list(dict.fromkeys(found))


def opens(app: Flask, path: str) -> bool:
    return app.test_client().get(path).status_code == 200


def test_the_coordinator_sends_a_link_and_the_family_opens_it(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant)
    coordinator = coordinator_of(fresh_app)
    assert send(coordinator, tenant, case_id) == 302
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalars(sa.select(FamilyLink.id)).all() == [], "nothing to steal waits"
    post_notices(at=NOW)
    (mail,) = smtp.arrived
    assert mail["To"] == FAMILY
    assert mail["Subject"].endswith(": your personal link")
    whole = mail.as_string() + plain(mail)
    assert not any(name in whole for name in NAMES)
    (path,) = links_in(smtp)
    assert opens(fresh_app, path)
    assert "works until Friday 10 July 2026" in plain(mail)
    assert "https://service.example/new-link" in plain(mail)

    token = path.split("/")[2]
    with scoped(Scope.provider(tenant.id, None)) as session:
        message = session.scalars(sa.select(Message)).one()
        kept = {c.name: str(getattr(message, c.name)) for c in message.__table__.columns}
        assert message.with_personal_link and token not in str(kept)
        (link_id,) = session.scalars(
            sa.select(FamilyLink.id).where(FamilyLink.message_id == message.id)
        )
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.subject_id == case_id)
        ).all()
        assert "personal link e-mailed" in actions
    with scoped(Scope.identity()) as session:
        hashes = session.execute(sa.select(FamilyLink.id, FamilyLink.token_hash)).all()
    assert [tuple(row) for row in hashes] == [(link_id, token_hash(token))]
    page = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}/links").text
    assert "in an e-mail" in page and "10 July 2026" in page
    listed = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}/messages").text
    assert "with a personal link" in listed and FAMILY.partition("@")[0] in listed


def test_it_runs_out_after_thirty_days_and_the_page_leads_to_a_new_one(
    fresh_app: Flask,
    smtp: MailServerDouble,
    tenant: Tenancy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case_id = family_case(fresh_app, tenant)
    send(coordinator_of(fresh_app), tenant, case_id)
    post_notices(at=NOW)
    (path,) = links_in(smtp)
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW + dt.timedelta(days=31))
    over = fresh_app.test_client().get(path)
    assert over.status_code == 404 and 'href="/new-link"' in over.text


def test_without_an_address_the_form_says_so(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant, email=None)
    assert send(coordinator_of(fresh_app), tenant, case_id) == 422
    assert post_notices(at=NOW) == {} and smtp.arrived == []


def test_who_wants_no_notices_still_gets_the_link_that_was_asked_for(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        choose_for_party(session, case_id, party_of(tenant, case_id), wanted=(), at=NOW)
    send(coordinator_of(fresh_app), tenant, case_id)
    post_notices(at=NOW)
    assert len(smtp.arrived) == 1


def test_a_refused_message_leaves_no_link_and_each_try_has_its_own(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant)
    send(coordinator_of(fresh_app), tenant, case_id)
    smtp.refuses["*"] = "451 4.7.1 Later"
    post_notices(at=NOW)
    smtp.refuses.clear()
    post_notices(at=NOW + dt.timedelta(minutes=6))
    (path,) = links_in(smtp)
    assert opens(fresh_app, path)
    with scoped(Scope.provider(tenant.id, None)) as session:
        revoked = session.scalars(
            sa.select(FamilyLink.revoked_at).order_by(FamilyLink.created_at)
        ).all()
    assert [at is None for at in revoked] == [False, True]


def test_another_address_ends_the_links_that_lie_at_the_old_one_and_what_waits_for_it(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant)
    coordinator = coordinator_of(fresh_app)
    send(coordinator, tenant, case_id)
    post_notices(at=NOW)
    (path,) = links_in(smtp)
    send(coordinator, tenant, case_id)
    smtp.refuses["*"] = "451 4.7.1 Later"
    post_notices(at=NOW)
    smtp.refuses.clear()
    party = party_of(tenant, case_id)
    contact = f"/provider/{tenant.slug}/cases/{case_id}/contact/{party}"
    assert f'value="{FAMILY}"' in coordinator.get(contact).text
    assert coordinator.submit(contact, {"email": ""}).status_code == 302
    assert not opens(fresh_app, path)
    assert post_notices(at=NOW + dt.timedelta(minutes=6)) == {"given_up": 1}
    assert len(smtp.arrived) == 1
    with scoped(Scope.provider(tenant.id, None)) as session:
        (entry,) = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "contact changed")
        ).all()
        assert entry.detail["fields"] == ["email"] and FAMILY not in str(entry.detail)
        assert entry.detail["links_ended"] == 1


def test_what_is_not_changed_stays_in_whatever_words_it_was_recorded(
    fresh_app: Flask, tenant: Tenancy
) -> None:
    case_id = family_case(fresh_app, tenant)
    party = party_of(tenant, case_id)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(sa.update(CaseParty).values(preferred_communication="by her sister"))
    contact = f"/provider/{tenant.slug}/cases/{case_id}/contact/{party}"
    coordinator_of(fresh_app).submit(contact, {"telephone": "07700 900001"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        kept = session.execute(
            sa.select(CaseParty.preferred_communication, CaseParty.telephone, CaseParty.email)
        ).one()
    assert tuple(kept) == ("by her sister", "07700 900001", FAMILY)


def ask(app: Flask, email: str) -> tuple[int, str]:
    client = app.test_client()
    assert isinstance(client, PageClient)
    answer = client.submit("/new-link", {"email": email})
    return answer.status_code, re.sub(r'nonce="[^"]*"', "", answer.text)


def test_a_family_that_lost_its_link_asks_for_one_and_gets_it_for_each_case(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy
) -> None:
    other = make_tenant(fresh_app)
    for where in (tenant, other):
        family_case(fresh_app, where)
    family_case(fresh_app, tenant, email="somebody.else@home.example")
    known = ask(fresh_app, f"  {FAMILY.upper()} ")
    unknown = ask(fresh_app, "nobody@home.example")
    assert known == unknown, "the answer tells nobody who is known"
    assert known[0] == 200 and "Check your e-mail" in known[1]
    post_notices(at=NOW)
    assert [mail["To"] for mail in smtp.arrived] == [FAMILY, FAMILY]
    assert all(opens(fresh_app, path) for path in links_in(smtp))
    assert len(links_in(smtp)) == 2
    post_notices(at=NOW)
    assert len(smtp.arrived) == 2, "a question is answered once"
    with scoped(Scope.jobs()) as session:
        rows = session.execute(sa.select(LinkRequest.email, LinkRequest.answered_at)).all()
    assert [row.email for row in rows] == [None, None]


def test_one_address_is_written_to_three_times_an_hour_and_nobody_is_told(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    family_case(fresh_app, tenant)
    answers = [ask(fresh_app, FAMILY) for _ in range(ASKED_AN_HOUR + 2)]
    assert all(answer == answers[0] for answer in answers)
    post_notices(at=NOW)
    assert len(smtp.arrived) == ASKED_AN_HOUR
    later = NOW + requests.WITHIN + dt.timedelta(minutes=1)
    monkeypatch.setattr("saas.web.today.clock", lambda: later)
    ask(fresh_app, FAMILY)
    post_notices(at=later)
    assert len(smtp.arrived) == ASKED_AN_HOUR + 1


def test_a_flood_of_questions_is_refused(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "ASKED_BY_ALL", 2)
    for n in range(2):
        assert ask(fresh_app, f"n{n}@home.example")[0] == 200
    status, page = ask(fresh_app, "n3@home.example")
    assert status == 422 and "Try again in 10 minutes" in page
    assert ask(fresh_app, "no address")[0] == 422


def test_who_reads_families_mail_requests_reads_no_case(fresh_app: Flask) -> None:
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.identity()) as session,
    ):
        session.execute(sa.select(LinkRequest.email))
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.public()) as session,
    ):
        session.execute(sa.select(LinkRequest.id))


def test_the_worker_reads_no_key(fresh_app: Flask, tenant: Tenancy) -> None:
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.worker(tenant.id)) as session,
    ):
        session.execute(sa.select(FamilyLink.token_hash))


def test_the_new_link_stands_on_the_first_page(fresh_app: Flask) -> None:
    page = fresh_app.test_client().get("/").text
    assert urlsplit(re.findall(r'href="(/new-link)"', page)[0]).path == "/new-link"
