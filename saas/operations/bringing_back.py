"""One authority brought back from a backup, from the scratch database to the last figure."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from uuid import UUID

from flask import current_app

from saas.audit.actions import record
from saas.config import Settings
from saas.database import connections, migrate
from saas.database.scope import Scope, scoped
from saas.documents.storage import open_storage
from saas.operations.manifest import BackupError, Manifest
from saas.operations.one_tenant import bring_back
from saas.operations.restore import restore_database, restore_documents
from saas.reference.progress import ReportsProgress, silent
from tenants.casework.kept.deriving_again import derive_all
from tenants.protection.redoing import Redone, erase_again, erased_of
from tenants.statistics.measures.actions import count_all_anew


def bring_tenant_back(
    settings: Settings,
    scratch: Settings,
    folder: Path,
    manifest: Manifest,
    slug: str,
    *,
    identity: str,
    at: dt.datetime,
    say: ReportsProgress = silent,
) -> tuple[int, int, Redone]:
    """Give one authority the cases of the backup; how many cases and files they are, and what was
    erased since and is erased again.

    Args:
        scratch: an empty database beside the one in use, for the whole backup.
        slug: the authority's name in addresses.

    Raises:
        BackupError: nobody of that name subscribes, or the backup does not know it.
    """
    tenancy = current_app.extensions["find_tenancy"](slug)
    if tenancy is None:
        raise BackupError(f"No authority called {slug!r} subscribes.")
    tenant: UUID = tenancy.id
    with scoped(Scope.provider(tenant, None)) as session:
        erased = erased_of(session)
    restore_database(scratch, folder, manifest, identity=identity, say=say)
    # A backup of an earlier release gets the tables of this one.
    migrate.ensure_database(scratch)
    # Before the rows, as everywhere: a row's file is there.
    files = restore_documents(
        settings, folder, manifest, identity=identity, only=f"{tenant.hex}/", say=say
    )
    with (
        connections.owner_connection(scratch) as source,
        connections.owner_connection(settings) as target,
    ):
        counted = bring_back(source, target, tenant, say)
        source.rollback()
    derive_all([tenancy])
    count_all_anew([tenancy])
    with scoped(Scope.provider(tenant, None)) as session:
        record(
            session,
            "restored from a backup",
            subject_kind="subscriber",
            subject_id=tenant,
            at=at,
            backup_of=manifest.made_at.isoformat(),
            cases=counted["sen_case"],
        )
    redone = erase_again(erased, storage=open_storage(settings), at=at)
    return counted["sen_case"], files, redone
