"""Take in a paper: look at what it is, have it scanned, keep it, and say so."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.audit.actions import record_apart as audit_apart
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.documents.media import UploadRefused, recognise
from saas.documents.scanning import ScanResult, scan
from saas.documents.storage import MissingFileError, Storage, new_key
from tenants.casework.kinds import Side
from tenants.casework.row_columns import Actor
from tenants.notices import topics
from tenants.notices.writing import write_notice
from tenants.papers.kinds import OWN_AUDIENCE, Audience, DocumentKind
from tenants.papers.models import CaseDocument

# A file that no row knows was being uploaded when something broke. After this it is removed.
ORPHANED_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True)
class Store:
    """Where papers are kept and who looks for viruses in them."""

    storage: Storage
    scanner: str
    must_be_scanned: bool


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A paper as somebody hands it in. Its name is looked at for its ending alone."""

    kind: DocumentKind
    side: Side
    audience: Audience
    description: str
    name: str
    content: bytes
    # Whose of the family it is, where it is one person's.
    party: uuid.UUID | None = None


def upload(
    session: ScopedSession, case_id: uuid.UUID, given: NewDocument, *, store: Store, by: Actor
) -> CaseDocument:
    """Keep a paper.

    Raises:
        UploadRefused: it is of no kind that is taken, holds a virus, or nothing here can scan it.
        StorageError: the store does not take it.
    """
    kind = recognise(given.name, given.content)
    result = scan(store.scanner, given.content)
    if result is ScanResult.NO_SCANNER and store.must_be_scanned:
        raise UploadRefused("Uploads are off, because no virus scanner is set up: tell us")
    if result is ScanResult.INFECTED:
        # What answers 422 is rolled back; that somebody sent a virus must be in the trail.
        audit_apart(
            session.scope,
            "upload refused",
            subject_kind="case",
            subject_id=case_id,
            at=by.at,
            why="virus",
            kind=given.kind.value,
            side=given.side.value,
            size=len(given.content),
            sha256=hashlib.sha256(given.content).hexdigest(),
        )
        raise UploadRefused("The file holds a virus. It is not kept")
    document_id = new_id()
    key = new_key(session.tenant, document_id)
    row = CaseDocument(
        tenant_id=session.tenant,
        id=document_id,
        case_id=case_id,
        kind=given.kind.value,
        side=given.side.value,
        audience=_audience(given).value,
        party_id=given.party,
        description=given.description,
        media_type=kind.mime,
        size=len(given.content),
        sha256=hashlib.sha256(given.content).hexdigest(),
        storage_key=key,
        uploaded_at=by.at,
        uploaded_by=by.id,
        uploaded_by_name=by.name,
        scan_result=result.value,
        scanned_at=by.at if result is ScanResult.CLEAN else None,
        exchanged_at=None,
    )
    session.add(row)
    # Refused by a wall or a rule of the database? Then nothing is stored.
    session.flush()
    store.storage.put(key, given.content)
    audit(
        session,
        "document uploaded",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        document=str(document_id),
        kind=given.kind.value,
        audience=row.audience,
    )
    _tell(session, row, by)
    session.flush()
    return row


def _audience(given: NewDocument) -> Audience:
    """Who may read it: a summary is its own side's until both are exchanged, whatever was asked."""
    if given.kind is DocumentKind.SUMMARY:
        if given.side not in OWN_AUDIENCE:
            raise UploadRefused("A summary is the family's or the authority's: say whose")
        return OWN_AUDIENCE[given.side]
    return given.audience


def _tell(session: ScopedSession, row: CaseDocument, by: Actor) -> None:
    """Of a summary the provider alone hears; of what is shared, whoever may read it."""
    if row.audience == Audience.PROVIDER:
        return
    event = topics.SUMMARY_RECEIVED if row.kind == DocumentKind.SUMMARY else topics.DOCUMENT_SHARED
    if event == topics.DOCUMENT_SHARED and row.party_id and row.audience == Audience.FAMILY:
        if by.id is not None:
            whose = {"party_id": str(row.party_id)}
            write_notice(session, row.case_id, event, audience=row.audience, by=by, detail=whose)
            return
        event = topics.DOCUMENT_RECEIVED
    write_notice(session, row.case_id, event, audience=row.audience, by=by)


class NotToBeReadError(Exception):
    """A paper that is not handed out; the text says why."""


def open_document(
    session: ScopedSession, row: sa.Row[*tuple[Any, ...]], *, store: Store, by: Actor
) -> bytes:
    """What a paper holds, with a line in the trail. The row is that of `find_document`.

    Raises:
        NotToBeReadError: it is not known to be clean.
        StorageError: the store fails, or what it has is not what was put there.
    """
    if row.withdrawn_at is not None:
        raise NotToBeReadError("This document was withdrawn. Nobody can open it any more.")
    if row.scan_result == ScanResult.INFECTED:
        raise NotToBeReadError("This file holds a virus and was removed.")
    if row.scan_result != ScanResult.CLEAN and store.must_be_scanned:
        raise NotToBeReadError(
            "This file is not scanned for viruses yet. It can be opened when that is done."
        )
    content = store.storage.get(row.storage_key)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise MissingFileError("the stored file is not the one that was uploaded")
    audit(
        session,
        "document downloaded",
        subject_kind="case",
        subject_id=row.case_id,
        at=by.at,
        document=str(row.id),
    )
    return content


def scan_again(tenant: uuid.UUID, *, store: Store, at: dt.datetime) -> int:
    """Scan what could not be scanned when it came. Returns how many are known now."""
    with scoped(Scope.worker(tenant)) as session:
        waiting = session.execute(
            sa.select(CaseDocument.id, CaseDocument.storage_key).where(
                CaseDocument.tenant_id == tenant,
                CaseDocument.scan_result == ScanResult.UNSCANNED.value,
            )
        ).all()
    known = 0
    for id, key in waiting:
        try:
            result = scan(store.scanner, store.storage.get(key))
        except MissingFileError:
            continue
        if result not in (ScanResult.CLEAN, ScanResult.INFECTED):
            break
        with scoped(Scope.worker(tenant)) as session:
            session.execute(
                sa.update(CaseDocument)
                .where(CaseDocument.tenant_id == tenant, CaseDocument.id == id)
                .values(scan_result=result.value, scanned_at=at)
            )
        if result is ScanResult.INFECTED:
            store.storage.delete(key)
        known += 1
    return known


def remove_orphans(tenant: uuid.UUID, *, storage: Storage, at: dt.datetime) -> int:
    """Remove stored files that no row knows: their upload was undone. Returns how many."""
    old = list(storage.older_than(tenant, at - ORPHANED_AFTER))
    if not old:
        return 0
    with scoped(Scope.worker(tenant)) as session:
        known = set(
            session.scalars(
                sa.select(CaseDocument.storage_key).where(CaseDocument.tenant_id == tenant)
            )
        )
    orphans = [key for key in old if key not in known]
    for key in orphans:
        storage.delete(key)
    return len(orphans)
