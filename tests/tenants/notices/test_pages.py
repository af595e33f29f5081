"""The pages on which e-mails are chosen and looked up."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.messages.models import Message
from tenants.notices.queries import family_names, refused_by_party, refused_by_person
from tenants.notices.topics import Topic
from tests.factories import NOW, client_of, make_case, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_a_person_chooses_their_emails_and_finds_the_choice_again(app: Flask) -> None:
    someone = make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER)
    other = make_person(app, role=ProviderRole.COORDINATOR)
    client = client_of(app, someone)
    assert "/account/notices" in client.get("/account").text
    answer = client.submit("/account/notices", {"topics": ["meetings", "reminders"]})
    assert answer.status_code == 302
    with scoped(Scope.identity()) as session:
        assert refused_by_person(session, someone.id) == set(Topic) - {
            Topic.MEETINGS,
            Topic.REMINDERS,
            # Not asked about, and so not refused: it is of those who handle complaints.
            Topic.COMPLAINTS,
        }
        assert refused_by_person(session, other.id) == set()
    client.get("/account/notices")
    assert client.page is not None
    checked = {
        one.get("value")
        for one in client.page.all("input")
        if one.get("name") == "topics" and one.has("checked")
    }
    assert checked == {"meetings", "reminders"}
    client.submit("/account/notices", {"topics": []})
    with scoped(Scope.identity()) as session:
        assert refused_by_person(session, someone.id) == set(Topic) - {Topic.COMPLAINTS}


def test_who_handles_complaints_chooses_whether_to_be_told_of_them(app: Flask) -> None:
    someone = make_person(app, role=ProviderRole.COORDINATOR)
    client_of(app, someone).submit("/account/notices", {"topics": ["meetings"]})
    with scoped(Scope.identity()) as session:
        assert Topic.COMPLAINTS in refused_by_person(session, someone.id)
    assert (
        "Complaints"
        not in client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
        .get("/account/notices")
        .text
    )


def test_a_topic_that_is_none_is_refused(app: Flask) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    answer = client.submit("/account/notices", {"topics": ["secrets"]})
    assert answer.status_code == 422


def test_the_provider_keeps_what_a_family_wants(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    stranger_case, _ = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/{case_id}/family-notices"
    assert "Jo Example" in client.get(address).text
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party, _),) = family_names(session, case_id)
    answer = client.submit(f"{address}/{party}", {"topics": ["certificates"]})
    assert answer.status_code == 302
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert refused_by_party(session, party) == set(Topic) - {Topic.CERTIFICATES}
    wrong = f"/provider/{tenant.slug}/cases/{stranger_case}/family-notices/{party}"
    assert client.get(wrong).status_code == 404


def test_the_case_page_shows_what_was_sent_to_whom_and_what_came_back(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Nadia Example")
    with scoped(Scope.worker(tenant.id)) as session:
        for state, answer in (("sent", None), ("bounced", "550 No such mailbox")):
            session.execute(
                sa.insert(Message).values(
                    tenant_id=tenant.id,
                    id=uuid.uuid4(),
                    subject_id=case_id,
                    cause_id=uuid.uuid4(),
                    topic="meetings",
                    recipient=f"person:{officer.id}",
                    side="authority",
                    address=officer.email,
                    heading=f"Case {reference}: meeting date fixed",
                    text="It is fixed.",
                    state=state,
                    attempts=1,
                    created_at=NOW,
                    next_attempt_at=NOW,
                    sent_at=NOW if state == "sent" else None,
                    answer=answer,
                )
            )
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    for page in ("", "/messages"):
        shown = client.get(f"/provider/{tenant.slug}/cases/{case_id}{page}").text
        shown = shown.replace("<wbr>", "")
        assert "Nadia Example" in shown and officer.email in shown
        assert "Came back" in shown and "550 No such mailbox" in shown
    page = client_of(app, officer).get(f"/authority/cases/{case_id}").text
    assert "Came back" not in page and "Messages" not in page
