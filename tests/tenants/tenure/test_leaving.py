"""Issue 15: an authority leaves. Its people work, then read, then are out; then it is deleted."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.base import Base
from saas.database.scope import Scope, scoped
from saas.documents.storage import MissingFileError, new_key, open_storage
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.casework.record import RuleBroken
from tenants.statistics.api import tokens
from tenants.subscribers import leaving
from tenants.subscribers.models import Subscriber
from tenants.subscribers.refused import StandingRefused
from tenants.tenure.deleting import GOES, check_not_deleted, delete_what_was_asked
from tenants.tenure.export.asking import ask_export, key_of
from tenants.tenure.export.rounds import make_exports_asked_for
from tenants.tenure.rounds import look_after_standings
from tests.factories import NOW, TODAY, Someone, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.protection.making import ask, close, erase
from tests.tenants.tenure.making import leave
from tests.tenants.tenure.test_suspension import day

HREF = "https://here.example/authority/standing"
LAST = TODAY + dt.timedelta(days=50)
READS_UNTIL = LAST + dt.timedelta(days=20)


class Clock:
    """The doors' clock, which a test sets on."""

    def __init__(self) -> None:
        self.at = NOW

    def to(self, one: dt.date) -> dt.datetime:
        self.at = dt.datetime.combine(one, NOW.timetz())
        return self.at

    def __call__(self) -> dt.datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr("saas.web.today.clock", standing)
    return standing


@pytest.fixture
def woken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setitem(app.extensions, "wake_worker", asked.append)
    return asked


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def boss(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)


def admin_of(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.ADMIN, name="Ada Admin"))


def test_it_is_recorded_corrected_and_taken_back_by_the_pages(
    app: Flask, tenant: Tenancy, boss: Someone, clock: Clock, woken: list[str]
) -> None:
    admin, page = admin_of(app), f"/manager/authorities/{tenant.slug}"
    wrong = {**day("last_day", LAST), **day("reads_until", TODAY)}
    assert admin.submit(f"{page}/leaving", wrong).status_code == 422
    right = {**day("last_day", LAST), **day("reads_until", READS_UNTIL), "reason": "A merger"}
    assert admin.submit(f"{page}/leaving", right).status_code == 302
    assert woken == ["look_after_authorities"] and ended_on(tenant) == LAST
    assert "Leaves" in admin.get(page).text and "A merger" in admin.get(page).text
    look_after_standings(HREF, at=NOW)
    look_after_standings(HREF, at=NOW)
    assert headings(tenant) == ["Your authority leaves SEND mediation after Thursday 30 July 2026"]
    theirs = client_of(app, boss)
    shown = theirs.get("/authority/").text
    assert "leaves this service after Thursday 30 July 2026" in shown and "A merger" not in shown
    later = {**day("last_day", LAST + dt.timedelta(days=1))}
    assert admin.submit(f"{page}/leaving", later).status_code == 302
    assert ended_on(tenant) == LAST + dt.timedelta(days=1)
    admin.submit(page, action=f"{page}/leaving/taking-back")
    assert ended_on(tenant) is None
    look_after_standings(HREF, at=NOW)
    assert headings(tenant)[-1] == "Your authority does not leave SEND mediation"
    assert "leaves this service" not in theirs.get("/authority/").text


def ended_on(tenant: Tenancy) -> dt.date | None:
    with scoped(Scope.public()) as session:
        return session.scalar(sa.select(Subscriber.subscribed_to).where(Subscriber.id == tenant.id))


def headings(tenant: Tenancy) -> list[str]:
    with scoped(Scope.worker(tenant.id)) as session:
        return list(
            session.scalars(
                sa.select(Message.heading)
                .where(Message.tenant_id == tenant.id, Message.topic == "standing")
                .order_by(Message.created_at, Message.id)
            )
        )


def test_its_people_work_then_read_then_are_out_and_come_back_if_it_stays(
    app: Flask, tenant: Tenancy, boss: Someone, clock: Clock
) -> None:
    _, reference = make_case(app, tenant)
    leave(tenant, LAST, reads_until=READS_UNTIL)
    client = client_of(app, boss)
    assert client.get("/authority/refer/").status_code == 200
    at = clock.to(LAST + dt.timedelta(days=1))
    client = client_of(app, boss)
    look_after_standings(HREF, at=at)
    assert reference in client.get("/authority/").text
    assert client.get("/authority/refer/").status_code == 403
    assert "left on" in client.get("/authority/standing").text
    with (
        scoped(Scope.authority(tenant.id, boss.id)) as session,
        pytest.raises(sa.exc.DBAPIError) as refused,
    ):
        session.execute(sa.text("DELETE FROM case_officer WHERE true"))
    assert refused.value.orig.sqlstate == "RO001"  # type: ignore[union-attr]
    # Where no worker runs they are out all the same.
    at = clock.to(READS_UNTIL + dt.timedelta(days=1))
    client = client_of(app, boss)
    assert client.get("/authority/").status_code == 403
    assert client.get("/account").status_code == 200
    look_after_standings(HREF, at=at)
    assert closed(tenant) is not None
    assert client.get("/authority/").status_code == 403
    with scoped(Scope.provider(tenant.id, None)) as session:
        leaving.take_leaving_back(session, by_name="Ada", at=at)
    look_after_standings(HREF, at=at)
    assert closed(tenant) is None
    assert reference in client.get("/authority/").text


def closed(tenant: Tenancy) -> dt.datetime | None:
    with scoped(Scope.identity()) as session:
        return session.scalar(
            sa.select(Membership.suspended_at).where(Membership.tenant_id == tenant.id)
        )


def test_a_key_of_its_own_systems_opens_nothing_once_reading_is_over(
    app: Flask, tenant: Tenancy
) -> None:
    with scoped(Scope.authority(tenant.id, None)) as session:
        key = tokens.make_token(
            session, name="Ours", allows=[tokens.Allows.STATISTICS],
            expires_on=TODAY + dt.timedelta(days=300), at=NOW,
        )  # fmt: skip
    shown = tokens.presented(f"Bearer {key}")
    assert shown is not None

    def opens(day: dt.date) -> bool:
        with scoped(Scope.authority(tenant.id, None)) as session:
            return tokens.opened(session, shown, today=day) is not None

    assert opens(READS_UNTIL + dt.timedelta(days=1))
    leave(tenant, LAST, reads_until=READS_UNTIL)
    assert opens(READS_UNTIL)
    assert not opens(READS_UNTIL + dt.timedelta(days=1))


def test_after_the_last_day_no_family_is_referred(
    app: Flask, tenant: Tenancy, clock: Clock
) -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    leave(tenant, yesterday, today=yesterday)
    clock.to(TODAY)
    with pytest.raises(RuleBroken, match="has left"):
        make_case(app, tenant, opened_on=TODAY)
    # What was asked for before, and is recorded late, is.
    make_case(app, tenant, opened_on=yesterday)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert tenant.name not in coordinator.get("/provider/cases/new").text
    public = app.test_client().get(f"/areas/{tenant.slug}").text
    assert "We no longer work in" in public


@pytest.mark.parametrize(
    ("last", "until"),
    [(TODAY - dt.timedelta(days=1), TODAY), (TODAY, TODAY - dt.timedelta(days=1))],
)
def test_days_out_of_order_are_refused(
    app: Flask, tenant: Tenancy, last: dt.date, until: dt.date
) -> None:
    with pytest.raises(StandingRefused):
        leave(tenant, last, reads_until=until)
    assert ended_on(tenant) is None


def test_what_is_left_is_deleted_at_last_with_a_certificate_made_first(
    app: Flask, tenant: Tenancy, boss: Someone, clock: Clock, woken: list[str]
) -> None:
    case_id, _ = make_case(app, tenant)
    close(tenant, case_id)
    leave(tenant, TODAY, reads_until=TODAY)
    settings = app.extensions["settings"]
    storage = open_storage(settings)
    with scoped(Scope.provider(tenant.id, None)) as session:
        export = ask_export(session, side="provider", by_name="Ada", at=NOW).id
    at = clock.to(dt.date(2033, 6, 1))
    page = f"/manager/authorities/{tenant.slug}"
    admin = admin_of(app)
    kept = admin.get(f"{page}/deletion").text
    assert "1 of its cases are not erased yet" in kept and "still have access" in kept
    assert "Make the certificate" not in kept
    look_after_standings(HREF, at=at)
    make_exports_asked_for(settings, at=at)
    ask(tenant, case_id)
    assert erase(tenant) == 1
    orphan = new_key(tenant.id, boss.id)
    storage.put(orphan, b"left over")
    assert "cannot be deleted yet" not in admin.get(f"{page}/deletion").text
    woken.clear()
    assert admin.submit(f"{page}/deletion").status_code == 302
    assert woken == ["delete_rests_of_authorities"]
    # The paper is there before anything is gone.
    certificate = admin.get(f"{page}/deletion.pdf")
    words = " ".join(pypdf.PdfReader(io.BytesIO(certificate.data)).pages[0].extract_text().split())
    assert "Certificate of deletion" in words and tenant.name in words
    assert "Places of people in the team, with their access 1" in words
    assert "Limitation Act 1980" in words
    assert delete_what_was_asked(storage, at=at) == 1
    assert delete_what_was_asked(storage, at=at) == 0
    for name in GOES:
        assert rows_of(app, tenant, name) == 0, name
    with scoped(Scope.identity()) as session:
        assert closed(tenant) is None
        person = session.get_one(Person, boss.id)
        assert not person.active and person.email.endswith("@deleted.invalid")
    for key in (key_of(tenant.id, export), orphan):
        with pytest.raises(MissingFileError):
            storage.get(key)
    assert "was deleted" in admin.get(page).text
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.tenant_id == tenant.id)
        ).all()
    assert "rest of the authority deleted" in actions and "case erased" in actions
    # The figures and the case without a name stay.
    assert rows_of(app, tenant, "sen_case") == 1
    with scoped(Scope.provider(tenant.id, None)) as session, pytest.raises(StandingRefused):
        check_not_deleted(session)


def rows_of(app: Flask, tenant: Tenancy, table: str) -> int:
    column = Base.metadata.tables[table].c.tenant_id
    found = 0
    for scope in (Scope.provider, Scope.authority, Scope.finance):
        try:
            with scoped(scope(tenant.id, None)) as session:
                found = max(
                    found,
                    session.scalar(sa.select(sa.func.count(column)).where(column == tenant.id))
                    or 0,
                )
        except sa.exc.ProgrammingError:
            continue
    return found


def test_nothing_is_deleted_by_the_eraser_that_was_not_asked_for(
    app: Flask, tenant: Tenancy, boss: Someone
) -> None:
    leave(tenant, TODAY)
    look_after_standings(HREF, at=NOW)
    assert headings(tenant)
    with scoped(Scope.eraser(tenant.id, boss.id)) as session:
        for name in sorted(GOES.keys() - {"message"}):
            table = Base.metadata.tables[name]
            done = session.execute(sa.delete(table).where(table.c.tenant_id == tenant.id))
            assert done.rowcount == 0, name  # type: ignore[attr-defined]
    with (
        scoped(Scope.eraser(tenant.id, boss.id)) as session,
        pytest.raises(sa.exc.DBAPIError, match="nobody asked"),
    ):
        session.execute(sa.delete(Message).where(Message.tenant_id == tenant.id))
