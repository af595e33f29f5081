"""A paper uploaded by mistake: withdrawn by whose it is or the provider, out of everyone's view."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.documents.storage import LocalFolder
from tenants.notices.models import CaseNotice
from tenants.papers.models import CaseDocument
from tests.bracketed import bracket, left_out
from tests.page_client import PageClient
from tests.saas.documents.files import EICAR, PDF
from tests.saas.documents.test_scanning import scanner
from tests.tenants.papers.test_uploads import Cast, _rows
from tests.tenants.papers.test_uploads import cast as a_cast

pytestmark = pytest.mark.usefixtures("standing_clock")
cast = a_cast
WHY = "It belongs to another matter"


@pytest.fixture
def with_scanner(app: Flask, settings: Settings) -> Iterator[None]:
    with scanner() as address:
        app.extensions["settings"] = settings.model_copy(update={"clamd_url": address})
        yield
    app.extensions["settings"] = settings


def trail(cast: Cast, action: str) -> list[AuditEntry]:
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        found = list(
            session.scalars(
                sa.select(AuditEntry).where(
                    AuditEntry.subject_id == cast.case_id, AuditEntry.action == action
                )
            )
        )
        session.expunge_all()
        return found


def notices(cast: Cast) -> list[tuple[str, str]]:
    with scoped(Scope.worker(cast.tenant.id)) as session:
        rows = session.execute(
            sa.select(CaseNotice.event, CaseNotice.audience)
            .where(CaseNotice.case_id == cast.case_id)
            .order_by(CaseNotice.caused_at, CaseNotice.id)
        )
        return [(row.event, row.audience) for row in rows]


def at(cast: Cast, door: str, document: uuid.UUID, act: str = "") -> str:
    start = {
        "provider": f"/provider/{cast.tenant.slug}",
        "authority": "/authority",
        "family": cast.at_family,
    }[door]
    return f"{start}/documents/{document}{act}"


def client(cast: Cast, door: str) -> PageClient:
    return {"provider": cast.adviser, "authority": cast.officer, "family": cast.family}[door]


def only_row(cast: Cast) -> CaseDocument:
    (row,) = _rows(cast)
    return row


@pytest.mark.parametrize("by", ["authority", "provider"])
def test_a_shared_paper_is_withdrawn_and_nobody_opens_it_any_more(
    cast: Cast, settings: Settings, by: str
) -> None:
    cast.upload_as_officer("letter.pdf", PDF, audience="parties", description="Plan of another")
    row = only_row(cast)
    page = {"provider": cast.at_provider, "authority": cast.at_authority}
    assert "Withdraw" in client(cast, by).get(page[by]).text
    away = at(cast, by, row.id, "/withdrawal")
    assert client(cast, by).submit(away).status_code == 422, "a reason is asked for"
    assert client(cast, by).submit(away, {"reason": WHY}).status_code == 302

    for door in ("provider", "authority"):
        shown = client(cast, door).get(page[door]).text
        assert f"Withdrawn: {WHY}" in shown
        assert "Plan of another" not in shown
        held = client(cast, door).get(at(cast, door, row.id))
        assert held.status_code == 409 and "was withdrawn" in held.text
    family = cast.family.get(f"{cast.at_family}/").text
    assert "Report or advice" not in family and WHY not in family
    assert cast.family.get(at(cast, "family", row.id)).status_code == 404

    kept = only_row(cast)
    assert (kept.withdrawal_reason, kept.withdrawn_by_name) == (WHY, "Robin Example")
    stored = LocalFolder(settings.documents_folder).get(kept.storage_key)
    assert stored == PDF, "it is not deleted in silence"
    (entry,) = trail(cast, "document withdrawn")
    assert entry.detail["document"] == str(row.id) and WHY not in str(entry.detail)
    assert entry.person_id is not None
    assert notices(cast) == [("document_shared", "parties"), ("document_withdrawn", "parties")]


def test_a_family_withdraws_its_own_by_its_link(cast: Cast) -> None:
    cast.upload_as_family("diary.pdf", PDF, audience="parties")
    row = only_row(cast)
    assert cast.officer.get(at(cast, "authority", row.id)).status_code == 200
    assert "Withdraw" in cast.family.get(f"{cast.at_family}/").text
    away = at(cast, "family", row.id, "/withdrawal")
    assert cast.family.submit(away, {"reason": WHY}).status_code == 302
    assert f"Withdrawn: {WHY}" in cast.family.get(f"{cast.at_family}/").text
    assert cast.officer.get(at(cast, "authority", row.id)).status_code == 404
    assert "Report or advice" not in cast.officer.get(cast.at_authority).text
    assert only_row(cast).withdrawn_by_name == "Jo Example"
    again = cast.family.get(away)
    assert again.status_code == 200 and "was withdrawn already" in again.text


def test_every_word_of_a_withdrawal_comes_from_the_catalogue(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.upload_as_family("diary.pdf", PDF, audience="parties")
    away = at(cast, "family", only_row(cast).id, "/withdrawal")
    cast.family.get(f"{cast.at_family}/")
    bracket(monkeypatch)
    cast.family.get(f"{away}?lang=pl")
    assert left_out(cast.family.page) == []
    assert cast.family.submit(away, {"reason": ""}).status_code == 422
    assert left_out(cast.family.page) == []
    cast.family.submit(away, {"reason": WHY}, follow_redirects=True)
    assert "⟦The document is withdrawn" in cast.family.page.text
    cast.family.get(away)
    assert left_out(cast.family.page) == []


def assert_not_theirs(client: PageClient, address: str) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    try:
        shown = client.get(address)
        sent = client.post(address, data={"reason": WHY})
    finally:
        client.application.config["WTF_CSRF_ENABLED"] = True
    assert "This is not your document" in shown.text and "<textarea" not in shown.text
    assert sent.status_code == 409


def test_nobody_withdraws_the_other_sides_paper(cast: Cast) -> None:
    cast.upload_as_officer("a.pdf", PDF, audience="parties")
    of_authority = only_row(cast).id
    assert_not_theirs(cast.family, at(cast, "family", of_authority, "/withdrawal"))
    cast.upload_as_family("b.pdf", PDF, audience="parties")
    of_family = next(row.id for row in _rows(cast) if row.side == "family")
    assert_not_theirs(cast.officer, at(cast, "authority", of_family, "/withdrawal"))
    taking_away = sa.text(
        "UPDATE case_document SET withdrawn_at = now(), withdrawn_by = scope_person(),"
        " withdrawn_by_name = 'x', withdrawal_reason = 'x' WHERE id = :id"
    )
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.authority(cast.tenant.id, uuid.uuid4())) as session,
    ):
        session.execute(taking_away, {"id": of_family})
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.family(cast.tenant.id, cast.case_id)) as session,
    ):
        session.execute(
            sa.text(str(taking_away).replace("scope_person()", "NULL")), {"id": of_authority}
        )


def test_a_summary_goes_until_it_is_exchanged_and_stays_then(cast: Cast) -> None:
    cast.upload_as_officer("s.pdf", PDF, kind="summary")
    first = only_row(cast).id
    away = at(cast, "authority", first, "/withdrawal")
    assert cast.officer.submit(away, {"reason": WHY}).status_code == 302
    assert notices(cast)[-1] == ("summary_withdrawn", "authority"), "the family is told nothing"
    cast.upload_as_family("s.pdf", PDF, kind="summary")
    exchange = cast.adviser.get(f"{cast.at_provider}/summaries").text
    assert "Local authority" in exchange
    cast.upload_as_officer("s2.pdf", PDF, kind="summary")
    second = next(r.id for r in _rows(cast) if r.side == "authority" and r.withdrawn_at is None)
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        session.execute(
            sa.update(CaseDocument)
            .where(CaseDocument.id == second)
            .values(audience="parties", exchanged_at=sa.func.now())
        )
    for door in ("authority", "provider"):
        refused = client(cast, door).get(at(cast, door, second, "/withdrawal"))
        assert refused.status_code == 200
        assert "what was exchanged cannot be withdrawn" in refused.text
    with (
        pytest.raises(sa.exc.IntegrityError, match="what_was_exchanged_stays"),
        scoped(Scope.provider(cast.tenant.id, None)) as session,
    ):
        session.execute(
            sa.text(
                "UPDATE case_document SET withdrawn_at = now(), withdrawn_by_name = 'x',"
                " withdrawal_reason = 'x' WHERE id = :id"
            ),
            {"id": second},
        )


@pytest.mark.usefixtures("with_scanner")
@pytest.mark.parametrize("door", ["provider", "authority", "family"])
def test_a_virus_that_is_refused_stands_in_the_trail(cast: Cast, door: str) -> None:
    sent = {
        "provider": cast.upload,
        "authority": cast.upload_as_officer,
        "family": cast.upload_as_family,
    }[door]
    status, page = sent("Zadie Marker.pdf", PDF + EICAR)
    assert status == 422 and "holds a virus" in page
    assert _rows(cast) == []
    (entry,) = trail(cast, "upload refused")
    assert (entry.detail["why"], entry.detail["size"]) == ("virus", len(PDF + EICAR))
    assert len(entry.detail["sha256"]) == 64 and "Zadie" not in str(entry.detail)
    assert (entry.person_id is None) == (door == "family")
