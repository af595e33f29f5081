"""Whoever asks what is held about them is answered in time, with what is theirs (issues 13, 15)."""

from __future__ import annotations

import datetime as dt
import io
import json
import uuid
import zipfile

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.reference.working_days import is_working_day
from tenants.casework.kinds import Side
from tenants.casework.models import CaseNote, CaseParty, SenCase
from tenants.casework.referral import NewParty
from tenants.protection.answers.clock import clock_of
from tenants.protection.answers.models import SubjectRequest
from tenants.protection.answers.withholding import why_withheld
from tests.factories import (
    NOW,
    TODAY,
    client_of,
    make_case,
    make_person,
    make_tenant,
)
from tests.page_client import PageClient
from tests.saas.documents.files import PDF
from tests.tenants.agreements.makers import Agreed, agreed_case

pytestmark = pytest.mark.usefixtures("standing_clock")
DAY = {"day": str(TODAY.day), "month": str(TODAY.month), "year": str(TODAY.year)}


@pytest.mark.parametrize(
    ("received", "identity", "extended", "due"),
    [
        # A Tuesday; the day of the same number.
        (dt.date(2026, 6, 9), None, False, dt.date(2026, 7, 9)),
        # The 31st of a month whose next has 30 days; of January it is the last of February.
        (dt.date(2026, 8, 31), None, False, dt.date(2026, 9, 30)),
        (dt.date(2028, 1, 31), None, False, dt.date(2028, 2, 29)),
        # A Saturday is moved to Monday; Christmas Day to the next working day.
        (dt.date(2026, 6, 4), None, False, dt.date(2026, 7, 6)),
        (dt.date(2026, 11, 25), None, False, dt.date(2026, 12, 29)),
        # From when it is sure who asks; and two months more.
        (dt.date(2026, 6, 9), dt.date(2026, 6, 15), False, dt.date(2026, 7, 15)),
        (dt.date(2026, 6, 9), None, True, dt.date(2026, 9, 9)),
    ],
)
def test_the_month_of_the_law(
    received: dt.date, identity: dt.date | None, extended: bool, due: dt.date
) -> None:
    found = clock_of(received, identity_on=identity, extended=extended)
    assert found.due_on == due and is_working_day(due)
    assert found.urgency(due, None) == "soon"
    assert found.urgency(due + dt.timedelta(days=1), None) == "overdue"
    assert found.urgency(due, due) == "done"
    assert found.urgency(due, due + dt.timedelta(days=1)) == "overdue"


@pytest.mark.parametrize(
    ("audience", "side", "whose", "asker", "why"),
    [
        ("parties", "family", None, "a", None),
        ("parties", "family", "b", "a", None),
        ("family", "family", None, "a", None),
        ("family", "family", "a", "a", None),
        ("family", "family", "b", "a", "another"),
        ("family", "family", "b", None, "another"),
        ("authority", "family", None, "a", "confidence"),
        ("family", "authority", None, "a", "confidence"),
        ("provider", "family", None, "a", "provider"),
    ],
)
def test_what_is_anothers(
    audience: str, side: str, whose: str | None, asker: str | None, why: str | None
) -> None:
    assert why_withheld(audience, side=side, of_party=whose, asker=asker) == why


@pytest.fixture
def manager(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.MANAGER))


@pytest.fixture
def agreed(app: Flask) -> Agreed:
    """A case with two parents, and notes for each audience."""
    made = agreed_case(
        app,
        parties=(
            NewParty(side=Side.FAMILY, name="Jo Example", relation="Mother",
                     email="jo@family.example", telephone="07700 900000"),
        ),
    )  # fmt: skip
    with scoped(Scope.provider(made.tenant.id, None)) as session:
        session.add(
            CaseParty(
                tenant_id=made.tenant.id, id=uuid.uuid4(), case_id=made.case_id, side="family",
                name="Kim Other", relation="Father", email="kim@family.example", telephone=None,
                postcode=None, preferred_communication=None, adjustments=None, interpreter=None,
            )
        )  # fmt: skip
        for audience in ("provider", "authority", "family", "parties"):
            session.add(
                CaseNote(
                    tenant_id=made.tenant.id, id=uuid.uuid4(), case_id=made.case_id,
                    audience=audience, text=f"Said to {audience}.", written_at=NOW,
                    written_by=None, written_by_name="Coordinator Example",
                )
            )  # fmt: skip
    return made


def party_of(agreed: Agreed, name: str) -> uuid.UUID:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        return session.scalars(
            sa.select(CaseParty.id).where(
                CaseParty.case_id == agreed.case_id, CaseParty.name == name
            )
        ).one()


def the_request(agreed: Agreed) -> SubjectRequest:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        found = session.scalars(
            sa.select(SubjectRequest).where(SubjectRequest.tenant_id == agreed.tenant.id)
        ).one()
        session.expunge_all()
    return found


def recorded(agreed: Agreed, manager: PageClient, kind: str, id: uuid.UUID) -> str:
    """Record a request as the manager does, from the search on; the address of its page."""
    start = f"/provider/{agreed.tenant.slug}/subject-requests"
    found = manager.submit(f"{start}/new", {"typed": agreed.reference})
    page = f"{start}/new/{kind}/{id}"
    assert found.status_code == 200 and page in found.text
    sent = {f"received_on-{part}": value for part, value in DAY.items()}
    made = manager.submit(page, sent)
    assert made.status_code == 302, made.text
    return f"{start}/{the_request(agreed).id}"


def known(manager: PageClient, page: str) -> None:
    days = {f"{name}-{part}": v for name in ("acknowledged_on", "identity_on")
            for part, v in DAY.items()}  # fmt: skip
    said = manager.submit(page, {**days, "how_known": "document"}, action=page)
    assert said.status_code == 302, said.text


def opened(manager: PageClient, page: str) -> zipfile.ZipFile:
    answer = manager.get(f"{page}/file.zip")
    assert answer.status_code == 200 and answer.content_type == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.data))


def test_a_mother_gets_what_is_hers_and_nothing_of_the_father_or_said_in_confidence(
    app: Flask, agreed: Agreed, manager: PageClient
) -> None:
    coordinator = agreed.provider
    for audience in ("family", "authority"):
        up = coordinator.submit(
            f"{agreed.case}/documents/new",
            {
                "kind": "report",
                "side": "other" if audience == "family" else "authority",
                "audience": audience,
                "file": (io.BytesIO(PDF), "report.pdf"),
            },
        )
        assert up.status_code == 302, up.text
    page = recorded(agreed, manager, "party", party_of(agreed, "Jo Example"))
    # Nothing is given to a stranger.
    early = manager.submit(page, action=f"{page}/items")
    assert early.status_code == 422 and "First say how it was made sure" in early.text
    known(manager, page)
    assert manager.submit(page, action=f"{page}/items").status_code == 302
    with opened(manager, page) as archive:
        names = archive.namelist()
        told = archive.read("data.json").decode()
        read = archive.read("read-me-first.html").decode()
        given = json.loads(told)
        files = [name for name in names if name.startswith("documents/")]
    assert len(files) == 1 and not any("Example" in name for name in names)
    for text in (told, read):
        assert "jo@family.example" in text and "Said to family." in text
        assert "Said to parties." in text
        for hidden in ("Kim", "kim@family.example", "Said to authority.", "Said to provider."):
            assert hidden not in text
    assert {"Person", "Case", "Fact", "Note", "Document"} <= {one["kind"] for one in given}
    # What is not given is counted, with the reason.
    assert "What is not given" in read and "in confidence" in read
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        trail = session.scalars(
            sa.select(AuditEntry.action).where(AuditEntry.subject_id == the_request(agreed).id)
        ).all()
    assert {"subject request recorded", "subject file made", "subject file taken away"} <= set(
        trail
    )


def test_whoever_answers_decides_otherwise_item_by_item(
    agreed: Agreed, manager: PageClient
) -> None:
    page = recorded(agreed, manager, "party", party_of(agreed, "Jo Example"))
    known(manager, page)
    text = manager.get(page).text
    assert "About somebody else" in text and "Said or handed in by another party" in text
    boxes = [one for one in manager.page.all("input") if one.get("name") == "give"]
    chosen = [one.get("value") for one in boxes if one.has("checked")]
    refused = [one.get("value") for one in boxes if not one.has("checked")]
    notes = [key for key in refused if key.startswith("case_note:")]
    token = next(o.get("value") for o in manager.page.all("input") if o.get("name") == "csrf_token")
    without_the_case = [key for key in chosen if not key.startswith("sen_case:")]
    sent = manager.post(
        f"{page}/items",
        data={"give": [*without_the_case, *notes, "case_note:not-one"], "csrf_token": token},
    )
    assert sent.status_code == 302
    with opened(manager, page) as archive:
        told = archive.read("data.json").decode()
    assert "Said to authority." in told and '"kind": "Case"' not in told
    decisions = the_request(agreed).decisions
    assert {key.split(":")[0] for key in decisions} == {"case_note", "sen_case"}


def test_a_child_gets_all_their_cases_and_no_parents_contact(
    app: Flask, agreed: Agreed, manager: PageClient
) -> None:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        child = session.get_one(SenCase, (agreed.tenant.id, agreed.case_id)).child_id
    page = recorded(agreed, manager, "child", child)
    known(manager, page)
    assert manager.submit(page, action=f"{page}/items").status_code == 302
    with opened(manager, page) as archive:
        told = archive.read("data.json").decode()
    assert "Ada" in told and "jo@family.example" not in told


def test_the_file_expires_and_an_answered_request_gives_nothing_more(
    agreed: Agreed, manager: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = recorded(agreed, manager, "party", party_of(agreed, "Jo Example"))
    assert manager.get(f"{page}/file.zip").status_code == 404
    known(manager, page)
    assert manager.submit(page, action=f"{page}/items").status_code == 302
    assert manager.get(f"{page}/file.zip").status_code == 200
    with monkeypatch.context() as later:
        eighth = dt.datetime(2026, 6, 18, 9, 30, tzinfo=dt.UTC)
        later.setattr("saas.web.today.clock", lambda: eighth)
        assert manager.get(f"{page}/file.zip").status_code == 404
    day = {f"answered_on-{part}": value for part, value in DAY.items()}
    refusal = manager.submit(page, {**day, "outcome": "refused"}, action=f"{page}/answer")
    assert refusal.status_code == 422 and "right to know" in refusal.text
    done = manager.submit(page, {**day, "outcome": "given"}, action=f"{page}/answer")
    assert done.status_code == 302
    assert manager.get(f"{page}/file.zip").status_code == 404
    log = f"/provider/{agreed.tenant.slug}/subject-requests"
    assert "No request waits" in manager.get(log).text
    assert "Given what is held" in manager.get(f"{log}?view=all").text
    assert manager.submit(page, action=f"{page}/open").status_code == 302
    assert "No request waits" not in manager.get(log).text


def test_more_time_has_a_reason_and_is_taken_within_the_month(
    agreed: Agreed, manager: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = recorded(agreed, manager, "party", party_of(agreed, "Jo Example"))
    assert "Due Friday 10 July 2026" in manager.get(page).text
    day = {f"extended_on-{part}": value for part, value in DAY.items()}
    bare = manager.submit(page, day, action=page)
    assert bare.status_code == 422 and "when and why more time" in bare.text
    why = {"extended_because": "Six years of papers"}
    assert manager.submit(page, {**day, **why}, action=page).status_code == 302
    assert "Due Thursday 10 September 2026" in manager.get(page).text
    # It is taken back again; and after the month it is too late.
    none = {f"extended_on-{part}": "" for part in DAY}
    assert manager.submit(page, {**none, "extended_because": ""}, action=page).status_code == 302
    late = {"extended_on-day": "13", "extended_on-month": "7", "extended_on-year": "2026"}
    with monkeypatch.context() as later:
        after = dt.datetime(2026, 7, 14, 9, tzinfo=dt.UTC)
        later.setattr("saas.web.today.clock", lambda: after)
        refused = manager.submit(page, {**late, **why}, action=page)
    assert refused.status_code == 422 and "within the first month" in refused.text


def test_nobody_else_sees_who_asked(app: Flask, agreed: Agreed, manager: PageClient) -> None:
    page = recorded(agreed, manager, "party", party_of(agreed, "Jo Example"))
    other = make_tenant(app)
    there = page.replace(agreed.tenant.slug, other.slug)
    assert manager.get(there).status_code == 404
    assert manager.get(f"{there}/file.zip").status_code == 404
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert coordinator.get(page).status_code == 403
    assert coordinator.get(f"{page}/file.zip").status_code == 403
    officer = client_of(app, make_person(app, tenant=agreed.tenant, role=AuthorityRole.MANAGER))
    assert officer.get(page).status_code == 403
    with (
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
        scoped(Scope.authority(agreed.tenant.id, None)) as session,
    ):
        session.execute(sa.text("SELECT * FROM subject_request"))


def test_a_case_of_another_person_of_the_same_name_is_offered_and_not_chosen(
    app: Flask, agreed: Agreed, manager: PageClient
) -> None:
    _, namesake = make_case(
        app,
        agreed.tenant,
        parties=(NewParty(side=Side.FAMILY, name="Jo Example", relation="Aunt"),),
    )
    _, theirs = make_case(
        app,
        agreed.tenant,
        parties=(
            NewParty(side=Side.FAMILY, name="J. Example", relation="Mother",
                     email="jo@family.example"),
        ),
    )  # fmt: skip
    party = party_of(agreed, "Jo Example")
    page = f"/provider/{agreed.tenant.slug}/subject-requests/new/party/{party}"
    text = manager.get(page).text
    assert namesake in text and theirs in text
    chosen = [o for o in manager.page.all("input") if o.get("name") == "cases" and o.has("checked")]
    assert len(chosen) == 2
