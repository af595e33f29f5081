"""Issue 11, point 14: two parents of one case, each with papers of their own."""

from __future__ import annotations

import io
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from saas.database.scope import Scope, scoped
from tenants.access_links.family_links import family_of, make_link
from tenants.casework import actions
from tenants.casework.kinds import Choice
from tenants.notices.models import CaseNotice, PartyNoticeRefusal
from tenants.notices.recipients import concerned
from tenants.notices.topics import Topic
from tenants.papers.exchange import exchange_summaries
from tenants.papers.models import CaseDocument
from tests.factories import TODAY, actor
from tests.page_client import PageClient
from tests.saas.documents.files import PDF
from tests.tenants.papers.test_exchange import summary
from tests.tenants.papers.test_uploads import Cast, _links, _rows
from tests.tenants.papers.test_uploads import cast as a_cast

pytestmark = pytest.mark.usefixtures("standing_clock")
cast = a_cast
FATHER = {
    "side": "family",
    "name": "Sam Other",
    "relation": "Father",
    "responsible": "y",
    "email": "sam@other-home.example",
}


@pytest.fixture
def father(app: Flask, cast: Cast) -> str:
    """The page of the second parent."""
    assert cast.adviser.submit(f"{cast.at_provider}/people/new", FATHER).status_code == 302
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        (party,) = [id for id, name in family_of(session, cast.case_id) if "Sam" in name]
        return f"/family/{make_link(session, cast.case_id, party, by=actor()).token}"


def told(cast: Cast) -> list[tuple[str, str, dict[str, object]]]:
    with scoped(Scope.worker(cast.tenant.id)) as session:
        rows = session.execute(
            sa.select(CaseNotice.event, CaseNotice.audience, CaseNotice.detail)
            .where(CaseNotice.case_id == cast.case_id, CaseNotice.event.like("document%"))
            .order_by(CaseNotice.id)
        )
        return [(row.event, row.audience, row.detail) for row in rows]


def test_what_one_parent_hands_in_the_other_neither_sees_nor_opens_nor_is_told_of(
    app: Flask, cast: Cast, father: str
) -> None:
    assert cast.upload_as_family("mine.pdf", PDF)[0] == 302
    mine = cast.family.get(f"{cast.at_family}/").text
    assert "report" in mine.casefold()
    (address,) = _links(mine)
    others = PageClient(app)
    assert _links(others.get(f"{father}/").text) == []
    document = address.rpartition("/")[2]
    assert others.get(f"{father}/documents/{document}").status_code == 404
    assert others.get(f"{father}/documents/{document}/withdrawal").status_code == 404
    assert told(cast) == [("document_received", "family", {})]
    assert cast.family.submit(f"{address}/withdrawal", {"reason": "Not mine"}).status_code == 302
    assert told(cast)[1][0] == "document_taken_back"
    assert _links(others.get(f"{father}/").text) == []


def test_what_is_for_both_sides_both_parents_read_and_whose_it_is_takes_it_back(
    app: Flask, cast: Cast, father: str
) -> None:
    cast.upload_as_family("ours.pdf", PDF, audience="parties")
    (address,) = _links(cast.family.get(f"{cast.at_family}/").text)
    others = PageClient(app)
    page = others.get(f"{father}/").text
    assert len(_links(page)) == 1
    assert "/withdrawal" not in page
    document = address.rpartition("/")[2]
    assert others.get(f"{father}/documents/{document}/withdrawal").status_code == 403
    with others.get(f"{father}/documents/{document}") as file:
        assert file.data == PDF


def test_each_parent_gives_a_summary_and_the_exchange_shows_all_of_them(
    app: Flask, cast: Cast, father: str
) -> None:
    assert cast.upload_as_family("mine.pdf", PDF, kind="summary")[0] == 302
    others = PageClient(app)
    assert _links(others.get(f"{father}/").text) == []
    his = {"kind": "summary", "audience": "family", "file": (io.BytesIO(PDF), "his.pdf")}
    assert others.submit(f"{father}/documents/new", his).status_code == 302
    assert len(_links(others.get(f"{father}/").text)) == 1
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        summary(session, cast.case_id, "authority")
        actions.record_mias(
            session,
            cast.case_id,
            on=TODAY,
            way="telephone",
            minutes=20,
            choice=Choice.MEDIATE,
            choice_on=TODAY,
            by=actor(),
            today=TODAY,
        )
        exchange_summaries(session, cast.case_id, by=actor(), today=TODAY)
    for page in (f"{father}/", f"{cast.at_family}/"):
        assert len(_links(others.get(page).text)) == 3


def test_the_provider_says_whose_of_the_family_a_paper_is(
    app: Flask, cast: Cast, father: str
) -> None:
    form = cast.adviser.get(f"{cast.at_provider}/documents/new").text
    assert "Of the family, whose it is" in form and "All of theirs" in form
    party = next(p for p in _parties(cast) if "Sam" in p[1])[0]
    assert cast.upload("his.pdf", PDF, side="family", audience="family", party=party)[0] == 302
    assert cast.upload("all.pdf", PDF, side="family", audience="family")[0] == 302
    assert [str(row.party_id) for row in _rows(cast)] == [party, "None"]
    others = PageClient(app)
    assert len(_links(others.get(f"{father}/").text)) == 2
    assert len(_links(cast.family.get(f"{cast.at_family}/").text)) == 1
    assert "The family's, Sam Other" in cast.adviser.get(cast.at_provider).text
    assert told(cast)[0] == ("document_shared", "family", {"party_id": party})


def test_a_parent_who_wants_no_mail_about_papers_gets_none_of_their_own_either(
    app: Flask, cast: Cast, father: str
) -> None:
    his = uuid.UUID(next(p for p in _parties(cast) if "Sam" in p[1])[0])
    cast.upload("his.pdf", PDF, side="family", audience="family", party=str(his))

    def addresses() -> list[str]:
        with scoped(Scope.worker(cast.tenant.id)) as session:
            (notice,) = session.scalars(
                sa.select(CaseNotice).where(CaseNotice.event == "document_shared")
            )
            found = concerned(session, notice, provider_address="us@provider.example")
            return [one.address for one in found]

    assert addresses() == [FATHER["email"]]
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        session.add(
            PartyNoticeRefusal(tenant_id=cast.tenant.id, party_id=his, topic=Topic.DOCUMENTS.value)
        )
    assert addresses() == []


def _parties(cast: Cast) -> list[tuple[str, str]]:
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        return [(str(id), name) for id, name in family_of(session, cast.case_id)]


def test_the_database_refuses_what_is_handed_in_as_anothers(cast: Cast, father: str) -> None:
    mine, his = (id for id, _ in sorted(_parties(cast), key=lambda one: "Sam" in one[1]))
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        scoped(Scope.family(cast.tenant.id, cast.case_id, _uuid(mine))) as session,
    ):
        summary(session, cast.case_id, "family", party_id=_uuid(his))
    with scoped(Scope.provider(cast.tenant.id, None)) as session:
        summary(session, cast.case_id, "family", party_id=_uuid(his))
    for reader, seen in ((mine, 0), (his, 1)):
        with scoped(Scope.family(cast.tenant.id, cast.case_id, _uuid(reader))) as session:
            count = sa.select(sa.func.count()).select_from(CaseDocument)
            assert session.scalar(count.where(CaseDocument.case_id == cast.case_id)) == seen


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(text)
