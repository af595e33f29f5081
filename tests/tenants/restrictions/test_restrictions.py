"""Issue 13: a case that is restricted is shown as such, kept, and written in by nobody."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseNote, SenCase
from tenants.feedback.models import Evaluation
from tenants.notices.models import CaseNotice
from tenants.restrictions import actions
from tenants.restrictions.actions import decide_by
from tenants.restrictions.models import CaseRestriction
from tenants.statistics.measures.periods import asked_period
from tenants.statistics.packs.packs import gather
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.agreements.makers import Agreed, agreed_case

pytestmark = pytest.mark.usefixtures("standing_clock")
DAY = {"day": str(TODAY.day), "month": str(TODAY.month), "year": str(TODAY.year)}
NOTICE = "This case is restricted since Wednesday 10 June 2026"


@pytest.fixture
def manager(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.MANAGER))


@pytest.fixture
def agreed(app: Flask) -> Agreed:
    return agreed_case(app)


def on(name: str) -> dict[str, str]:
    return {f"{name}-{part}": value for part, value in DAY.items()}


def restrict(agreed: Agreed, ground: str = "objection") -> uuid.UUID:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        return actions.record(
            session, agreed.case_id, ground=ground, words="No more of this.",
            received_on=TODAY, by=actor(), today=TODAY,
        ).id  # fmt: skip


def test_an_objection_restricts_at_once_is_decided_and_lifted_once_the_person_is_told(
    agreed: Agreed, manager: PageClient
) -> None:
    page = f"{agreed.case}/restriction"
    assert manager.submit(page, {**on("received_on"), "ground": "objection"}).status_code == 422
    said = {**on("received_on"), "ground": "objection", "words": "Stop it, please"}
    assert manager.submit(page, said).status_code == 302
    for shown in (
        agreed.provider.get(agreed.case),
        agreed.authority.get(agreed.own_case),
        agreed.family.get(agreed.family_page),
    ):
        assert NOTICE in shown.text
        assert "Stop it, please" not in shown.text
    text = manager.get(page).text
    assert "Stop it, please" in text and "Fri 10 Jul" in text and "restricted meanwhile" in text
    waiting = f"/provider/{agreed.tenant.slug}/subject-requests"
    assert agreed.reference in manager.get(waiting).text
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        one = session.scalars(
            sa.select(CaseRestriction.id).where(CaseRestriction.case_id == agreed.case_id)
        ).one()
    decision = f"{page}/{one}/decision"
    lifting = f"{page}/{one}/lifting"
    early = manager.submit(lifting, {"because": "Because", **on("told_on")})
    assert early.status_code == 422 and "decide it first" in early.text
    assert manager.submit(decision, {"decision": "restricted", "reason": ""}).status_code == 422
    done = manager.submit(decision, {"decision": "restricted", "reason": "They are right"})
    assert done.status_code == 302
    # By mistake: it is decided otherwise, and once more.
    assert manager.submit(decision, {"decision": "refused", "reason": "No"}).status_code == 302
    assert NOTICE not in agreed.provider.get(agreed.case).text
    done = manager.submit(decision, {"decision": "restricted", "reason": "They are right"})
    assert NOTICE in agreed.provider.get(agreed.case).text
    untold = manager.submit(lifting, {"because": "It is clear now"})
    assert untold.status_code == 422 and "First tell the person" in untold.text
    assert manager.submit(lifting, {"because": "Clear now", **on("told_on")}).status_code == 302
    assert NOTICE not in agreed.provider.get(agreed.case).text


def test_other_grounds_restrict_once_that_is_decided(agreed: Agreed) -> None:
    restrict(agreed, "accuracy")
    assert NOTICE not in agreed.provider.get(agreed.case).text


def test_at_every_door_what_is_sent_is_refused_and_said_so(agreed: Agreed) -> None:
    restrict(agreed)
    note = agreed.provider.submit(
        f"{agreed.case}/notes", {"audience": "provider", "text": "One more thing"}
    )
    assert note.status_code == 409 and "This case is restricted" in note.text
    draft = f"{agreed.case}/agreement"
    written = agreed.provider.submit(draft, {"wording": "We agreed."}, action=draft)
    assert written.status_code == 409
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert (
            session.scalars(sa.select(CaseNote).where(CaseNote.case_id == agreed.case_id)).all()
            == []
        )


@pytest.mark.parametrize("who", ["provider", "authority", "family"])
def test_the_database_refuses_whoever_writes(agreed: Agreed, who: str) -> None:
    restrict(agreed)
    scope, value = {
        "provider": (Scope.provider(agreed.tenant.id, None), None),
        "authority": (Scope.authority(agreed.tenant.id, None), "authority"),
        "family": (Scope.family(agreed.tenant.id, agreed.case_id), "family"),
    }[who]
    kind = {"provider": "contact_made", "authority": "step_done", "family": "dates_answered"}[who]
    with pytest.raises(DBAPIError) as refused, scoped(scope) as session:
        session.execute(
            sa.text(
                "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
                " audience, recorded_at, recorded_by, recorded_by_name, retracted)"
                " VALUES (:tenant, :id, :case, :kind, :day, :value, '{}', 'parties', :at,"
                " scope_person_who_signed_in(), '', false)".replace(
                    "scope_person_who_signed_in()",
                    "NULL" if who == "family" else "scope_person()",
                )
            ),
            {
                "tenant": agreed.tenant.id, "id": uuid.uuid4(), "case": agreed.case_id,
                "kind": kind, "day": TODAY, "value": value, "at": NOW,
            },
        )  # fmt: skip
    assert getattr(refused.value.orig, "sqlstate", "") in (
        ("RE018",) if who != "authority" else ("RE018", "42501")
    )


def test_what_the_law_lets_goes_on(agreed: Agreed) -> None:
    restrict(agreed)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        casework.add_fact(
            session, agreed.case_id, FactKind.APPEAL_REGISTERED, TODAY, by=actor(), today=TODAY
        )
    right = agreed.provider.submit(
        f"{agreed.case}/child", {"given_name": "Adah", "reason": "Misheard"}
    )
    assert right.status_code == 302, right.text
    assert "Adah" in agreed.provider.get(agreed.case).text


def test_another_case_of_the_authority_and_another_authority_go_on(
    app: Flask, agreed: Agreed
) -> None:
    restrict(agreed)
    for tenant in (agreed.tenant, make_tenant(app)):
        case_id, _ = make_case(app, tenant)
        with scoped(Scope.provider(tenant.id, None)) as session:
            casework.add_fact(
                session, case_id, FactKind.CONTACT_MADE, TODAY, by=actor(), today=TODAY
            )


def test_nobody_is_reminded_of_it(agreed: Agreed) -> None:
    restrict(agreed)

    def remind(scope: Scope) -> int:
        with scoped(scope) as session:
            session.execute(
                sa.insert(CaseNotice).values(
                    tenant_id=agreed.tenant.id, id=uuid.uuid4(), case_id=agreed.case_id,
                    event="step_due_soon", audience="parties", caused_at=NOW, caused_by=None,
                )
            )  # fmt: skip
        with scoped(Scope.worker(agreed.tenant.id)) as session:
            found = session.scalar(
                sa.select(sa.func.count())
                .select_from(CaseNotice)
                .where(CaseNotice.case_id == agreed.case_id, CaseNotice.event == "step_due_soon")
            )
        return int(found or 0)

    assert remind(Scope.worker(agreed.tenant.id)) == 0


def test_it_leaves_in_no_list_and_its_words_are_quoted_nowhere(app: Flask, agreed: Agreed) -> None:
    other, reference = make_case(app, agreed.tenant)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        for case_id, words in ((agreed.case_id, "Hidden words"), (other, "Open words")):
            session.add(
                Evaluation(
                    tenant_id=agreed.tenant.id, id=uuid.uuid4(), case_id=case_id,
                    participant="parent", given_on=TODAY, rating=5, comment=words, may_quote=True,
                    recorded_at=NOW, recorded_by=None,
                )
            )  # fmt: skip
    boss = client_of(app, make_person(app, tenant=agreed.tenant, role=AuthorityRole.MANAGER))

    def listed() -> set[str]:
        text = boss.get("/authority/cases.csv?view=all").data.decode("utf-8-sig")
        return {line[0] for line in csv.reader(io.StringIO(text))}

    def quoted() -> set[str]:
        with scoped(Scope.provider(agreed.tenant.id, None)) as session:
            pack = gather(session, asked_period("2026-q2", TODAY), today=TODAY)
        return set(pack.quotations)

    assert agreed.reference in listed() and quoted() == {"Hidden words", "Open words"}
    restrict(agreed)
    assert listed() & {agreed.reference, reference} == {reference}
    assert quoted() == {"Open words"}


def test_the_sides_read_that_it_is_restricted_and_not_why(agreed: Agreed) -> None:
    restrict(agreed)
    for scope in (
        Scope.authority(agreed.tenant.id, None),
        Scope.family(agreed.tenant.id, agreed.case_id),
    ):
        with scoped(scope) as session:
            assert session.scalars(sa.text("SELECT ground FROM case_restriction")).all() == [
                "objection"
            ]
        for column in ("words", "reason", "lifted_because"):
            with (
                pytest.raises(DBAPIError, match="permission denied"),
                scoped(scope) as session,
            ):
                session.execute(sa.text(f"SELECT {column} FROM case_restriction"))


def test_a_month_to_decide_ends_on_a_working_day() -> None:
    assert decide_by(dt.date(2026, 6, 10)) == dt.date(2026, 7, 10)
    assert decide_by(dt.date(2026, 6, 4)) == dt.date(2026, 7, 6)


def test_only_who_answers_for_the_data_restricts(app: Flask, agreed: Agreed) -> None:
    page = f"{agreed.case}/restriction"
    assert agreed.provider.get(page).status_code == 403
    admin = client_of(app, make_person(app, role=ProviderRole.ADMIN))
    assert admin.get(page).status_code == 403
    elsewhere = make_tenant(app)
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    there = page.replace(agreed.tenant.slug, elsewhere.slug)
    assert manager.get(there).status_code == 404
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert session.get(SenCase, (agreed.tenant.id, agreed.case_id)) is not None
