"""Complaints: recorded, acknowledged, answered in time, read by the provider alone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.record import RuleBroken
from tenants.feedback import complaints
from tenants.feedback.complaint_rules import About, ComplaintDates, ComplaintTally, Ending, tally
from tenants.feedback.models import Complaint, Participant
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

MONDAY = dt.date(2026, 3, 2)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def complain(tenant: Tenancy, **changes: object) -> uuid.UUID:
    said: dict[str, object] = {
        "received_on": MONDAY,
        "from_whom": Participant.PARENT,
        "about": About.DELAY,
        "words": "Nobody rang us",
        "by": actor(),
        "today": TODAY,
    }
    with scoped(Scope.provider(tenant.id, None)) as session:
        return complaints.record_complaint(session, **(said | changes)).id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "about", "acknowledge_by", "answer_by"),
    [
        # The start day is not counted; 21 working days from a Monday end on a Tuesday.
        (MONDAY, About.DELAY, dt.date(2026, 3, 9), dt.date(2026, 3, 31)),
        # Good Friday and Easter Monday are no working days.
        (dt.date(2026, 4, 1), About.DELAY, dt.date(2026, 4, 10), dt.date(2026, 5, 5)),
        (MONDAY, About.DATA_PROTECTION, dt.date(2026, 3, 9), dt.date(2026, 4, 1)),
    ],
)
def test_a_complaint_is_acknowledged_in_5_working_days_and_answered_in_21_or_30_days(
    received: dt.date, about: About, acknowledge_by: dt.date, answer_by: dt.date
) -> None:
    dates = ComplaintDates(received, about)
    assert (dates.acknowledge_by, dates.answer_by) == (acknowledge_by, answer_by)
    assert dates.next_due == acknowledge_by
    assert ComplaintDates(received, about, acknowledged_on=received).next_due == answer_by


def test_what_is_not_due_yet_is_counted_neither_as_in_time_nor_as_late() -> None:
    counted = tally(
        [
            # In time by a day, late by a day, answered at once (which acknowledges), not due, late.
            ComplaintDates(
                MONDAY, About.DELAY, dt.date(2026, 3, 9), dt.date(2026, 3, 31), Ending.UPHELD
            ),
            ComplaintDates(
                MONDAY, About.DELAY, dt.date(2026, 3, 10), dt.date(2026, 4, 1), Ending.NOT_UPHELD
            ),
            ComplaintDates(MONDAY, About.DELAY, None, dt.date(2026, 3, 3), Ending.PARTLY_UPHELD),
            ComplaintDates(dt.date(2026, 6, 9), About.DELAY),
            ComplaintDates(dt.date(2026, 5, 1), About.DELAY),
        ],
        today=TODAY,
    )
    assert counted == ComplaintTally(
        received=5,
        acknowledge_due=4,
        acknowledged_in_time=2,
        answer_due=4,
        answered_in_time=2,
        upheld=2,
        waiting=2,
    )
    assert tally([], today=TODAY) == ComplaintTally()


def test_a_complaint_goes_its_way_once(tenant: Tenancy) -> None:
    complaint_id = complain(tenant)
    by = {"by": actor(), "today": TODAY}

    def found(session: object) -> Complaint:
        row = complaints.find_complaint(session, complaint_id)  # type: ignore[arg-type]
        assert row is not None
        return row

    with scoped(Scope.provider(tenant.id, None)) as session:
        row = found(session)
        with pytest.raises(RuleBroken, match="came only on 2 March"):
            complaints.acknowledge(session, row, on=dt.date(2026, 3, 1), **by)  # type: ignore[arg-type]
        complaints.acknowledge(session, row, on=dt.date(2026, 3, 4), **by)  # type: ignore[arg-type]
        with pytest.raises(RuleBroken, match="already"):
            complaints.acknowledge(session, row, on=dt.date(2026, 3, 4), **by)  # type: ignore[arg-type]
        with pytest.raises(RuleBroken, match="before the acknowledgement"):
            complaints.answer(
                session,
                row,
                on=dt.date(2026, 3, 3),
                ending=Ending.UPHELD,
                words="",
                **by,  # type: ignore[arg-type]
            )
        complaints.answer(
            session,
            row,
            on=dt.date(2026, 3, 20),
            ending=Ending.UPHELD,
            words="Sorry",
            **by,  # type: ignore[arg-type]
        )
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = found(session)
        assert (row.ending, row.answer) == ("upheld", "Sorry")
        with pytest.raises(RuleBroken, match="answered already"):
            complaints.answer(
                session,
                row,
                on=TODAY,
                ending=Ending.WITHDRAWN,
                words="",
                **by,  # type: ignore[arg-type]
            )
        quarter = (dt.date(2026, 1, 1), dt.date(2026, 3, 31))
        assert complaints.complaints_counted(session, *quarter, today=TODAY).received == 1


def test_only_the_provider_reads_it_and_nobody_changes_what_was_said(
    app: Flask, tenant: Tenancy
) -> None:
    complain(tenant)
    other = make_tenant(app)
    with scoped(Scope.provider(other.id, None)) as session:
        assert session.scalars(sa.select(Complaint)).all() == []
    for scope in (
        Scope.authority(tenant.id, None),
        Scope.finance(tenant.id, None),
        Scope.worker(tenant.id),
    ):
        with scoped(scope) as session, pytest.raises(ProgrammingError, match="permission denied"):
            session.scalars(sa.select(Complaint.words)).all()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        session.execute(sa.update(Complaint).values(words="Otherwise"))


@pytest.fixture
def manager(app: Flask) -> Iterator[PageClient]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield client_of(app, make_person(app, role=ProviderRole.MANAGER))
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.usefixtures("standing_clock")
def test_a_manager_records_acknowledges_and_answers_on_the_pages(
    app: Flask, tenant: Tenancy, manager: PageClient
) -> None:
    _, reference = make_case(app, tenant)
    asked = manager.get(f"/provider/complaints/new?authority={tenant.slug}")
    new = f"/provider/{tenant.slug}/complaints/new"
    assert asked.headers["Location"] == new
    filled = {
        "received_on-day": "2",
        "received_on-month": "March",
        "received_on-year": "2026",
        "from_whom": "parent",
        "about": "delay",
        "words": "Nobody rang us for weeks",
        "case_reference": "XXX-2026-0001",
    }
    refused = manager.post(new, data=filled)
    assert refused.status_code == 422 and "no case of that reference" in refused.text
    assert "Nobody rang us for weeks" in refused.text
    here = manager.post(new, data=filled | {"case_reference": reference}).headers["Location"]
    assert reference in manager.get(here).text
    day = {"acknowledged_on-day": "4", "acknowledged_on-month": "3", "acknowledged_on-year": "2026"}
    assert manager.post(f"{here}/acknowledgement", data=day).status_code == 302
    again = manager.post(f"{here}/acknowledgement", data=day)
    assert again.status_code == 422 and "acknowledged already" in again.text
    answered = {"answered_on-day": "6", "answered_on-month": "3", "answered_on-year": "2026"}
    missing = manager.post(f"{here}/answer", data=answered)
    assert missing.status_code == 422 and "Choose how it ended" in missing.text
    assert manager.post(f"{here}/answer", data=answered | {"ending": "upheld"}).status_code == 302
    assert "Upheld" in manager.get("/provider/complaints?view=answered").text


def test_an_officer_is_not_shown_complaints(app: Flask, tenant: Tenancy) -> None:
    complain(tenant)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert officer.get("/provider/complaints").status_code == 403
