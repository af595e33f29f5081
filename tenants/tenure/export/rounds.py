"""The worker makes the exports that were asked for, and removes those whose days are over."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.documents.storage import Storage, open_storage
from saas.identity.signed_in import Tenancy
from saas.reference.today import LONDON
from tenants.subscribers.queries import tenancy_of_id
from tenants.tenure.export.asking import KEPT_DAYS, key_of
from tenants.tenure.export.parcel import CHUNK
from tenants.tenure.export.writing import write_export
from tenants.tenure.models import AuthorityExport

log = logging.getLogger(__name__)
# An export that stands still for so long was cut short: it is begun anew.
CUT_SHORT_AFTER = dt.timedelta(hours=6)


def make_exports_asked_for(settings: Settings, *, at: dt.datetime) -> int:
    """Make every export that waits; remove those that were kept long enough. How many were made."""
    storage = open_storage(settings)
    made = 0
    for tenant, export_id, state, begun_at, kept_until in _under_way():
        if state == "ready":
            if kept_until is not None and kept_until < at.astimezone(LONDON).date():
                storage.delete(key_of(tenant, export_id))
                _set(tenant, export_id, state="removed")
        elif state == "waiting" or begun_at is None or begun_at < at - CUT_SHORT_AFTER:
            made += _make(tenant, export_id, settings, storage, at)
    return made


def _under_way() -> Sequence[tuple[uuid.UUID, uuid.UUID, str, dt.datetime | None, dt.date | None]]:
    with scoped(Scope.all_cases(None)) as session:
        rows = session.execute(
            sa.select(
                AuthorityExport.tenant_id,
                AuthorityExport.id,
                AuthorityExport.state,
                AuthorityExport.begun_at,
                AuthorityExport.kept_until,
            )
            .where(AuthorityExport.state.in_(("waiting", "making", "ready")))
            .order_by(AuthorityExport.asked_at)
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _set(tenant: uuid.UUID, export_id: uuid.UUID, **values: Any) -> None:
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(AuthorityExport)
            .where(AuthorityExport.tenant_id == tenant, AuthorityExport.id == export_id)
            .values(**values)
        )


def _make(
    tenant: uuid.UUID, export_id: uuid.UUID, settings: Settings, storage: Storage, at: dt.datetime
) -> bool:
    with scoped(Scope.identity()) as session:
        tenancy = tenancy_of_id(session, tenant)
    if tenancy is None or not _claim(tenant, export_id, at):
        return False
    try:
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            _make_in(Path(folder) / "export.zip", tenancy, export_id, settings, storage, at)
    except Exception:
        log.exception("export %s cannot be made", export_id)
        _set(tenant, export_id, state="failed")
        return False
    return True


def _claim(tenant: uuid.UUID, export_id: uuid.UUID, at: dt.datetime) -> bool:
    """Whether this worker makes it: nobody else does at the same time."""
    with scoped(Scope.worker(tenant)) as session:
        found = session.scalar(
            sa.select(AuthorityExport)
            .where(
                AuthorityExport.tenant_id == tenant,
                AuthorityExport.id == export_id,
                sa.or_(
                    AuthorityExport.state == "waiting",
                    AuthorityExport.begun_at < at - CUT_SHORT_AFTER,
                ),
            )
            .with_for_update(skip_locked=True)
        )
        if found is None:
            return False
        found.state, found.begun_at = "making", at
    return True


def _make_in(
    path: Path,
    tenancy: Tenancy,
    export_id: uuid.UUID,
    settings: Settings,
    storage: Storage,
    at: dt.datetime,
) -> None:
    def say(*, tables: int, of: int, rows: int, files: int) -> None:
        _set(
            tenancy.id, export_id, tables_done=tables, tables_of=of, rows_written=rows,
            files_written=files,
        )  # fmt: skip

    write_export(
        path, tenancy, whole=False, provider=settings.provider_name, storage=storage, at=at, say=say
    )
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    storage.put_file(key_of(tenancy.id, export_id), path)
    with scoped(Scope.worker(tenancy.id)) as session:
        session.execute(
            sa.update(AuthorityExport)
            .where(AuthorityExport.tenant_id == tenancy.id, AuthorityExport.id == export_id)
            .values(
                state="ready", size=path.stat().st_size, sha256=digest.hexdigest(), ready_at=at,
                kept_until=at.astimezone(LONDON).date() + dt.timedelta(days=KEPT_DAYS),
            )
        )  # fmt: skip
        audit(session, "export made", subject_kind="export", subject_id=export_id, at=at)
