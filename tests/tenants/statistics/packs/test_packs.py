"""Report packs: drafted, commented, released, and then fixed for everyone."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid
from collections.abc import Iterator

import openpyxl
import psycopg
import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from saas.database.scope import Scope, ScopedSession, scoped
from saas.documents.content import Provider
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.feedback.actions import record_evaluation
from tenants.feedback.complaint_rules import About, Ending
from tenants.feedback.complaints import answer, record_complaint
from tenants.feedback.models import Participant
from tenants.statistics.measures.models import ReportPack
from tenants.statistics.measures.periods import Period, period
from tenants.statistics.packs.packs import (
    PackRefused,
    make_draft,
    packs,
    release,
    write_commentary,
)
from tenants.statistics.packs.runs import make_every_draft
from tests.factories import TODAY, actor, client_of, make_person, make_tenant
from tests.tenants.statistics.caseload import hold_mediation

PROVIDER = Provider(name="Provider", address=("1 Yard",), telephone="020 7946 0000", email="")
QUARTER = period("2026-q1")


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    made = make_tenant(app)
    for day in (5, 12, 19):
        hold_mediation(app, made, held=dt.date(2026, 2, day))
    return made


def draft(session: ScopedSession, of: Period = QUARTER) -> ReportPack:
    return make_draft(session, of, provider=PROVIDER, by=actor("Manager"), today=TODAY)


def released(tenant: Tenancy) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = draft(session)
        write_commentary(session, pack, "A steady quarter.\n\nTwo things stand out.", by=actor())
        release(session, pack, by=actor("Manager Example"), today=TODAY)
        return pack.id


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_pack_is_a_tagged_paper_and_a_workbook_that_say_the_same(tenant: Tenancy) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = draft(session)
        pdf, xlsx = pack.pdf, pack.xlsx
    paper = pypdf.PdfReader(io.BytesIO(pdf))
    assert b"/StructTreeRoot" in pdf or paper.root_object.get("/StructTreeRoot") is not None
    assert paper.metadata is not None and tenant.name in str(paper.metadata.title)
    text = text_of(pdf)
    assert "January to March 2026" in text and "Draft" in text
    assert "3 mediations" in text
    book = openpyxl.load_workbook(io.BytesIO(xlsx), read_only=True)
    values = {row[0]: row[2] for row in book["Measures"].iter_rows(values_only=True) if row[0]}
    assert values["mediations_held"] == 3
    assert any("counted once by the day" in str(r[1]) for r in book["Definitions"].values)


def test_a_draft_made_again_has_the_new_figures_and_keeps_what_was_written(
    app: Flask, tenant: Tenancy
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        write_commentary(session, draft(session), "Keep this.", by=actor())
    hold_mediation(app, tenant, held=dt.date(2026, 3, 31))
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = draft(session)
        assert pack.commentary == "Keep this."
        assert "4 mediations" in pack.content["charts"][0]["finding"]
        assert len(packs(session)) == 1


def test_an_authority_sees_a_pack_once_it_is_released_and_never_anothers(
    app: Flask, tenant: Tenancy
) -> None:
    other = make_tenant(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        draft(session)
    with scoped(Scope.authority(tenant.id, None)) as session:
        assert packs(session) == []
    released(tenant)
    with scoped(Scope.authority(tenant.id, None)) as session:
        assert [line.period.code for line in packs(session)] == ["2026-q1"]
    with scoped(Scope.authority(other.id, None)) as session:
        assert packs(session) == []


def test_nothing_changes_a_released_pack(
    tenant: Tenancy, owner_connection: psycopg.Connection
) -> None:
    pack_id = released(tenant)
    with (
        scoped(Scope.provider(tenant.id, None)) as session,
        pytest.raises(PackRefused, match="released"),
    ):
        draft(session)
    for change in (
        sa.update(ReportPack).values(commentary="Otherwise"),
        sa.update(ReportPack).values(released_at=None, released_by_name=None),
    ):
        with (
            pytest.raises(IntegrityError, match="not changed"),
            scoped(Scope.provider(tenant.id, None)) as session,
        ):
            session.execute(change.where(ReportPack.id == pack_id))


@pytest.mark.parametrize(
    ("of", "commentary", "why"),
    [("2026-q2", "Words", "not over"), ("2026-q1", "  ", "Write what you make")],
)
def test_a_pack_is_released_when_its_period_is_over_and_something_is_written(
    tenant: Tenancy, of: str, commentary: str, why: str
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = draft(session, period(of))
        write_commentary(session, pack, commentary, by=actor())
        with pytest.raises(PackRefused, match=why):
            release(session, pack, by=actor(), today=TODAY)


def test_only_what_may_be_quoted_is_quoted(app: Flask, tenant: Tenancy) -> None:
    case_id = hold_mediation(app, tenant, held=dt.date(2026, 2, 20))
    with scoped(Scope.provider(tenant.id, None)) as session:
        for comment, may_quote in (("We were heard", True), ("Between us only", False)):
            record_evaluation(
                session,
                case_id,
                participant=Participant.PARENT,
                given_on=dt.date(2026, 3, 1),
                rating=5,
                comment=comment,
                may_quote=may_quote,
                by=actor(),
                today=TODAY,
            )
        text = text_of(draft(session).pdf)
    assert "We were heard" in text
    assert "Between us only" not in text


def test_every_authority_gets_its_draft_and_a_second_run_makes_none(fresh_app: Flask) -> None:
    tenants = [make_tenant(fresh_app) for _ in range(2)]
    at = dt.datetime(2026, 6, 10, 2, 20, tzinfo=dt.UTC)
    released(tenants[0])
    made, stayed = make_every_draft(QUARTER, at=at, only_missing=True)
    assert (made, stayed) == (1, 1)
    assert make_every_draft(QUARTER, at=at, only_missing=True)[0] == 0


@pytest.fixture
def without_csrf(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.config["WTF_CSRF_ENABLED"] = True


def test_a_manager_makes_comments_and_releases_on_the_pages(
    without_csrf: Flask, tenant: Tenancy
) -> None:
    client = client_of(without_csrf, make_person(without_csrf, role=ProviderRole.MANAGER))
    base = f"/manager/boroughs/{tenant.slug}/packs"
    here = client.post(base, data={"year": "2026-q1"}).headers["Location"]
    assert re.fullmatch(rf"{base}/[0-9a-f-]{{36}}", here)
    refused = client.post(here, data={"commentary": "", "act": "release"})
    assert refused.status_code == 422 and "Write what you make" in refused.get_data(as_text=True)
    assert client.post(here, data={"commentary": "Good.", "act": "release"}).status_code == 302
    assert "Released on" in client.get(here).get_data(as_text=True)
    assert client.get(f"{here}.pdf").data.startswith(b"%PDF")
    assert tenant.name in client.get("/manager/packs?year=2026-q1").get_data(as_text=True)


def test_an_officer_reads_the_released_report(app: Flask, tenant: Tenancy) -> None:
    pack_id = released(tenant)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    client = client_of(app, officer)
    assert str(pack_id) in client.get("/authority/statistics/packs").get_data(as_text=True)
    paper = client.get(f"/authority/statistics/packs/{pack_id}.pdf")
    assert "A steady quarter." in text_of(paper.data)
    assert tenant.slug in paper.headers["Content-Disposition"]


def test_a_coordinator_makes_no_pack(without_csrf: Flask, tenant: Tenancy) -> None:
    coordinator = make_person(without_csrf, role=ProviderRole.COORDINATOR)
    client = client_of(without_csrf, coordinator)
    posted = client.post(f"/manager/boroughs/{tenant.slug}/packs", data={"year": "2026-q1"})
    assert posted.status_code == 403


def test_a_pack_says_what_became_of_complaints_steps_and_the_evaluations(
    app: Flask, tenant: Tenancy
) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        complaint = record_complaint(
            session,
            received_on=dt.date(2026, 3, 2),
            from_whom=Participant.PARENT,
            about=About.DELAY,
            words="Words that stay with the provider",
            by=actor(),
            today=TODAY,
        )
        answer(
            session,
            complaint,
            on=dt.date(2026, 3, 20),
            ending=Ending.UPHELD,
            words="",
            by=actor(),
            today=TODAY,
        )
        pack = draft(session)
        said, text = pack.content, text_of(pack.pdf)
        book = openpyxl.load_workbook(io.BytesIO(pack.xlsx), read_only=True)
    assert said["complaints"][0] == ["Complaints received", 1, 0]
    assert said["complaints"][2] == ["Answered within 21 working days", "1 of 1", "none due"]
    assert said["complaints"][3][1:] == [1, 0]
    assert "Words that stay" not in text and "No contract is recorded" in text
    assert {"Targets", "Agreed steps", "Satisfaction", "Complaints", "Primary need"} <= set(
        book.sheetnames
    )
    assert "Use of the package" not in book.sheetnames


def test_small_counts_of_a_breakdown_are_hidden_on_the_paper_and_in_the_workbook(
    app: Flask, tenant: Tenancy
) -> None:
    for day in range(2, 8):
        hold_mediation(app, tenant, held=dt.date(2026, 3, day), decision_type="CEASE")
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = draft(session)
        said = pack.content
        book = openpyxl.load_workbook(io.BytesIO(pack.xlsx), read_only=True)
    decisions = {row[0]: row[2] for row in book["Decision"].iter_rows(values_only=True)}
    # Three about assessing, and so the six others too; the DfE's own stages are as counted.
    assert set(decisions.values()) - {None, "Mediations held"} == {"hidden"}
    assert [row[1] for row in said["stages"]] == [3, 0, 6]
    routes = next(one for one in said["breakdowns"] if one["name"] == "Who referred")
    assert routes["rows"] == [["All", 9, 9, 9]] or routes["rows"] == []


@pytest.mark.parametrize("code", ["fy2025", "ay2025", "2026-03"])
def test_a_pack_is_of_a_quarter_or_a_calendar_year(tenant: Tenancy, code: str) -> None:
    with (
        scoped(Scope.provider(tenant.id, None)) as session,
        pytest.raises(PackRefused, match="quarter or a calendar year"),
    ):
        draft(session, period(code))
