"""Papers through the doors: taken in, listed for whom they are for, handed out, logged."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.documents.scanning import ScanResult
from saas.documents.storage import LocalFolder
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import family_of, make_link
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.papers.models import CaseDocument
from tenants.papers.uploads import Store, remove_orphans, scan_again
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.documents.files import EICAR, PDF, PNG, docx
from tests.saas.documents.test_scanning import scanner

pytestmark = pytest.mark.usefixtures("standing_clock")


@dataclass
class Cast:
    """A case, and those who look at it."""

    tenant: Tenancy
    case_id: uuid.UUID
    reference: str
    adviser: PageClient
    officer: PageClient
    family: PageClient
    token: str

    @property
    def at_provider(self) -> str:
        return f"/provider/{self.tenant.slug}/cases/{self.case_id}"

    @property
    def at_authority(self) -> str:
        return f"/authority/cases/{self.case_id}"

    @property
    def at_family(self) -> str:
        return f"/family/{self.token}"

    def upload(self, name: str, content: bytes, **fields: str) -> tuple[int, str]:
        """The adviser uploads a file: status and page."""
        given = {"kind": "report", "side": "other", "audience": "provider", **fields}
        return self._sent(self.adviser, f"{self.at_provider}/documents/new", name, content, given)

    def upload_as_officer(self, name: str, content: bytes, **fields: str) -> tuple[int, str]:
        given = {"kind": "report", "audience": "authority", **fields}
        return self._sent(self.officer, f"{self.at_authority}/documents/new", name, content, given)

    def upload_as_family(self, name: str, content: bytes, **fields: str) -> tuple[int, str]:
        given = {"kind": "report", "audience": "family", **fields}
        return self._sent(self.family, f"{self.at_family}/documents/new", name, content, given)

    @staticmethod
    def _sent(
        client: PageClient, address: str, name: str, content: bytes, fields: dict[str, str]
    ) -> tuple[int, str]:
        answer = client.submit(address, {**fields, "file": (io.BytesIO(content), name)})
        return answer.status_code, answer.text


@pytest.fixture
def cast(app: Flask) -> Cast:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party, by=actor()).token
    family = app.test_client()
    assert isinstance(family, PageClient)
    return Cast(
        tenant,
        case_id,
        reference,
        client_of(app, make_person(app, role=ProviderRole.COORDINATOR)),
        client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)),
        family,
        token,
    )


@pytest.fixture
def with_scanner(app: Flask, settings: Settings) -> Iterator[str]:
    """The service asks a scanner that knows the test virus."""
    with scanner() as address:
        app.extensions["settings"] = settings.model_copy(update={"clamd_url": address})
        yield address
    app.extensions["settings"] = settings


def _links(page: str) -> list[str]:
    return re.findall(r'href="([^"]*/documents/[0-9a-f-]{36})"', page)


def _rows(cast: Cast) -> list[CaseDocument]:
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        rows = list(
            session.scalars(sa.select(CaseDocument).where(CaseDocument.case_id == cast.case_id))
        )
        session.expunge_all()
        return rows


def test_a_shared_paper_is_read_by_everyone_and_each_download_is_logged(cast: Cast) -> None:
    word = docx()
    status, _ = cast.upload(
        "Zadie Marker plan.docx", word, kind="plan", audience="parties", description="Draft"
    )
    assert status == 302
    for client, page in (
        (cast.adviser, cast.at_provider),
        (cast.officer, cast.at_authority),
        (cast.family, f"{cast.at_family}/"),
    ):
        shown = client.get(page).text
        assert "EHC plan or draft 1 (Word (DOCX), 1 KB)" in shown
        assert "Shared with parties" in shown
        assert "Zadie" not in shown
        (address,) = _links(shown)
        with client.get(address) as file:
            assert file.data == word
            assert file.headers["Content-Disposition"] == (
                f"attachment; filename={cast.reference}-plan-1.docx"
            )
            assert file.headers["X-Content-Type-Options"] == "nosniff"
            assert file.headers["Cache-Control"] == "no-store"
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        actions = [
            entry.action
            for entry in session.scalars(
                sa.select(AuditEntry)
                .where(AuditEntry.subject_id == cast.case_id)
                .order_by(AuditEntry.id)
            )
        ]
    assert actions.count("document uploaded") == 1
    assert actions.count("document downloaded") == 3


def test_what_is_kept_has_no_name_of_anybody(cast: Cast, settings: Settings) -> None:
    cast.upload("Zadie Marker.pdf", PDF)
    (row,) = _rows(cast)
    stored = settings.documents_folder / row.storage_key
    assert stored.read_bytes() == PDF
    assert row.storage_key == f"{cast.tenant.id.hex}/{row.id.hex}"
    assert "Zadie" not in repr({c.name: getattr(row, c.name) for c in row.__table__.columns})


def test_a_paper_for_one_side_is_not_there_for_the_other(cast: Cast) -> None:
    cast.upload("a.pdf", PDF, audience="provider")
    cast.upload("b.png", PNG, side="family", audience="family")
    cast.upload("c.pdf", PDF, kind="decision", side="authority", audience="authority")
    assert len(_links(cast.adviser.get(cast.at_provider).text)) == 3
    to_officer = cast.officer.get(cast.at_authority).text
    assert "Decision letter 1" in to_officer and "Report or advice" not in to_officer
    to_family = cast.family.get(f"{cast.at_family}/").text
    assert "Report or advice 1" in to_family and "Decision letter" not in to_family
    for row in _rows(cast):
        seen_by_officer = cast.officer.get(f"/authority/documents/{row.id}").status_code
        seen_by_family = cast.family.get(f"{cast.at_family}/documents/{row.id}").status_code
        assert seen_by_officer == (200 if row.audience == "authority" else 404)
        assert seen_by_family == (200 if row.audience == "family" else 404)


def test_each_side_hands_in_its_own(cast: Cast) -> None:
    assert cast.upload_as_officer("a.pdf", PDF)[0] == 302
    assert cast.upload_as_family("b.pdf", PDF, audience="parties")[0] == 302
    rows = {row.side: row for row in _rows(cast)}
    assert rows["authority"].audience == "authority"
    assert rows["family"].audience == "parties"
    assert rows["family"].uploaded_by is None
    shown = cast.officer.get(cast.at_authority).text
    assert len(_links(shown)) == 2


def test_each_side_is_asked_for_its_summary_while_a_meeting_comes(cast: Cast) -> None:
    asked = "Upload your summary for the meeting"
    assert asked not in cast.officer.get(cast.at_authority).text
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        actions.record_mias(
            session, cast.case_id, on=TODAY, way="telephone", minutes=20,
            choice=Choice.MEDIATE, choice_on=TODAY, by=actor(), today=TODAY,
        )  # fmt: skip
        actions.add_fact(
            session, cast.case_id, FactKind.MEETING_FIXED, TODAY,
            detail={"meeting_on": "2026-07-09"}, by=actor(), today=TODAY,
        )  # fmt: skip
    assert asked in cast.officer.get(cast.at_authority).text
    assert (
        "Your summary for the meeting is not here yet" in cast.family.get(f"{cast.at_family}/").text
    )
    # What the family gave changes nothing of what the authority is asked.
    cast.upload_as_family("a.pdf", PDF, kind="summary")
    assert asked in cast.officer.get(cast.at_authority).text
    assert "is not here yet" not in cast.family.get(f"{cast.at_family}/").text
    cast.upload_as_officer("b.pdf", PDF, kind="summary")
    assert asked not in cast.officer.get(cast.at_authority).text


def test_a_file_that_is_not_taken_is_refused_at_its_field_and_leaves_nothing(
    cast: Cast, settings: Settings
) -> None:
    status, page = cast.upload("page.pdf", b"<html></html>")
    assert status == 422
    assert "The file must be a PDF, DOCX, ODT, JPG or PNG" in page
    status, page = cast.upload("", b"")
    assert status == 422 and "Choose a file" in page
    assert _rows(cast) == []
    assert not (settings.documents_folder / cast.tenant.id.hex).exists()


@pytest.mark.usefixtures("with_scanner")
def test_a_virus_is_refused_and_a_clean_file_is_marked_so(cast: Cast) -> None:
    status, page = cast.upload("letter.pdf", PDF[:-6] + EICAR + b"%%EOF\n")
    assert status == 422 and "holds a virus" in page
    assert cast.upload("letter.pdf", PDF)[0] == 302
    (row,) = _rows(cast)
    assert row.scan_result == ScanResult.CLEAN and row.scanned_at is not None


def test_what_could_not_be_scanned_is_held_until_it_is(
    app: Flask, cast: Cast, settings: Settings
) -> None:
    with scanner(lambda _: b"stream: busy ERROR\0") as address:
        app.extensions["settings"] = settings.model_copy(update={"clamd_url": address})
        assert cast.upload("letter.pdf", PDF, audience="parties")[0] == 302
    try:
        (row,) = _rows(cast)
        assert row.scan_result == ScanResult.UNSCANNED
        for client, page, address in (
            (cast.adviser, cast.at_provider, f"/provider/{cast.tenant.slug}/documents/{row.id}"),
            (cast.officer, cast.at_authority, f"/authority/documents/{row.id}"),
        ):
            assert "Waits for the virus scan" in client.get(page).text
            held = client.get(address)
            assert held.status_code == 409 and PDF not in held.data
            assert "not scanned for viruses yet" in held.text
        storage = LocalFolder(settings.documents_folder)
        with scanner() as address:
            store = Store(storage, address, must_be_scanned=True)
            assert scan_again(cast.tenant.id, store=store, at=NOW) == 1
            assert scan_again(cast.tenant.id, store=store, at=NOW) == 0
        with cast.officer.get(f"/authority/documents/{row.id}") as file:
            assert file.data == PDF
    finally:
        app.extensions["settings"] = settings


def test_a_virus_found_later_is_removed_and_never_handed_out(
    app: Flask, cast: Cast, settings: Settings
) -> None:
    with scanner(lambda _: b"") as address:
        app.extensions["settings"] = settings.model_copy(update={"clamd_url": address})
        cast.upload("letter.pdf", PDF[:-6] + EICAR + b"%%EOF\n", audience="parties")
    app.extensions["settings"] = settings
    (row,) = _rows(cast)
    storage = LocalFolder(settings.documents_folder)
    with scanner() as address:
        assert scan_again(cast.tenant.id, store=Store(storage, address, True), at=NOW) == 1
    assert not (settings.documents_folder / row.storage_key).exists()
    assert cast.officer.get(f"/authority/documents/{row.id}").status_code == 409
    assert "held a virus and was removed" in cast.officer.get(cast.at_authority).text


def test_production_without_a_scanner_takes_no_uploads(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A service in production, as far as papers are concerned.
    monkeypatch.setattr(Settings, "is_production", property(lambda _: True))
    monkeypatch.setattr(Settings, "asks_for_second_factor", property(lambda _: False))
    status, page = cast.upload("letter.pdf", PDF)
    assert status == 422
    assert "no virus scanner is set up" in page
    assert _rows(cast) == []


def test_a_file_changed_in_the_store_is_not_handed_out(cast: Cast, settings: Settings) -> None:
    cast.upload("letter.pdf", PDF)
    (row,) = _rows(cast)
    (settings.documents_folder / row.storage_key).write_bytes(PDF + b"more")
    answer = cast.adviser.get(f"/provider/{cast.tenant.slug}/documents/{row.id}")
    assert answer.status_code == 503 and PDF not in answer.data


def test_files_whose_upload_was_undone_are_removed_after_a_day(
    cast: Cast, settings: Settings
) -> None:
    cast.upload("letter.pdf", PDF)
    (row,) = _rows(cast)
    storage = LocalFolder(settings.documents_folder)
    orphan = f"{cast.tenant.id.hex}/{uuid.uuid4().hex}"
    storage.put(orphan, b"nobody's")
    later = NOW.replace(year=2100)
    assert remove_orphans(cast.tenant.id, storage=storage, at=NOW.replace(year=2000)) == 0
    assert remove_orphans(cast.tenant.id, storage=storage, at=later) == 1
    assert Path(settings.documents_folder / row.storage_key).exists()


def test_nobody_else_reaches_a_paper(app: Flask, cast: Cast) -> None:
    cast.upload("letter.pdf", PDF, audience="parties")
    (row,) = _rows(cast)
    other = make_tenant(app)
    outsider = client_of(app, make_person(app, tenant=other, role=AuthorityRole.OFFICER))
    assert outsider.get(f"/authority/documents/{row.id}").status_code == 404
    finance = client_of(app, make_person(app, tenant=cast.tenant, role=AuthorityRole.FINANCE))
    assert finance.get(f"/authority/documents/{row.id}").status_code == 403
    mediator = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    address = f"/provider/{cast.tenant.slug}/documents/{row.id}"
    assert mediator.get(address).status_code == 403
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    with manager.get(address) as file:
        assert file.status_code == 200
    assert manager.get(f"{cast.at_provider}/documents/new").status_code == 403
    assert cast.adviser.get(f"/provider/{other.slug}/documents/{row.id}").status_code == 404
