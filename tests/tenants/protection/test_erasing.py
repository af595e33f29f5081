"""Issue 13 and 15: what is due is erased whole, what must be kept is not, and no figure changes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from billing.disputes.models import DisputeAnswer, InvoiceDispute
from billing.ledger.invoices import BilledUsage, InvoiceLine
from billing.ledger.usage_entries import UsageEntry
from saas.config import Settings
from saas.database.base import declared_walls
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole, Scope, scoped
from saas.documents.storage import MissingFileError, StorageError
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseNote, Child, SenCase
from tenants.casework.record import RuleBroken
from tenants.incidents.actions import record_incident
from tenants.papers.rounds import the_store
from tenants.protection import actions, erasing
from tenants.protection.models import CaseErasure
from tenants.protection.queries import is_erased, what_keeps
from tenants.statistics.measures.models import MonthTally
from tenants.statistics.measures.verify import differences
from tests.billing.making import account_of, issue_period
from tests.factories import NOW, TODAY, actor, make_case, make_person, make_tenant
from tests.tenants.agreements.makers import Agreed, agreed_case, sign_as_family, write_and_send
from tests.tenants.protection.making import AT, LATER, ask, close, erase, log_of
from tests.walls.marked_rows import tenant_tables
from tests.walls.places import Place, Row, make_place

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def admin(server: ServerAddress, settings: Settings) -> Iterator[psycopg.Connection]:
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def closed(app: Flask) -> Agreed:
    """A case with an agreement that the family signed, and closed."""
    agreed = agreed_case(app)
    write_and_send(agreed)
    sign_as_family(agreed)
    close(agreed.tenant, agreed.case_id)
    return agreed


def figures(tenant: Tenancy) -> set[tuple[Any, ...]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert differences(session, tenant.id) == []
        columns = MonthTally.__table__
        rows = session.execute(sa.select(columns).where(columns.c.tenant_id == tenant.id))
        return {tuple(row) for row in rows}


def test_no_figure_changes_and_the_facts_still_say_the_same(closed: Agreed) -> None:
    before = figures(closed.tenant)
    assert before
    ask(closed.tenant, closed.case_id)
    assert erase(closed.tenant) == 1
    assert figures(closed.tenant) == before
    (entry,) = log_of(closed.tenant)
    assert (entry.reference, entry.case_id, entry.erased_at) == (closed.reference, None, AT)
    assert entry.erased["agreement"] == 1 and entry.erased["child"] == 1
    assert entry.erased["agreement_signature"] == 1 and entry.erased["case_party"] >= 1
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        case = session.get_one(SenCase, (closed.tenant.id, closed.case_id))
        child = session.get_one(Child, (closed.tenant.id, case.child_id))
        assert is_erased(case.reference) and child.family_name == "Erased" and child.upn is None
        assert (child.date_of_birth.month, child.date_of_birth.day) in ((9, 1), (8, 31))
    # Whoever comes by the family's link, or looks the case up, finds no one.
    assert closed.family.get(closed.family_page).status_code == 404
    assert "Erased" in closed.provider.get(closed.case).text
    assert erase(closed.tenant) == 0


def test_of_everything_that_was_written_of_a_case_no_word_stays(
    app: Flask, admin: psycopg.Connection
) -> None:
    """By construction: each text of each table is marked, and looked for afterwards."""
    mediator = make_person(app, role=ProviderRole.MEDIATOR)
    place = make_place(app, admin, "e", mediator)
    before = _marks_there(admin, place)
    with admin.transaction():
        # The marked rows stand beside the case's own, so its position is told to be the end.
        admin.execute(
            "UPDATE case_position SET is_open = false, closed_on = %s"
            " WHERE tenant_id = %s AND case_id = %s",
            [TODAY, place.tenancy.id, place.case_id],
        )
        admin.execute("DELETE FROM case_erasure WHERE tenant_id = %s", [place.tenancy.id])
        admin.execute("DELETE FROM retention_rule WHERE tenant_id = %s", [place.tenancy.id])
        # The child is this case's alone, and the message is about it.
        admin.execute(
            "UPDATE sen_case s SET child_id = (SELECT k.id FROM child k"
            " WHERE k.tenant_id = c.tenant_id AND k.id <> c.child_id LIMIT 1) FROM sen_case c"
            " WHERE s.tenant_id = %s AND s.id <> c.id AND c.tenant_id = s.tenant_id AND c.id = %s",
            [place.tenancy.id, place.case_id],
        )
        admin.execute(
            "UPDATE message SET subject_id = %s WHERE tenant_id = %s",
            [place.case_id, place.tenancy.id],
        )
    admin.commit()
    place.read_rows(admin)
    admin.rollback()
    theirs = _rows_of_the_case(place)
    ask(place.tenancy, place.case_id)
    assert erase(place.tenancy) == 1, [one.refused for one in log_of(place.tenancy)]
    gone = before - _marks_there(admin, place)
    about_people = {
        name
        for name, wall in declared_walls().items()
        if (grant := wall.grants.get(LoginRole.ERASER)) and (grant.delete or grant.update)
    } - {"case_erasure"}
    for mark, (table, column, audience) in place.marks.placed.items():
        if table not in about_people or mark not in before:
            continue
        if not any(mark in str(row) for row in theirs[table]):
            continue
        assert mark in gone, f"{table}.{column} {audience} is still there"
    assert {place.marks.placed[mark][0] for mark in gone} >= {
        *("child", "case_party", "case_note", "case_document", "certificate", "agreement"),
        *("message", "family_link", "evaluation", "complaint", "case_fact", "agreed_step"),
    }
    # The stored file goes after the rows.
    keys = [row["storage_key"] for row in theirs["case_document"]]
    store = the_store(app.extensions["settings"]).storage
    assert keys
    for key in keys:
        with pytest.raises(MissingFileError):
            store.get(key)
    (entry,) = log_of(place.tenancy)
    assert entry.files == len(keys) and entry.files_left == [] and entry.files_removed_at == AT


def _rows_of_the_case(place: Place) -> dict[str, list[Row]]:
    (case,) = [row for row in place.rows["sen_case"] if row["id"] == place.case_id]
    found = {
        name: [row for row in rows if row.get("case_id") == place.case_id]
        for name, rows in place.rows.items()
    }
    found["sen_case"] = [case]
    found["child"] = [row for row in place.rows["child"] if row["id"] == case["child_id"]]
    found["message"] = [row for row in place.rows["message"] if row["subject_id"] == case["id"]]
    return found


def _marks_there(admin: psycopg.Connection, place: Place) -> set[str]:
    found: set[str] = set()
    for table in tenant_tables():
        column = declared_walls()[table.name].tenant_column
        rows = admin.execute(
            f"SELECT t::text FROM {table.name} t WHERE {column} = %s".encode(), [place.tenancy.id]
        )
        for (text,) in rows:
            found |= place.marks.found_in(text)
    admin.rollback()
    return found


def test_a_brother_or_sister_case_keeps_the_child(app: Flask, closed: Agreed) -> None:
    tenant = closed.tenant
    with scoped(Scope.provider(tenant.id, None)) as session:
        child_id = session.get_one(SenCase, (tenant.id, closed.case_id)).child_id
    other, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.get_one(SenCase, (tenant.id, other)).child_id = child_id
    before = figures(tenant)
    ask(tenant, closed.case_id)
    assert erase(closed.tenant) == 1
    assert figures(tenant) == before
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.get_one(SenCase, (tenant.id, other)).child_id == child_id
        assert session.get_one(Child, (tenant.id, child_id)).given_name == "Ada"
        assert session.get_one(SenCase, (tenant.id, closed.case_id)).child_id != child_id


def _hold(closed: Agreed) -> None:
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        actions.place_hold(session, closed.case_id, reason="An inquiry", by=actor())


def _appeal(closed: Agreed) -> None:
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        casework.add_fact(
            session, closed.case_id, FactKind.APPEAL_REGISTERED, TODAY, by=actor(), today=TODAY
        )


def _breach(closed: Agreed) -> None:
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        record_incident(
            session, happened_at=NOW, aware_at=NOW, kind="sent", words="Sent astray.", people=1,
            at=NOW,
        )  # fmt: skip


def _rule(closed: Agreed) -> None:
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        actions.set_rule(session, years=20, reason="Clause 14", by=actor())


STOPS = {"hold": _hold, "appeal": _appeal, "incident": _breach, "early": _rule}


@pytest.mark.parametrize("word", STOPS)
def test_what_must_be_kept_can_neither_be_asked_for_nor_erased(closed: Agreed, word: str) -> None:
    tenant = closed.tenant
    ask(tenant, closed.case_id)
    STOPS[word](closed)
    assert what_keeps(tenant.id, closed.case_id, on=LATER) == [word]
    # It was asked for before: the database refuses, nothing is half done, and it says why.
    assert erase(closed.tenant) == 0
    (entry,) = log_of(tenant)
    assert (entry.refused, entry.erased_at) == (word, None)
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.get_one(SenCase, (tenant.id, closed.case_id)).reference == closed.reference
        found = session.get_one(CaseErasure, (tenant.id, entry.id))
        actions.take_back(session, found, by=actor())
    with pytest.raises(RuleBroken, match="stays"):
        ask(tenant, closed.case_id)


def test_an_open_case_and_one_before_its_day_are_refused(app: Flask, closed: Agreed) -> None:
    is_open, _ = make_case(app, closed.tenant)
    with pytest.raises(RuleBroken, match="the case is not closed"):
        ask(closed.tenant, is_open)
    with (
        pytest.raises(RuleBroken, match="its time is not over"),
        scoped(Scope.provider(closed.tenant.id, None)) as session,
    ):
        # The last day on which it is kept.
        actions.ask_erasure(session, [closed.case_id], by=actor(), today=dt.date(2032, 6, 10))


def test_a_disputed_invoice_keeps_its_case_until_it_is_answered(app: Flask, closed: Agreed) -> None:
    tenant = closed.tenant
    account_of(app, tenant)
    issue_period(app, tenant)
    with scoped(Scope.finance(tenant.id, None)) as session:
        line = session.scalars(
            sa.select(InvoiceLine).where(InvoiceLine.tenant_id == tenant.id).limit(1)
        ).one()
        entry = UsageEntry(
            tenant_id=tenant.id, id=uuid.uuid4(), source_id=uuid.uuid4(), cause_id=uuid.uuid4(),
            case_reference=closed.reference, kind="mediation", clause="mediation", on_date=TODAY,
            quantity=1, amount_pence=None, notice_days=None, recorded_at=NOW,
        )  # fmt: skip
        session.add(entry)
        session.flush()
        session.add(
            BilledUsage(
                tenant_id=tenant.id, usage_entry_id=entry.id, turn=1, document_id=line.invoice_id,
                line_id=line.id, unit_price_pence=1,
            )
        )  # fmt: skip
        line_id, invoice_id = line.id, line.invoice_id
    with scoped(Scope.authority(tenant.id, None)) as session:
        dispute = InvoiceDispute(
            tenant_id=tenant.id, id=uuid.uuid4(), invoice_id=invoice_id, invoice_line_id=line_id,
            reason="We never met.", raised_at=NOW, raised_by=None,
        )  # fmt: skip
        session.add(dispute)
        session.flush()
        dispute_id = dispute.id
    with pytest.raises(RuleBroken, match="its invoice is disputed"):
        ask(tenant, closed.case_id)
    with scoped(Scope.finance(tenant.id, None)) as session:
        session.add(
            DisputeAnswer(
                tenant_id=tenant.id, dispute_id=dispute_id, upheld=False, answer="You did.",
                answered_at=NOW, answered_by=None,
            )
        )  # fmt: skip
    ask(tenant, closed.case_id)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM case_note WHERE case_id = :case",
        "DELETE FROM case_party WHERE case_id = :case",
        "UPDATE case_fact SET detail = '{}' WHERE case_id = :case",
        "UPDATE sen_case SET reference = 'ERASED-X' WHERE id = :case",
    ],
)
def test_the_role_that_erases_can_do_nothing_that_was_not_asked_for(
    closed: Agreed, statement: str
) -> None:
    eraser = Scope.eraser(closed.tenant.id, closed.case_id)
    with pytest.raises(DBAPIError, match="nobody asked"), scoped(eraser) as session:
        session.execute(sa.text(statement), {"case": closed.case_id})


def test_the_role_that_erases_reaches_no_other_case_and_no_other_authority(
    app: Flask, closed: Agreed
) -> None:
    other, _ = make_case(app, closed.tenant)
    ask(closed.tenant, closed.case_id)
    for tenant, case_id in ((closed.tenant.id, other), (make_tenant(app).id, closed.case_id)):
        with scoped(Scope.eraser(closed.tenant.id, closed.case_id)) as session:
            session.execute(sa.text("SET LOCAL app.measures_kept_later = 'yes'"))
            found = session.execute(
                sa.update(SenCase)
                .where(SenCase.tenant_id == tenant, SenCase.id == case_id)
                .values(reference="ERASED-X")
            )
            assert found.rowcount == 0  # type: ignore[attr-defined]
            assert session.scalars(sa.select(SenCase.id)).all() == [closed.case_id]


def test_no_role_of_a_door_erases(closed: Agreed) -> None:
    ask(closed.tenant, closed.case_id)
    for scope in (
        Scope.provider(closed.tenant.id, None),
        Scope.authority(closed.tenant.id, None),
        Scope.worker(closed.tenant.id),
    ):
        for statement in (
            sa.delete(CaseNote).where(CaseNote.case_id == closed.case_id),
            sa.update(CaseErasure).values(erased_at=AT, case_id=None),
        ):
            with pytest.raises(DBAPIError, match="permission denied"), scoped(scope) as session:
                session.execute(statement)


def test_what_breaks_in_the_middle_leaves_the_case_whole(
    closed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(closed.tenant, closed.case_id)

    def changed(*_: object) -> str:
        return str(uuid.uuid4())

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "_figures", changed)
        assert erase(closed.tenant) == 0
    (entry,) = log_of(closed.tenant)
    assert entry.refused == "fault" and entry.erased_at is None
    page = closed.provider.get(closed.case).text
    assert closed.reference in page and "Ada" in page and "Erased" not in page
    assert erase(closed.tenant) == 1


def test_a_file_that_the_store_keeps_is_removed_at_the_next_try(
    app: Flask, closed: Agreed, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(closed.tenant, closed.case_id)
    assert erase(closed.tenant) == 1
    (entry,) = log_of(closed.tenant)
    key = f"{closed.tenant.id.hex}/{uuid.uuid4().hex}"
    store = the_store(app.extensions["settings"]).storage
    store.put(key, b"left behind")
    with scoped(Scope.worker(closed.tenant.id)) as session:
        session.execute(
            sa.update(CaseErasure)
            .where(CaseErasure.tenant_id == closed.tenant.id, CaseErasure.id == entry.id)
            .values(files_left=[key], files_removed_at=None)
        )

    def refuses(*_: object) -> None:
        raise StorageError("the disk is away")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "delete", refuses)
        assert erase(closed.tenant) == 0
        assert log_of(closed.tenant)[0].files_removed_at is None
    assert erase(closed.tenant) == 0
    assert log_of(closed.tenant)[0].files_removed_at == AT
    with pytest.raises(MissingFileError):
        store.get(key)
