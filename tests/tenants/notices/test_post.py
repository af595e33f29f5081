"""From a fact to a mailbox, over a real mail server and a real database."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from email.message import EmailMessage

import icalendar
import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from saas.config import ROOT, Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message, MessageState
from saas.messages.outbox import WAITS
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind, Side
from tenants.casework.referral import NewParty
from tenants.notices.actions import choose_for_party, choose_for_person
from tenants.notices.models import CaseNotice
from tenants.notices.post import post_notices
from tenants.notices.queries import family_with_email
from tenants.notices.topics import Topic
from tests.factories import NOW, TODAY, Someone, actor, make_case, make_person, make_tenant
from tests.saas.messages.mail_server import MailServerDouble, mail_server

# No other word of the service holds these.
NAMES = ("Zephyrine", "Quillfeather", "Ottoline", "Brackenbury")
FAMILY = "family@home.example"
PROVIDER = "mediation@provider.example"


@pytest.fixture
def smtp(fresh_app: Flask, fresh_settings: Settings) -> Iterator[MailServerDouble]:
    with mail_server() as double:
        settings = fresh_settings.model_copy(
            update={"mail_url": SecretStr(double.url), "public_url": "https://service.example"}
        )
        fresh_app.extensions["settings"] = settings
        yield double


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


@pytest.fixture
def officer(fresh_app: Flask, tenant: Tenancy) -> Someone:
    return make_person(fresh_app, tenant=tenant, role=AuthorityRole.OFFICER)


@pytest.fixture
def case(fresh_app: Flask, tenant: Tenancy) -> tuple[uuid.UUID, str]:
    """A case of a family that chose to mediate. What happened so far is not told again."""
    made = make_case(
        fresh_app,
        tenant,
        given_name=NAMES[0],
        family_name=NAMES[1],
        parties=(
            NewParty(
                side=Side.FAMILY,
                name=f"{NAMES[2]} {NAMES[3]}",
                relation="Mother",
                email=FAMILY,
                adjustments="Hearing loop for her autism assessment",
            ),
        ),
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            made[0],
            on=TODAY,
            way="telephone",
            minutes=20,
            choice=Choice.MEDIATE,
            choice_on=TODAY,
            by=actor(),
            today=TODAY,
        )
    return made


NAMED = {"name": "Ray Example", "role": "Head of SEN", "may_decide": True}


def add(
    tenant: Tenancy,
    case_id: uuid.UUID,
    kind: FactKind,
    *,
    by: Someone | None = None,
    **more: object,
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        who = actions.Actor(by.id if by else None, "Example", NOW)
        actions.add_fact(session, case_id, kind, TODAY, by=who, today=TODAY, **more)  # type: ignore[arg-type]


def fix(tenant: Tenancy, case_id: uuid.UUID, on: str = "2026-07-09", **more: object) -> None:
    detail = {"meeting_on": on, "time": "10:00", "place": "Town Hall", **more}
    add(tenant, case_id, FactKind.MEETING_FIXED, detail=detail)


def post(at: dt.datetime = NOW) -> dict[str, int]:
    return dict(post_notices(at=at))


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def calendar(mail: EmailMessage) -> icalendar.Calendar:
    (part,) = (p for p in mail.walk() if p.get_content_type() == "application/ics")
    return icalendar.Calendar.from_ical(part.get_content())


def messages(tenant: Tenancy) -> list[tuple[str, str, int, str | None]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(Message.address, Message.state, Message.attempts, Message.answer).order_by(
                Message.address
            )
        )
        return [(r.address, r.state, r.attempts, r.answer) for r in rows]


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
        ((party, _),) = family_with_email(session, case[0])
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


@pytest.mark.usefixtures("fresh_app")
def test_two_rounds_at_once_send_each_message_once(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, officer: Someone,
    case: tuple[uuid.UUID, str],
) -> None:  # fmt: skip
    for day in range(9, 14):
        fix(tenant, case[0], f"2026-07-{day:02}")
    together = threading.Barrier(2)

    def round_of_post() -> None:
        with fresh_app.app_context():
            together.wait()
            post()

    threads = [threading.Thread(target=round_of_post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    post()
    ids = [mail["Message-ID"] for mail in smtp.arrived]
    assert len(ids) == len(set(ids)) == 15
    assert len(smtp.to(officer.email)) == 5


@pytest.mark.usefixtures("fresh_app")
def test_a_mailbox_that_is_not_there_is_kept_as_a_bounce_and_not_tried_again(
    smtp: MailServerDouble, tenant: Tenancy, officer: Someone, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses[FAMILY] = "550 5.1.1 No such mailbox"
    fix(tenant, case[0])
    assert post() == {MessageState.SENT: 2, MessageState.BOUNCED: 1}
    assert (FAMILY, "bounced", 1, "550 5.1.1 No such mailbox") in messages(tenant)
    assert post(NOW + dt.timedelta(days=3)) == {}
    assert smtp.to(officer.email)


@pytest.mark.usefixtures("fresh_app", "officer")
def test_a_busy_server_is_tried_again_later_and_later_and_then_given_up(
    smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses["*"] = "451 Try again later"
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    at = NOW
    for wait in WAITS[:-1]:
        assert post(at) == {MessageState.WAITING: 1}
        assert post(at + wait - dt.timedelta(seconds=1)) == {}
        at += wait
    assert post(at) == {MessageState.GIVEN_UP: 1}
    assert messages(tenant) == [(PROVIDER, "given_up", len(WAITS), "451 Try again later")]
    assert post(at + dt.timedelta(days=30)) == {}


@pytest.mark.usefixtures("fresh_app", "officer")
def test_a_server_that_comes_back_gets_what_waited(
    smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    smtp.refuses["*"] = "421 Going down"
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    post()
    smtp.refuses.clear()
    assert post(NOW + WAITS[0]) == {MessageState.SENT: 1}
    assert messages(tenant) == [(PROVIDER, "sent", 2, None)]


KILLED = """
import datetime as dt, os
from pydantic import SecretStr
from saas.app import create_app
from saas.config import load_settings
from saas.messages import outbox
from tenants.notices.post import post_notices

def killed(*_):
    os._exit(9)

outbox._mark = killed
app = create_app(load_settings())
with app.app_context():
    post_notices(at=dt.datetime.fromisoformat(os.environ["AT"]))
"""


@pytest.mark.usefixtures("officer")
def test_a_worker_killed_after_sending_sends_the_same_again_and_loses_nothing(
    fresh_app: Flask, fresh_settings: Settings, smtp: MailServerDouble, tenant: Tenancy,
    case: tuple[uuid.UUID, str],
) -> None:  # fmt: skip
    """At least once: the mail server had it, and the worker died before it could say so."""
    add(tenant, case[0], FactKind.REPRESENTATIVE_NAMED, detail=NAMED)
    died = subprocess.run(
        [sys.executable, "-c", KILLED],
        cwd=ROOT,
        env={
            **os.environ,
            "FLASK_SKIP_DOTENV": "1",
            "ENVIRONMENT": "test",
            "AT": NOW.isoformat(),
            "DATABASE_URL": fresh_settings.database_url.get_secret_value(),
            "DATABASE_ROLE_PREFIX": fresh_settings.database_role_prefix,
            "MAIL_URL": smtp.url,
            "PROVIDER_EMAIL": PROVIDER,
        },
        check=False,
        timeout=60,
    )
    assert died.returncode == 9
    assert len(smtp.arrived) == 1
    assert messages(tenant) == [(PROVIDER, "waiting", 1, None)]
    assert post() == {}
    assert post(NOW + WAITS[0]) == {MessageState.SENT: 1}
    first, second = smtp.arrived
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.usefixtures("smtp", "officer")
def test_an_event_is_addressed_once_though_the_addressing_is_interrupted(
    fresh_app: Flask, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    fix(tenant, case[0])
    post()
    with scoped(Scope.worker(tenant.id)) as session:
        # As if the worker had died before it could say that it was done.
        session.execute(sa.update(CaseNotice).values(addressed_at=None))
    assert post() == {}
    assert len(messages(tenant)) == 3


@pytest.mark.usefixtures("fresh_app", "officer")
def test_one_authoritys_trouble_keeps_no_other_waiting(
    fresh_app: Flask, smtp: MailServerDouble, tenant: Tenancy, case: tuple[uuid.UUID, str]
) -> None:
    other = make_tenant(fresh_app)
    theirs, _ = make_case(fresh_app, other)
    with scoped(Scope.worker(tenant.id)) as session:
        session.execute(
            sa.insert(CaseNotice).values(
                tenant_id=tenant.id, case_id=case[0], event="meeting_fixed", audience="parties",
                detail={"uid": "x"}, caused_at=NOW,
            )
        )  # fmt: skip
    add(other, theirs, FactKind.CLOSED)
    with pytest.raises(KeyError):
        post()
    assert [mail["To"] for mail in smtp.arrived] == [PROVIDER]


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
