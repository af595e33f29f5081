"""From a fact to a mailbox, over a real mail server and a real database."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import MessageState
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.notices.actions import choose_for_party, choose_for_person
from tenants.notices.queries import family_names
from tenants.notices.topics import Topic
from tests.factories import NOW, TODAY, Someone, actor, make_person, make_tenant
from tests.saas.messages.mail_server import MailServerDouble
from tests.tenants.notices.posting import (
    FAMILY,
    NAMES,
    PROVIDER,
    add,
    calendar,
    fix,
    plain,
    post,
)


@pytest.mark.usefixtures("fresh_app")
def test_a_fixed_meeting_reaches_those_concerned_with_a_calendar_file(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    case_id, reference = case
    fix(tenant, case_id)
    assert post() == {MessageState.SENT: 3}
    assert {mail["To"] for mail in smtp.arrived} == {officer.email, FAMILY, PROVIDER}
    (mail,) = smtp.to(officer.email)
    assert mail["Subject"] == f"Case {reference}: meeting date fixed"
    text = plain(mail)
    assert "meeting date fixed (Thursday 9 July 2026 at 10:00)" in text
    assert f"https://service.example/authority/cases/{case_id}" in text
    (event,) = calendar(mail).walk("VEVENT")
    assert event["LOCATION"] == "Town Hall"
    (to_family,) = smtp.to(FAMILY)
    assert "https://service.example/family/" in plain(to_family)
    assert "URL" not in calendar(to_family).walk("VEVENT")[0], "a calendar is shared with others"
    (to_us,) = smtp.to(PROVIDER)
    assert f"/provider/{tenant.slug}/cases/{case_id}" in plain(to_us)


@pytest.mark.usefixtures("fresh_app")
def test_a_change_and_a_cancellation_find_the_same_calendar_entry(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    fix(tenant, case[0])
    fix(tenant, case[0], "2026-07-16")
    add(tenant, case[0], FactKind.MEETING_CANCELLED, detail={"by": "family"})
    post()
    mails = smtp.to(officer.email)
    assert [m["Subject"].partition(": ")[2] for m in mails] == [
        "meeting date fixed",
        "meeting date changed",
        "meeting cancelled",
    ]
    calendars = [calendar(mail) for mail in mails]
    assert [c["METHOD"] for c in calendars] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [c.walk("VEVENT")[0] for c in calendars]
    assert len({str(e["UID"]) for e in events}) == 1
    numbers = [int(str(e["SEQUENCE"])) for e in events]
    assert numbers == sorted(set(numbers))


@pytest.mark.usefixtures("fresh_app", "officer")
def test_what_is_undone_is_told_to_nobody(
    smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:

    def fail_later() -> None:
        with scoped(Scope.provider(tenant.id, None)) as session:
            actions.add_fact(
                session,
                case[0],
                FactKind.MEETING_FIXED,
                TODAY,
                detail={"meeting_on": "2026-07-09"},
                by=actor(),
                today=TODAY,
            )
            raise LookupError("something later in the same request")

    with pytest.raises(LookupError):
        fail_later()
    assert post() == {}
    assert smtp.arrived == []


@pytest.mark.usefixtures("fresh_app")
def test_no_name_and_no_need_leaves_in_any_message_of_a_whole_case(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    case_id = case[0]
    add(tenant, case_id, FactKind.ADVISER_INFORMED_AUTHORITY)
    fix(tenant, case_id)
    add(tenant, case_id, FactKind.MEETING_HELD)
    add(tenant, case_id, FactKind.CONCLUDED, value="full")
    add(tenant, case_id, FactKind.CLOSED)
    assert post()[MessageState.SENT] >= 5
    assert smtp.to(officer.email) and smtp.to(FAMILY)
    for mail in smtp.arrived:
        parts = [str(value) for value in mail.values()]
        parts += [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
        whole = " ".join(parts)
        assert not [name for name in (*NAMES, "autism", "Hearing loop") if name in whole]


def test_the_worker_can_read_no_name_from_the_database(
    fresh_app: Flask, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    wanted = {
        "child": "given_name",
        "case_party": "name",
        "person": "name",
        "case_note": "text",
        "case_fact": "detail",
        "agreed_step": "wording",
        "sen_case": "decision_type",
        "case_document": "description",
        "case_position": "outcome",
    }
    for table, column in wanted.items():
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(Scope.worker(tenant.id)) as session,
        ):
            session.execute(sa.text(f"SELECT {column} FROM {table}"))


@pytest.mark.usefixtures("fresh_app")
def test_a_family_without_an_address_and_whoever_refused_are_not_written_to(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    with scoped(Scope.identity()) as session:
        choose_for_person(session, officer.id, wanted=set(Topic) - {Topic.MEETINGS})
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party, _),) = family_names(session, case[0])
        choose_for_party(session, case[0], party, wanted={Topic.MEETINGS}, at=NOW)
    fix(tenant, case[0])
    add(tenant, case[0], FactKind.MEDIATOR_APPOINTED)
    post()
    assert [m["Subject"].partition(": ")[2] for m in smtp.to(officer.email)] == [
        "the mediator or facilitator is appointed"
    ]
    assert [m["Subject"].partition(": ")[2] for m in smtp.to(FAMILY)] == ["meeting date fixed"]


def test_those_appointed_are_told_and_nobody_of_what_they_did(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    adviser, mediator = (
        make_person(fresh_app, role=role)
        for role in (ProviderRole.COORDINATOR, ProviderRole.MEDIATOR)
    )
    finance = make_person(fresh_app, tenant=tenant, role=AuthorityRole.FINANCE)
    other = make_tenant(fresh_app)
    stranger = make_person(fresh_app, tenant=other, role=AuthorityRole.OFFICER)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            sa.text("UPDATE sen_case SET coordinator_id = :a, mediator_id = :m WHERE id = :c"),
            {"a": adviser.id, "m": mediator.id, "c": case[0]},
        )
    add(tenant, case[0], FactKind.MEDIATOR_APPOINTED, by=adviser)
    post()
    told = {mail["To"] for mail in smtp.arrived}
    assert mediator.email in told and adviser.email not in told and PROVIDER not in told
    assert not told & {finance.email, stranger.email}


@pytest.mark.usefixtures("smtp")
def test_an_authority_causes_a_notice_and_can_read_none(
    fresh_app: Flask, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    fix(tenant, case[0])
    post()
    for table in ("message", "case_notice", "person_notice_refusal", "party_notice_refusal"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(Scope.authority(tenant.id, officer.id)) as session,
        ):
            session.execute(sa.text(f"SELECT 1 FROM {table}"))


def test_an_authoritys_own_act_is_told_to_the_others(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, officer: Someone,
    case: tuple[uuid.UUID, str],
) -> None:  # fmt: skip
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        actions.add_fact(
            session,
            case[0],
            FactKind.AUTHORITY_CANNOT_ARRANGE,
            TODAY,
            by=actions.Actor(officer.id, "Example", NOW),
            today=TODAY,
        )
    post()
    assert {mail["To"] for mail in smtp.arrived} == {FAMILY, PROVIDER}
