"""The worker's part of an erasure: the rows of one case in one transaction, then its files.

What is known of people goes; what stays of the case (kinds, days, words of a fixed list) adds to
the figures exactly what it added before, and the transaction is given up if it did not. A trigger
of the database judges each of its statements (`erased_when_asked`).
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError

from saas.audit.actions import record as audit
from saas.database.base import declared_walls, new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.documents.storage import Storage, StorageError
from saas.messages.models import Message
from tenants.access_links.second_check import FamilyCheck
from tenants.access_links.signing_models import SigningLink
from tenants.agreements.models import Agreement
from tenants.casework.models import AgreedStep, CaseFact, CaseParty, Child, SenCase
from tenants.feedback.models import Complaint, Evaluation
from tenants.notices.models import PartyNoticeRefusal
from tenants.notices.telling import PartyTelling
from tenants.papers.models import CaseDocument
from tenants.papers.rounds import the_store
from tenants.protection.models import CaseErasure
from tenants.protection.queries import ERASED
from tenants.protection.traces import NOBODY, bare_detail, bare_word, born_about
from tenants.subscribers.queries import every_tenant

log = logging.getLogger(__name__)
MOST_AT_ONCE = 200


class FiguresChangedError(RuntimeError):
    """What would stay of a case adds something else to the figures, so nothing was erased."""


def erase_what_was_asked(*, at: dt.datetime) -> int:
    """Erase what waits, of every authority, and remove the files of what is erased.

    Each case is a transaction of its own: what is refused stays whole, with the reason beside it.

    Returns:
        How many cases were erased.
    """
    storage = the_store(current_app.extensions["settings"]).storage
    return sum(erase_of(tenant, storage=storage, at=at) for tenant, _ in every_tenant())


def erase_of(tenant: uuid.UUID, *, storage: Storage, at: dt.datetime) -> int:
    """The same for one authority."""
    erased = sum(_try(tenant, erasure, case, at) for erasure, case in _waiting(tenant))
    remove_files(tenant, storage=storage, at=at)
    return erased


def _waiting(tenant: uuid.UUID) -> list[tuple[uuid.UUID, uuid.UUID]]:
    with scoped(Scope.worker(tenant)) as session:
        rows = session.execute(
            sa.select(CaseErasure.id, CaseErasure.case_id)
            .where(
                CaseErasure.tenant_id == tenant,
                CaseErasure.erased_at.is_(None),
                CaseErasure.taken_back_at.is_(None),
            )
            .order_by(CaseErasure.asked_at, CaseErasure.id)
            .limit(MOST_AT_ONCE)
        )
        return [(row.id, row.case_id) for row in rows]


def _try(tenant: uuid.UUID, erasure_id: uuid.UUID, case_id: uuid.UUID, at: dt.datetime) -> bool:
    try:
        with scoped(Scope.eraser(tenant, case_id)) as session:
            return erase_case(session, erasure_id, case_id, at=at)
    except DBAPIError as refused:
        # What keeps it, in the words of `keeping.KEEPS`; anything else is for the log alone.
        detail = getattr(getattr(refused.orig, "diag", None), "message_detail", None)
        if getattr(refused.orig, "sqlstate", None) != "23001":
            log.exception("erasure %s failed", erasure_id)
            detail = "fault"
    except FiguresChangedError:
        log.exception("erasure %s was given up", erasure_id)
        detail = "fault"
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(CaseErasure)
            .where(CaseErasure.tenant_id == tenant, CaseErasure.id == erasure_id)
            .values(refused=detail)
        )
    return False


def erase_case(
    session: ScopedSession, erasure_id: uuid.UUID, case_id: uuid.UUID, *, at: dt.datetime
) -> bool:
    """Erase what is known of people in one case. The session's scope is the eraser's.

    Returns:
        False where somebody else has just done it, or it was taken back.

    Raises:
        DBAPIError: by SQLSTATE 23001 (restrict_violation): the case must be kept; its detail
            holds why.
        FiguresChangedError: the figures would not stay as they are.
    """
    tenant = session.tenant
    # The figures stay as they are, so nothing is counted anew.
    session.execute(sa.text("SET LOCAL app.measures_kept_later = 'yes'"))
    erasure = session.scalar(
        sa.select(CaseErasure)
        .where(CaseErasure.tenant_id == tenant, CaseErasure.id == erasure_id)
        .with_for_update()
    )
    if erasure is None or erasure.erased_at is not None or erasure.taken_back_at is not None:
        return False
    case = session.scalars(
        sa.select(SenCase)
        .where(SenCase.tenant_id == tenant, SenCase.id == case_id)
        .with_for_update()
    ).one()
    before = _figures(session, case_id)
    files = list(
        session.scalars(
            sa.select(CaseDocument.storage_key).where(
                CaseDocument.tenant_id == tenant, CaseDocument.case_id == case_id
            )
        )
    )
    child_id, named = case.child_id, _ids_of(session, case)
    gone = _take_traces_away(session, case_id)
    gone += _delete_rows(session, case_id)
    gone["child"] = _part_from_child(session, case)
    if _figures(session, case_id) != before:
        raise FiguresChangedError
    session.execute(
        sa.delete(CaseErasure).where(
            CaseErasure.tenant_id == tenant,
            CaseErasure.case_id == case_id,
            CaseErasure.taken_back_at.is_not(None),
        )
    )
    erasure.case_id, erasure.erased_at = None, at
    erasure.erased = {name: number for name, number in sorted(gone.items()) if number}
    erasure.files, erasure.files_left = len(files), files
    audit(
        session, "case erased", subject_kind="erasure", subject_id=erasure_id, at=at,
        rows=sum(gone.values()), files=len(files),
    )  # fmt: skip
    session.flush()
    named += [child_id] if gone["child"] else []
    session.execute(sa.select(sa.func.empty_changes(erasure_id, sa.cast(named, ARRAY(sa.Uuid)))))
    return True


def _ids_of(session: ScopedSession, case: SenCase) -> list[uuid.UUID]:
    """What the noted changes of a case are about, beside the case and the child."""
    tenant = session.tenant
    found: list[uuid.UUID] = []
    for model in (CaseParty, Agreement):
        found += session.scalars(
            sa.select(model.id).where(model.tenant_id == tenant, model.case_id == case.id)
        )
    return found


def _figures(session: ScopedSession, case_id: uuid.UUID) -> str | None:
    """What the case adds to the figures, as the database itself derives it from the facts."""
    found: str | None = session.scalar(
        sa.text("SELECT m::text FROM measured_now(:tenant, ARRAY[:case]) AS m").bindparams(
            sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("case", type_=sa.Uuid)
        ),
        {"tenant": session.tenant, "case": case_id},
    )
    return found


def _take_traces_away(session: ScopedSession, case_id: uuid.UUID) -> Counter[str]:
    """What stays of the facts, the steps and the answers is kinds, days and marks."""
    tenant = session.tenant
    facts = session.scalars(
        sa.select(CaseFact).where(CaseFact.tenant_id == tenant, CaseFact.case_id == case_id)
    ).all()
    for fact in facts:
        fact.value, fact.detail = bare_word(fact.value), bare_detail(fact.detail)
        fact.recorded_by, fact.recorded_by_name = None, ""
        fact.reason = NOBODY if fact.replaces_id else None
    session.flush()
    blank: Mapping[type[Any], Mapping[str, Any]] = {
        AgreedStep: {"wording": "", "who": "", "agreement_id": None},
        Evaluation: {"comment": None, "may_quote": False, "recorded_by": None, "party_id": None},
        Complaint: {
            "words": NOBODY,
            "answer": None,
            "recorded_by": None,
            "party_id": None,
            **dict.fromkeys(("from_name", "reply_to", "case_as_written")),
        },
    }
    done = Counter({"case_fact": len(facts)})
    for model, values in blank.items():
        found = session.execute(
            sa.update(model)
            .where(model.tenant_id == tenant, model.case_id == case_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        done[model.__tablename__] = found.rowcount  # type: ignore[attr-defined]
    return done


def _delete_rows(session: ScopedSession, case_id: uuid.UUID) -> Counter[str]:
    """Delete what is about people, each table before those it leads to."""
    tenant, of_case = session.tenant, _by_other_keys(case_id)
    done: Counter[str] = Counter()
    walls = declared_walls()
    for table in reversed(SenCase.metadata.sorted_tables):
        grant = walls[table.name].grants.get(LoginRole.ERASER)
        if grant is None or not grant.delete or table.name in ("child", "case_erasure"):
            continue
        where = of_case.get(table.name)
        if where is None:
            if "case_id" not in table.c:
                continue  # goes with the rest of an authority, not with a case
            where = table.c.case_id == case_id
        found = session.execute(sa.delete(table).where(table.c.tenant_id == tenant, where))
        done[table.name] = found.rowcount  # type: ignore[attr-defined]
    return done


def _by_other_keys(case_id: uuid.UUID) -> dict[str, sa.ColumnElement[bool]]:
    """Of tables that name a case by something else."""

    def ids_of(model: type[Any]) -> sa.ScalarSelect[Any]:
        return sa.select(model.id).where(model.case_id == case_id).scalar_subquery()

    return {
        Message.__tablename__: Message.subject_id == case_id,
        FamilyCheck.__tablename__: FamilyCheck.party_id.in_(ids_of(CaseParty)),
        PartyNoticeRefusal.__tablename__: PartyNoticeRefusal.party_id.in_(ids_of(CaseParty)),
        PartyTelling.__tablename__: PartyTelling.party_id.in_(ids_of(CaseParty)),
        SigningLink.__tablename__: SigningLink.agreement_id.in_(ids_of(Agreement)),
    }


def _part_from_child(session: ScopedSession, case: SenCase) -> int:
    """Let the case be about nobody; the child goes with its last case. How many did."""
    tenant, child_id = session.tenant, case.child_id
    born, need = session.execute(
        sa.select(Child.date_of_birth, Child.primary_need).where(
            Child.tenant_id == tenant, Child.id == child_id
        )
    ).one()
    nobody = new_id()
    session.execute(
        sa.insert(Child).values(
            tenant_id=tenant, id=nobody, given_name=NOBODY, family_name=NOBODY,
            date_of_birth=born_about(born, case.opened_on), upn=None, primary_need=need,
            search_key="",
        )
    )  # fmt: skip
    case.child_id, case.coordinator_id = nobody, None
    case.reference = f"{ERASED}{new_id().hex[-12:].upper()}"
    case.authority_reference = case.external_reference = None
    session.flush()
    try:
        with session.begin_nested():
            session.execute(sa.delete(Child).where(Child.tenant_id == tenant, Child.id == child_id))
    except sa.exc.IntegrityError:
        # Another case is about the same child.
        return 0
    return 1


def remove_files(tenant: uuid.UUID, *, storage: Storage, at: dt.datetime) -> int:
    """Remove the stored files of what is erased; what the store refuses is tried again.

    Returns:
        How many files were removed.
    """
    with scoped(Scope.worker(tenant)) as session:
        left = session.execute(
            sa.select(CaseErasure.id, CaseErasure.files_left)
            .where(
                CaseErasure.tenant_id == tenant,
                CaseErasure.erased_at.is_not(None),
                CaseErasure.files_removed_at.is_(None),
            )
            .limit(MOST_AT_ONCE)
        ).all()
    removed = 0
    for erasure_id, keys in left:
        still = []
        for key in keys:
            try:
                storage.delete(key)
                removed += 1
            except StorageError:
                log.exception("a file of erasure %s is not removed", erasure_id)
                still.append(key)
        with scoped(Scope.worker(tenant)) as session:
            session.execute(
                sa.update(CaseErasure)
                .where(CaseErasure.tenant_id == tenant, CaseErasure.id == erasure_id)
                .values(files_left=still, files_removed_at=None if still else at)
            )
    return removed
