"""A family refers itself, page by page, and is in the intake of its own council."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from email.message import EmailMessage

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.mail import Sender
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseNote, CaseParty, Child, SenCase
from tenants.casework.queries import load_record
from tenants.notices.models import CaseNotice
from tenants.referring import handing_in
from tenants.referring.drafts import forget_old_drafts
from tenants.referring.models import FrontReferral, ReferralDraft
from tenants.referring.public import return_address
from tenants.referring.returning import send_return_links
from tests.factories import client_of, make_person, make_tenant
from tests.tenants.referring.journeys import PARENT, Clock, Visitor


def cases(tenant: Tenancy) -> list[SenCase]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = list(session.scalars(sa.select(SenCase).order_by(SenCase.id)))
        session.expunge_all()
        return found


def came_in(tenant: Tenancy) -> list[FrontReferral]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = list(session.scalars(sa.select(FrontReferral).order_by(FrontReferral.id)))
        session.expunge_all()
        return found


def drafts() -> int:
    with scoped(Scope.identity()) as session:
        return session.scalar(sa.select(sa.func.count(ReferralDraft.id))) or 0


def test_a_parents_answers_are_a_case_with_its_clocks(tenant: Tenancy, visitor: Visitor) -> None:
    visitor.fill_in(tenant, PARENT)
    assert visitor.asked == [
        "who", "where", "council", "child", "decision", "about", "contact", "needs", "call",
    ]  # fmt: skip
    shown = visitor.open("/refer/check")
    assert "Ada" in shown
    assert "They say that she does not need an assessment." in shown
    number = visitor.send()
    (case,) = cases(tenant)
    (row,) = came_in(tenant)
    assert (row.receipt, row.state, row.case_id, row.told) == (number, "taken", case.id, None)
    assert (case.route, case.decision_type, case.opened_on) == (
        "parent", "RTA", dt.date(2026, 6, 10),
    )  # fmt: skip
    with scoped(Scope.provider(tenant.id, None)) as session:
        record = load_record(session, case.id)
        assert [fact.kind for fact in record.facts] == [FactKind.NOTICE_SENT]
        party = session.scalars(sa.select(CaseParty)).one()
        assert (party.name, party.interpreter) == ("Jo Doorwell", "Polish")
        assert party.adjustments == (
            "Never leave a message or speak with anybody else. Safe to call: after 4pm. Large print"
        )
        notes = set(session.scalars(sa.select(CaseNote.text)))
        assert "School or college: Example Primary." in notes
    done = visitor.open("/refer/done")
    # Two months from 20 May 2026, and a month after a certificate of today: the later.
    assert "Monday 20 July 2026" in done
    assert "you need a mediation certificate" in done
    # The draft is gone, and with it what this browser could show of it.
    assert drafts() == 0
    assert "Nothing is kept here" in visitor.open("/refer/check")


def test_the_family_gets_its_link_and_the_coordinator_sees_where_it_came_from(
    app: Flask, tenant: Tenancy, visitor: Visitor
) -> None:
    visitor.fill_in(tenant, PARENT)
    number = visitor.send()
    (case,) = cases(tenant)
    with scoped(Scope.worker(tenant.id)) as session:
        assert session.scalars(sa.select(CaseNotice.event)).all() == ["personal_link"]
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = coordinator.get(f"/provider/{tenant.slug}/cases/{case.id}").text
    assert f"It came by the public form, {number}" in page
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    page = officer.get(f"/authority/cases/{case.id}").text
    assert "She does not need" not in page
    assert "does not need an assessment" not in page
    assert "after 4pm" not in page


def test_what_was_answered_can_be_changed_from_the_last_page(
    tenant: Tenancy, visitor: Visitor
) -> None:
    visitor.fill_in(tenant, PARENT)
    shown = visitor.open("/refer/child")
    assert 'value="Doorwell"' in shown
    changed = {**PARENT["child"], "family_name": "Changed"}
    assert visitor.answer("child", changed) == "/refer/check"
    visitor.send()
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalars(sa.select(Child.family_name)).one() == "Changed"


@pytest.mark.parametrize(
    ("step", "left_out", "said"),
    [
        ("who", "who", "Choose who you are"),
        ("where", "council", "Enter a postcode, or choose the council below"),
        ("child", "date_of_birth-year", "The date of birth must include a year"),
        ("decision", "notice_sent-day", "The date of the letter must include a day"),
        ("about", "about", "Write in a few words what it is about"),
        ("needs", "messages", "Choose whether we may leave a message"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_above_the_page(
    tenant: Tenancy, visitor: Visitor, step: str, left_out: str, said: str
) -> None:
    fields = {"where": {"council": tenant.slug}, **PARENT}[step]
    answer = visitor.client.submit(
        f"/refer/{step}", {name: value for name, value in fields.items() if name != left_out}
    )
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert said in answer.text
    assert "Error: " in answer.text
    assert drafts() == 0


def test_a_double_press_makes_one_case(
    tenant: Tenancy, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.fill_in(tenant, PARENT)
    with visitor.client.session_transaction() as cookie:
        key = cookie["referral"]
    with monkeypatch.context() as slow:
        # The second press comes before the first has thrown the draft away.
        slow.setattr(handing_in, "forget_draft", lambda _id: None)
        number = visitor.send()
        with visitor.client.session_transaction() as cookie:
            cookie["referral"] = key
        assert visitor.send() == number
    assert len(came_in(tenant)) == 1
    assert len(cases(tenant)) == 1


def test_without_the_familys_permission_it_stops_kindly(tenant: Tenancy, visitor: Visitor) -> None:
    visitor.answer("who", {"who": "school"})
    assert visitor.answer("permission", {"given": "no"}) == "/refer/stopped"
    page = visitor.open("/refer/stopped")
    assert "Please ask the family first" in page
    # Nobody gets round it by an address.
    assert visitor.client.get("/refer/check").location == "/refer/stopped"


def test_a_school_refers_with_a_permission_that_is_recorded(
    tenant: Tenancy, visitor: Visitor
) -> None:
    school = {
        **PARENT,
        "who": {"who": "school"},
        "permission": {
            "given": "yes",
            "permission_by": "Jo Doorwell",
            "permission_on-day": "8",
            "permission_on-month": "6",
            "permission_on-year": "2026",
            "permission_how": "by telephone",
        },
        "you": {
            "name": "Sam Teacher",
            "organisation": "Example Primary",
            "email": "sam@example-primary.example",
        },
    }
    visitor.fill_in(tenant, school)
    visitor.send()
    (case,) = cases(tenant)
    assert case.route == "school"
    with scoped(Scope.provider(tenant.id, None)) as session:
        fact = load_record(session, case.id).first(FactKind.PERMISSION_GIVEN)
        assert fact is not None
        assert (fact.on, fact.detail) == (
            dt.date(2026, 6, 8), {"by": "Jo Doorwell", "how": "by telephone"},
        )  # fmt: skip
        notes = " ".join(session.scalars(sa.select(CaseNote.text)))
        assert "Referred by Sam Teacher, Example Primary (sam@example-primary.example)." in notes


# Sixteen in the school year 2025-26: the right passes after Friday 26 June 2026.
OF_FIFTEEN = {"date_of_birth-day": "1", "date_of_birth-month": "3", "date_of_birth-year": "2010"}
OF_SEVENTEEN = {**OF_FIFTEEN, "date_of_birth-year": "2009"}


def test_a_young_person_before_the_day_is_told_when_and_whom_to_ask(
    tenant: Tenancy, visitor: Visitor
) -> None:
    visitor.answer("who", {"who": "young_person"})
    visitor.answer("where", {"council": tenant.slug})
    visitor.answer("council", {"right": "yes"})
    assert visitor.answer("child", {**PARENT["child"], **OF_FIFTEEN}) == "/refer/stopped"
    page = visitor.open("/refer/stopped")
    assert "You can ask for mediation yourself from Saturday 27 June 2026." in page


def test_a_young_person_of_age_refers_in_their_own_right(tenant: Tenancy, visitor: Visitor) -> None:
    own = {
        **PARENT,
        "who": {"who": "young_person"},
        "child": {**PARENT["child"], **OF_SEVENTEEN},
        "contact": {**PARENT["contact"], "contact_relation": "The young person"},
    }
    visitor.fill_in(tenant, own)
    assert "decides" not in visitor.asked
    visitor.send()
    (case,) = cases(tenant)
    assert case.route == "young_person"


def test_a_parent_of_a_young_person_asks_it_first(tenant: Tenancy, visitor: Visitor) -> None:
    of_age = {**PARENT, "child": {**PARENT["child"], **OF_SEVENTEEN}, "decides": {"decides": "own"}}
    visitor.fill_in(tenant, of_age)
    page = visitor.open("/refer/decides")
    assert "for Ada since Saturday 28 June 2025" in page
    assert visitor.answer("decides", {"decides": "not_yet"}) == "/refer/stopped"
    assert "It is for Ada to decide" in visitor.open("/refer/stopped")
    visitor.answer("decides", {"decides": "own"})
    visitor.send()
    (case,) = cases(tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        fact = load_record(session, case.id).first(FactKind.PERMISSION_GIVEN)
        assert fact is not None and fact.detail["capacity"] == "own"


def test_a_family_of_another_council_is_told_whom_to_ask_and_nothing_is_kept(
    app: Flask, tenant: Tenancy, visitor: Visitor
) -> None:
    gone = make_tenant(app, subscribed_to=dt.date(2026, 3, 31))
    visitor.answer("who", {"who": "parent"})
    assert drafts() == 1
    where = visitor.answer("where", {"council": gone.slug})
    assert where == f"/refer/elsewhere?council={gone.slug}"
    page = visitor.open(f"{where}&letter-day=20&letter-month=5&letter-year=2026")
    assert f"{gone.name} has another mediation service" in page
    assert "Monday 20 July 2026" in page
    assert drafts() == 0
    assert came_in(gone) == []
    answer = visitor.client.get(f"{where}&letter-day=20&letter-month=5&letter-year=")
    assert answer.status_code == 422


def test_the_postcode_finds_the_council_and_it_is_asked_whether_it_is_right(
    app: Flask, tenant: Tenancy, visitor: Visitor, owner_connection: psycopg.Connection
) -> None:
    other = make_tenant(app)
    owner_connection.execute(
        "INSERT INTO postcode (postcode, district_code, terminated)"
        " SELECT 'M998ZZ', d.lad_code, false FROM district d"
        " JOIN education_authority a USING (dfe_number) WHERE a.slug = %s LIMIT 1",
        [tenant.slug],
    )
    owner_connection.commit()
    try:
        visitor.answer("who", {"who": "parent"})
        assert visitor.answer("where", {"postcode": "m99 8zz"}) == "/refer/council"
        assert tenant.name in visitor.open("/refer/council")
        visitor.answer("council", {"right": "no", "council": other.slug})
        shown = {**PARENT, "council": {"right": "no", "council": other.slug}}
        for step in ("child", "decision", "about", "contact", "needs", "call"):
            visitor.answer(step, shown[step])
        visitor.send()
    finally:
        owner_connection.execute("DELETE FROM postcode WHERE postcode = 'M998ZZ'")
        owner_connection.commit()
    assert cases(tenant) == []
    assert len(cases(other)) == 1


def test_what_was_typed_is_sealed_and_forgotten(
    app: Flask, tenant: Tenancy, visitor: Visitor, clock: Clock
) -> None:
    visitor.answer("who", {"who": "parent"})
    visitor.answer("where", {"council": tenant.slug})
    visitor.answer("council", {"right": "yes"})
    visitor.answer("child", PARENT["child"])
    with scoped(Scope.identity()) as session:
        row = session.scalars(sa.select(ReferralDraft)).one()
        assert b"Doorwell" not in row.sealed
        assert "198.51.100" not in row.source_key
    clock.on(minutes=61)
    assert "You began this" not in visitor.open("/refer")
    with scoped(Scope.identity()) as session:
        assert forget_old_drafts(session, at=clock.now) == 1
    assert drafts() == 0


class Post:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []

    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        self.sent.append(mail)


def test_a_link_by_email_brings_its_writer_back_and_names_nobody(
    app: Flask, tenant: Tenancy, people: Iterator[Visitor], clock: Clock
) -> None:
    visitor, elsewhere = next(people), next(people)
    visitor.answer("who", {"who": "parent"})
    visitor.answer("where", {"council": tenant.slug})
    visitor.answer("council", {"right": "yes"})
    visitor.answer("child", PARENT["child"])
    answer = visitor.client.submit("/refer/later", {"email": "Jo@Family.example"})
    assert "It is saved" in answer.text
    post = Post()
    with app.app_context():
        sender = Sender("Example", "mediation@provider.example")
        assert send_return_links(post, sender, return_address(), at=clock.now) == 1
        assert send_return_links(post, sender, return_address(), at=clock.now) == 0
    (mail,) = post.sent
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert mail["To"] == "jo@family.example"
    assert "Ada" not in text and "Doorwell" not in text
    address = next(word for word in text.split() if "/refer/return?key=" in word)
    path = "/refer/return" + address.partition("/refer/return")[2]
    clock.on(days=3)
    # Nothing is opened by looking at it, as mail filters do.
    assert "Go on with your form" in elsewhere.open(path)
    key = path.partition("key=")[2]
    answer = elsewhere.client.submit(path, {"key": key})
    assert answer.location == "/refer/decision"
    assert 'value="Doorwell"' in elsewhere.open("/refer/child")
    # The browser in which it was begun is shut out from now on.
    assert "Doorwell" not in visitor.open("/refer/child")
    for step in ("decision", "about", "contact", "needs", "call"):
        elsewhere.answer(step, PARENT[step])
    elsewhere.send()
    # Sent: the link is over, and the page says what to do.
    assert "This link is over" in elsewhere.open(path)
    assert len(cases(tenant)) == 1


def test_a_referral_that_was_cut_short_is_taken_in_by_the_worker(
    tenant: Tenancy, visitor: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.fill_in(tenant, PARENT)
    with monkeypatch.context() as broken:
        broken.setattr(handing_in, "take_in", lambda *_: 1 / 0)
        number = visitor.send()
    assert cases(tenant) == []
    assert handing_in.sweep(before=clock.now) == 0
    clock.on(minutes=5)
    assert handing_in.sweep(before=clock.now) == 1
    assert handing_in.sweep(before=clock.now) == 0
    (row,) = came_in(tenant)
    assert (row.receipt, row.state) == (number, "taken")
