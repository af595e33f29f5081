"""Summaries are given in confidence and exchanged at one moment, whoever asks."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.models import CaseFact
from tenants.casework.record import RuleBroken
from tenants.notices.models import CaseNotice
from tenants.papers.exchange import exchange_summaries
from tenants.papers.models import CaseDocument
from tests.factories import (
    NOW,
    TODAY,
    actor,
    client_of,
    make_case,
    make_person,
    make_tenant,
)

pytestmark = pytest.mark.usefixtures("standing_clock")


def summary(session: ScopedSession, case_id: uuid.UUID, side: str, **changes: object) -> uuid.UUID:
    """A summary of one side, as its row."""
    id = new_id()
    columns: dict[str, object] = {
        "tenant_id": session.tenant,
        "id": id,
        "case_id": case_id,
        "kind": "summary",
        "side": side,
        "audience": side,
        "description": f"Marker of the {side}",
        "media_type": "application/pdf",
        "size": 123456,
        "sha256": "0" * 64,
        "storage_key": f"{session.tenant.hex}/{id.hex}",
        "uploaded_at": NOW,
        "uploaded_by": None,
        "uploaded_by_name": "Example",
        "scan_result": "clean",
        "scanned_at": NOW,
        "exchanged_at": None,
    }
    session.execute(sa.insert(CaseDocument).values(**{**columns, **changes}).inline())
    return id


def mediating(app: Flask, tenant: Tenancy) -> uuid.UUID:
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=TODAY,
            way="telephone",
            minutes=20,
            choice=Choice.MEDIATE,
            choice_on=TODAY,
            by=actor(),
            today=TODAY,
        )
    return case_id


def seen(scope: Scope, case_id: uuid.UUID) -> set[str]:
    """The sides whose summaries a role finds in the table, whatever it asks for."""
    with scoped(scope) as session:
        found = session.execute(
            sa.text("SELECT side, size, description FROM case_document WHERE case_id = :case"),
            {"case": case_id},
        )
        return {row.side for row in found}


def exchange(tenant: Tenancy, case_id: uuid.UUID) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        exchange_summaries(session, case_id, by=actor(), today=TODAY)


def test_before_the_exchange_a_side_cannot_know_that_the_others_is_there(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    authority, family = Scope.authority(tenant.id, officer.id), Scope.family(tenant.id, case_id)
    page = client_of(app, officer)
    before = page.get(f"/authority/cases/{case_id}").text
    with scoped(Scope.provider(tenant.id, None)) as session:
        of_family = summary(session, case_id, "family")
    assert seen(authority, case_id) == set()
    assert seen(family, case_id) == {"family"}
    # Not by a name, a size or a count: the page is the same, byte for byte but for its token.
    after = page.get(f"/authority/cases/{case_id}").text
    assert len(after) == len(before) and "Summary for the meeting" not in after
    assert page.get(f"/authority/documents/{of_family}").status_code == 404
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "authority")
    assert seen(authority, case_id) == {"authority"}
    assert seen(family, case_id) == {"family"}


def test_both_see_both_from_one_moment_on(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    authority, family = Scope.authority(tenant.id, None), Scope.family(tenant.id, case_id)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
        summary(session, case_id, "authority")
    with scoped(Scope.provider(tenant.id, None)) as session:
        exchange_summaries(session, case_id, by=actor(), today=TODAY)
        # Done, and not committed: nobody sees anything of it yet.
        assert seen(authority, case_id) == {"authority"}
        assert seen(family, case_id) == {"family"}
    assert seen(authority, case_id) == seen(family, case_id) == {"authority", "family"}
    with scoped(Scope.provider(tenant.id, None)) as session:
        moments = set(
            session.scalars(
                sa.select(CaseDocument.exchanged_at).where(CaseDocument.case_id == case_id)
            )
        )
        facts = session.scalars(
            sa.select(CaseFact.kind).where(
                CaseFact.case_id == case_id, CaseFact.kind == FactKind.SUMMARIES_EXCHANGED
            )
        ).all()
    assert moments == {NOW} and len(facts) == 1


def test_nothing_is_released_while_one_is_missing(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with pytest.raises(RuleBroken, match="family and local authority"):
        exchange(tenant, case_id)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
    with pytest.raises(RuleBroken, match="local authority"):
        exchange(tenant, case_id)
    assert seen(Scope.authority(tenant.id, None), case_id) == set()


def test_of_two_who_release_at_once_one_does(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
        summary(session, case_id, "authority")
    became: list[str] = []
    together = threading.Barrier(2)

    def release() -> None:
        with app.app_context():
            together.wait()
            try:
                exchange(tenant, case_id)
            except RuleBroken:
                became.append("refused")
            else:
                became.append("released")

    threads = [threading.Thread(target=release) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(became) == ["refused", "released"]


def test_a_summary_given_after_the_exchange_waits_for_the_next(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
        summary(session, case_id, "authority")
    exchange(tenant, case_id)
    with scoped(Scope.provider(tenant.id, None)) as session:
        second = summary(session, case_id, "family")
    with scoped(Scope.authority(tenant.id, None)) as session:
        found = session.scalars(
            sa.select(CaseDocument.id).where(CaseDocument.case_id == case_id)
        ).all()
    assert len(found) == 2 and second not in found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_document SET audience = 'parties'",
        "UPDATE case_document SET audience = 'parties', exchanged_at = now()",
        "UPDATE case_document SET description = 'x'",
        "DELETE FROM case_document",
    ],
)
@pytest.mark.parametrize("who", ["authority", "family", "worker", "reader"])
def test_only_the_provider_can_release(app: Flask, who: str, statement: str) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
        summary(session, case_id, "authority")
    scope = {
        "authority": Scope.authority(tenant.id, new_id()),
        "family": Scope.family(tenant.id, case_id),
        "worker": Scope.worker(tenant.id),
        "reader": Scope.all_cases(None),
    }[who]
    with pytest.raises(DBAPIError, match="permission denied"), scoped(scope) as session:
        session.execute(sa.text(statement))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"side": "family"}, "of the other side"),
        ({"side": "family", "audience": "authority", "kind": "report"}, "as the family"),
        ({"audience": "parties", "exchanged_at": NOW}, "already exchanged"),
        ({"audience": "parties", "kind": "report", "exchanged_at": NOW}, "as if exchanged"),
        ({"audience": "provider", "kind": "report"}, "hidden from itself"),
        ({"audience": "family", "kind": "report"}, "for the other side alone"),
        ({"uploaded_by": uuid.uuid4()}, "in another's name"),
    ],
)
def test_an_authority_cannot_hand_in_a_paper(
    app: Flask, changes: dict[str, object], why: str
) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    officer = new_id()
    scope = Scope.authority(tenant.id, officer)
    with scoped(scope) as session:
        summary(session, case_id, "authority", uploaded_by=officer)
    given = {"side": "authority", "uploaded_by": officer, **changes}
    side = str(given.pop("side"))
    with pytest.raises(DBAPIError), scoped(scope) as session:
        summary(session, case_id, side, **given)
    with scoped(Scope.provider(tenant.id, None)) as session:
        count = session.scalar(sa.select(sa.func.count()).where(CaseDocument.case_id == case_id))
    assert count == 1, why


def test_a_family_hands_in_papers_of_its_own_case_alone(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, other = mediating(app, tenant), mediating(app, tenant)
    with scoped(Scope.family(tenant.id, case_id)) as session:
        summary(session, case_id, "family")
    with pytest.raises(DBAPIError), scoped(Scope.family(tenant.id, case_id)) as session:
        summary(session, other, "family")
    with pytest.raises(DBAPIError), scoped(Scope.family(tenant.id, case_id)) as session:
        summary(session, case_id, "authority")


def test_not_even_the_provider_can_share_a_summary_outside_the_exchange(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with (
        pytest.raises(DBAPIError, match="a_summary_is_its_sides_until_exchanged"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        summary(session, case_id, "family", audience="parties")


def test_the_mediator_of_the_case_releases_them_and_another_cannot(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    mediator = make_person(app, role=ProviderRole.MEDIATOR)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            sa.text("UPDATE sen_case SET mediator_id = :who WHERE id = :case"),
            {"who": mediator.id, "case": case_id},
        )
        summary(session, case_id, "family")
    address = f"/provider/{tenant.slug}/cases/{case_id}/summaries"
    client = client_of(app, mediator)
    page = client.get(address).text
    assert "1 summary waiting" in page and "None waiting" in page
    assert "Exchange the summaries now" not in page
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "authority")
    stranger = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    assert stranger.get(address).status_code == 403
    assert client.submit(address).status_code == 302
    assert seen(Scope.authority(tenant.id, None), case_id) == {"authority", "family"}
    with scoped(Scope.worker(tenant.id)) as session:
        events = session.scalars(
            sa.select(CaseNotice.event).where(CaseNotice.case_id == case_id)
        ).all()
    assert events.count("summaries_exchanged") == 1


def test_todays_date_is_the_day_of_the_exchange(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id = mediating(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        summary(session, case_id, "family")
        summary(session, case_id, "authority")
    exchange(tenant, case_id)
    with scoped(Scope.family(tenant.id, case_id)) as session:
        on: dt.date | None = session.scalar(
            sa.select(CaseFact.on_date).where(
                CaseFact.case_id == case_id, CaseFact.kind == FactKind.SUMMARIES_EXCHANGED
            )
        )
    assert on == TODAY
