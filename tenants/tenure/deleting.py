"""Deleting what is left of an authority that left, once its last case is erased.

The certificate is made first; then the worker deletes, each part safe to be done twice. What has to
stay by law, and what is nobody's any more, stays: the certificate names it.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import Base, new_id
from saas.database.scope import LoginRole, Scope, ScopedSession, scoped
from saas.documents import deletion as paper
from saas.documents.content import Provider
from saas.documents.storage import Storage, StorageError
from saas.identity import second_factor
from saas.identity.connections import bind_domains, connection_of, remove_connection
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.signed_in import Tenancy
from saas.identity.team import NO_PASSWORD
from tenants.protection.answers.models import SubjectRequest
from tenants.protection.models import CaseErasure
from tenants.protection.queries import rule_of
from tenants.subscribers.leaving import standing_leaving
from tenants.subscribers.refused import StandingRefused
from tenants.tenure.export.asking import key_of
from tenants.tenure.models import AuthorityDeletion, AuthorityExport
from tenants.tenure.queries import case_counts

log = logging.getLogger(__name__)
# What goes, in the order in which it can; each with the role that may count it.
GOES: Mapping[str, tuple[str, LoginRole]] = {
    "message": ("E-mails and letters, with their addresses", LoginRole.PROVIDER),
    "api_use": ("How often keys asked", LoginRole.AUTHORITY),
    "api_token": ("Keys of the authority's own systems", LoginRole.AUTHORITY),
    "subject_request": ("Requests of people for their data", LoginRole.PROVIDER),
    "billing_contact": ("Who is billed, and where", LoginRole.AUTHORITY),
    "authority_export": ("Exports", LoginRole.PROVIDER),
}
PLACES = "Places of people in the team, with their access"
BY_LAW = "six years: a contract can be sued on so long (Limitation Act 1980 s.5)"
BY_TAX = "six years: records for VAT (VAT Act 1994 schedule 11 paragraph 6)"
NOBODYS = "kinds, days and marks without a name: no figure changes"
STAYS: Mapping[str, tuple[str, LoginRole, str]] = {
    "invoice": ("Invoices", LoginRole.AUTHORITY, BY_TAX),
    "credit_note": ("Credit notes", LoginRole.AUTHORITY, BY_TAX),
    "payment": ("Payments", LoginRole.AUTHORITY, BY_TAX),
    "contract": ("Contracts", LoginRole.AUTHORITY, BY_LAW),
    "audit_entry": ("Entries of the trail", LoginRole.PROVIDER, BY_LAW),
    "incident": ("Entries in the register of breaches", LoginRole.PROVIDER, "UK GDPR art. 33(5)"),
    "case_erasure": (
        "Entries in the log of erased cases", LoginRole.PROVIDER, "they show that it was done",
    ),
    "sen_case": ("Cases, erased", LoginRole.PROVIDER, NOBODYS),
    "report_pack": ("Report packs", LoginRole.AUTHORITY, "figures, with small numbers left out"),
}  # fmt: skip


@dataclass(frozen=True)
class Readiness:
    """Whether the rest of an authority can be deleted: `keeps` says what is in the way."""

    keeps: list[str]
    counts: Mapping[str, int]
    stays: Mapping[str, int]


def readiness(session: ScopedSession, *, today: dt.date) -> Readiness:
    """How it stands with the session's authority."""
    keeps = []
    leaving = standing_leaving(session)
    if leaving is None:
        keeps.append("Nothing is recorded of its leaving")
    elif leaving.access_ended_at is None or leaving.reads_until >= today:
        keeps.append("Its people still have access")
    unerased = case_counts(session).unerased
    if unerased:
        keeps.append(f"{unerased} of its cases are not erased yet")
    unanswered, being_removed, deleted = _what_else_keeps(session)
    if unanswered:
        keeps.append("A request of a person for their data is not answered")
    if being_removed:
        keeps.append("Files of an erased case are still being removed")
    if deleted:
        keeps.append("It is deleted already")
    tenant = session.tenant
    goes = {name: role for name, (_, role) in GOES.items()}
    stays = {name: role for name, (_, role, _) in STAYS.items()}
    found = _counted(tenant, goes | stays)
    counts = {name: found[name] for name in goes}
    with scoped(Scope.identity()) as identities:
        counts["membership"] = (
            identities.scalar(
                sa.select(sa.func.count())
                .select_from(Membership)
                .where(Membership.tenant_id == tenant)
            )
            or 0
        )
    return Readiness(keeps, counts, {name: found[name] for name in stays})


def _what_else_keeps(session: ScopedSession) -> Sequence[bool]:
    """Whether a person waits for their data, files are being removed, all is deleted already."""
    unanswered = sa.exists().where(
        SubjectRequest.tenant_id == session.tenant, SubjectRequest.answered_on.is_(None)
    )
    being_removed = sa.exists().where(
        CaseErasure.tenant_id == session.tenant,
        CaseErasure.erased_at.is_not(None),
        CaseErasure.files_removed_at.is_(None),
    )
    deleted = sa.exists().where(AuthorityDeletion.tenant_id == session.tenant)
    return session.execute(sa.select(unanswered, being_removed, deleted)).one()


def what_goes(ready: Readiness) -> list[tuple[str, int]]:
    """Kinds of what goes, with how many of each."""
    rest = ((words, ready.counts[name]) for name, (words, _) in GOES.items())
    return [(PLACES, ready.counts["membership"]), *rest]


def what_stays(ready: Readiness) -> list[tuple[str, int, str]]:
    """Kinds of what stays, with how many of each, and why."""
    return [(words, ready.stays[name], why) for name, (words, _, why) in STAYS.items()]


def _counted(tenant: uuid.UUID, wanted: Mapping[str, LoginRole]) -> dict[str, int]:
    """How many rows the tables have of an authority, each counted as a role that may read it."""
    found: dict[str, int] = {}
    for role in sorted(set(wanted.values())):
        counts = [_rows_of(tenant, name) for name, its in wanted.items() if its is role]
        with scoped(Scope(role, tenant, None)) as session:
            found |= session.execute(sa.select(*counts)).one()._asdict()
    return found


def _rows_of(tenant: uuid.UUID, name: str) -> sa.Label[int]:
    columns = Base.metadata.tables[name].c
    counted = sa.select(sa.func.count(columns.tenant_id)).where(columns.tenant_id == tenant)
    return counted.scalar_subquery().label(name)


def deletion_of(session: ScopedSession) -> AuthorityDeletion | None:
    """The deletion of the session's authority, asked for or done."""
    return session.scalar(
        sa.select(AuthorityDeletion).where(AuthorityDeletion.tenant_id == session.tenant).limit(1)
    )


def ask_deletion(
    session: ScopedSession,
    tenancy: Tenancy,
    *,
    provider: Provider,
    by_name: str,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Make the certificate, and have the worker delete what it lists. It cannot be taken back.

    Raises:
        StandingRefused: something must be kept still.
    """
    ready = readiness(session, today=today)
    leaving = standing_leaving(session, lock=True)
    if ready.keeps or leaving is None:
        raise StandingRefused("deletion", "; ".join(ready.keeps))
    deletion_id = new_id()
    content = paper.DeletionContent(
        provider=provider,
        authority_name=tenancy.name,
        number=deletion_id.hex[-12:].upper(),
        last_day=leaving.last_day,
        years=rule_of(session).years,
        cases_erased=ready.stays["case_erasure"],
        asked_at=at,
        asked_by=by_name,
        counts=what_goes(ready),
        stays=what_stays(ready),
    )
    exports = session.scalars(
        sa.select(AuthorityExport.id).where(
            AuthorityExport.tenant_id == session.tenant, AuthorityExport.state == "ready"
        )
    )
    session.execute(
        sa.insert(AuthorityDeletion).values(
            tenant_id=session.tenant, id=deletion_id, asked_at=at, asked_by=session.scope.acting,
            asked_by_name=by_name, last_day=leaving.last_day, counts=dict(ready.counts),
            stays=dict(ready.stays), certificate=paper.render(content),
            files_left=[key_of(session.tenant, one) for one in exports],
        )
    )  # fmt: skip
    audit(
        session, "deletion of the rest asked for", subject_kind="authority",
        subject_id=session.tenant, at=at, rows=sum(ready.counts.values()),
    )  # fmt: skip


def check_not_deleted(session: ScopedSession) -> None:
    """Refuse to change the leaving of an authority of which nothing is left.

    Raises:
        StandingRefused: what was left of it is deleted, or is being so.
    """
    if deletion_of(session) is not None:
        raise StandingRefused("last_day", "What was left of it is deleted: it cannot come back")


def delete_what_was_asked(storage: Storage, *, at: dt.datetime) -> int:
    """Delete the rest of every authority of which that was asked. How many were."""
    with scoped(Scope.all_cases(None)) as session:
        waiting = session.execute(
            sa.select(AuthorityDeletion.tenant_id, AuthorityDeletion.id).where(
                AuthorityDeletion.done_at.is_(None)
            )
        ).all()
    done = 0
    for tenant, deletion_id in waiting:
        try:
            _delete(tenant, deletion_id, storage, at)
        except Exception:
            log.exception("deletion %s is not done", deletion_id)
        else:
            done += 1
    return done


def _delete(tenant: uuid.UUID, deletion_id: uuid.UUID, storage: Storage, at: dt.datetime) -> None:
    with scoped(Scope.eraser(tenant, deletion_id)) as session:
        gone = 0
        for name in GOES:
            table = Base.metadata.tables[name]
            found = session.execute(sa.delete(table).where(table.c.tenant_id == tenant))
            gone += found.rowcount  # type: ignore[attr-defined]
        audit(
            session, "rest of the authority deleted", subject_kind="authority", subject_id=tenant,
            at=at, rows=gone,
        )  # fmt: skip
    with scoped(Scope.identity()) as session:
        _let_people_go(session, tenant, at)
    _remove_files(tenant, deletion_id, storage, at)


def _let_people_go(session: ScopedSession, tenant: uuid.UUID, at: dt.datetime) -> None:
    """Their places go; who works nowhere else can sign in no more. Their names stay with the trail,
    which says who did what."""
    people = session.scalars(
        sa.select(Membership.person_id).where(Membership.tenant_id == tenant)
    ).all()
    session.execute(sa.delete(Membership).where(Membership.tenant_id == tenant))
    for person_id in people:
        elsewhere = session.scalar(
            sa.select(
                sa.or_(
                    sa.exists().where(Membership.person_id == person_id),
                    sa.exists().where(ProviderStaff.person_id == person_id),
                )
            )
        )
        if not elsewhere:
            second_factor.remove_all(session, person_id)
            session.execute(
                sa.update(Person)
                .where(Person.id == person_id)
                .values(
                    active=False, suspended_at=at, password_hash=NO_PASSWORD,
                    email=f"{person_id.hex}@deleted.invalid",
                    session_epoch=Person.session_epoch + 1,
                )
            )  # fmt: skip
    connection = connection_of(session, tenant)
    if connection is not None:
        remove_connection(session, connection, at=at)
    bind_domains(session, tenant, [], at=at)


def _remove_files(
    tenant: uuid.UUID, deletion_id: uuid.UUID, storage: Storage, at: dt.datetime
) -> None:
    of_this = sa.and_(AuthorityDeletion.tenant_id == tenant, AuthorityDeletion.id == deletion_id)
    with scoped(Scope.worker(tenant)) as session:
        keys = session.scalar(sa.select(AuthorityDeletion.files_left).where(of_this)) or []
    left = []
    # Files that no row knows are the authority's too.
    for key in [*keys, *storage.older_than(tenant, at)]:
        try:
            storage.delete(key)
        except StorageError:
            log.exception("a file of deletion %s is not removed", deletion_id)
            left.append(key)
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(AuthorityDeletion)
            .where(of_this)
            .values(files_left=left, done_at=None if left else at)
        )
