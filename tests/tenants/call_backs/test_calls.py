"""A family books a call without a telephone; staff see it, and nobody is booked twice."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.today import LONDON
from tenants.call_backs.actions import add_absence, add_hours, book_call
from tenants.call_backs.models import AdviserAbsence, AdviserHours, AdviserSlot, CallBack
from tenants.call_backs.reminding import write_call_reminders
from tenants.casework.models import CaseNote, CaseParty
from tenants.casework.record import RuleBroken
from tenants.notices.models import CaseNotice
from tests.bracketed import bracket, left_out
from tests.factories import NOW, Someone, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.referring.journeys import PARENT, Clock, clock, visitors

__all__ = ["clock"]

# The factories' day is a Wednesday.
THURSDAY = dt.date(2026, 6, 11)
NINE = dt.datetime.combine(THURSDAY, dt.time(9), LONDON)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def adviser(app: Flask) -> Iterator[Someone]:
    """The one adviser there is, who makes two calls on Thursdays."""
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))
        session.execute(sa.delete(AdviserAbsence))
    someone = make_person(app, role=ProviderRole.ADVISER, name="Ash Adviser")
    with scoped(Scope.panel(None)) as session:
        add_hours(session, someone.id, 3, dt.time(9), dt.time(10), 2)
    yield someone
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))


def booked(tenant: Tenancy) -> list[tuple[uuid.UUID, dt.datetime, str]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(CallBack.adviser_id, CallBack.starts_at, CallBack.state).order_by(
                CallBack.starts_at
            )
        )
        return [(row.adviser_id, row.starts_at, row.state) for row in rows]


def events(tenant: Tenancy) -> list[str]:
    with scoped(Scope.worker(tenant.id)) as session:
        asked = sa.select(CaseNotice.event).where(CaseNotice.event.startswith("call_"))
        return list(session.scalars(asked.order_by(CaseNotice.caused_at, CaseNotice.id)))


@pytest.fixture
def family(app: Flask, tenant: Tenancy, clock: Clock) -> tuple[PageClient, str]:
    """A browser, and the address of the family's own page."""
    case_id, _ = make_case(app, tenant)
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client, f"/family/{make_family_link(app, tenant, case_id)}/"


def test_a_family_books_moves_and_cancels_its_call(
    tenant: Tenancy, adviser: Someone, family: tuple[PageClient, str], clock: Clock
) -> None:
    client, home = family
    assert "Choose when we call you" in client.get(home).text
    days = client.get(f"{home}call-back").text
    assert "Thursday 11 June 2026" in days
    day = f"{home}call-back?day={THURSDAY}"
    answer = client.submit(day, {"time": NINE.astimezone(dt.UTC).isoformat()})
    assert answer.status_code == 302, answer.text
    assert booked(tenant) == [(adviser.id, NINE.astimezone(dt.UTC), "booked")]
    assert "We call you on <strong>Thursday 11 June 2026 at 9am</strong>" in client.get(home).text
    later = NINE + dt.timedelta(minutes=30)
    client.submit(day, {"time": later.astimezone(dt.UTC).isoformat()})
    assert booked(tenant) == [(adviser.id, later.astimezone(dt.UTC), "booked")]
    # The time that it had is free for others again.
    assert "9am" in client.get(day).text
    client.submit(f"{home}call-back/cancel", {"checked": "go-on"})
    assert [state for *_, state in booked(tenant)] == ["cancelled"]
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AdviserSlot)) == 0
    assert events(tenant) == ["call_booked", "call_moved", "call_cancelled"]


def test_every_word_about_a_call_comes_from_the_catalogue(
    tenant: Tenancy,
    adviser: Someone,
    family: tuple[PageClient, str],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client, home = family
    bracket(monkeypatch)

    def reads(address: str) -> str:
        shown = client.get(address).text
        assert client.page.all("html")[0].get("lang") == "pl"
        assert left_out(client.page, tenant.name, "Sam Example", "TRA-") == [], address
        return shown

    day = f"{home}call-back?day={THURSDAY}"
    client.get(f"{home}?lang=pl")
    reads(f"{home}call-back")
    reads(day)
    assert client.submit(day, {}).status_code == 422
    assert left_out(client.page) == []
    client.submit(day, {"time": NINE.astimezone(dt.UTC).isoformat()})
    assert "czwartek 11 czerwca 2026, 09:00" in client.get(home).text
    assert "We call you on %(moment)s" not in client.page.text
    reads(f"{home}call-back/cancel")
    clock.now = NINE.astimezone(dt.UTC) - dt.timedelta(minutes=59)
    client.submit(f"{home}call-back/cancel", {"checked": "go-on"}, follow_redirects=True)
    assert "⟦This call begins in less than an hour" in client.page.text


def test_a_family_changes_no_call_that_begins_within_the_hour(
    tenant: Tenancy, adviser: Someone, family: tuple[PageClient, str], clock: Clock
) -> None:
    client, home = family
    day = f"{home}call-back?day={THURSDAY}"
    client.submit(day, {"time": NINE.astimezone(dt.UTC).isoformat()})
    clock.now = NINE.astimezone(dt.UTC) - dt.timedelta(minutes=59)
    answer = client.submit(f"{home}call-back/cancel", {"checked": "go-on"}, follow_redirects=True)
    assert "telephone us to change it" in answer.text
    assert [state for *_, state in booked(tenant)] == ["booked"]


def test_two_families_at_once_get_one_time_each_and_the_third_is_told(
    app: Flask, tenant: Tenancy, adviser: Someone
) -> None:
    """Of two advisers, for three families of two authorities, all for the same time."""
    second = make_person(app, role=ProviderRole.ADVISER)
    with scoped(Scope.panel(None)) as session:
        add_hours(session, second.id, 3, dt.time(9), dt.time(10), 2)
    other = make_tenant(app)
    wanted = []
    for place in (tenant, other, tenant):
        case_id, _ = make_case(app, place)
        with scoped(Scope.provider(place.id, None)) as session:
            party = session.scalars(
                sa.select(CaseParty.id).where(CaseParty.case_id == case_id)
            ).one()
        wanted.append((place, case_id, party))
    together, told = threading.Barrier(len(wanted)), []

    def book(place: Tenancy, case_id: uuid.UUID, party: uuid.UUID) -> None:
        with app.app_context():
            together.wait()
            try:
                with scoped(Scope.provider(place.id, None)) as session:
                    call = book_call(session, case_id, party, NINE, by=actor())
                    told.append(str(call.adviser_id))
            except RuleBroken as broken:
                told.append(str(broken))

    threads = [threading.Thread(target=book, args=one) for one in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = "This time has just been taken: choose another"
    assert sorted(told) == sorted([str(adviser.id), str(second.id), taken])


def test_the_key_of_a_time_keeps_two_from_it_whatever_the_pages_do(
    tenant: Tenancy, adviser: Someone
) -> None:
    def take() -> None:
        with scoped(Scope.provider(tenant.id, None)) as session:
            session.add(
                AdviserSlot(person_id=adviser.id, starts_at=NINE, call_back_id=uuid.uuid4())
            )

    take()
    with pytest.raises(sa.exc.IntegrityError, match="pk_adviser_slot"):
        take()
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(sa.delete(AdviserSlot).where(AdviserSlot.person_id == adviser.id))


def test_a_call_is_chosen_while_referring_and_is_booked_with_the_case(
    app: Flask, tenant: Tenancy, adviser: Someone, clock: Clock
) -> None:
    coming = visitors(app, clock)
    one, other = next(coming), next(coming)
    call = {"call": {"day": THURSDAY.isoformat()}}
    wanted = {"time": {"time": NINE.astimezone(dt.UTC).isoformat()}}
    first = {**PARENT, **call, **wanted}
    second = {**first, "child": {**PARENT["child"], "family_name": "Secondcaller"}}
    one.fill_in(tenant, first)
    other.fill_in(tenant, second)
    one.send()
    assert "You asked for a call on Thursday 11 June 2026 at 9am" in one.open("/refer/done")
    assert booked(tenant) == [(adviser.id, NINE.astimezone(dt.UTC), "booked")]
    # The other chose the same time before it was taken: asked again, nothing is lost.
    answer = other.client.submit("/refer/check")
    assert answer.status_code == 422
    assert "The time of the call has just been taken: choose another" in answer.text
    half_past = (NINE + dt.timedelta(minutes=30)).astimezone(dt.UTC)
    other.answer("time", {"time": half_past.isoformat()})
    other.send()
    assert [time for _, time, _ in booked(tenant)] == [NINE.astimezone(dt.UTC), half_past]


def test_the_family_is_reminded_on_the_day_before_and_once(
    app: Flask, tenant: Tenancy, family: tuple[PageClient, str], adviser: Someone
) -> None:
    client, home = family
    client.submit(f"{home}call-back?day={THURSDAY}", {"time": NINE.astimezone(dt.UTC).isoformat()})
    write_call_reminders(at=NOW - dt.timedelta(days=1))
    assert events(tenant) == ["call_booked"]
    for _ in range(2):
        write_call_reminders(at=NOW)
    assert events(tenant) == ["call_booked", "call_soon"]


def test_the_adviser_sees_the_call_says_what_became_of_it_and_takes_that_back(
    app: Flask,
    tenant: Tenancy,
    family: tuple[PageClient, str],
    adviser: Someone,
    clock: Clock,
) -> None:
    client, home = family
    client.submit(f"{home}call-back?day={THURSDAY}", {"time": NINE.astimezone(dt.UTC).isoformat()})
    desk = client_of(app, adviser)
    shown = desk.get("/provider/call-backs").text
    assert "Thursday 11 June 2026 at 9am" in shown
    assert "07700 900000" in shown
    clock.now = NINE.astimezone(dt.UTC) + dt.timedelta(minutes=25)
    assert "1 call to make today" in desk.get("/provider/").text
    with scoped(Scope.provider(tenant.id, None)) as session:
        case_id = session.scalars(sa.select(CallBack.case_id)).one()
    page = f"/provider/{tenant.slug}/cases/{case_id}/call-back"
    for act, state in (("missed", "missed"), ("again", "booked"), ("held", "held")):
        desk.get(page)
        forms = [one for one in desk.page.all("form") if one.get("action") == page]
        token = forms[0].all("input")[0].get("value")
        answer = desk.post(page, data={"csrf_token": token, "act": act})
        assert answer.status_code == 302, answer.text
        assert [one for *_, one in booked(tenant)] == [state]


def test_hours_are_the_services_and_do_not_overlap(app: Flask, adviser: Someone) -> None:
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = "/provider/call-backs/hours"

    def add(start: str, end: str) -> str:
        desk.get(page)
        token = next(
            one.get("value") for one in desk.page.all("input") if one.get("name") == "csrf_token"
        )
        fields = {
            "csrf_token": token, "hours-adviser": str(adviser.id), "hours-weekday": "3",
            "hours-from_time": start, "hours-to_time": end, "hours-most": "3",
        }  # fmt: skip
        return desk.post(page, data=fields, follow_redirects=True).text

    assert "must lie between 9am and 6pm" in add("8am", "10am")
    assert "has hours at that time already" in add("9:30", "11am")
    assert "families choose by it from now on" in add("10am", "11am")
    with scoped(Scope.panel(None)) as session:
        newest = session.scalars(
            sa.select(AdviserHours.id).order_by(AdviserHours.id.desc())
        ).first()
    desk.submit(f"{page}/{newest}/removal", {"checked": "go-on"})
    with scoped(Scope.panel(None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AdviserHours)) == 1
        with pytest.raises(RuleBroken):
            add_absence(session, adviser.id, THURSDAY, THURSDAY - dt.timedelta(days=1))


def test_nothing_is_offered_on_a_day_away(
    app: Flask, family: tuple[PageClient, str], adviser: Someone
) -> None:
    client, home = family
    with scoped(Scope.panel(None)) as session:
        add_absence(session, adviser.id, THURSDAY, THURSDAY + dt.timedelta(days=30))
    assert "No time is free just now" in client.get(f"{home}call-back").text
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserAbsence))


def test_a_time_that_went_while_it_was_held_is_said_in_a_note(
    app: Flask, tenant: Tenancy, adviser: Someone, clock: Clock
) -> None:
    visitor = next(visitors(app, clock))
    call = {"call": {"day": THURSDAY.isoformat()},
            "time": {"time": NINE.astimezone(dt.UTC).isoformat()}}  # fmt: skip
    visitor.fill_in(tenant, {**PARENT, **call})
    visitor.client.submit("/refer/check", {"website": "x"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.add(AdviserSlot(person_id=adviser.id, starts_at=NINE, call_back_id=uuid.uuid4()))
        held = session.execute(sa.text("SELECT id FROM front_referral")).scalar_one()
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    desk.submit(f"/provider/{tenant.slug}/referrals/{held}", {"act": "accept"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        notes = " ".join(session.scalars(sa.select(CaseNote.text)))
        assert "They asked for a call on Thursday 11 June 2026 at 9am" in notes
        session.execute(sa.delete(AdviserSlot))
